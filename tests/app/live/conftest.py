"""Scans, predictions and evidence for the tests of the display."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from app.live.policy import MS, Answer
from capture.frame import Pixels, make_frame
from capture.geometry import Box, Region, Sector
from capture.scan import Scan, Signal
from inference.evidence_types import Evidence, Reason, Status, Verdict
from inference.prediction import Placement, Prediction, View

FAN = Sector("convex", apex_x=160.0, apex_y=-20.0, r0_px=40.0, r1_px=220.0, angle0_rad=-0.6, angle1_rad=0.6)


@dataclass
class Maker:
    """Makes what the threads would."""

    width: int = 320
    height: int = 240
    region: Region = field(
        default_factory=lambda: Region(Box(30, 10, 290, 200), 320, 240, FAN, mm_per_px=0.2)
    )

    def scan(
        self,
        index: int,
        captured_ms: float,
        *,
        scan_index: int | None = None,
        repeat: bool = False,
        signal: Signal = Signal.MOVING,
        region: Region | None = None,
        pixels: Pixels | None = None,
    ) -> Scan:
        if pixels is None:
            pixels = np.full((self.height, self.width), 100, np.uint8)
        frame = make_frame(index, round(captured_ms * MS), pixels)
        number = index if scan_index is None else scan_index
        return Scan(frame, region or self.region, number, repeat, signal)

    def prediction(
        self, scan: Scan, heat: NDArray[np.float32] | None = None, view: View = "lip"
    ) -> Prediction:
        box = scan.region.box
        if heat is None:
            heat = np.zeros((64, 64), np.float32)
        side = float(max(box.width, box.height))
        placement = Placement(box.x0 - (side - box.width) / 2, box.y0 - (side - box.height) / 2, side, side)
        at = scan.frame.captured_ns
        return Prediction(scan, 0.8, {"lip": 1.0}, view, 0.9, 0.8, heat, placement, at + 2 * MS, at + 7 * MS)

    def evidence(
        self, instant: float | None = 0.8, smoothed: float | None = 0.8, view: View = "lip"
    ) -> Evidence:
        return Evidence(
            Status.LOOK_AGAIN, Reason.SOME_HITS, view, 0.8, instant, smoothed, 7, 10, {}, (),
            Verdict.NOT_ASSESSED, 0,
        )  # fmt: skip

    def answer(
        self, scan: Scan, heat: NDArray[np.float32] | None = None, evidence: Evidence | None = None
    ) -> Answer:
        return Answer(self.prediction(scan, heat), evidence or self.evidence())


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
def blob() -> Callable[..., NDArray[np.float32]]:
    """A map (64, 64) with one round hot spot at (u, v) in [0, 1]."""

    def made(u: float = 0.5, v: float = 0.5, radius: float = 0.08, peak: float = 0.9) -> NDArray[np.float32]:
        y, x = (np.mgrid[:64, :64] + 0.5) / 64
        away = ((x - u) ** 2 + (y - v) ** 2) / radius**2
        return np.asarray(peak * np.exp(-away), np.float32)

    return made
