"""What a machine draws around the scan: lettering, depth ticks, the seams of several panels."""

from __future__ import annotations

import cv2
import numpy as np

from capture.region.evidence import Plane

_SEAM_STEP = 10.0
"""Grey levels across two working pixels that the border between two pictures makes."""
_PAPER = 215.0
_SEAM_PARTS = 8
_SEAM_EXCESS = 0.15


def panel_seams(grey: Plane, coloured: Plane, box: tuple[float, float, float, float]) -> int:
    """How many upright seams run through a box from top to bottom, as between the pictures of a page.

    Upright ones alone: reverberation draws level lines over the whole width of a good scan.
    """
    x0, y0, x1, y1 = (int(v) for v in box)
    inner = grey[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4]
    if min(inner.shape) < 32:
        return 0
    # The frame of a Doppler box and the colour bars are straight and upright too, but coloured inside.
    tinted = cv2.dilate(coloured, np.ones((9, 9), np.uint8))[y0 + 4 : y1 - 4, x0 + 5 : x1 - 5] > 0
    steps = (np.abs(inner[:, 2:] - inner[:, :-2]) > _SEAM_STEP) & ~tinted
    parts = np.zeros(steps.shape[1])
    for part in np.array_split(steps, _SEAM_PARTS, axis=0):
        share = part.mean(axis=0)
        around = np.stack([np.roll(share, k) for k in (-9, -7, -5, 5, 7, 9)])
        parts += share - np.median(around, axis=0) > _SEAM_EXCESS
    columns = np.nonzero(parts[8:-8] >= _SEAM_PARTS - 1)[0]
    return int(np.count_nonzero(np.diff(columns, prepend=-100) > 8))


def on_a_page(grey: Plane, box: tuple[float, float, float, float]) -> bool:
    """Whether a box is set into white paper: a figure or a plot, not a machine's screen."""
    height, width = grey.shape
    x0, y0, x1, y1 = (int(v) for v in box)
    around = np.zeros(grey.shape, bool)
    around[max(0, y0 - 7) : min(height, y1 + 7), max(0, x0 - 7) : min(width, x1 + 7)] = True
    around[max(0, y0 - 3) : min(height, y1 + 3), max(0, x0 - 3) : min(width, x1 + 3)] = False
    ring = grey[around]
    return bool(ring.size and float((ring > _PAPER).mean()) > 0.7)
