from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import region_mask
from capture.phantom.anatomy import fetal_scene
from capture.phantom.beam import beam_grid, echoes
from capture.phantom.face import philtrum_length_mm
from capture.phantom.parameters import OTHER_KINDS, Cleft, Machine, Parameters, Pose, Probe
from capture.phantom.render import TRUTH_SIDE, render
from capture.phantom.sampling import sample, with_isolated_palate, without_cleft


@pytest.mark.parametrize("seed", [3, 77])
def test_equal_parameters_give_equal_pictures(seed: int) -> None:
    first, again = render(sample(seed)), render(sample(seed))
    assert first.parameters == again.parameters
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.truth.gap, again.truth.gap)
    other = render(sample(seed + 1))
    assert other.pixels.shape != first.pixels.shape or not np.array_equal(other.pixels, first.pixels)


def test_scan_and_truth_stay_inside_the_region() -> None:
    for seed in range(12):
        parameters = sample(seed)
        machine = replace(parameters.machine, jpeg_quality=0)
        made = render(replace(parameters, marks=0, machine=machine))
        outside = region_mask(made.region) == 0
        assert not made.pixels[outside].any()
        assert not made.truth.gap[outside].any()
        assert not made.truth.parts[:, outside].any()
        assert made.region.fits(made.pixels.shape[1], made.pixels.shape[0])


def test_compression_changes_the_picture_and_not_the_truth() -> None:
    parameters = sample(3, "plain")
    pressed = replace(parameters, machine=replace(parameters.machine, jpeg_quality=20))
    clear = replace(parameters, machine=replace(parameters.machine, jpeg_quality=0))
    hard, soft = render(pressed), render(clear)
    apart = np.abs(hard.pixels.astype(int) - soft.pixels)
    assert 1.0 < apart.mean() < 25.0
    assert np.array_equal(hard.truth.gap, soft.truth.gap)


def test_a_visible_cleft_is_a_dark_gap_where_the_mask_says() -> None:
    found = 0
    for seed in range(20):
        made = render(sample(seed, "plain", view="lip", cleft="uni_left"))
        if not made.truth.cleft:
            continue
        found += 1
        gap = made.truth.gap > 127
        ring = (
            (cv2.dilate(made.truth.gap, np.ones((9, 9), np.uint8)) > 127) & ~gap & (made.truth.parts[1] > 127)
        )
        if ring.sum() > 30:
            assert made.pixels[gap].mean() < made.pixels[ring].mean()
    assert found >= 8


def test_without_a_cleft_there_is_no_gap() -> None:
    for seed in range(6):
        made = render(sample(seed, view="lip", cleft="none"))
        assert not made.truth.cleft
        assert made.truth.judgeable
        assert made.truth.gap.max() < 60


def test_a_cleft_changes_tissue_only_where_the_mask_is() -> None:
    given = sample(11, "plain", view="lip", cleft="uni_right")
    torn = replace(given, fetus=replace(given.fetus, cleft=Cleft("uni_right", "lip", 3.0, 1.0, -1.0, 0.0)))
    grid = beam_grid(torn.probe, 288, 168)
    pose = torn.pose
    dx, dz = grid.x - np.float32(pose.x_mm), grid.z - np.float32(pose.z_mm)
    u, v, w = (
        np.asarray(pose.origin[i] + dx * pose.lateral[i] + dz * pose.axial[i], np.float32) for i in range(3)
    )
    calm = replace(torn.surround, tubes=())
    cleft = fetal_scene(torn.fetus, calm, u, v, w)
    whole = fetal_scene(without_cleft(torn).fetus, calm, u, v, w)
    changed = np.abs(cleft.echo_db - whole.echo_db) > 6
    near_gap = cv2.dilate((cleft.gap > 0.1).astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    assert changed.sum() > 50
    assert (changed & ~near_gap).sum() <= 0.01 * changed.sum()


LINEAR = Probe("linear", 0.0, 0.0, 20.0, 50.0, -20.0, 0.0, 20.0, 50.0)


def calm(seed: int) -> Parameters:
    """A face in its standard lip plane, 5 pixels a mm, with nothing between it and a clean linear probe."""
    p = sample(seed, "plain", view="lip", cleft="none")
    s = philtrum_length_mm(p.fetus.age_weeks) * p.fetus.scale / philtrum_length_mm(22)
    return replace(
        p,
        pose=Pose((0.0, 2 * s, 5.8 * s), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), 0.0, 25.0),
        probe=LINEAR,
        surround=replace(p.surround, near_mm=0.0, pocket_mm=12.0, turbidity_db=-70.0, tubes=()),
        machine=Machine(noise_db=-60, haze_db=-90, specular_db=-40, ring_db=-60),
        marks=0,
        width=200,
        height=250,
    )


def grain(pixels: Pixels) -> NDArray[np.float32]:
    """The speckle on the face: what a blur takes away."""
    face = pixels[80:170, 70:130].astype(np.float32)
    return np.asarray(face - cv2.GaussianBlur(face, (0, 0), 5), np.float32)


def alike(a: Pixels, b: Pixels) -> float:
    return float(np.corrcoef(grain(a).ravel(), grain(b).ravel())[0, 1])


