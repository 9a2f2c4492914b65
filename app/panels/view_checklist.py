"""Which of the two views were seen, how well, with what result, and what that means for the fetus."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent

from app.language import translate
from app.panels.panel import MEDIUM, REGULAR, Panel, put_text
from app.panels.shapes import draw_shape
from app.session.exam import FetusRecord, ViewRecord
from app.theme import ALIGN_RIGHT, BRIGHT, CYAN, FAINT, LINE, QUIET, STATUS_COLOUR, VERDICT_COLOUR
from app.words import VIEW_SHORT, seen_word, verdict_sentence, word
from inference.evidence_types import BARS, Evidence, Status, Verdict, ViewTally
from inference.prediction import View

VERDICT_HIGH = 48
"""Two lines, in pixels of the drawing."""
SHOWN: tuple[View, View] = ("lip", "palate")


class ViewChecklist(Panel):
    """Two lines that fill while she scans, and one line for the fetus."""

    def __init__(self) -> None:
        super().__init__()
        self._evidence: Evidence | None = None
        self._record: FetusRecord | None = None
        self._rows: tuple[tuple[int, Status, str], ...] = ()
        self._verdict = Verdict.NOT_ASSESSED
        self.setAccessibleName("views")
        self.show_evidence(None)

    def show_evidence(self, evidence: Evidence | None, record: FetusRecord | None = None) -> None:
        """Show what was seen.

        Args:
            evidence: since the last new fetus, source or model.
            record: of the fetus in its exam, over all looks at it; rules where there is one.
        """
        self._evidence, self._record = evidence, record
        rows = []
        for view in SHOWN:
            seen: ViewRecord | ViewTally | None
            if record is not None:
                seen = record.lip if view == "lip" else record.palate
            else:
                seen = None if evidence is None else evidence.tallies.get(view)
            if seen is None:
                rows.append((0, Status.NOT_ASSESSED, translate("Words", "not seen yet")))
            else:
                rows.append((seen.bars, seen.status, seen_word(seen.status, seen.bars)))
        verdict = Verdict.NOT_ASSESSED if evidence is None else evidence.verdict
        if record is not None:
            verdict = record.verdict
        if (tuple(rows), verdict) == (self._rows, self._verdict):
            return
        self._rows, self._verdict = tuple(rows), verdict
        self.setAccessibleDescription(verdict_sentence(verdict))
        self.update()

    def retranslate(self) -> None:
        self._rows = ()
        self.show_evidence(self._evidence, self._record)

    def sizeHint(self) -> QSize:
        # Room for two lines of verdict, always: what stands below must not move while she scans.
        return QSize(self.scale.px(360), self.scale.px(106 + VERDICT_HIGH))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, width = self.scale.px, self.width()
        title = QRect(0, 0, width, px(26))
        put_text(painter, title, translate("ViewChecklist", "Views"), self.scale.font(18, REGULAR), QUIET)
        top = px(28)
        for view, (bars, status, text) in zip(SHOWN, self._rows, strict=True):
            self._row(painter, QRect(0, top, width, px(36)), word(VIEW_SHORT[view]), bars, status, text)
            top += px(38)
        line = QRect(0, top + px(2), width, px(VERDICT_HIGH))
        sentence, font = verdict_sentence(self._verdict), self.scale.font(18, MEDIUM)
        put_text(painter, line, sentence, font, VERDICT_COLOUR[self._verdict], lines=2)

    def _row(self, painter: QPainter, row: QRect, name: str, bars: int, status: Status, text: str) -> None:
        px = self.scale.px
        put_text(painter, row, name, self.scale.font(20, MEDIUM), BRIGHT)
        left, gap, wide, high = row.width() * 0.3, px(5), px(16), px(11)
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(BARS):
            box = QRectF(left + number * (wide + gap), row.center().y() - high / 2 + 1, wide, high)
            painter.setBrush(QColor(CYAN if number < bars else LINE))
            painter.drawRoundedRect(box, 2, 2)
        colour = FAINT if status is Status.NOT_ASSESSED else STATUS_COLOUR[status]
        font = self.scale.font(18, REGULAR)
        start = int(left + BARS * (wide + gap) + px(10))
        put_text(
            painter, QRect(start, row.y(), row.width() - start, row.height()), text, font, colour, ALIGN_RIGHT
        )
        if status is not Status.NOT_ASSESSED:
            side = px(13)
            room = QFontMetrics(font).horizontalAdvance(text)
            at = row.width() - room - side - px(8)
            if at >= start - px(8):
                box = QRectF(at, row.center().y() - side / 2 + 1, side, side)
                draw_shape(painter, box, status, colour)
