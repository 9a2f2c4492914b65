from __future__ import annotations

import cv2
import numpy as np
import pytest

from capture.geometry import Box, Region
from capture.region.lettering import depth_ticks, text_areas
from tests.capture.region.screens import HEIGHT, WIDTH, box_of, fan, rectangle, screen

REGION = Region(box_of(fan()), WIDTH, HEIGHT, fan())
LINEAR = Region(box_of(rectangle()), WIDTH, HEIGHT, rectangle())


def test_the_drawn_lines_of_text_are_found() -> None:
    areas = text_areas(screen(fan()), REGION)
    for name, x, y in (("banner", 60, 18), ("mode", 24, 74), ("depth", 30, 126), ("label", 760, 699)):
        assert any(box.x0 <= x < box.x1 and box.y0 <= y < box.y1 for box in areas), name


def test_nothing_of_the_scan_is_text() -> None:
    assert text_areas(screen(fan(), furniture=False), REGION) == []


def test_bars_and_rules_are_no_text() -> None:
    picture = screen(None, furniture=False)
    picture[60:240, 920:940] = np.linspace(255, 0, 180).astype(np.uint8)[:, None, None]
    cv2.line(picture, (100, 680), (800, 680), (255, 255, 255), 1)
    cv2.rectangle(picture, (200, 100), (600, 500), (255, 255, 255), 1)
    assert text_areas(picture, REGION) == []


def test_areas_come_in_reading_order_inside_the_picture() -> None:
    areas = text_areas(screen(fan()), REGION)
    assert areas == sorted(areas, key=lambda box: (box.y0, box.x0))
    assert all(box.clipped(WIDTH, HEIGHT) == box and box.area for box in areas)


def test_without_a_region_all_of_the_picture_is_searched() -> None:
    picture = screen(None, furniture=False)
    cv2.putText(picture, "FREEZE", (450, 350), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    (area,) = text_areas(picture, Region.whole(WIDTH, HEIGHT))
    assert area.iou(Box(450, 333, 540, 353)) > 0.5


def test_an_even_scale_is_read() -> None:
    ticks = depth_ticks(screen(rectangle(), ticks=True), LINEAR)
    assert ticks is not None
    assert ticks.spacing_px == pytest.approx(40, abs=0.1)
    assert ticks.count == 13
    assert abs(ticks.x - 866) <= 2


def test_an_uneven_row_of_marks_is_no_scale() -> None:
    picture = screen(rectangle())
    for row in (100, 133, 190, 221, 300, 352, 420):
        picture[row - 1 : row + 2, 860:872] = 220
    assert depth_ticks(picture, LINEAR) is None


def test_four_marks_are_too_few() -> None:
    picture = screen(rectangle())
    for row in (100, 200, 300, 400):
        picture[row - 1 : row + 2, 860:872] = 220
    assert depth_ticks(picture, LINEAR) is None


def test_no_scale_is_read_without_a_region() -> None:
    assert depth_ticks(screen(rectangle(), ticks=True), Region.whole(WIDTH, HEIGHT)) is None
