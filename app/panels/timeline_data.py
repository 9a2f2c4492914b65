"""The scores behind the timeline: a live strip or a whole loop. No Qt."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.evidence_types import Status
from inference.prediction import View

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]

VIEW_CODES: dict[View, int] = {"other": 0, "lip": 1, "palate": 2}
STATUS_CODES: dict[Status, int] = {status: code for code, status in enumerate(Status)}
EMPTY = -1
STRIP_S = 30.0


class Scored(Protocol):
    """What of an answer is drawn; `app.pipeline.ScorePoint` and `Evidence` both have it."""

    @property
    def view(self) -> View: ...
    @property
    def status(self) -> Status: ...
    @property
    def instant(self) -> float | None: ...
    @property
    def smoothed(self) -> float | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Columns of equal length, in order of time. NaN where a score does not count."""

    times_s: NDArray[np.float64]
    instant: Floats
    smoothed: Floats
    view: Codes
    status: Codes


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of time in one view."""

    start_s: float
    end_s: float
    view: View


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that stands over the scores at a time: a flag, or a frame kept by hand."""

    at_s: float
    flag: bool
    text: str = ""


class Track(Protocol):
    """Where scores go, one entry a distinct scan, and what is drawn of it."""

    def add(self, scored: Scored, at_s: float) -> None: ...
    def span(self, now_s: float) -> tuple[float, float]: ...
    def samples(self, now_s: float) -> Samples: ...
    def clear(self) -> None: ...


class LiveTrack:
    """The last `STRIP_S` seconds, by the time of arrival."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._times = np.zeros(most, np.float64)
        self._rows = np.zeros((most, 2), np.float32)
        self._codes = np.zeros((most, 2), np.int8)
        self._count = 0

    def add(self, scored: Scored, at_s: float) -> None:
        at = self._count % self._most
        self._times[at] = at_s
        self._rows[at] = _scores(scored)
        self._codes[at] = VIEW_CODES[scored.view], STATUS_CODES[scored.status]
        self._count += 1

    def clear(self) -> None:
        self._count = 0

    def span(self, now_s: float) -> tuple[float, float]:
        return now_s - STRIP_S, now_s

    def samples(self, now_s: float) -> Samples:
        held = min(self._count, self._most)
        order = (np.arange(self._count - held, self._count)) % self._most
        times = self._times[order]
        order = order[np.searchsorted(times, now_s - STRIP_S) :]
        return Samples(
            self._times[order], self._rows[order, 0], self._rows[order, 1],
            self._codes[order, 0], self._codes[order, 1],
        )  # fmt: skip


class LoopTrack:
    """A recording: one place for every frame, filled and overwritten as the frames are seen."""

    def __init__(self, times_s: Sequence[float]) -> None:
        self.times_s = np.asarray(times_s, np.float64)
        self._rows = np.full((len(self.times_s), 2), np.nan, np.float32)
        self._codes = np.full((len(self.times_s), 2), EMPTY, np.int8)

    def add(self, scored: Scored, at_s: float) -> None:
        index = self.index_at(at_s)
        if index is None:
            return
        self._rows[index] = _scores(scored)
        self._codes[index] = VIEW_CODES[scored.view], STATUS_CODES[scored.status]

    def fill(
        self, frames: NDArray[np.int64], instant: Floats, smoothed: Floats, view: Codes, status: Codes
    ) -> None:
        """What is known of many frames at once, by their index."""
        mine = frames < len(self.times_s)
        at = frames[mine]
        self._rows[at, 0], self._rows[at, 1] = instant[mine], smoothed[mine]
        self._codes[at, 0], self._codes[at, 1] = view[mine], status[mine]

    def clear(self) -> None:
        self._rows[:] = np.nan
        self._codes[:] = EMPTY

    def span(self, now_s: float) -> tuple[float, float]:
        end = float(self.times_s[-1]) if len(self.times_s) else 0.0
        return 0.0, max(end, 1e-3)

    def samples(self, now_s: float) -> Samples:
        seen = np.flatnonzero(self._codes[:, 0] != EMPTY)
        return Samples(
            self.times_s[seen], self._rows[seen, 0], self._rows[seen, 1],
            self._codes[seen, 0], self._codes[seen, 1],
        )  # fmt: skip

    def index_at(self, media_s: float) -> int | None:
        """The frame nearest to a time; None in an empty recording."""
        if not len(self.times_s):
            return None
        after = bisect_left(self.times_s, media_s)
        if after == 0:
            return 0
        if after == len(self.times_s):
            return len(self.times_s) - 1
        before = after - 1
        nearer = media_s - self.times_s[before] <= self.times_s[after] - media_s
        return before if nearer else after

    def peak(self) -> int | None:
        """The frame with the highest score that counts, smoothed before instant; None before there is one."""
        for column in (1, 0):
            scores = self._rows[:, column]
            if np.isfinite(scores).any():
                return int(np.nanargmax(scores))
        return None


def runs(samples: Samples, gap_s: float = 1.0) -> list[Run]:
    """Stretches of the same view; a pause longer than `gap_s` ends one."""
    times, codes = samples.times_s, samples.view
    if not len(times):
        return []
    breaks = np.flatnonzero((np.diff(codes) != 0) | (np.diff(times) > gap_s)) + 1
    starts = np.concatenate([[0], breaks])
    ends = np.concatenate([breaks, [len(times)]])
    names: dict[int, View] = {code: view for view, code in VIEW_CODES.items()}
    made = []
    for start, end in zip(starts, ends, strict=True):
        joined = end < len(times) and times[end] - times[end - 1] <= gap_s
        until = times[end] if joined else times[end - 1]
        made.append(Run(float(times[start]), float(until), names[int(codes[start])]))
    return made


def places_of_words(
    at: Sequence[float], widths: Sequence[float], side: float, edge: float
) -> list[float | None]:
    """Where the words of marks begin: right of the mark or, for want of room, left of it; None for nowhere.

    Args:
        at: centres of the marks along the line, in order, in pixels.
        widths: of their words, in pixels; 0 for a mark without.
        side: of a mark's shape.
        edge: of the picture on the right.
    """
    gap, away = 0.8 * side, 1.8 * side  # nearer to their own mark than to any other
    lefts: list[float | None] = []
    taken = 0.0
    for number, (centre, width) in enumerate(zip(at, widths, strict=True)):
        after = at[number + 1] - away if number + 1 < len(at) else edge
        left = None
        if width and centre + gap + width <= min(after, edge):
            left = centre + gap
        elif width and centre - gap - width >= taken:
            left = centre - gap - width
        lefts.append(left)
        taken = centre + away + (width if left is not None and left > centre else 0.0)
    return lefts


def _scores(scored: Scored) -> tuple[float, float]:
    instant, smoothed = scored.instant, scored.smoothed
    return (
        float("nan") if instant is None else instant,
        float("nan") if smoothed is None else smoothed,
    )
