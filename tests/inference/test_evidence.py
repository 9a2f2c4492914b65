from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from capture.geometry import Region
from capture.scan import Signal
from inference.evidence import EvidenceReader, EvidenceSettings
from inference.evidence_types import BARS, Evidence, Reason, Status, Verdict
from inference.manifest import Manifest, parse_manifest
from inference.prediction import View
from tests.inference.scans import prediction_of, scan_of
from tests.inference.tiny_models import class_manifest, class_network, tiny_manifest, write_tiny_model

LOOK, FLAG, RELEASE = 0.4, 0.7, 0.5
"""Operating points of the tiny model."""


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    write_tiny_model(tmp_path)
    return parse_manifest(tiny_manifest(tmp_path, [("fp32", "tiny.onnx")]))


@pytest.fixture
def reader(manifest: Manifest) -> EvidenceReader:
    return EvidenceReader(manifest)


class Feed:
    """Gives a reader predictions of ever new pictures."""

    def __init__(self, reader: EvidenceReader) -> None:
        self.reader = reader
        self._numbers = itertools.count()

    def __call__(self, scores: Iterable[float], media: bool = False, **kinds: Any) -> list[Evidence]:
        return [self._one(score, media, **kinds) for score in scores]

    def _one(self, score: float, media: bool, region: Region | None = None, **kinds: Any) -> Evidence:
        number = next(self._numbers)
        scan = scan_of(index=number, media_s=number / 28 if media else None, region=region)
        return self.reader.update(prediction_of(scan, score, **kinds))


@pytest.fixture
def feed(reader: EvidenceReader) -> Feed:
    return Feed(reader)


def statuses(run: Sequence[Evidence]) -> list[Status]:
    return [status for status, _ in itertools.groupby(evidence.status for evidence in run)]


def test_nothing_is_assessed_before_the_first_picture(reader: EvidenceReader) -> None:
    evidence = reader.latest
    assert (evidence.status, evidence.verdict) == (Status.NOT_ASSESSED, Verdict.NOT_ASSESSED)
    assert set(evidence.tallies) == {"lip", "palate"}
    assert evidence.prediction is None


def test_no_sign_is_said_only_after_enough_good_pictures(feed: Feed) -> None:
    run = feed([0.05] * 40)
    assert statuses(run) == [Status.SEARCHING, Status.GATHERING, Status.NO_SIGN]
    first = next(at for at, evidence in enumerate(run) if evidence.status is Status.NO_SIGN)
    # one picture to enter the view, then all that the five bars take
    assert first == 30
    assert (run[first].tallies["lip"].frames, run[first].tallies["lip"].bars) == (30, BARS)
    assert run[-1].reason is Reason.STEADY_LOW
    assert run[-1].flags == ()


def test_another_plane_in_passing_is_no_view_shown(feed: Feed) -> None:
    """Half a second of a profile that looks like a palate: two bars, and nothing is said of the palate."""
    run = feed([0.02] * 14, view="palate")
    assert run[-1].tallies["palate"].bars == 2
    assert Status.NO_SIGN not in statuses(run)
    feed([0.5] * 5, view="other")
    last = feed([0.95] * 40, view="lip")[-1]
    assert last.tallies["palate"].status is Status.GATHERING
    assert last.verdict is Verdict.LIP_SUSPECT_ALONE


def test_no_sign_of_a_view_and_its_full_bars_come_together(feed: Feed) -> None:
    run = [evidence for _ in range(3) for evidence in feed([0.05] * 14) + feed([0.5] * 4, view="other")]
    for evidence in run:
        tally = evidence.tallies["lip"]
        assert (tally.status is Status.NO_SIGN) <= (tally.bars == BARS)
        assert (evidence.status is Status.NO_SIGN) <= (tally.bars == BARS)
    # of the three visits 13 pictures each have counted
    assert (run[-1].tallies["lip"].frames, run[-1].tallies["lip"].status) == (39, Status.NO_SIGN)
    assert Status.NO_SIGN in statuses(run)


def test_a_finding_does_not_wait_for_the_bars(feed: Feed) -> None:
    run = feed([0.95] * 8)
    assert run[-1].status is Status.FLAG
    assert run[-1].tallies["lip"].bars < BARS


