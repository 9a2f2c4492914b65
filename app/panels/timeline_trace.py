"""The scores of the timeline as a picture: a dot for each frame's own, a line for what they add up to. No Qt.

Drawn into an array by OpenCV, a full strip takes a fraction of what a plot's curve items take in Qt, and most
of that time the interpreter is free for the other threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from app.panels.timeline_data import STATUS_CODES, Samples
from app.theme import CYAN, QUIET, STATUS_COLOUR
from capture.frame import Pixels
from inference.evidence_types import Status

GAP_S = 1.0
"""Where nothing was seen for longer the line breaks."""
DOT_PX, LINE_PX = 3.0, 2.0
SUBPIXEL_BITS = 3
"""OpenCV takes whole numbers, of eighths of a pixel."""


def _bgra(colour: str) -> tuple[int, int, int, int]:
    """Of '#rrggbb'."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return blue, green, red, 255


_DOT_BGRA = _bgra(QUIET)
_LINE_BGRA: dict[Status, tuple[int, int, int, int]] = {
    Status.GATHERING: _bgra(CYAN),
    Status.NO_SIGN: _bgra(CYAN),
    Status.LOOK_AGAIN: _bgra(STATUS_COLOUR[Status.LOOK_AGAIN]),
    Status.FLAG: _bgra(STATUS_COLOUR[Status.FLAG]),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """From a value to a pixel: `value * scale + offset`."""

    scale: float
    offset: float

    def of(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray(values * self.scale + self.offset, np.float64)


def trace(samples: Samples, x: Axis, y: Axis, width: int, height: int, ratio: float = 1.0) -> Pixels:
    """Dots and lines on clear ground.

    Args:
        samples: in order of time.
        x: from seconds to pixels.
        y: from scores to pixels.
        width: pixels.
        height: pixels.
        ratio: pixels of the screen for one of the window's own.

    Returns:
        uint8 (height, width, 4) as blue, green, red and alpha, premultiplied.
    """
    canvas = np.zeros((height, width, 4), np.uint8)
    counts = np.isfinite(samples.instant)
    _dots(canvas, x.of(samples.times_s[counts]), y.of(samples.instant[counts]), max(1, round(DOT_PX * ratio)))
    lines = stretches(samples)
    if lines:
        # A sample without a score is never drawn; it only has to be a number.
        smoothed = np.nan_to_num(samples.smoothed, nan=0.0)
        at = np.stack([x.of(samples.times_s), y.of(smoothed)], axis=1)
        points = np.rint(at * (1 << SUBPIXEL_BITS)).astype(np.int32)
        thick = max(1, round(LINE_PX * ratio))
        for status, begin, end in lines:
            colour = _LINE_BGRA[status]
            cv2.polylines(canvas, [points[begin:end]], False, colour, thick, cv2.LINE_8, SUBPIXEL_BITS)
    return canvas


def stretches(samples: Samples) -> list[tuple[Status, int, int]]:
    """Lines to be drawn: status, first sample, end. A line goes on to the first sample of the next status."""
    if len(samples.times_s) < 2:
        return []
    finite = np.isfinite(samples.smoothed)
    joined = finite[1:] & finite[:-1] & (np.diff(samples.times_s) <= GAP_S)
    codes = np.where(joined, samples.status[:-1], -1)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]])
    drawn = {STATUS_CODES[status]: status for status in _LINE_BGRA}
    return [
        (drawn[int(codes[begin])], int(begin), int(end) + 1)
        for begin, end in pairwise(starts)
        if int(codes[begin]) in drawn
    ]


def _dots(canvas: Pixels, x: NDArray[np.float64], y: NDArray[np.float64], side: int) -> None:
    """Squares of `side` pixels; those that reach over an edge are left out there."""
    height, width = canvas.shape[:2]
    left, top = np.rint(x - side / 2).astype(np.intp), np.rint(y - side / 2).astype(np.intp)
    inside = (left >= 0) & (left <= width - side) & (top >= 0) & (top <= height - side)
    packed = canvas.view(np.uint32)[:, :, 0]
    value = np.array(_DOT_BGRA, np.uint8).view(np.uint32)[0]
    left, top = left[inside], top[inside]
    for down in range(side):
        for across in range(side):
            packed[top + down, left + across] = value
