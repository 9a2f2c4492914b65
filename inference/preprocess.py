"""The one path from pixels to the network's input, used by the engine and by training alike."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from capture.frame import Pixels
from capture.geometry import Box, Region, region_mask
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
    box = _halvable(box, *_layout(box.height, box.width, spec)[:2])
    crop = pixels[box.y0 : box.y1, box.x0 : box.x1]
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) if crop.ndim == 3 and spec.channels == 1 else crop
    inner_h, inner_w, top, left = _layout(box.height, box.width, spec)
    small = _shrunk(np.asarray(grey, np.uint8), inner_h, inner_w)
    mask = _small_mask(region, box, inner_h, inner_w)
    small = np.asarray(cv2.copyTo(small, mask), np.uint8)
    factor = _gain(small, mask) if spec.gain == "percentile" else 1.0
    planes = small if small.ndim == 3 else small[:, :, None]
    # Every grey level's final value is looked up: gain, clipping, mean and spread in one pass.
    levels = np.minimum(np.arange(256, dtype=np.float32) * np.float32(factor / 255.0), np.float32(1.0))
    y_from, x_from, y_to, x_to = max(0, -top), max(0, -left), max(0, top), max(0, left)
    tensor = np.empty((1, spec.channels, spec.height, spec.width), np.float32)
    means, stds = np.broadcast_to(spec.mean, spec.channels), np.broadcast_to(spec.std, spec.channels)
    for channel, (mean, std) in enumerate(zip(means, stds, strict=True)):
        values = ((levels - np.float32(mean)) / np.float32(std)).astype(np.float32)
        plane = planes[:, :, min(channel, planes.shape[2] - 1)]
        part = plane[y_from : y_from + spec.height, x_from : x_from + spec.width]
        tensor[0, channel] = values[0]
        inside = tensor[0, channel, y_to : y_to + part.shape[0], x_to : x_to + part.shape[1]]
        inside[:] = cv2.LUT(part, values)
    x_scale, y_scale = box.width / inner_w, box.height / inner_h
    placement = Placement(
        box.x0 - left * x_scale, box.y0 - top * y_scale, spec.width * x_scale, spec.height * y_scale
    )
    return tensor, placement


def _halvable(box: Box, height: int, width: int) -> Box:
    """The box less the one to three rows and columns at its far edges that could not be halved evenly."""
    unit = 1
    while box.height >= 2 * unit * height and box.width >= 2 * unit * width:
        unit *= 2
    return Box(box.x0, box.y0, box.x1 - box.width % unit, box.y1 - box.height % unit)


def _shrunk(picture: Pixels, height: int, width: int) -> Pixels:
    """Area-averaged to size; halved exactly while it is at least twice as large.

    OpenCV averages an exact half several times as fast as any other ratio: most of the cost at 1080p.
    """
    while picture.shape[0] >= 2 * height and picture.shape[1] >= 2 * width:
        half = (picture.shape[1] // 2, picture.shape[0] // 2)
        picture = np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


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
def _small_mask(region: Region, box: Box, height: int, width: int) -> Pixels:
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