def test_a_lasting_finding_is_flagged_and_latched(feed: Feed) -> None:
    run = feed([0.05] * 35 + [0.95] * 15 + [0.05] * 30)
    assert statuses(run) == [
        Status.SEARCHING,
        Status.GATHERING,
        Status.NO_SIGN,
        Status.LOOK_AGAIN,
        Status.FLAG,
        Status.LOOK_AGAIN,
        Status.NO_SIGN,
    ]
    flag = run[-1].flags[0]
    assert (flag.number, flag.view, flag.open) == (1, "lip", False)
    assert 0.9 < flag.peak < 0.95
    assert flag.best.cleft == 0.95
    assert run[-1].tallies["lip"].status is Status.FLAG
    opened = next(evidence for evidence in run if evidence.status is Status.FLAG)
    assert opened.scan_index == flag.first_scan_index
    assert opened.scan_index - 35 in range(4, 8)
    assert opened.flags[0].open


def test_chance_flicker_is_never_flagged(manifest: Manifest) -> None:
    for seed in range(20):
        draw = np.random.default_rng(seed)
        # one picture in ten stands out, twice as many as a flag point at 95 % specificity lets through
        scores = np.where(draw.random(600) < 0.1, 0.95, 0.05)
        run = Feed(EvidenceReader(manifest))(float(score) for score in scores)
        assert not run[-1].flags


def test_every_other_picture_is_flicker_too(feed: Feed) -> None:
    run = feed([0.95, 0.05] * 100)
    assert not run[-1].flags
    assert run[-1].status is Status.LOOK_AGAIN


def test_a_single_outlier_changes_no_word(feed: Feed) -> None:
    run = feed([0.05] * 35 + [0.99] + [0.05] * 20)
    assert statuses(run) == [Status.SEARCHING, Status.GATHERING, Status.NO_SIGN]
    assert run[35].instant == 0.99
    smoothed = run[35].smoothed
    assert smoothed is not None
    assert smoothed < LOOK


def test_a_score_between_the_points_asks_to_look_again(feed: Feed) -> None:
    run = feed([0.55] * 30)
    assert run[-1].status is Status.LOOK_AGAIN
    assert run[-1].reason is Reason.SOME_HITS
    assert run[-1].hits == run[-1].window == 10
    assert run[-1].tallies["lip"].status is Status.LOOK_AGAIN
    assert run[-1].flags == ()


def test_a_short_look_again_is_not_kept(feed: Feed) -> None:
    run = feed([0.05] * 35 + [0.55] * 3 + [0.05] * 20)
    assert Status.LOOK_AGAIN in statuses(run)
    assert run[-1].tallies["lip"].status is Status.NO_SIGN


def test_repeats_are_not_counted_twice(reader: EvidenceReader) -> None:
    for number in range(8):
        for repeat in (False, True, True):
            evidence = reader.update(prediction_of(scan_of(index=number, repeat=repeat), 0.95))
    assert evidence.tallies["lip"].frames == 7
    assert evidence.hits == 7
    for _ in range(50):
        held = reader.update(prediction_of(scan_of(index=7, repeat=True), 0.95))
    assert held is evidence


def test_one_bright_picture_seen_for_a_second_is_no_flag(feed: Feed) -> None:
    feed([0.05] * 35)
    scan = scan_of(index=100)
    for _ in range(60):
        evidence = feed.reader.update(prediction_of(scan, 0.99))
    assert evidence.status is Status.NO_SIGN
    assert evidence.flags == ()


def test_an_open_flag_holds_down_to_the_release_point(feed: Feed) -> None:
    run = feed([0.95] * 15 + [0.55] * 40)
    assert run[-1].status is Status.FLAG
    assert run[-1].flags[0].open
    run = feed([0.45] * 20)
    assert run[-1].status is Status.LOOK_AGAIN
    assert not run[-1].flags[0].open
    assert len(run[-1].flags) == 1


def test_a_finding_that_comes_back_soon_is_the_same_flag_later_another(feed: Feed) -> None:
    feed([0.95] * 15 + [0.05] * 15)
    assert len(feed([0.95] * 15)[-1].flags) == 1
    run = feed([0.05] * 60 + [0.95] * 15)
    assert [flag.number for flag in run[-1].flags] == [1, 2]
    assert [flag.open for flag in run[-1].flags] == [False, True]


def test_leaving_the_view_ends_in_searching_within_a_few_pictures(feed: Feed) -> None:
    feed([0.95] * 15)
    run = feed([0.95] * 5, view="other")
    assert [evidence.status for evidence in run[-3:]] == [Status.SEARCHING] * 3
    assert run[-1].reason is Reason.NOT_A_VIEW
    assert run[-1].view == "other"
    assert run[-1].instant is None
    assert run[-1].smoothed is None
    assert run[-1].hits == 0
    assert not run[-1].flags[0].open


def test_scores_outside_a_view_never_count(feed: Feed) -> None:
    run = feed([0.99] * 200, view="other")
    assert statuses(run) == [Status.SEARCHING]
    assert run[-1].flags == ()
    assert run[-1].verdict is Verdict.NOT_ASSESSED
    assert run[-1].tallies["lip"].frames == 0


