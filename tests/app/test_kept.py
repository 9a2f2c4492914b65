from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from app.kept import HAND_MOST, KeptFrames, thumbnail
from capture.frame import make_frame
from capture.geometry import Box, Region
from capture.scan import Scan, Signal
from inference.evidence_types import Evidence, Flag, Reason, Status, Verdict, ViewTally
from inference.prediction import Prediction
from tests.app.window_fakes import HEIGHT, WIDTH, FakeEngine, picture


def predicted(index: int, score: float = 0.9) -> Prediction:
    frame = make_frame(index, index, picture(index))
    return FakeEngine(score).predict(Scan(frame, Region.whole(WIDTH, HEIGHT), index, False, Signal.MOVING))


def evidence(flags: tuple[Flag, ...] = (), best: Prediction | None = None) -> Evidence:
    tallies: dict[Any, ViewTally] = {
        "lip": ViewTally("lip", 10, 2, Status.GATHERING, best),
        "palate": ViewTally("palate", 0, 0, Status.NOT_ASSESSED, None),
    }
    return Evidence(
        Status.FLAG, Reason.MANY_HITS, "lip", 0.8, 0.9, 0.9, 9, 10, MappingProxyType(tallies), flags,
        Verdict.PALATE_MISSING, 7,
    )  # fmt: skip


def flag(number: int, best: Prediction) -> Flag:
    return Flag(number, "lip", number, best.cleft, best, True)


def test_flags_come_first_then_kept_by_hand_then_the_best() -> None:
    kept, best = KeptFrames(), predicted(1)
    assert kept.follow(evidence((flag(1, predicted(2)), flag(2, predicted(3))), best))
    kept.keep(predicted(4).scan, None, None)
    kept.keep(predicted(5).scan, predicted(5), evidence())
    assert [frame.key for frame in kept.frames] == ["flag:2", "flag:1", "hand:2", "hand:1", "best:lip:1"]
    assert kept.frames[3].score is None
    assert kept.frames[4].score == best.cleft


def test_a_frame_kept_before_its_prediction_came_gets_its_score() -> None:
    kept, own, other = KeptFrames(), predicted(1), predicted(2)
    kept.keep(own.scan, None, evidence())
    assert (kept.frames[0].score, kept.frames[0].status) == (None, Status.NOT_ASSESSED)
    assert not kept.scored(other)
    assert kept.scored(own)
    frame = kept.frames[0]
    assert (frame.score, frame.status, frame.view) == (0.9, Status.FLAG, "lip")
    assert not kept.scored(own), "it has its score"
    kept.keep(other.scan, None, None)
    kept.clear()
    assert not kept.scored(other)


def test_the_best_frames_are_those_that_the_exam_ranks() -> None:
    kept, own, first, second = KeptFrames(), predicted(1), predicted(2), predicted(3)
    assert kept.follow(evidence(best=own), {"lip": [first], "palate": []})
    assert [frame.prediction for frame in kept.frames] == [first], "not the evidence's own"
    assert kept.follow(evidence(best=own), {"lip": [second, first], "palate": []})
    assert [(f.key, f.rank, f.prediction) for f in kept.frames] == [
        ("best:lip:1", 1, second), ("best:lip:2", 2, first),
    ]  # fmt: skip
    assert not kept.follow(evidence(best=own), {"lip": [second, first], "palate": []})


def test_only_changes_are_changes() -> None:
    kept, best, shown = KeptFrames(), predicted(1), flag(1, predicted(2))
    assert kept.follow(evidence((shown,), best))
    assert not kept.follow(evidence((shown,), best))
    better = predicted(3)
    assert kept.follow(evidence((flag(1, better),), best))
    assert kept.frames[0].prediction is better


def test_a_dismissed_flag_does_not_come_back() -> None:
    kept, both = KeptFrames(), (flag(1, predicted(1)), flag(2, predicted(2)))
    kept.follow(evidence(both))
    dropped = kept.dismiss_newest()
    assert dropped is not None
    assert dropped.key == "flag:2"
    kept.follow(evidence(both))
    assert list(kept.open_flags) == [1]
    assert kept.dismiss_newest() is not None
    assert kept.dismiss_newest() is None


def test_frames_kept_by_hand_do_not_fill_the_memory() -> None:
    kept = KeptFrames()
    for index in range(HAND_MOST + 5):
        kept.keep(predicted(index).scan, None, None)
    assert len(kept.frames) == HAND_MOST
    assert kept.frames[0].key == f"hand:{HAND_MOST + 5}"


def test_a_new_exam_forgets_everything() -> None:
    kept = KeptFrames()
    kept.follow(evidence((flag(1, predicted(1)),), predicted(2)))
    kept.dismiss_newest()
    kept.clear()
    assert kept.frames == ()
    assert kept.follow(evidence((flag(1, predicted(3)),)))


def test_a_thumbnail_shows_the_scan_alone() -> None:
    pixels = np.full((120, 160, 3), 9, np.uint8)
    pixels[30:90, 40:120] = (200, 100, 50)
    region = Region(Box(40, 30, 120, 90), 160, 120)
    scan = Scan(make_frame(0, 0, pixels), region, 0, False, Signal.MOVING)
    small = thumbnail(scan, 64, 64)
    assert small.shape == (64, 64, 4)
    assert tuple(small[32, 32]) == (50, 100, 200, 255)
    assert tuple(small[1, 32]) == (0, 0, 0, 255)
