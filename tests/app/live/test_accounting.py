from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.live.accounting import DisplayCounts, DisplayStatistics, Samples, interval_histogram, summarise
from app.live.policy import MS, Decision, Pairing
from capture.scan import Signal

if TYPE_CHECKING:
    from tests.app.live.conftest import Maker


def test_sums_that_do_not_agree_raise() -> None:
    DisplayCounts(captured=10, dropped=2, own=5, older=2, without=1).check()
    DisplayCounts(captured=11, dropped=2, own=5, older=2, without=1).check(waiting=1)
    with pytest.raises(ArithmeticError, match="got 11 = 8 \\+ 2 \\+ 0"):
        DisplayCounts(captured=11, dropped=2, own=5, older=2, without=1).check()


def test_minus_gives_what_came_since() -> None:
    since = DisplayCounts(20, 3, 10, 4, 3).minus(DisplayCounts(10, 1, 5, 2, 2))
    assert since == DisplayCounts(10, 2, 5, 2, 1)
    assert since.shown == 8 and since.own_share == pytest.approx(5 / 8)
    assert DisplayCounts().own_share == 0.0


def test_samples_keep_the_newest() -> None:
    samples = Samples(capacity=4)
    assert samples.summary() == {"p50": None, "p95": None, "p99": None, "p99_9": None, "max": None}
    for value in (100.0, 1.0, 2.0, 3.0, 4.0):
        samples.add(value)
    assert sorted(samples.values) == [1.0, 2.0, 3.0, 4.0]
    assert samples.summary()["max"] == 4.0


def test_percentiles_never_understate() -> None:
    found = summarise(np.arange(1, 101, dtype=np.float64))
    assert found == {"p50": 51.0, "p95": 96.0, "p99": 100.0, "p99_9": 100.0, "max": 100.0}


def test_interval_histogram_by_frame_periods() -> None:
    intervals = np.array([2.0, 16.7, 16.0, 24.0, 26.0, 41.0, 42.0, 300.0])
    assert interval_histogram(intervals, 1000 / 60) == {"early": 1, "expected": 3, "late": 2, "very_late": 2}


def test_paints_are_counted_by_whose_prediction_they_carry(make: Maker) -> None:
    statistics = DisplayStatistics()
    first, second, third = make.scan(0, 0.0), make.scan(1, 16.0), make.scan(2, 32.0)
    answer = make.answer(first)
    statistics.painted(Decision(first, Pairing.OWN, answer), 14 * MS)
    statistics.painted(Decision(second, Pairing.OLDER, answer), 32 * MS)
    statistics.painted(Decision(third, Pairing.WITHOUT, None), 48 * MS)
    statistics.painted(Decision(third, Pairing.OWN, answer, again=True), 55 * MS)
    counts = statistics.counts
    assert (counts.own, counts.older, counts.without, counts.shown) == (1, 1, 1, 3)
    assert list(statistics.interval_ms.values) == [18.0, 16.0]
    assert list(statistics.frame_to_paint_ms.values) == [14.0, 16.0, 16.0]
    assert list(statistics.overlay_age_ms.values) == [14.0, 32.0]


def test_frozen_picture_adds_no_overlay_age(make: Maker) -> None:
    statistics = DisplayStatistics()
    answer = make.answer(make.scan(0, 0.0))
    frozen = make.scan(90, 1500.0, scan_index=0, repeat=True, signal=Signal.FROZEN)
    statistics.painted(Decision(frozen, Pairing.OWN, answer), 1510 * MS)
    assert len(statistics.overlay_age_ms.values) == 0


def test_interval_across_a_pause_is_not_counted(make: Maker) -> None:
    statistics = DisplayStatistics()
    for captured_ms, end_ms in ((0.0, 5), (3000.0, 3005)):
        statistics.painted(Decision(make.scan(0, captured_ms), Pairing.WITHOUT, None), end_ms * MS)
        statistics.interrupted()
    assert len(statistics.interval_ms.values) == 0
