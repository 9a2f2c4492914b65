"""From a prediction's map to what is laid on the scan: gate, fan, levels, colours, contour. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Region, region_mask
from inference.evidence_types import Evidence
from inference.manifest import Manifest
from inference.prediction import Placement, Prediction

AMBER = (255, 176, 58)
"""The one hue, RGB: apart from grey tissue for every kind of colour vision, and from colour Doppler."""
FLOOR = 0.10
"""Below this level nothing is drawn: the network's haze is not a finding."""
SIDE = 256
"""Cells across to which a map is brought before it is masked and stretched."""
CONTOUR_LEVEL = 0.3
"""Where the contour runs for a model that does not say."""
SURE_VIEW = 0.5
"""A view less likely than this is no view: the cleft score was not made for it."""
CLEARANCE = 2
"""Cells by which the contour keeps clear of what it encloses: the line lies beside a gap, not on it."""
SPECK = 0.6
"""A spot is outlined only if it reaches this share of the hottest: specks draw the eye off a finding."""

Polygon = NDArray[np.float32]
"""(n, 2) points of a closed line, x and y in [0, 1] across the map's placement."""


@dataclass(frozen=True, slots=True)
class HeatGate:
    """When a map may be seen at all: ungated maps light up on normal frames too."""

    look_again: float = 0.5
    """Score from which a frame's own map is shown, in [0, 1]; the manifest's operating point."""
    release: float = 0.5
    """Score down to which it stays while the smoothed score is above `look_again`."""
    level: float = CONTOUR_LEVEL
    """Level of the contour in [0, 1]; the manifest's heat-map threshold."""

    @classmethod
    def for_model(cls, manifest: Manifest) -> HeatGate:
        """With the model's own operating points."""
        points, heatmap = manifest.operating_points, manifest.outputs.heatmap
        return cls(points.look_again, points.release, heatmap.threshold if heatmap else CONTOUR_LEVEL)

    def opens(self, prediction: Prediction, evidence: Evidence | None, standing: bool = False) -> bool:
        """Whether the map of this prediction may be seen.

        Args:
            prediction: on a frame in a valid view, with a score that is high enough.
            evidence: what stood after it; it says whether the frame counts, and holds the map open.
            standing: a still or frozen picture adds up to no evidence: its prediction speaks alone.
        """
        if prediction.view == "other" or prediction.view_score < SURE_VIEW:
            return False
        counts = evidence is not None and evidence.instant is not None
        if not counts and not standing:
            return False
        if prediction.cleft >= self.look_again:
            return True
        smoothed = evidence.smoothed if counts and evidence is not None else None
        return smoothed is not None and smoothed >= self.look_again and prediction.cleft >= self.release


@dataclass(frozen=True, slots=True, eq=False)
class HeatLayer:
    """One prediction's map, ready to be coloured."""

    levels: Pixels
    """uint8 (h, w): 0 to 255 for 0 to 1, nought outside the fan."""
    placement: Placement
    box: tuple[int, int, int, int] | None
    """Cells x0, y0, x1, y1 outside which all is clear; None where all is."""
    outlines: tuple[Polygon, ...]


def heat_layer(prediction: Prediction, level: float) -> HeatLayer | None:
    """The map of a prediction, smooth, inside the fan; None where the model gives no map.

    Args:
        prediction: its `heatmap` is (h, w) in [0, 1].
        level: of the contour, in (0, 1).
    """
    heat = prediction.heatmap
    if heat is None:
        return None
    factor = max(1, SIDE // max(heat.shape))
    size = (heat.shape[1] * factor, heat.shape[0] * factor)
    # Eight bits first: cubic interpolation overshoots, and uint8 saturates where float would go negative.
    coarse = cv2.convertScaleAbs(heat, alpha=255.0)
    fan = fan_on_map(prediction.scan.region, prediction.placement, size)
    levels = np.asarray(
        cv2.bitwise_and(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), fan), np.uint8
    )
    seen = cv2.threshold(levels, round(FLOOR * 255), 255, cv2.THRESH_BINARY)[1]
    x, y, width, height = cv2.boundingRect(seen)
    if not width:
        return HeatLayer(levels, prediction.placement, None, ())
    box = (max(0, x - 1), max(0, y - 1), min(size[0], x + width + 1), min(size[1], y + height + 1))
    return HeatLayer(levels, prediction.placement, box, outlines(levels, fan, level))


