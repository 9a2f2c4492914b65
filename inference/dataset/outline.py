"""Outlines of gaps as COCO writes them: polygons and run lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels


@dataclass(frozen=True, slots=True)
class Outline:
    """One or several areas of a picture, together."""

    width: int
    height: int
    polygons: tuple[tuple[float, ...], ...] = ()
    """x, y, x, y, ... in pixels, from the corner of the first pixel."""
    runs: tuple[tuple[int, ...], ...] = ()
    """Lengths of runs outside, inside, outside, ... of the areas, down one column after the other."""

    def mask(self) -> Pixels:
        """uint8 (height, width): 255 inside any of the areas, else 0."""
        out: Pixels = np.zeros((self.height, self.width), np.uint8)
        for polygon in self.polygons:
            _fill(out, np.array(polygon).reshape(-1, 2))
        for lengths in self.runs:
            inside = np.arange(len(lengths)) % 2 == 1
            out[np.repeat(inside, lengths).reshape(self.width, self.height).T] = 255
        return out


def _fill(out: Pixels, points: NDArray[np.float64]) -> None:
    """Set the pixels of which a polygon covers half or more: drawn finer, as OpenCV fattens what it fills."""
    low = np.clip(np.floor(points.min(0)), 0, out.shape[::-1]).astype(int)
    high = np.clip(np.ceil(points.max(0)), 0, out.shape[::-1]).astype(int)
    width, height = high - low
    if width < 1 or height < 1:
        return
    fine = int(np.clip(2000 // max(width, height), 1, 8))
    drawn = np.zeros((height * fine, width * fine), np.uint8)
    inner = np.clip((points - low) * fine - 0.5, -1e5, 1e5)
    cv2.fillPoly(drawn, [np.rint(inner).astype(np.int32)], 255)
    covered = cv2.resize(drawn, (int(width), int(height)), interpolation=cv2.INTER_AREA)
    out[low[1] : high[1], low[0] : high[0]][covered > 127] = 255


def run_lengths(counts: Any, width: int, height: int) -> tuple[int, ...]:
    """COCO's `counts`, a list or a compressed text, as lengths of runs.

    Raises:
        ValueError: they do not fill a picture of that size.
    """
    if isinstance(counts, str):
        runs = _unpacked(counts)
    elif isinstance(counts, list) and all(type(count) is int for count in counts):
        runs = tuple(counts)
    else:
        raise ValueError("expected counts as a list or a text")
    if min(runs, default=0) < 0 or sum(runs) != width * height:
        raise ValueError(f"expected runs over {width * height} pixels, got {sum(runs)}")
    return runs


def _unpacked(text: str) -> tuple[int, ...]:
    """Five bits a character, the lowest first, from '0' on; bit 5 says that more follow, the last bit 4 is
    the sign. From the fourth number on it is the difference to the number two before (cocoapi, maskApi.c).
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 30:
            raise ValueError("expected counts in COCO's compressed form")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("expected counts in COCO's compressed form, got them cut off")
    return tuple(runs)
