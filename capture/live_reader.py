"""A live source on top of a driver whose calls may block: they stay in a thread of their own."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol, Self

from capture.clock import Clock, SystemClock
from capture.frame import Frame, Pixels, make_frame
from capture.slot import LatestSlot, SlotClosed
from capture.source import SourceError, SourceInfo, SourceLostError

log = logging.getLogger(__name__)

RATE_TOLERANCE = 0.1
"""Share by which the measured rate may miss the one asked for; 59.94 against 60 is 0.001, 50 is 0.17."""
_INTERRUPTS = 5
WARM_UP_S, MEASURE_S = 0.5, 1.0
"""The first pictures come in a burst, or late; after them the rate is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture from a driver; the array is given away."""

    pixels: Pixels
    captured_ns: int
    mm_per_px: float | None = None
    interlaced: bool = False
    """Whether it was made from fields."""


class Driver(Protocol):
    """A device as its library gives it. Every call but `interrupt` comes from one thread, and may block."""

    def open(self) -> SourceInfo:
        """Open the device.

        Raises:
            UnreadableSourceError: trying again will not help.
            SourceLostError: it is not there, or busy; it may come.
        """
        ...

    def read(self) -> Shot | None:
        """The next picture, or None when there was none this time.

        Raises:
            SourceLostError: the device has gone.
        """
        ...

    def close(self) -> None:
        """Let the device go; also called when `open` failed."""
        ...

    def interrupt(self) -> None:
        """From any thread: make a blocked call return soon, where the library can."""
        ...


class LiveSource:
    """A `FrameSource` that never blocks: a reader thread drives the device, the newest picture wins.

    A driver call that hangs is left behind in its thread: it is logged, and the program goes on.
    """

    def __init__(
        self,
        driver: Driver,
        name: str,
        *,
        open_s: float = 10.0,
        silent_s: float | None = 3.0,
        close_s: float = 1.5,
        clock: Clock | None = None,
    ) -> None:
        """Name a device without touching it.

        Args:
            driver: the device.
            name: what people call it.
            open_s: how long opening may take.
            silent_s: after so long without a picture the device counts as lost; None where silence is normal.
            close_s: how long closing waits for the driver.
            clock: time.
        """
        self._driver = driver
        self._name = name
        self._open_s, self._silent_s, self._close_s = open_s, silent_s, close_s
        self._clock = clock or SystemClock()
        self._slot: LatestSlot[Frame] = LatestSlot()
        self._opened = threading.Event()
        self._stop = threading.Event()
        self._info: SourceInfo | None = None
        self._failure: SourceError | None = None
        self._last_ns = 0
        self._thread: threading.Thread | None = None

    @property
    def info(self) -> SourceInfo:
        """What the device says; replaced when its format changes or its real rate is known.

        Raises:
            SourceError: the source is not open.
        """
        if self._info is None:
            raise SourceError(f"{self._name} is not open")
        return self._info

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise SourceError(f"{self._name} was opened before; make a new source to open it again")
        # A daemon, alone among the threads: a driver call that never returns must not keep the program from
        # ending. In every other case __exit__ has joined it.
        self._thread = threading.Thread(target=self._drive, name=f"reader {self._name}", daemon=True)
        self._last_ns = self._clock.now_ns()
        self._thread.start()
        self._opened.wait(self._open_s)
        if self._info is not None and not self._stop.is_set():
            return self
        self._close()
        raise self._failure or SourceLostError(f"{self._name} did not answer within {self._open_s:g} s")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        try:
            frame = self._slot.take(timeout_s)
        except SlotClosed:
            raise self._failure or SourceLostError(f"{self._name} is closed") from None
        now_ns = self._clock.now_ns()
        if frame is not None:
            self._last_ns = now_ns
        elif self._silent_s is not None and now_ns - self._last_ns > self._silent_s * 1e9:
            raise SourceLostError(f"{self._name} has sent no picture for {self._silent_s:g} s")
        return frame

    def interrupt(self) -> None:
        """From any thread: end a wait in `__enter__` or `read`; the source is then closed."""
        self._stop.set()
        self._driver.interrupt()
        self._slot.close()
        self._opened.set()

    def _close(self) -> None:
        thread = self._thread
        self._stop.set()
        if thread is None or not thread.is_alive():
            return
        for _ in range(_INTERRUPTS):
            # Again and again: the driver may have been about to block.
            self._driver.interrupt()
            thread.join(self._close_s / _INTERRUPTS)
            if not thread.is_alive():
                return
        log.warning("%s: its driver does not return; it is left behind", self._name)

    def _drive(self) -> None:
        """The reader thread: open, read until told to stop, close."""
        try:
            self._info = self._driver.open()
            self._opened.set()
            self._pump()
        except SourceError as error:
            self._failure = error
        except Exception as error:
            log.exception("%s: the driver failed", self._name)
            self._failure = SourceLostError(f"{self._name}: {_one_line(error)}")
        finally:
            try:
                self._driver.close()
            except Exception:
                log.exception("%s: closing failed", self._name)
            self._slot.close()
            self._opened.set()

    def _pump(self) -> None:
        index = 0
        rate = _Rate()
        while not self._stop.is_set():
            shot = self._driver.read()
            if shot is None:
                continue
            frame = make_frame(index, shot.captured_ns, shot.pixels, mm_per_px=shot.mm_per_px)
            index += 1
            self._note(frame, rate.measured(shot.captured_ns), shot.interlaced)
            self._slot.put(frame)

    def _note(self, frame: Frame, measured_fps: float | None, interlaced: bool) -> None:
        """Keep `info` true: the picture as it is now, and the rate once it is known."""
        info = self.info
        now = (frame.width, frame.height, interlaced or info.interlaced)
        if (info.width, info.height, info.interlaced) != now:
            self._info = info = replace(info, width=now[0], height=now[1], interlaced=now[2])
        if measured_fps is None:
            return
        asked = info.fps
        if asked is not None and abs(measured_fps - asked) > RATE_TOLERANCE * asked:
            told = f"asked for {asked:.4g} frames a second, {self._name} gives {measured_fps:.1f}"
            self._info = replace(info, fps=measured_fps, warnings=(*info.warnings, told))
        elif asked is None:
            self._info = replace(info, fps=measured_fps)


class _Rate:
    """Frames a second, measured once."""

    def __init__(self) -> None:
        self._first_ns: int | None = None
        self._start_ns: int | None = None
        self._count = 0
        self._done = False

    def measured(self, captured_ns: int) -> float | None:
        """The rate when it has just become known, else None."""
        if self._done:
            return None
        if self._first_ns is None:
            self._first_ns = captured_ns
        if self._start_ns is None:
            if captured_ns - self._first_ns >= WARM_UP_S * 1e9:
                self._start_ns = captured_ns
            return None
        self._count += 1
        if captured_ns - self._start_ns < MEASURE_S * 1e9:
            return None
        self._done = True
        return self._count * 1e9 / (captured_ns - self._start_ns)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
