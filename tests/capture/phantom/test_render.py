from __future__ import annotations

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from capture.geometry import region_mask
from capture.phantom.anatomy import fetal_scene
from capture.phantom.beam import beam_grid
from capture.phantom.parameters import OTHER_KINDS, Cleft
from capture.phantom.render import TRUTH_SIDE, render
from capture.phantom.sampling import sample, without_cleft


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


@pytest.mark.benchmark
def test_speed(capsys: pytest.CaptureFixture[str]) -> None:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    render(sample(0))
    begun = time.thread_time()
    for seed in range(40):
        render(sample(seed))
    spent_ms = (time.thread_time() - begun) / 40 * 1e3
    cv2.setNumThreads(threads)
    with capsys.disabled():
        print(f"\nphantom: {spent_ms:.1f} ms CPU per 256x256 frame")
    assert spent_ms > 0