def test_speckle_stays_with_the_tissue_when_the_plane_moves() -> None:
    p = calm(3)
    here = render(p, moving=True).pixels
    aside = render(replace(p, pose=replace(p.pose, x_mm=2.0)), moving=True).pixels
    assert alike(here, np.roll(aside, -10, 1)) > 0.8
    assert alike(here, aside) < 0.45
    u, v, w = p.pose.origin
    beyond = render(replace(p, pose=replace(p.pose, origin=(u, v, w - 1.4))), moving=True).pixels
    assert alike(here, beyond) < 0.35
    again = replace(p, seed=p.seed + 1)
    assert alike(here, render(again, moving=True).pixels) > 0.95
    assert alike(render(p).pixels, render(again).pixels) < 0.65


def test_amniotic_fluid_is_at_the_noise_floor() -> None:
    p = calm(3)
    grid = beam_grid(p.probe, 288, 168)
    u, v = grid.x, p.pose.origin[1] - (grid.z - np.float32(25))
    tissue = fetal_scene(p.fetus, p.surround, u, v, np.full_like(u, p.pose.origin[2]))
    rng = np.random.default_rng(0)
    envelope, _ = echoes(tissue, replace(p.machine, noise_db=-52), grid, rng, None, rng)
    far = np.ones((21, 21), np.uint8)
    fluid = cv2.erode((tissue.echo_db < -65).astype(np.uint8), far) > 0
    lips = cv2.erode((tissue.parts[1] > 0.9).astype(np.uint8), far[:5, :5]) > 0
    assert fluid.sum() > 500
    assert lips.sum() > 50
    floor, lip = (10 * math.log10(float((envelope[at] ** 2).mean())) for at in (fluid, lips))
    assert floor == pytest.approx(-52, abs=1)
    assert lip - floor > 45


def test_shapes_lean_when_the_fetus_moves_while_the_beams_are_sent() -> None:
    p = calm(3)
    still = render(p, moving=True).pixels.astype(np.float32)
    moved = render(replace(p, motion_mm=(0.0, 4.0, 0.0)), moving=True).pixels.astype(np.float32)
    for column in (80, 120):
        expected = 5 * 4.0 * ((column + 0.5) / 200 - 0.5)
        strip = still[90:150, column - 2 : column + 3]
        score = cv2.matchTemplate(moved[70:170, column - 2 : column + 3], strip, cv2.TM_CCOEFF_NORMED)
        assert int(np.argmax(score)) - 20 == pytest.approx(expected, abs=1.1)


def test_persistence_alone_changes_nothing() -> None:
    p = sample(4, "plain", view="lip")
    smooth = replace(p, machine=replace(p.machine, persistence=0.5))
    assert np.array_equal(render(p).pixels, render(smooth).pixels)
    passing = replace(smooth, motion_mm=(1.5, 0.0, 0.0))
    sharp = replace(p, motion_mm=(1.5, 0.0, 0.0))
    edges = [float(np.abs(np.diff(render(q).pixels.astype(float), axis=1)).mean()) for q in (passing, sharp)]
    assert edges[0] < 0.8 * edges[1]


def test_an_isolated_cleft_palate_is_seen_in_the_plane_of_the_plate_alone() -> None:
    lip = calm(3)
    torn = render(with_isolated_palate(lip, 4.0))
    assert np.array_equal(torn.pixels, render(lip).pixels)
    assert not torn.truth.cleft
    assert torn.truth.judgeable
    s = philtrum_length_mm(lip.fetus.age_weeks) * lip.fetus.scale / philtrum_length_mm(22)
    pose = Pose((0.0, 4.7 * s, -2.0 * s), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0), 0.0, 25.0)
    plate = replace(lip, view="palate", pose=pose, machine=replace(lip.machine, dynamic_range_db=60))
    whole, holed = render(plate), render(with_isolated_palate(plate, 4.0))
    assert whole.truth.gap_px == 0
    assert holed.truth.cleft
    rows, columns = np.nonzero(holed.truth.gap > 127)
    assert abs(float(columns.mean()) - 100) < 4
    assert rows.min() > 0.5 * 250


def test_a_healed_cleft_is_no_gap() -> None:
    p = calm(3)
    healed = render(replace(p, fetus=replace(p.fetus, scar_mm=1.2)))
    plain = render(p)
    assert healed.truth.gap_px == 0
    assert not healed.truth.cleft
    assert healed.truth.judgeable
    differs = cv2.absdiff(healed.pixels, plain.pixels).astype(float)
    lip = plain.truth.parts[1] > 127
    left, right = differs.copy(), differs.copy()
    left[:, 100:], right[:, :100] = 0, 0
    assert right[lip].sum() > 4 * left[lip].sum()


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_other_views_have_no_gap_and_are_whole(kind: str) -> None:
    for seed in range(2):
        made = render(sample(seed, view="other", other=kind))  # type: ignore[arg-type]
        assert made.truth.view == "other"
        assert not made.truth.cleft
        assert made.pixels.dtype == np.uint8
        assert made.truth.quality == 0.0


def test_truth_of_a_large_picture_is_kept_small() -> None:
    p = replace(sample(5, view="lip"), height=600, width=700)
    made = render(p)
    assert made.pixels.shape == (600, 700)
    assert max(made.truth.gap.shape) == TRUTH_SIDE
