"""The model score as an arc: smoothed as its length, instant as a dot, operating points as ticks."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen

from app.language import translate
from app.live.stamps import Stamps
from app.panels.panel import BOLD, REGULAR, Panel, put_text
from app.theme import ALIGN_CENTRE, BRIGHT, FAINT, LINE, PLAIN, QUIET, STATUS_COLOUR, Scale
from inference.evidence_types import Evidence, Status

START_DEG, SWEEP_DEG = 210.0, 240.0
"""From lower left over the top to lower right; degrees as in mathematics, turning with the clock."""
CLOSE_DEG = 40.0
"""Ticks nearer than this would have their words on each other."""
COUNTING = (Status.GATHERING, Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG)


def angle_of(score: float) -> float:
    """The direction of a score in [0, 1], degrees anticlockwise from the right."""
    return START_DEG - SWEEP_DEG * min(max(score, 0.0), 1.0)


class ScoreArc(Panel):
    """Grey with a dash while the score does not count."""

    def __init__(self) -> None:
        super().__init__()
        self._status = Status.NOT_ASSESSED
        self._instant: float | None = None
        self._smoothed: float | None = None
        self._points: tuple[float, float] | None = None
        self._stamps = Stamps()
        self.setAccessibleName("model score")

    def set_points(self, look_again: float | None, flag: float | None) -> None:
        """The manifest's operating points, in [0, 1]."""
        self._points = None if look_again is None or flag is None else (look_again, flag)
        self.update()

    def show_evidence(self, evidence: Evidence | None) -> None:
        counts = evidence is not None and evidence.status in COUNTING
        status = Status.NOT_ASSESSED if evidence is None else evidence.status
        instant = evidence.instant if evidence is not None and counts else None
        smoothed = evidence.smoothed if evidence is not None and counts else None
        if (status, instant, smoothed) == (self._status, self._instant, self._smoothed):
            return
        self._status, self._instant, self._smoothed = status, instant, smoothed
        self.setAccessibleDescription("—" if smoothed is None else f"{smoothed:.2f}")
        self.update()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._stamps.clear()

    def retranslate(self) -> None:
        self._stamps.clear()
        self.update()

    @property
    def number(self) -> str:
        """What stands in the middle."""
        return "—" if self._smoothed is None else f"{self._smoothed:.2f}"

    def sizeHint(self) -> QSize:
        return QSize(self.scale.px(360), self.scale.px(236))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.scale.px(300), self.scale.px(190))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self.scale.px
        # The arc is 1.5 radii high (its ends lie half a radius below its middle); words above and below it.
        radius = min((self.height() - px(54)) / 1.52, (self.width() - px(130)) / 2)
        thick = max(6.0, radius * 0.16)
        centre = QPointF(self.width() / 2, px(30) + radius)
        ring = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        ring.adjust(thick / 2, thick / 2, -thick / 2, -thick / 2)
        self._stamps.put(
            painter, self.rect(), self._points,
            lambda ground, box: self._ground(ground, centre, radius, thick, ring),
        )  # fmt: skip
        colour = QColor(STATUS_COLOUR[self._status])
        if self._smoothed is not None:
            self._arc(painter, ring, thick, 0.0, self._smoothed, colour)
        for score, _ in self._ticks():
            self._tick(painter, centre, radius, thick, score)
        if self._instant is not None:
            spot = _at(centre, radius - thick / 2, angle_of(self._instant))
            painter.setPen(QPen(QColor(0, 0, 0), max(1.0, thick * 0.12)))
            painter.setBrush(QColor(BRIGHT))
            painter.drawEllipse(spot, thick * 0.36, thick * 0.36)
        self._number(painter, centre, radius)

    def _ground(self, painter: QPainter, centre: QPointF, radius: float, thick: float, ring: QRectF) -> None:
        """What stays the same from score to score."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._arc(painter, ring, thick, 0.0, 1.0, QColor(LINE))
        close = self._points is not None and angle_of(self._points[0]) - angle_of(self._points[1]) < CLOSE_DEG
        for number, (score, text) in enumerate(self._ticks()):
            self._tick_word(painter, centre, radius, thick, score, text, (-1, 1)[number] if close else 0)
        self._words(painter, centre, radius)

    def _ticks(self) -> list[tuple[float, str]]:
        if self._points is None:
            return []
        look, flag = self._points
        return [(look, translate("ScoreArc", "look")), (flag, translate("ScoreArc", "flag"))]

    @staticmethod
    def _arc(painter: QPainter, ring: QRectF, thick: float, low: float, high: float, ink: QColor) -> None:
        pen = QPen(ink, thick)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(ring, round(angle_of(low) * 16), -round((high - low) * SWEEP_DEG * 16))

    @staticmethod
    def _tick(painter: QPainter, centre: QPointF, radius: float, thick: float, score: float) -> None:
        angle = angle_of(score)
        painter.setPen(QPen(QColor(BRIGHT), max(1.5, thick * 0.12)))
        painter.drawLine(_at(centre, radius - thick * 1.15, angle), _at(centre, radius + thick * 0.2, angle))

    def _tick_word(
        self,
        painter: QPainter,
        centre: QPointF,
        radius: float,
        thick: float,
        score: float,
        text: str,
        aside: int,
    ) -> None:
        """A tick's word over it, or `aside` of it: -1 left, 1 right."""
        angle = angle_of(score)
        font = self.scale.font(16, REGULAR)
        width, height = self.scale.px(70), self.scale.px(22)
        at = _at(centre, radius + thick * 0.55, angle)
        lean = math.cos(math.radians(angle)) if not aside else float(aside)
        # Leaning left the label ends at the tick, leaning right it begins there, on top it stands over it.
        left = at.x() - width / 2 + lean * (width / 2)
        top = at.y() - height / 2 - math.sin(math.radians(angle)) * height / 2
        side = Qt.AlignmentFlag.AlignLeft if lean > 0 else Qt.AlignmentFlag.AlignRight
        align = ALIGN_CENTRE if abs(lean) < 0.25 else side | Qt.AlignmentFlag.AlignVCenter
        put_text(painter, QRectF(left, top, width, height), text, font, PLAIN, align)

    def _number(self, painter: QPainter, centre: QPointF, radius: float) -> None:
        font = self.scale.font(radius * 0.58 / self.scale.factor, BOLD)
        colour = QUIET if self._smoothed is None else BRIGHT
        put_text(painter, _number_box(centre, radius), self.number, font, colour, ALIGN_CENTRE)

    def _words(self, painter: QPainter, centre: QPointF, radius: float) -> None:
        px, scale = self.scale.px, self.scale
        below = _number_box(centre, radius).bottom() + px(2)
        name = QRectF(0, below, self.width(), px(24))
        put_text(
            painter, name, translate("ScoreArc", "model score"), scale.font(18, REGULAR), PLAIN, ALIGN_CENTRE
        )
        caveat = translate("ScoreArc", "not the probability of a cleft")
        foot = QRectF(0, centre.y() + radius * 0.52, self.width(), px(24))
        put_text(painter, foot, caveat, scale.font(16, REGULAR), FAINT, ALIGN_CENTRE)


def _number_box(centre: QPointF, radius: float) -> QRectF:
    return QRectF(centre.x() - radius, centre.y() - radius * 0.45, 2 * radius, radius * 0.62)


def _at(centre: QPointF, radius: float, degrees: float) -> QPointF:
    angle = math.radians(degrees)
    return QPointF(centre.x() + radius * math.cos(angle), centre.y() - radius * math.sin(angle))
