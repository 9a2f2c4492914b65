from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from capture.phantom.parameters import Pose
from capture.phantom.paths import PATHS
from capture.phantom.render import render
from capture.phantom.sampling_plane import standard_plane
from capture.phantom.sweep import cine, nearest_view


def test_the_sweep_shows_profile_then_lip_then_palate_then_lip() -> None:
    sweep = cine(3, liveliness=0)
    frames = [sweep.parameters_at(t) for t in np.arange(0, sweep.duration_s, 0.2)]
    names = [p.view if p.view != "other" else str(p.other) for p in frames]
    order = [name for before, name in pairwise(["", *names]) if name != before]
    kept = [name for name in order if name != "posterior"]
    assert names[0] == "posterior"
    assert kept == ["profile", "lip", "palate", "air", "lip"]
    for view in ("lip", "palate", "profile"):
        assert names.count(view) >= 8


def test_the_probe_moves_without_jumps_even_where_it_turns_back() -> None:
    sweep = cine(1, take=1, hand="fellow")
    times = np.arange(0.25 * sweep.duration_s, 1.1 * sweep.duration_s, 1 / 28)
    poses = [sweep.parameters_at(t).pose for t in times]
    for (t, before), (_, after) in pairwise(zip(times, poses, strict=True)):
        lifted = sweep.contact_at(t) < 1
        assert np.linalg.norm(np.subtract(after.origin, before.origin)) < (6 if lifted else 2.5)
        assert np.dot(after.lateral, before.lateral) > (0.95 if lifted else 0.985)
        assert np.dot(after.axial, after.lateral) == pytest.approx(0, abs=1e-9)


def test_takes_differ_and_are_the_same_each_time() -> None:
    one, again, other = cine(4, take=1), cine(4, take=1), cine(4, take=2)
    assert one.parameters_at(7.3) == again.parameters_at(7.3)
    assert one.parameters_at(7.3).pose != other.parameters_at(7.3).pose
    assert one.still.fetus == other.still.fetus


def test_a_turning_head_carries_the_plane_away_from_the_lips() -> None:
    awake, asleep = (cine(2, stations=PATHS["lip"], liveliness=x) for x in (5.0, 0.0))
    times = np.arange(0, 8, 0.25)
    turning = [t for t in times if any(m.kind == "turn" and m.share(t) > 0.9 for m in awake.movements_at(t))]
    assert turning
    for t in turning:
        apart = np.subtract(awake.parameters_at(t).pose.origin, asleep.parameters_at(t).pose.origin)
        assert np.linalg.norm(apart) > 2
    assert not any(asleep.movements_at(t) for t in times)


def test_a_lifted_probe_sees_air_and_its_frames_are_no_view() -> None:
    sweep = cine(2, width=160, height=120)
    leg = next(leg for leg in sweep.legs if leg.lifted)
    middle = (leg.start_s + leg.end_s) / 2
    off, partly = sweep.parameters_at(middle), sweep.parameters_at(leg.start_s + 0.12)
    assert (off.view, off.other) == ("other", "air")
    assert 0 < sweep.contact_at(leg.start_s + 0.12) < 1
    on = render(sweep.parameters_at(leg.start_s - 0.3), moving=True, detail=0.5).pixels
    dim = render(partly, moving=True, detail=0.5).pixels
    dark = render(off, moving=True, detail=0.5).pixels
    assert dark[60:].mean() < 0.2 * on[60:].mean()
    assert dark[60:].mean() < dim[60:].mean() < 0.9 * on[60:].mean()


def test_a_difficult_picture_is_noisier() -> None:
    easy, hard = (cine(3, difficulty=x, stations=PATHS["lip"]).still for x in (0.0, 1.0))
    assert hard.machine.noise_db > easy.machine.noise_db + 10
    assert len(hard.machine.shadows) > len(easy.machine.shadows)
    assert hard.surround.pocket_mm < easy.surround.pocket_mm


def test_nearest_view() -> None:
    fetus = cine(0).still.fetus
    lip = Pose(standard_plane(fetus, "lip"), (1, 0, 0), (0, -1, 0), 0, 40)
    view, offset, tilt = nearest_view(lip, fetus)
    assert view == "lip"
    assert offset == pytest.approx(0, abs=1e-6)
    assert tilt == pytest.approx(0, abs=1e-3)
    palate = Pose(standard_plane(fetus, "palate"), (1, 0, 0), (0, 0, -1), 0, 40)
    assert nearest_view(palate, fetus)[0] == "palate"
    profile = Pose(standard_plane(fetus, "profile"), (0, 1, 0), (0, 0, -1), 0, 40)
    assert nearest_view(profile, fetus)[0] == "other"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cleft", "oblique"),
        ("age_weeks", 40),
        ("difficulty", 2),
        ("zoom", 9),
        ("hand", "robot"),
        ("speed_mm_s", 500),
        ("liveliness", -1),
    ],
)
def test_nonsense_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        cine(0, **{name: value})  # type: ignore[arg-type]
