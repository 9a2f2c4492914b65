from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

import app.opening
from app import words
from capture.frame import Frame
from capture.geometry import Region
from capture.source import EndOfSource
from inference.engine import Engine
from inference.evidence_types import Evidence, Reason, Status, Verdict
from tests.app.window_fakes import FakeEngine, FakeFilm
from tests.app.window_waits import MakeWindow, wait_for_flag, wait_for_picture


def test_a_live_source_is_shown_judged_and_counted(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0")
    wait_for_flag(qtbot, window)
    qtbot.waitUntil(lambda: window.top_bar.shown.state == "live", timeout=4000)
    qtbot.waitUntil(lambda: any(f.value.startswith("CPU") for f in window.status_line.figures), timeout=4000)
    assert "test card" in window.top_bar.shown.source
    assert "160×120" in window.top_bar.shown.source
    assert "test-model 1" in window.top_bar.shown.model
    assert words.SYNTHETIC in window.top_bar.shown.model
    assert window.arc.number == "0.90"
    assert window.kept.frames[0].kind == "flag"
    flag = words.STATUS[Status.FLAG]
    qtbot.waitUntil(lambda: window.status_panel.accessibleDescription().startswith(flag), timeout=4000)
    assert "palate view missing" in window.checklist.accessibleDescription()
    names = [figure.name for figure in window.status_line.figures]
    assert names == ["source", "lost", "AI", "model", "overlay", "runs on"]
    assert not window.timeline.transport.isVisible()


def test_a_source_that_cannot_be_opened_is_one_clear_toast(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.open_source("/loops/none.avi")
    qtbot.waitUntil(lambda: bool(window.toasts.texts), timeout=4000)
    assert window.toasts.texts == ["/loops/none.avi: there is no such file"]
    qtbot.waitUntil(lambda: window.top_bar.shown.state == "none", timeout=4000)
    assert window.settings.now.recent_sources == ()
    window.open_source("card:1")
    wait_for_picture(qtbot, window)
    qtbot.waitUntil(lambda: list(window.settings.now.recent_sources) == ["card:1"], timeout=4000)


def test_a_model_that_fails_leaves_the_picture(make_window: MakeWindow, qtbot: QtBot) -> None:
    def broken() -> Engine:
        raise RuntimeError("no such layer")

    window = make_window("card:0", engine_factory=broken)
    wait_for_picture(qtbot, window)
    qtbot.waitUntil(lambda: any("no such layer" in text for text in window.toasts.texts), timeout=8000)
    shown = window.presenter.statistics.counts.shown
    qtbot.waitUntil(lambda: window.presenter.statistics.counts.shown > shown + 5, timeout=4000)


def test_a_fall_back_to_the_cpu_is_amber_and_told(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0", engine_factory=lambda: FakeEngine(fallbacks=("CUDA not used: no driver",)))
    qtbot.waitUntil(
        lambda: any(f.value == "CPU (fall-back)" for f in window.status_line.figures), timeout=8000
    )
    figure = next(f for f in window.status_line.figures if f.name == "runs on")
    assert figure.warn
    assert any("no driver" in notice.text for notice in window.notices.all())


def test_a_picture_without_a_sector_is_said_in_words(
    make_window: MakeWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.feed.FINDING_NS", 0)
    monkeypatch.setattr(
        "capture.region.scout.RegionScout.current", lambda self, width, height: Region.whole(width, height)
    )
    window = make_window("card:0", with_ai=False)
    qtbot.waitUntil(lambda: any(f.name == "scan sector" for f in window.status_line.figures), timeout=8000)
    told = [notice.text for notice in window.notices.all()]
    assert told.count("No scan sector was found: the whole picture is used") == 1


def test_what_a_damaged_film_has_lost_is_told_once(
    make_window: MakeWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Damaged(FakeFilm):
        @property
        def times_s(self) -> tuple[float, ...]:
            return tuple(index / 25 for index in range(42))

        def read(self, timeout_s: float = 0.25) -> Frame | None:
            try:
                return super().read(timeout_s)
            except EndOfSource:
                raise EndOfSource("12 of 42 frames are missing") from None

    monkeypatch.setattr(app.opening, "open_source", lambda spec: Damaged())
    window = make_window("bad.mp4", with_ai=False)
    line = "12 of 42 frames are missing"

    def told() -> list[str]:
        return [notice.text for notice in window.notices.all() if notice.text == line]

    qtbot.waitUntil(lambda: bool(told()), timeout=8000)
    window.feed.beat()
    window.feed.beat()
    assert told() == [line]
    assert window.notices.all()[-1].count == 1


def evidence_of(status: Status, smoothed: float) -> Evidence:
    return Evidence(
        status, Reason.SOME_HITS, "lip", 0.8, smoothed, smoothed, 4, 10, {}, (), Verdict.NOT_ASSESSED, 0
    )


def test_a_change_of_state_is_shown_at_once_and_a_score_at_the_next_beat(make_window: MakeWindow) -> None:
    window = make_window(with_ai=False)
    told = window.pipeline.evidence_changed
    told.emit(evidence_of(Status.LOOK_AGAIN, 0.5))
    look, flag = (words.STATUS[status] for status in (Status.LOOK_AGAIN, Status.FLAG))
    assert window.status_panel.accessibleDescription().startswith(look)
    assert window.arc.number == "0.50"
    told.emit(evidence_of(Status.LOOK_AGAIN, 0.6))
    assert window.arc.number == "0.50"
    window.feed.beat()
    window.feed.beat()
    assert window.arc.number == "0.60"
    told.emit(evidence_of(Status.FLAG, 0.8))
    assert window.status_panel.accessibleDescription().startswith(flag)
    assert window.arc.number == "0.80"


def test_timeline_and_arc_take_turns(make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both in one turn of the event loop would hold a frame up."""
    window = make_window(with_ai=False)
    window.feed._timer.stop()
    done: list[str] = []
    monkeypatch.setattr(window.timeline, "refresh", lambda now_s: done.append("timeline"))
    monkeypatch.setattr(window.arc, "show_evidence", lambda evidence: done.append("arc"))
    monkeypatch.setattr(window.feed, "words", lambda: done.append("words"))
    monkeypatch.setattr(window.feed, "measure", lambda: done.append("figures"))
    window.feed._beat = 0
    for _ in range(20):
        window.feed.beat()
    assert done[:3] == ["arc", "timeline", "arc"]
    assert [done.count(name) for name in ("timeline", "arc", "words", "figures")] == [10, 10, 5, 2]
