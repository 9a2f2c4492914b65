"""What the pictures show at working size: grey, texture, colour and motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

WORK_PX = 448
"""Longer side of the working picture: small enough to be quick, an edge comes out within 2-5 pixels."""
_STEP_LOW, _STEP_HIGH = 0.8, 40.0
"""Grey steps between working neighbours that speckle makes: flat panels step by 0, lettering by more."""
_COLOUR_STEP = 22
"""Distance between the channels at which a pixel counts as coloured."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Several frames of one size, boiled down. All planes are (h, w) at working size."""

    width: int
    """Of the displayed frame, pixels."""
    height: int
    scale: float
    """Working pixels to a displayed pixel, <= 1."""
    grey: Plane
    """0-255, the brightest of the frames: shadows that come and go are filled in."""
    texture: Plane
    """0-1: share of the pixels that step like speckle."""
    coloured: Plane
    """0-1: share of the pixels that are coloured (furniture, Doppler, a photograph)."""
    motion: Plane | None
    """Standard deviation over the frames, grey levels; None for a still."""

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.grey.shape[0]), int(self.grey.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One frame at working size: what `pool` is made from."""

    width: int
    height: int
    scale: float
    grey: Plane
    texture: Plane
    coloured: Plane


def look(pixels: Pixels) -> Look:
    """Shrink one frame, uint8 (h, w) or (h, w, 3) RGB."""
    height, width = pixels.shape[:2]
    scale = min(1.0, WORK_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    if pixels.ndim == 3:
        # Rec. 601 weights in float keep the fractions of a grey level that a dim far field lives in.
        red, green, blue = cv2.split(small)
        grey = np.asarray(0.299 * red + 0.587 * green + 0.114 * blue, np.float32)
        spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
        coloured = np.asarray(spread > _COLOUR_STEP, np.float32)
    else:
        grey = small
        coloured = np.zeros_like(small)
    return Look(width, height, scale, grey, _texture(grey), coloured)


def _texture(grey: Plane) -> Plane:
    """1 where the grey steps to the next pixel right or down as speckle does, else 0; (h, w)."""
    across = np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    down = np.abs(np.diff(grey, axis=0, append=grey[-1:, :]))
    step = np.maximum(across, down)
    return np.asarray((step >= _STEP_LOW) & (step <= _STEP_HIGH), np.float32)


def pool(looks: Sequence[Look]) -> Evidence:
    """Evidence of several frames of one size; the order does not matter.

    Raises:
        ValueError: no frames, or frames of different sizes.
    """
    sizes = {(one.width, one.height) for one in looks}
    if len(sizes) != 1:
        raise ValueError(f"expected frames of one size, got {sorted(sizes) or 'none'}")
    first = looks[0]
    if len(looks) == 1:
        return Evidence(
            first.width, first.height, first.scale, first.grey, first.texture, first.coloured, None
        )
    stack = np.stack([one.grey for one in looks])
    return Evidence(
        first.width,
        first.height,
        first.scale,
        stack.max(axis=0),
        np.mean([one.texture for one in looks], axis=0, dtype=np.float32),
        np.mean([one.coloured for one in looks], axis=0, dtype=np.float32),
        stack.std(axis=0),
    )
