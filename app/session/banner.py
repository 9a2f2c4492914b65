"""Notices that another patient's banner is on the screen, without keeping a word of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.geometry import region_mask
from capture.scan import Scan

CELLS_X, CELLS_Y = 192, 108
"""A cell of a 1080p picture is 10 x 10 px, two thirds of a letter's height: of each only a mean is kept, from
which nobody reads a name."""
LEVEL = 14.0
"""Grey levels by which the mean of a cell differs when something else is written in it."""
WRITTEN = 8.0
"""Mean step between neighbouring pixels from which a cell has writing in it."""
RESTLESS = 0.25
"""Share of looks at which a cell changes that a clock or counter is in."""
_LETTERS = np.ones((3, 5), np.uint8)
"""Changed cells so near to each other belong to one word or number."""


@dataclass(frozen=True, slots=True)
class BannerSettings:
    """From drawn banners of three layouts at five sizes: every other patient changed 11 cells in a row or
    more; a minute, a mechanical index, a gestational age 7 at most.
    """

    run: int = 9
    """Cells side by side that must have changed: about six letters."""
    share_around: float = 0.2
    """Of all written, calm cells, where there is no banner above the scan: measurements stand there too."""
    least: int = 12
    """Written cells; fewer are no banner."""
    stays: int = 4
    """Looks in a row that the new one must stay."""
    learns: int = 5
    """Looks before the first comparison."""


class BannerWatch:
    """Give it a scan about twice a second; True asks whether a new exam should begin, once for each change.

    What it looks at is the area above the scan, or all round it where the scan reaches the top. It holds
    coarse brightness alone, in memory, and forgets it with the program.
    """

    def __init__(self, settings: BannerSettings | None = None) -> None:
        self._settings = settings or BannerSettings()
        self.reset()

    def reset(self) -> None:
        """Take the banner as it is now for the right one: a new exam has begun, or another source."""
        self._known: NDArray[np.float32] | None = None
        self._written: NDArray[np.bool_] | None = None
        self._area: NDArray[np.bool_] | None = None
        self._last: NDArray[np.float32] | None = None
        self._changes = np.zeros((CELLS_Y, CELLS_X), np.float32)
        self._looks = 0
        self._other = 0
        self._size = (0, 0)

    def look(self, scan: Scan) -> bool:
        """Whether the banner has become another one and stayed so."""
        if scan.region.origin == "whole":
            return False
        if (scan.frame.width, scan.frame.height) != self._size:
            self.reset()
            self._size = (scan.frame.width, scan.frame.height)
        levels, written = _cells(scan)
        area, above = _banner_area(scan)
        self._looks += 1
        if self._last is not None:
            # An exponential mean over about twenty looks.
            moved = (np.abs(levels - self._last) > LEVEL).astype(np.float32)
            self._changes += (moved - self._changes) / min(self._looks, 20)
        self._last = levels
        if (
            self._known is None or self._written is None or self._area is None
            or self._looks <= self._settings.learns
        ):  # fmt: skip
            self._known, self._written, self._area = levels, written, area
            return False
        # Where the scan was when the banner was learnt there is nothing to compare with.
        asked = area & self._area & (self._changes < RESTLESS) & (self._written | written)
        changed = asked & (np.abs(levels - self._known) > LEVEL)
        self._other = self._other + 1 if self._differs(asked, changed, above) else 0
        if self._other < self._settings.stays:
            return False
        self._known, self._written, self._area, self._other = levels, written, area, 0
        return True

    def _differs(self, asked: NDArray[np.bool_], changed: NDArray[np.bool_], above: bool) -> bool:
        count = int(asked.sum())
        if count < self._settings.least or _longest(changed) < self._settings.run:
            return False
        return above or int(changed.sum()) >= self._settings.share_around * count


def _longest(changed: NDArray[np.bool_]) -> int:
    """The width of the widest changed word, in cells."""
    padded = np.pad(changed.astype(np.uint8), _LETTERS.shape[1])
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, _LETTERS)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(closed)
    return int(max(boxes[1:, cv2.CC_STAT_WIDTH], default=0))


def _cells(scan: Scan) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Mean brightness of each cell, and whether there is writing in it."""
    pixels = scan.frame.pixels
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels
    levels = cv2.resize(grey, (CELLS_X, CELLS_Y), interpolation=cv2.INTER_AREA).astype(np.float32)
    steps = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    rough = cv2.resize(steps, (CELLS_X, CELLS_Y), interpolation=cv2.INTER_AREA)
    return levels, np.asarray(rough > WRITTEN)


def _banner_area(scan: Scan) -> tuple[NDArray[np.bool_], bool]:
    """Cells wholly outside of the scan, and whether they are those above it alone, where there is room."""
    mask = cv2.resize(region_mask(scan.region), (CELLS_X, CELLS_Y), interpolation=cv2.INTER_AREA)
    outside = np.asarray(mask == 0)
    top = scan.region.box.y0 * CELLS_Y // scan.region.frame_height
    if top < CELLS_Y // 18:
        return outside, False
    above = outside.copy()
    above[top:] = False
    return above, True
