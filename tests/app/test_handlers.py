from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from app.action_table import TABLE
from app.handlers import Handlers
from app.settings import load_settings
from capture.scan import Scan
from inference.prediction import Prediction
from tests.app.window_fakes import FakeEngine
from tests.app.window_waits import MakeWindow, wait_for_flag, wait_for_picture


@pytest.mark.parametrize("source", ["card:0", "film.mp4"])
def test_every_action_can_be_triggered_in_every_state(
    make_window: MakeWindow, qtbot: QtBot, source: str
) -> None:
    window = make_window(source)
    wait_for_picture(qtbot, window)
    for spec in TABLE:
        if spec.id in ("quit", "menu", "full_screen"):
            continue
        action = window.actions_[spec.id]
        action.trigger()
        QApplication.processEvents()
        action.trigger()
        QApplication.processEvents()
    errors = [notice.text for notice in window.notices.all() if notice.level == "error"]
    assert errors == []
    assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isModal()]


def test_every_key_reaches_its_handler(
    make_window: MakeWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[str, tuple[object, ...]]] = []
    for name in {spec.handler for spec in TABLE}:
        monkeypatch.setattr(Handlers, name, lambda self, *a, _name=name: called.append((_name, a)))
    window = make_window()
    window.picker.hide()
    window.actions_.set_replay(True)
    window.setFocus()
    for spec in TABLE:
        for text in window.actions_.bound[spec.id]:
            called.clear()
            combination = QKeySequence(text)[0]  # type: ignore[index]
            QTest.keyClick(window, combination.key(), combination.keyboardModifiers())
            wanted = [(True,), (False,)] if spec.hold else [() if spec.argument is None else (spec.argument,)]
            assert called == [(spec.handler, arguments) for arguments in wanted], spec.id
    called.clear()


def test_peek_lasts_as_long_as_the_key_is_down(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0")
    seen: list[bool] = []
    window.scan_view.set_peek = seen.append  # type: ignore[method-assign,assignment]
    QTest.keyPress(window, Qt.Key.Key_Space)
    assert seen == [True]
    QTest.keyRelease(window, Qt.Key.Key_Space)
    assert seen == [True, False]
    QTest.keyPress(window, Qt.Key.Key_F15)
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    assert seen == [True, False, True, False]


def test_ai_is_switched_off_and_on_with_one_key(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0")
    wait_for_flag(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_A)
    assert not window.pipeline.ai_enabled
    assert not window.actions_["toggle_ai"].isChecked()
    qtbot.waitUntil(lambda: window.arc.number == "—", timeout=4000)
    qtbot.waitUntil(lambda: "runs on" not in {f.name for f in window.status_line.figures}, timeout=4000)
    assert window.top_bar.shown.model.startswith("AI off")
    assert window.scan_view.current is not None
    QTest.keyClick(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: window.arc.number == "0.90", timeout=4000)


def test_a_new_exam_needs_its_key_twice_and_clears_everything(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("film.mp4")
    wait_for_flag(qtbot, window)
    window.handlers.play_pause()
    QTest.keyClick(window, Qt.Key.Key_N)
    assert window.feed.kept.frames
    assert "Press N again" in window.toasts.texts[-1]
    QTest.keyClick(window, Qt.Key.Key_N)
    assert window.feed.kept.frames == ()
    # a film makes no exam, and nothing calls it one
    assert window.top_bar.shown.exam.startswith("No exam")


def test_a_frame_is_kept_looked_at_and_put_away_by_keys(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0", with_ai=False)
    wait_for_picture(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_K)
    assert [frame.kind for frame in window.kept.frames] == ["hand"]
    wide = window.scan_view.width()
    QTest.keyClick(window, Qt.Key.Key_1)
    assert window.kept_view.isVisible()
    QApplication.processEvents()
    assert window.scan_view.width() < wide
    assert not window.kept_view.geometry().intersects(window.scan_view.geometry())
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.kept_view.isVisible()


def test_a_frame_kept_before_its_prediction_came_gets_its_score(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    let_go = threading.Event()

    class Slow(FakeEngine):
        def predict(self, scan: Scan) -> Prediction:
            assert let_go.wait(10)
            return super().predict(scan)

    window = make_window("card:0", engine_factory=Slow)
    try:
        wait_for_picture(qtbot, window)
        qtbot.waitUntil(lambda: window.feed.ai.running, timeout=8000)
        QTest.keyClick(window, Qt.Key.Key_K)
        assert window.kept.frames[0].score is None
    finally:
        let_go.set()
    qtbot.waitUntil(
        lambda: any(f.key == "hand:1" and f.score == 0.9 for f in window.kept.frames), timeout=4000
    )


def test_flags_are_dismissed_one_by_one(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0")
    wait_for_flag(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_D)
    assert len(window.feed.kept.open_flags) == 0
    assert not any(mark.flag for mark in window.timeline.marks)
    QTest.keyClick(window, Qt.Key.Key_D)
    assert "no flag" in window.toasts.texts[-1]


def test_the_patient_safe_view_tells_nothing(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0")
    wait_for_flag(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_B)
    for panel in (window.side, window.timeline, window.toasts, window.kept_view):
        assert not panel.isVisible()
    window.notices.tell("flag 3 found", "warning")
    assert not window.toasts.isVisible()
    QTest.keyClick(window, Qt.Key.Key_1)
    assert not window.kept_view.isVisible()
    assert window.status_line.isVisible()
    QTest.keyClick(window, Qt.Key.Key_B)
    assert window.side.isVisible()


def test_what_is_chosen_is_kept_for_the_next_start(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window("card:0")
    QTest.keyClick(window, Qt.Key.Key_H)
    QTest.keyClick(window, Qt.Key.Key_Minus)
    QTest.keyClick(window, Qt.Key.Key_V)
    QTest.keyClick(window, Qt.Key.Key_F8)
    window.close()
    kept, warnings = load_settings(tmp_path / "settings.json")
    assert warnings == []
    assert (kept.heatmap, kept.opacity, kept.view, kept.language) == ("fill", 0.45, "whole", "zh")
