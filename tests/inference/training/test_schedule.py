from __future__ import annotations

import math

import pytest

from inference.training.config import TrainConfig
from inference.training.schedule import EarlyStop, rate_at, share_done, sizes_at


def test_a_run_goes_by_minutes_or_by_epochs() -> None:
    by_time, by_epochs = TrainConfig(minutes=10), TrainConfig(minutes=10, epochs=50)
    assert share_done(by_time, spent_s=300, seen=10**9, lessons=100) == pytest.approx(0.5)
    assert share_done(by_epochs, spent_s=10**9, seen=2500, lessons=100) == pytest.approx(0.5)
    assert share_done(by_epochs, spent_s=0, seen=5000, lessons=100) == pytest.approx(1)


def test_the_rate_warms_up_and_falls_to_zero_over_either() -> None:
    config = TrainConfig(rate=1e-2, warm_up_steps=10)
    assert rate_at(config, 0, 0.0) == pytest.approx(1e-3)
    assert rate_at(config, 9, 0.0) == pytest.approx(1e-2)
    assert rate_at(config, 1000, 0.5) == pytest.approx(5e-3)
    assert rate_at(config, 1000, 1.0) == pytest.approx(0, abs=1e-12)
    assert rate_at(config, 1000, 1.3) == pytest.approx(0, abs=1e-12)
    falling = [rate_at(config, 1000, share / 20) for share in range(21)]
    assert falling == sorted(falling, reverse=True)


def test_sizes_grow_to_that_of_the_engine() -> None:
    largest = [max(sizes_at(share / 50)[0]) for share in range(51)]
    assert largest == sorted(largest)
    assert sizes_at(1.0)[0] == [256]
    assert all(side % 32 == 0 for share in range(51) for side in sizes_at(share / 50)[0])


def test_early_stopping_waits_for_its_patience() -> None:
    stop = EarlyStop(patience=2)
    assert stop.better(0.8)
    assert not stop.better(0.80001)
    assert not stop.over
    assert not stop.better(math.nan)
    assert stop.over
    assert stop.better(0.9)
    assert not stop.over


def test_without_patience_a_run_never_ends_early() -> None:
    stop = EarlyStop(patience=0)
    for _ in range(100):
        stop.better(0.1)
    assert not stop.over
