from __future__ import annotations

import numpy as np
import pytest

from capture.phantom.parameters import VIEWS
from capture.phantom.sampling import sample, without_cleft


def test_a_seed_gives_the_same_parameters_and_another_gives_others() -> None:
    assert sample(5) == sample(5)
    assert sample(5) != sample(6)


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_fixed_is_kept(view: str) -> None:
    p = sample(9, view=view, cleft="median")  # type: ignore[arg-type]
    assert p.view == view
    assert p.fetus.cleft.kind == "median"
    assert (p.other is None) == (view != "other")


def test_look_alikes_are_as_frequent_with_a_cleft_as_without() -> None:
    drawn = [sample(seed, view="lip") for seed in range(800)]
    torn = np.array([p.fetus.cleft.kind != "none" for p in drawn])
    for sign in (
        np.array([bool(p.surround.tubes) for p in drawn]),
        np.array([p.fetus.mouth_open_mm > 1 for p in drawn]),
        np.array([p.marks > 0 for p in drawn]),
        np.array([bool(p.machine.shadows) for p in drawn]),
    ):
        assert abs(sign[torn].mean() - sign[~torn].mean()) < 0.1


def test_the_shifted_domain_is_harder() -> None:
    plain, shift = ([sample(seed, d).machine for seed in range(150)] for d in ("plain", "shift"))
    assert np.mean([m.noise_db for m in shift]) > np.mean([m.noise_db for m in plain]) + 3
    assert np.mean([m.lateral_mm for m in shift]) > 1.2 * np.mean([m.lateral_mm for m in plain])


def test_axes_of_the_plane_are_square() -> None:
    for seed in range(40):
        pose = sample(seed).pose
        a, b = np.array(pose.lateral), np.array(pose.axial)
        assert np.linalg.norm(a) == pytest.approx(1)
        assert np.linalg.norm(b) == pytest.approx(1)
        assert a @ b == pytest.approx(0, abs=1e-9)


def test_without_cleft_changes_nothing_else() -> None:
    p = sample(3, view="lip", cleft="bilateral")
    calm = without_cleft(p)
    assert calm.fetus.cleft.kind == "none"
    assert (calm.pose, calm.machine, calm.probe) == (p.pose, p.machine, p.probe)
