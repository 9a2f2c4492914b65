"""The list of exams, the second-look queue and the figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.review.exam_table import ExamTable
from app.session.store import ExamStore
from app.theme import PLAIN
from tests.app.review.conftest import make_exam
from tests.app.window_waits import MakeWindow


@pytest.fixture
def window(make_window: MakeWindow, root: Path, qtbot: QtBot) -> MainWindow:
    make_exam(root, operator="KL")
    make_exam(root, 0.05, 0.05, operator="MB")
    made = make_window(exams_root=root)
    qtbot.waitUntil(lambda: made.timeline.plot is not None, timeout=20000)
    return made


def text_of(table: ExamTable, row: int, column: int) -> str:
    item = table.item(row, column)
    return "" if item is None else item.text()


def test_the_list_is_filtered_and_enter_opens(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    page = window.exams
    qtbot.waitUntil(lambda: page.table.rowCount() == 2, timeout=4000)
    page.filter.setText("mb")
    qtbot.waitUntil(lambda: page.table.rowCount() == 1, timeout=4000)
    assert text_of(page.table, 0, 3) == "MB"
    name = page.table.current
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.review.is_open, timeout=8000)
    assert not page.is_open
    assert window.review.opened is not None and window.review.opened.exam.id == name


def test_a_heading_sorts_numbers_as_numbers_and_the_marked_exam_stays_marked(qtbot: QtBot) -> None:
    table = ExamTable(0)
    qtbot.addWidget(table)
    rows = [(name, [(name, PLAIN), (flags, PLAIN)]) for name, flags in (("a", "9"), ("b", "58"), ("c", ""))]
    table.show_rows(["Exam", "Flags"], rows)
    table.sortItems(1, Qt.SortOrder.AscendingOrder)
    assert [text_of(table, row, 1) for row in range(3)] == ["", "9", "58"]
    table.mark("b")
    table.show_rows(["Exam", "Flags"], rows)
    assert table.current == "b" and table.currentRow() == 2


def test_a_second_readers_list_tells_nothing_of_the_ai(window: MainWindow, root: Path, qtbot: QtBot) -> None:
    page = window.exams
    QTest.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: page.table.rowCount() == 2, timeout=4000)
    said = {text_of(page.table, row, column) for row in (0, 1) for column in (5, 6, 8)}
    assert said == {"hidden for the second reader", "", "closed"}
    name = page.table.current
    page.second.click()
    qtbot.waitUntil(lambda: window.review.is_open, timeout=8000)
    assert window.ai_hidden
    for key in (Qt.Key.Key_3, Qt.Key.Key_1):
        QTest.keyClick(window, key)
    store = ExamStore(root)
    qtbot.waitUntil(lambda: bool(store.open(name).exam.reads), timeout=4000)
    assert not store.open(name).exam.reads[0].ai_seen


def test_the_queue_gives_the_reason_exports_and_reads_the_answer(
    window: MainWindow, root: Path, qtbot: QtBot
) -> None:
    QTest.keyClick(window, Qt.Key.Key_Q)
    page = window.exams
    qtbot.waitUntil(lambda: page.queue.rowCount() == 1, timeout=4000)
    assert "palate view flagged" in text_of(page.queue, 0, 5)
    name = page.queue.current
    page.export.click()
    qtbot.waitUntil(page.preview.isVisible, timeout=8000)
    folder = root.parent / "second-look"
    assert not folder.exists(), "a preview writes nothing"
    assert not page.open_.isVisible(), "Enter writes"
    said = page.preview.lines.toPlainText()
    assert "would write second-look.json" in said and "leaves out dates" in said and "KL" not in said
    page.preview.no.click()
    assert not page.preview.isVisible() and page.queue.isVisible() and not folder.exists()
    assert page.queue.hasFocus() and page.open_.isVisible()
    page.export.click()
    qtbot.waitUntil(page.preview.isVisible, timeout=8000)
    QTest.keyClick(page.preview.write, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any("Exported" in text for text in window.toasts.texts), timeout=8000)
    made = next(folder.iterdir())
    assert name not in made.name
    blank = json.loads((made / "answer.json").read_text())
    blank["reader"] = "Expert"
    blank["answers"][0]["call"] = "no_cleft"
    (made / "answer.json").write_text(json.dumps(blank))
    page.read_answer(str(made))
    qtbot.waitUntil(lambda: page.queue.rowCount() == 0, timeout=8000)
    assert page.queue.empty.startswith("No exam waits for a second look")
    page.filter.setText("nobody")
    qtbot.waitUntil(lambda: page.queue.empty == "No exam matches the filter", timeout=4000)
    assert ExamStore(root).open(name).exam.answers[0].who == "Expert"


def test_the_figures_are_plotted_and_written(window: MainWindow, root: Path, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ShiftModifier)
    page = window.exams
    qtbot.waitUntil(lambda: page._rows != [], timeout=4000)
    assert page.plots is not None
    assert len(page.plots.plots[0].listDataItems()) == 2
    assert "2 fetuses" in page._said.text() and "discordant 50%" in page._said.text()
    page.csv.click()
    qtbot.waitUntil(lambda: (root.parent / "quality.csv").is_file(), timeout=4000)
    with (root.parent / "quality.csv").open() as file:
        assert {row["operator"] for row in csv.DictReader(file)} == {"KL", "MB"}
