from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from app.panels.timeline_data import STRIP_S, LiveTrack, LoopTrack, places_of_words, runs
from inference.evidence_types import Status
from inference.prediction import View


@dataclass(frozen=True)
class Point:
    view: View = "lip"
    status: Status = Status.NO_SIGN
    instant: float | None = 0.2
    smoothed: float | None = 0.3


def test_the_strip_holds_the_last_seconds() -> None:
    track = LiveTrack()
    for step in range(60 * 30):
        track.add(Point(instant=step / 10_000), step / 30)
    now = 59.99
    samples = track.samples(now)
    assert track.span(now) == pytest.approx((now - STRIP_S, now))
    assert samples.times_s[0] >= now - STRIP_S
    assert len(samples.times_s) == pytest.approx(STRIP_S * 30, abs=2)
    assert (np.diff(samples.times_s) > 0).all()
    assert samples.instant[-1] == pytest.approx((60 * 30 - 1) / 10_000)


def test_the_strip_forgets_the_oldest_when_full() -> None:
    track = LiveTrack(most=10)
    for step in range(25):
        track.add(Point(), step / 10)
    assert track.samples(2.5).times_s.tolist() == pytest.approx([step / 10 for step in range(15, 25)])
    track.clear()
    assert len(track.samples(2.5).times_s) == 0


def test_a_loop_is_filled_frame_by_frame_and_overwritten() -> None:
    times = (0.0, 0.04, 0.1, 0.11)
    track = LoopTrack(times)
    track.add(Point(instant=0.5, smoothed=0.6), 0.1)
    track.add(Point(instant=None, smoothed=None, view="other"), 0.0)
    track.add(Point(instant=0.7, smoothed=0.8), 0.1)
    samples = track.samples(0.0)
    assert samples.times_s.tolist() == [0.0, 0.1]
    assert np.isnan(samples.instant[0])
    assert samples.smoothed[1] == pytest.approx(0.8)
    assert track.span(5.0) == (0.0, 0.11)
    track.clear()
    assert len(track.samples(0.0).times_s) == 0


@pytest.mark.parametrize(("at", "index"), [(-1.0, 0), (0.01, 0), (0.03, 1), (0.09, 2), (9.0, 3), (0.106, 3)])
def test_the_nearest_frame_of_an_uneven_film(at: float, index: int) -> None:
    assert LoopTrack((0.0, 0.04, 0.1, 0.11)).index_at(at) == index


def test_an_empty_recording_has_no_frame() -> None:
    track = LoopTrack(())
    track.add(Point(), 0.0)
    assert track.index_at(0.0) is None
    assert track.peak() is None
    assert track.span(0.0)[1] > 0


def test_the_peak_is_the_highest_smoothed_score_that_counts() -> None:
    track = LoopTrack((0.0, 1.0, 2.0))
    assert track.peak() is None
    track.add(Point(instant=0.9, smoothed=None), 0.0)
    assert track.peak() == 0
    track.add(Point(instant=0.5, smoothed=0.4), 1.0)
    track.add(Point(instant=0.4, smoothed=0.6), 2.0)
    assert track.peak() == 2


def test_runs_join_one_view_and_break_at_pauses() -> None:
    track = LiveTrack()
    for at, view in ((0.0, "lip"), (0.1, "lip"), (0.2, "palate"), (0.3, "palate"), (5.0, "palate")):
        track.add(Point(view=view), at)  # type: ignore[arg-type]
    found = [(run.start_s, run.end_s, run.view) for run in runs(track.samples(5.0))]
    assert found == [
        (0.0, 0.2, "lip"),
        (0.2, 0.3, "palate"),
        (5.0, 5.0, "palate"),
    ]
    assert runs(LiveTrack().samples(1.0)) == []


def test_words_beside_marks_cover_neither_each_other_nor_a_mark_and_are_nearest_to_their_own() -> None:
    side, wide = 10.0, 40.0
    assert places_of_words([100.0, 300.0], [wide, wide], side, 400.0) == [108.0, 308.0]
    assert places_of_words([100.0, 120.0], [wide, 0.0], side, 400.0) == [52.0, None], "to the left of it"
    assert places_of_words([380.0], [wide], side, 400.0) == [332.0], "at the edge"
    assert places_of_words([100.0, 160.0, 170.0], [wide] * 3, side, 400.0) == [52.0, None, 178.0]
    assert places_of_words([20.0, 40.0], [wide, wide], side, 400.0) == [None, 48.0]
