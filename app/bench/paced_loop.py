"""A live source for measuring: frames that are in memory already, handed out by the clock as a card would."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from capture.frame import Frame, Pixels, make_frame
from capture.geometry import Box, Region, Sector, region_mask
from capture.source import SourceInfo


class PacedLoop:
    """Gives one picture after the other, for ever, `fps` a second, each a fresh copy.

    The pace is kept by an absolute time-table: a late frame does not shift those after it. A reader that
    misses a whole period loses that frame, as with a card: the index jumps.
    """

    def __init__(
        self,
        pictures: Sequence[Pixels],
        fps: float,
        name: str = "loop in memory",
        *,
        scan_rate_hz: float | None = None,
    ) -> None:
        """`scan_rate_hz`: of new pictures; below `fps` they repeat, as on a scanner's video output."""
        height, width = pictures[0].shape[:2]
        self.info = SourceInfo("phantom", name, width, height, live=True, fps=fps)
        self._pictures = pictures
        self._period_ns = 1e9 / fps
        self._scans_a_frame = 1.0 if scan_rate_hz is None else min(1.0, scan_rate_hz / fps)
        self._start_ns = 0
        self._index = 0

    def __enter__(self) -> Self:
        self._start_ns = time.monotonic_ns()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        due_ns = self._start_ns + round(self._index * self._period_ns)
        wait_s = (due_ns - time.monotonic_ns()) / 1e9
        if wait_s > timeout_s:
            time.sleep(timeout_s)
            return None
        if wait_s > 0:
            time.sleep(wait_s)
        now_ns = time.monotonic_ns()
        self._index = max(self._index, int((now_ns - self._start_ns) / self._period_ns))
        picture = self._pictures[int(self._index * self._scans_a_frame) % len(self._pictures)]
        self._index += 1
        # The copy is what a card's driver costs; the stamp is taken when the picture is there.
        return make_frame(self._index - 1, time.monotonic_ns(), picture.copy())


def drawn_screens(count: int, width: int = 1920, height: int = 1080, seed: int = 0) -> list[Pixels]:
    """Screens of a machine with a convex sector whose speckle drifts and whose face sways.

    Returns:
        uint8 (height, width) each; every sector differs from the one before.
    """
    scale = height / 1080
    box = Box(round(300 * scale), round(60 * scale), round(width - 300 * scale), round(1000 * scale))
    sector = Sector("convex", width / 2, -150 * scale, 260 * scale, 1150 * scale, -0.62, 0.62)
    mask = region_mask(Region(box, width, height, sector))
    grain = np.random.default_rng(seed).normal(0.0, 1.0, (height, width)).astype(np.float32)
    speckle = cv2.GaussianBlur(grain, (0, 0), 2.5 * scale)
    speckle = speckle * np.float32(40.0 / float(speckle.std()))
    screens = []
    for number in range(count):
        sway = np.sin(2 * np.pi * number / count)
        tissue = np.roll(speckle, (7 * number, 3 * number), (0, 1)) + 90.0
        middle = (round(width / 2 + 40 * scale * sway), round(560 * scale))
        cv2.ellipse(tissue, middle, (round(230 * scale), round(300 * scale)), 0, 0, 360, 170.0, -1)
        gap = (round(middle[0] - 20 * scale), round(520 * scale)), (middle[0], round(600 * scale))
        cv2.line(tissue, *gap, 20.0, max(1, round(24 * scale)))
        tissue += np.roll(speckle, -5 * number, 0) * 0.4
        screen = cv2.copyTo(np.clip(tissue, 0, 255).astype(np.uint8), mask)
        cv2.putText(screen, "OB  21w3d  MI 1.1", (40, 40), cv2.FONT_HERSHEY_SIMPLEX, scale, 200, 2)
        screens.append(np.asarray(screen, np.uint8))
    return screens
