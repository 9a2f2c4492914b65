"""Plays a recording at its own pace: play, pause, seek, step, speed, loop, from any thread."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from capture.clock import Clock, SystemClock
from capture.frame import Frame
from capture.frame_cache import FrameCache
from capture.source import EndOfSource, SeekableSource, SourceInfo
from capture.timing import ASSUMED_FPS, frame_interval_s

MIN_SPEED, MAX_SPEED = 0.1, 4.0
CACHE_BYTES = 256 * 2**20
_STEP_BACK_FRAMES = 12
"""Decoded together when going back, so that the next steps back cost nothing."""
_LATE_NS = 100_000_000
"""Later than this, the pace starts anew from the late frame instead of hurrying after it."""


@dataclass(frozen=True, slots=True)
class PlayerState:
    """What the player is doing, as one consistent snapshot."""

    index: int
    """The frame handed out last; -1 before the first."""
    playing: bool
    ended: bool
    """Stands behind the last frame; seek, step or play go on from there."""
    speed: float
    loop: bool
    frames: int
    times_s: tuple[float, ...]
    skipped: int
    """Frames left out because they follow each other faster than `max_fps`."""
    missing: str | None
    """What a damaged recording has lost, once its end was met."""


class Player:
    """A `SeekableSource` that hands out the frames of another when they are due, never before.

    One thread enters, reads and closes it; the commands may come from any thread and take effect at once.
    `captured_ns` of a frame is the clock's time when it was handed out.
    """

    def __init__(
        self,
        source: SeekableSource,
        clock: Clock | None = None,
        *,
        playing: bool = True,
        loop: bool = False,
        speed: float = 1.0,
        max_fps: float | None = None,
        hold_at_end: bool = False,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        """Wrap a recording that is not open yet.

        Args:
            source: what to play; the player opens and closes it.
            clock: what tells the time.
            playing: whether to start at once; paused, the first frame is handed out all the same.
            loop: start again after the last frame.
            speed: 0.1 to 4.
            max_fps: leave out frames that follow faster than this on the screen; None hands out all.
            hold_at_end: wait at the end for a command, instead of raising `EndOfSource`.
            cache_bytes: how many bytes of frames to keep for going back.
        """
        self._source = source
        self._clock: Clock = clock or SystemClock()
        self._max_fps = max_fps
        self._hold_at_end = hold_at_end
        self._cache = FrameCache(cache_bytes)
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._times: tuple[float, ...] = ()
        self._interval_s = 1 / ASSUMED_FPS
        self._want_playing = playing
        self._loop = loop
        self._speed = _checked_speed(speed)
        self._reset()

    def __enter__(self) -> Self:
        self._source.__enter__()
        with self._lock:
            self._times = self._source.times_s
            self._interval_s = frame_interval_s(self._times) or 1 / ASSUMED_FPS
            self._reset()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cache.clear()
        self._source.__exit__(kind, error, trace)

    def _reset(self) -> None:
        self._index = -1
        self._target: int | None = 0
        """A frame that was asked for and is handed out at once."""
        self._backward = False
        """Whether it was asked for by going back."""
        self._jog_s: float | None = None
        """Where the dial stands between frames, media time."""
        self._playing = self._want_playing
        self._ended = False
        self._skipped = 0
        self._missing: str | None = None
        self._due_ns = 0
        """When the frame `_index` was due."""
        self._commands = 0
        """Counts commands: what was planned before one is void after it."""
        self._source_next = 0

    @property
    def info(self) -> SourceInfo:
        return self._source.info

    @property
    def times_s(self) -> tuple[float, ...]:
        return self._source.times_s

    @property
    def state(self) -> PlayerState:
        with self._lock:
            return PlayerState(
                self._index,
                self._playing,
                self._ended,
                self._speed,
                self._loop,
                len(self._times),
                self._times,
                self._skipped,
                self._missing,
            )

    # Commands, from any thread

    def play(self) -> None:
        """Go on from here; from the beginning when standing at the end."""
        with self._command():
            self._want_playing = True
            if self._target is None and not self._loop and self._index >= len(self._times) - 1:
                self._target = 0
            if not self._playing:
                self._playing, self._ended = True, False
                self._due_ns = self._clock.now_ns()

    def pause(self) -> None:
        """Stand still at once."""
        with self._command():
            self._want_playing = self._playing = False

    def seek(self, index: int) -> None:
        """Show a frame at once, and go on playing from there if playing.

        Raises:
            IndexError: `index` is outside the recording.
        """
        with self._command():
            if not 0 <= index < len(self._times):
                raise IndexError(f"expected an index from 0 to {len(self._times) - 1}, got {index}")
            self._go(index)

    def step(self, frames: int) -> None:
        """Pause and move by so many frames, back when negative; past an end only when looping."""
        with self._command():
            self._want_playing = self._playing = False
            if self._times:
                self._go(self._bounded(self._here() + frames))

    def jog(self, seconds: float) -> None:
        """Pause and move by media time, as a dial does: less than a frame adds up over several calls."""
        with self._command():
            self._want_playing = self._playing = False
            if not self._times:
                return
            here = self._here()
            at = (self._times[here] if self._jog_s is None else self._jog_s) + seconds
            at = min(max(at, self._times[0]), self._times[-1])
            nearest = self._nearest(at)
            if nearest != here:
                self._go(nearest)
            self._jog_s = at

    def set_speed(self, speed: float) -> None:
        """1 is the pace of the recording; what is on the screen stays there for its share of the new pace.

        Raises:
            ValueError: not from 0.1 to 4.
        """
        with self._command():
            new = _checked_speed(speed)
            now = self._clock.now_ns()
            self._due_ns = now - round((now - self._due_ns) * self._speed / new)
            self._speed = new

    def set_loop(self, loop: bool) -> None:
        with self._command():
            self._loop = loop

    @contextmanager
    def _command(self) -> Iterator[None]:
        with self._lock:
            self._commands += 1
            yield
            self._changed.set()

    def _here(self) -> int:
        """Where a relative move starts: at the frame asked for last, be it shown or not."""
        return self._target if self._target is not None else max(0, self._index)

    def _bounded(self, index: int) -> int:
        last = len(self._times) - 1
        return index % (last + 1) if self._loop else min(max(index, 0), last)

    def _nearest(self, media_s: float) -> int:
        after = min(bisect_left(self._times, media_s), len(self._times) - 1)
        before = max(0, after - 1)
        return before if media_s - self._times[before] < self._times[after] - media_s else after

    def _go(self, index: int) -> None:
        self._backward = index < self._here()
        self._target = index
        self._ended, self._jog_s = False, None

    # Reading, by the thread that entered

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        """The next frame as soon as it is due; None when none is due in time or the player is paused."""
        until_ns = self._clock.now_ns() + round(timeout_s * 1e9)
        while True:
            with self._lock:
                self._changed.clear()
                plan = self._plan()
            wake_ns = until_ns
            if plan is not None:
                frame = None if plan.index is None else self._fetch(plan.index, plan.backward)
                due_ns = self._due(plan, frame)
                now_ns = self._clock.now_ns()
                if now_ns >= due_ns:
                    if self._take(plan, frame, due_ns, now_ns) and frame is not None:
                        return replace(frame, captured_ns=now_ns)
                    continue
                wake_ns = min(due_ns, until_ns)
            elif self._ended and not self._hold_at_end:
                raise EndOfSource(self._missing)
            now_ns = self._clock.now_ns()
            if now_ns >= until_ns:
                return None
            self._clock.wait(self._changed, (wake_ns - now_ns) / 1e9)

    def _plan(self) -> _Plan | None:
        """What comes next; None while nothing does."""
        if self._target is not None:
            return _Plan(self._commands, self._target, None, self._backward, 0)
        if not self._playing or self._ended:
            return None
        following = self._following()
        if following is not None:
            return _Plan(self._commands, following, self._index, False, following - self._index - 1)
        return _Plan(self._commands, 0 if self._loop else None, self._index, False, 0)

    def _following(self) -> int | None:
        """The frame to show after this one; the last one is never left out."""
        last = len(self._times) - 1
        if self._index >= last:
            return None
        if self._max_fps is None:
            return self._index + 1
        enough_s = self._times[self._index] + self._speed / self._max_fps - 1e-6
        return min(max(bisect_left(self._times, enough_s), self._index + 1), last)

    def _due(self, plan: _Plan, frame: Frame | None) -> int:
        """When the planned frame, or the end, is due, by the clock; damage may have moved the frame."""
        if plan.after is None:
            return 0
        if frame is None or frame.index <= plan.after:
            media_s = self._interval_s
        else:
            media_s = self._times[frame.index] - self._times[plan.after]
        with self._lock:
            return self._due_ns + round(media_s / self._speed * 1e9)

    def _take(self, plan: _Plan, frame: Frame | None, due_ns: int, now_ns: int) -> bool:
        """Make the plan true, unless a command has come in between."""
        with self._lock:
            if plan.commands != self._commands:
                return False
            self._target = None
            if frame is None:  # the end, or nothing readable from here on
                if self._loop and plan.index != 0:
                    self._target = 0
                else:
                    self._playing, self._ended = False, True
                return True
            self._index = frame.index
            self._skipped += plan.skips
            late = plan.after is None or now_ns - due_ns > _LATE_NS
            self._due_ns = now_ns if late else due_ns
            return True

    def _fetch(self, index: int, backward: bool) -> Frame | None:
        """The frame from the cache or the source, or the next one that can be read; None at the end.

        Going back decodes some frames before it as well; damaged ones are then passed over backwards.
        """
        cached = self._cache.get(index)
        if cached is not None:
            return cached
        start = max(0, index - _STEP_BACK_FRAMES + 1) if backward else index
        if start != self._source_next:
            self._source.seek(start)
        before: Frame | None = None
        while True:
            try:
                frame = self._source.read()
            except EndOfSource as end:
                self._source_next = len(self._times)
                with self._lock:
                    self._missing = end.missing
                return before
            if frame is None:
                continue
            self._source_next = frame.index + 1
            self._cache.put(frame)
            if frame.index == index or (frame.index > index and before is None):
                return frame
            if frame.index > index:
                return before
            before = frame


@dataclass(frozen=True, slots=True)
class _Plan:
    commands: int
    """How many commands had been given when it was made."""
    index: int | None
    """The frame to show; None: the end."""
    after: int | None
    """The frame it follows in time; None: to be shown at once."""
    backward: bool
    skips: int


def _checked_speed(speed: float) -> float:
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise ValueError(f"expected a speed from {MIN_SPEED} to {MAX_SPEED}, got {speed}")
    return float(speed)
