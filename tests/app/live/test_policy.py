from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.live.policy import MS, Decision, DisplayPolicy, Pairing, PolicySettings
from capture.geometry import Box

if TYPE_CHECKING:
    from tests.app.live.conftest import Maker

PERIOD = 1000 / 60


def run(
    make: Maker,
    latencies_ms: Sequence[float | None],
    *,
    period_ms: float = PERIOD,
    repeats: int = 1,
    policy: DisplayPolicy | None = None,
    timer_ms: float = 0.0,
) -> tuple[list[tuple[float, Decision]], DisplayPolicy]:
    """Play a stream: frame k comes at k periods, its answer `latencies_ms[k]` later, or never."""
    policy = policy or DisplayPolicy()
    events: list[tuple[float, int, object]] = []
    for k, latency_ms in enumerate(latencies_ms):
        number = k // repeats
        scan = make.scan(k, k * period_ms, scan_index=number, repeat=k % repeats > 0)
        events.append((k * period_ms, 0, scan))
        if latency_ms is not None and not scan.repeat:
            events.append((k * period_ms + latency_ms, 1, make.answer(scan)))
    events.sort(key=lambda event: event[:2])
    shown: list[tuple[float, Decision]] = []

    def poll(at_ms: float) -> None:
        decision = policy.poll(round(at_ms * MS))
        if decision is not None:
            shown.append((at_ms, decision))

    def wake_until(limit_ms: float, now_ms: float) -> float:
        while True:
            wake_ns = policy.next_wake_ns(round(now_ms * MS))
            if wake_ns is None:
                return now_ms
            wake_ms = max(wake_ns / MS + timer_ms, now_ms + 0.001)
            if wake_ms >= limit_ms:
                return now_ms
            now_ms = wake_ms
            poll(now_ms)

    now_ms = 0.0
    for at_ms, kind, thing in events:
        wake_until(at_ms, now_ms)
        now_ms = at_ms
        if kind == 0:
            policy.frame(thing)  # type: ignore[arg-type]
        else:
            policy.answer(thing, round(at_ms * MS))  # type: ignore[arg-type]
        poll(now_ms)
    wake_until(now_ms + 1000, now_ms)
    return shown, policy


def first_paints(shown: list[tuple[float, Decision]]) -> list[tuple[float, Decision]]:
    return [(at, decision) for at, decision in shown if not decision.again]


def test_usual_predictions_give_every_frame_its_own_at_even_intervals(make: Maker) -> None:
    chance = random.Random(1)
    latencies: list[float | None] = [chance.uniform(5.0, 11.0) for _ in range(300)]
    shown, policy = run(make, latencies)
    late = first_paints(shown)[30:]
    assert all(decision.pairing is Pairing.OWN for _, decision in late)
    assert len(first_paints(shown)) == 300
    intervals = np.diff([at for at, _ in late])
    assert intervals.max() < PERIOD + 2.5, "the delay is constant, whatever each prediction took"
    assert intervals.std() < 0.6
    assert policy.delay_ms < 13


def test_without_constant_delay_intervals_would_be_as_uneven_as_the_model(make: Maker) -> None:
    """The counter-check of the test above: latencies alone spread three times as wide."""
    chance = random.Random(1)
    latencies = np.array([chance.uniform(5.0, 11.0) for _ in range(300)])
    assert np.diff(latencies).std() > 3 * 0.6


def test_frame_waits_at_most_the_deadline_or_one_period(make: Maker) -> None:
    latencies = [8.0] * 60 + [60.0] * 20 + [8.0] * 20
    shown, _ = run(make, latencies)
    waits = [at - decision.scan.frame.captured_ns / MS for at, decision in first_paints(shown)]
    assert max(waits) <= PERIOD + 0.01
    slow, _ = run(make, latencies, period_ms=50.0)
    waits = [at - decision.scan.frame.captured_ns / MS for at, decision in first_paints(slow)]
    assert max(waits) <= 20.01


def test_late_prediction_gives_older_heat_map_while_young(make: Maker) -> None:
    latencies: list[float | None] = [8.0] * 60 + [None] * 20
    shown, _ = run(make, latencies)
    after = [(at, d) for at, d in first_paints(shown) if d.scan.frame.index >= 60]
    assert after[0][1].pairing is Pairing.OLDER
    for at, decision in after:
        age_ms = at - 59 * PERIOD
        assert decision.pairing is (Pairing.OLDER if age_ms < 120 else Pairing.WITHOUT)
        assert decision.behind is (age_ms >= 120)
    assert after[-1][1].behind


def test_moved_region_hides_the_older_heat_map_at_once(make: Maker) -> None:
    policy = DisplayPolicy()
    first = make.scan(0, 0.0)
    policy.frame(first)
    policy.answer(make.answer(first), 5 * MS)
    policy.poll(20 * MS)
    moved = make.scan(1, 30.0, region=replace(make.region, box=Box(31, 10, 290, 200)))
    policy.frame(moved)
    decision = policy.poll(60 * MS)
    assert decision is not None
    assert (decision.pairing, decision.answer, decision.behind) == (Pairing.WITHOUT, None, False)


