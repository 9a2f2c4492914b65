from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from capture.geometry import region_mask
from capture.phantom.film import Film
from capture.phantom.instruments import PATIENTS
from capture.phantom.recipe import Recipe
from capture.phantom.screen import STYLES, Style, scan_box

RECIPE = Recipe(2, view="lip", width=640, height=480, detail=0.6, persistence=0)


@pytest.mark.parametrize("style", STYLES)
def test_a_screen_holds_the_scan_where_the_region_says(style: Style) -> None:
    film = Film(replace(RECIPE, style=style))
    picture = film.picture(0)
    assert picture.pixels.shape == (480, 640, 3)
    inside = region_mask(picture.region) > 0
    bare = Film(replace(RECIPE, style=style))
    bare._screen = None
    scan = bare.picture(0).pixels
    box = picture.region.box
    here = scan_box(style, 640, 480)
    crop = scan[box.y0 - here.y0 : box.y1 - here.y0, box.x0 - here.x0 : box.x1 - here.x0]
    shown = picture.pixels[box.y0 : box.y1, box.x0 : box.x1].astype(float)
    lit = inside[box.y0 : box.y1, box.x0 : box.x1]
    assert np.corrcoef(crop[lit], shown.mean(2)[lit])[0, 1] > 0.99
    assert (picture.pixels[~inside].max(1) > 90).mean() > 0.01
    assert picture.pixels[~inside].mean() < 60


def test_layouts_are_distinct() -> None:
    """Scans lie elsewhere, and the furniture falls on other places."""
    boxes = [scan_box(style, 1280, 960) for style in STYLES]
    assert all(one.iou(two) < 0.93 for one, two in combinations(boxes, 2))
    lit = []
    for style in STYLES:
        picture = Film(replace(RECIPE, style=style)).picture(0)
        outside = region_mask(picture.region) == 0
        lit.append((picture.pixels.max(2) > 90) & outside)
    for one, two in combinations(lit, 2):
        assert (one & two).sum() < 0.5 * min(one.sum(), two.sum())


@pytest.mark.parametrize("size", [(1920, 1080), (800, 600), (1280, 1024), (160, 120), (480, 800)])
@pytest.mark.parametrize("style", STYLES)
def test_the_scan_fits_screens_of_any_shape(style: Style, size: tuple[int, int]) -> None:
    box = scan_box(style, *size)
    assert 0 <= box.x0 < box.x1 <= size[0]
    assert 0 <= box.y0 < box.y1 <= size[1]
    assert box.area > 0.35 * size[0] * size[1]


def test_the_clock_runs_once_a_second() -> None:
    film = Film(replace(RECIPE, style="b", fps=1.0))
    assert film._screen is not None
    scan = np.zeros((film._box.height, film._box.width), np.uint8)
    early, same, late = (film._screen.show(scan, t) for t in (0.1, 0.9, 1.1))
    assert np.array_equal(early, same)
    rows, columns, _ = np.nonzero(early != late)
    assert 0 < rows.size < 3000
    assert np.ptp(columns) < 100
    assert np.ptp(rows) < 30


def test_callipers_measure_what_they_span_and_know_nothing_of_the_cleft() -> None:
    with_cleft, without = (
        Film(replace(RECIPE, style="c", callipers=True, cleft=cleft, width=1280, height=960))
        for cleft in ("uni_left", "none")
    )
    assert with_cleft._screen is not None
    assert without._screen is not None
    facts = with_cleft._screen._facts()
    assert facts.measured == without._screen._facts().measured
    assert facts.measured is not None
    x0, y0, x1, y1 = facts.measured
    mm = np.hypot(x1 - x0, y1 - y0) * with_cleft.region.mm_per_px  # 960 units: a pixel each
    assert facts.length_cm == pytest.approx(mm / 10, rel=1e-6)
    assert ("1 D", f"{facts.length_cm:.2f} cm") in facts.results()


def test_patients_are_plainly_invented() -> None:
    assert all(name.endswith("(invented)") for name in PATIENTS)
