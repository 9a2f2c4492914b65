"""PACS in the window: between the page, the live exam and the process that does the work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.export.orders import orders
from app.export.patient import Patient
from app.export.wishes import wishes
from app.language import translate
from app.pacs_settings import load_pacs_settings, outbox
from app.pacs_view.letters import (
    Answer,
    Arrived,
    Expected,
    Failed,
    LookAtQueue,
    News,
    NobodyToAsk,
    Queued,
    QueueState,
    Request,
    SendExam,
)
from app.pacs_view.office import Office
from app.pacs_view.pacs_page import PacsPage, Tab
from app.pacs_view.tables import cine_words, queue_words
from app.panels.status_line import Figure
from app.refusal import Refusal
from app.session.errors import SessionError
from app.session.index import Filter
from app.session.store import ExamStore

if TYPE_CHECKING:
    from app.main_window import MainWindow

log = logging.getLogger(__name__)

Do = Callable[[Callable[[], None]], None]
MakeOffice = Callable[[Path, Callable[[Answer], None]], Office]
MOST = 50
"""Exams that are offered to be sent."""
LOOK_MS = 15_000
"""How often the queue is looked at while something is in it and the page is closed."""
FIRST_MS = 8_000
"""What waited when the program ended is gone on with when the first pictures have long been shown."""


class PacsDesk(QObject):
    """One for a window; without a store (tests, benchmarks) there is nothing to send and nobody to ask."""

    _answered = Signal(object)
    _remembered = Signal(object)
    _listed = Signal(object, object)

    def __init__(
        self,
        window: MainWindow,
        parent: QWidget,
        store: ExamStore | None,
        do: Do,
        make_office: MakeOffice = Office,
    ) -> None:
        """Connect it.

        Args:
            window: whose it is.
            parent: what the page covers.
            store: of all exams; None where none are written.
            do: has the exam keeper's thread do something.
            make_office: makes the window's end of the process.
        """
        super().__init__(window)
        self._w, self._store, self._do, self._make_office = window, store, do, make_office
        self.page = PacsPage(parent, window.top_bar, window.status_line)
        self.office: Office | None = None
        self.queue = QueueState()
        self._looking = False
        """Whether an answer about the queue is waited for."""
        self._order: tuple[int, Patient] | None = None
        """Of the exam that is being begun: its turn and its patient."""
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(lambda: self.ask(LookAtQueue()))
        self.page.asked.connect(self._asked)
        self.page.expected.connect(self.begin_expected)
        self.page.cine.connect(window.open_source)
        self.page.sending_shown.connect(self._list_exams)
        self._answered.connect(self.take)
        self._remembered.connect(self.ask)
        self._listed.connect(self._show_exams)
        if window.desk.live is not None:
            window.desk.live.began.connect(self._began)
        if store is not None and (outbox(self._home).exists() or _takes_pushes()):
            QTimer.singleShot(FIRST_MS, self, lambda: self.ask(LookAtQueue()))

    def toggle(self, tab: Tab) -> None:
        """Open the page, or close it where it shows this already."""
        page, window = self.page, self._w
        if page.is_open and page.tab == tab:
            page.close_page()
            window.reopen_picker_if_idle()
            return
        if self._store is None:
            window.notices.tell(translate("Pacs", "Without exams there is no PACS here"), "info")
            return
        if window.patient_safe:
            window.notices.tell(
                translate("Pacs", "Leave the patient-safe view first: names would show"), "info"
            )
            return
        if page.is_open:
            page.show_tab(tab)
            return
        window.close_pages()
        window.picker.close_page()
        page.open_at(tab)

    def ask(self, request: Request) -> None:
        """Have the process do this; it starts with the first request."""
        if self._store is None or self._w.closed:
            return
        if request == LookAtQueue():
            # One at a time: while objects are being made nobody answers, and a full pipe would hold us up.
            if self._looking:
                return
            self._looking = True
        if self.office is None:
            self.office = self._make_office(self._home, self._answered.emit)
        self.office.ask(request)

    def _asked(self, request: Request) -> None:
        """From the page; what is to be sent is written down before anything else."""
        if not isinstance(request, SendExam):
            self.ask(request)
            return
        kept = wishes(outbox(self._home))

        def work() -> None:
            try:
                kept.add(request.exam, request.named)
            except Refusal as refusal:
                self._answered.emit(Failed(str(refusal)))
                return
            self._remembered.emit(request)

        self._do(work)

    def begin_expected(self, item: Expected) -> None:
        """A new exam for an entry of the worklist."""
        live = self._w.desk.live
        if live is None or item.patient is None or not self._w.desk.records:
            self._w.notices.tell(translate("Pacs", "Choose a live source first, then the entry"), "info")
            return
        self.page.close_page()
        self._w.handlers.begin_exam()
        self._order = live.turn, item.patient  # of no other exam, should this one not begin

    def take(self, answer: Answer) -> None:
        """An answer of the process."""
        if self._w.closed:
            return
        if isinstance(answer, QueueState | Failed):
            self._looking = False
        notices = self._w.notices
        if isinstance(answer, News):
            notices.tell(answer.line, "warning")
            return
        if isinstance(answer, Arrived):
            self.page.arrive(answer)
            said = translate("Pacs", "{calling} has pushed a {what}: Shift+F, “Arrived” shows it")
            notices.tell(said.format(calling=answer.calling, what=cine_words(answer.cine)), "info")
            return
        if isinstance(answer, Queued):
            said = translate("Pacs", "{exam}: {count} objects are on their way to {peer}")
            notices.tell(said.format(exam=answer.exam, count=answer.objects, peer=answer.peer), "info")
            self.page.sending.forget()
            self.ask(LookAtQueue())
            return
        if isinstance(answer, QueueState):
            self._take_queue(answer)
        if isinstance(answer, NobodyToAsk):
            log.warning("%s", answer.line)
        self.page.show_answer(answer)

    def figures(self) -> tuple[Figure, ...]:
        """What the status line has to say of the queue."""
        state = self.queue
        if not (state.waiting or state.failed or state.unconfirmed):
            return ()
        name = translate("Pacs", "to PACS")
        if state.failed:
            said = translate("Pacs", "{count} failed").format(count=state.failed)
            return (Figure(name, said, True),)
        return (Figure(name, str(state.waiting + state.unconfirmed), bool(state.words)),)

    def stop(self) -> None:
        self._timer.stop()
        office, self.office = self.office, None
        if office is not None:
            office.stop()

    @property
    def _home(self) -> Path:
        assert self._store is not None
        return self._store.root.parent

    def _take_queue(self, state: QueueState) -> None:
        before, self.queue = self.queue, state
        pending = state.waiting + state.unconfirmed
        if before.waiting + before.unconfirmed and not pending:
            self._w.notices.tell(queue_words(state), "warning" if state.failed else "info")
        if pending and not self._timer.isActive():
            self._timer.start()
        elif not pending:
            self._timer.stop()

    def _began(self) -> None:
        """The exam that was begun for an entry is there: remember whose it is, apart from it."""
        order, live = self._order, self._w.desk.live
        if order is None or live is None or live.exam is None or order[0] != live.turn:
            return
        self._order = None
        kept, exam_id, patient = orders(self._home), live.exam.id, order[1]

        def work() -> None:
            try:
                kept.keep(exam_id, patient)
            except Refusal as refusal:
                self._w.notices.tell(str(refusal))

        self._do(work)

    def _list_exams(self) -> None:
        store = self._store
        if store is None:
            return
        kept = orders(self._home)

        def work() -> None:
            try:
                rows = [row for row in store.exams(Filter(limit=MOST)) if row.state == "closed"]
            except SessionError as error:
                self._w.notices.tell(str(error))
                return
            whose = {row.id: patient for row in rows if (patient := kept.of(row.id)) is not None}
            self._listed.emit(rows, whose)

        self._do(work)

    def _show_exams(self, rows: object, whose: object) -> None:
        assert isinstance(rows, list) and isinstance(whose, dict)
        opened = self._w.review.opened
        self.page.sending.show_exams(rows, whose, "" if opened is None else opened.exam.id)


def _takes_pushes() -> bool:
    """Whether machines may push objects to the window."""
    with suppress(Refusal):  # wrong settings are told where they are asked for
        listen = load_pacs_settings().listen
        return listen is not None and listen.store
    return False
