"""One kept frame, large, beside the live picture and never in place of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QTransform

from app.kept import KeptFrame
from app.language import translate
from app.live.compositor import Canvas, fit
from app.live.heatmap import HeatLayer, heat_layer
from app.panels.panel import MEDIUM, Panel, put_text
from app.theme import ALIGN_RIGHT, AMBER, BRIGHT, QUIET, SCAN, STATUS_COLOUR, Scale
from app.words import status_word, view_name
from inference.evidence_types import Status


class KeptView(Panel):
    """Left of the scan, which makes room for it; framed, and marked as not live."""

    WIDTH = 560
    """In the 1920x1080 drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.frame: KeptFrame | None = None
        self.when = ""
        self._canvas = Canvas()
        self._layer: HeatLayer | None = None
        self.heat = True
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    def show_frame(self, frame: KeptFrame, level: float, when: str) -> None:
        """Show this one.

        Args:
            frame: what was kept.
            level: where its heat-map is outlined, in (0, 1).
            when: its own time, in words.
        """
        self.frame, self.when = frame, when
        self._canvas = Canvas()
        marked = frame.status in (Status.LOOK_AGAIN, Status.FLAG)
        self._layer = heat_layer(frame.prediction, level) if frame.prediction is not None and marked else None
        self.show()
        self.update()

    def put_away(self) -> None:
        self.frame, self._layer, self._canvas = None, None, Canvas()
        self.hide()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self.setFixedWidth(scale.px(self.WIDTH))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.put_away()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(SCAN))
        if self.frame is None:
            return
        px, frame = self.scale.px, self.frame
        colour = STATUS_COLOUR[frame.status]
        head = QRect(px(14), 0, self.width() - px(28), px(40))
        put_text(
            painter, head, translate("KeptView", "Kept {time}, not live").format(time=self.when),
            self.scale.font(18, MEDIUM), AMBER,
        )  # fmt: skip
        put_text(painter, head, translate("KeptView", "Esc"), self.scale.font(16, MEDIUM), QUIET, ALIGN_RIGHT)
        foot = QRect(px(14), self.height() - px(40), self.width() - px(28), px(40))
        put_text(painter, foot, self._words(frame), self.scale.font(18, MEDIUM), BRIGHT)
        self._picture(painter, frame, QRect(2, px(40), self.width() - 4, self.height() - px(80)))
        painter.setPen(QPen(QColor(colour), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    @staticmethod
    def _words(frame: KeptFrame) -> str:
        parts = [view_name(frame.view)] if frame.prediction is not None else []
        parts.append(status_word(frame.status))
        if frame.score is not None:
            parts.append(translate("KeptView", "score {score}").format(score=f"{frame.score:.2f}"))
        return " · ".join(parts)

    def _picture(self, painter: QPainter, frame: KeptFrame, place: QRect) -> None:
        ratio = self.devicePixelRatioF()
        view = fit(frame.scan.region, "scan", round(place.width() * ratio), round(place.height() * ratio))
        pixels = self._canvas.render(frame.scan.frame, view)
        image = QImage(pixels.data, view.width, view.height, view.width * 4, QImage.Format.Format_RGB32)
        box = QRectF(
            place.x() + view.x / ratio, place.y() + view.y / ratio, view.width / ratio, view.height / ratio
        )
        painter.drawImage(box, image)
        if self._layer is None or not self.heat:
            return
        origin = self._layer.placement
        left, top = view.to_view(origin.x0, origin.y0)
        right, bottom = view.to_view(origin.x0 + origin.width, origin.y0 + origin.height)
        to_view = QTransform.fromTranslate(place.x() + left / ratio, place.y() + top / ratio)
        to_view.scale((right - left) / ratio, (bottom - top) / ratio)
        painter.save()
        painter.setClipRect(box)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(AMBER), self.scale.px(2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line in self._layer.outlines:
            painter.drawPolygon(to_view.map(QPolygonF([QPointF(x, y) for x, y in line.tolist()])))
        painter.restore()
