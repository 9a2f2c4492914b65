"""A clock turned by hand and sources that do as they are told, for tests of live input."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType
from typing import Self

import numpy as np

from capture.frame import Frame, make_frame
from capture.live_reader import Shot
from capture.source import SourceInfo


class HandClock:
    """Time stands still until a wait or `advance` moves it."""

    def __init__(self) -> None:
        self._now_ns = 1_000_000_000
        self.waits: list[float] = []

    def now_ns(self) -> int:
        return self._now_ns

    def advance(self, seconds: float) -> None:
        self._now_ns += int(seconds * 1e9)

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        self.advance(timeout_s)
        return event.is_set()


def picture(
    seed: int = 0, height: int = 48, width: int = 64
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 255, (height, width), np.uint8)


class ScriptedSource:
    """Gives what its script says: a (height, width) is a frame, None is silence, an exception is raised.

    Every read takes `step_s` of the clock. When the script is over, `over` is set and silence follows.
    """

    def __init__(
        self, script: list[tuple[int, int] | Exception | None], clock: HandClock, live: bool = True
    ) -> None:
        self._script = deque(script)
        self._clock = clock
        self._index = 0
        self.info = SourceInfo("screen" if live else "video", "the script", 64, 48, live)
        self.step_s = 1 / 60
        self.over = threading.Event()
        self.closed = threading.Event()

    def __enter__(self) -> Self:
        if self._script and isinstance(self._script[0], Exception):
            self.closed.set()
            raise self._script.popleft()  # type: ignore[misc]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed.set()

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        if not self._script:
            self.over.set()
            self.closed.wait(0.005)
            return None
        step = self._script.popleft()
        if isinstance(step, Exception):
            raise step
        if step is None:
            self._clock.advance(timeout_s)
            return None
        self._clock.advance(self.step_s)
        self._index += 1
        return make_frame(self._index - 1, self._clock.now_ns(), picture(self._index, *step))


class FakeDriver:
    """A driver that gives pictures as they are queued, and can hang."""

    def __init__(self, fps: float | None = 60.0) -> None:
        self.shots: deque[Shot | Exception] = deque()
        self.fps = fps
        self.open_error: Exception | None = None
        self.hang = threading.Event()
        self.hang.set()
        self.hanging = threading.Event()
        self.more = threading.Semaphore(0)
        self.closed = threading.Event()
        self.interrupted = threading.Event()

    def give(self, *shots: Shot | Exception) -> None:
        for shot in shots:
            self.shots.append(shot)
            self.more.release()

    def open(self) -> SourceInfo:
        self.hang.wait(30)
        if self.open_error is not None:
            raise self.open_error
        return SourceInfo("card", "the card", 64, 48, True, fps=self.fps)

    def read(self) -> Shot | None:
        if not self.hang.is_set():
            self.hanging.set()
            self.hang.wait(30)
        if not self.more.acquire(timeout=0.01):
            return None
        shot = self.shots.popleft()
        if isinstance(shot, Exception):
            raise shot
        return shot

    def close(self) -> None:
        self.closed.set()

    def interrupt(self) -> None:
        self.interrupted.set()
