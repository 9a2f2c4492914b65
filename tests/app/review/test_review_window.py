"""An exam opened again in the window: what was said then, words on flags, second reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.panels.timeline_data import LoopTrack
from app.session.exam import Exam
from app.session.store import ExamStore
from inference.evidence_types import Status
from tests.app.review.conftest import FRAMES
from tests.app.window_waits import MakeWindow


@pytest.fixture
def window(make_window: MakeWindow, root: Path, exam: Exam, qtbot: QtBot) -> MainWindow:
    made = make_window(f"exam:{exam.id}", exams_root=root)
    qtbot.waitUntil(lambda: made.review.is_open, timeout=8000)
    qtbot.waitUntil(lambda: made.scan_view.current is not None, timeout=8000)
    qtbot.waitUntil(lambda: isinstance(made.timeline.track, LoopTrack), timeout=8000)
    qtbot.waitUntil(lambda: made.timeline.plot is not None, timeout=20000)
    return made


def go_to(window: MainWindow, qtbot: QtBot, index: int) -> None:
    window.handlers.seek(index)
    qtbot.waitUntil(lambda: window.review.index == index, timeout=4000)


def test_an_exam_opens_paused_with_its_whole_timeline_and_what_was_kept(
    window: MainWindow, exam: Exam, qtbot: QtBot
) -> None:
    player = window.handlers.player
    assert player is not None and not player.state.playing and player.state.frames == FRAMES
    samples = window.timeline.track.samples(0.0)
    assert len(samples.times_s) == FRAMES
    assert [mark.flag for mark in window.timeline.marks] == [True, False]
    assert {frame.kind for frame in window.kept.frames} == {"flag", "hand", "best"}
    assert window.desk.exam is None, "a review makes no new exam"
    assert exam.id not in window.settings.now.recent_sources


def test_the_panels_say_what_was_said_when_the_frame_was_scanned(window: MainWindow, qtbot: QtBot) -> None:
    go_to(window, qtbot, FRAMES - 1)
    evidence = window.review.evidence
    assert evidence is not None and evidence.status is Status.FLAG and evidence.view == "palate"
    assert evidence.instant == pytest.approx(0.9)
    go_to(window, qtbot, 50)
    evidence = window.review.evidence
    assert evidence is not None and evidence.view == "lip" and evidence.status is not Status.FLAG
    qtbot.waitUntil(lambda: window.arc.number == "0.05", timeout=4000)


def test_of_two_flags_at_a_time_the_one_of_the_frames_view_is_in_hand(
    window: MainWindow, exam: Exam, qtbot: QtBot
) -> None:
    opened = window.review.opened
    assert opened is not None
    lip = exam.flags[0].model_copy(update={"number": 9, "view": "lip", "first_ns": exam.started_ns})
    opened.exam = exam.model_copy(update={"flags": (lip, *exam.flags)})
    found = [opened.flag_at(index) for index in (50, FRAMES - 1)]
    assert [flag and flag.view for flag in found] == ["lip", "palate"]


def test_a_paused_frame_shows_its_heat_map_though_one_frame_adds_up_to_nothing(
    window: MainWindow, qtbot: QtBot
) -> None:
    go_to(window, qtbot, 70)

    def drawn() -> bool:
        shown = window.scan_view.current
        return shown is not None and window.scan_view._visible_layer(shown) is not None

    qtbot.waitUntil(drawn, timeout=8000)


def test_keys_step_frame_by_frame_and_find_the_flag(window: MainWindow, exam: Exam, qtbot: QtBot) -> None:
    go_to(window, qtbot, 10)
    QTest.keyClick(window, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: window.review.index == 11, timeout=4000)
    shown = window.scan_view.current
    assert shown is not None
    qtbot.waitUntil(
        lambda: window.scan_view.current is not None and window.scan_view.current.scan.frame.index == 11,
        timeout=4000,
    )
    QTest.keyClick(window, Qt.Key.Key_F)
    assert window.review.opened is not None
    best = window.review.opened.frame_at(exam.flags[0].best_ns)
    qtbot.waitUntil(lambda: window.review.index == best, timeout=4000)


def test_one_key_disagrees_and_a_comment_with_side_and_kind_is_stored(
    window: MainWindow, root: Path, exam: Exam, qtbot: QtBot
) -> None:
    QTest.keyClick(window, Qt.Key.Key_X)
    store = ExamStore(root)
    qtbot.waitUntil(lambda: len(store.open(exam.id).exam.overrides) == 1, timeout=4000)
    assert store.open(exam.id).exam.overrides[0].call == "disagree"
    qtbot.waitUntil(lambda: window.review.opened is not None and bool(window.review.opened.exam.overrides))
    QTest.keyClick(window, Qt.Key.Key_C)
    strip = window.review.strip
    assert strip.annotating and strip.comment.hasFocus()
    strip.side.setCurrentIndex(1)
    strip.kind.setCurrentIndex(4)
    QTest.keyClicks(strip.comment, "shadow")
    QTest.keyClick(strip.comment, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(store.open(exam.id).exam.overrides) == 2, timeout=4000)
    said = store.open(exam.id).exam.overrides[-1]
    assert (said.call, said.comment, said.side, said.kind) == ("disagree", "shadow", "image left", "palate")
    assert not strip.annotating
    assert store.open(exam.id).audit_check().whole


def test_a_second_reader_sees_nothing_of_the_ai_before_the_own_call(
    window: MainWindow, root: Path, exam: Exam, qtbot: QtBot
) -> None:
    QTest.keyClick(window, Qt.Key.Key_I)
    assert window.ai_hidden and not window.side.isVisible() and not window.review.strip.isVisible()
    assert window.timeline.plot is None or not window.timeline.plot.isVisible()
    for key in (Qt.Key.Key_F, Qt.Key.Key_T, Qt.Key.Key_Y):
        QTest.keyClick(window, key)
    assert window.review.index == 0, "no key leads to the flag"
    QTest.keyClick(window, Qt.Key.Key_2)
    QTest.keyClick(window, Qt.Key.Key_4)
    assert not window.ai_hidden and window.side.isVisible()
    QTest.keyClick(window, Qt.Key.Key_1)
    QTest.keyClick(window, Qt.Key.Key_5)
    store = ExamStore(root)
    qtbot.waitUntil(lambda: [r.final for r in store.open(exam.id).exam.reads] == ["cleft"], timeout=4000)
    read = store.open(exam.id).exam.reads[0]
    assert (read.own, read.own_confidence, read.final_confidence) == ("no_cleft", 75, 100)
    assert read.changed and read.revealed_at is not None and read.own_at <= read.revealed_at
    assert read.ai_seen, "the exam was opened with the AI shown"
    assert store.open(exam.id).exam.overrides == ()
    assert not window.review.reader_strip.isVisible()


def test_a_note_is_stored_with_its_frame_and_shown_there(
    window: MainWindow, root: Path, exam: Exam, qtbot: QtBot
) -> None:
    go_to(window, qtbot, 30)
    QTest.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(window.review.strip.comment, "cord in front")
    QTest.keyClick(window.review.strip.comment, Qt.Key.Key_Return)
    store = ExamStore(root)
    qtbot.waitUntil(lambda: len(store.open(exam.id).exam.notes) == 1, timeout=4000)
    assert window.review.opened is not None
    note = store.open(exam.id).exam.notes[0]
    assert (note.text, note.captured_ns) == ("cord in front", window.review.opened.captured_ns[30])
    qtbot.waitUntil(lambda: window.review.strip.note == "Note: cord in front", timeout=4000)
    go_to(window, qtbot, 100)
    qtbot.waitUntil(lambda: window.review.strip.note == "notes: 1", timeout=4000)


def test_a_damaged_exam_is_one_line_and_the_window_goes_on(
    make_window: MakeWindow, root: Path, exam: Exam, qtbot: QtBot
) -> None:
    window = make_window("exam:E-20260101-0000", exams_root=root)
    qtbot.waitUntil(lambda: any("no such exam" in text for text in window.toasts.texts), timeout=8000)
    assert not window.review.is_open


def test_the_ruler_measures_in_mm_and_the_width_goes_to_the_exam(
    window: MainWindow, root: Path, exam: Exam, qtbot: QtBot
) -> None:
    QTest.keyClick(window, Qt.Key.Key_M)
    ruler = window.ruler
    assert ruler.isVisible() and ruler.hasFocus()
    ruler.ends = (QPointF(40, 60), QPointF(70, 100))
    assert ruler.mm == pytest.approx(50 * 0.1)
    QTest.keyClick(ruler, Qt.Key.Key_Tab)
    for _ in range(4):
        QTest.keyClick(ruler, Qt.Key.Key_Left)
    assert ruler.ends[0] == QPointF(38, 60)
    window.scan_view.grab()
    QTest.keyClick(ruler, Qt.Key.Key_Return)
    assert not ruler.isVisible()
    store = ExamStore(root)
    qtbot.waitUntil(lambda: len(store.open(exam.id).exam.notes) == 1, timeout=4000)
    note = store.open(exam.id).exam.notes[0]
    assert note.text == "width 5.1 mm (scale: phantom)"
    assert window.review.opened is not None
    assert note.captured_ns == window.review.opened.captured_ns[window.review.index]


def test_two_points_of_a_known_distance_give_the_scale(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    assert window.calibration.isVisible() and window.calibration.entry.hasFocus()
    QTest.mouseClick(window.ruler, Qt.MouseButton.LeftButton)
    assert window.calibration.entry.hasFocus(), "the ends are put in place, then the number is typed"
    window.ruler.ends = (QPointF(40, 40), QPointF(40, 140))
    QTest.keyClicks(window.calibration.entry, "0")
    QTest.keyClick(window.calibration.entry, Qt.Key.Key_Return)
    assert "expected 0.1 to 1000 mm" in window.toasts.texts[-1]
    window.calibration.entry.setText("20")
    QTest.keyClick(window.calibration.entry, Qt.Key.Key_Return)
    assert not window.calibration.isVisible()
    assert window.ruler.mm == pytest.approx(20.0)
    window.ruler.ends = (QPointF(0, 0), QPointF(30, 40))
    assert window.ruler.mm == pytest.approx(10.0)
    QTest.keyClick(window, Qt.Key.Key_P)
    assert not window.ruler.isVisible(), "what moves is not measured"


def test_the_bare_scan_stands_beside_the_one_that_is_drawn_on(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_S)
    assert window.raw_view.isVisible()
    go_to(window, qtbot, 30)

    def same() -> bool:
        raw, drawn = window.raw_view.current, window.scan_view.current
        return raw is not None and drawn is not None and raw.scan is drawn.scan and raw.scan.frame.index == 30

    qtbot.waitUntil(same, timeout=4000)
    QTest.keyClick(window, Qt.Key.Key_S)
    assert not window.raw_view.isVisible()
