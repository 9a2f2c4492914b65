"""Sending an exam: which, whose, what exactly, then into the queue; and how the queue stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout

from app.export.patient import Patient
from app.language import translate
from app.pacs_view.letters import LookAtQueue, Plan, PlanExam, QueueState, SendExam
from app.pacs_view.tables import exam_heads, exam_rows, queue_words
from app.panels.panel import Panel, label, say
from app.review.exam_table import ExamTable
from app.session.index import ExamRow
from app.theme import Scale
from capture.frame import Pixels

PICTURE = (420, 300)
"""Room for the preview in the 1920x1080 drawing."""


class SendTab(Panel):
    """`asked` gives requests for the PACS process. Nothing goes that was not previewed just so."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.plan: Plan | None = None
        self._named = False
        self._whose: dict[str, Patient] = {}
        self._rows: Sequence[ExamRow] = ()
        self._listed = False
        """Whether the exams were asked for: none of them means that there is none."""
        self.table = ExamTable(2)
        self.named, self.nameless = QPushButton(), QPushButton()
        self.send, self.retry, self.drop = QPushButton(), QPushButton(), QPushButton()
        self._who, self._queue, self._trouble = label("strong"), label("plain"), label("warn")
        self._trouble.setWordWrap(True)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._image: QImage | None = None
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self._head = label("quiet")
        self._state = QueueState()
        choose, shown, foot = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        buttons = QHBoxLayout()
        for button in (self.named, self.nameless):
            buttons.addWidget(button)
        choose.addWidget(self.table, 1)
        choose.addWidget(self._who)
        choose.addLayout(buttons)
        shown.addWidget(self._head)
        shown.addWidget(self._picture)
        shown.addWidget(self.lines, 1)
        shown.addWidget(self.send)
        self._both = QHBoxLayout()
        self._both.addLayout(choose, 1)
        self._both.addLayout(shown, 1)
        foot.addWidget(self._queue)
        foot.addWidget(self._trouble, 1)
        foot.addWidget(self.retry)
        foot.addWidget(self.drop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._both, 1)
        self._column.addLayout(foot)
        self.table.chosen.connect(self.preview)
        self.table.itemSelectionChanged.connect(self._marked)
        self.named.clicked.connect(lambda: self.preview(self.table.current, named=True))
        self.nameless.clicked.connect(lambda: self.preview(self.table.current, named=False))
        self.send.clicked.connect(self._send)
        self.retry.clicked.connect(lambda: self.asked.emit(LookAtQueue(retry=True)))
        self.drop.clicked.connect(lambda: self.asked.emit(LookAtQueue(drop_failed=True)))
        self.retranslate()
        self.forget()

    def show_exams(self, rows: Sequence[ExamRow], whose: dict[str, Patient], mark: str = "") -> None:
        """Fill the list.

        Args:
            rows: exams that have ended.
            whose: patients of the worklist by exam.
            mark: the exam to be marked.
        """
        self._whose, self._rows = whose, rows
        self._listed = True
        self._fill()
        if mark:
            self.table.mark(mark)
        self._marked()

    def preview(self, exam: str, named: bool | None = None) -> None:
        """Ask what would be sent; without a word on whose it is, the order's where there is one."""
        if not exam:
            return
        self._named = exam in self._whose and named is not False
        self.forget()
        say(self._head, translate("Pacs", "Looking at what would be sent…"))
        self.asked.emit(PlanExam(exam, self._named))

    def show_plan(self, plan: Plan) -> None:
        if plan.exam != self.table.current or plan.named != self._named:
            return  # another was asked for meanwhile
        self.plan = plan
        self._image = None if plan.picture is None else image_of(plan.picture)
        self._draw()
        self.lines.setPlainText("\n".join(plan.lines))
        whose = translate("Pacs", "de-identified")
        if plan.named:
            whose = translate("Pacs", "with the patient of the order")
        said = translate("Pacs", "{exam}: {count} objects, {whose}")
        say(self._head, said.format(exam=plan.exam, count=plan.objects, whose=whose))
        self.send.setText(translate("Pacs", "Send to {peer}").format(peer=plan.peer))
        self.send.setEnabled(plan.objects > 0)
        self.send.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_queue(self, state: QueueState) -> None:
        self._state = state
        say(self._queue, queue_words(state))
        say(self._trouble, "; ".join(state.words))
        self.retry.setVisible(bool(state.waiting or state.failed or state.unconfirmed))
        self.drop.setVisible(bool(state.failed))

    def forget(self) -> None:
        """No preview: nothing can be sent."""
        self.plan, self._image = None, None
        self._picture.clear()
        self.lines.clear()
        self.send.setText(translate("Pacs", "Send"))
        self.send.setEnabled(False)
        hint = translate("Pacs", "Enter on an exam shows what would be sent")
        say(self._head, hint if self.table.current else "")

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self.table.set_scale(scale)
        self._both.setSpacing(scale.px(28))
        self._column.setSpacing(scale.px(14))
        self._picture.setFixedHeight(scale.px(PICTURE[1]))
        self._draw()

    def retranslate(self) -> None:
        self.named.setText(translate("Pacs", "Preview with the order's patient"))
        self.nameless.setText(translate("Pacs", "Preview de-identified"))
        self.retry.setText(translate("Pacs", "Try again now"))
        self.drop.setText(translate("Pacs", "Give up what failed"))
        self._fill()
        self.show_queue(self._state)
        if self.plan is not None:
            self.show_plan(self.plan)
        else:
            self.forget()
        self._marked()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def _marked(self) -> None:
        """Another exam: its patient by name, for the eyes alone, and no preview yet."""
        exam = self.table.current
        patient = self._whose.get(exam)
        self.named.setEnabled(patient is not None)
        self.nameless.setEnabled(bool(exam))
        said = translate("Pacs", "No order was chosen for this exam") if exam else ""
        if patient is not None:
            name = patient.name.replace("^", " ").strip()
            said = translate("Pacs", "Order: {name}, {id}").format(name=name, id=patient.id)
        say(self._who, said)
        if self.plan is None or self.plan.exam != exam:
            self.forget()

    def _fill(self) -> None:
        none = translate("Pacs", "No exam has ended yet: an exam can be sent from here once it has ended")
        self.table.say_empty(none if self._listed else "")
        self.table.show_rows(exam_heads(), exam_rows(self._rows))

    def _send(self) -> None:
        plan = self.plan
        if plan is None:
            return
        self.forget()
        say(self._head, translate("Pacs", "Making the objects…"))
        self.asked.emit(SendExam(plan.exam, plan.named))

    def _draw(self) -> None:
        if self._image is None:
            return
        size = self._picture.size() * self.devicePixelRatioF()
        scaled = self._image.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        scaled.setDevicePixelRatio(self.devicePixelRatioF())
        self._picture.setPixmap(QPixmap.fromImage(scaled))


def image_of(pixels: Pixels) -> QImage:
    """A copy that Qt owns; grey or RGB."""
    height, width = pixels.shape[:2]
    grey = pixels.ndim == 2
    form = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    return QImage(pixels.tobytes(), width, height, width * (1 if grey else 3), form).copy()
