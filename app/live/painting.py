"""What lies on the scan, painted in device pixels: heat-map, outlines, captions, notices, handles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen

from app import theme
from app.language import translate
from app.live.compositor import Viewport
from app.live.heatmap import AMBER, HeatLayer, coloured, palette
from app.live.notice import Notice, NoticeKind
from app.theme import Scale
from capture.geometry import Box, Sector

HeatMode = Literal["off", "contour", "fill"]

INSIDE_CONTOUR = 0.4
"""Share of the opacity that is left inside a contour: three quarters of a gap's contrast stay to be seen."""
OLDER = 0.5
"""Share of the opacity of a heat-map of an earlier frame."""
LINE_PX = 1.75
"""Width of the contour in pixels of the 1920x1080 drawing."""


@dataclass(frozen=True, slots=True)
class HeatStyle:
    """How a map is laid on the scan."""

    mode: HeatMode = "contour"
    opacity: float = 0.6
    """Of the hottest cell in 'fill', in [0, 1]."""
    older: bool = False
    """Of an earlier frame: dimmer, its line dashed."""
    line_px: float = LINE_PX

    @property
    def fill_percent(self) -> int:
        share = (INSIDE_CONTOUR if self.mode == "contour" else 1.0) * (OLDER if self.older else 1.0)
        return round(100 * self.opacity * share)


def paint_heat(painter: QPainter, layer: HeatLayer, viewport: Viewport, style: HeatStyle) -> None:
    """The map as a veil, and its outlines; the painter draws in device pixels."""
    if style.mode == "off" or layer.box is None:
        return
    height, width = layer.levels.shape
    x0, y0, x1, y1 = layer.box
    place = layer.placement

    def to_view(u: float, v: float) -> QPointF:
        return QPointF(*viewport.to_view(place.x0 + u * place.width, place.y0 + v * place.height))

    # Only the part that is not clear is stretched: a small finding costs a fraction of the whole map.
    colours = coloured(layer, style.fill_percent)
    image = QImage(colours.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    target = QRectF(to_view(x0 / width, y0 / height), to_view(x1 / width, y1 / height))
    painter.drawImage(target, image, QRectF(x0, y0, x1 - x0, y1 - y0))
    if not layer.outlines:
        return
    colour = QColor(*AMBER)
    colour.setAlphaF((0.35 + 0.65 * style.opacity) * (0.75 if style.older else 1.0))
    pen = QPen(colour, style.line_px)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    origin, far = to_view(0.0, 0.0), to_view(1.0, 1.0)
    start, span = np.array([origin.x(), origin.y()]), np.array([far.x() - origin.x(), far.y() - origin.y()])
    for outline in layer.outlines:
        points = start + outline * span
        ends = np.hstack([points, np.roll(points, -1, 0)]).tolist()
        # Side by side, not as one path: stroked as a whole, a smooth line costs twenty times as much.
        painter.drawLines([QLineF(*end) for i, end in enumerate(ends) if not style.older or i % 4 < 2])


def paint_outline(painter: QPainter, sector: Sector | None, box: Box, viewport: Viewport) -> None:
    """The edge of what is analysed, thin and quiet; the painter draws in device pixels."""
    corners = [(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)]
    points = sector.polygon() if sector is not None else [(float(x), float(y)) for x, y in corners]
    colour = QColor(theme.CYAN)
    colour.setAlpha(130)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon([QPointF(*viewport.to_view(x, y)) for x, y in points])


def paint_handles(painter: QPainter, box: Box, viewport: Viewport, side: float) -> None:
    """The box that is being dragged, with grips of `side` device pixels on corners and edges."""
    upper, lower = QPointF(*viewport.to_view(box.x0, box.y0)), QPointF(*viewport.to_view(box.x1, box.y1))
    rect = QRectF(upper, lower)
    shade = QPainterPath()
    shade.addRect(QRectF(viewport.x, viewport.y, viewport.width, viewport.height))
    inner = QPainterPath()
    inner.addRect(rect)
    painter.fillPath(shade - inner, QColor(0, 0, 0, 120))
    painter.setPen(QPen(QColor(theme.CYAN), 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)
    for x in (rect.left(), rect.center().x(), rect.right()):
        for y in (rect.top(), rect.center().y(), rect.bottom()):
            if QPointF(x, y) != rect.center():
                painter.fillRect(QRectF(x - side / 2, y - side / 2, side, side), QColor(theme.CYAN))


def side_words() -> tuple[tuple[str, Qt.AlignmentFlag], ...]:
    """Which side is which on the screen; of the fetus, only the sonographer knows."""
    return (
        (translate("ScanView", "Image left"), Qt.AlignmentFlag.AlignLeft),
        (translate("ScanView", "Image right"), Qt.AlignmentFlag.AlignRight),
    )


def side_box(area: QRect, scale: Scale, text: str, side: Qt.AlignmentFlag) -> QRect:
    """Where the name of a side stands: in that upper corner."""
    metrics = QFontMetrics(scale.font(18))
    width, margin = metrics.horizontalAdvance(text) + 4, scale.px(24)
    left = area.left() + margin if side is Qt.AlignmentFlag.AlignLeft else area.right() + 1 - margin - width
    return QRect(left, area.top() + scale.px(14), width, metrics.height() + 1)


def paint_side(painter: QPainter, box: QRect, scale: Scale, text: str, side: Qt.AlignmentFlag) -> None:
    """One side's name, with a shadow for a bright picture behind it."""
    painter.setFont(scale.font(18))
    inner = box.adjusted(0, 0, -1, -1)
    for colour, shift in ((QColor(0, 0, 0, 200), 1), (QColor(theme.QUIET), 0)):
        painter.setPen(colour)
        painter.drawText(inner.translated(shift, shift), side | Qt.AlignmentFlag.AlignTop, text)


def chip_box(area: QRect, scale: Scale, text: str) -> QRect:
    """Where the chip stands: in the lower left corner; empty without a text."""
    if not text:
        return QRect()
    width, height = QFontMetrics(scale.font(18)).horizontalAdvance(text) + scale.px(28), scale.px(32)
    left, top = area.left() + scale.px(24), area.bottom() + 1 - scale.px(14) - height
    return QRect(left - 1, top - 1, width + 2, height + 2)


def paint_chip(painter: QPainter, box: QRect, scale: Scale, text: str, colour: str) -> None:
    """One line in a small dark box."""
    inner = QRectF(box).adjusted(1, 1, -1, -1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.LINE), 1))
    painter.setBrush(QColor(11, 15, 19, 225))
    painter.drawRoundedRect(inner, scale.px(5), scale.px(5))
    painter.setFont(scale.font(18))
    painter.setPen(QColor(colour))
    painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, text)


