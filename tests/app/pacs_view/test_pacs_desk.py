"""PACS in the window: keys open it, lists are chosen from, nothing goes unseen, the picture goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.export.orders import orders
from app.export.patient import Patient
from app.export.wishes import wishes
from app.main_window import MainWindow
from app.pacs_view.letters import (
    Answer,
    Arrived,
    AskStudies,
    AskWorklist,
    BringStudy,
    Brought,
    Cine,
    Expected,
    Failed,
    LookAtQueue,
    News,
    NobodyToAsk,
    Plan,
    PlanExam,
    Queued,
    QueueState,
    Request,
    SendExam,
    Studies,
    Study,
    Worklist,
)
from app.session.store import ExamStore
from tests.app.review.conftest import make_exam
from tests.app.window_waits import MakeWindow, wait_for_picture

PATIENT = Patient("Quibblesworth^Zaphira", "ZQ-4711-X", accession_number="A77")
ENTRY = Expected("2026-11-23 09:30", "VOLUSON1", "Fetal face", PATIENT.name, PATIENT.id, PATIENT)
SHIFT = Qt.KeyboardModifier.ShiftModifier


class FakeOffice:
    """Answers by a table, at once."""

    def __init__(self, home: Path, on_answer: Callable[[Answer], None]) -> None:
        self.home, self.on_answer = home, on_answer
        self.asked: list[Request] = []
        self.answers: dict[type, Answer] = {LookAtQueue: QueueState()}
        self.stopped = False

    def ask(self, request: Request) -> None:
        self.asked.append(request)
        answer = self.answers.get(type(request))
        if answer is not None:
            self.on_answer(answer)

    def stop(self) -> None:
        self.stopped = True


def frame_of(window: MainWindow) -> int:
    shown = window.scan_view.current
    return -1 if shown is None else shown.scan.frame.index


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("os.fsync", lambda fd: None)
    return tmp_path / "exams"


@pytest.fixture
def open_window(
    make_window: MakeWindow, root: Path, qtbot: QtBot
) -> Callable[[str], tuple[MainWindow, FakeOffice]]:
    def make(spec: str) -> tuple[MainWindow, FakeOffice]:
        window = make_window(spec, exams_root=root)
        wait_for_picture(qtbot, window)
        office = FakeOffice(root.parent, window.pacs._answered.emit)
        window.pacs.office = office  # type: ignore[assignment]
        return window, office

    return make


def test_an_entry_of_the_worklist_begins_an_exam_that_knows_its_patient(
    open_window: Callable[[str], tuple[MainWindow, FakeOffice]],
    root: Path,
    qtbot: QtBot,
    caplog: pytest.LogCaptureFixture,
) -> None:
    window, office = open_window("card:0")
    live = window.desk.live
    assert live is not None
    qtbot.waitUntil(lambda: live.exam is not None, timeout=8000)
    first = live.exam.id if live.exam else ""
    office.answers[AskWorklist] = Worklist((ENTRY,), more=False)
    QTest.keyClick(window, Qt.Key.Key_W, SHIFT)
    page = window.pacs.page
    assert page.is_open and QApplication.activeModalWidget() is None
    qtbot.waitUntil(lambda: page.worklist.rowCount() == 1, timeout=4000)
    before = frame_of(window)
    qtbot.waitUntil(lambda: frame_of(window) > before, timeout=4000)
    QTest.keyClick(page.worklist, Qt.Key.Key_Return)
    assert not page.is_open
    qtbot.waitUntil(lambda: live.exam is not None and live.exam.id != first, timeout=8000)
    second = live.exam.id if live.exam else ""
    kept = orders(root.parent)
    qtbot.waitUntil(lambda: kept.of(second) is not None, timeout=4000)
    assert kept.of(second) == PATIENT and kept.of(first) is None
    QTest.keyClick(window, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: live.exam is not None and live.exam.id not in (first, second), timeout=8000)
    assert kept.of(live.exam.id if live.exam else "") is None, "the next exam is somebody else's"
    for path in (root / ".." / "exams").rglob("*"):
        assert "Quibblesworth" not in path.name
        assert path.is_dir() or b"Quibblesworth" not in path.read_bytes()
    assert "Quibblesworth" not in caplog.text and "ZQ-4711" not in caplog.text


def test_a_study_is_brought_and_its_cine_opened(
    open_window: Callable[[str], tuple[MainWindow, FakeOffice]], qtbot: QtBot
) -> None:
    window, office = open_window("card:0")
    office.answers[AskStudies] = Studies((Study("2026-11-22", "A^B", "1", "face", 3, "1.2.3"),), more=True)
    brought = (Cine(Path("/in/one.mp4"), 1, 30, "160×120"), Cine(Path("/in/two.mp4"), 2, 1, "160×120"))
    office.answers[BringStudy] = Brought(brought, left=1)
    QTest.keyClick(window, Qt.Key.Key_F, SHIFT)
    page = window.pacs.page
    qtbot.waitUntil(lambda: page.studies.rowCount() == 1, timeout=4000)
    assert "narrow the search" in page._said.text()
    QTest.keyClicks(page.patient_id, "77")
    QTest.keyClick(page.patient_id, Qt.Key.Key_Return)
    assert office.asked[-1] == AskStudies(None, None, "77")
    qtbot.waitUntil(lambda: page.studies.rowCount() == 1, timeout=4000)
    page.go.click()
    qtbot.waitUntil(lambda: page.cines.rowCount() == 2, timeout=4000)
    assert BringStudy("1.2.3") in office.asked
    assert page._said.text() == "2 came, 1 did not come"
    page.cines.setCurrentCell(0, 0)
    QTest.keyClick(page.cines, Qt.Key.Key_Return)
    assert not page.is_open
    qtbot.waitUntil(lambda: window.feed.opener is not None and window.feed.opener.spec == "/in/one.mp4")


def test_an_empty_list_says_why_and_what_to_do(
    open_window: Callable[[str], tuple[MainWindow, FakeOffice]],
    qtbot: QtBot,
    caplog: pytest.LogCaptureFixture,
) -> None:
    window, office = open_window("film.mp4")
    page = window.pacs.page
    office.answers[AskWorklist] = Worklist((), more=False)
    QTest.keyClick(window, Qt.Key.Key_W, SHIFT)
    qtbot.waitUntil(lambda: page.worklist.empty.startswith("Nobody is expected then"), timeout=4000)
    assert page._said.text() == "", "said once"
    office.answers[AskStudies] = NobodyToAsk("query", Path("/home/clinic"), "pacs.json: expected a peer")
    QTest.keyClick(window, Qt.Key.Key_F, SHIFT)
    qtbot.waitUntil(lambda: page.studies.empty.startswith("No PACS to look in is set up yet"), timeout=4000)
    assert "pacs.json in /home/clinic" in page.studies.empty and "expected a peer" not in page.studies.empty
    assert "expected a peer" in caplog.text, "the whole of it"
    office.answers[AskStudies] = Studies((), more=False)
    page.any_day.click()
    qtbot.waitUntil(lambda: page.studies.empty.startswith("No study was found"), timeout=4000)
    page.studies.grab()
    QTest.keyClick(window, Qt.Key.Key_S, SHIFT)
    qtbot.waitUntil(lambda: page.sending.table.empty.startswith("No exam has ended yet"), timeout=4000)
    assert page.sending._who.text() == page.sending._head.text() == ""
    assert not page.sending.nameless.isEnabled() and not page.sending.named.isEnabled()


def test_an_exam_is_previewed_then_sent_and_the_queue_is_put_in_words(
    open_window: Callable[[str], tuple[MainWindow, FakeOffice]], root: Path, qtbot: QtBot
) -> None:
    exam = make_exam(root)
    other = make_exam(root)
    orders(root.parent).keep(exam.id, PATIENT)
    window, office = open_window(f"exam:{exam.id}")
    picture = np.zeros((60, 80), np.uint8)
    office.answers[PlanExam] = Plan(exam.id, True, "pacs", ("would write a", "keeps b"), 2, picture)
    QTest.keyClick(window, Qt.Key.Key_S, SHIFT)
    tab = window.pacs.page.sending
    qtbot.waitUntil(lambda: tab.table.rowCount() == 2, timeout=4000)
    assert tab.table.current == exam.id, "the open exam is the one that is meant"
    assert not tab.send.isEnabled(), "nothing goes that nobody has seen"
    QTest.keyClick(tab.table, Qt.Key.Key_Return)
    qtbot.waitUntil(tab.send.isEnabled, timeout=4000)
    assert PlanExam(exam.id, named=True) in office.asked
    assert "would write a" in tab.lines.toPlainText() and not tab._picture.pixmap().isNull()
    assert "Zaphira" in tab._who.text() and tab.send.text() == "Send to pacs"
    row = next(at for at in range(2) if (item := tab.table.item(at, 0)) and item.text() == other.id)
    tab.table.setCurrentCell(row, 0)
    assert not tab.send.isEnabled(), "the preview was of another exam"
    assert not tab.named.isEnabled()
    tab.table.setCurrentCell(1 - row, 0)
    office.answers[PlanExam] = Plan(exam.id, False, "pacs", ("would write c",), 1, None)
    tab.nameless.click()
    qtbot.waitUntil(tab.send.isEnabled, timeout=4000)
    office.answers[SendExam] = Queued(exam.id, 1, "pacs")
    office.answers[LookAtQueue] = QueueState(waiting=1, failed=1, words=("pacs: nothing listens there",))
    tab.send.click()
    qtbot.waitUntil(lambda: SendExam(exam.id, named=False) in office.asked, timeout=4000)
    assert wishes(root.parent / "outbox").all() == [(exam.id, False)], "no kill loses it"
    qtbot.waitUntil(lambda: "1 wait to be sent   ·   1 failed" in tab._queue.text(), timeout=4000)
    assert tab._trouble.text() == "pacs: nothing listens there"
    assert [figure.value for figure in window.pacs.figures()] == ["1 failed"]
    tab.drop.click()
    assert office.asked[-1] == LookAtQueue(drop_failed=True)
    office.answers[LookAtQueue] = QueueState(done=2)
    tab.retry.click()
    qtbot.waitUntil(lambda: tab._queue.text() == "2 sent in the last 30 days", timeout=4000)
    assert any("2 sent in the last 30 days" in text for text in window.toasts.texts)
    office.on_answer(News("pacs: its AE title is not PACS"))
    office.on_answer(Failed("pacs (PACS at 10.0.0.1:104): nothing listens there"))
    assert any("its AE title is not PACS" in text for text in window.toasts.texts)
    assert "nothing listens there" in window.pacs.page._said.text()
    window.close()
    assert office.stopped


def test_what_a_machine_pushes_is_told_listed_and_opened(
    open_window: Callable[[str], tuple[MainWindow, FakeOffice]], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, office = open_window("card:0")
    page = window.pacs.page
    office.answers |= {AskStudies: Studies((), False)}
    QTest.keyClick(window, Qt.Key.Key_F, SHIFT)
    assert not page.arrived.isVisible()
    for number, frames in enumerate((1, 30)):
        pushed = Cine(Path(f"pushed-{number}.dcm"), number, frames, "960×720")
        office.on_answer(Arrived(pushed, f"09:3{number}", "VOLUSON1"))
    assert any("VOLUSON1 has pushed a cine, 30 frames" in text for text in window.toasts.texts)
    assert page.arrived.isVisible() and page.arrived.text() == "Arrived: 2"
    page.arrived.click()
    assert QApplication.focusWidget() is page.pushed
    assert [item.text() for row in range(2) if (item := page.pushed.item(row, 0))] == ["09:31", "09:30"]
    opened: list[str] = []
    monkeypatch.setattr(window, "open_source", opened.append)
    page.cine.disconnect()
    page.cine.connect(window.open_source)
    QTest.keyClick(page.pushed, Qt.Key.Key_Return)
    assert opened == ["pushed-1.dcm"]
    page.today.click()
    assert not page.arrived.isChecked()
    assert page.studies.isVisible()


def test_parents_see_no_names(
    open_window: Callable[[str], tuple[MainWindow, FakeOffice]], qtbot: QtBot
) -> None:
    window, _office = open_window("card:0")
    QTest.keyClick(window, Qt.Key.Key_W, SHIFT)
    assert window.pacs.page.is_open
    QTest.keyClick(window, Qt.Key.Key_B)
    assert not window.pacs.page.is_open
    QTest.keyClick(window, Qt.Key.Key_W, SHIFT)
    assert not window.pacs.page.is_open


def test_a_film_makes_no_exam_for_an_entry(
    open_window: Callable[[str], tuple[MainWindow, FakeOffice]], root: Path, qtbot: QtBot
) -> None:
    window, _office = open_window("film.mp4")
    window.pacs.begin_expected(ENTRY)
    assert any("Choose a live source first" in text for text in window.toasts.texts)
    assert not ExamStore(root).exams()
