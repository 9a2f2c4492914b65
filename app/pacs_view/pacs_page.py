"""Worklist, studies and sending, in a page; the picture behind it goes on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QStackedWidget, QWidget

from app.language import translate
from app.pacs_view.letters import (
    Answer,
    AskStudies,
    AskWorklist,
    BringStudy,
    Brought,
    Cine,
    Expected,
    Failed,
    LookAtQueue,
    Plan,
    QueueState,
    Studies,
    Study,
    Worklist,
)
from app.pacs_view.send_tab import SendTab
from app.pacs_view.tables import (
    cine_heads,
    cine_rows,
    study_heads,
    study_rows,
    worklist_heads,
    worklist_rows,
)
from app.panels.overlay import Overlay
from app.panels.panel import label, say
from app.review.exam_table import ExamTable
from app.theme import Scale

Tab = Literal["worklist", "studies", "send"]
TABS: tuple[Tab, ...] = ("worklist", "studies", "send")
LOOK_MS = 2000
"""How often the queue is looked at while it is on the screen."""


class PacsPage(Overlay):
    """`asked` gives requests; `expected` an entry of the worklist, `cine` a file, that were chosen."""

    asked = Signal(object)
    expected = Signal(object)
    cine = Signal(str)
    sending_shown = Signal()
    """The list of exams is wanted."""

    def __init__(self, parent: QWidget, above: QWidget | None = None, below: QWidget | None = None) -> None:
        super().__init__(parent, above, below)
        self.tab: Tab = "worklist"
        self._expected: tuple[Expected, ...] = ()
        self._studies: tuple[Study, ...] = ()
        self._cines: tuple[Cine, ...] | None = None
        self._title, self._said = label("heading"), label("quiet")
        self._said.setWordWrap(True)
        self.tabs = {tab: QPushButton() for tab in TABS}
        self.today, self.week, self.any_day = QPushButton(), QPushButton(), QPushButton()
        self.patient_id = QLineEdit()
        self.worklist, self.studies, self.cines = ExamTable(3), ExamTable(3), ExamTable(1)
        self.sending = SendTab()
        self.go = QPushButton()
        self._stack = QStackedWidget()
        for part in (self.worklist, self.studies, self.cines, self.sending):
            self._stack.addWidget(part)
        head, days, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        for tab, button in self.tabs.items():
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, tab=tab: self.show_tab(tab))
            head.addWidget(button)
        for button in (self.today, self.week, self.any_day):
            button.setCheckable(True)
            days.addWidget(button)
        days.addWidget(self.patient_id, 1)
        days.addStretch(1)
        foot.addWidget(self._said, 1)
        foot.addWidget(self.go)
        self.column.addLayout(head)
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
        self.tab = tab
        for name, button in self.tabs.items():
            button.setChecked(name == tab)
        self._timer.stop()
        say(self._said, "")
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
        """What the PACS process has answered; only of what is on the screen."""
        if isinstance(answer, QueueState):
            self.sending.show_queue(answer)
        elif isinstance(answer, Plan):
            self.sending.show_plan(answer)
        elif isinstance(answer, Worklist):
            self._expected = answer.items
            self._fill_tables()
            self._found(len(answer.items), answer.more)
        elif isinstance(answer, Studies):
            self._studies = answer.items
            self._fill_tables()
            self._found(len(answer.items), answer.more)
        elif isinstance(answer, Brought):
            self._show_brought(answer)
        elif isinstance(answer, Failed):
            say(self._said, answer.line)
            if self.sending.plan is None:
                self.sending.forget()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        for table in (self.worklist, self.studies, self.cines):
            table.set_scale(scale)

    def retranslate(self) -> None:
        self._title.setText(translate("Pacs", "PACS"))
        words: dict[Tab, str] = {
            "worklist": translate("Pacs", "Worklist"),
            "studies": translate("Pacs", "Studies"),
            "send": translate("Pacs", "Send"),
        }
        for tab, button in self.tabs.items():
            button.setText(words[tab])
        self.today.setText(translate("Pacs", "Today"))
        self.week.setText(translate("Pacs", "7 days"))
        self.any_day.setText(translate("Pacs", "Any day"))
        self.patient_id.setPlaceholderText(translate("Pacs", "Patient ID, then Enter"))
        self._fill_tables()
        self._draw()

    @property
    def _list(self) -> ExamTable:
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
        self.go.setVisible(asks)
        words: dict[Tab, str] = {
            "worklist": translate("Pacs", "New exam for this entry  ⏎"),
            "studies": translate("Pacs", "Bring it here  ⏎"),
            "send": "",
        }
        said = words[self.tab]
        if self.tab == "studies" and self._cines is not None:
            said = translate("Pacs", "Open  ⏎")
        self.go.setText(said)

    def _go(self) -> None:
        table = self.worklist if self.tab == "worklist" else self._list
        if table.current:
            table.chosen.emit(table.current)

    def _ask(self, days: int | None) -> None:
        """Ask for today, some days back, or any day."""
        say(self._said, translate("Pacs", "Asking…"))
        for button, span in ((self.today, 0), (self.week, 7), (self.any_day, None)):
            button.setChecked(span == days)
        today = date.today()
        if self.tab == "worklist":
            self.asked.emit(AskWorklist(None if days is None else today))
            return
        self._cines = None
        self._draw()
        since = None if days is None else today - timedelta(days=days)
        self.asked.emit(AskStudies(since, None, self.patient_id.text().strip()))

    def _choose_expected(self, at: str) -> None:
        item = self._expected[int(at)]
        if item.patient is None:
            say(self._said, translate("Pacs", "This entry has values that DICOM does not allow"))
            return
        self.expected.emit(item)

    def _bring(self, at: str) -> None:
        say(self._said, translate("Pacs", "Bringing it…"))
        self.asked.emit(BringStudy(self._studies[int(at)].uid))

    def _show_brought(self, answer: Brought) -> None:
        self._cines = answer.cines
        self._fill_tables()
        self._draw()
        said = translate("Pacs", "{count} came").format(count=len(answer.cines))
        if answer.left:
            said += translate("Pacs", ", {count} did not come").format(count=answer.left)
        say(self._said, said)
        if self.is_open and self.tab == "studies":
            self.cines.setFocus()

    def _fill_tables(self) -> None:
        self.worklist.show_rows(worklist_heads(), worklist_rows(self._expected))
        self.studies.show_rows(study_heads(), study_rows(self._studies))
        self.cines.show_rows(cine_heads(), cine_rows(self._cines or ()))

    def _found(self, count: int, more: bool) -> None:
        said = translate("Pacs", "{count} found").format(count=count)
        if more:
            said += translate("Pacs", ", and there are more: narrow the search")
        say(self._said, said)
