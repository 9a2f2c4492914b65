"""A frame brought to the size and place it is seen at. No Qt: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from capture.frame import Frame, Pixels
from capture.geometry import Box, Region

ViewMode = Literal["scan", "whole"]
"""'scan': the region alone, as large as it goes; 'whole': the machine's whole screen."""

MARGIN = 0.015
"""Black round the region, as a share of the view: the fan's edge is seen to be the edge. What the machine
shows there is left out: the patient's name may be near, and the window may hang on a second screen."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """Which part of the frame is seen, and where in the view, in device pixels."""

    source: Box
    x: int
    y: int
    width: int
    height: int

    def to_view(self, frame_x: float, frame_y: float) -> tuple[float, float]:
        """Edges to edges: frame pixel k covers k to k + 1."""
        return (
            self.x + (frame_x - self.source.x0) * self.width / self.source.width,
            self.y + (frame_y - self.source.y0) * self.height / self.source.height,
        )

    def to_frame(self, view_x: float, view_y: float) -> tuple[float, float]:
        """The way back."""
        return (
            self.source.x0 + (view_x - self.x) * self.source.width / self.width,
            self.source.y0 + (view_y - self.y) * self.source.height / self.height,
        )


def fit(region: Region, mode: ViewMode, view_width: int, view_height: int) -> Viewport:
    """The largest picture of the wanted part that fits the view, in the middle, its aspect kept.

    Args:
        region: of the frame to be shown; its frame size is the frame's.
        mode: what part of the frame is wanted.
        view_width: device pixels.
        view_height: device pixels.
    """
    source, share = Box(0, 0, region.frame_width, region.frame_height), 1.0
    box = region.box.clipped(region.frame_width, region.frame_height)
    if mode == "scan" and box.area and box != source:
        source, share = box, 1 - 2 * MARGIN
    scale = share * min(view_width / source.width, view_height / source.height)
    width = min(view_width, max(1, round(source.width * scale)))
    height = min(view_height, max(1, round(source.height * scale)))
    return Viewport(source, (view_width - width) // 2, (view_height - height) // 2, width, height)


class Canvas:
    """One frame at view size, in memory used again and again: fresh megabytes each frame cost page faults."""

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.viewport: Viewport | None = None
        self.pixels: Pixels = np.zeros((1, 1, 4), np.uint8)
        """uint8 (h, w, 4) as blue, green, red, 255: what Qt calls RGB32 on little-endian machines."""
        self._resized: dict[int, Pixels] = {}

    def holds(self, frame: Frame, viewport: Viewport) -> bool:
        return self.frame is frame and self.viewport == viewport

    def render(self, frame: Frame, viewport: Viewport) -> Pixels:
        """The part of the frame that is seen, at the size it is seen at. cv2 lets go of the GIL meanwhile."""
        if self.holds(frame, viewport):
            return self.pixels
        source, size = viewport.source, (viewport.width, viewport.height)
        part = frame.pixels[source.y0 : source.y1, source.x0 : source.x1]
        if (source.width, source.height) != size:
            # From half size down a bilinear sample passes pixels over: a fine gap could vanish.
            shrinks = viewport.width * 2 < source.width
            how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            kept = self._resized.get(part.ndim)
            part = np.asarray(cv2.resize(part, size, dst=kept, interpolation=how), np.uint8)
            self._resized[part.ndim] = part
        if self.pixels.shape[:2] != (viewport.height, viewport.width):
            self.pixels = np.empty((viewport.height, viewport.width, 4), np.uint8)
        code = cv2.COLOR_RGB2BGRA if part.ndim == 3 else cv2.COLOR_GRAY2BGRA
        cv2.cvtColor(part, code, dst=self.pixels)
        self.frame, self.viewport = frame, viewport
        return self.pixels
