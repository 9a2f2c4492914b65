"""What all recordings share: frames by index, times, the next frame, and what was missing at the end."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from capture.frame import Frame, Pixels, make_frame
from capture.source import EndOfSource, SourceInfo


class DamagedFrameError(Exception):
    """One frame cannot be decoded; others may be."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What opening a recording has found."""

    info: SourceInfo
    times_s: tuple[float, ...]
    """Of every frame that may be there, seconds from the first."""
    declared: int | None = None
    """How many frames the file says it has, where that is more than there are."""


class Recording(ABC):
    """A `SeekableSource` over frames that are decoded one at a time, by index.

    A frame that cannot be decoded is left out, so indices may jump; `EndOfSource.missing` counts them.
    """

    noun = "frames"

    def __init__(self) -> None:
        self._contents: Contents | None = None
        self._next = 0
        self._lost: set[int] = set()

    @abstractmethod
    def _open(self) -> Contents:
        """Open and look; raises `SourceError`."""

    @abstractmethod
    def _decode(self, index: int) -> Pixels:
        """The displayed pixels of a frame; raises `DamagedFrameError` or `SourceError`."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of everything; called once for each `_open`, also after it failed."""

    def _mm_per_px(self, index: int) -> float | None:
        return self.info.mm_per_px

    @property
    def info(self) -> SourceInfo:
        return self._opened.info

    @property
    def times_s(self) -> tuple[float, ...]:
        return self._opened.times_s

    @property
    def _opened(self) -> Contents:
        if self._contents is None:
            raise RuntimeError("expected an open source: use it in a with statement")
        return self._contents

    def seek(self, index: int) -> None:
        if not 0 <= index < len(self.times_s):
            raise IndexError(f"expected an index from 0 to {len(self.times_s) - 1}, got {index}")
        self._next = index

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        times = self.times_s
        until = time.monotonic() + timeout_s
        while self._next < len(times):
            index = self._next
            self._next += 1
            try:
                pixels = self._decode(index)
            except DamagedFrameError:
                self._lost.add(index)
                if time.monotonic() >= until:
                    return None
                continue
            return make_frame(index, time.monotonic_ns(), pixels, times[index], self._mm_per_px(index))
        raise EndOfSource(self.missing)

    @property
    def missing(self) -> str | None:
        """What could not be read so far, in words; None while nothing is known to be missing."""
        there = len(self.times_s)
        total = max(self._opened.declared or 0, there)
        readable = there - len(self._lost)
        if readable == total:
            return None
        if total > there:
            return f"the file ends early: {readable} of {total} {self.noun} could be read"
        return f"{total - readable} of {total} {self.noun} are damaged and were left out"

    def __enter__(self) -> Self:
        self._next = 0
        self._lost.clear()
        try:
            self._contents = contents = self._open()
        except BaseException:
            self._close()
            raise
        if self.missing:
            info = replace(contents.info, warnings=(*contents.info.warnings, self.missing))
            self._contents = replace(contents, info=info)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._contents = None
        self._close()
