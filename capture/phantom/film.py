"""Acoustic pictures of a sweep, one after the other, on a machine's screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from capture.frame import Pixels
from capture.geometry import Box, Region
from capture.phantom.beam import region_of
from capture.phantom.parameters import OtherKind, Parameters, PhantomView
from capture.phantom.paths import PATHS
from capture.phantom.recipe import DRAWN, Recipe
from capture.phantom.render import Truth, render
from capture.phantom.screen import Screen, Setting, moved_region, scan_box
from capture.phantom.sweep import Sweep, cine


@dataclass(frozen=True, slots=True)
class FrameLabel:
    """What is known of one frame."""

    index: int
    time_s: float
    """Within the clip."""
    view: PhantomView
    other: OtherKind | None
    """What it shows where it is neither view."""
    quality: float
    """1 in the standard plane with everything in sight."""
    cleft: bool
    """A gap is there, and could be seen."""
    judgeable: bool
    offset_mm: float
    tilt_deg: float
    gap_px: float
    """Area of the gap in a picture of the scan whose longer side is 256 pixels."""
    contrast: float
    box: Box | None
    """Around the visible gap, in pixels of the whole picture."""
    contact: float
    moving: tuple[str, ...]
    """What the fetus is doing: mouth, turn, limb, cord."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One acoustic picture as the machine shows it."""

    pixels: Pixels
    """Grey (h, w) of the bare scan, or RGB (h, w, 3) of the whole screen."""
    region: Region
    truth: Truth
    """Of the scan alone: its maps have the scan picture's size, not the screen's."""
    label: FrameLabel


def sweep_of(recipe: Recipe, width: int = 160, height: int = 120) -> Sweep:
    """The probe's way over the fetus of a recipe, for a scan of that size; nothing is drawn yet."""
    r = recipe
    drawn = next((name for name in DRAWN if name == r.view), None)
    return cine(
        r.seed,
        r.cleft,
        width=width,
        height=height,
        stations=PATHS[r.view if drawn is None else "other"],
        extent=r.extent,
        age_weeks=r.age,
        hand=r.hand,
        speed_mm_s=r.speed,
        liveliness=r.liveliness,
        difficulty=r.difficulty,
        zoom=r.zoom,
        drawn=drawn,
        take=r.take,
    )


class Film:
    """Frames of a recipe at its rate.

    Raises:
        ValueError: a kind of cleft or a view that there is not, or a number out of range.
    """

    def __init__(self, recipe: Recipe) -> None:
        r = recipe
        r.check()
        self.recipe = recipe
        self._box = scan_box(r.style, r.width, r.height) if r.style else Box(0, 0, r.width, r.height)
        self.sweep: Sweep = sweep_of(r, self._box.width, self._box.height)
        still = self.sweep.still
        self.fps = r.fps
        scan_region = region_of(still.probe, self._box.height, self._box.width)
        self._screen: Screen | None = None
        self.region = scan_region
        if r.style:
            self._screen = Screen(r.style, r.width, r.height, self._setting(scan_region))
            self.region = moved_region(scan_region, self._box, r.width, r.height)
        self._before: tuple[int, Pixels] | None = None

    def picture(self, number: int) -> Picture:
        """Acoustic picture `number`, from 0; persistence needs them in order, else it starts afresh."""
        r = self.recipe
        time_s = number / r.fps
        seen = self.sweep.parameters_at(r.start + time_s)
        made = render(seen, moving=True, detail=r.detail)
        scan = made.pixels
        if self._before is not None and self._before[0] == number - 1 and r.persistence > 0:
            scan = np.asarray(
                cv2.addWeighted(scan, 1 - r.persistence, self._before[1], r.persistence, 0), np.uint8
            )
        self._before = (number, scan)
        pixels = self._screen.show(scan, time_s) if self._screen else scan.copy()
        return Picture(pixels, self.region, made.truth, self._label(number, seen, made.truth))

    def pictures(self, count: int) -> Iterator[Picture]:
        """The first `count` of them."""
        for number in range(count):
            yield self.picture(number)

    def _label(self, number: int, p: Parameters, truth: Truth) -> FrameLabel:
        time_s = number / self.fps
        at_s = self.recipe.start + time_s
        moving = self.sweep.movements_at(at_s)
        away = p.view == "other"
        return FrameLabel(
            number,
            time_s,
            truth.view,
            p.other,
            truth.quality,
            truth.cleft,
            truth.judgeable,
            0.0 if away else p.offset_mm,
            0.0 if away else p.tilt_deg,
            truth.gap_px if truth.cleft else 0.0,
            truth.contrast,
            self._gap_box(truth) if truth.cleft else None,
            self.sweep.contact_at(at_s),
            tuple(sorted({movement.kind for movement in moving})),
        )

    def _gap_box(self, truth: Truth) -> Box | None:
        """Around the gap, on the screen."""
        rows, columns = np.nonzero(truth.gap > 127)
        if not rows.size:
            return None
        high, wide = truth.gap.shape
        kx, ky = self._box.width / wide, self._box.height / high
        return Box(
            self._box.x0 + int(columns.min() * kx),
            self._box.y0 + int(rows.min() * ky),
            self._box.x0 + int(np.ceil((columns.max() + 1) * kx)),
            self._box.y0 + int(np.ceil((rows.max() + 1) * ky)),
        )

    def _setting(self, region: Region) -> Setting:
        still, r = self.sweep.still, self.recipe
        small = replace(still, width=160, height=max(48, round(160 * still.height / still.width)))
        few = replace(self.sweep, still=small)
        kept = 2 + r.seed % 3 if r.style in ("b", "e") else 0
        times = np.linspace(0.15, 0.9, max(kept, 1))[:kept] * self.sweep.duration_s
        return Setting(
            region=region,
            depth_mm=still.probe.depth_mm,
            focus_mm=still.machine.focus_mm,
            gain_db=still.machine.gain_db,
            dynamic_range_db=still.machine.dynamic_range_db,
            tgc_db=still.machine.tgc_db,
            fps=r.fps,
            age_weeks=still.fetus.age_weeks,
            seed=r.seed,
            clock_s=r.clock + r.start,
            callipers=r.callipers,
            thumbnails=tuple(
                render(few.parameters_at(float(t)), moving=True, detail=0.6).pixels for t in times
            ),
        )
