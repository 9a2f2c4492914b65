from __future__ import annotations

from dataclasses import replace

import pytest

from app.live.policy import Answer
from app.meter import Meter, Rates
from capture.frame import make_frame
from capture.geometry import Region
from capture.scan import Scan, Signal
from tests.app.window_fakes import FakeEngine, picture

MS = 1_000_000


def scan(index: int, at_ms: float, scan_index: int | None = None, media_s: float | None = None) -> Scan:
    frame = make_frame(index, round(at_ms * MS), picture(index), media_s)
    region = Region.whole(frame.width, frame.height)
    return Scan(frame, region, index if scan_index is None else scan_index, False, Signal.MOVING)


def test_rates_count_frames_distinct_scans_and_answers() -> None:
    meter, engine = Meter(), FakeEngine()
    for index in range(121):
        seen = scan(index, index * 1000 / 60, scan_index=index // 2)
        meter.scan(seen)
        if index % 4 == 0:
            prediction = replace(
                engine.predict(seen),
                started_ns=seen.frame.captured_ns,
                done_ns=seen.frame.captured_ns + 5 * MS,
            )
            meter.answer(Answer(prediction))
    rates = meter.rates(2000 * MS)
    assert rates.source_fps == pytest.approx(60)
    assert rates.scan_fps == pytest.approx(30)
    assert rates.ai_per_s == pytest.approx(15)
    assert rates.inference_ms == pytest.approx(5)
    assert rates.lost == 0


def test_what_stopped_no_longer_has_a_rate() -> None:
    meter = Meter()
    for index in range(60):
        meter.scan(scan(index, index * 20))
    assert meter.rates(1200 * MS).source_fps == pytest.approx(50)
    assert meter.rates(9000 * MS) == Rates()


def test_gaps_of_a_live_source_are_lost_frames_jumps_in_a_film_are_not() -> None:
    meter = Meter()
    for index in (0, 1, 5, 6, 10):
        meter.scan(scan(index, index * 20))
    assert meter.rates(200 * MS).lost == 6
    meter.reset()
    for index in (0, 1, 50, 3):
        meter.scan(scan(index, index * 20, media_s=index / 50))
    assert meter.rates(200 * MS).lost == 0
