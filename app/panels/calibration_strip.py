"""One number asked for in a strip under the top bar."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.language import translate
from app.panels.panel import Panel, label
from app.theme import Scale


class CalibrationStrip(Panel):
    """How far the ends of the ruler are apart, in mm."""

    given = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._text, self._hint = label("strong"), label("quiet")
        self.entry = QLineEdit()
        self._row = QHBoxLayout(self)
        for part in (self._text, self.entry, self._hint):
            self._row.addWidget(part)
        self._row.addStretch(1)
        self.retranslate()
        self.hide()

    def ask(self) -> None:
        self.entry.clear()
        self.show()
        self.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            try:
                self.given.emit(float(self.entry.text().strip().replace(",", ".")))
            except ValueError:
                self.entry.selectAll()
            return
        super().keyPressEvent(event)

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._row.setContentsMargins(scale.px(24), scale.px(6), scale.px(24), scale.px(6))
        self._row.setSpacing(scale.px(14))
        self.entry.setFixedWidth(scale.px(140))

    def retranslate(self) -> None:
        self._text.setText(translate("Ruler", "Put the ends on two depth ticks. Their distance, in mm:"))
        self._hint.setText(translate("Ruler", "Enter takes it, Esc leaves"))
