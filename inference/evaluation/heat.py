"""Whether the heat-map points at the gap: pointing game and overlap, on the map's own cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from inference.prediction import Placement

Array = NDArray[Any]
Bools = NDArray[np.bool_]
FINE = 8
"""Points along each side of a cell at which the mask is looked up."""
COVERED = 0.25
"""A cell belongs to the gap from this share of its area on: gaps are narrow, cells half a millimetre."""


def gap_cells(mask: Pixels, placement: Placement, shape: tuple[int, int]) -> Bools:
    """The mask of a frame as cells of a map that lies over `placement`.

    Where no cell is covered enough, the one that is covered most stands for the gap.

    Args:
        mask: uint8 (h, w) of the frame's size; above 127 is gap.
        placement: where the map lies on the frame.
        shape: (rows, columns) of the map.

    Returns:
        bool of that shape; empty only where the gap lies outside the map.
    """
    rows, columns = shape
    y = placement.y0 + (np.arange(rows * FINE) + 0.5) / (rows * FINE) * placement.height
    x = placement.x0 + (np.arange(columns * FINE) + 0.5) / (columns * FINE) * placement.width
    yi, xi = np.floor(y).astype(int), np.floor(x).astype(int)
    height, width = mask.shape[:2]
    inside = ((yi >= 0) & (yi < height))[:, None] & ((xi >= 0) & (xi < width))[None]
    on = mask[np.clip(yi, 0, height - 1)[:, None], np.clip(xi, 0, width - 1)[None]] > 127
    share = (on & inside).reshape(rows, FINE, columns, FINE).mean((1, 3))
    cells: Bools = share >= COVERED
    return cells if cells.any() or not share.any() else np.asarray(share == share.max(), np.bool_)


def points_at(heat: Array, gap: Bools) -> bool:
    """The pointing game (Zhang et al. 2018): the map's highest cell is in the gap or next to it."""
    row, column = np.unravel_index(int(np.argmax(heat)), heat.shape)
    return bool(gap[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].any())


def overlap(heat: Array, gap: Bools, threshold: float) -> float:
    """Intersection over union of the cells above the drawn threshold and those of the gap, 0 to 1."""
    hot = np.asarray(heat) > threshold
    union = int((hot | gap).sum())
    return float((hot & gap).sum() / union) if union else 0.0
