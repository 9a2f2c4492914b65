from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from capture.frame import Frame
from capture.grabber import BACK_OFF_S, Grabber
from capture.link import Link, LinkState
from capture.live_reader import LiveSource, Shot
from capture.source import (
    EndOfSource,
    FrameSource,
    SourceError,
    SourceLostError,
    UnreadableSourceError,
)
from tests.capture.fakes import FakeDriver, HandClock, ScriptedSource, picture

SIZE = (48, 64)


class Stage:
    """A grabber over scripted sources; what it told, and a way to wait until it told it."""

    def __init__(self, *sources: FrameSource, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.links: list[Link] = []
        self.frames: list[Frame] = []
        self.faults: list[Exception] = []
        self._told = threading.Condition()
        left = iter(sources)

        def open_() -> FrameSource:
            source = next(left, None)
            if source is None:
                raise SourceLostError("nothing left")
            return source

        self.grabber = Grabber(open_, [self.frames.append], self._on_link, self.clock, self.faults.append)

    def _on_link(self, link: Link) -> None:
        with self._told:
            self.links.append(link)
            self._told.notify_all()

    def wait_for(self, wanted: Callable[[Link], bool]) -> Link:
        with self._told:
            assert self._told.wait_for(lambda: any(map(wanted, self.links)), 5.0), self.links
            return next(link for link in self.links if wanted(link))

    @property
    def states(self) -> list[LinkState]:
        return [link.state for link in self.links]


@pytest.fixture
def stages() -> Iterator[list[Stage]]:
    made: list[Stage] = []
    yield made
    for stage in made:
        stage.grabber.stop()


def started(stages: list[Stage], stage: Stage) -> Stage:
    stages.append(stage)
    stage.grabber.start()
    return stage


def test_every_frame_reaches_the_sink_and_the_link_is_live(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource([SIZE] * 5, clock)
    stage = started(stages, Stage(source, clock=clock))
    assert source.over.wait(5.0)
    assert [frame.index for frame in stage.frames] == [0, 1, 2, 3, 4]
    assert stage.states == [LinkState.OPENING, LinkState.LIVE]
    assert stage.links[-1].info == source.info and stage.links[-1].message == ""


def test_a_stall_is_told_within_half_a_second_and_ends_with_the_next_frame(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource([SIZE, None, None, None, None, None, SIZE], clock)
    stage = started(stages, Stage(source, clock=clock))
    assert source.over.wait(5.0)
    assert stage.states == [LinkState.OPENING, LinkState.LIVE, LinkState.STALLED, LinkState.LIVE]
    stalled = stage.links[2]
    assert stalled.message == "no picture from the script"
    assert stalled.since_ns == stage.frames[0].captured_ns


def test_the_stall_comes_no_later_than_500_ms(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource([SIZE, *[None] * 20], clock)
    stage = Stage(source, clock=clock)
    seen: list[int] = []
    stage.grabber._on_link = lambda link: (
        seen.append(clock.now_ns()) if link.state is LinkState.STALLED else None
    )
    started(stages, stage)
    assert source.over.wait(5.0)
    assert len(seen) == 1
    assert seen[0] - stage.frames[0].captured_ns <= 500_000_000


def test_a_pulled_cable_is_told_at_once_and_the_source_opened_again(stages: list[Stage]) -> None:
    clock = HandClock()
    first = ScriptedSource([SIZE, SIZE, SourceLostError("the card has gone")], clock)
    second = ScriptedSource([SIZE], clock)
    stage = started(stages, Stage(first, second, clock=clock))
    assert second.over.wait(5.0)
    assert stage.states == [LinkState.OPENING, LinkState.LIVE, LinkState.RECONNECTING, LinkState.LIVE]
    lost = stage.links[2]
    assert lost.message == "the card has gone" and lost.attempt == 1
    assert lost.since_ns - stage.frames[1].captured_ns <= 500_000_000
    assert first.closed.is_set()
    assert clock.waits == [0.25]
    assert stage.links[-1].attempt == 0


def test_the_pauses_grow_to_five_seconds_and_shrink_again_after_a_frame(stages: list[Stage]) -> None:
    clock = HandClock()
    dead = [ScriptedSource([SourceLostError(f"not there {i}")], clock) for i in range(7)]
    alive = ScriptedSource([SIZE, SourceLostError("gone again")], clock)
    last = ScriptedSource([SIZE], clock)
    stage = started(stages, Stage(*dead, alive, last, clock=clock))
    assert last.over.wait(5.0)
    assert clock.waits == [*BACK_OFF_S, 5.0, 5.0, 0.25]
    assert [link.attempt for link in stage.links if link.state is LinkState.RECONNECTING] == [*range(1, 8), 1]


def test_a_recording_that_cannot_be_read_is_given_up(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource([UnreadableSourceError("not a film")], clock, live=False)
    stage = started(stages, Stage(source, clock=clock))
    assert stage.wait_for(lambda link: link.state is LinkState.FAILED).message == "not a film"
    stage.grabber.join(2.0)
    assert not stage.grabber.is_alive() and clock.waits == []


def test_a_recording_that_breaks_is_given_up(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource([SIZE, SourceError("the disk is gone")], clock, live=False)
    stage = started(stages, Stage(source, clock=clock))
    assert stage.wait_for(lambda link: link.state is LinkState.FAILED).message == "the disk is gone"


def test_a_live_source_that_worked_is_tried_again_whatever_it_says(stages: list[Stage]) -> None:
    clock = HandClock()
    first = ScriptedSource([SIZE, SourceLostError("gone")], clock)
    strange = ScriptedSource([UnreadableSourceError("odd")], clock)
    third = ScriptedSource([SIZE], clock)
    started(stages, Stage(first, strange, third, clock=clock))
    assert third.over.wait(5.0)


def test_the_end_tells_what_is_missing_and_a_seek_back_goes_on(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource(
        [SIZE, EndOfSource("2 of 3 frames"), EndOfSource("2 of 3 frames"), SIZE], clock, live=False
    )
    stage = started(stages, Stage(source, clock=clock))
    assert source.over.wait(5.0)
    assert stage.states == [LinkState.OPENING, LinkState.LIVE, LinkState.ENDED, LinkState.LIVE]
    assert stage.links[2].message == "2 of 3 frames"


def test_a_paused_player_is_not_stalled(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource([SIZE, *[None] * 20], clock, live=False)
    stage = started(stages, Stage(source, clock=clock))
    assert source.over.wait(5.0)
    assert LinkState.STALLED not in stage.states


def test_a_new_format_passes_and_is_told_for_a_while(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource([SIZE, (30, 40), *[(30, 40)] * 400], clock)
    stage = started(stages, Stage(source, clock=clock))
    assert source.over.wait(5.0)
    told = stage.links[2]
    assert told.state is LinkState.LIVE
    assert told.message == "the picture changed from 64x48 to 40x30"
    assert told.info is not None and (told.info.width, told.info.height) == (40, 30)
    assert stage.links[3].message == "" and len(stage.links) == 4
    assert stage.links[3].since_ns - told.since_ns == pytest.approx(5e9, rel=0.05)
    assert [frame.width for frame in stage.frames[:2]] == [64, 40]


def test_a_sink_that_raises_is_told_once_and_the_others_go_on(stages: list[Stage]) -> None:
    clock = HandClock()
    source = ScriptedSource([SIZE] * 4, clock)
    stage = Stage(source, clock=clock)

    def broken(frame: Frame) -> None:
        if frame.index in (0, 1, 3):
            raise OSError("disk full")

    stage.grabber._sinks.insert(0, broken)
    started(stages, stage)
    assert source.over.wait(5.0)
    assert len(stage.frames) == 4
    assert [str(fault) for fault in stage.faults] == ["disk full", "disk full"]


def test_a_source_that_fails_in_a_way_it_should_not_is_tried_again(stages: list[Stage]) -> None:
    clock = HandClock()
    first = ScriptedSource([SIZE, RuntimeError("bug")], clock)
    second = ScriptedSource([SIZE], clock)
    stage = started(stages, Stage(first, second, clock=clock))
    assert second.over.wait(5.0)
    assert stage.links[2].message == "the source failed: bug"


def test_stop_during_the_pause_with_the_real_clock() -> None:
    reconnecting = threading.Event()

    def open_() -> FrameSource:
        raise SourceLostError("not there")

    def told(link: Link) -> None:
        if link.attempt >= 2:
            reconnecting.set()

    grabber = Grabber(open_, [], told)
    grabber.start()
    assert reconnecting.wait(5.0)
    grabber.stop(2.0)
    assert not grabber.is_alive()


def test_stop_during_a_hung_open_and_a_hung_read() -> None:
    for hang_at_once in (True, False):
        driver = FakeDriver()
        if hang_at_once:
            driver.hang.clear()
        live = threading.Event()
        grabber = Grabber(
            lambda driver=driver: LiveSource(driver, "the card", open_s=60.0, close_s=0.1),  # type: ignore[misc]
            [lambda frame, live=live: live.set()],  # type: ignore[misc]
            lambda link: None,
        )
        grabber.start()
        if not hang_at_once:
            driver.give(Shot(picture(), 0))
            assert live.wait(5.0)
            driver.hang.clear()
            assert driver.hanging.wait(2.0)
        grabber.stop(2.0)
        assert not grabber.is_alive()
        driver.hang.set()
        assert driver.closed.wait(2.0)


def test_stop_that_cannot_end_says_so() -> None:
    release = threading.Event()

    def open_() -> FrameSource:
        release.wait(10)
        raise SourceLostError("late")

    grabber = Grabber(open_, [], lambda link: None)
    grabber.start()
    with pytest.raises(TimeoutError, match=r"0\.05 s"):
        grabber.stop(0.05)
    release.set()
    grabber.stop()


def test_stop_before_start_and_twice() -> None:
    grabber = Grabber(lambda: ScriptedSource([], HandClock()), [], lambda link: None)
    grabber.stop()
    grabber.start()
    grabber.stop()
    grabber.stop()
