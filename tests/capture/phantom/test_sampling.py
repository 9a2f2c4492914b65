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


def test_the_fresh_domain_lies_outside_of_what_is_taught() -> None:
    taught = [sample(seed, domain) for domain in ("train", "wide") for seed in range(120)]
    fresh = [sample(seed, "fresh", view="lip") for seed in range(60)]
    assert max(p.machine.axial_mm for p in taught) < min(p.machine.axial_mm for p in fresh)
    assert max(p.machine.looks for p in taught) < min(p.machine.looks for p in fresh)
    assert all(p.machine.reverberation == 0 and p.machine.webp_quality == 0 for p in taught)
    assert all(p.machine.reverberation > 0 and p.machine.webp_quality > 0 for p in fresh)
    taught_db = [p.machine.dynamic_range_db for p in taught]
    assert not any(min(taught_db) <= p.machine.dynamic_range_db <= max(taught_db) for p in fresh)
    convex = [p.probe.radius_mm for p in taught if p.probe.kind == "convex"]
    assert max(p.probe.radius_mm for p in fresh if p.probe.kind == "convex") < min(convex)


def test_the_wide_domain_has_other_probes_and_more_open_mouths() -> None:
    wide, usual = ([sample(seed, d, view="lip") for seed in range(200)] for d in ("wide", "train"))
    assert sum(p.probe.kind != "convex" for p in wide) > 3 * sum(p.probe.kind != "convex" for p in usual)
    opened = [np.mean([p.fetus.mouth_open_mm > 1 for p in drawn]) for drawn in (wide, usual)]
    assert opened[0] > 1.5 * opened[1]


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
