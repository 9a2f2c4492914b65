"""The shape of every state: told apart without colour and without reading."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from inference.evidence_types import Status


def draw_shape(painter: QPainter, box: QRectF, status: Status, colour: str | QColor) -> None:
    """Flag: triangle. Look again: diamond. No sign: ring. Gathering: part of it. Searching: dots."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor(colour)
    side = min(box.width(), box.height())
    area = QRectF(0, 0, side, side)
    area.moveCenter(box.center())
    x, y, middle = area.x(), area.y(), area.center()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    if status is Status.FLAG:
        points = [QPointF(middle.x(), y), QPointF(x + side, y + side * 0.92), QPointF(x, y + side * 0.92)]
        painter.drawPolygon(QPolygonF(points))
    elif status is Status.LOOK_AGAIN:
        points = [
            QPointF(middle.x(), y), QPointF(x + side, middle.y()),
            QPointF(middle.x(), y + side), QPointF(x, middle.y()),
        ]  # fmt: skip
        painter.drawPolygon(QPolygonF(points))
    elif status is Status.NO_SIGN:
        _ring(painter, area, ink, 360.0)
    elif status is Status.GATHERING:
        _ring(painter, area, ink, 240.0)
    elif status is Status.SEARCHING:
        dot = side * 0.22
        for step in (0.0, 0.39, 0.78):
            painter.drawEllipse(QRectF(x + side * step, middle.y() - dot / 2, dot, dot))
    else:
        bar = QRectF(x + side * 0.08, middle.y() - side * 0.07, side * 0.84, side * 0.14)
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
    painter.restore()


def draw_recording(
    painter: QPainter, box: QRectF, shape: Literal["dot", "triangle", "square", "ring"], colour: str
) -> None:
    """Dot: recording runs. Triangle: runs, with something to know. Square: stopped. Ring: off."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    if shape == "dot":
        painter.drawEllipse(box)
    elif shape == "square":
        painter.drawRect(box.adjusted(1, 1, -1, -1))
    elif shape == "triangle":
        draw_shape(painter, box, Status.FLAG, colour)
    else:
        _ring(painter, box, QColor(colour), 360.0)
    painter.restore()


def _ring(painter: QPainter, area: QRectF, ink: QColor, degrees: float) -> None:
    width = area.width() * 0.15
    inset = width / 2
    pen = QPen(ink, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(area.adjusted(inset, inset, -inset, -inset), 90 * 16, -round(degrees * 16))
