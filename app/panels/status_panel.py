"""The state of the scan in a word, a shape and a colour, with the plane and what the state rests on."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from app.panels.panel import BOLD, MEDIUM, REGULAR, Panel, fitting_font, put_text
from app.panels.shapes import draw_shape
from app.theme import BACK, BRIGHT, QUIET, STATUS_COLOUR
from app.words import hits_sentence, plane_words, status_word
from inference.evidence_types import Evidence, Status

WORD_PX = 40
"""Of the state word, in the 1920x1080 drawing: 0.4 degrees at 1.2 m on a 24-inch screen need 28."""
WORD_SMALLEST_PX = 30


class StatusPanel(Panel):
    """Painted as one piece: a change costs no layout."""

    def __init__(self) -> None:
        super().__init__()
        self._status = Status.NOT_ASSESSED
        self._plane = ""
        self._reason = ""
        self._evidence: Evidence | None = None
        self.setAccessibleName("status")

    def show_evidence(self, evidence: Evidence | None) -> None:
        self._evidence = evidence
        status = Status.NOT_ASSESSED if evidence is None else evidence.status
        plane = "" if evidence is None else plane_words(evidence)
        reason = "" if evidence is None else hits_sentence(evidence)
        if (status, plane, reason) == (self._status, self._plane, self._reason):
            return
        self._status, self._plane, self._reason = status, plane, reason
        self.setAccessibleDescription(f"{status_word(status)}. {plane}. {reason}")
        self.update()

    def retranslate(self) -> None:
        evidence, self._reason = self._evidence, "\0"
        self.show_evidence(evidence)

    def sizeHint(self) -> QSize:
        return QSize(self.scale.px(360), self.scale.px(118))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, width = self.scale.px, self.width()
        word, colour = status_word(self._status), STATUS_COLOUR[self._status]
        row = QRect(0, 0, width, px(54))
        inset = px(12) if self._status is Status.FLAG else 0
        if self._status is Status.FLAG:
            # A plate, dark on bright: also told from "look again" by an eye that sees no hues.
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(row, px(8), px(8))
            colour = BACK
        shape = px(32)
        draw_shape(painter, QRectF(inset, (row.height() - shape) / 2, shape, shape), self._status, colour)
        left = inset + shape + px(16)
        font = fitting_font(self.scale, word, width - left - inset, WORD_PX, WORD_SMALLEST_PX, BOLD)
        put_text(painter, QRect(left, 0, width - left, row.height()), word, font, colour)
        top = row.height() + px(6)
        if self._plane:
            line = QRect(0, top, width, px(26))
            put_text(painter, line, self._plane, self.scale.font(20, MEDIUM), BRIGHT)
            top += px(30)
        put_text(
            painter, QRect(0, top, width, px(24)), self._reason, self.scale.font(17, REGULAR), QUIET,
            lines=1 if self._plane else 2,
        )  # fmt: skip
