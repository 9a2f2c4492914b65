"""Rates and lengths from time stamps; the nominal values in files are often wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ASSUMED_FPS = 25.0
"""For pictures that carry no time at all; whoever uses it says so."""


def frame_interval_s(times_s: Sequence[float]) -> float | None:
    """The usual time from one frame to the next, seconds; None for fewer than two distinct times.

    The mean of the intervals within half of their median: stamps rounded to whole milliseconds
    (Matroska) average out, and gaps do not count.
    """
    steps = np.diff(np.asarray(times_s, np.float64))
    steps = steps[steps > 0]
    if steps.size == 0:
        return None
    median = float(np.median(steps))
    usual = steps[np.abs(steps - median) <= median / 2]
    return float(usual.mean())


def frame_rate(times_s: Sequence[float]) -> float | None:
    """Frames a second, measured; None where nothing can be measured."""
    interval = frame_interval_s(times_s)
    return None if interval is None else round(1.0 / interval, 6)


def duration_s(times_s: Sequence[float]) -> float | None:
    """From the first frame to the end of the last one, which lasts the usual interval."""
    interval = frame_interval_s(times_s)
    return None if interval is None else round(times_s[-1] - times_s[0] + interval, 6)


def even_times(count: int, interval_s: float) -> tuple[float, ...]:
    """`count` times, `interval_s` apart, from 0."""
    return tuple(i * interval_s for i in range(count))
