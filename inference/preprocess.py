"""The one path from pixels to the network's input, used by the engine and by training alike."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from capture.frame import Pixels
from capture.geometry import Region, region_mask
from inference.prediction import Placement

GAIN_TARGET = 0.85
"""Where the scan's 99th percentile is moved to: below white, so that bright rims keep their order."""
GAIN_LIMITS = (0.6, 3.0)
"""Bounds of the gain factor: an almost black picture is not blown up into noise."""


class InputSpec(BaseModel):
    """What a network wants to be fed; part of its manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "image"
    height: int = Field(ge=32, le=2048)
    width: int = Field(ge=32, le=2048)
    channels: Literal[1, 3] = 1
    fit: Literal["letterbox", "stretch", "resize_crop"] = "letterbox"
    """letterbox: sector box, aspect kept, black round it. stretch: aspect not kept. resize_crop: stretched to
    `resize_to`, then the centre cut out."""
    resize_to: tuple[int, int] | None = None
    """(height, width) before the centre crop of `resize_crop`."""
    gain: Literal["none", "percentile"] = "percentile"
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)


def prepare(pixels: Pixels, region: Region, spec: InputSpec) -> tuple[NDArray[np.float32], Placement]:
    """Crop to the scan, mask what is outside, bring to size, normalise gain.

    Args:
        pixels: uint8 (h, w) or (h, w, 3) RGB, 0-255.
        region: where the scan lies in them.
        spec: what the network wants.

    Returns:
        float32 (1, channels, height, width), and where that square lies on the frame.

    Raises:
        ValueError: the region belongs to frames of another size, or has no area.
    """
    height, width = pixels.shape[:2]
    if not region.fits(width, height):
        raise ValueError(
            f"expected a frame of {region.frame_width}x{region.frame_height}, got {width}x{height}"
        )
    box = region.box.clipped(width, height)
    if box.area == 0:
        raise ValueError(f"expected a scan region with an area, got {region.box}")
    crop = pixels[box.y0 : box.y1, box.x0 : box.x1]
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) if crop.ndim == 3 and spec.channels == 1 else crop
    inner_h, inner_w, top, left = _layout(box.height, box.width, spec)
    small: Pixels = np.asarray(cv2.resize(grey, (inner_w, inner_h), interpolation=cv2.INTER_AREA), np.uint8)
    mask = _small_mask(region, inner_h, inner_w)
    small = np.asarray(cv2.copyTo(small, mask), np.uint8)
    factor = _gain(small, mask) if spec.gain == "percentile" else 1.0
    planes = small if small.ndim == 3 else small[:, :, None]
    if planes.shape[2] != spec.channels:
        planes = np.repeat(planes[:, :, :1], spec.channels, axis=2)
    scaled = np.minimum(planes.astype(np.float32) * np.float32(factor / 255.0), np.float32(1.0))
    canvas = np.zeros((spec.height, spec.width, spec.channels), np.float32)
    y_from, x_from = max(0, -top), max(0, -left)
    part = scaled[y_from : y_from + spec.height, x_from : x_from + spec.width]
    y_to, x_to = max(0, top), max(0, left)
    canvas[y_to : y_to + part.shape[0], x_to : x_to + part.shape[1]] = part
    mean, std = np.asarray(spec.mean, np.float32), np.asarray(spec.std, np.float32)
    tensor = np.ascontiguousarray(((canvas - mean) / std).transpose(2, 0, 1)[None], np.float32)
    x_scale, y_scale = box.width / inner_w, box.height / inner_h
    placement = Placement(
        box.x0 - left * x_scale, box.y0 - top * y_scale, spec.width * x_scale, spec.height * y_scale
    )
    return tensor, placement


def _layout(box_height: int, box_width: int, spec: InputSpec) -> tuple[int, int, int, int]:
    """Size of the resized crop and its (top, left) in the network's square; negative where it sticks out."""
    if spec.fit == "letterbox":
        scale = min(spec.height / box_height, spec.width / box_width)
        inner_h = max(1, min(spec.height, round(box_height * scale)))
        inner_w = max(1, min(spec.width, round(box_width * scale)))
    elif spec.fit == "resize_crop" and spec.resize_to is not None:
        inner_h, inner_w = spec.resize_to
    else:
        inner_h, inner_w = spec.height, spec.width
    return inner_h, inner_w, (spec.height - inner_h) // 2, (spec.width - inner_w) // 2


@lru_cache(maxsize=16)
def _small_mask(region: Region, height: int, width: int) -> Pixels:
    box = region.box.clipped(region.frame_width, region.frame_height)
    mask = region_mask(region)[box.y0 : box.y1, box.x0 : box.x1]
    small: Pixels = (cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
    small.flags.writeable = False
    return small


def _gain(small: Pixels, mask: Pixels) -> float:
    """The factor that brings the scan's 99th percentile to `GAIN_TARGET`."""
    plane = small if small.ndim == 2 else small[:, :, 1]
    histogram = cv2.calcHist([plane], [0], mask, [256], [0, 256]).ravel()
    total = float(histogram.sum())
    if total == 0:
        return 1.0
    level = int(np.searchsorted(np.cumsum(histogram), 0.99 * total))
    return float(np.clip(GAIN_TARGET * 255.0 / max(level, 1), *GAIN_LIMITS))
