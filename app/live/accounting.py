"""What became of every captured frame, and how late: counts that must add up, and latency statistics."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from app.live.policy import MS, Decision, Pairing
from capture.scan import Signal


@dataclass(slots=True)
class DisplayCounts:
    """Every frame handed to the display ends in exactly one of these."""

    captured: int = 0
    dropped: int = 0
    own: int = 0
    older: int = 0
    without: int = 0

    @property
    def shown(self) -> int:
        return self.own + self.older + self.without

    @property
    def own_share(self) -> float:
        """Share of the shown frames that carry their own prediction, 0 to 1; 0 while nothing was shown."""
        return self.own / self.shown if self.shown else 0.0

    def minus(self, earlier: DisplayCounts) -> DisplayCounts:
        """What came since `earlier`."""
        now, then = asdict(self), asdict(earlier)
        return DisplayCounts(**{name: now[name] - then[name] for name in now})

    def check(self, waiting: int = 0) -> None:
        """Raise where a frame is unaccounted for; `waiting` are frames still under way.

        Raises:
            ArithmeticError: the sums do not agree.
        """
        if self.captured != self.shown + self.dropped + waiting:
            raise ArithmeticError(
                f"expected captured = shown + dropped + waiting, "
                f"got {self.captured} = {self.shown} + {self.dropped} + {waiting}"
            )


class Samples:
    """The last `capacity` values of one quantity, in ms."""

    def __init__(self, capacity: int = 1200) -> None:
        self._values = np.zeros(capacity, np.float64)
        self._count = 0

    def add(self, value_ms: float) -> None:
        self._values[self._count % len(self._values)] = value_ms
        self._count += 1

    def clear(self) -> None:
        self._count = 0

    @property
    def values(self) -> NDArray[np.float64]:
        """A copy, in no particular order once full."""
        return self._values[: min(self._count, len(self._values))].copy()

    def summary(self) -> dict[str, float | None]:
        """p50, p95, p99, p99_9 and max; None without a sample. Percentiles are samples (method 'higher')."""
        return summarise(self.values)


def summarise(values: NDArray[np.float64]) -> dict[str, float | None]:
    """p50, p95, p99, p99_9 and max of some values, rounded to a hundredth; None without any."""
    names, at = ("p50", "p95", "p99", "p99_9", "max"), (50, 95, 99, 99.9, 100)
    if not len(values):
        return dict.fromkeys(names)
    found = np.percentile(values, at, method="higher")
    return {name: round(float(value), 2) for name, value in zip(names, found, strict=True)}


def interval_histogram(intervals_ms: NDArray[np.float64], period_ms: float) -> dict[str, int]:
    """Paint intervals as early (< 0.5 period), expected (to 1.5), late (to 2.5) and very late."""
    in_periods = intervals_ms / period_ms
    edges = np.array([0.5, 1.5, 2.5])
    bins = np.bincount(np.searchsorted(edges, in_periods, side="right"), minlength=4)
    return dict(zip(("early", "expected", "late", "very_late"), map(int, bins), strict=True))


class DisplayStatistics:
    """Fed by the display after each paint; read by the status line and the benchmark."""

    def __init__(self, capacity: int = 1200) -> None:
        self.counts = DisplayCounts()
        self.interval_ms = Samples(capacity)
        """Between the ends of two paints of different frames."""
        self.frame_to_paint_ms = Samples(capacity)
        """From `captured_ns` to the end of the paint."""
        self.overlay_age_ms = Samples(capacity)
        """From the capture of the frame a prediction was made on to the end of the paint that carries it."""
        self._last_paint_ns: int | None = None

    def painted(self, decision: Decision, end_ns: int) -> None:
        """A frame reached the screen; repaints of the same frame are not counted again."""
        if decision.again:
            return
        if decision.pairing is Pairing.OWN:
            self.counts.own += 1
        elif decision.pairing is Pairing.OLDER:
            self.counts.older += 1
        else:
            self.counts.without += 1
        if self._last_paint_ns is not None:
            self.interval_ms.add((end_ns - self._last_paint_ns) / MS)
        self._last_paint_ns = end_ns
        self.frame_to_paint_ms.add((end_ns - decision.scan.frame.captured_ns) / MS)
        age_ms = decision.age_ms(end_ns)
        # On a frozen picture its own heat-map stays right for as long as it stands: that is no latency.
        if age_ms is not None and decision.scan.signal is not Signal.FROZEN:
            self.overlay_age_ms.add(age_ms)

    def interrupted(self) -> None:
        """The source paused, changed or was lost: the next interval would measure that, not the display."""
        self._last_paint_ns = None

    def clear_samples(self) -> None:
        """Forget the latencies, keep the counts."""
        for samples in (self.interval_ms, self.frame_to_paint_ms, self.overlay_age_ms):
            samples.clear()
        self._last_paint_ns = None
