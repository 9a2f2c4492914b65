"""Thumbnails of what was kept; a click or a number key shows one large."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from app.kept import KeptFrame, thumbnail
from app.language import translate
from app.panels.panel import MEDIUM, REGULAR, Panel, put_text
from app.panels.shapes import draw_shape
from app.theme import (
    ALIGN_CENTRE,
    ALIGN_RIGHT,
    BRIGHT,
    FAINT,
    LINE,
    PLAIN,
    QUIET,
    SCAN,
    STATUS_COLOUR,
    Scale,
    mixed,
)
from app.words import VIEW_SHORT, word
from inference.evidence_types import Status

COLUMNS = 4


class KeptFramesPanel(Panel):
    """As many rows of four as fit; the number in a corner is the key."""

    chosen = Signal(int)
    """Position of the frame among those shown."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: tuple[KeptFrame, ...] = ()
        """In the order of their keys."""
        self._all: tuple[KeptFrame, ...] = ()
        self._images: dict[str, tuple[KeptFrame, int, QImage]] = {}
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("kept frames")

    def show_frames(self, frames: tuple[KeptFrame, ...]) -> None:
        self._all = frames
        self.frames = frames = self._arranged()
        keys = {frame.key for frame in frames}
        self._images = {key: entry for key, entry in self._images.items() if key in keys}
        self.setAccessibleDescription(self._summary())
        self.update()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._images.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.frames = self._arranged()

    def sizeHint(self) -> QSize:
        return QSize(self.scale.px(360), self.scale.px(142))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        px = self.scale.px
        head = QRect(0, 0, self.width(), px(26))
        put_text(painter, head, translate("KeptFrames", "Kept"), self.scale.font(18, REGULAR), QUIET)
        put_text(painter, head, self._summary(), self.scale.font(16, REGULAR), FAINT, ALIGN_RIGHT)
        if not self.frames:
            hint = translate(
                "KeptFrames", "The best frame of each view and every flag are kept by themselves."
            )
            box = QRect(0, px(34), self.width(), px(50))
            put_text(painter, box, hint, self.scale.font(16, REGULAR), FAINT, lines=2)
        for number, (frame, box) in enumerate(zip(self.frames, self._boxes(), strict=False)):
            self._tile(painter, number, frame, box)

    def _arranged(self) -> tuple[KeptFrame, ...]:
        """Where there is no room for all, the best of each view stand at the end of what is seen."""
        room = len(self._boxes())
        best = [frame for frame in self._all if frame.kind == "best" and frame.rank == 1]
        if len(self._all) <= room or len(best) >= room:
            return self._all
        found = [frame for frame in self._all if frame.kind != "best"]
        worse = [frame for frame in self._all if frame.kind == "best" and frame.rank > 1]
        first = room - len(best)
        return (*found[:first], *best, *found[first:], *worse)

    def _summary(self) -> str:
        if not self.frames:
            return ""
        flags = sum(frame.kind == "flag" for frame in self.frames)
        return f"{len(self.frames)}" + (f"   ▲ {flags}" if flags else "")

    def _boxes(self) -> list[QRect]:
        px = self.scale.px
        gap = px(8)
        side = (self.width() - gap * (COLUMNS - 1)) // COLUMNS
        step = side + px(30)
        rows = max(1, (self.height() - px(30) + px(8)) // step)
        return [
            QRect(column * (side + gap), px(30) + row * step, side, side)
            for row in range(rows)
            for column in range(COLUMNS)
        ]

    def _tile(self, painter: QPainter, number: int, frame: KeptFrame, box: QRect) -> None:
        px = self.scale.px
        painter.fillRect(box, QColor(SCAN))
        painter.drawImage(box, self._image(frame, box.width()))
        # A view's best frame by its plane says nothing of a finding: no colour of one.
        counted = frame.kind != "best" and frame.status in (Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG)
        colour = STATUS_COLOUR[frame.status] if counted else LINE
        painter.setPen(QPen(QColor(colour), px(2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        badge = QRect(box.x(), box.y(), px(22), px(22))
        painter.fillRect(badge, mixed(SCAN, 0.75))
        put_text(painter, badge, str(number + 1), self.scale.font(15, MEDIUM), BRIGHT, ALIGN_CENTRE)
        if frame.kind == "flag":
            side = px(16)
            corner = QRectF(box.right() - side - px(4), box.y() + px(4), side, side)
            draw_shape(painter, corner, Status.FLAG, STATUS_COLOUR[Status.FLAG])
        foot, font = self._foot(frame), self.scale.font(16, REGULAR)
        # Wider than its picture it may be, into half the gaps; at the edge of the panel it moves in.
        wide = min(QFontMetrics(font).horizontalAdvance(foot) + 2, box.width() + px(8))
        left = max(0, min(box.center().x() - wide // 2, self.width() - wide))
        put_text(painter, QRect(left, box.bottom() + px(2), wide, px(22)), foot, font, PLAIN, ALIGN_CENTRE)

    @staticmethod
    def _foot(frame: KeptFrame) -> str:
        if frame.score is None:
            # A picture of neither view has no score that says anything.
            return "—" if frame.prediction is None else translate("KeptFrames", "no view")
        return f"{word(VIEW_SHORT[frame.view])} {frame.score:.2f}"

    def _image(self, frame: KeptFrame, side: int) -> QImage:
        """Made once a frame: scaling a screen down costs a millisecond."""
        held = self._images.get(frame.key)
        if held is not None and held[0].scan is frame.scan and held[1] == side:
            return held[2]
        pixels = round(side * self.devicePixelRatioF())
        small = thumbnail(frame.scan, pixels, pixels)
        image = QImage(small.data, pixels, pixels, pixels * 4, QImage.Format.Format_RGB32).copy()
        self._images[frame.key] = (frame, side, image)
        return image

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number, box in enumerate(self._boxes()[: len(self.frames)]):
            if box.contains(event.position().toPoint()):
                self.chosen.emit(number)
                return
