from __future__ import annotations

import math

import numpy as np
import pytest

from capture.frame import make_frame
from capture.geometry import Box, Region, Sector, masked, region_mask


def test_iou_of_a_shifted_box() -> None:
    assert Box(0, 0, 10, 10).iou(Box(5, 0, 15, 10)) == pytest.approx(50 / 150)
    assert Box(0, 0, 10, 10).iou(Box(20, 20, 30, 30)) == 0.0


def test_a_box_is_clipped_to_the_picture() -> None:
    assert Box(-5, 3, 900, 700).clipped(800, 600) == Box(0, 3, 800, 600)


def test_a_fan_masks_what_lies_beside_it() -> None:
    sector = Sector("convex", 100, -50, 80, 240, -math.radians(30), math.radians(30))
    region = Region(Box(0, 0, 200, 200), 200, 200, sector)
    mask = region_mask(region)
    assert mask[150, 100] == 255
    assert mask[5, 100] == 0
    assert mask[100, 2] == 0
    assert not mask.flags.writeable


def test_nothing_outside_the_scan_survives_masking() -> None:
    pixels = np.full((100, 120, 3), 200, np.uint8)
    out = masked(pixels, Region(Box(10, 20, 60, 80), 120, 100))
    assert out[20:80, 10:60].min() == 200
    out[20:80, 10:60] = 0
    assert out.max() == 0


def test_masking_refuses_a_region_of_another_size() -> None:
    with pytest.raises(ValueError, match="expected a frame of 120x100, got 64x64"):
        masked(np.zeros((64, 64), np.uint8), Region.whole(120, 100))


def test_frames_are_read_only_and_checked() -> None:
    frame = make_frame(0, 0, np.zeros((4, 6), np.uint8))
    assert (frame.width, frame.height) == (6, 4)
    with pytest.raises(ValueError, match="read-only"):
        frame.pixels[0, 0] = 1
    with pytest.raises(ValueError, match="expected uint8"):
        make_frame(0, 0, np.zeros((4, 6), np.float32))
