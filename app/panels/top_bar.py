"""Name, state of the picture, source, model: the line that says what is being looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QToolButton

from app.language import translate
from app.panels.panel import BOLD, MEDIUM, REGULAR, Panel, put_text
from app.theme import ALIGN_RIGHT, AMBER, BRIGHT, CORAL, CYAN, PLAIN, QUIET, Scale

PictureState = Literal["none", "opening", "live", "replay", "paused", "frozen", "lost", "ended"]


def state_word(state: PictureState) -> str:
    """The state of the picture, in capitals where the language has them."""
    words: dict[PictureState, str] = {
        "none": translate("TopBar", "NO SOURCE"),
        "opening": translate("TopBar", "OPENING"),
        "live": translate("TopBar", "LIVE"),
        "replay": translate("TopBar", "REPLAY"),
        "paused": translate("TopBar", "PAUSED"),
        "frozen": translate("TopBar", "FROZEN"),
        "lost": translate("TopBar", "NO SIGNAL"),
        "ended": translate("TopBar", "ENDED"),
    }
    return words[state]


STATE_COLOUR: dict[PictureState, str] = {
    "none": QUIET, "opening": QUIET, "live": CYAN, "replay": CYAN, "paused": PLAIN, "frozen": AMBER,
    "lost": CORAL, "ended": PLAIN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TopBarText:
    """What the bar says now."""

    state: PictureState = "none"
    source: str = ""
    """Name, size and rate of the source."""
    exam: str = ""
    model: str = ""
    """Name and version, with what they were trained on; or that the AI is off or has failed."""
    warn: bool = False
    """The model's words are a warning."""


class TopBar(Panel):
    """Left the exam, in the middle the picture's state and source, right the model and the menu."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.shown = TopBarText()
        self.patient_safe = False
        self.menu_button = QToolButton()
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setText("☰")
        self._row = QHBoxLayout(self)
        self._row.addStretch(1)
        self._row.addWidget(self.menu_button)

    def show_text(self, text: TopBarText) -> None:
        if text != self.shown:
            self.shown = text
            self.setAccessibleDescription(f"{state_word(text.state)}. {text.source}. {text.model}")
            self.update()

    def set_patient_safe(self, safe: bool) -> None:
        """The state of the picture alone is told."""
        self.patient_safe = safe
        self.update()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self.setFixedHeight(scale.px(56))
        self._row.setContentsMargins(0, 0, scale.px(14), 0)

    def sizeHint(self) -> QSize:
        return QSize(self.scale.px(1200), self.scale.px(56))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, height, text = self.scale.px, self.height(), self.shown
        name_font = self.scale.font(22, BOLD)
        left = px(24)
        name_width = QFontMetrics(name_font).horizontalAdvance("Philtrum")
        put_text(painter, QRect(left, 0, name_width + 4, height), "Philtrum", name_font, BRIGHT)
        left += name_width + px(28)
        right = self.menu_button.x() - px(18)
        if not self.patient_safe:
            model_font = self.scale.font(18, MEDIUM)
            model_width = min(
                QFontMetrics(model_font).horizontalAdvance(text.model) + 4, self.width() * 2 // 5
            )
            box = QRect(right - model_width, 0, model_width, height)
            put_text(painter, box, text.model, model_font, AMBER if text.warn else PLAIN, ALIGN_RIGHT)
            right -= model_width + px(28)
            exam_font = self.scale.font(18, REGULAR)
            exam_width = min(QFontMetrics(exam_font).horizontalAdvance(text.exam) + 4, max(0, right - left))
            if right - left - exam_width > px(420):
                put_text(painter, QRect(left, 0, exam_width, height), text.exam, exam_font, QUIET)
                left += exam_width + px(28)
        self._centre(painter, left, right)

    def _centre(self, painter: QPainter, left: int, right: int) -> None:
        """State and source in the middle of the bar, or of the room that is left."""
        px, height, text = self.scale.px, self.height(), self.shown
        word, colour = state_word(text.state), STATE_COLOUR[text.state]
        loud = text.state in ("frozen", "lost")
        word_font, font = self.scale.font(28 if loud else 22, BOLD), self.scale.font(18, REGULAR)
        sign, gap = px(14), px(12)
        word_width = QFontMetrics(word_font).horizontalAdvance(word) + 4
        # A file's name may be a patient's.
        source = "" if self.patient_safe else text.source
        source_width = QFontMetrics(font).horizontalAdvance(source) + 4 if source else 0
        whole = sign + gap + word_width + (px(20) + source_width if source_width else 0)
        whole = min(whole, right - left)
        x = max(left, min(round(self.width() / 2 - whole / 2), right - whole))
        box = QRectF(x, (height - sign) / 2, sign, sign)
        _draw_sign(painter, box, text.state, colour)
        x += sign + gap
        put_text(painter, QRect(x, 0, word_width, height), word, word_font, colour if loud else BRIGHT)
        x += word_width + px(20)
        if x < right:
            put_text(painter, QRect(x, 0, min(source_width, right - x), height), source, font, PLAIN)


def _draw_sign(painter: QPainter, box: QRectF, state: PictureState, colour: str) -> None:
    """Dot: live. Triangle: replay. Bars: held or frozen. Crossed ring: lost. Ring: nothing yet."""
    painter.save()
    ink = QColor(colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    if state == "live":
        painter.drawEllipse(box)
    elif state == "replay":
        tip = QPointF(box.right(), box.center().y())
        painter.drawPolygon(QPolygonF([box.topLeft(), tip, box.bottomLeft()]))
    elif state in ("paused", "frozen"):
        third = box.width() / 3
        painter.drawRect(QRectF(box.x(), box.y(), third, box.height()))
        painter.drawRect(QRectF(box.right() - third, box.y(), third, box.height()))
    else:
        painter.setPen(QPen(ink, max(2.0, box.width() * 0.16)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        if state == "lost":
            painter.drawLine(box.topLeft(), box.bottomRight())
    painter.restore()
