"""The widget that shows the scan: the frame 1:1 in device pixels, the heat-map over it, words beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.language import translate
from app.live import painting
from app.live.compositor import Canvas, ViewMode, Viewport, fit
from app.live.heatmap import HeatLayer, heat_layer
from app.live.notice import Notice
from app.live.painting import HeatMode, HeatStyle
from app.live.policy import MS, Answer, Decision, Pairing
from app.live.region_box import Grip, by_hand, dragged, grip_at
from app.live.stamps import Stamps
from app.theme import Scale
from capture.geometry import Box, Region
from capture.scan import Scan
from capture.scan import Signal as FrameSignal


@dataclass(frozen=True, slots=True)
class Words:
    """What is said on the picture beside its sides."""

    chip: tuple[str, str] = ("", "")
    """Text and colour."""
    legend: int | None = None
    """Per cent of the opacity; None without one."""


class ScanView(QWidget):
    """Paints what the display policy decided; every state that changes the picture has a setter."""

    region_edited = Signal(object)
    """A `Region` by hand, whenever a drag ends."""
    region_edit_ended = Signal()

    READABLE_MS = 250.0
    """A number in the corner stands at least this long: quicker ones cannot be read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.painted_ns = 0
        """`time.monotonic_ns()` at the end of the last paint."""
        self._decision: Decision | None = None
        self._notice: Notice | None = None
        self._front, self._back = Canvas(), Canvas()
        self._mode: HeatMode = "contour"
        self._opacity = 0.6
        self._peek = False
        self._patient_safe = False
        self._outline = False
        self._still = self._paused = False
        self._view_mode: ViewMode = "scan"
        self._scale = Scale()
        self._layer_of: Answer | None = None
        self._layer: HeatLayer | None = None
        self._chip = ("", "")
        self._chip_ns = 0
        self._words = Words()
        self._stamps = Stamps()
        self._painted_at: Viewport | None = None
        self._painted = False
        self._edit_box: Box | None = None
        self._drag: tuple[Grip, Box, QPointF] | None = None
        self.mirror: ScanView | None = None
        """Shows the same frames beside this one, without anything on them, while it is visible."""

    # What is shown -----------------------------------------------------------------------------------------

    @property
    def current(self) -> Decision | None:
        """The frame on the screen, with the answer drawn on it."""
        return self._decision

    @property
    def notice(self) -> Notice | None:
        """What stands in place of the picture or over it."""
        return self._notice

    def present(self, decision: Decision) -> bool:
        """Paint this now; whether it reached the screen (a hidden window paints nothing)."""
        self._decision = decision
        self._painted = False
        self.repaint(self._changed(decision))
        if self.mirror is not None and self.mirror.isVisible():
            self.mirror.present(decision)
        return self._painted

    def _changed(self, decision: Decision) -> QRegion:
        """What another frame changes of the widget: the picture, and words that are not those on the screen.

        Whatever changes more asks for a paint of the whole, which this one then takes along.
        """
        before, self._words = self._words, self._words_now(decision)
        viewport = self._viewport(decision.scan.region)
        if viewport != self._painted_at:
            return QRegion(self.rect())
        region = QRegion(self._on_widget(viewport))
        if before.chip != self._words.chip:
            for words in (before, self._words):
                region += painting.chip_box(self.rect(), self._scale, words.chip[0])
        if before.legend != self._words.legend:
            region += painting.legend_box(self.rect(), self._scale)
        return region

    def _on_widget(self, viewport: Viewport) -> QRect:
        """The picture's place in the widget's own pixels, rounded outwards."""
        ratio = self.devicePixelRatioF()
        at = QRectF(viewport.x, viewport.y, viewport.width, viewport.height)
        return QRectF(at.topLeft() / ratio, at.size() / ratio).toAlignedRect()

    def prepare(self, scan: Scan) -> None:
        """Scale a frame that waits for its prediction, so that its paint is only a copy."""
        if not self.isVisible():
            return
        viewport = self._viewport(scan.region)
        if not self._front.holds(scan.frame, viewport):
            self._back.render(scan.frame, viewport)

    def clear(self) -> None:
        """Another source: nothing of the old one stays on the screen."""
        self._decision = self._layer_of = self._layer = self._painted_at = None
        self._front, self._back = Canvas(), Canvas()
        if self.mirror is not None:
            self.mirror.clear()
        self.update()

    def set_notice(self, notice: Notice | None) -> None:
        if notice != self._notice:
            self._notice = notice
            self.update()

    # How it is shown ---------------------------------------------------------------------------------------

    def set_heatmap_mode(self, mode: HeatMode) -> None:
        self._mode = mode
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Of the hottest cell, in [0, 1]."""
        self._opacity = min(max(opacity, 0.0), 1.0)
        self.update()

    def set_peek(self, peek: bool) -> None:
        """While held: the bare scan."""
        self._peek = peek
        self.update()

    def set_view_mode(self, mode: ViewMode) -> None:
        self._view_mode = mode
        self.update()

    def set_patient_safe(self, safe: bool) -> None:
        """The scan alone: no heat-map, no word about the AI."""
        self._patient_safe = safe
        self.update()

    def set_outline(self, on: bool) -> None:
        """Whether the edge of what is analysed is drawn."""
        self._outline = on
        self.update()

    def set_still(self, still: bool) -> None:
        """The source is a single picture: no evidence can add up, its prediction speaks alone."""
        self._still = still

    def set_paused(self, paused: bool) -> None:
        """A recording stands on one frame: the same, as long as it stands."""
        if paused != self._paused:
            self._paused = paused
            self.update()

    def set_scale(self, scale: Scale) -> None:
        """Size of words and lines, from the window."""
        self._scale = scale
        self._stamps.clear()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(960, 720)

    # The region by hand ------------------------------------------------------------------------------------

    def enter_region_edit(self) -> bool:
        """Show the whole frame and let its region be dragged; False while there is no frame."""
        if self._decision is None:
            return False
        self._edit_box = self._decision.scan.region.box
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocus()
        self.update()
        return True

    def leave_region_edit(self) -> None:
        if self._edit_box is None:
            return
        self._edit_box, self._drag = None, None
        self.unsetCursor()
        self.update()
        self.region_edit_ended.emit()

    @property
    def editing_region(self) -> bool:
        return self._edit_box is not None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._edit_box is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        at, per_px = self._frame_point(event.position())
        grip = grip_at(self._edit_box, at.x(), at.y(), self._scale.px(22) * per_px)
        if grip is not None:
            self._drag = (grip, self._edit_box, at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None or self._decision is None:
            super().mouseMoveEvent(event)
            return
        grip, box, start = self._drag
        moved = self._frame_point(event.position())[0] - start
        region = self._decision.scan.region
        self._edit_box = dragged(box, grip, moved.x(), moved.y(), region.frame_width, region.frame_height)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag is None or self._decision is None or self._edit_box is None:
            super().mouseReleaseEvent(event)
            return
        self._drag = None
        self.region_edited.emit(by_hand(self._decision.scan.region, self._edit_box))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        leaves = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if self._edit_box is not None and event.key() in leaves:
            self.leave_region_edit()
            return
        super().keyPressEvent(event)

    def frame_point(self, at: QPointF) -> QPointF:
        """A point of the widget in pixels of the frame on the screen."""
        return self._frame_point(at)[0]

    def view_point(self, at: QPointF) -> QPointF:
        """The way back."""
        assert self._decision is not None
        viewport, ratio = self._viewport(self._decision.scan.region), self.devicePixelRatioF()
        x, y = viewport.to_view(at.x(), at.y())
        return QPointF(x / ratio, y / ratio)

    def _frame_point(self, at: QPointF) -> tuple[QPointF, float]:
        """A point of the widget in frame pixels, and frame pixels per pixel of the widget."""
        assert self._decision is not None
        viewport, ratio = self._viewport(self._decision.scan.region), self.devicePixelRatioF()
        x, y = viewport.to_frame(at.x() * ratio, at.y() * ratio)
        return QPointF(x, y), viewport.source.width * ratio / viewport.width

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._stamps.clear()
            self.update()
        super().changeEvent(event)

    # Painting ----------------------------------------------------------------------------------------------

    def _viewport(self, region: Region) -> Viewport:
        ratio = self.devicePixelRatioF()
        mode: ViewMode = "whole" if self._edit_box is not None else self._view_mode
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        return fit(region, mode, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        covered = self._notice is not None and self._notice.covers
        self._painted_at = None
        if self._decision is None or covered:
            painter.fillRect(self.rect(), QColor(theme.SCAN))
        else:
            if event.rect() == self.rect():
                self._words = self._words_now(self._decision)
            # The system's scaling (125 %) would resample the frame: draw in the screen's own pixels.
            painter.save()
            painter.scale(1 / self.devicePixelRatioF(), 1 / self.devicePixelRatioF())
            self._paint_scan(painter, self._decision, event.rect())
            painter.restore()
            self._paint_words(painter)
        if self._notice is not None:
            painting.paint_notice(painter, self.rect(), self._scale, self._notice)
        painter.end()
        self._painted = True
        self.painted_ns = time.monotonic_ns()

    def _paint_scan(self, painter: QPainter, decision: Decision, dirty: QRect) -> None:
        scan = decision.scan
        viewport = self._viewport(scan.region)
        if self._back.holds(scan.frame, viewport):
            self._front, self._back = self._back, self._front
        pixels = self._front.render(scan.frame, viewport)
        size = (viewport.width, viewport.height)
        if not self._on_widget(viewport).contains(dirty):
            self._paint_bars(painter, viewport)
        painter.drawImage(
            viewport.x, viewport.y, QImage(pixels.data, *size, size[0] * 4, QImage.Format.Format_RGB32)
        )
        ratio = self.devicePixelRatioF()
        layer = self._visible_layer(decision)
        if layer is not None:
            painting.paint_heat(painter, layer, viewport, self._style(decision, ratio))
        if self._edit_box is not None:
            painting.paint_handles(painter, self._edit_box, viewport, self._scale.px(16) * ratio)
        elif self._outline:
            painting.paint_outline(painter, scan.region.sector, scan.region.box, viewport)
        self._painted_at = viewport

    def _paint_bars(self, painter: QPainter, viewport: Viewport) -> None:
        ratio = self.devicePixelRatioF()
        # A pixel more than the widget may have: with fractional scaling its edge lies between two.
        width, height = round(self.width() * ratio) + 1, round(self.height() * ratio) + 1
        right, bottom = viewport.x + viewport.width, viewport.y + viewport.height
        colour = QColor(0, 0, 0)  # as the machine's own background: no seam
        for x0, y0, x1, y1 in (
            (-1, -1, width, viewport.y),
            (-1, bottom, width, height),
            (-1, viewport.y, viewport.x, bottom),
            (right, viewport.y, width, bottom),
        ):
            if x1 > x0 and y1 > y0:
                painter.fillRect(QRect(x0, y0, x1 - x0, y1 - y0), colour)

    def _style(self, decision: Decision, ratio: float) -> HeatStyle:
        line_px = max(1.0, painting.LINE_PX * self._scale.factor) * ratio
        return HeatStyle(self._mode, self._opacity, decision.pairing is Pairing.OLDER, line_px)

    def _visible_layer(self, decision: Decision) -> HeatLayer | None:
        """The map to be drawn, if one may be seen now."""
        answer = decision.answer
        hidden = self._peek or self._patient_safe or self._mode == "off" or self._edit_box is not None
        if answer is None or hidden:
            return None
        standing = self._still or self._paused or decision.scan.signal is FrameSignal.FROZEN
        if not answer.shows_heat(standing):
            return None
        if self._layer_of is not answer:
            self._layer_of = answer
            self._layer = heat_layer(answer.prediction, answer.gate.level)
        return self._layer

    def _words_now(self, decision: Decision) -> Words:
        if self._patient_safe:
            return Words()
        legend = None
        if self._mode != "off" and not self._peek and decision.answer is not None:
            legend = HeatStyle(self._mode, self._opacity).fill_percent
        return Words(self._chip_now(decision), legend)

    def _paint_words(self, painter: QPainter) -> None:
        area, scale, put = self.rect(), self._scale, self._stamps.put
        for name, side in painting.side_words():
            box = painting.side_box(area, scale, name, side)
            put(painter, box, name, partial(painting.paint_side, scale=scale, text=name, side=side))
        text, colour = self._words.chip
        chip = partial(painting.paint_chip, scale=scale, text=text, colour=colour)
        put(painter, painting.chip_box(area, scale, text), (text, colour), chip)
        percent = self._words.legend
        if percent is not None:
            legend = partial(painting.paint_legend, scale=scale, percent=percent)
            put(painter, painting.legend_box(area, scale), percent, legend)

    def _chip_now(self, decision: Decision) -> tuple[str, str]:
        """Whose answer is on the picture and how old; the number stands a while, the rest is immediate."""
        now_ns = time.monotonic_ns()
        pattern, colour = self.chip_pattern(decision)
        stands = pattern == self._chip[0] and now_ns - self._chip_ns < self.READABLE_MS * MS
        if not stands:
            age_ms = decision.age_ms(now_ns)
            text = pattern.format(ms=round(age_ms)) if age_ms is not None else pattern
            self._chip, self._chip_ns = (pattern, text), now_ns
        return self._chip[1], colour

    def chip_pattern(self, decision: Decision) -> tuple[str, str]:
        """Words with `{ms}` for the age, and their colour."""
        if self._peek:
            return translate("ScanView", "bare scan"), theme.QUIET
        if decision.behind:
            return translate("ScanView", "AI behind"), theme.AMBER
        if decision.answer is None:
            return "", theme.QUIET
        drawn = self._visible_layer(decision)
        seen = drawn is not None and drawn.box is not None
        if decision.pairing is Pairing.OLDER:
            if seen:
                return translate("ScanView", "heat-map {ms} ms old"), theme.AMBER
            return translate("ScanView", "AI {ms} ms old"), theme.AMBER
        if self._paused:  # the frame stands, so what belongs to it does not grow old
            if seen:
                return translate("ScanView", "heat-map on its own frame"), theme.CYAN
            return translate("ScanView", "AI on this frame"), theme.QUIET
        if seen:
            return translate("ScanView", "heat-map on its own frame · {ms} ms"), theme.CYAN
        return translate("ScanView", "AI on this frame · {ms} ms"), theme.QUIET
