"""What of the recording is wanted: all of it, or clips; and the seconds before somebody asked. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from capture.geometry import Region

Mode = Literal["exam", "clips", "off"]


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """One coded picture on its way to disk."""

    data: bytes
    check: int
    """CRC-32 of `data`."""
    captured_ns: int
    frame_index: int
    scan_index: int
    fetus: int
    region: Region
    """In the source's frame."""
    codec: str
    lossless: bool
    width: int
    height: int
    colour: bool
    ticks_px: float | None = None
    """Distance of the depth marks beside the scan; None where there are none, or the scale is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """To be stored; `starts` after a stretch that is not."""

    coded: Coded
    starts: bool


class ClipGate:
    """Decides which coded pictures are stored; holds the newest ones back until it is known.

    Args:
        mode: all, clips, or nothing.
        clip_ns: how much is wanted before and after a mark.
        ring_ns: how far back a mark or a change to "exam" reaches.
        ring_bytes: what may be held back; the oldest go first.
    """

    def __init__(self, mode: Mode, clip_ns: int, ring_ns: int, ring_bytes: int) -> None:
        self.mode: Mode = mode
        self.unwanted = 0
        """Pictures that were let go."""
        self._clip_ns = clip_ns
        self._ring_ns = ring_ns
        self._ring_bytes = ring_bytes
        self._ring: deque[list[Coded | bool]] = deque()
        self._held = 0
        self._until_ns = -1
        self._open = False
        """Whether the picture before was stored."""

    @property
    def held_bytes(self) -> int:
        return self._held

    def feed(self, coded: Coded) -> list[Wanted]:
        """The next picture; what is to be stored now."""
        if self.mode == "off":
            self.unwanted += 1
            self._open = False
            return []
        if self.mode == "exam":
            return [self._store(coded)]
        now = coded.captured_ns <= self._until_ns
        self._ring.append([coded, now])
        self._held += len(coded.data)
        wanted = [self._store(coded)] if now else []
        self._open = now
        self._forget(coded.captured_ns)
        return wanted

    def mark(self, captured_ns: int) -> list[Wanted]:
        """A moment worth keeping, with what was round it."""
        if self.mode != "clips":
            return []
        from_ns = captured_ns - self._clip_ns
        self._until_ns = max(self._until_ns, captured_ns + self._clip_ns)
        return list(self._take(from_ns, self._until_ns))

    def set_mode(self, mode: Mode) -> list[Wanted]:
        """Record all from now on and what was held back; or clips; or nothing."""
        wanted: list[Wanted] = []
        if mode == "exam" and self.mode == "clips":
            newest = self._newest_ns()
            wanted = list(self._take(newest - self._ring_ns, newest))
        if mode != self.mode:
            self._clear()
            self._until_ns = -1
            self._open = mode == "exam" and bool(wanted)
        self.mode = mode
        return wanted

    def end(self) -> None:
        """Let go of what was held back."""
        self._clear()

    def _store(self, coded: Coded) -> Wanted:
        wanted = Wanted(coded, not self._open)
        self._open = True
        return wanted

    def _take(self, from_ns: int, to_ns: int) -> Iterator[Wanted]:
        """What is held back of that time and not stored yet, with the picture that stood at its beginning."""
        entries = list(self._ring)
        first = 0
        for at, (coded, _) in enumerate(entries):
            assert isinstance(coded, Coded)
            if coded.captured_ns <= from_ns:
                first = at
        for at, entry in enumerate(entries[first:], first):
            coded, stored = entry
            assert isinstance(coded, Coded)
            if stored or coded.captured_ns > to_ns:
                continue
            entry[1] = True
            before = at > 0 and bool(entries[at - 1][1])
            yield Wanted(coded, not before or at == first)
        if entries:
            self._open = bool(entries[-1][1])

    def _newest_ns(self) -> int:
        if not self._ring:
            return 0
        coded = self._ring[-1][0]
        assert isinstance(coded, Coded)
        return coded.captured_ns

    def _forget(self, now_ns: int) -> None:
        """Drop what is too old, but never the picture that stands on the screen."""
        while len(self._ring) > 1:
            second = self._ring[1][0]
            assert isinstance(second, Coded)
            if now_ns - second.captured_ns < self._ring_ns and self._held <= self._ring_bytes:
                return
            self._drop()

    def _drop(self) -> None:
        coded, stored = self._ring.popleft()
        assert isinstance(coded, Coded)
        self._held -= len(coded.data)
        self.unwanted += not stored

    def _clear(self) -> None:
        while self._ring:
            self._drop()
