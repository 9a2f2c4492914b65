"""The exam of a live source in a window: on disk by itself, and nothing of one runs over into the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.session.store import ExamStore
from app.settings import Settings
from app.words import running_words
from capture.geometry import Box, Region
from capture.scan import Signal
from tests.app import window_fakes
from tests.app.window_fakes import HEIGHT, WIDTH, picture
from tests.app.window_waits import MakeWindow, wait_for_flag, wait_for_picture

MadeLive = tuple[MainWindow, ExamStore]


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda fd: None)


@pytest.fixture
def live(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> Iterator[MadeLive]:
    window = make_window("card:0", exams_root=tmp_path / "exams")
    region = Region(Box(10, 10, 150, 110), WIDTH, HEIGHT, origin="manual")
    window.pipeline.set_region(region)
    wait_for_picture(qtbot, window)
    qtbot.waitUntil(lambda: window.desk.exam is not None, timeout=8000)
    qtbot.waitUntil(lambda: window.timeline.plot is not None, timeout=20000)
    yield window, ExamStore(tmp_path / "exams")


def test_an_exam_begins_by_itself_and_is_whole_when_the_window_closes(live: MadeLive, qtbot: QtBot) -> None:
    window, store = live
    wait_for_flag(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: bool(window.status_line.recording), timeout=4000)
    qtbot.waitUntil(
        lambda: (
            window.desk.live is not None
            and window.desk.live.state is not None
            and window.desk.live.state.counts.stored > 5
        ),
        timeout=8000,
    )
    words = window.status_line.recording
    assert words is not None and words.shape == "dot" and words.text.startswith("REC ")
    assert window.desk.exam is not None
    name = window.desk.exam.id
    assert window.desk.words().startswith(name)
    window.close()
    exam = store.open(name).exam
    assert exam.state == "closed"
    assert exam.flags and exam.verdicts["A"].lip.frames > 0
    assert [kept.kind for kept in exam.kept if kept.kind == "hand"] == ["hand"]
    assert exam.model is not None and exam.model.name == "test-model"
    assert len(store.open(name).frames()) == exam.counts.stored > 5
    assert {"exam-keeper", "exam-shelf", "exam-banner", "exam-recorder", "exam-disk"}.isdisjoint(
        thread.name for thread in threading.enumerate()
    )


def test_the_exam_says_what_is_in_force_also_what_came_after_it_began(live: MadeLive, qtbot: QtBot) -> None:
    window, _ = live
    desk = window.desk

    def stored(key: str) -> object:
        return None if desk.exam is None else desk.exam.settings.get(key)

    points = {"look_again": 0.45, "flag": 0.7, "release": 0.4}
    qtbot.waitUntil(lambda: stored("operating_points") == points, timeout=8000)
    QTest.keyClick(window, Qt.Key.Key_Z)
    qtbot.waitUntil(lambda: stored("recording") == "clips", timeout=4000)
    assert desk.live is not None and desk.exam is not None
    told = desk.exam
    desk.refresh()
    assert desk.exam is told, "what is known is not told again"


def test_one_key_begins_the_next_exam_and_nothing_runs_over(live: MadeLive, qtbot: QtBot) -> None:
    window, store = live
    wait_for_flag(qtbot, window)
    assert window.desk.exam is not None
    first = window.desk.exam.id
    window.pipeline.set_ai_enabled(False)
    QTest.keyClick(window, Qt.Key.Key_N)
    assert window.feed.kept.frames == ()
    assert window.desk.strip.isVisible()
    assert not window.desk.strip.age.hasFocus()
    qtbot.waitUntil(lambda: window.desk.exam is not None and window.desk.exam.id != first, timeout=8000)
    assert window.desk.exam is not None
    second = window.desk.exam.id
    window.close()
    assert store.open(first).exam.flags
    fresh = store.open(second).exam
    assert fresh.flags == () and fresh.verdicts == {} and fresh.started > store.open(first).exam.started


def test_the_next_fetus_begins_empty_and_the_first_is_come_back_to(live: MadeLive, qtbot: QtBot) -> None:
    window, _ = live
    wait_for_flag(qtbot, window)
    desk = window.desk
    assert desk.live is not None and desk.live.record is not None
    seen = desk.live.record.lip.frames
    assert seen > 0
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert desk.live.fetus == "B"
    assert desk.exam is not None and desk.exam.fetuses == ("A", "B")
    assert "fetus B" in window.top_bar.shown.exam
    desk.choose_fetus("A")
    assert desk.live.record.lip.frames >= seen


def test_the_strip_takes_age_and_operator_and_warns_of_an_age_out_of_range(
    live: MadeLive, qtbot: QtBot
) -> None:
    window, _ = live
    QTest.keyClick(window, Qt.Key.Key_W)
    strip = window.desk.strip
    assert strip.age.hasFocus()
    QTest.keyClicks(strip.age, "30+1")
    QTest.keyClick(strip.age, Qt.Key.Key_Return)
    QTest.keyClicks(strip.operator, "KL")
    QTest.keyClick(strip.operator, Qt.Key.Key_Return)
    exam = window.desk.exam
    assert exam is not None
    assert exam.gestational_age_weeks == pytest.approx(30.14)
    assert exam.operator == "KL" == window.settings.now.operator
    assert "Outside 18 to 28" in strip.warning.text()
    window.desk.refresh()
    assert strip.age.text() == "30+1" and "30+1 wk" in window.desk.words()
    assert window.desk.figures()[0].warn
    QTest.keyClick(strip.preset, Qt.Key.Key_Escape)
    assert not strip.isVisible()


def test_a_changed_banner_asks_holds_the_evidence_and_takes_one_key(live: MadeLive, qtbot: QtBot) -> None:
    window, _ = live
    desk = window.desk
    assert desk.live is not None and desk.exam is not None
    wait_for_flag(qtbot, window)
    first = desk.exam.id
    desk.live._ask(desk.live._turn)
    assert desk.question.isVisible() and desk.asking
    window.pipeline.take_points()
    before = window.presenter.statistics.counts.shown
    qtbot.waitUntil(lambda: window.presenter.statistics.counts.shown > before + 20, timeout=8000)
    assert len(window.pipeline.take_points()) <= 2, "nothing counts while it is not known for whom"
    QTest.keyClick(window, Qt.Key.Key_X)
    assert not desk.question.isVisible() and desk.exam.id == first
    qtbot.waitUntil(lambda: bool(window.pipeline.take_points()), timeout=4000)
    desk.live._ask(desk.live._turn)
    QTest.keyClick(window, Qt.Key.Key_Y)
    assert not desk.question.isVisible()
    qtbot.waitUntil(lambda: desk.exam is not None and desk.exam.id != first, timeout=8000)


def test_a_kept_frame_is_called_by_its_own_time_in_the_exam(live: MadeLive, qtbot: QtBot) -> None:
    window, _ = live
    QTest.keyClick(window, Qt.Key.Key_K)
    exam, frame = window.desk.exam, next(kept for kept in window.kept.frames if kept.kind == "hand")
    assert exam is not None
    at = running_words(exam.seconds(frame.scan.frame.captured_ns))
    assert [mark.text for mark in window.timeline.marks if not mark.flag] == [at]
    assert any(text == f"Frame kept {at}" for text in window.toasts.texts)
    window.handlers.look_at(window.kept.frames.index(frame))
    assert window.kept_view.when == at


def test_a_word_on_a_flag_waits_for_the_review_and_the_key_says_so(live: MadeLive, qtbot: QtBot) -> None:
    window, _ = live
    for key in (Qt.Key.Key_Y, Qt.Key.Key_X, Qt.Key.Key_U, Qt.Key.Key_C):
        QTest.keyClick(window, key)
    said = "Words on flags are given in review, once the exam has ended"
    assert window.toasts.texts.count(said) == 1, "once, however often"


def test_the_ruler_lies_on_a_frozen_picture_alone_and_its_width_goes_to_the_exam(
    live: MadeLive, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _ = live
    QTest.keyClick(window, Qt.Key.Key_M)
    assert not window.ruler.isVisible() and "Freeze the picture first" in window.toasts.texts[-1]
    still, moving = picture(7), picture
    monkeypatch.setattr(window_fakes, "picture", lambda index: still)
    qtbot.waitUntil(
        lambda: (shown := window.scan_view.current) is not None and shown.scan.signal is Signal.FROZEN,
        timeout=8000,
    )
    QTest.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    window.ruler.ends = (QPointF(20, 50), QPointF(60, 50))
    QTest.keyClicks(window.calibration.entry, "20")
    QTest.keyClick(window.calibration.entry, Qt.Key.Key_Return)
    window.ruler.ends = (QPointF(20, 50), QPointF(40, 50))
    QTest.keyClick(window.ruler, Qt.Key.Key_Return)
    assert window.desk.exam is not None
    assert [note.text for note in window.desk.exam.notes] == ["width 10.0 mm (scale: two points by hand)"]
    QTest.keyClick(window, Qt.Key.Key_M)
    assert window.ruler.isVisible()
    monkeypatch.setattr(window_fakes, "picture", moving)
    qtbot.waitUntil(lambda: not window.ruler.isVisible(), timeout=8000)


def test_a_note_is_taken_of_the_frame_that_was_on_the_screen(live: MadeLive, qtbot: QtBot) -> None:
    window, _ = live
    shown = window.scan_view.current
    assert shown is not None and window.desk.exam is not None
    QTest.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    strip = window.review.strip
    assert strip.isVisible() and strip.comment.hasFocus() and not strip.side.isVisible()
    asked = window.review._note_ns
    QTest.keyClicks(strip.comment, "hand at the lip")
    QTest.keyClick(strip.comment, Qt.Key.Key_Return)
    assert not strip.isVisible()
    note = window.desk.exam.notes[-1]
    assert (note.text, note.captured_ns) == ("hand at the lip", asked)
    assert asked >= shown.scan.frame.captured_ns


def test_the_exam_that_is_scanned_is_opened_whole_from_the_list(live: MadeLive, qtbot: QtBot) -> None:
    window, store = live
    wait_for_flag(qtbot, window)
    assert window.desk.exam is not None
    name = window.desk.exam.id
    window.open_exam(name, False)
    qtbot.waitUntil(lambda: window.review.is_open, timeout=8000)
    opened = window.review.opened
    assert opened is not None and opened.exam.state == "closed" == store.open(name).exam.state
    assert len(opened.captured_ns) == opened.exam.counts.stored
    assert any(f"Exam {name} has ended" in text for text in window.toasts.texts)


def test_a_long_export_does_not_keep_the_next_exam_from_beginning(live: MadeLive, qtbot: QtBot) -> None:
    window, _ = live
    assert window.desk.exam is not None
    first, gate = window.desk.exam.id, threading.Event()

    def long() -> None:
        gate.wait(20)

    window.desk.do(long)
    QTest.keyClick(window, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: window.desk.exam is not None and window.desk.exam.id != first, timeout=8000)
    gate.set()


def test_recording_is_switched_off_by_a_key_and_said_plainly(live: MadeLive, qtbot: QtBot) -> None:
    window, _ = live
    window.handlers._off.setInterval(20)
    for expected in ("clips", "off"):
        QTest.keyClick(window, Qt.Key.Key_Z)
        assert window.settings.now.recording == expected
    assert "no video" in window.toasts.texts[-1]
    qtbot.waitUntil(
        lambda: (words := window.status_line.recording) is not None and words.shape == "ring", timeout=4000
    )
    assert window.status_line.recording is not None and "OFF" in window.status_line.recording.text


def test_a_key_that_passes_off_on_its_way_to_the_whole_exam_loses_no_seconds_held(
    live: MadeLive, qtbot: QtBot
) -> None:
    window, _ = live
    assert window.desk.live is not None
    QTest.keyClick(window, Qt.Key.Key_Z)
    before_ns = time.monotonic_ns()
    qtbot.waitUntil(lambda: time.monotonic_ns() > before_ns + 400_000_000, timeout=4000)
    for _ in range(2):
        QTest.keyClick(window, Qt.Key.Key_Z)
    window.close()
    exam = window.desk.live.store.open(window.desk.live.store.exams()[0].id)
    assert window.settings.now.recording == "exam"
    assert exam.exam.counts.unwanted == 0 and len(exam.frames()) > 3


def test_a_folder_that_cannot_be_made_is_told_and_the_picture_goes_on(
    make_window: MakeWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "exams").write_text("in the way")
    window = make_window("card:0", settings=Settings(), exams_root=tmp_path / "exams")
    wait_for_picture(qtbot, window)
    qtbot.waitUntil(lambda: window.desk.live is not None and window.desk.live.broken, timeout=8000)
    qtbot.waitUntil(
        lambda: window.status_line.recording is not None and window.status_line.recording.shape == "square",
        timeout=4000,
    )
    shown = window.presenter.statistics.counts.shown
    qtbot.waitUntil(lambda: window.presenter.statistics.counts.shown > shown + 5, timeout=4000)


def test_a_film_makes_no_exam(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = make_window("film.mp4", exams_root=tmp_path / "exams")
    wait_for_flag(qtbot, window)
    assert window.desk.exam is None
    assert window.status_line.recording is None
    QTest.keyClick(window, Qt.Key.Key_X)
    assert "this picture belongs to none" in window.toasts.texts[-1]
    assert not list((tmp_path / "exams").glob("*/E-*"))
