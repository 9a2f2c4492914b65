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
_PARTS = 16
"""The scan's edge is watched in parts round its middle: a smaller fan keeps half of the old one's sides."""
_LIT, _DARK = 0.4, 0.08
"""A part has gone dark where this share of it was lit and no more than that one is now."""
_DARK_PARTS = 0.3


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
        self._part = self._parts(region)
        self._lit_before = np.zeros(_PARTS, np.bool_)
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
        gone = self._lit_before & (self._lit(thumb) < _DARK)
        known = int(np.count_nonzero(self._lit_before))
        return known >= 3 and bool(np.count_nonzero(gone) > _DARK_PARTS * known)

    def _learn(self, thumb: NDArray[np.float32]) -> None:
        self._seen.append(thumb)
        if self.learnt:
            stack = np.stack(self._seen)
            self._usual = np.median(stack, axis=0)
            self._steady = self._outside & (stack.std(axis=0) < _RESTLESS)
            self._lit_before = np.median([self._lit(one) for one in self._seen], axis=0) > _LIT

    def _parts(self, region: Region) -> NDArray[np.intp]:
        """For every sample of the scan's edge, which part of it it belongs to."""
        ys, xs = np.nonzero(self._edge)
        box = region.box
        across = (xs * self._every - (box.x0 + box.x1) / 2) / max(1, box.width)
        down = (ys * self._every - (box.y0 + box.y1) / 2) / max(1, box.height)
        return np.asarray((np.arctan2(down, across) / (2 * np.pi) + 0.5) * _PARTS, np.intp) % _PARTS

    def _lit(self, thumb: NDArray[np.float32]) -> NDArray[np.float64]:
        """Share of each part of the scan's edge that shows anything; (16,)."""
        lit = np.bincount(self._part, weights=thumb[self._edge] > 12, minlength=_PARTS)
        return lit / np.maximum(1, np.bincount(self._part, minlength=_PARTS))