@lru_cache(maxsize=16)
def fan_on_map(region: Region, placement: Placement, size: tuple[int, int]) -> Pixels:
    """uint8 (h, w) for `size` (w, h): 255 in the cells wholly inside the fan, less one. Read-only, cached.

    The cell less is what bilinear stretching spreads a cell by: nothing is painted outside the fan.
    """
    x_step, y_step = placement.width / size[0], placement.height / size[1]
    to_frame = np.array(
        [[x_step, 0.0, placement.x0 + x_step / 2 - 0.5], [0.0, y_step, placement.y0 + y_step / 2 - 0.5]]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    inside = cv2.warpAffine(region_mask(region), to_frame, size, flags=flags, borderValue=0)
    whole = cv2.threshold(inside, 254, 255, cv2.THRESH_BINARY)[1]
    kernel = np.ones((3, 3), np.uint8)
    fan: Pixels = np.asarray(
        cv2.erode(whole, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0), np.uint8
    )
    fan.flags.writeable = False
    return fan


def outlines(levels: Pixels, fan: Pixels, level: float) -> tuple[Polygon, ...]:
    """Smooth closed lines round what reaches `level`, `CLEARANCE` cells outside it, inside the fan."""
    hot = cv2.threshold(levels, round(level * 255) - 1, 255, cv2.THRESH_BINARY)[1]
    if not cv2.countNonZero(hot):
        return ()
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * CLEARANCE + 1, 2 * CLEARANCE + 1))
    wider = cv2.bitwise_and(cv2.dilate(hot, kernel), fan)
    found, _ = cv2.findContours(wider, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    scale = np.array([levels.shape[1], levels.shape[0]], np.float32)
    worth = SPECK * int(levels.max())
    lines = []
    for contour in found:
        points = contour[:, 0, :].astype(np.float32)
        x, y, width, height = cv2.boundingRect(contour)
        if len(points) >= 12 and int(levels[y : y + height, x : x + width].max()) >= worth:
            lines.append((_smooth(points) + np.float32(0.5)) / scale)
    return tuple(lines)


def _smooth(points: Polygon, reach: int = 4) -> Polygon:
    """A closed line without its pixel steps: weighted mean of 2 * reach + 1 points, every second kept."""
    padded = np.concatenate([points[-reach:], points, points[:reach]])
    weights = np.hanning(2 * reach + 3)[1:-1]
    weights /= weights.sum()
    rounded = np.stack([np.convolve(padded[:, axis], weights, "valid") for axis in (0, 1)], axis=1)
    return rounded[::2].astype(np.float32)


@lru_cache(maxsize=256)
def palette(opacity_percent: int) -> NDArray[np.uint32]:
    """256 colours, premultiplied 0xAARRGGBB: clear up to `FLOOR`, then amber ever denser to the opacity."""
    level = np.linspace(0.0, 1.0, 256)
    alpha = np.clip((level - FLOOR) / (1.0 - FLOOR), 0.0, 1.0) * (opacity_percent / 100.0)
    planes = [np.rint(alpha * 255.0)] + [np.rint(alpha * part) for part in AMBER]
    packed = np.zeros(256, np.uint32)
    for plane in planes:
        packed = (packed << np.uint32(8)) | plane.astype(np.uint32)
    packed.flags.writeable = False
    return packed


def coloured(layer: HeatLayer, opacity_percent: int) -> NDArray[np.uint32]:
    """The map's levels as premultiplied ARGB, uint32 (h, w)."""
    return palette(opacity_percent)[layer.levels]
