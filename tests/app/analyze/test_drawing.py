from __future__ import annotations

import numpy as np
import pytest

from app.analyze.drawing import (
    AMBER,
    BRIGHT,
    masked_crop,
    put_heat,
    put_shape,
    put_words,
    scan_picture,
    words_width,
    wrapped,
)
from app.live.heatmap import heat_layer
from capture.geometry import Box, Region, Sector
from inference.evidence_types import Status
from inference.prediction import Placement, Prediction
from tests.inference.scans import prediction_of, scan_of

FAN = Region(Box(20, 10, 100, 90), 120, 100, Sector("convex", 60, -10, 20, 100, -0.4, 0.4))


def white() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((100, 120), 255, np.uint8)


def hot(region: Region, place: Placement) -> Prediction:
    """A map with one hot cell of 8 x 8, in row 4 and column 2."""
    heat = np.zeros((8, 8), np.float32)
    heat[4, 2] = 1.0
    scan = scan_of(np.zeros((region.frame_height, region.frame_width), np.uint8), region=region)
    made = prediction_of(scan)
    return Prediction(
        scan, 0.9, made.views, "lip", 0.9, 0.8, heat, place, made.started_ns, made.done_ns, made.anatomy
    )


def test_a_crop_is_the_box_with_all_outside_the_fan_black() -> None:
    crop = masked_crop(white(), FAN)
    assert crop.shape == (80, 80)
    assert crop[0, 0] == 0 and crop[-1, 0] == 0, "the corners of the box lie outside the fan"
    assert crop[60, 40] == 255
    assert white()[10:90, 20:100].sum() > crop.sum()


def test_a_picture_of_the_scan_keeps_its_shape() -> None:
    scan = scan_of(white(), region=Region(Box(20, 10, 100, 50), 120, 100))
    picture, scale = scan_picture(scan, 400, 400)
    assert picture.shape == (200, 400, 3) and scale == 5.0
    picture, scale = scan_picture(scan, 400, 400, enlarge=False)
    assert picture.shape == (40, 80, 3) and scale == 1.0
    assert scan_picture(scan, 40, 400)[0].shape == (20, 40, 3)


def test_heat_lies_where_the_placement_says_and_nowhere_else() -> None:
    region = Region(Box(20, 10, 100, 90), 120, 100)
    prediction = hot(region, Placement(20, 10, 80, 80))
    layer = heat_layer(prediction, 0.5)
    assert layer is not None
    picture, scale = scan_picture(prediction.scan, 800, 800)
    put_heat(picture, scale, region, layer)
    rows, columns = np.nonzero(picture.any(axis=2))
    # Cell (4, 2) of 8 covers x 200-300 and y 400-500 of 800; smoothing spreads it by less than a cell.
    assert abs(columns.mean() - 250) < 12 and abs(rows.mean() - 450) < 12
    assert columns.min() > 100 and columns.max() < 400
    red, green, blue = picture[450, 250].tolist()
    assert red > green > blue, "amber"


def test_heat_stays_inside_the_fan() -> None:
    prediction = hot(FAN, Placement(-20, 10, 80, 80))  # the hot cell lies left of the fan
    layer = heat_layer(prediction, 0.5)
    assert layer is not None
    picture, scale = scan_picture(prediction.scan, 800, 800)
    put_heat(picture, scale, FAN, layer)
    outside = masked_crop(white(), FAN) == 0
    large = np.kron(outside, np.ones((10, 10), bool))
    assert not picture[large].any()


def test_words_are_written_from_left_right_and_centre_and_cut_at_the_edge() -> None:
    for anchor, low, high in (("left", 100, 160), ("right", 40, 101), ("centre", 70, 130)):
        canvas = np.zeros((40, 200, 3), np.uint8)
        put_words(canvas, (100, 5), "Flag", 20, BRIGHT, anchor=anchor)  # type: ignore[arg-type]
        columns = np.flatnonzero(canvas.any(axis=(0, 2)))
        assert columns.size > 20 and low <= columns.min() and columns.max() <= high
    canvas = np.zeros((20, 30, 3), np.uint8)
    put_words(canvas, (20, -8), "Look again", 20, BRIGHT)
    put_words(canvas, (-500, 0), "gone", 20, BRIGHT)
    put_words(canvas, (5, 5), "", 20, BRIGHT)
    assert canvas[:, 20:].any() and not canvas[:, :19].any()


def test_lines_are_broken_at_words_and_never_wider_than_asked() -> None:
    text = "Fetus: palate view suspect, lip view without a sign; ask an expert"
    lines = wrapped(text, 250, 15, "Medium")
    assert " ".join(lines) == text and len(lines) > 1
    assert all(words_width(line, 15, "Medium") <= 250 for line in lines)


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_shape(status: Status) -> None:
    canvas = np.zeros((40, 40, 3), np.uint8)
    put_shape(canvas, (20, 20), 10, status)
    assert canvas.any()


def test_shapes_differ_without_their_colour() -> None:
    shapes = set()
    for status in Status:
        canvas = np.zeros((40, 40, 3), np.uint8)
        put_shape(canvas, (20, 20), 10, status)
        shapes.add((canvas.max(axis=2) > 80).tobytes())
    # Searching and "no sign" are both an empty ring: nothing was found in either.
    assert len(shapes) >= len(Status) - 1
    assert AMBER[0] > AMBER[2]
