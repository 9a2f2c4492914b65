"""A moving scan with predictions, for tests, figures and the kill test: each picture carries its number."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np

from app.session.writer import ExamWriter
from capture.frame import Frame, Pixels, make_frame
from capture.geometry import Box, Region, Sector
from capture.scan import Scan, Signal
from inference.evidence import EvidenceReader
from inference.prediction import Placement, Prediction, View

BITS = 24
MARK_PX = 8
"""The number is written in blocks of this size inside the scan, so that it survives coding."""


class SyntheticScans:
    """Speckle that changes with every picture, black round it but for a banner that must never be stored.

    Args:
        width: of the frame, px.
        height: of the frame, px.
        colour: RGB instead of grey.
        repeats: how often the wire shows each acoustic picture.
    """

    def __init__(self, width: int = 640, height: int = 480, colour: bool = False, repeats: int = 1) -> None:
        rng = np.random.default_rng(1)
        big = rng.rayleigh(40.0, (height + 64, width + 64)).clip(0, 255).astype(np.uint8)
        self._speckle = np.asarray(cv2.GaussianBlur(big, (0, 0), 1.2), np.uint8)
        self._shape = (height, width)
        self._colour = colour
        self._repeats = repeats
        apex_y = -0.1 * height
        sector = Sector("convex", width / 2, apex_y, 0.2 * height, 1.05 * height, -0.75, 0.75)
        box = Box(round(0.1 * width), round(0.06 * height), round(0.9 * width), round(0.96 * height))
        self.region = Region(box, width, height, sector, "found", 0.1, "phantom")

    def pixels(self, number: int) -> Pixels:
        """Picture `number`: uint8 (h, w) or (h, w, 3)."""
        height, width = self._shape
        at = number % 64
        out = np.ascontiguousarray(self._speckle[at : at + height, 64 - at : 64 - at + width])
        cv2.putText(out, "PLANTED NAME", (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,), 2)
        x, y = self._mark_at()
        for bit in range(BITS):
            out[y : y + MARK_PX, x + bit * MARK_PX : x + (bit + 1) * MARK_PX] = 255 * (number >> bit & 1)
        return np.asarray(cv2.cvtColor(out, cv2.COLOR_GRAY2RGB), np.uint8) if self._colour else out

    def scan(self, index: int, captured_ns: int) -> Scan:
        """Frame `index` of the wire."""
        number = index // self._repeats
        frame: Frame = make_frame(index, captured_ns, self.pixels(number))
        return Scan(frame, self.region, number, index % self._repeats > 0, Signal.MOVING)

    def read_number(self, stored: Pixels) -> int:
        """The number in a stored picture, which is cropped to the scan's box."""
        x, y = self._mark_at()
        x, y = x - self.region.box.x0, y - self.region.box.y0
        grey = stored if stored.ndim == 2 else stored[..., 0]
        half = MARK_PX // 2
        return sum(int(grey[y + half, x + bit * MARK_PX + half] > 127) << bit for bit in range(BITS))

    def _mark_at(self) -> tuple[int, int]:
        height, width = self._shape
        return width // 2 - BITS * MARK_PX // 2, height // 2


def prediction_of(scan: Scan, view: str = "lip", score: float = 0.1, quality: float = 0.8) -> Prediction:
    """What a model might say, at once."""
    now_ns = scan.frame.captured_ns
    views = {"lip": 0.05, "palate": 0.05, "other": 0.05} | {view: 0.9}
    box = scan.region.box
    heat = np.zeros((16, 16), np.float32)
    heat[6:9, 7:10] = score
    heat.flags.writeable = False
    seen: View = "lip" if view == "lip" else "palate" if view == "palate" else "other"
    where = Placement(box.x0, box.y0, box.width, box.height)
    return Prediction(
        scan, score, views, seen, 0.9, quality, heat, where, now_ns + 1_000_000, now_ns + 9_000_000
    )  # fmt: skip


def run_exam(
    writer: ExamWriter,
    scans: SyntheticScans,
    reader: EvidenceReader,
    *,
    seconds: float,
    fps: float = 60.0,
    every: int = 2,
    first: int = 0,
    wait: Callable[[float], object] = time.sleep,
    told: Callable[[int, int], object] = lambda what, captured_ns: None,
) -> int:
    """Feed an exam in real time; the number of frames offered.

    Args:
        writer: of the exam.
        scans: what is seen.
        reader: of the evidence.
        seconds: how long.
        fps: frames a second on the wire.
        every: every how many frames the model answers.
        first: number of the first frame.
        wait: sleeps so many seconds.
        told: is given the capture time of each picture offered (0), predicted (1) and noted (2).
    """
    began = time.monotonic()
    count = 0
    while time.monotonic() - began < seconds:
        scan = scans.scan(first + count, time.monotonic_ns())
        writer.offer(scan)
        if not scan.repeat:
            told(0, scan.frame.captured_ns)
        if count % every == 0:
            palate = int(time.monotonic() - began) % 2 == 1
            prediction = prediction_of(scan, "palate" if palate else "lip", 0.05 + 0.9 * (count % 300 > 240))
            writer.predicted(prediction, reader.update(prediction))
            told(1, scan.frame.captured_ns)
        if count % 30 == 15:
            writer.note(f"frame {first + count}", scan.frame.captured_ns)
            told(2, scan.frame.captured_ns)
        if count % 120 == 60:
            writer.keep(scan, None)
        count += 1
        due = began + count / fps
        wait(max(0.0, due - time.monotonic()))
    return count
