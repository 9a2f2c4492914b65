"""A question that waits under the top bar: one key yes, one key no, and the picture goes on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from app.language import translate
from app.panels.panel import Panel, label
from app.theme import Scale


class QuestionStrip(Panel):
    """Asks whether another patient is on the table."""

    answered = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._keys = ("", "")
        self._text, self._more = label("warn"), label("quiet")
        self.yes, self.no = QPushButton(), QPushButton()
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._text)
        self._row.addWidget(self._more)
        self._row.addStretch(1)
        for button in (self.yes, self.no):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._row.addWidget(button)
        self.yes.clicked.connect(lambda: self.answered.emit(True))
        self.no.clicked.connect(lambda: self.answered.emit(False))
        self.retranslate()
        self.hide()

    def set_keys(self, yes: str, no: str) -> None:
        self._keys = (yes, no)
        self.retranslate()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self.setFixedHeight(max(scale.px(72), 48))
        self._row.setContentsMargins(scale.px(24), scale.px(8), scale.px(24), scale.px(8))
        self._row.setSpacing(scale.px(20))
        for button in (self.yes, self.no):
            button.setMinimumWidth(scale.px(220))

    def retranslate(self) -> None:
        self._text.setText(
            translate("QuestionStrip", "Another patient? The words round the scan have changed.")
        )
        self._more.setText(translate("QuestionStrip", "Nothing counts until you answer."))
        self.yes.setText(translate("QuestionStrip", "New exam  {key}").format(key=self._keys[0]))
        self.no.setText(translate("QuestionStrip", "Same patient  {key}").format(key=self._keys[1]))
