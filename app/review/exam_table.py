"""Lists of exams as tables: large rows, chosen by arrows and Enter, sorted by a press on a heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from app.language import translate
from app.panels.exam_strip import age_text
from app.panels.panel import REGULAR
from app.session.index import ExamRow
from app.session.second_look import QueueItem
from app.theme import (
    ALIGN_CENTRE,
    AMBER,
    BACK,
    BRIGHT,
    LINE,
    PANEL,
    PLAIN,
    QUIET,
    RAISED,
    VERDICT_COLOUR,
    Scale,
)
from app.words import verdict_short
from inference.evidence_types import Verdict
from inference.verdict import worst

Cell = tuple[str, str]
"""Words and their colour."""


class _Cell(QTableWidgetItem):
    """Sorts numbers in it as numbers: 9 flags before 58, 0:04 before 11:11."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        # Words and numbers in turn, so that like stands against like.
        parts = re.split(r"(\d+)", text.casefold())
        self._order = [int(part) if at % 2 else part for at, part in enumerate(parts)]

    def __lt__(self, other: object) -> bool:
        return isinstance(other, _Cell) and self._order < other._order


class ExamTable(QTableWidget):
    """`chosen` gives the name of an exam."""

    chosen = Signal(str)

    def __init__(self, wide: int) -> None:
        """Make it empty.

        Args:
            wide: the column that takes the room that is left.
        """
        super().__init__()
        self._wide = wide
        self._scale = Scale()
        self.empty = ""
        """What is said in place of rows."""
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.cellDoubleClicked.connect(lambda *_: self._choose())
        self.set_scale(Scale())

    def say_empty(self, words: str) -> None:
        """Say this while there is no row: why, and what would make one."""
        if words != self.empty:
            self.empty = words
            self.setAccessibleDescription(words)
            self.viewport().update()

    def show_rows(self, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]]) -> None:
        """Fill it.

        Args:
            heads: of the columns.
            rows: an exam's name and its cells.
        """
        held = self.current
        self.setSortingEnabled(False)
        self.setColumnCount(len(heads))
        self.setHorizontalHeaderLabels(list(heads))
        self.setRowCount(len(rows))
        for at, (name, cells) in enumerate(rows):
            for column, (text, colour) in enumerate(cells):
                item = _Cell(text)
                item.setForeground(QColor(colour))
                item.setToolTip(text)  # a column may be too narrow for it
                item.setData(Qt.ItemDataRole.UserRole, name)
                self.setItem(at, column, item)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(self._wide, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setSortingEnabled(True)
        self.mark(held)

    def mark(self, name: str) -> None:
        """Mark this exam's row, wherever the sorting put it; the first where there is none."""
        found = (at for at in range(self.rowCount()) if self._name(at) == name)
        if self.rowCount():
            self.setCurrentCell(next(found, 0), 0)

    @property
    def current(self) -> str:
        """The exam of the row that is marked; empty without rows."""
        return self._name(self.currentRow())

    def _name(self, row: int) -> str:
        item = self.item(row, 0)
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.rowCount() or not self.empty:
            return
        px, painter = self._scale.px, QPainter(self.viewport())
        painter.setFont(self._scale.font(20, REGULAR))
        painter.setPen(QColor(PLAIN))
        place = self.viewport().rect().adjusted(px(24), px(24), -px(24), -px(24))
        painter.drawText(place, int(ALIGN_CENTRE | Qt.TextFlag.TextWordWrap), self.empty)

    def set_scale(self, scale: Scale) -> None:
        self._scale = scale
        self.verticalHeader().setDefaultSectionSize(max(30, scale.px(46)))
        size = max(11, scale.px(18))
        self.setStyleSheet(
            f"QTableWidget {{ background: {BACK}; border: 1px solid {LINE}; font-size: {size}px;"
            f" selection-background-color: #14343b; selection-color: {BRIGHT}; outline: 0; }}"
            f"QTableWidget::item {{ padding: 0 {scale.px(12)}px; border-bottom: 1px solid {PANEL}; }}"
            f"QHeaderView::section {{ background: {RAISED}; color: {QUIET}; border: 0;"
            f" padding: {scale.px(8)}px {scale.px(12) + 3}px; font-size: {size}px; }}"
            f"QHeaderView {{ background: {RAISED}; }}"
        )

    def _choose(self) -> None:
        if self.current:
            self.chosen.emit(self.current)


def exam_heads() -> list[str]:
    return [
        translate("Exams", "Exam"), translate("Exams", "Started"), translate("Exams", "Weeks"),
        translate("Exams", "Operator"), translate("Exams", "Preset"), translate("Exams", "Verdict"),
        translate("Exams", "Flags"), translate("Exams", "Length"), translate("Exams", "State"),
    ]  # fmt: skip


def exam_cells(row: ExamRow, hidden: bool = False) -> list[Cell]:
    """One exam's row; `hidden` leaves out what the AI found."""
    weeks = age_text(row.gestational_age_weeks)
    verdict, colour = verdict_cell(row)
    flags = str(row.flags) if row.flags else ""
    if hidden:
        verdict, colour, flags = translate("Exams", "hidden for the second reader"), QUIET, ""
    state = translate("Exams", "open") if row.state == "open" else translate("Exams", "closed")
    if row.problem:
        state = translate("Exams", "damaged")
    elif row.second_look and not hidden:
        state = translate("Exams", "asks for a second look")
    minutes = f"{int(row.seconds) // 60}:{int(row.seconds) % 60:02d}"
    warns = bool(row.problem or (row.second_look and not hidden))
    return [
        (row.id, BRIGHT), (local(row.started), PLAIN), (weeks, PLAIN), (row.operator, PLAIN),
        (row.preset, PLAIN), (verdict, colour), (flags, PLAIN),
        (minutes if row.seconds else "", PLAIN), (state, AMBER if warns else QUIET),
    ]  # fmt: skip


def verdict_cell(row: ExamRow) -> Cell:
    """Of one fetus its sentence; of several each with its letter."""
    found = row.verdict_of
    if not found:
        return verdict_short(Verdict.NOT_ASSESSED), QUIET
    texts = [verdict_short(verdict) for verdict in found.values()]
    if len(found) > 1:
        texts = [f"{label}: {text}" for label, text in zip(found, texts, strict=True)]
    return "\n".join(texts), VERDICT_COLOUR[worst(found.values())]


def queue_heads() -> list[str]:
    return [
        translate("Exams", "Exam"), translate("Exams", "Fetus"), translate("Exams", "Started"),
        translate("Exams", "Operator"), translate("Exams", "Preset"), translate("Exams", "Why"),
    ]  # fmt: skip


def queue_cells(item: QueueItem) -> list[Cell]:
    verdict = Verdict(item.verdict)
    return [
        (item.exam, BRIGHT), (item.fetus, PLAIN), (local(item.started), PLAIN), (item.operator, PLAIN),
        (item.preset, PLAIN), (why(item), VERDICT_COLOUR[verdict]),
    ]  # fmt: skip


def why(item: QueueItem) -> str:
    """The reason in the window's language."""
    if Verdict(item.verdict) is Verdict.DISCORDANT:
        return translate("Exams", "palate view flagged, lip view without a sign")
    return translate("Exams", "both views shown, none flagged, scores between the operating points")


def local(started: str) -> str:
    """A UTC time as the clock on the wall; sorts by time."""
    return datetime.fromisoformat(started).astimezone().strftime("%Y-%m-%d %H:%M")
