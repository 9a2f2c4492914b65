"""Whether the machine's screen is still laid out as it was: a cheap look at every frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Region, region_mask

_ACROSS = 120
"""Samples across the picture: 0.1 ms at 1080p, and a clock touches few of them."""
_LEARN = 8
_STEP = 16.0
"""Grey levels by which a still part of the screen must differ to count as changed."""
_RESTLESS = 6.0
"""Parts that vary more than this while they are learnt (clock, ECG, colour bar) do not count."""
_CHANGED_SHARE = 0.03
_DARKENED = 0.4
"""The scan's edge has gone where no more than this share of what was lit there is lit."""


class Layout:
    """Learns what the screen shows around one region, then tells when that is no longer so."""

    def __init__(self, region: Region) -> None:
        self._every = max(1, region.frame_width // _ACROSS)
        mask = region_mask(region)[:: self._every, :: self._every]
        box = np.ones((3, 3), np.uint8)
        grown = cv2.dilate(mask, box, iterations=2)
        shrunk = cv2.erode(mask, box, iterations=2, borderType=cv2.BORDER_CONSTANT, borderValue=255)
        self._outside = grown == 0
        self._edge = (mask > 0) & (shrunk == 0)
        self._seen: list[NDArray[np.float32]] = []
        self._usual = np.zeros(mask.shape, np.float32)
        self._lit_before = 0.0
        self._steady = self._outside

    @property
    def learnt(self) -> bool:
        return len(self._seen) >= _LEARN

    def changed(self, pixels: Pixels) -> bool:
        """Look at one frame; False while the layout is still being learnt."""
        samples = pixels[:: self._every, :: self._every]
        thumb = (samples if samples.ndim == 2 else samples[..., 1]).astype(np.float32)
        if not self.learnt:
            self._learn(thumb)
            return False
        other = np.abs(thumb - self._usual) > _STEP
        steady = max(1, int(np.count_nonzero(self._steady)))
        if np.count_nonzero(other & self._steady) > max(4, _CHANGED_SHARE * steady):
            return True
        return self._lit_before > 0.2 and self._lit(thumb) < _DARKENED * self._lit_before

    def _learn(self, thumb: NDArray[np.float32]) -> None:
        self._seen.append(thumb)
        if self.learnt:
            stack = np.stack(self._seen)
            self._usual = np.median(stack, axis=0)
            self._steady = self._outside & (stack.std(axis=0) < _RESTLESS)
            self._lit_before = float(np.median([self._lit(one) for one in self._seen]))

    def _lit(self, thumb: NDArray[np.float32]) -> float:
        """Share of the inner side of the scan's outline that shows anything."""
        edge = thumb[self._edge]
        return float((edge > 12).mean()) if edge.size else 0.0
