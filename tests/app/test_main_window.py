from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

import app.opening
from app import words
from app.actions import TABLE
from app.handlers import Handlers
from app.language import set_language
from app.main_window import MainWindow
from app.panels.timeline_data import LoopTrack
from app.settings import Settings, load_settings
from capture.frame import Frame
from capture.geometry import Region
from capture.scan import Scan
from capture.source import EndOfSource
from inference.engine import Engine
from inference.evidence_types import Status
from inference.prediction import Prediction
from tests.app.conftest import send_deferred_deletes
from tests.app.window_fakes import FRAMES, FakeEngine, FakeFilm

MakeWindow = Callable[..., MainWindow]


def wait_for_picture(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.scan_view.current is not None, timeout=8000)


def wait_for_flag(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: len(window.feed.kept.open_flags) > 0, timeout=8000)


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
    QTest.keyClick(window, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: player.state.index == track.peak(), timeout=4000)
    QTest.keyClick(window, Qt.Key.Key_BracketLeft)
    assert player.state.speed == 0.5
    QTest.keyClick(window, Qt.Key.Key_R)
    assert not player.state.loop


def test_every_action_can_be_triggered_in_every_state(make_window: MakeWindow, qtbot: QtBot) -> None:
    for spec_of_source in ("card:0", "film.mp4"):
        window = make_window(spec_of_source)
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
        window.close()


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
    assert window.feed.exam_number == 2
    assert "Exam 2" in window.top_bar.shown.exam


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


def test_a_source_that_cannot_be_opened_is_one_clear_toast(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.open_source("/loops/none.avi")
    qtbot.waitUntil(lambda: bool(window.toasts.texts), timeout=4000)
    assert window.toasts.texts == ["/loops/none.avi: there is no such file"]
    qtbot.waitUntil(lambda: window.top_bar.shown.state == "none", timeout=4000)
    assert window.settings.now.recent_sources == ()
    window.open_source("card:1")
    wait_for_picture(qtbot, window)
    assert list(window.settings.now.recent_sources) == ["card:1"]


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


def test_an_error_is_a_toast_and_an_entry_in_the_list(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("card:0")
    window.pipeline.failed.emit("region: cannot see")
    assert "region: cannot see" in window.toasts.texts
    QTest.keyClick(window, Qt.Key.Key_E)
    assert window.messages.is_open
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.messages.is_open


def test_the_window_opens_on_its_picker_and_is_walked_by_keys_alone(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(settings=Settings(recent_sources=("card:7", "film.mp4")))
    qtbot.waitUntil(lambda: window.picker.is_open, timeout=4000)
    titles = [tile.offer.title for tile in window.picker.tiles]
    assert titles == ["Demo loop", "Live phantom", "card:7", "film.mp4"]
    assert window.focusWidget() is window.picker.tiles[0]
    seen: list[QWidget] = []
    for _ in range(40):
        focused = window.focusWidget()
        assert focused is not None
        if focused in seen:
            break
        assert window.picker.isAncestorOf(focused)
        seen.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert set(window.picker.tiles) | {window.picker.address} <= set(seen)
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window.sheet.is_open
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window.picker.is_open, "without a source there is nothing else to do"
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.picker.is_open
    window.picker.tiles[3].setFocus()
    QTest.keyClick(window.picker.tiles[3], Qt.Key.Key_Return)
    assert not window.picker.is_open
    wait_for_picture(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_O)
    assert window.picker.is_open
    QTest.keyClick(window, str(1 + [tile.offer.spec for tile in window.picker.tiles].index("card:7")))
    assert window.feed.opener is not None
    assert window.feed.opener.spec == "card:7"


def test_letters_typed_into_the_address_are_no_commands(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    qtbot.waitUntil(lambda: window.picker.is_open, timeout=4000)
    window.picker.address.setFocus()
    QTest.keyClicks(window.picker.address, "card:a b")
    assert window.picker.address.text() == "card:a b"
    assert window.pipeline.ai_enabled
    assert not window.patient_safe
    QTest.keyClick(window.picker.address, Qt.Key.Key_Return)
    assert window.feed.opener is not None
    assert window.feed.opener.spec == "card:a b"


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
