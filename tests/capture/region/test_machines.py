"""Screens with thumbnails and keys: nothing of them may get into the region."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import pytest

from capture.frame import Pixels
from capture.geometry import Box, Region, Sector, region_mask
from capture.phantom.film import Film
from capture.phantom.recipe import Recipe
from capture.phantom.screen import STYLES, Screen, Setting, Style, scan_box
from capture.region.finder import find
from tests.capture.region.screens import speckle

SIZES = ((1920, 1080), (1280, 1024), (1024, 768), (800, 600))
PROBES = ("convex", "linear", "phased")


def _region(probe: str, width: int, height: int) -> Region:
    """A scan that fills a picture of that size as well as its shape allows."""
    x = width / 2
    if probe == "linear":
        half = 0.3 * width
        corners = ((x - half, 0.0), (x + half, 0.0), (x + half, height - 1.0), (x - half, height - 1.0))
        return Region(
            Box(round(x - half), 0, round(x + half), height), width, height, Sector("linear", corners=corners)
        )
    r0 = 0.3 * height if probe == "convex" else 0.0
    angle = 0.62
    r1 = height + r0 * np.cos(angle)
    sector = Sector("convex" if r0 else "phased", x, -r0 * float(np.cos(angle)), r0, float(r1), -angle, angle)
    half = float(r1 * np.sin(angle))
    box = Box(int(x - half), 0, int(np.ceil(x + half)), height).clipped(width, height)
    return Region(box, width, height, sector)


@lru_cache(maxsize=64)
def _drawn(style: Style, probe: str, size: tuple[int, int], seed: int) -> tuple[Pixels, Box]:
    """A machine's screen of that style, and the box of the scan on it."""
    place = scan_box(style, *size)
    region = _region(probe, place.width, place.height)
    tissue = speckle(seed, place.width, place.height)
    scan = np.where(region_mask(region) > 0, tissue, 0).astype(np.uint8)
    small = np.asarray(
        cv2.resize(scan, (160, round(160 * place.height / place.width)), interpolation=cv2.INTER_AREA),
        np.uint8,
    )
    setting = Setting(region, 90, 50, 0, 55, (0.0,) * 6, 28, 21, seed, thumbnails=(small,) * (2 + seed % 3))
    inner = region.box
    true = Box(inner.x0 + place.x0, inner.y0 + place.y0, inner.x1 + place.x0, inner.y1 + place.y0)
    return Screen(style, *size, setting).show(scan, 0.0), true


@pytest.mark.parametrize("seed", [3, 5])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("style", ["b", "d"])
def test_thumbnails_and_keys_are_no_part_of_the_scan(
    style: Style, probe: str, size: tuple[int, int], seed: int
) -> None:
    picture, true = _drawn(style, probe, size, seed)
    assert find([picture]).region.box.iou(true) > 0.95


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("style", [style for style in STYLES if style not in "bd"])
def test_the_other_screens_are_found_as_well(style: Style, probe: str) -> None:
    picture, true = _drawn(style, probe, (1024, 768), 3)
    assert find([picture]).region.box.iou(true) > 0.95


@pytest.mark.parametrize(
    ("seed", "size", "view"),
    [(5, (1920, 1080), "head"), (2, (1024, 768), "lip"), (2, (800, 600), "head"), (5, (800, 600), "lip")],
)
def test_thumbnails_of_a_drawn_exam_are_no_part_of_the_scan(
    seed: int, size: tuple[int, int], view: str
) -> None:
    """Its thumbnails are as bright and as full as the scan, which lies close above them."""
    width, height = size
    film = Film(Recipe(seed, view=view, width=width, height=height, style="b", detail=0.5, persistence=0))
    picture = film.picture(0)
    region = find([picture.pixels]).region
    assert region.box.iou(picture.region.box) > 0.95
    assert not region_mask(region)[scan_box("b", width, height).y1 + height // 100 :].any()
