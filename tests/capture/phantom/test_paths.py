from __future__ import annotations

import numpy as np
import pytest

from capture.phantom.parameters import Fetus
from capture.phantom.paths import (
    HAND_MM_S,
    HANDS,
    LIFTED_S,
    PATHS,
    Hand,
    Station,
    between,
    hold_at,
    timetable,
    travel_mm,
)

FETUS = Fetus(3, 22.0)


@pytest.mark.parametrize("hand", HANDS)
def test_legs_are_walked_at_the_published_speed(hand: Hand) -> None:
    mean, deviation = HAND_MM_S[hand]
    speeds = []
    for seed in range(12):
        for leg in timetable(PATHS["sweep"], FETUS, hand, seed):
            if leg.low is not leg.high and not leg.lifted:
                speeds.append(travel_mm(leg.low, leg.high) / (leg.end_s - leg.start_s))
    assert np.mean(speeds) == pytest.approx(mean, rel=0.08)
    assert np.std(speeds) == pytest.approx(deviation, rel=0.25)


def test_another_speed_may_be_asked_for() -> None:
    slow, fast = (timetable(PATHS["sweep"], FETUS, "fellow", 3, speed)[-1].end_s for speed in (6, 60))
    assert slow > 1.5 * fast


def test_the_standard_planes_are_dwelt_on() -> None:
    legs = timetable(PATHS["sweep"], FETUS, "consultant", 0)
    stays = [leg.end_s - leg.start_s for leg in legs if leg.low is leg.high]
    assert sorted(stays)[-3:] == pytest.approx([3.0, 3.4, 4.0])
    assert [leg.end_s for leg in legs[:-1]] == [leg.start_s for leg in legs[1:]]


def test_a_twist_on_the_spot_moves_the_ends_of_the_probe() -> None:
    lip = hold_at(Station("lip"), FETUS)
    twisted = hold_at(Station("profile", spin_deg=90), FETUS)
    assert travel_mm(lip, twisted) > 20
    assert travel_mm(lip, lip) == 0
    half = between(lip, twisted, 0.5)
    assert np.allclose(half.axes.T @ half.axes, np.eye(3), atol=1e-9)


def test_a_lifted_probe_leaves_the_skin_and_comes_back() -> None:
    leg = next(leg for leg in timetable(PATHS["sweep"], FETUS, "fellow", 1) if leg.lifted)
    assert leg.end_s - leg.start_s == pytest.approx(LIFTED_S)
    contacts = [leg.contact(leg.start_s + t) for t in np.linspace(0, LIFTED_S, 33)]
    assert contacts[0] == contacts[-1] == 1
    assert contacts[16] == 0
    assert any(0 < contact < 1 for contact in contacts)
