from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from pytestqt.qtbot import QtBot

from app.live.handover import HandOver
from app.live.notice import NoticeKind
from app.live.policy import MS, Pairing
from app.live.presenter import Presenter
from app.live.scan_view import ScanView
from capture.link import Link, LinkState
from capture.scan import Signal
from capture.source import SourceInfo
from tests.capture.fakes import HandClock

if TYPE_CHECKING:
    from tests.app.live.conftest import Maker

LIVE = Link(LinkState.LIVE, 0, info=SourceInfo("card", "HDMI 1", 320, 240, live=True))


@dataclass
class Stage:
    """A presenter on a clock turned by hand, its own timers stopped."""

    view: ScanView
    clock: HandClock = field(default_factory=HandClock)
    woken: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.handover = HandOver(lambda: self.woken.append(1))
        self.presenter = Presenter(self.handover, self.view, clock=self.clock, parent=self.view)
        self.presenter.stop()
        self.presenter.set_link(LIVE)

    @property
    def now_ms(self) -> float:
        return self.clock.now_ns() / MS

    def step_at(self, after_ms: float) -> None:
        self.clock.advance(after_ms / 1000)
        self.presenter.step()


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    view = ScanView()
    qtbot.addWidget(view)
    view.resize(320, 240)
    view.show()
    made = Stage(view)
    yield made
    made.presenter.stop()


def test_a_frame_that_came_is_painted_and_counted(stage: Stage, make: Maker) -> None:
    scan = make.scan(0, stage.now_ms)
    stage.handover.put_scan(scan)
    stage.step_at(1)
    assert stage.view.current is not None and stage.view.current.scan is scan
    counts, waiting = stage.presenter.counts()
    assert (counts.captured, counts.shown, counts.without, waiting) == (1, 1, 1, 0)


def test_a_frame_waits_for_its_own_prediction(stage: Stage, make: Maker) -> None:
    for number in range(12):
        scan = make.scan(number, stage.now_ms)
        stage.handover.put_scan(scan)
        stage.step_at(1)
        stage.handover.put_answer(make.answer(scan))
        stage.step_at(7)
        stage.step_at(8)
    counts, _ = stage.presenter.counts()
    assert counts.own >= 10 and counts.older == 0
    assert stage.view.current is not None and stage.view.current.pairing is Pairing.OWN


def test_hidden_window_drops_frames_and_says_so(stage: Stage, make: Maker) -> None:
    stage.view.hide()
    for number in range(3):
        stage.handover.put_scan(make.scan(number, stage.now_ms))
        stage.step_at(17)
    counts, waiting = stage.presenter.counts()
    assert (counts.captured, counts.dropped, counts.shown, waiting) == (3, 3, 0, 0)


def test_dead_picture_is_taken_down_within_500_ms_though_capture_says_nothing(
    stage: Stage, make: Maker
) -> None:
    stage.handover.put_scan(make.scan(0, stage.now_ms))
    stage.step_at(1)
    assert stage.view.notice is None
    for _ in range(10):
        stage.clock.advance(Presenter.WATCH_MS / 1000)
        stage.presenter.watch()
    assert stage.view.notice is not None and stage.view.notice.kind is NoticeKind.NO_FRAMES
    stage.handover.put_scan(make.scan(1, stage.now_ms))
    stage.step_at(1)
    assert stage.view.notice is None, "the next frame ends it at once"


def test_watch_runs_by_itself(stage: Stage, qtbot: QtBot, make: Maker) -> None:
    presenter = Presenter(stage.handover, stage.view, clock=stage.clock, parent=stage.view)
    presenter.set_link(LIVE)
    stage.handover.put_scan(make.scan(0, stage.now_ms))
    presenter.step()
    stage.clock.advance(0.41)
    qtbot.waitUntil(lambda: stage.view.notice is not None, timeout=2000)
    presenter.stop()


def test_frozen_signal_has_its_banner(stage: Stage, make: Maker) -> None:
    stage.handover.put_scan(make.scan(0, stage.now_ms, repeat=True, signal=Signal.FROZEN))
    stage.step_at(1)
    assert stage.view.notice is not None
    assert (stage.view.notice.kind, stage.view.notice.covers) == (NoticeKind.FROZEN, False)


def test_restart_shows_nothing_of_the_old_source(stage: Stage, make: Maker) -> None:
    old = make.scan(0, stage.now_ms)
    stage.handover.put_scan(old)
    stage.step_at(1)
    stage.clock.advance(0.01)
    stage.presenter.restart(stage.clock.now_ns())
    assert stage.view.current is None
    assert stage.view.notice is not None and stage.view.notice.kind is NoticeKind.NO_SOURCE
    stage.handover.put_scan(make.scan(1, old.frame.captured_ns / MS))
    stage.step_at(1)
    assert stage.view.current is None
    counts, waiting = stage.presenter.counts()
    assert (counts.captured, counts.shown, counts.dropped, waiting) == (2, 1, 1, 0)


def test_ai_off_takes_its_answer_from_the_picture(stage: Stage, make: Maker) -> None:
    scan = make.scan(0, stage.now_ms)
    stage.handover.put_scan(scan)
    stage.handover.put_answer(make.answer(scan))
    stage.step_at(25)
    assert stage.view.current is not None and stage.view.current.answer is not None
    stage.presenter.forget_answers()
    assert stage.view.current is not None and stage.view.current.answer is None
    counts, _ = stage.presenter.counts()
    assert counts.shown == 1
