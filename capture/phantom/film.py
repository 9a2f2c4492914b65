"""Acoustic pictures of a sweep, one after the other, on a machine's screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from capture.frame import Pixels
from capture.geometry import Region
from capture.phantom.beam import region_of
from capture.phantom.parameters import CleftKind
from capture.phantom.render import Truth, render
from capture.phantom.screen import Screen, Style, moved_region, scan_box
from capture.phantom.sweep import FULL_EXAM, Station, Sweep, cine

Path = Literal["sweep", "lip", "palate", "profile", "other"]
PATHS: dict[str, tuple[Station, ...]] = {
    "sweep": FULL_EXAM,
    "lip": (Station(0.0, "lip", 0.2, (0, 1), 3, 40), Station(8.0, "lip", -0.2, (1, 0), -3, 40)),
    "palate": (Station(0.0, "palate", 0.2, (0, 1), 3, 43), Station(8.0, "palate", -0.2, (1, 0), -3, 43)),
    "profile": (Station(0.0, "profile", 0.3, (0, 1), -4, 46), Station(8.0, "profile", -0.3, (1, 0), 2, 46)),
    "other": (Station(0.0, "posterior", -14, (6, 4), 20, 50), Station(8.0, "posterior", -9, (-4, 6), 0, 48)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One acoustic picture as the machine shows it."""

    pixels: Pixels
    """Grey (h, w) of the bare scan, or RGB (h, w, 3) of the whole screen."""
    region: Region
    truth: Truth
    """Of the scan alone: its maps have the scan picture's size, not the screen's."""


class Film:
    """Frames of a sweep at a fixed rate; `style` None shows the bare scan.

    Raises:
        ValueError: a kind of cleft or a path that there is not, or a picture too small or too large to draw.
    """

    def __init__(
        self,
        seed: int = 0,
        cleft: CleftKind = "uni_left",
        *,
        path: str = "sweep",
        width: int = 800,
        height: int = 600,
        style: Style | None = None,
        fps: float = 28.0,
        persistence: float = 0.3,
        detail: float = 1.0,
    ) -> None:
        if not (160 <= width <= 4096 and 120 <= height <= 4096):
            raise ValueError(f"expected a size from 160x120 to 4096x4096, got {width}x{height}")
        if path not in PATHS:
            raise ValueError(f"expected a view among {', '.join(PATHS)}, got {path}")
        if not 0 < fps <= 1000:
            raise ValueError(f"expected a rate of 0 to 1000 frames a second, got {fps:g}")
        box = scan_box(style, width, height) if style else None
        inner = (box.width, box.height) if box else (width, height)
        self.sweep: Sweep = cine(seed, cleft, width=inner[0], height=inner[1], stations=PATHS[path])
        self.fps, self._persistence, self._detail = fps, persistence, detail
        self._scan_region = region_of(self.sweep.still.probe, inner[1], inner[0])
        self._screen = (
            Screen(style, width, height, self._scan_region, self.sweep.still.probe.depth_mm)
            if style
            else None
        )
        self.region = moved_region(self._scan_region, box, width, height) if box else self._scan_region
        self._before: tuple[int, Pixels] | None = None

    def picture(self, number: int) -> Picture:
        """Acoustic picture `number`, from 0; persistence needs them in order, else it starts afresh."""
        time_s = number / self.fps
        made = render(self.sweep.parameters_at(time_s), moving=True, detail=self._detail)
        scan = made.pixels
        if self._before is not None and self._before[0] == number - 1 and self._persistence > 0:
            keep = self._persistence
            scan = np.asarray(cv2.addWeighted(scan, 1 - keep, self._before[1], keep, 0), np.uint8)
        self._before = (number, scan)
        pixels = self._screen.show(scan, time_s) if self._screen else scan.copy()
        return Picture(pixels, self.region, replace(made.truth))
