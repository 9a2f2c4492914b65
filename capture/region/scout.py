"""The region finder of a live source, in a thread of its own: capture never waits for it."""

from __future__ import annotations

import logging
import os
import sys
import threading

from capture.frame import Frame
from capture.geometry import Region
from capture.region.tracker import Choose, RegionTracker
from capture.slot import LatestSlot, SlotClosed

log = logging.getLogger(__name__)

_REST_S = 0.03
"""Pause between frames once the region stands: thirty looks a second see a change soon enough."""
NICE = 10
"""Priority of the thread: a core that the live picture wants is not worth a look a little earlier."""


class RegionScout(threading.Thread):
    """Follows the newest frames; any thread may ask where the scan is."""

    def __init__(self, region: Region | None = None, choose: Choose | None = None) -> None:
        """Prepare the thread; `start` begins.

        Args:
            region: in force from the start: a preset, or one by hand (which stays until `set_manual`).
            choose: looks for a kept preset on the first frame of every size; called in this thread.
        """
        super().__init__(name="region")
        self._frames: LatestSlot[Frame] = LatestSlot()
        self._stop_asked = threading.Event()
        self._change = threading.Lock()
        self._manual = region if region is not None and region.origin == "manual" else None
        self._choose = choose
        self._tracker = RegionTracker(region if self._manual is None else None, choose=choose)
        self._found: Region | None = region if self._manual is None else None
        self._reason: str | None = None
        self._whole: Region | None = None

    def offer(self, frame: Frame) -> None:
        """Show the finder a frame; never waits, the newest wins."""
        if self._manual is None:
            self._frames.put(frame)

    def current(self, width: int, height: int) -> Region:
        """The region in force for frames of that size; the whole picture while none is found."""
        for region in (self._manual, self._found):
            if region is not None and region.fits(width, height):
                return region
        whole = self._whole
        if whole is None or not whole.fits(width, height):
            whole = self._whole = Region.whole(width, height)
        return whole

    @property
    def reason(self) -> str | None:
        """Why the whole picture is in force, in words; None where a region is."""
        return None if self._manual is not None else self._reason

    def set_manual(self, region: Region | None) -> None:
        """Put a region by hand (or a chosen preset) in force until told otherwise; None finds it again."""
        with self._change:
            self._manual = region
            if region is None:
                self._tracker = RegionTracker(choose=self._choose)
                self._found = None

    def run(self) -> None:
        _stand_back()
        while not self._stop_asked.is_set():
            try:
                frame = self._frames.take(timeout_s=None)
            except SlotClosed:
                return
            if frame is None:
                continue
            with self._change:
                tracker = self._tracker
            try:
                region = tracker.feed(frame)
            except Exception:
                # A picture the finder cannot digest costs the region, never the live picture.
                log.exception("finding the region failed")
                region = Region.whole(frame.width, frame.height)
            with self._change:
                if tracker is self._tracker:
                    self._found = region if region.origin != "whole" else None
                    self._reason = tracker.reason
            if tracker.steady:
                self._stop_asked.wait(_REST_S)

    def stop(self, timeout_s: float = 2.0) -> None:
        """End the thread; idempotent.

        Raises:
            TimeoutError: it did not end in time.
        """
        self._stop_asked.set()
        self._frames.close()
        if self.is_alive():
            self.join(timeout_s)
        if self.is_alive():
            raise TimeoutError(f"the region thread did not end within {timeout_s:g} s")


def _stand_back() -> None:
    """Let the threads of the live picture go first; Linux alone gives a thread a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