def test_repeats_of_an_acoustic_picture_carry_its_prediction_as_their_own(make: Maker) -> None:
    shown, _ = run(make, [8.0] * 120, repeats=2)
    settled = first_paints(shown)[20:]
    assert {decision.pairing for _, decision in settled} == {Pairing.OWN}
    for _, decision in settled:
        assert decision.answer is not None
        assert decision.answer.scan.scan_index == decision.scan.scan_index
    assert np.diff([at for at, _ in settled]).max() < PERIOD + 2.5


def test_repeat_in_another_region_does_not_take_the_answer_of_the_first(make: Maker) -> None:
    policy = DisplayPolicy()
    first = make.scan(0, 0.0)
    policy.frame(first)
    policy.answer(make.answer(first), 5 * MS)
    policy.poll(20 * MS)
    elsewhere = replace(make.region, box=Box(0, 0, 320, 240))
    policy.frame(make.scan(1, 17.0, scan_index=0, repeat=True, region=elsewhere))
    decision = policy.poll(60 * MS)
    assert decision is not None and decision.answer is None


def test_never_an_older_frame_after_a_newer_and_every_frame_counted(make: Maker) -> None:
    chance = random.Random(7)
    latencies: list[float | None] = [
        None if chance.random() < 0.1 else chance.uniform(3.0, 70.0) for _ in range(400)
    ]
    shown, policy = run(make, latencies, timer_ms=12.0)
    order = [decision.scan.frame.index for _, decision in first_paints(shown)]
    assert order == sorted(set(order))
    assert len(order) + policy.dropped + len(policy.waiting) == 400
    for at, decision in shown:
        if decision.answer is not None:
            assert decision.answer.scan.frame.captured_ns <= decision.scan.frame.captured_ns
        if decision.pairing is Pairing.OLDER:
            age = decision.age_ms(round(at * MS))
            assert age is not None and age < 120


def test_stalled_gui_shows_the_newest_and_counts_the_rest(make: Maker) -> None:
    policy = DisplayPolicy()
    for k in range(10):
        policy.frame(make.scan(k, k * PERIOD))
    decision = policy.poll(round(400 * MS))
    assert decision is not None and decision.scan.frame.index == 9
    assert policy.dropped == 9
    assert policy.poll(round(401 * MS)) is None


def test_model_that_is_never_in_time_costs_the_picture_no_delay(make: Maker) -> None:
    shown, _ = run(make, [45.0] * 300)
    settled = first_paints(shown)[150:]
    waits = [at - decision.scan.frame.captured_ns / MS for at, decision in settled]
    assert max(waits) < 0.01
    assert {decision.pairing for _, decision in settled} == {Pairing.OLDER}


def test_without_answers_nothing_waits(make: Maker) -> None:
    shown, _ = run(make, [None] * 30)
    assert [at for at, _ in shown] == pytest.approx([k * PERIOD for k in range(30)])
    assert {decision.pairing for _, decision in shown} == {Pairing.WITHOUT}
    assert not any(decision.behind for _, decision in shown)


def test_standing_picture_gets_its_own_late_answer(make: Maker) -> None:
    shown, _ = run(make, [90.0])
    assert [(d.pairing, d.again) for _, d in shown] == [(Pairing.WITHOUT, False), (Pairing.OWN, True)]


def test_older_heat_map_on_a_standing_picture_goes_when_it_is_too_old(make: Maker) -> None:
    policy = DisplayPolicy()
    first, second = make.scan(0, 0.0), make.scan(1, 30.0)
    policy.frame(first)
    policy.answer(make.answer(first), 5 * MS)
    assert policy.poll(25 * MS) is not None
    policy.frame(second)
    older = policy.poll(55 * MS)
    assert older is not None and older.pairing is Pairing.OLDER
    assert policy.next_wake_ns(55 * MS) == 120 * MS
    assert policy.poll(119 * MS) is None
    gone = policy.poll(120 * MS)
    assert gone is not None
    assert (gone.pairing, gone.behind, gone.again) == (Pairing.WITHOUT, True, True)
    assert policy.poll(121 * MS) is None


def test_reset_forgets_the_old_source(make: Maker) -> None:
    policy = DisplayPolicy()
    old = make.scan(0, 0.0)
    policy.frame(old)
    policy.reset(since_ns=100 * MS)
    assert policy.dropped == 1
    policy.frame(make.scan(1, 50.0))
    policy.answer(make.answer(old), 110 * MS)
    assert policy.dropped == 2 and policy.poll(110 * MS) is None
    policy.frame(make.scan(0, 120.0))
    decision = policy.poll(200 * MS)
    assert decision is not None and decision.answer is None, "equal scan numbers of two sources do not match"


def test_ai_off_forgets_its_answers(make: Maker) -> None:
    policy = DisplayPolicy()
    scan = make.scan(0, 0.0)
    policy.frame(scan)
    policy.answer(make.answer(scan), 5 * MS)
    policy.poll(25 * MS)
    policy.forget_answers()
    assert policy.shown is not None and policy.shown.answer is None
    policy.frame(make.scan(1, 30.0))
    decision = policy.poll(30 * MS)
    assert decision is not None and decision.pairing is Pairing.WITHOUT


def test_deadline_is_a_setting(make: Maker) -> None:
    policy = DisplayPolicy(PolicySettings(deadline_ms=5.0))
    shown, _ = run(make, [12.0] * 8 + [4.0] * 100, policy=policy)
    waits = [at - decision.scan.frame.captured_ns / MS for at, decision in first_paints(shown)]
    assert max(waits) <= 5.01
