"""A machine's screen round the scan, in a few invented styles; the patient on it never lived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Box, Region, Sector

Style = Literal["a", "b", "c"]
STYLES: tuple[Style, ...] = ("a", "b", "c")
SYNTHETIC = "SYNTHETIC PHANTOM"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are, as shares of the screen."""

    scan: tuple[float, float, float, float]
    """x0, y0, x1, y1."""
    banner: float
    """Height of the top banner."""
    column: Literal["left", "right"]
    ink: tuple[int, int, int]
    ground: tuple[int, int, int]


_LAYOUTS: dict[Style, Layout] = {
    "a": Layout((0.14, 0.085, 0.93, 0.97), 0.07, "left", (214, 208, 180), (0, 0, 0)),
    "b": Layout((0.04, 0.10, 0.80, 0.93), 0.08, "right", (170, 214, 232), (10, 12, 16)),
    "c": Layout((0.10, 0.06, 0.90, 0.95), 0.05, "left", (224, 224, 224), (4, 4, 4)),
}


def scan_box(style: Style, width: int, height: int) -> Box:
    """Where the scan goes on a screen of that size."""
    x0, y0, x1, y1 = _LAYOUTS[style].scan
    return Box(round(x0 * width), round(y0 * height), round(x1 * width), round(y1 * height))


def moved_region(region: Region, box: Box, width: int, height: int) -> Region:
    """The scan's region on the screen that its picture was put on at `box`, unscaled."""
    inner, sector = region.box, region.sector
    if sector is not None:
        corners = tuple((x + box.x0, y + box.y0) for x, y in sector.corners)
        sector = Sector(
            sector.kind,
            sector.apex_x + box.x0,
            sector.apex_y + box.y0,
            sector.r0_px,
            sector.r1_px,
            sector.angle0_rad,
            sector.angle1_rad,
            corners,
        )
    moved = Box(inner.x0 + box.x0, inner.y0 + box.y0, inner.x1 + box.x0, inner.y1 + box.y0)
    return Region(moved, width, height, sector, region.origin, region.mm_per_px, region.mm_per_px_from)


class Screen:
    """Draws the parts that stay once, and the scan and the clock on each frame."""

    def __init__(self, style: Style, width: int, height: int, region: Region, depth_mm: float) -> None:
        self.style, self.width, self.height = style, width, height
        self.box = scan_box(style, width, height)
        self._layout = _LAYOUTS[style]
        self._still = self._furniture(region, depth_mm)

    def show(self, scan: Pixels, time_s: float) -> NDArray[np.uint8]:
        """RGB (height, width, 3) with the scan (grey, of the box's size) at its place."""
        out = self._still.copy()
        b = self.box
        lit = scan > 0
        area = out[b.y0 : b.y1, b.x0 : b.x1]
        area[lit] = scan[lit][:, None]
        clock = f"10:{(41 + int(time_s) // 60) % 60:02d}:{int(time_s) % 60:02d}"
        self._text(out, clock, 0.90, 0.5 * self._layout.banner + 0.008, 0.42)
        return out

    def _text(self, out: NDArray[np.uint8], words: str, x: float, y: float, size: float) -> None:
        k = self.height / 960
        at = (round(x * self.width), round(y * self.height))
        cv2.putText(
            out,
            words,
            at,
            cv2.FONT_HERSHEY_SIMPLEX,
            size * 1.25 * k,
            self._layout.ink,
            max(1, round(k)),
            cv2.LINE_AA,
        )

    def _furniture(self, region: Region, depth_mm: float) -> NDArray[np.uint8]:
        lay, w, h = self._layout, self.width, self.height
        out = np.empty((h, w, 3), np.uint8)
        out[:] = lay.ground
        if lay.banner:
            out[: round(lay.banner * h)] = tuple(min(255, g + 22) for g in lay.ground)
        self._text(out, f"{SYNTHETIC}   DOE^JANE (INVENTED)", 0.02, lay.banner * 0.42 + 0.006, 0.46)
        self._text(out, "ID 000-PHANTOM   GA 21w3d   Nowhere General", 0.02, lay.banner * 0.86 + 0.004, 0.38)
        self._text(out, "TIs 0.2  MI 0.9", 0.62, lay.banner * 0.5 + 0.008, 0.40)
        x = 0.012 if lay.column == "left" else 0.83
        rows = (
            "Fetal face",
            "C5-2  28 Hz",
            f"{depth_mm / 10:.1f} cm",
            "2D",
            " HGen",
            " Gn 48",
            " DR 58",
            " Map C",
            "Z 1.2",
        )
        for index, row in enumerate(rows):
            self._text(out, row, x, lay.banner + 0.06 + 0.036 * index, 0.40)
        self._text(out, SYNTHETIC, 0.40, 0.99, 0.44)
        # Grey bar and depth ruler at the scan's right.
        b = self.box
        bar = np.linspace(255, 0, round(0.22 * h)).astype(np.uint8)
        right = min(w - 30, b.x1 + 8)
        top = b.y0 + 20
        out[top : top + len(bar), right : right + 12] = bar[:, None, None]
        if region.mm_per_px:
            step = 10 / region.mm_per_px
            zero = region.sector.apex_y + region.sector.r0_px if region.sector else 0.0
            for tick in range(31):
                y = round(b.y0 + zero + tick * step)
                if b.y0 <= y < b.y1:
                    cv2.line(out, (b.x1 - 4 - (6 if tick % 5 == 0 else 2), y), (b.x1 - 2, y), lay.ink, 1)
        mark = round(b.x0 + 0.35 * b.width), b.y0 + 14
        cv2.circle(out, mark, 7, lay.ink, 1, cv2.LINE_AA)
        return out
