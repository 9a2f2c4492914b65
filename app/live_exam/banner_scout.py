"""The thread that looks at the banner now and then: the capture thread only leaves a reference."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.session.banner import BannerWatch
from capture.scan import Scan, Signal
from capture.slot import LatestSlot, SlotClosed

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""Between two looks; a new banner must stay for four of them."""


class BannerScout(threading.Thread):
    """Asks once for each change of the banner.

    Args:
        changed: is called in this thread when another banner has come to stay.
        look_s: between two looks.
        watch: for tests.
    """

    def __init__(
        self, changed: Callable[[], None], look_s: float = LOOK_S, watch: BannerWatch | None = None
    ) -> None:
        super().__init__(name="exam-banner")
        self._changed, self._look_s = changed, look_s
        self._watch = watch or BannerWatch()
        self._scans: LatestSlot[Scan] = LatestSlot()
        self._anew = threading.Event()
        self._stop_asked = threading.Event()

    def offer(self, scan: Scan) -> None:
        """The newest scan; never waits, never copies."""
        self._scans.put(scan)

    def reset(self) -> None:
        """The banner as it is from now on is the right one."""
        self._anew.set()

    def run(self) -> None:
        while not self._stop_asked.wait(self._look_s):
            try:
                scan = self._scans.take(timeout_s=None)
            except SlotClosed:
                return
            if self._anew.is_set():
                self._anew.clear()
                self._watch.reset()
            try:
                if scan is not None and scan.signal is not Signal.BLANK and self._watch.look(scan):
                    self._changed()
            except Exception:
                # A picture that cannot be looked at costs the question, never the exam.
                log.exception("looking at the banner failed")

    def stop(self, timeout_s: float = 3.0) -> None:
        """End the thread; idempotent.

        Raises:
            TimeoutError: it did not end in time.
        """
        self._stop_asked.set()
        self._scans.close()
        if self.is_alive():
            self.join(timeout_s)
        if self.is_alive():
            raise TimeoutError(f"the exam-banner thread did not end within {timeout_s:g} s")
