"""A machine's screen round the scan, in styles that no maker sells; the patient on it never lived."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Box, Region, Sector, region_mask
from capture.phantom.furniture import UNITS, WHITE, Overlay, Pen
from capture.phantom.instruments import PATIENTS, SYNTHETIC, Facts
from capture.phantom.layouts import LAYOUTS, Layout

Style = Literal["a", "b", "c", "d", "e", "f"]
STYLES: tuple[Style, ...] = ("a", "b", "c", "d", "e", "f")
"""Settings at the left; thumbnails below; plain terminal; handheld; console; results below, warm scan."""
__all__ = ["PATIENTS", "STYLES", "SYNTHETIC", "Screen", "Setting", "Style", "moved_region", "scan_box"]


def scan_box(style: Style, width: int, height: int) -> Box:
    """Where the scan goes on a screen of that size."""
    unit = height / UNITS
    x0, y0, x1, y1 = LAYOUTS[style].scan(width / unit)
    return Box(round(x0 * unit), round(y0 * unit), round(x1 * unit), round(y1 * unit))


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


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What the screen tells of the scan beside it."""

    region: Region
    """Of the scan's own picture."""
    depth_mm: float
    focus_mm: float
    gain_db: float
    dynamic_range_db: float
    tgc_db: tuple[float, ...]
    fps: float
    age_weeks: float
    seed: int = 0
    clock_s: float = 0.0
    """Time on the machine's clock when the clip begins, seconds past 10:41."""
    callipers: bool = False
    thumbnails: tuple[Pixels, ...] = field(default=())


class Screen:
    """Draws the parts that stay once, and the scan and the clock on each frame."""

    def __init__(self, style: Style, width: int, height: int, setting: Setting) -> None:
        self.style, self.width, self.height = style, width, height
        self.box = scan_box(style, width, height)
        self._layout: Layout = LAYOUTS[style]
        self._setting = setting
        self._mask = region_mask(setting.region)
        facts = self._facts()
        pen = Pen(width, height, self._layout.ground)
        self._layout.draw(pen, facts)
        self._still = pen.done()
        self._overlays = self._over_the_scan(facts)
        self._table = np.ascontiguousarray(facts.table[:, None, :])
        self._clock = lru_cache(maxsize=4)(self._drawn_clock)

    def show(self, scan: Pixels, time_s: float) -> NDArray[np.uint8]:
        """RGB (height, width, 3) with the scan (grey, of the box's size) at its place."""
        out = self._still.copy()
        b = self.box
        area = out[b.y0 : b.y1, b.x0 : b.x1]
        if self._layout.warm:
            coloured = np.asarray(cv2.applyColorMap(scan, self._table), np.uint8)
        else:
            coloured = np.asarray(cv2.cvtColor(scan, cv2.COLOR_GRAY2RGB), np.uint8)
        cv2.copyTo(coloured, self._mask, area)
        for overlay in self._overlays:
            overlay.put(out)
        at, words = self._clock(int(self._setting.clock_s + time_s))
        out[at.y0 : at.y1, at.x0 : at.x1] = words
        return out

    def _facts(self) -> Facts:
        s, unit = self._setting, self.height / UNITS
        region, sector = s.region, s.region.sector
        mm = region.mm_per_px or 0.1
        # Zero of the depth ruler is where the middle beam leaves the probe.
        zero = sector.apex_y + sector.r0_px if sector is not None else 0.0
        middle = sector.apex_x if sector is not None else region.frame_width / 2
        start = (0.0, 0.0)
        if sector is not None:
            a = sector.angle0_rad
            start = sector.apex_x + sector.r0_px * math.sin(a), sector.apex_y + sector.r0_px * math.cos(a)
        table = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
        if self._layout.warm:
            grey = np.arange(256, dtype=np.float32)[:, None]
            tint = np.array([[1.0, 0.93, 0.78]], np.float32)
            white = (grey / 255) ** 2
            table = np.rint(grey * (tint + (1 - tint) * white)).astype(np.uint8)
        patient = PATIENTS[s.seed % len(PATIENTS)]
        return Facts(
            scan=(self.box.x0 / unit, self.box.y0 / unit, self.box.x1 / unit, self.box.y1 / unit),
            zero=(self.box.y0 + zero) / unit,
            middle=(self.box.x0 + middle) / unit,
            corner=((self.box.x0 + start[0]) / unit, (self.box.y0 + start[1]) / unit),
            cm=10 / mm / unit,
            patient=patient,
            number=f"000-{s.seed % 10000:04d}",
            age=f"{int(s.age_weeks)}w{int(s.age_weeks % 1 * 7)}d",
            age_weeks=s.age_weeks,
            depth_cm=s.depth_mm / 10,
            focus_cm=s.focus_mm / 10,
            gain=round(48 + 2 * s.gain_db),
            dynamic_range=round(s.dynamic_range_db),
            tgc=s.tgc_db,
            fps=round(s.fps),
            table=table,
            thumbnails=s.thumbnails,
            measured=self._measure() if s.callipers else None,
        )

    def _measure(self) -> tuple[float, float, float, float]:
        """Ends of a calliper somewhere in the scan, units: chance places it, never what the scan shows."""
        rng = np.random.default_rng([self._setting.seed, 19])
        unit = self.height / UNITS
        x0, y0 = self.box.x0 / unit, self.box.y0 / unit
        wide, high = self.box.width / unit, self.box.height / unit
        cx, cy = x0 + wide * rng.uniform(0.35, 0.65), y0 + high * rng.uniform(0.4, 0.75)
        angle, half = rng.uniform(-0.6, 0.6), rng.uniform(0.05, 0.12) * wide
        dx, dy = float(half * np.cos(angle)), float(half * np.sin(angle))
        return float(cx - dx), float(cy - dy), float(cx + dx), float(cy + dy)

    def _over_the_scan(self, facts: Facts) -> list[Overlay]:
        out = []
        pen = Pen(self.width, self.height)
        self._layout.draw_over(pen, facts)
        out.append(Overlay(pen, self._layout.ink))
        if facts.measured is not None:
            x0, y0, x1, y1 = facts.measured
            pen = Pen(self.width, self.height)
            pen.cross(x0, y0, 8, WHITE)
            pen.cross(x1, y1, 8, WHITE)
            pen.dots(x0, y0, x1, y1, WHITE)
            pen.text("1", x1 + 12, y1 + 5, 12)
            out.append(Overlay(pen, self._layout.mark))
        return out

    def _drawn_clock(self, second: int) -> tuple[Box, Pixels]:
        """The clock's place and pixels at a whole second."""
        x, y, size, align = self._layout.clock(UNITS * self.width / self.height)
        hour, minute = 10 + (41 * 60 + second) // 3600, (41 + second // 60) % 60
        words = f"{hour % 24:02d}:{minute:02d}:{second % 60:02d}"
        unit = self.height / UNITS
        wide = 8 * size
        left = x if align == "left" else x - wide
        box = Box(
            round((left - 2) * unit),
            round((y - 1.4 * size) * unit),
            round((left + wide + 2) * unit),
            round((y + 0.5 * size) * unit),
        ).clipped(self.width, self.height)
        if not box.area:
            return box, np.zeros((box.height, box.width, 3), np.uint8)
        red, green, blue = (int(shade) for shade in self._still[box.y0, box.x0])
        pen = Pen(box.width, box.height, (red, green, blue), unit=unit)
        x, y = x - box.x0 / unit, y - box.y0 / unit
        pen.text(words, x, y, size, self._layout.ink, font=self._layout.font, align=align)
        return box, pen.done()
