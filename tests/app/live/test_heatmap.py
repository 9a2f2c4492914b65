from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.live.heatmap import AMBER, FLOOR, HeatGate, HeatLayer, coloured, fan_on_map, heat_layer, palette
from capture.geometry import region_mask
from inference.prediction import View

if TYPE_CHECKING:
    from tests.app.live.conftest import Maker

Blob = Callable[..., NDArray[np.float32]]


def layer_of(make: Maker, heat: NDArray[np.float32], level: float = 0.3) -> HeatLayer:
    found = heat_layer(make.prediction(make.scan(0, 0.0), heat), level)
    assert found is not None
    return found


def on_frame(make: Maker, layer: HeatLayer) -> NDArray[np.uint8]:
    """The levels where they lie on the frame."""
    place, (height, width) = layer.placement, layer.levels.shape
    matrix = np.array([[place.width / width, 0, place.x0], [0, place.height / height, place.y0]], np.float64)
    return np.asarray(cv2.warpAffine(layer.levels, matrix, (make.width, make.height)), np.uint8)


@pytest.mark.parametrize(
    ("instant", "smoothed", "view", "opens"),
    [
        (0.6, None, "lip", True),
        (0.6, 0.1, "palate", True),
        (0.45, 0.7, "lip", True),
        (0.45, 0.2, "lip", False),
        (0.3, 0.9, "lip", False),
        (0.9, 0.9, "other", False),
        (None, 0.9, "lip", False),
    ],
)
def test_gate_wants_a_valid_view_and_a_score(
    make: Maker, instant: float | None, smoothed: float | None, view: View, opens: bool
) -> None:
    gate = HeatGate(look_again=0.5, release=0.4)
    prediction = replace(make.prediction(make.scan(0, 0.0), view=view), cleft=instant or 0.9)
    assert gate.opens(prediction, make.evidence(instant, smoothed, view)) is opens


def test_gate_is_shut_without_evidence_but_for_a_standing_picture(make: Maker) -> None:
    prediction = make.prediction(make.scan(0, 0.0))
    assert not HeatGate().opens(prediction, None)
    assert HeatGate().opens(prediction, None, standing=True)
    assert not HeatGate().opens(replace(prediction, cleft=0.4), None, standing=True)
    assert not HeatGate().opens(replace(prediction, view="other"), None, standing=True)
    assert not HeatGate().opens(replace(prediction, view_score=0.4), None, standing=True)


def test_palette_is_one_hue_from_clear_to_dense_and_premultiplied() -> None:
    colours = palette(60)
    alpha = (colours >> 24).astype(int)
    assert alpha[: int(FLOOR * 255)].max() == 0 and colours[0] == 0
    assert alpha[255] == 153
    assert (np.diff(alpha) >= 0).all()
    for shift, part in zip((16, 8, 0), AMBER, strict=True):
        channel = ((colours >> shift) & 255).astype(int)
        assert (channel <= alpha).all(), "premultiplied colours never exceed their alpha"
        assert channel[255] == pytest.approx(153 * part / 255, abs=1)


def test_nothing_outside_the_fan(make: Maker) -> None:
    hot = np.ones((64, 64), np.float32)
    layer = layer_of(make, hot)
    outside = cv2.dilate(region_mask(make.region), np.ones((3, 3), np.uint8)) == 0
    painted = on_frame(make, layer)
    assert painted[outside].max() == 0
    inside = cv2.erode(region_mask(make.region), np.ones((9, 9), np.uint8)) > 0
    assert painted[inside].min() > 200, "and all of it inside"


def test_fan_follows_the_placement(make: Maker) -> None:
    place = make.prediction(make.scan(0, 0.0)).placement
    wide = fan_on_map(make.region, place, (256, 256))
    moved = fan_on_map(make.region, replace(place, x0=place.x0 + place.width / 4), (256, 256))
    assert np.array_equal(wide[:, 70:], moved[:, 6:-64])
    assert not wide.flags.writeable


def test_map_lies_where_the_model_saw_it(make: Maker, blob: Blob) -> None:
    layer = layer_of(make, blob(0.6, 0.4))
    y, x = np.unravel_index(int(layer.levels.argmax()), layer.levels.shape)
    assert x / 256 == pytest.approx(0.6, abs=0.01) and y / 256 == pytest.approx(0.4, abs=0.01)
    assert layer.box is not None
    x0, y0, x1, y1 = layer.box
    alpha = coloured(layer, 60) >> 24
    alpha[y0:y1, x0:x1] = 0
    assert alpha.max() == 0, "all that is seen lies in the box"
    assert (x1 - x0) * (y1 - y0) < 256 * 256 / 6, "and the box is tight"


def test_cold_map_draws_nothing(make: Maker) -> None:
    layer = layer_of(make, np.full((64, 64), FLOOR * 0.9, np.float32))
    assert layer.box is None and layer.outlines == ()


def test_model_without_a_map(make: Maker) -> None:
    prediction = replace(make.prediction(make.scan(0, 0.0)), heatmap=None)
    assert heat_layer(prediction, 0.3) is None


def test_contour_keeps_clear_of_what_it_encloses(make: Maker, blob: Blob) -> None:
    layer = layer_of(make, blob(0.5, 0.5, radius=0.1))
    assert len(layer.outlines) == 1
    line = np.rint(layer.outlines[0] * 256 * 16).astype(np.int32)
    drawn = cv2.polylines(np.zeros((256, 256), np.uint8), [line], True, 255, 1, shift=4)
    hot = np.asarray(layer.levels >= round(0.3 * 255), np.uint8)
    assert hot.sum() > 300
    assert not (drawn.astype(bool) & hot.astype(bool)).any(), "the line never lies on the hot cells"
    filled = cv2.fillPoly(np.zeros((256, 256), np.uint8), [line], 1, shift=4)
    assert (filled[hot > 0] == 1).all(), "and it encloses them all"


def test_contour_is_smooth(make: Maker, blob: Blob) -> None:
    outline = layer_of(make, blob(0.5, 0.5, radius=0.15)).outlines[0].astype(float)
    steps = np.diff(np.concatenate([outline, outline[:1]]), axis=0)
    heading = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    assert np.abs(np.diff(heading)).max() < np.radians(40)
    assert abs(np.diff(heading).sum()) == pytest.approx(2 * np.pi, rel=0.1)


def test_specks_beside_a_finding_are_not_outlined(make: Maker, blob: Blob) -> None:
    speck = np.maximum(blob(0.35, 0.5, peak=0.95), blob(0.65, 0.5, radius=0.03, peak=0.45))
    assert len(layer_of(make, speck).outlines) == 1
    alone = layer_of(make, blob(0.65, 0.5, radius=0.03, peak=0.45))
    assert len(alone.outlines) == 1, "but alone it is the finding"


def test_two_spots_have_two_contours(make: Maker, blob: Blob) -> None:
    assert len(layer_of(make, np.maximum(blob(0.35, 0.5), blob(0.65, 0.5))).outlines) == 2
