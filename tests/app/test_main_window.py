from __future__ import annotations

import gc
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.action_table import TABLE
from app.language import set_language
from app.panels.timeline_data import LoopTrack
from app.settings import Settings
from tests.app.conftest import send_deferred_deletes
from tests.app.window_fakes import FRAMES
from tests.app.window_waits import MakeWindow, wait_for_flag, wait_for_picture


def test_a_film_plays_in_a_loop_with_playhead_and_transport(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("film.mp4")
    wait_for_flag(qtbot, window)
    qtbot.waitUntil(lambda: window.timeline.plot is not None, timeout=8000)
    track = window.timeline.track
    assert isinstance(track, LoopTrack)
    assert len(track.times_s) == FRAMES
    assert window.timeline.transport.isVisible()
    assert all(window.actions_[spec.id].isEnabled() for spec in TABLE if spec.replay_only)
    player = window.handlers.player
    assert player is not None
    QTest.keyClick(window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: window.top_bar.shown.state == "paused", timeout=4000)
    window.timeline.seek_asked.emit(7)
    qtbot.waitUntil(lambda: player.state.index == 7, timeout=4000)
    QTest.keyClick(window, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: player.state.index == 8, timeout=4000)
    QTest.keyClick(window, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: player.state.index == FRAMES - 1, timeout=4000)
    peak = track.peak()  # a frame that is seen again may get another score, and another may be the highest
    QTest.keyClick(window, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: player.state.index in (peak, track.peak()), timeout=4000)
    QTest.keyClick(window, Qt.Key.Key_BracketLeft)
    assert player.state.speed == 0.5
    QTest.keyClick(window, Qt.Key.Key_R)
    assert not player.state.loop


def test_an_error_is_a_toast_and_an_entry_in_the_list(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0")
    window.pipeline.failed.emit("region: cannot see")
    assert "region: cannot see" in window.toasts.texts
    QTest.keyClick(window, Qt.Key.Key_E)
    assert window.messages.is_open
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.messages.is_open


def test_a_file_dropped_anywhere_is_opened(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "loop 1.mp4"))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
    wait_for_picture(qtbot, window)
    assert window.feed.opener is not None
    assert window.feed.opener.spec.endswith("loop 1.mp4")
    text = QMimeData()
    text.setText("not a file")
    refused = QDragEnterEvent(QPoint(5, 5), copy, text, left, none)
    refused.ignore()
    window.dragEnterEvent(refused)
    assert not refused.isAccepted()


def test_the_language_changes_while_it_runs(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0", language=None, settings=Settings(language="en"))
    wait_for_flag(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_F8)
    QApplication.processEvents()
    qtbot.waitUntil(lambda: window.status_panel.accessibleDescription().startswith("标记"), timeout=4000)
    assert window.actions_["new_exam"].text() == "新检查"
    assert "以合成模体训练" in window.top_bar.shown.model
    assert window.menu.actions()[1].text() == "图像"
    set_language("en")


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (910, 512), (2560, 1440)])
def test_nothing_is_cut_off_at_any_size(make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window = make_window("film.mp4")
    window.resize(*size)
    wait_for_picture(qtbot, window)
    qtbot.waitUntil(lambda: window.timeline.transport.isVisible(), timeout=4000)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    panels = (window.status_panel, window.arc, window.checklist, window.kept, window.heatmap)
    shown = [panel for panel in panels if panel.isVisible()]
    assert len(shown) == (5 if size[1] >= 650 else 3)
    for panel in shown:
        box = panel.geometry()
        assert window.side.rect().contains(box), type(panel).__name__
        assert panel.height() >= panel.minimumSizeHint().height(), type(panel).__name__
    assert window.scan_view.width() > 0.6 * size[0]
    assert window.scan_view.height() > 0.55 * size[1]
    buttons = window.timeline.transport.buttons.values()
    assert all(window.timeline.transport.rect().contains(button.geometry()) for button in buttons)


def test_closed_windows_leave_no_widget_and_no_thread(make_window: MakeWindow, qtbot: QtBot) -> None:
    def closed_one() -> None:
        window = make_window("film.mp4")
        wait_for_picture(qtbot, window)
        qtbot.waitUntil(lambda: window.timeline.plot is not None, timeout=8000)
        window.close()
        window.deleteLater()
        send_deferred_deletes()

    closed_one()
    gc.collect()
    before = len(QApplication.allWidgets())
    for _ in range(2):
        closed_one()
        gc.collect()
    assert len(QApplication.allWidgets()) <= before
