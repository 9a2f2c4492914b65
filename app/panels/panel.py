"""What every part of the window shares: its scale, its language, painted text that never overflows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from app.theme import ALIGN_LEFT, Scale

ROWS_KEPT = 512
"""Texts whose breaks are remembered: all words of the window, and the figures of some seconds."""
REGULAR, MEDIUM, BOLD = QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold


class Panel(QFrame):
    """A part of the window. The window sets its scale; a change of language calls `retranslate`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scale = Scale()

    def set_scale(self, scale: Scale) -> None:
        """New size of the window's drawing; parts with fixed lengths set them here."""
        self.scale = scale
        self.updateGeometry()
        self.update()

    def retranslate(self) -> None:
        """Fill in every text again."""
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def label(role: str, text: str = "") -> QLabel:
    """A label whose size and colour the style sheet gives by its role."""
    made = QLabel(text)
    made.setProperty("role", role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def say(target: QLabel, text: str) -> None:
    """Set a label's text where it differs: a label that is set lays the whole panel out again."""
    if target.text() != text:
        target.setText(text)


def fitting_font(
    scale: Scale, text: str, width: int, largest: float, smallest: float, weight: QFont.Weight
) -> QFont:
    """The largest font, in design pixels, at which the text fits the width; `smallest` at the least."""
    size = largest
    while size > smallest:
        font = scale.font(size, weight)
        if QFontMetrics(font).horizontalAdvance(text) <= width:
            return font
        size -= 1
    return scale.font(smallest, weight)


def put_text(
    painter: QPainter,
    box: QRect | QRectF,
    text: str,
    font: QFont,
    colour: str | QColor,
    align: Qt.AlignmentFlag = ALIGN_LEFT,
    lines: int = 1,
) -> int:
    """Paint text inside a box, wrapped over at most `lines` lines, the last one ending in an ellipsis.

    Returns:
        The height used, in pixels.
    """
    area = box.toRect() if isinstance(box, QRectF) else box
    metrics = QFontMetrics(font)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    rows = _rows(text, font.key(), area.width(), lines, metrics)
    if len(rows) <= 1:
        painter.drawText(area, int(align | Qt.TextFlag.TextSingleLine), rows[0] if rows else "")
        return metrics.height()
    # Chinese letters come from a taller font than the one that is measured: their feet must not be cut off.
    how = (
        align & Qt.AlignmentFlag.AlignHorizontal_Mask
        | Qt.AlignmentFlag.AlignVCenter
        | Qt.TextFlag.TextSingleLine
        | Qt.TextFlag.TextDontClip
    )
    for row, words in enumerate(rows):
        line = QRect(area.x(), area.y() + row * metrics.lineSpacing(), area.width(), metrics.height())
        painter.drawText(line, int(how), words)
    return metrics.lineSpacing() * len(rows)


_kept_rows: dict[tuple[str, str, int, int], list[str]] = {}


def _rows(text: str, face: str, width: int, lines: int, metrics: QFontMetrics) -> list[str]:
    """`wrapped`, kept: to find where a sentence breaks takes longer than to paint it."""
    key = (text, face, width, lines)
    rows = _kept_rows.get(key)
    if rows is None:
        if len(_kept_rows) >= ROWS_KEPT:
            _kept_rows.clear()
        rows = _kept_rows[key] = wrapped(text, metrics, width, lines)
    return rows


def wrapped(text: str, metrics: QFontMetrics, width: int, lines: int) -> list[str]:
    """The text as at most `lines` lines of that width; between words, or anywhere in Chinese."""
    rows: list[str] = []
    rest = text.strip()
    while rest and len(rows) < lines - 1 and metrics.horizontalAdvance(rest) > width:
        cut = len(rest)
        while cut > 1 and (
            metrics.horizontalAdvance(rest[:cut].rstrip()) > width or not _may_break(rest, cut)
        ):
            cut -= 1
        if cut <= 1:
            break
        rows.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        rows.append(metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width))
    return rows


def _may_break(text: str, at: int) -> bool:
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    wide = ord(before) > 0x2E7F and after not in "，。；：、）！？"
    return after == " " or before == " " or wide
