from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from capture.frame import Frame, make_frame
from capture.geometry import Box, Region
from capture.region.scout import RegionScout
from tests.capture.region.screens import HEIGHT, WIDTH, box_of, fan, screen

MANUAL = Region(Box(100, 100, 500, 500), WIDTH, HEIGHT, origin="manual")


@pytest.fixture
def frame() -> Frame:
    return make_frame(0, 0, screen(fan()))


@pytest.fixture
def scout() -> Iterator[RegionScout]:
    made = RegionScout()
    made.start()
    yield made
    made.stop()


def awaited(scout: RegionScout, frame: Frame, origin: str) -> Region:
    """Offer the frame until its region has this origin."""
    tick = threading.Event()
    for _ in range(1000):
        scout.offer(frame)
        region = scout.current(frame.width, frame.height)
        if region.origin == origin:
            return region
        tick.wait(0.01)
    raise AssertionError(f"no region of origin {origin} came")


def test_it_is_a_named_thread_that_is_no_daemon(scout: RegionScout) -> None:
    assert scout.name == "region"
    assert not scout.daemon


def test_the_whole_picture_until_something_is_found(scout: RegionScout, frame: Frame) -> None:
    assert scout.current(WIDTH, HEIGHT) == Region.whole(WIDTH, HEIGHT)
    assert awaited(scout, frame, "found").box.iou(box_of(fan())) > 0.95


def test_a_region_of_another_size_is_never_given(scout: RegionScout, frame: Frame) -> None:
    awaited(scout, frame, "found")
    assert scout.current(640, 480) == Region.whole(640, 480)


def test_by_hand_is_in_force_at_once_and_given_back(scout: RegionScout, frame: Frame) -> None:
    scout.set_manual(MANUAL)
    assert scout.current(WIDTH, HEIGHT) == MANUAL
    scout.offer(frame)
    assert scout.current(WIDTH, HEIGHT) == MANUAL
    scout.set_manual(None)
    assert scout.current(WIDTH, HEIGHT).origin == "whole"
    awaited(scout, frame, "found")


def test_a_preset_is_in_force_before_the_first_frame() -> None:
    preset = Region(Box(100, 100, 500, 500), WIDTH, HEIGHT, origin="preset")
    assert RegionScout(preset).current(WIDTH, HEIGHT) == preset
    assert RegionScout(MANUAL).current(WIDTH, HEIGHT) == MANUAL


def test_why_nothing_is_found_is_said(scout: RegionScout) -> None:
    empty = make_frame(0, 0, screen(None))
    tick = threading.Event()
    for _ in range(500):
        scout.offer(empty)
        if scout.reason is not None and scout.reason != "no sector found yet":
            break
        tick.wait(0.01)
    assert scout.reason is not None
    assert scout.reason.startswith("no sector found")


def test_a_finder_that_fails_leaves_the_whole_picture(
    scout: RegionScout, frame: Frame, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Event()

    def fail(*_: object) -> Region:
        tried.set()
        raise ValueError("broken")

    monkeypatch.setattr("capture.region.tracker.RegionTracker.feed", fail)
    scout.offer(frame)
    assert tried.wait(5)
    assert scout.current(WIDTH, HEIGHT).origin == "whole"
    monkeypatch.undo()
    awaited(scout, frame, "found")
    assert "finding the region failed" in caplog.text


def test_it_stops_while_it_waits_and_may_be_stopped_twice(scout: RegionScout) -> None:
    scout.stop()
    scout.stop()
    assert not scout.is_alive()


def test_stopping_one_that_never_started_is_no_error() -> None:
    RegionScout().stop()


def test_a_thread_that_hangs_is_reported(frame: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, release = threading.Event(), threading.Event()

    def hang(*_: object) -> Region:
        entered.set()
        release.wait(10)
        return Region.whole(WIDTH, HEIGHT)

    monkeypatch.setattr("capture.region.tracker.RegionTracker.feed", hang)
    scout = RegionScout()
    scout.start()
    try:
        scout.offer(frame)
        assert entered.wait(5)
        with pytest.raises(TimeoutError, match="region thread did not end"):
            scout.stop(timeout_s=0.05)
    finally:
        release.set()
        scout.stop()
