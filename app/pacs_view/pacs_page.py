"""Worklist, studies and sending, in a page; the picture behind it goes on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QStackedWidget, QWidget

from app.language import translate
from app.pacs_view.letters import (
    Answer,
    Arrived,
    AskStudies,
    AskWorklist,
    BringStudy,
    Brought,
    Cine,
    Expected,
    LookAtQueue,
    Plan,
    QueueState,
    Studies,
    Study,
    Worklist,
)
from app.pacs_view.send_tab import SendTab
from app.pacs_view.tables import (
    answer_words,
    arrived_heads,
    arrived_rows,
    cine_heads,
    cine_rows,
    study_heads,
    study_rows,
    worklist_heads,
    worklist_rows,
)
from app.panels.panel import say
from app.review.exam_table import ExamTable
from app.review.tabbed_page import TabbedPage

Tab = Literal["worklist", "studies", "send"]
TABS: tuple[Tab, ...] = ("worklist", "studies", "send")
LOOK_MS = 2000
"""How often the queue is looked at while it is on the screen."""


class PacsPage(TabbedPage[Tab]):
    """`asked` gives requests; `expected` an entry of the worklist, `cine` a file, that were chosen."""

    asked = Signal(object)
    expected = Signal(object)
    cine = Signal(str)
    sending_shown = Signal()
    """The list of exams is wanted."""

    def __init__(self, parent: QWidget, above: QWidget | None = None, below: QWidget | None = None) -> None:
        super().__init__(parent, TABS, above, below)
        self._expected: tuple[Expected, ...] = ()
        self._studies: tuple[Study, ...] = ()
        self._cines: tuple[Cine, ...] | None = None
        self._arrived: list[Arrived] = []
        self._answers: dict[Tab, Answer] = {}
        """The last one in each tab, while nothing new is asked there."""
        self.today, self.week, self.any_day = QPushButton(), QPushButton(), QPushButton()
        self.arrived = QPushButton()
        self.patient_id = QLineEdit()
        self.worklist, self.studies, self.cines = ExamTable(3), ExamTable(3), ExamTable(1)
        self.pushed = ExamTable(1)
        self.sending = SendTab()
        self.go = QPushButton()
        self._stack = QStackedWidget()
        for part in (self.worklist, self.studies, self.cines, self.pushed, self.sending):
            self._stack.addWidget(part)
        days, foot = QHBoxLayout(), QHBoxLayout()
        for button in (self.today, self.week, self.any_day, self.arrived):
            button.setCheckable(True)
            days.addWidget(button)
        days.addWidget(self.patient_id, 1)
        days.addStretch(1)
        foot.addWidget(self._said, 1)
        foot.addWidget(self.go)
        self.column.addLayout(days)
        self.column.addWidget(self._stack, 1)
        self.column.addLayout(foot)
        self.today.clicked.connect(lambda: self._ask(0))
        self.week.clicked.connect(lambda: self._ask(7))
        self.any_day.clicked.connect(lambda: self._ask(None))
        self.patient_id.returnPressed.connect(lambda: self._ask(None))
        self.worklist.chosen.connect(self._choose_expected)
        self.studies.chosen.connect(self._bring)
        self.cines.chosen.connect(lambda at: self.cine.emit(str((self._cines or ())[int(at)].path)))
        self.pushed.chosen.connect(self.cine)
        self.arrived.clicked.connect(self.show_arrived)
        self.go.clicked.connect(self._go)
        self.sending.asked.connect(self.asked)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(lambda: self.asked.emit(LookAtQueue()))
        self.closed.connect(self._timer.stop)
        self.retranslate()

    def open_at(self, tab: Tab) -> None:
        self.tab = tab
        self.open()

    def fill(self) -> None:
        self.retranslate()
        self.show_tab(self.tab)

    def first_focus(self) -> QWidget:
        return {"worklist": self.worklist, "studies": self._list, "send": self.sending.table}[self.tab]

    def show_tab(self, tab: Tab) -> None:
        super().show_tab(tab)
        self._timer.stop()
        self._answers.pop(tab, None)
        self._tell()
        if tab == "send":
            self.sending_shown.emit()
            self.asked.emit(LookAtQueue())
            self._timer.start()
        elif tab == "worklist":
            self._ask(0)
        else:
            self._ask(7)
        self._draw()

    def show_answer(self, answer: Answer) -> None:
        """What the PACS process has answered."""
        if isinstance(answer, QueueState):
            self.sending.show_queue(answer)
            return
        if isinstance(answer, Plan):
            self._answers.pop("send", None)
            self._tell()
            self.sending.show_plan(answer)
            return
        of = self.tab
        if isinstance(answer, Worklist):
            of, self._expected = "worklist", answer.items
        elif isinstance(answer, Studies):
            of, self._studies = "studies", answer.items
        elif isinstance(answer, Brought):
            of, self._cines = "studies", answer.cines
            self.arrived.setChecked(False)
        elif self.sending.plan is None:
            self.sending.forget()
        self._answers[of] = answer
        self._fill_tables()
        self._draw()
        self._tell()
        if isinstance(answer, Brought) and self.is_open and self.tab == "studies":
            self.cines.setFocus()

    def arrive(self, arrived: Arrived) -> None:
        """A machine has pushed an object: it is listed, the latest first."""
        self._arrived.insert(0, arrived)
        self._fill_tables()
        self._draw()

    def show_arrived(self) -> None:
        """What machines have pushed since the window was opened."""
        self._check(self.arrived)
        self._answers.pop("studies", None)
        self._draw()
        self._tell()
        self.pushed.setCurrentCell(0, 0)
        self.pushed.setFocus()

    def retranslate(self) -> None:
        words: dict[Tab, str] = {
            "worklist": translate("Pacs", "Worklist"),
            "studies": translate("Pacs", "Studies"),
            "send": translate("Pacs", "Send"),
        }
        self.name_tabs(translate("Pacs", "PACS"), words)
        self.today.setText(translate("Pacs", "Today"))
        self.week.setText(translate("Pacs", "7 days"))
        self.any_day.setText(translate("Pacs", "Any day"))
        self.patient_id.setPlaceholderText(translate("Pacs", "Patient ID, then Enter"))
        self._fill_tables()
        self._draw()
        self._tell()

    @property
    def _list(self) -> ExamTable:
        if self.arrived.isChecked():
            return self.pushed
        return self.studies if self._cines is None else self.cines

    def _draw(self) -> None:
        shown: dict[Tab, QWidget] = {
            "worklist": self.worklist, "studies": self._list, "send": self.sending,
        }  # fmt: skip
        self._stack.setCurrentWidget(shown[self.tab])
        asks = self.tab != "send"
        parts: tuple[QWidget, ...] = (self.today, self.any_day)
        for part in parts:
            part.setVisible(asks)
        parts = (self.week, self.patient_id)
        for part in parts:
            part.setVisible(self.tab == "studies")
        self.arrived.setVisible(self.tab == "studies" and bool(self._arrived))
        self.arrived.setText(translate("Pacs", "Arrived: {count}").format(count=len(self._arrived)))
        self.go.setVisible(asks)
        words: dict[Tab, str] = {
            "worklist": translate("Pacs", "New exam for this entry  ⏎"),
            "studies": translate("Pacs", "Bring it here  ⏎"),
            "send": "",
        }
        said = words[self.tab]
        if self.tab == "studies" and self._list is not self.studies:
            said = translate("Pacs", "Open  ⏎")
        self.go.setText(said)

    def _go(self) -> None:
        table = self.worklist if self.tab == "worklist" else self._list
        if table.current:
            table.chosen.emit(table.current)

    def _ask(self, days: int | None) -> None:
        """Ask for today, some days back, or any day."""
        self._answers.pop(self.tab, None)
        self._tell(translate("Pacs", "Asking…"))
        self._check({0: self.today, 7: self.week, None: self.any_day}[days])
        today = date.today()
        if self.tab == "worklist":
            self.asked.emit(AskWorklist(None if days is None else today))
            return
        self._cines = None
        self._draw()
        since = None if days is None else today - timedelta(days=days)
        self.asked.emit(AskStudies(since, None, self.patient_id.text().strip()))

    def _check(self, chosen: QPushButton) -> None:
        for button in (self.today, self.week, self.any_day, self.arrived):
            button.setChecked(button is chosen)

    def _choose_expected(self, at: str) -> None:
        item = self._expected[int(at)]
        if item.patient is None:
            self._tell(translate("Pacs", "This entry has values that DICOM does not allow"))
            return
        self.expected.emit(item)

    def _bring(self, at: str) -> None:
        self._tell(translate("Pacs", "Bringing it…"))
        self.asked.emit(BringStudy(self._studies[int(at)].uid))

    def _fill_tables(self) -> None:
        self.worklist.show_rows(worklist_heads(), worklist_rows(self._expected))
        self.studies.show_rows(study_heads(), study_rows(self._studies))
        self.cines.show_rows(cine_heads(), cine_rows(self._cines or ()))
        self.pushed.show_rows(arrived_heads(), arrived_rows(self._arrived))

    def _tell(self, words: str = "") -> None:
        """The last answer in words, or these: in place of rows where a list has none, else below it."""
        answer = self._answers.get(self.tab)
        said = words or ("" if answer is None else answer_words(answer))
        table = None if self.tab == "send" else (self.worklist if self.tab == "worklist" else self._list)
        inside = table is not None and not table.rowCount() and answer is not None and not words
        if table is not None:
            table.say_empty(said if inside else "")
        say(self._said, "" if inside else said)
