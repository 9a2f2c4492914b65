"""`phantom:` as a source of frames: a live machine that can be told to drop, stall and fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from capture.clock import Clock, SystemClock
from capture.frame import Frame, Pixels, make_frame
from capture.phantom.film import Film
from capture.phantom.recipe import READERS, Recipe, read_number, read_recipe, read_whole, read_yes
from capture.source import EndOfSource, SourceInfo, SourceLostError, UnreadableSourceError


@dataclass(frozen=True, slots=True)
class PhantomOptions:
    """What can be asked of the phantom besides what it shows; counts are of video frames."""

    video_fps: float | None = None
    """Frames a second on the wire; above the recipe's rate, acoustic pictures repeat."""
    paced: bool = True
    """Live, in real time; False gives a recording as fast as it can be drawn."""
    frames: int | None = None
    """End after so many."""
    drop: float = 0.0
    """Share of frames lost on the way."""
    stall_at: int | None = None
    stall_s: float = 2.0
    fail_at: int | None = None
    """The signal is lost at this frame, and each time it is opened again, after as many."""


_READERS: dict[str, Callable[[str, str], Any]] = {
    "video_fps": read_number,
    "paced": read_yes,
    "frames": read_whole,
    "drop": read_number,
    "stall_at": read_whole,
    "stall_s": read_number,
    "fail_at": read_whole,
}


def open_phantom(params: Mapping[str, Any]) -> PhantomSource:
    """A source from the keys and values of `phantom:key=value&...`; `clock` may be given as an object.

    Raises:
        UnreadableSourceError: a key or value that makes no sense.
    """
    words = dict(params)
    clock = words.pop("clock", None) or SystemClock()
    mine = {key: str(words.pop(key)) for key in _READERS if key in words}
    theirs = {key: str(word) for key, word in words.items()}
    unknown = [key for key in theirs if key not in READERS and key != "size"]
    if unknown:
        keys = ", ".join([*READERS, "size", *_READERS])
        raise UnreadableSourceError(f"phantom: expected keys among {keys}, got {unknown[0]}")
    try:
        recipe = read_recipe(theirs)
        options = PhantomOptions(**{key: _READERS[key](key, word) for key, word in mine.items()})
        _check(options, recipe)
        return PhantomSource(recipe, options, clock)
    except ValueError as error:
        raise UnreadableSourceError(f"phantom: {error}") from error


def _check(options: PhantomOptions, recipe: Recipe) -> None:
    for name, low, high in (("drop", 0, 0.95), ("stall_s", 0, 3600)):
        value = getattr(options, name)
        if not low <= value <= high:
            raise ValueError(f"expected {name} from {low:g} to {high:g}, got {value:g}")
    if options.video_fps is not None and not recipe.fps <= options.video_fps <= 240:
        raise ValueError(f"expected video_fps from fps to 240, got {options.video_fps:g}")


class PhantomSource:
    """Follows `FrameSource`. Paced, it is live: frames not drawn in time are lost, as on a wire."""

    def __init__(self, recipe: Recipe, options: PhantomOptions, clock: Clock) -> None:
        self.recipe, self.options, self._clock = recipe, options, clock
        self._rate = options.video_fps or recipe.fps
        self._film = Film(recipe)
        self._never = threading.Event()
        self._begun_ns = 0
        self._next = 0
        self._stalled = False
        self._last: tuple[int, Pixels] | None = None

    @property
    def info(self) -> SourceInfo:
        o = self.options
        length = None if o.frames is None else o.frames / self._rate
        return SourceInfo(
            kind="phantom",
            name=f"phantom, seed {self.recipe.seed}",
            width=self.recipe.width,
            height=self.recipe.height,
            live=o.paced,
            fps=self._rate,
            frames=o.frames,
            duration_s=length,
            mm_per_px=self._film.region.mm_per_px,
            mm_per_px_from="phantom",
        )

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        """The next frame; see `FrameSource`."""
        o = self.options
        if self._stalled_now():
            self._clock.wait(self._never, timeout_s)
            return None
        number = self._arrived()
        if o.frames is not None and number >= o.frames:
            raise EndOfSource
        if o.fail_at is not None and number >= o.fail_at:
            raise SourceLostError("phantom: the signal is gone, as asked")
        if o.paced:
            late_s = self._due_ns(number) / 1e9 - self._clock.now_ns() / 1e9
            if late_s > timeout_s:
                self._clock.wait(self._never, timeout_s)
                return None
            if late_s > 0:
                self._clock.wait(self._never, late_s)
        self._next = number + 1
        acoustic = int(number * self.recipe.fps / self._rate + 1e-9)
        if self._last is None or self._last[0] != acoustic:
            self._last = (acoustic, self._film.picture(acoustic).pixels)
        now = self._clock.now_ns()
        media = None if o.paced else number / self._rate
        return make_frame(number, now, self._last[1], media, self._film.region.mm_per_px)

    def _due_ns(self, number: int) -> int:
        return self._begun_ns + round(number / self._rate * 1e9)

    def _stalled_now(self) -> bool:
        """At the stall frame: nothing comes for `stall_s`; what was due in that time is lost."""
        o = self.options
        if o.stall_at is None or self._stalled or self._next < o.stall_at:
            return False
        if self._clock.now_ns() < self._due_ns(o.stall_at) + round(o.stall_s * 1e9):
            return True
        self._stalled = True
        return False

    def _arrived(self) -> int:
        """The number of the next frame that is not lost."""
        number = self._next
        if self.options.paced:
            number = max(number, int((self._clock.now_ns() - self._begun_ns) * self._rate / 1e9))
        lost = self.options.drop
        while lost and np.random.default_rng([self.recipe.seed, 77, number]).random() < lost:
            number += 1
        return number

    def __enter__(self) -> Self:
        self._film.picture(0)  # what is kept from frame to frame is made now, not while a reader waits
        self._begun_ns = self._clock.now_ns()
        self._next, self._stalled, self._last = 0, False, None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._last = None
