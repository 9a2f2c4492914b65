"""Lettering and depth ticks outside the scan: found, boxed, never read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from capture.frame import Pixels
from capture.geometry import Box, Region, region_mask

_WORK_PX = 960
_EDGE_STEP = 36
"""Grey levels between neighbours that a letter's stroke makes against its ground."""
_MOST = 64
_TICK_LEAST = 5
_TICK_LIT = 50
"""Grey levels above its surroundings that a tick stands out."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Marks at one even distance along the side of the scan: its depth scale."""

    x: int
    """Middle of the marks, displayed pixels."""
    y0: float
    """Of the first mark."""
    spacing_px: float
    count: int


def _grey(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def text_areas(pixels: Pixels, region: Region) -> list[Box]:
    """Boxes of what looks like lines of text outside the scan, in reading order; at most 64.

    Args:
        pixels: uint8 (h, w) or (h, w, 3) RGB.
        region: of frames of that size. Where it is the whole picture, all of the picture is searched.
    """
    grey = _grey(pixels)
    height, width = grey.shape
    scale = min(1.0, _WORK_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    strokes = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > _EDGE_STEP
    if region.origin != "whole":
        mask = cv2.resize(region_mask(region), size, interpolation=cv2.INTER_NEAREST)
        strokes &= cv2.dilate(mask, np.ones((5, 5), np.uint8)) == 0
    marks = strokes.astype(np.uint8) * 255
    # Rules, frames and the rims of bars are longer than any letter's stroke.
    for long_one in (np.ones((1, 36), np.uint8), np.ones((36, 1), np.uint8)):
        rules = cv2.dilate(cv2.morphologyEx(marks, cv2.MORPH_OPEN, long_one), np.ones((3, 3), np.uint8))
        marks = np.asarray(cv2.subtract(marks, rules), np.uint8)
    strokes = marks > 0
    # Closed along the line alone, so that lines close above one another stay apart.
    lines = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, np.ones((1, 13), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    found: list[Box] = []
    for index in range(1, len(stats)):
        x, y, w, h, _ = (int(v) for v in stats[index])
        if not (5 <= h <= 48 and w >= 0.8 * h and w >= 8):
            continue
        inside = strokes[y : y + h, x : x + w] & (labels[y : y + h, x : x + w] == index)
        if 0.12 <= float(inside.mean()) <= 0.85 and _strokes(inside) >= 3:
            found.append(
                Box(
                    int((x - 1) / scale),
                    int((y - 1) / scale),
                    -int(-(x + w + 1) // scale),
                    -int(-(y + h + 1) // scale),
                ).clipped(width, height)
            )
    largest = sorted(found, key=lambda box: -box.area)[:_MOST]
    return sorted(largest, key=lambda box: (box.y0, box.x0))


def _strokes(inside: np.ndarray) -> int:
    """How often the middle rows change from ground to stroke: a bar or a frame changes once or twice."""
    middle = inside[inside.shape[0] // 3 : max(inside.shape[0] // 3 + 1, 2 * inside.shape[0] // 3)]
    rises = np.count_nonzero(np.diff(middle.astype(np.int8), axis=1) == 1, axis=1)
    return int(rises.max()) if len(rises) else 0


def depth_ticks(pixels: Pixels, region: Region) -> Ticks | None:
    """The depth scale beside the scan, where at least five marks stand at one even distance; else None.

    What a mark stands for (a centimetre, half of one) is not written on it, so no size is told from it.
    """
    if region.origin == "whole":
        return None
    grey = _grey(pixels)
    box = region.box
    outside = cv2.dilate(region_mask(region), np.ones((3, 3), np.uint8)) == 0
    # A mark is small and bright on a dark ground: the picture less its opening by more than a mark's size.
    reach = max(9, 2 * (region.frame_width // 160) + 1)
    marks = cv2.subtract(grey, cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8)))
    lit = ((marks > _TICK_LIT) & outside).astype(np.uint8)
    lit[: max(0, box.y0 - 8)] = 0
    lit[box.y1 + 8 :] = 0
    _, _, stats, centres = cv2.connectedComponentsWithStats(lit, connectivity=8)
    widest = max(24, region.frame_width // 40)
    small = [
        (float(x), float(y))
        for (_, _, w, h, _), (x, y) in zip(stats[1:], centres[1:], strict=True)
        if w <= widest and h <= max(6, reach // 2)
    ]
    best: Ticks | None = None
    for column in _columns(small):
        ticks = _even(column)
        if ticks is not None and (best is None or ticks.count > best.count):
            best = ticks
    return best


def _columns(marks: list[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """Marks that stand above one another."""
    left = sorted(marks)
    while left:
        x = left[0][0]
        column = [m for m in left if m[0] - x <= 3]
        left = left[len(column) :]
        if len(column) >= _TICK_LEAST:
            yield sorted(column, key=lambda m: m[1])


def _even(column: list[tuple[float, float]]) -> Ticks | None:
    """The scale that a column of marks makes; None where a mark is out of step."""
    ys = np.array([y for _, y in column])
    gaps = np.diff(ys)
    spacing = float(np.median(gaps))
    if spacing < 4:
        return None
    steps = np.rint((ys - ys[0]) / spacing)
    # The spacing by least squares over the whole column, then every mark must stand where it says.
    if len(np.unique(steps)) != len(steps) or steps[-1] > 1.2 * (len(ys) - 1):
        return None
    fit = np.polyfit(steps, ys, 1)
    if np.abs(np.polyval(fit, steps) - ys).max() > max(1.0, 0.04 * spacing):
        return None
    x = float(np.median([m[0] for m in column]))
    return Ticks(round(x), float(fit[1]), float(fit[0]), len(ys))
