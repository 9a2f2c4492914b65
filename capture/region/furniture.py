"""Whether a picture shows one scan, or several on a page: seams, gutters, paper."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.geometry import Box
from capture.region.evidence import Mask, Plane

WorkBox = tuple[float, float, float, float]
"""x0, y0, x1, y1 in working pixels."""

_SEAM_STEP = 10.0
"""Grey levels across two working pixels that the border between two pictures makes."""
_SEAM_PARTS = 8
_SEAM_EXCESS = 0.2
_PAPER = 215.0
_BLACK = 20.0
_FLAT_STEP = 8.0
_FLAT_SHARE = 0.97
_LIKE_SIZE = 0.3
_BESIDE_SHARE = 0.35
"""Beside a gutter the pictures begin at once, over at least this share of its length; a shadow is soft."""


@dataclass(frozen=True, slots=True)
class Panels:
    """How a box is divided by straight lines from border to border."""

    columns: int
    rows: int
    paper: bool
    """A white gutter runs through it."""


def panels(grey: Plane, coloured: Plane, box: WorkBox) -> Panels:
    """The pictures side by side and above one another in a box.

    Level lines count only where there are several columns: reverberation draws level lines, and a cyst leaves
    level black bands, over the whole width of a good scan.
    """
    x0, y0, x1, y1 = (int(v) for v in box)
    inner, tinted = grey[y0:y1, x0:x1], cv2.dilate(coloured, np.ones((9, 9), np.uint8))[y0:y1, x0:x1] > 0
    if min(inner.shape) < 40:
        return Panels(1, 1, False)
    upright, white_columns = _gutters(inner)
    level, white_rows = _gutters(inner.T)
    columns = 1 + _apart(np.concatenate((upright, _seams(inner, tinted))))
    rows = 1 + _apart(np.concatenate((level, _seams(inner.T, tinted.T)))) if columns > 1 else 1
    return Panels(columns, rows, white_columns or white_rows)


def separate_parts(speckle: Mask) -> int:
    """How many parts of like size stand clear of one another; a cyst cuts a scan in two at most."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(speckle, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count < 4:
        return count - 1
    boxes = [
        Box(int(x), int(y), int(x + w), int(y + h))
        for x, y, w, h, area in stats[1:]
        if area >= _LIKE_SIZE * areas.max() and area >= 0.02 * speckle.size
    ]
    clear = [box for box in boxes if all(box is other or box.iou(other) == 0 for other in boxes)]
    return max(1, len(clear))


def on_a_page(grey: Plane, box: WorkBox) -> bool:
    """Whether a box is set into white paper: a figure or a plot, not a machine's screen."""
    height, width = grey.shape
    x0, y0, x1, y1 = (int(v) for v in box)
    around = np.zeros(grey.shape, bool)
    around[max(0, y0 - 7) : min(height, y1 + 7), max(0, x0 - 7) : min(width, x1 + 7)] = True
    around[max(0, y0 - 3) : min(height, y1 + 3), max(0, x0 - 3) : min(width, x1 + 3)] = False
    ring = grey[around]
    return bool(ring.size and float((ring > _PAPER).mean()) > 0.7)


def _seams(inner: Plane, tinted: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Columns at which two pictures meet, from top to bottom.

    The frame of a Doppler box and the colour bars are straight and upright too, but coloured inside.
    """
    # A seam parts two pictures for good; a thin line (a frame, a ruler) has the same picture on both sides.
    near = np.abs(inner[:, 4:-2] - inner[:, 2:-4]) > _SEAM_STEP
    far = np.abs(inner[:, 6:] - inner[:, :-6]) > _SEAM_STEP
    steps = near & far & ~tinted[:, 3:-3]
    parts = np.zeros(steps.shape[1])
    for part in np.array_split(steps, _SEAM_PARTS, axis=0):
        share = part.mean(axis=0)
        around = np.stack([np.roll(share, k) for k in (-9, -7, -5, 5, 7, 9)])
        parts += share - np.median(around, axis=0) > _SEAM_EXCESS
    found = np.nonzero(parts >= _SEAM_PARTS - 1)[0]
    return found[_within(found, steps.shape[1])]


def _gutters(inner: Plane) -> tuple[NDArray[np.intp], bool]:
    """Columns of flat black or white from top to bottom between two pictures, and whether one is white."""
    middle = np.median(inner, axis=0)
    flat = (np.abs(inner - middle) <= _FLAT_STEP).mean(axis=0) >= _FLAT_SHARE
    empty = flat & ((middle <= _BLACK) | (middle >= _PAPER))
    found: list[int] = []
    white = False
    edges = np.diff(np.concatenate(([0], empty.astype(np.int8), [0])))
    for start, end in zip(np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0], strict=True):
        centre = (start + end) // 2
        if end - start < 2 or not _within(np.array([centre]), inner.shape[1]).all():
            continue
        ground = float(middle[centre])
        beside = inner[:, [max(0, start - 3), min(inner.shape[1] - 1, end + 2)]]
        if (np.abs(beside - ground) > _FLAT_STEP).mean(axis=0).max() >= _BESIDE_SHARE:
            found.append(int(centre))
            white |= ground >= _PAPER
    return np.array(found, np.intp), white


def _within(at: NDArray[np.intp], length: int) -> NDArray[np.bool_]:
    """Which places lie well inside: what runs along a box's border does not divide it."""
    return (at > 0.1 * length) & (at < 0.9 * length)


def _apart(places: NDArray[np.intp]) -> int:
    """How many places there are, those within 8 pixels of the one before not counted."""
    return int(np.count_nonzero(np.diff(np.sort(places), prepend=-100) > 8))
