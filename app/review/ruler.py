"""A ruler on a frozen picture: two ends that are dragged or moved by keys, and the distance in mm."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.language import translate
from app.live.scan_view import ScanView
from app.panels.panel import MEDIUM, put_text
from app.theme import ALIGN_CENTRE, AMBER, BRIGHT, CYAN, SCAN, Scale, mixed
from capture.geometry import Region

Ends = tuple[QPointF, QPointF]
"""In pixels of the frame."""
GRIP = 34
"""How near a press must be to an end, in the 1920x1080 drawing: a glove."""
TICK_MM, DEEPEST_MM = 10.0, 300.0
STEP_PX, FAR_PX = 0.5, 5.0
"""Of the frame, by an arrow key, alone and with Shift."""
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0), Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0), Qt.Key.Key_Down: (0.0, 1.0),
}  # fmt: skip


def length_px(ends: Ends) -> float:
    """Between the ends, in pixels of the frame, which are square on the scan."""
    return math.hypot(ends[1].x() - ends[0].x(), ends[1].y() - ends[0].y())


def scale_by_ticks(ticks_px: float | None, region: Region) -> float | None:
    """Mm per pixel from the distance of the depth marks; None without them.

    What a mark stands for is not written on it: a centimetre, as on nearly every machine. That is said with
    each width, and not taken where the scan would be deeper than any is.
    """
    if not ticks_px or region.box.height / ticks_px * TICK_MM > DEEPEST_MM:
        return None
    return TICK_MM / ticks_px


class Ruler(QWidget):
    """Lies over the scan view while it is used, and takes the keyboard."""

    stored = Signal(float, str)
    """Length in mm, and where the scale comes from."""
    closed = Signal()

    def __init__(self, view: ScanView) -> None:
        super().__init__(view)
        self._view = view
        self.ticks_px: float | None = None
        self._scale = Scale()
        self.ends: Ends = (QPointF(), QPointF())
        self._active = 1
        self._dragged = False
        self._by_hand: dict[tuple[int, int], float] = {}
        """mm a pixel by the size of the frame, from two points of a known distance."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        view.installEventFilter(self)
        self.hide()

    # State -------------------------------------------------------------------------------------------------

    @property
    def mm_per_px(self) -> tuple[float, str] | None:
        """The scale and where it comes from: by hand before what is known of the picture."""
        region = self._region()
        if region is None:
            return None
        by_hand = self._by_hand.get((region.frame_width, region.frame_height))
        if by_hand is not None:
            return by_hand, translate("Ruler", "two points by hand")
        if region.mm_per_px is None:
            scale = scale_by_ticks(self.ticks_px, region)
            return None if scale is None else (scale, translate("Ruler", "depth marks taken as 1 cm"))
        return region.mm_per_px, _origin_words(region.mm_per_px_from)

    @property
    def _guessed(self) -> bool:
        region = self._region()
        by_hand = region is not None and (region.frame_width, region.frame_height) in self._by_hand
        return region is not None and region.mm_per_px is None and not by_hand

    @property
    def mm(self) -> float | None:
        """The distance; None while no scale is known."""
        known = self.mm_per_px
        return None if known is None else length_px(self.ends) * known[0]

    # Commands ----------------------------------------------------------------------------------------------

    def open(self, ticks_px: float | None = None) -> bool:
        """Lay it on the middle of the scan; False while there is no picture.

        Args:
            ticks_px: distance of the depth marks beside the scan; None where there are none.
        """
        self.ticks_px = ticks_px
        region = self._region()
        if region is None:
            return False
        box = region.box
        y, middle, half = (box.y0 + box.y1) / 2, (box.x0 + box.x1) / 2, box.width / 20
        self.ends, self._active = (QPointF(middle - half, y), QPointF(middle + half, y)), 1
        self.setGeometry(self._view.rect())
        self.leave_the_keys(False)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def leave_the_keys(self, leave: bool) -> None:
        """While a number is typed elsewhere the mouse moves the ends and takes no key away; Tab gets here."""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if leave else Qt.FocusPolicy.StrongFocus)

    def put_away(self) -> None:
        if self.isHidden():
            return
        self.hide()
        self._view.setFocus()
        self.closed.emit()

    def calibrate(self, known_mm: float) -> None:
        """The ends are so far apart: the scale of all frames of this size from now on.

        Raises:
            ValueError: no distance can be that.
        """
        region, length = self._region(), length_px(self.ends)
        if region is None or not 0.1 <= known_mm <= 1000 or length < 2:
            raise ValueError(f"expected 0.1 to 1000 mm between two points, got {known_mm:g}")
        self._by_hand[(region.frame_width, region.frame_height)] = known_mm / length
        self.update()

    def set_scale(self, scale: Scale) -> None:
        self._scale = scale
        self.update()

    # Events ------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._view and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        away = [(self._view.view_point(end) - at).manhattanLength() for end in self.ends]
        self._active = 0 if away[0] < away[1] else 1
        self._dragged = True
        if away[self._active] > self._scale.px(GRIP) * 2:
            self.ends = (self._view.frame_point(at), self._view.frame_point(at))
            self._active = 1
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged:
            self._move_to(self._view.frame_point(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is not None:
            step = FAR_PX if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP_PX
            self._move_to(self.ends[self._active] + QPointF(*arrow) * step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            known, mm = self.mm_per_px, self.mm
            if known is not None and mm is not None:
                self.stored.emit(mm, known[1])
                self.put_away()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes to the other end."""
        self._active = 1 - self._active
        self.update()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._region() is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._scale.px
        first, second = (self._view.view_point(end) for end in self.ends)
        for colour, width in ((SCAN, 4.0), (CYAN, 2.0)):
            painter.setPen(QPen(QColor(colour), width * self._scale.factor))
            painter.drawLine(first, second)
        for number, end in enumerate((first, second)):
            painter.setPen(QPen(QColor(BRIGHT if number == self._active else CYAN), px(2)))
            arm = px(12 if number == self._active else 9)
            painter.drawLine(end - QPointF(arm, 0), end + QPointF(arm, 0))
            painter.drawLine(end - QPointF(0, arm), end + QPointF(0, arm))
        self._label(painter)

    def _label(self, painter: QPainter) -> None:
        """Above the scan: below the ruler it would hide what is measured."""
        known, mm = self.mm_per_px, self.mm
        if known is None or mm is None:
            text = translate("Ruler", "{px} px: the scale is not known, Shift+M tells it")
            text, colour = text.format(px=f"{length_px(self.ends):.0f}"), AMBER
        else:
            text, colour = (
                translate("Ruler", "{mm} mm  ({source})").format(mm=f"{mm:.1f}", source=known[1]),
                AMBER if self._guessed else BRIGHT,
            )
        font = self._scale.font(24, MEDIUM)
        width = QFontMetrics(font).horizontalAdvance(text) + self._scale.px(28)
        high = self._scale.px(44)
        box = QRectF((self.width() - width) / 2, self._scale.px(12), width, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(SCAN, 0.85))
        painter.drawRoundedRect(box, 6, 6)
        put_text(painter, box, text, font, colour, ALIGN_CENTRE)

    def _move_to(self, point: QPointF) -> None:
        region = self._region()
        if region is None:
            return
        inside = QPointF(
            min(max(point.x(), 0.0), float(region.frame_width)),
            min(max(point.y(), 0.0), float(region.frame_height)),
        )
        self.ends = (inside, self.ends[1]) if self._active == 0 else (self.ends[0], inside)
        self.update()

    def _region(self) -> Region | None:
        shown = self._view.current
        return None if shown is None else shown.scan.region


def _origin_words(origin: str | None) -> str:
    """Where a scale that came with the picture is from."""
    words = {
        "dicom": translate("Ruler", "DICOM header"),
        "header": translate("Ruler", "header of the stream"),
        "phantom": translate("Ruler", "phantom"),
        "source": translate("Ruler", "told by the source"),
    }
    return words.get(origin or "", origin or translate("Ruler", "picture"))
