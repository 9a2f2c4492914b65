from __future__ import annotations

import numpy as np

from app.panels.timeline_data import STATUS_CODES, Samples
from app.panels.timeline_trace import Axis, stretches, trace
from app.theme import CORAL, CYAN, QUIET
from capture.frame import Pixels
from inference.evidence_types import Status

GATHERING, NO_SIGN, LOOK, FLAG, SEARCHING = (
    STATUS_CODES[status]
    for status in (Status.GATHERING, Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG, Status.SEARCHING)
)
NAN = float("nan")


def samples(
    times: list[float], smoothed: list[float], status: list[int], instant: list[float] | None = None
) -> Samples:
    lone = [NAN] * len(times) if instant is None else instant
    return Samples(
        np.asarray(times, np.float64), np.asarray(lone, np.float32), np.asarray(smoothed, np.float32),
        np.ones(len(times), np.int8), np.asarray(status, np.int8),
    )  # fmt: skip


def colour(name: str) -> tuple[int, int, int, int]:
    return int(name[5:7], 16), int(name[3:5], 16), int(name[1:3], 16), 255


def columns(picture: Pixels, name: str) -> list[int]:
    hit = (picture == colour(name)).all(axis=2).any(axis=0)
    return np.flatnonzero(hit).tolist()


def test_a_line_breaks_where_nothing_was_seen_and_where_there_was_no_score() -> None:
    seen = samples([0.0, 0.1, 4.0, 4.1, 4.2, 4.3], [0.3, 0.3, 0.3, NAN, 0.4, 0.4], [NO_SIGN] * 6)
    assert stretches(seen) == [(Status.NO_SIGN, 0, 2), (Status.NO_SIGN, 4, 6)]
    assert stretches(samples([0.0], [0.3], [NO_SIGN])) == []
    assert stretches(samples([], [], [])) == []


def test_a_line_goes_on_to_the_first_sample_of_the_next_state() -> None:
    states = [GATHERING, GATHERING, LOOK, FLAG, FLAG, SEARCHING, SEARCHING]
    seen = samples([step / 10 for step in range(7)], [0.5] * 7, states)
    assert stretches(seen) == [(Status.GATHERING, 0, 3), (Status.LOOK_AGAIN, 2, 4), (Status.FLAG, 3, 6)]


def test_scores_lie_at_their_time_and_height_in_the_colour_of_their_state() -> None:
    times = [step / 10 for step in range(11)]
    seen = samples(times, [0.2] * 5 + [0.8] * 6, [NO_SIGN] * 5 + [FLAG] * 6)
    drawn = trace(seen, Axis(100.0, 10.0), Axis(-50.0, 60.0), 130, 70)
    assert drawn.shape == (70, 130, 4)
    cyan, coral = columns(drawn, CYAN), columns(drawn, CORAL)
    assert min(cyan) in (9, 10)
    assert max(coral) in (110, 111)
    assert max(cyan) <= 62
    assert min(coral) >= 58
    rows = np.flatnonzero((drawn[:, 20] == colour(CYAN)).all(axis=1))
    assert abs(rows.mean() - 50) <= 1
    assert (drawn[:, :5] == 0).all()


def test_dots_are_squares_and_none_leaves_the_picture() -> None:
    times = [0.0, 0.5, 0.5, 1.0]
    seen = samples(times, [NAN] * 4, [SEARCHING] * 4, [0.5, 0.5, 9.0, 0.5])
    drawn = trace(seen, Axis(100.0, 0.0), Axis(-50.0, 50.0), 100, 60)
    lit = (drawn == colour(QUIET)).all(axis=2)
    assert lit.sum() == 9
    assert abs(np.flatnonzero(lit.any(axis=0)).mean() - 50) <= 1
    twice = trace(seen, Axis(200.0, 0.0), Axis(-100.0, 100.0), 200, 120, 2.0)
    assert (twice == colour(QUIET)).all(axis=2).sum() == 36