def test_an_unsure_view_is_searched_for_with_that_reason(feed: Feed) -> None:
    run = feed([0.9] * 20, view_score=0.5)
    assert statuses(run) == [Status.SEARCHING]
    assert run[-1].reason is Reason.UNSURE_VIEW


def test_without_a_sector_the_reason_says_so(reader: EvidenceReader) -> None:
    scan = scan_of(region=Region.whole(8, 8))
    assert reader.update(prediction_of(scan, 0.9, view="other")).reason is Reason.NO_SECTOR


def test_poor_planes_do_not_count_and_wear_the_state_out(feed: Feed) -> None:
    feed([0.95] * 15)
    run = feed([0.95] * 12, quality=0.1)
    assert {evidence.reason for evidence in run} == {Reason.POOR_PLANE}
    assert run[0].status is Status.FLAG
    assert run[0].instant is None
    assert run[-1].status is Status.GATHERING
    assert not run[-1].flags[0].open
    assert run[-1].tallies["lip"].frames == 14


def test_poor_planes_alone_never_say_anything(feed: Feed) -> None:
    run = feed([0.95] * 100, quality=0.1)
    assert statuses(run) == [Status.SEARCHING, Status.GATHERING]
    assert run[-1].verdict is Verdict.NOT_ASSESSED


@pytest.mark.parametrize(
    ("signal", "reason"), [(Signal.FROZEN, Reason.FROZEN), (Signal.BLANK, Reason.NO_SIGNAL)]
)
def test_a_frozen_or_blank_picture_is_not_assessed(
    reader: EvidenceReader, signal: Signal, reason: Reason
) -> None:
    feed = Feed(reader)
    before = feed([0.95] * 8)[-1]
    for number in range(100, 160):
        evidence = reader.update(prediction_of(scan_of(index=number, signal=signal), 0.95))
    assert (evidence.status, evidence.reason) == (Status.NOT_ASSESSED, reason)
    assert evidence.tallies["lip"].frames == before.tallies["lip"].frames
    assert evidence.hits == 0


def test_a_pause_keeps_what_is_kept_and_gathers_anew(feed: Feed) -> None:
    feed([0.95] * 15)
    paused = feed.reader.pause(Reason.AI_OFF)
    assert (paused.status, paused.reason) == (Status.NOT_ASSESSED, Reason.AI_OFF)
    assert len(paused.flags) == 1
    assert not paused.flags[0].open
    assert paused.tallies["lip"].status is Status.FLAG
    after = feed([0.05] * 5)
    assert after[-1].status is Status.GATHERING


def test_a_new_exam_forgets_everything(feed: Feed) -> None:
    feed([0.95] * 20)
    evidence = feed.reader.reset()
    assert evidence.flags == ()
    assert evidence.tallies["lip"].frames == 0
    assert evidence.verdict is Verdict.NOT_ASSESSED
    assert feed([0.95] * 20)[-1].flags[0].number == 1


def exam(feed: Feed, parts: Iterable[tuple[View, float]]) -> Iterator[Evidence]:
    for view, score in parts:
        yield from feed([score] * 31, view=view)
        yield from feed([0.5] * 5, view="other")


@pytest.mark.parametrize("lip_first", [True, False])
@pytest.mark.parametrize(
    ("lip", "palate", "verdict"),
    [
        (0.05, 0.05, Verdict.NO_SIGN_SHOWN),
        (0.95, 0.05, Verdict.SUSPECT_LIP),
        (0.95, 0.95, Verdict.SUSPECT_BOTH),
        (0.05, 0.95, Verdict.DISCORDANT),
        (0.55, 0.05, Verdict.AMBIGUOUS),
    ],
)
def test_the_verdict_does_not_depend_on_which_view_comes_first(
    manifest: Manifest, lip: float, palate: float, verdict: Verdict, lip_first: bool
) -> None:
    parts: list[tuple[View, float]] = [("lip", lip), ("palate", palate)]
    *_, last = exam(Feed(EvidenceReader(manifest)), parts if lip_first else parts[::-1])
    assert last.verdict is verdict
    assert {view: tally.frames for view, tally in last.tallies.items()} == {"lip": 30, "palate": 30}


def test_what_was_said_earlier_does_not_change_afterwards(feed: Feed) -> None:
    run = feed([0.95] * 10)
    before = (run[-1].flags[0].peak, run[-1].tallies["lip"].frames, len(run[-1].flags))
    feed([0.99] * 10)
    assert (run[-1].flags[0].peak, run[-1].tallies["lip"].frames, len(run[-1].flags)) == before


