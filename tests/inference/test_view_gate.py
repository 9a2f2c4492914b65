from __future__ import annotations

from collections.abc import Sequence

import pytest

from inference.prediction import View
from inference.view_gate import ViewGate


def fed(gate: ViewGate, chances: Sequence[tuple[float, float]]) -> list[View]:
    """The gate's view after each (lip, palate) chance."""
    return [gate.feed({"lip": lip, "palate": palate, "other": 1 - lip - palate}) for lip, palate in chances]


@pytest.fixture
def gate() -> ViewGate:
    return ViewGate(enter=0.6, leave=0.4, enter_frames=2, leave_frames=3)


LIP, PALATE, NEITHER, BETWEEN = (0.9, 0.05), (0.05, 0.9), (0.1, 0.1), (0.5, 0.1)


def test_a_view_is_entered_after_two_pictures_in_a_row(gate: ViewGate) -> None:
    assert fed(gate, [LIP, NEITHER, LIP, LIP]) == ["other", "other", "other", "lip"]


def test_two_different_views_do_not_add_up(gate: ViewGate) -> None:
    assert fed(gate, [LIP, PALATE, LIP, PALATE]) == ["other"] * 4


def test_it_is_left_after_three_pictures_in_a_row(gate: ViewGate) -> None:
    views = fed(gate, [LIP, LIP, NEITHER, NEITHER, LIP, NEITHER, NEITHER, NEITHER])
    assert views == ["other", *["lip"] * 6, "other"]


def test_between_the_two_levels_it_stays_as_it_is(gate: ViewGate) -> None:
    assert fed(gate, [BETWEEN] * 5) == ["other"] * 5
    assert fed(gate, [LIP, LIP]) == ["other", "lip"]
    assert fed(gate, [BETWEEN] * 5) == ["lip"] * 5


def test_from_one_view_to_the_other_takes_no_longer_than_leaving(gate: ViewGate) -> None:
    fed(gate, [LIP, LIP])
    assert fed(gate, [PALATE] * 4) == ["lip", "lip", "palate", "palate"]


def test_holds_judges_one_picture_alone(gate: ViewGate) -> None:
    assert not gate.holds({"lip": 1.0})
    fed(gate, [LIP, LIP])
    assert gate.holds({"lip": 0.4})
    assert not gate.holds({"lip": 0.39, "palate": 0.6})
    gate.reset()
    assert gate.view == "other"
