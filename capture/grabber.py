"""The capture thread: owns the source, hands every frame to the sinks, and keeps the connection up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from capture.clock import Clock, SystemClock
from capture.frame import Frame
from capture.link import Link, LinkState
from capture.source import (
    EndOfSource,
    FrameSource,
    SourceError,
    SourceInfo,
    UnreadableSourceError,
)

log = logging.getLogger(__name__)

STALL_S = 0.4
"""Without a frame for so long a live source counts as stalled."""
BACK_OFF_S = (0.25, 0.5, 1.0, 2.0, 5.0)
NEWS_S = 5.0
"""How long the notice of a format change stands."""
READ_S = 0.1
STOP_S = 2.0


@runtime_checkable
class Interruptible(Protocol):
    """A source whose waits can be ended from another thread."""

    def interrupt(self) -> None: ...


class Grabber(threading.Thread):
    """Reads one source until told to stop.

    A live source that fails is opened again with growing pauses, without end. A recording that ends stays
    open: a player may seek back and go on. One that cannot be read is given up.
    """

    def __init__(
        self,
        open_: Callable[[], FrameSource],
        sinks: Sequence[Callable[[Frame], None]],
        on_link: Callable[[Link], None],
        clock: Clock | None = None,
        on_fault: Callable[[Exception], None] | None = None,
    ) -> None:
        """Prepare the thread; `start` begins.

        Args:
            open_: makes the source, not yet entered; called again for every reconnection.
            sinks: each gets every frame, in the capture thread; must not wait.
            on_link: told of every change of the connection, in the capture thread.
            clock: time.
            on_fault: told when a sink raises, once until it works again.
        """
        super().__init__(name="capture")
        self._open = open_
        self._sinks = list(sinks)
        self._on_link = on_link
        self._on_fault = on_fault
        self._clock = clock or SystemClock()
        self._stop_asked = threading.Event()
        self._link = Link(LinkState.OPENING, self._clock.now_ns())
        self._source: FrameSource | None = None
        self._faulty: set[int] = set()
        self._was_live = False
        self._size: tuple[int, int] | None = None

    @property
    def link(self) -> Link:
        """How the connection stands now."""
        return self._link

    def stop(self, timeout_s: float = STOP_S) -> None:
        """End the thread and close the source; safe to call twice, and before `start`.

        Raises:
            TimeoutError: the thread did not end in time.
        """
        self._stop_asked.set()
        source = self._source
        if isinstance(source, Interruptible):
            source.interrupt()
        if self.ident is None:
            return
        self.join(timeout_s)
        if self.is_alive():
            raise TimeoutError(f"the capture thread did not end within {timeout_s:g} s")

    def run(self) -> None:
        attempt = 0
        self._publish(Link(LinkState.OPENING, self._clock.now_ns()))
        while not self._stop_asked.is_set():
            seen_before = self._was_live
            self._was_live = False
            error = self._once()
            if error is None or self._stop_asked.is_set():
                return
            attempt = 1 if self._was_live else attempt + 1
            self._was_live = self._was_live or seen_before
            if self._is_final(error):
                self._publish(
                    Link(LinkState.FAILED, self._clock.now_ns(), str(error), self._link.info, attempt)
                )
                return
            self._publish(
                Link(LinkState.RECONNECTING, self._clock.now_ns(), str(error), self._link.info, attempt)
            )
            pause_s = BACK_OFF_S[min(attempt, len(BACK_OFF_S)) - 1]
            if self._clock.wait(self._stop_asked, pause_s):
                return

    def _is_final(self, error: SourceError) -> bool:
        info = self._link.info
        if info is not None and not info.live:
            return True
        return isinstance(error, UnreadableSourceError) and not self._was_live

    def _once(self) -> SourceError | None:
        """Open and read until the source fails (the error) or stop is asked for (None)."""
        try:
            self._source = self._open()
            if self._stop_asked.is_set():
                return None
            with self._source as source:
                self._read(source)
        except SourceError as error:
            return error
        except Exception as error:
            log.exception("the source failed in a way it should not")
            return SourceError(f"the source failed: {error}")
        finally:
            self._source = None
        return None

    def _read(self, source: FrameSource) -> None:
        last_ns = self._clock.now_ns()
        ended = False
        while not self._stop_asked.is_set():
            try:
                frame = source.read(READ_S)
            except EndOfSource as end:
                if not ended:
                    ended = True
                    self._publish(Link(LinkState.ENDED, self._clock.now_ns(), end.missing or "", source.info))
                self._clock.wait(self._stop_asked, READ_S / 5)
                continue
            now_ns = self._clock.now_ns()
            if frame is not None:
                last_ns, ended = now_ns, False
                self._live(frame, source.info, now_ns)
                self._hand_out(frame)
            elif (
                source.info.live
                and now_ns - last_ns >= STALL_S * 1e9
                and self._link.state is not LinkState.STALLED
            ):
                told = f"no picture from {source.info.name}"
                self._publish(Link(LinkState.STALLED, last_ns, told, source.info, self._link.attempt))

    def _live(self, frame: Frame, info: SourceInfo, now_ns: int) -> None:
        """Keep the link true while frames come."""
        size = frame.width, frame.height
        if (info.width, info.height) != size:
            info = replace(info, width=frame.width, height=frame.height)
        link, message = self._link, self._link.message
        if link.state is not LinkState.LIVE or now_ns - link.since_ns > NEWS_S * 1e9:
            message = ""
        if self._size not in (None, size):
            was = self._size or size
            message = f"the picture changed from {was[0]}x{was[1]} to {size[0]}x{size[1]}"
        self._size = size
        self._was_live = True
        if link.state is not LinkState.LIVE or message != link.message or info != link.info:
            since_ns = link.since_ns if (link.state is LinkState.LIVE and message == link.message) else now_ns
            self._publish(Link(LinkState.LIVE, since_ns, message, info))

    def _hand_out(self, frame: Frame) -> None:
        for number, sink in enumerate(self._sinks):
            try:
                sink(frame)
            except Exception as error:
                if number not in self._faulty:
                    self._faulty.add(number)
                    log.exception("a receiver of frames failed")
                    if self._on_fault is not None:
                        self._on_fault(error)
            else:
                self._faulty.discard(number)

    def _publish(self, link: Link) -> None:
        self._link = link
        try:
            self._on_link(link)
        except Exception:
            log.exception("the listener to the connection failed")
