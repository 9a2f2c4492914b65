"""What the pictures show at working size: grey, texture, colour and motion."""

from __future__ import annotations

from collections.abc import Iterable
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
_COLOUR_STEP = 16
"""Distance of a channel from the picture's tint at which a pixel counts as coloured."""


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
    """One frame at working size: what a pool is made from; planes as in `Evidence`."""

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
        red, green, blue = (np.asarray(channel, np.float32) for channel in cv2.split(small))
        grey = np.asarray(0.299 * red + 0.587 * green + 0.114 * blue, np.float32)
        coloured = _coloured(red, green, blue, grey)
    else:
        grey = small
        coloured = np.zeros_like(small)
    return Look(width, height, scale, grey, _texture(grey), coloured)


def _coloured(red: Plane, green: Plane, blue: Plane, grey: Plane) -> Plane:
    """1 where a pixel is off the picture's one tint (grey, or the sepia or blue of a tinted map), else 0."""
    lit = (grey[::3, ::3] > 30) & (grey[::3, ::3] < 220) & (_texture(grey)[::3, ::3] > 0)
    off = np.zeros_like(grey)
    base = grey[::3, ::3][lit]
    for channel in (red, green, blue):
        # Where little is lit the tint is not known, and grey is meant.
        ratio = float(np.median(channel[::3, ::3][lit] / base)) if len(base) > 50 else 1.0
        off = np.maximum(off, np.abs(channel - ratio * grey))
    return np.asarray(off > _COLOUR_STEP, np.float32)


def _texture(grey: Plane) -> Plane:
    """1 where the grey steps to the next pixel right or down as speckle does, else 0; (h, w)."""
    across = np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    down = np.abs(np.diff(grey, axis=0, append=grey[-1:, :]))
    step = np.maximum(across, down)
    return np.asarray((step >= _STEP_LOW) & (step <= _STEP_HIGH), np.float32)


class Pool:
    """Adds up frames of one size; the order does not matter, and memory does not grow."""

    def __init__(self) -> None:
        self.count = 0
        self._first: Look | None = None
        self._brightest = self._total = self._squares = np.zeros((0, 0), np.float32)
        self._texture = self._coloured = self._brightest

    def add(self, one: Look) -> None:
        """Take in a frame.

        Raises:
            ValueError: its size is not that of the frames before.
        """
        if self._first is None:
            self._first = one
            self._brightest = one.grey.copy()
            self._total, self._squares = one.grey.copy(), one.grey**2
            self._texture, self._coloured = one.texture.copy(), one.coloured.copy()
        else:
            size, got = (self._first.width, self._first.height), (one.width, one.height)
            if size != got:
                raise ValueError(f"expected a frame of {size[0]}x{size[1]}, got {got[0]}x{got[1]}")
            np.maximum(self._brightest, one.grey, out=self._brightest)
            self._total += one.grey
            self._squares += one.grey**2
            self._texture += one.texture
            self._coloured += one.coloured
        self.count += 1

    def evidence(self) -> Evidence:
        """What the frames show together.

        Raises:
            ValueError: no frame was added.
        """
        first, n = self._first, self.count
        if first is None:
            raise ValueError("expected at least one frame, got none")
        motion = None
        if n > 1:
            motion = np.sqrt(np.maximum(self._squares / n - (self._total / n) ** 2, 0))
        return Evidence(
            first.width,
            first.height,
            first.scale,
            self._brightest.copy(),
            np.asarray(self._texture / n, np.float32),
            np.asarray(self._coloured / n, np.float32),
            motion,
        )


def pool(looks: Iterable[Look]) -> Evidence:
    """Evidence of several frames of one size.

    Raises:
        ValueError: no frames, or frames of different sizes.
    """
    together = Pool()
    for one in looks:
        together.add(one)
    return together.evidence()
