"""The pyqtgraph part of the timeline, on its own so that pyqtgraph is imported after the first picture."""

from __future__ import annotations

from dataclasses import replace

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QFrame, QWidget

from app.panels.shapes import draw_shape
from app.panels.timeline_data import Mark, Samples, places_of_words
from app.panels.timeline_trace import Axis, trace
from app.theme import BACK, BRIGHT, LINE, PLAIN, STATUS_COLOUR
from inference.evidence_types import Status

HEADROOM, MARKS_AT = 1.36, 1.21
"""The room above score 1, and where in it flags stand: clear of a line at the top."""


class Trace(pg.GraphicsObject):  # type: ignore[misc]
    """The scores as one picture, made when it is painted: only then the pixels are known."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: Samples | None = None

    def set_samples(self, samples: Samples) -> None:
        """Times are in the plot's own seconds."""
        self._samples = samples
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, *_: object) -> None:
        view = self.getViewWidget()
        if self._samples is None or view is None:
            return
        ratio, to_pixels = view.devicePixelRatioF(), painter.transform()
        width, height = round(view.width() * ratio), round(view.height() * ratio)
        x = Axis(to_pixels.m11() * ratio, to_pixels.dx() * ratio)
        y = Axis(to_pixels.m22() * ratio, to_pixels.dy() * ratio)
        drawn = trace(self._samples, x, y, width, height, ratio)
        picture = QImage(drawn.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        picture.setDevicePixelRatio(ratio)
        painter.save()
        painter.resetTransform()
        painter.drawImage(0, 0, picture)
        painter.restore()


class Marks(pg.GraphicsObject):  # type: ignore[misc]
    """Flags and kept frames: a shape at the top, a line down to the scores, a word beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: tuple[Mark, ...] = ()
        self._font_px = 13

    def set_marks(self, marks: tuple[Mark, ...], font_px: int) -> None:
        if (marks, font_px) != (self._marks, self._font_px):
            self._marks, self._font_px = marks, font_px
            self.prepareGeometryChange()
            self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, *_: object) -> None:
        to_pixels = painter.transform()
        painter.save()
        painter.resetTransform()
        font = painter.font()
        font.setPixelSize(self._font_px)
        painter.setFont(font)
        side = self._font_px * 0.95
        edge = to_pixels.map(self.viewRect().topRight()).x()
        marks = sorted(self._marks, key=lambda mark: mark.at_s)
        centres = [to_pixels.map(QPointF(mark.at_s, MARKS_AT)) for mark in marks]
        widths = [float(painter.fontMetrics().horizontalAdvance(mark.text)) for mark in marks]
        lefts = places_of_words([at.x() for at in centres], widths, side, edge)
        for mark, at, width, left in zip(marks, centres, widths, lefts, strict=True):
            foot = to_pixels.map(QPointF(mark.at_s, 0.0))
            colour = QColor(STATUS_COLOUR[Status.FLAG] if mark.flag else PLAIN)
            faint = QColor(colour)
            faint.setAlphaF(0.35)
            painter.setPen(QPen(faint, 1))
            painter.drawLine(QLineF(at.x(), at.y() + side * 0.6, foot.x(), foot.y()))
            box = QRectF(at.x() - side / 2, at.y() - side / 2, side, side)
            if mark.flag:
                draw_shape(painter, box, Status.FLAG, colour)
            else:
                painter.setPen(QPen(colour, 1.5))
                painter.drawRect(box.adjusted(1, 2, -1, -2))
            if left is not None:
                painter.setPen(colour)
                words = QRectF(left, at.y() - self._font_px, width + 2, 2 * self._font_px)
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
                painter.drawText(words, int(flags), mark.text)
        painter.restore()


class TimelinePlot(pg.PlotWidget):  # type: ignore[misc]
    """Scores from 0 to 1 over time; a press or drag tells the time under it."""

    pointed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=BACK, enableMenu=False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # It fills its whole ground itself: what lies behind need not be painted first.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        plot = self.getPlotItem()
        plot.hideAxis("left")
        plot.hideAxis("bottom")
        plot.hideButtons()
        # pyqtgraph makes a menu all the same, without a parent: it is to go when the plot goes.
        plot.ctrlMenu.setParent(self, plot.ctrlMenu.windowFlags())
        plot.setContentsMargins(0, 0, 0, 0)
        plot.layout.setContentsMargins(0, 0, 0, 0)
        view = plot.getViewBox()
        view.setMouseEnabled(False, False)
        view.setDefaultPadding(0)
        view.disableAutoRange()
        plot.setYRange(-0.04, HEADROOM, padding=0)
        self._levels = [pg.InfiniteLine(angle=0, pen=_dashed()) for _ in range(2)]
        self._trace = Trace()
        self._long_s: float | None = None
        self._marks = Marks()
        self._head = pg.InfiniteLine(angle=90, pen=pg.mkPen(BRIGHT, width=2))
        for item in (*self._levels, self._trace, self._marks, self._head):
            plot.addItem(item, ignoreBounds=True)
        for level in self._levels:
            level.hide()
        self._head.hide()

    def set_levels(self, look_again: float | None, flag: float | None) -> None:
        for line, value in zip(self._levels, (look_again, flag), strict=True):
            line.setVisible(value is not None)
            if value is not None:
                line.setValue(value)

    def draw(
        self, samples: Samples, span: tuple[float, float], marks: tuple[Mark, ...], font_px: int
    ) -> None:
        # Times are drawn from the span's start: seconds since boot would lose their fractions.
        start, long_s = span[0], span[1] - span[0]
        if self._long_s is None or abs(long_s - self._long_s) > 1e-6:
            self._long_s = long_s
            self.setXRange(0.0, long_s, padding=0)
        self._trace.set_samples(replace(samples, times_s=samples.times_s - start))
        placed = tuple(Mark(mark.at_s - start, mark.flag, mark.text) for mark in marks)
        self._marks.set_marks(placed, font_px)

    def set_head(self, at_s: float | None) -> None:
        """The playhead, in seconds from the span's start."""
        self._head.setVisible(at_s is not None)
        if at_s is not None:
            self._head.setValue(at_s)

    def mousePressEvent(self, event: object) -> None:
        self._point(event)

    def mouseMoveEvent(self, event: object) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self._point(event)

    def mouseReleaseEvent(self, event: object) -> None:
        """Nothing more happens when the button comes up."""

    def wheelEvent(self, event: object) -> None:
        """The span is fixed."""

    def _point(self, event: object) -> None:
        view = self.getPlotItem().getViewBox()
        position = self.mapToScene(event.position().toPoint())  # type: ignore[attr-defined]
        self.pointed.emit(float(view.mapSceneToView(position).x()))


def _dashed() -> QPen:
    return pg.mkPen(LINE, width=1, style=Qt.PenStyle.DashLine)  # type: ignore[no-any-return]
