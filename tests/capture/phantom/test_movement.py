from __future__ import annotations

import numpy as np
import pytest

from capture.phantom.movement import (
    ODDS,
    WINDOW_S,
    Movement,
    drifting_tubes,
    head_turn,
    mouth_mm,
    movements_at,
    wander,
)


def test_a_fetus_asleep_keeps_still() -> None:
    assert all(movements_at(3, 0.0, t) == () for t in np.arange(0, 60, 0.5))


def test_a_lively_fetus_does_everything_in_time_and_the_same_again() -> None:
    seen = {m.kind for t in np.arange(0, 40 * WINDOW_S, 0.5) for m in movements_at(3, 1.0, t)}
    assert seen == set(ODDS)
    assert movements_at(3, 2.0, 12.3) == movements_at(3, 2.0, 12.3)


def test_the_mouth_opens_and_closes_without_jumps() -> None:
    yawn = Movement("mouth", 1.0, 2.0, 3.0, 0)
    widths = [mouth_mm(0.5, (yawn,), t) for t in np.arange(0.9, 2.1, 1 / 28)]
    assert widths[0] == widths[-1] == pytest.approx(0.5)
    assert max(widths) == pytest.approx(3.5)
    assert np.abs(np.diff(widths)).max() < 0.8


def test_a_turn_is_a_rotation_that_comes_back() -> None:
    turn = Movement("turn", 0.0, 2.0, 9.0, 4)
    assert np.array_equal(head_turn((turn,), 0.0), np.eye(3))
    half_way = head_turn((turn,), 1.0)
    assert np.degrees(np.arccos((np.trace(half_way) - 1) / 2)) == pytest.approx(9.0)
    assert np.allclose(half_way @ half_way.T, np.eye(3))


def test_a_limb_crosses_before_the_face_and_cord_comes_and_goes() -> None:
    limb, cord = Movement("limb", 0.0, 3.0, 4.0, 1), Movement("cord", 0.0, 3.0, 3.0, 1)
    where = [np.mean([t.start, t.end], 0) for at in (0.1, 1.5, 2.9) for t in drifting_tubes((limb,), at)]
    assert where[0][0] * where[2][0] < 0
    assert abs(where[1][0]) < 3
    assert all(middle[2] > 8 for middle in where)
    away, near, gone = (
        abs(np.mean([t.start, t.end], 0)[0]) for at in (0.05, 1.5, 2.95) for t in drifting_tubes((cord,), at)
    )
    assert near < away - 10
    assert near < gone - 10


def test_a_hand_wanders_slowly_about_its_place() -> None:
    values = np.array([wander(5, 0, t) for t in np.arange(0, 60, 0.02)])
    assert abs(values.mean()) < 0.1
    assert 0.5 < values.std() < 1.2
    assert np.abs(np.diff(values)).max() < 0.2