def test_the_best_picture_is_the_clearest_one(feed: Feed) -> None:
    feed([0.9] * 10, quality=0.5)
    best = feed([0.85], quality=0.9)[0].prediction
    run = feed([0.9] * 10, quality=0.6)
    assert run[-1].flags[0].best is best
    assert run[-1].tallies["lip"].best is best


def test_a_picture_whose_scan_was_found_goes_before_a_clearer_one(feed: Feed) -> None:
    """Nothing of a picture without a scan may be stored: a flag would be left without any."""
    lost = feed([0.99] * 10, quality=0.9, region=Region.whole(8, 8))[-1]
    assert lost.flags[0].best.scan.region.origin == "whole", "better than none"
    found = feed([0.9], quality=0.6)[0].prediction
    run = feed([0.99] * 3, quality=0.95, region=Region.whole(8, 8))
    assert run[-1].flags[0].best is found
    assert run[-1].tallies["lip"].best is found


def test_bars_fill_within_about_a_second(feed: Feed) -> None:
    run = feed([0.05] * 40)
    assert [evidence.tallies["lip"].bars for evidence in (run[0], run[6], run[18], run[30])] == [0, 1, 3, 5]
    assert run[-1].tallies["lip"].bars == 5


def test_a_loop_played_again_adds_nothing(manifest: Manifest) -> None:
    reader = EvidenceReader(manifest)
    for lap in range(4):
        for frame in range(40):
            scan = scan_of(index=frame, media_s=frame / 28)
            scan = type(scan)(scan.frame, scan.region, lap * 40 + frame, False, scan.signal)
            evidence = reader.update(prediction_of(scan, 0.95 if 15 <= frame < 30 else 0.05))
    assert evidence.tallies["lip"].frames <= 40
    assert [flag.number for flag in evidence.flags] == [1]


def test_a_finding_met_late_in_the_first_lap_is_the_same_in_the_next(manifest: Manifest) -> None:
    """The model is loaded while the loop plays: it sees the finding from its middle on, then whole."""
    reader, number = EvidenceReader(manifest), itertools.count()
    for first in (60, 0):
        for frame in range(first, 200):
            scan = scan_of(index=frame, media_s=frame / 28)
            scan = type(scan)(scan.frame, scan.region, next(number), False, scan.signal)
            evidence = reader.update(prediction_of(scan, 0.95 if 50 <= frame < 90 else 0.05))
    assert [flag.number for flag in evidence.flags] == [1]


def test_the_next_recording_of_an_exam_counts_its_own_pictures(manifest: Manifest) -> None:
    reader = EvidenceReader(manifest)
    for _ in range(2):
        for frame in range(20):
            evidence = reader.update(prediction_of(scan_of(index=frame, media_s=frame / 28), 0.95))
        reader.new_source()
    assert evidence.tallies["lip"].frames == 38
    assert [flag.number for flag in evidence.flags] == [1, 2]


def test_speed_and_clock_do_not_matter(manifest: Manifest) -> None:
    scores = np.random.default_rng(5).random(200)

    def said(step_ns: int) -> list[tuple[Status, float | None]]:
        reader = EvidenceReader(manifest)
        words = []
        for number, score in enumerate(scores):
            scan = scan_of(index=number)
            frame = type(scan.frame)(number, number * step_ns, scan.frame.pixels)
            scan = type(scan)(frame, scan.region, number, False, scan.signal)
            evidence = reader.update(prediction_of(scan, float(score)))
            words.append((evidence.status, evidence.smoothed))
        return words

    assert said(1) == said(200_000_000)


def test_a_model_that_knows_no_other_view_must_be_surer(tmp_path: Path) -> None:
    onnx.save(class_network([0, 0, 0, 0]), tmp_path / "c.onnx")
    manifest = parse_manifest(class_manifest(tmp_path, "c.onnx"))
    assert EvidenceSettings.for_model(manifest).enter_view > EvidenceSettings().enter_view

    def run(chance: float) -> Evidence:
        reader = EvidenceReader(manifest)
        for number in range(40):
            prediction = prediction_of(scan_of(index=number), 0.05, view_score=chance, quality=None)
            object.__setattr__(prediction, "views", {"lip": chance, "palate": 1 - chance})
            evidence = reader.update(prediction)
        return evidence

    assert run(0.75).status is Status.SEARCHING
    assert run(0.95).status is Status.NO_SIGN


def test_a_model_without_quality_is_taken_at_its_certainty(feed: Feed) -> None:
    run = feed([0.05] * 35, quality=None, view_score=0.8)
    assert run[-1].quality == 0.8
    assert run[-1].status is Status.NO_SIGN
