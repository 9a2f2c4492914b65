"""Whether the picture is alive: repeats of one acoustic picture, a frozen machine, no signal at all.

Only points inside the scan region are compared, so the clock, the ECG trace and the pointer do not count as
motion; the points outside it tell how noisy the card is. A picture is new when a quarter of the points of at
least three blocks of the region changed by more than that noise: real scans change in 30 and more of 144
blocks from one acoustic picture to the next, callipers and texts drawn on a frozen one in no block that much.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.blank import is_blank
from capture.frame import Frame, Pixels
from capture.geometry import Region, region_mask
from capture.scan import Scan, Signal

FROZEN_FRAMES = 8
FROZEN_S = 0.35
"""A scan of 3 Hz on a 60 Hz output still changes within this time; a freeze is told within 500 ms."""

BLOCKS = 12
POINTS = 96
"""The region's box is looked at in BLOCKS x BLOCKS blocks, on a grid of POINTS x POINTS points."""
QUIET_LEVELS = 2
NOISIEST_LEVELS = 6
"""A point changed when it differs by more than this; between the two the noise outside the region decides."""
CHANGED_SHARE = 0.25
CHANGED_BLOCKS = 3
FEWEST_POINTS = 32
"""Points of a block inside the region below which the block has no say."""

SURVEY = 64
"""Rows and columns of the grid over the whole picture."""


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Where to look, as indices into the flattened picture of a number of channels."""

    inside: NDArray[np.intp]
    """Each point of a coloured picture gives one channel in turn: as quick as grey, no colour missed."""
    block: NDArray[np.intp]
    """Block number of each inside point."""
    enough: NDArray[np.float64]
    """Changed points from which a block counts as changed; infinite where it has too few points."""
    survey: NDArray[np.intp]
    """(SURVEY, SURVEY) or (SURVEY, SURVEY, 3): points over the whole picture."""
    outside: NDArray[np.bool_]
    """(SURVEY, SURVEY): which of those lie outside the region."""


@lru_cache(maxsize=8)
def _grid(region: Region, channels: int) -> _Grid:
    width, height = region.frame_width, region.frame_height
    box = region.box.clipped(width, height)
    mask = region_mask(region).ravel() > 0
    step = np.arange(POINTS)
    rows, columns = box.y0 + step * box.height // POINTS, box.x0 + step * box.width // POINTS
    inside = (rows[:, None] * width + columns).ravel() if box.area else np.empty(0, np.intp)
    band = step * BLOCKS // POINTS
    block = (band[:, None] * BLOCKS + band).ravel()[: inside.size]
    lit = mask[inside]
    inside, block = inside[lit], block[lit]
    held = np.bincount(block, minlength=BLOCKS * BLOCKS)
    if held.max() < FEWEST_POINTS and region != Region.whole(width, height):
        return _grid(Region.whole(width, height), channels)  # a region of nothing
    middles = np.arange(SURVEY) * 2 + 1
    survey = (middles * height // (2 * SURVEY))[:, None] * width + middles * width // (2 * SURVEY)
    outside = ~mask[survey]
    if channels == 3:
        inside = inside * 3 + np.arange(inside.size) % 3
        survey = survey[:, :, None] * 3 + np.arange(3)
    enough = np.where(held >= FEWEST_POINTS, CHANGED_SHARE * held, np.inf)
    return _Grid(inside, block, enough, survey, outside)


@dataclass(frozen=True, slots=True, eq=False)
class _Glance:
    """What was taken from one frame."""

    inside: Pixels
    survey: Pixels

    @classmethod
    def at(cls, frame: Frame, grid: _Grid) -> _Glance:
        flat = frame.pixels.reshape(-1)
        return cls(flat.take(grid.inside), flat.take(grid.survey))


class SignalMonitor:
    """Judges one stream, frame by frame; for one thread."""

    def __init__(self) -> None:
        self._reference: Frame | None = None
        """The first frame that showed the picture now standing."""
        self._glance: tuple[Region, _Glance] | None = None
        """What the reference shows inside a region."""
        self._scan_index = -1
        self._same = 0
        self._since_s = 0.0

    def look(self, frame: Frame, region: Region) -> Scan:
        """The frame with its place and state; a region made for another size becomes the whole picture."""
        if not region.fits(frame.width, frame.height):
            region = Region.whole(frame.width, frame.height)
        grid = _grid(region, _channels(frame))
        glance = _Glance.at(frame, grid)
        now_s = frame.captured_ns / 1e9 if frame.media_s is None else frame.media_s
        repeat = self._is_repeat(frame, region, grid, glance)
        if repeat:
            self._same += 1
            self._since_s = min(self._since_s, now_s)  # a replay may have jumped back
        else:
            self._scan_index += 1
            self._same, self._since_s = 1, now_s
            self._reference, self._glance = frame, (region, glance)
        if is_blank(glance.survey):
            signal = Signal.BLANK
        elif self._same >= FROZEN_FRAMES and now_s - self._since_s >= FROZEN_S:
            signal = Signal.FROZEN
        else:
            signal = Signal.MOVING
        return Scan(frame, region, self._scan_index, repeat, signal)

    def _is_repeat(self, frame: Frame, region: Region, grid: _Grid, glance: _Glance) -> bool:
        reference = self._reference
        if reference is None or (reference.width, reference.height) != (frame.width, frame.height):
            return False
        if self._glance is None or self._glance[0] != region:
            self._glance = region, _Glance.at(reference, _grid(region, _channels(reference)))
        before = self._glance[1]
        noise = _noise(before.survey, glance.survey, grid.outside)
        moved = np.asarray(cv2.absdiff(before.inside, glance.inside)).reshape(-1) > noise
        changed = np.bincount(grid.block[moved], minlength=BLOCKS * BLOCKS)
        wanted = min(CHANGED_BLOCKS, max(1, int(np.count_nonzero(np.isfinite(grid.enough)))))
        return int(np.count_nonzero(changed >= grid.enough)) < wanted


def _channels(frame: Frame) -> int:
    return 3 if frame.pixels.ndim == 3 else 1


def _noise(before: Pixels, after: Pixels, outside: NDArray[np.bool_]) -> int:
    """Difference, in levels, that noise alone explains, learnt from the points outside the region."""
    a, b = (side[..., 1][outside] if side.ndim == 3 else side[outside] for side in (before, after))
    if a.size < SURVEY:
        return QUIET_LEVELS
    strays = np.asarray(cv2.absdiff(a, b)).reshape(-1)
    # The loudest tenth may be a clock or a pointer; noise that is clipped at black shows as little as half.
    at = strays.size * 9 // 10
    return min(max(QUIET_LEVELS, 2 * int(np.partition(strays, at)[at])), NOISIEST_LEVELS)
