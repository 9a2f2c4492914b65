"""The scan inside the picture: its box, its fan, and the mask that keeps the rest out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from capture.frame import Pixels

SectorKind = Literal["convex", "phased", "linear", "trapezoid"]
RegionOrigin = Literal["found", "dicom", "manual", "preset", "whole"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of displayed pixels, half-open: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return max(0, self.x1 - self.x0)

    @property
    def height(self) -> int:
        return max(0, self.y1 - self.y0)

    @property
    def area(self) -> int:
        return self.width * self.height

    def clipped(self, width: int, height: int) -> Box:
        """The part of the box inside a picture of that size."""
        return Box(
            min(max(self.x0, 0), width),
            min(max(self.y0, 0), height),
            min(max(self.x1, 0), width),
            min(max(self.y1, 0), height),
        )

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        across = min(self.x1, other.x1) - max(self.x0, other.x0)
        down = min(self.y1, other.y1) - max(self.y0, other.y0)
        shared = max(0, across) * max(0, down)
        union = self.area + other.area - shared
        return shared / union if union else 0.0


@dataclass(frozen=True, slots=True)
class Sector:
    """The outline of the scanned area, in displayed pixels.

    Convex and phased: a ring segment about (`apex_x`, `apex_y`), radii `r0_px` <= r <= `r1_px`, between
    `angle0_rad` and `angle1_rad`, measured from straight down, positive to the image's right.
    Linear and trapezoid: `corners` alone, (x, y) from top left clockwise.
    """

    kind: SectorKind
    apex_x: float = 0.0
    apex_y: float = 0.0
    r0_px: float = 0.0
    r1_px: float = 0.0
    angle0_rad: float = 0.0
    angle1_rad: float = 0.0
    corners: tuple[tuple[float, float], ...] = ()

    def polygon(self, steps: int = 48) -> list[tuple[float, float]]:
        """The outline as points (x, y), clockwise."""
        if self.corners:
            return list(self.corners)
        sweep = [self.angle0_rad + (self.angle1_rad - self.angle0_rad) * i / steps for i in range(steps + 1)]

        def arc(radius: float, angles: list[float]) -> list[tuple[float, float]]:
            return [(self.apex_x + radius * math.sin(a), self.apex_y + radius * math.cos(a)) for a in angles]

        return arc(self.r0_px, sweep) + arc(self.r1_px, sweep[::-1])


@dataclass(frozen=True, slots=True)
class Region:
    """Where the scan lies in frames of one size. Two regions are the same place when they compare equal."""

    box: Box
    frame_width: int
    frame_height: int
    sector: Sector | None = None
    origin: RegionOrigin = "found"
    mm_per_px: float | None = None
    mm_per_px_from: str | None = None

    @classmethod
    def whole(cls, width: int, height: int) -> Region:
        """The fall-back when no sector was found: the whole picture."""
        return cls(Box(0, 0, width, height), width, height, origin="whole")

    def fits(self, width: int, height: int) -> bool:
        """Whether the region was made for frames of this size."""
        return (self.frame_width, self.frame_height) == (width, height)


@lru_cache(maxsize=16)
def region_mask(region: Region) -> Pixels:
    """uint8 (h, w) of the region's frame size: 255 inside the scan, 0 outside. Read-only, cached."""
    mask = np.zeros((region.frame_height, region.frame_width), np.uint8)
    box = region.box.clipped(region.frame_width, region.frame_height)
    if region.sector is None:
        mask[box.y0 : box.y1, box.x0 : box.x1] = 255
    else:
        outline = np.array(region.sector.polygon(), np.float64)
        cv2.fillPoly(mask, [np.rint(outline * 16).astype(np.int32)], 255, shift=4)
        inside = mask[box.y0 : box.y1, box.x0 : box.x1].copy()
        mask[:] = 0
        mask[box.y0 : box.y1, box.x0 : box.x1] = inside
    mask.flags.writeable = False
    return mask


def masked(pixels: Pixels, region: Region) -> Pixels:
    """A copy of the frame's pixels with everything outside the scan black.

    Raises:
        ValueError: the region belongs to frames of another size.
    """
    height, width = pixels.shape[:2]
    if not region.fits(width, height):
        raise ValueError(
            f"expected a frame of {region.frame_width}x{region.frame_height}, got {width}x{height}"
        )
    out = np.zeros_like(pixels)
    cv2.copyTo(pixels, region_mask(region), out)
    return out
