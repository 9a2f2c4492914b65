"""One source's way in: capture thread, region thread, signal monitor; frames become scans here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from capture.clock import Clock, SystemClock
from capture.frame import Frame
from capture.geometry import Region
from capture.grabber import Grabber
from capture.link import Link
from capture.region.scout import RegionScout
from capture.region.tracker import Choose
from capture.scan import Scan, Signal
from capture.signals import SignalMonitor
from capture.source import FrameSource

STANDING_NS = 150_000_000
"""A frame that is the newest for so long stands."""

OpenSource = Callable[[], FrameSource]


class Receiver(Protocol):
    """Who is told, in the capture thread; none of these may wait."""

    def scan_came(self, scan: Scan) -> None: ...
    def signal_changed(self, signal: Signal) -> None: ...
    def link_came(self, link: Link) -> None: ...
    def fault(self, where: str) -> Callable[[Exception], None]: ...
    def end(self, name: str, stop: Callable[[float], object]) -> None: ...


class Intake:
    """Made anew for every source, so that nothing of the last one mixes in."""

    def __init__(
        self,
        open_: OpenSource,
        receiver: Receiver,
        region: Region | None = None,
        clock: Clock | None = None,
        choose: Choose | None = None,
    ) -> None:
        """Build the threads.

        Args:
            open_: makes the source, called in the capture thread, again after every loss.
            receiver: is told of scans and changes.
            region: a preset or one by hand; None finds it.
            clock: for tests.
            choose: looks for a kept region by the first frame of every size.
        """
        self._receiver = receiver
        self._clock = clock or SystemClock()
        self._monitor = SignalMonitor()
        self._signal = Signal.MOVING
        self._still = False
        self._cut = threading.Event()
        self._placing = threading.Lock()
        # Guarded by the lock:
        self._last: Scan | None = None
        self.scout = RegionScout(region, choose)
        self._grabber = Grabber(open_, [self._take], self._link, self._clock, receiver.fault("capture"))

    def start(self) -> None:
        self.scout.start()
        self._grabber.start()

    def stop(self) -> None:
        """End both threads; should a driver hang, nothing it still gives reaches the next picture."""
        self._cut.set()
        self._receiver.end("capture", self._grabber.stop)
        self._receiver.end("region", self.scout.stop)

    def _link(self, link: Link) -> None:
        if not self._cut.is_set():
            self._still = link.info is not None and link.info.frames == 1
            self._receiver.link_came(link)

    def refresh(self, anew: bool = False) -> None:
        """Place a standing frame again: after it, of a still or a paused film, none follows.

        Called now and then, from any thread. Without `anew` only where the region has changed since; with it
        the frame counts as one that the model has not seen.
        """
        with self._placing:
            last = self._last
            if last is None or self._cut.is_set():
                return
            frame = last.frame
            standing = self._clock.now_ns() - frame.captured_ns > STANDING_NS
            if standing and (anew or self.scout.current(frame.width, frame.height) != last.region):
                self._place(frame, anew)

    def _take(self, frame: Frame) -> None:
        if self._cut.is_set():
            return
        self.scout.offer(frame)
        with self._placing:
            self._place(frame)

    def _place(self, frame: Frame, anew: bool = False) -> None:
        scan = self._monitor.look(frame, self.scout.current(frame.width, frame.height))
        if self._still and scan.signal is Signal.FROZEN:
            scan = replace(scan, signal=Signal.MOVING)
        if anew:
            scan = replace(scan, repeat=False)
        self._last = scan
        if scan.signal is not self._signal:
            self._signal = scan.signal
            self._receiver.signal_changed(scan.signal)
        self._receiver.scan_came(scan)
