"""What an export for an expert would write: looked at in the page, then written, or not."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout

from app.language import translate
from app.panels.panel import Panel, label, say
from app.session.second_look import FolderPlan
from app.theme import Scale

PICTURE = (420, 320)
"""Room for the picture in the 1920x1080 drawing."""


class ExportPreview(Panel):
    """`confirmed` gives the exam whose export was looked at."""

    confirmed = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._exam = ""
        self._head = label("strong")
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pixmap = QPixmap()
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.write, self.no = QPushButton(), QPushButton()
        column, row, buttons = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._head)
        row.addWidget(self._picture)
        row.addWidget(self.lines, 1)
        column.addLayout(row, 1)
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.write)
        column.addLayout(buttons)
        self.write.clicked.connect(lambda: self._leave(write=True))
        self.no.clicked.connect(lambda: self._leave(write=False))
        self.retranslate()
        self.hide()

    def show_plan(self, exam: str, plan: FolderPlan) -> None:
        self._exam = exam
        say(self._head, translate("ExportPreview", "{exam} as {folder}").format(exam=exam, folder=plan.name))
        self.lines.setPlainText("\n".join(plan.lines))
        self._pixmap = QPixmap()
        if plan.picture is not None:
            self._pixmap.loadFromData(plan.picture)
        self._draw()
        self.show()
        self.write.setFocus(Qt.FocusReason.OtherFocusReason)

    def put_away(self) -> None:
        self._exam = ""
        self.hide()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._picture.setFixedSize(scale.px(PICTURE[0]), scale.px(PICTURE[1]))
        self._draw()

    def retranslate(self) -> None:
        self.write.setText(translate("ExportPreview", "Write this folder  ⏎"))
        self.no.setText(translate("ExportPreview", "Not now"))

    def _leave(self, write: bool) -> None:
        exam = self._exam
        self.put_away()
        if write and exam:
            self.confirmed.emit(exam)
        self.left.emit()

    def _draw(self) -> None:
        if self._pixmap.isNull():
            self._picture.clear()
            return
        self._picture.setPixmap(
            self._pixmap.scaled(
                self._picture.size(),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