def legend_box(area: QRect, scale: Scale) -> QRect:
    """Where the legend stands: in the lower right corner."""
    width, height = scale.px(180) + 4, scale.px(12) + scale.px(26) + 4
    return QRect(
        area.right() + 1 - scale.px(34) - width, area.bottom() - scale.px(24) - height, width, height
    )


def paint_legend(painter: QPainter, box: QRect, scale: Scale, percent: int) -> None:
    """The colours of the map from low to high, over black."""
    width, height = scale.px(180), scale.px(12)
    bar = QRectF(box.left() + 2, box.bottom() - 1 - height, width, height)
    colours = palette(percent)
    ramp = QImage(colours.data, 256, 1, 1024, QImage.Format.Format_ARGB32_Premultiplied)
    painter.fillRect(bar, QColor(0, 0, 0))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(bar, ramp)
    painter.setPen(QPen(QColor(theme.LINE), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)
    painter.setFont(scale.font(16))
    words = QRectF(bar.left(), bar.top() - scale.px(26), width, scale.px(22))
    for text, side in (
        (translate("ScanView", "low"), Qt.AlignmentFlag.AlignLeft),
        (translate("ScanView", "high"), Qt.AlignmentFlag.AlignRight),
    ):
        painter.setPen(QColor(0, 0, 0, 200))
        painter.drawText(words.translated(1, 1), side, text)
        painter.setPen(QColor(theme.QUIET))
        painter.drawText(words, side, text)


def paint_notice(painter: QPainter, area: QRect, scale: Scale, notice: Notice) -> None:
    """The state in words: in place of the picture, or as a band over its lower edge, in the depth."""
    title, detail = notice_words(notice)
    colour = theme.BRIGHT if notice.kind in (NoticeKind.OPENING, NoticeKind.NO_SOURCE) else theme.AMBER
    if notice.covers:
        painter.fillRect(area, QColor(theme.SCAN))
        upper = QRect(area.left(), area.top(), area.width(), area.height() // 2)
        lower = QRect(area.left(), upper.bottom() + scale.px(14), area.width(), area.height() // 3)
        sides, wrap = scale.px(40), Qt.TextFlag.TextWordWrap
        painter.setFont(scale.font(54, QFont.Weight.DemiBold))
        painter.setPen(QColor(colour))
        bottom = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        painter.drawText(upper.adjusted(sides, 0, -sides, 0), bottom | wrap, title)
        painter.setFont(scale.font(24))
        painter.setPen(QColor(theme.PLAIN))
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(lower.adjusted(sides, 0, -sides, 0), top | wrap, detail)
        return
    font = scale.font(26, QFont.Weight.DemiBold)
    text = f"{title} · {detail}" if detail else title
    width = min(area.width(), QFontMetrics(font).horizontalAdvance(text) + scale.px(48))
    height = scale.px(48)
    band = QRectF(area.center().x() - width / 2, area.bottom() - scale.px(14) - height, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), 1.5))
    painter.setBrush(QColor(11, 15, 19, 235))
    painter.drawRoundedRect(band, scale.px(6), scale.px(6))
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(band, Qt.AlignmentFlag.AlignCenter, text)


def notice_words(notice: Notice) -> tuple[str, str]:
    """Title and detail of a notice, in the window's language."""
    kind = notice.kind
    if kind is NoticeKind.NO_SOURCE:
        return translate("ScanView", "No source"), translate("ScanView", "Choose a source to begin")
    if kind is NoticeKind.OPENING:
        return translate("ScanView", "Opening the source"), notice.message
    if kind is NoticeKind.NO_FRAMES:
        return translate("ScanView", "NO SIGNAL"), notice.message or translate(
            "ScanView", "No picture comes from the source"
        )
    if kind is NoticeKind.NO_SIGNAL:
        return translate("ScanView", "NO SIGNAL"), translate("ScanView", "The source sends an empty picture")
    if kind is NoticeKind.LOST:
        attempt = translate("ScanView", "reconnecting, attempt {n}").format(n=max(1, notice.attempt))
        return translate("ScanView", "CONNECTION LOST"), f"{attempt}\n{notice.message}".strip()
    if kind is NoticeKind.FROZEN:
        return translate("ScanView", "FROZEN"), translate("ScanView", "evidence is not accumulating")
    if kind is NoticeKind.ENDED:
        return translate("ScanView", "End of the recording"), notice.message
    return translate("ScanView", "NO SOURCE"), notice.message
