"""The score over time: live the last 30 seconds, in replay the whole loop with playhead and flags."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.language import translate
from app.live.stamps import Stamps
from app.panels.panel import MEDIUM, Panel, label, put_text, say
from app.panels.timeline_data import STRIP_S, LiveTrack, LoopTrack, Mark, Run, Track, runs
from app.panels.transport import Transport
from app.theme import ALIGN_CENTRE, ALIGN_RIGHT, LINE, PLAIN, QUIET, Scale
from app.words import VIEW, VIEW_SHORT, word
from inference.prediction import View

if TYPE_CHECKING:
    from app.panels.timeline_plot import TimelinePlot

BAND_COLOURS: dict[View, QColor] = {
    "other": QColor(LINE),
    "lip": QColor("#23616d"),
    "palate": QColor("#4a4478"),
}


class ViewBand(Panel):
    """Which view was on the screen when, in words where there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[Run] = []
        self._span = (0.0, 1.0)
        self._stamps = Stamps()

    def set_runs(self, stretches: list[Run], span: tuple[float, float]) -> None:
        if (stretches, span) != (self._runs, self._span):
            self._runs, self._span = stretches, span
            self.update()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._stamps.clear()
        self.setFixedHeight(max(scale.px(22), 17))  # its letters no longer shrink below that

    def retranslate(self) -> None:
        self._stamps.clear()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        start, end = self._span
        per_s = self.width() / max(end - start, 1e-6)
        metrics = QFontMetrics(self._font())
        for run in self._runs:
            left = max(0, round((run.start_s - start) * per_s))
            right = min(self.width(), round((run.end_s - start) * per_s))
            box = QRect(left, 2, max(2, right - left - 1), self.height() - 4)
            painter.fillRect(box, BAND_COLOURS[run.view])
            text = word(VIEW_SHORT["other"]) if run.view == "other" else word(VIEW[run.view])
            wide = metrics.horizontalAdvance(text) + 8
            if box.width() > wide:
                place = QRect(box.center().x() - wide // 2, 0, wide, self.height())
                self._stamps.put(painter, place, text, partial(self._put_name, view=run.view, text=text))

    def _put_name(self, painter: QPainter, box: QRect, view: View, text: str) -> None:
        colour = QUIET if view == "other" else PLAIN
        put_text(painter, box, text, self._font(), colour, ALIGN_CENTRE)

    def _font(self) -> QFont:
        return self.scale.font(15, MEDIUM)


class Timeline(Panel):
    """`build` makes the plot, when pyqtgraph has been imported; before that the place stays dark."""

    seek_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.track: Track = LiveTrack()
        self.plot: TimelinePlot | None = None
        self.marks: tuple[Mark, ...] = ()
        self._hidden = False
        self._levels: tuple[float | None, float | None] = (None, None)
        self._title, self._clock = label("quiet"), label("value")
        self.transport = Transport()
        self.transport.hide()
        head = QHBoxLayout()
        # As much room on either side, so that the buttons stay where they are whatever the clock says.
        self._clock.setAlignment(ALIGN_RIGHT)
        head.addWidget(self._title, 1)
        head.addWidget(self.transport)
        head.addWidget(self._clock, 1)
        self._place = QVBoxLayout()
        self._band = ViewBand()
        self._column = QVBoxLayout(self)
        self._column.addLayout(head)
        self._column.addLayout(self._place, 1)
        self._column.addWidget(self._band)
        self.retranslate()

    def build(self) -> None:
        """Import pyqtgraph and make the plot; again does nothing."""
        if self.plot is not None:
            return
        from app.panels.timeline_plot import TimelinePlot

        self.plot = TimelinePlot(self)
        self.plot.pointed.connect(self._pointed)
        self.plot.set_levels(*self._levels)
        self.plot.setVisible(not self._hidden)
        self._place.addWidget(self.plot)

    def set_points(self, look_again: float | None, flag: float | None) -> None:
        self._levels = (look_again, flag)
        if self.plot is not None:
            self.plot.set_levels(look_again, flag)

    def show_live(self) -> None:
        """A live source: the strip of the last seconds."""
        self.track = LiveTrack()
        self.transport.hide()
        self._reset()

    def show_loop(self, times_s: tuple[float, ...]) -> None:
        """A recording: the whole of it."""
        self.track = LoopTrack(times_s)
        self.transport.show()
        self._reset()

    def set_scores_hidden(self, hidden: bool) -> None:
        """Nothing of the AI is seen: the playhead and the transport alone."""
        self._hidden = hidden
        self._band.setVisible(not hidden)
        if self.plot is not None:
            self.plot.setVisible(not hidden)

    def clear(self) -> None:
        """Another exam on the same source."""
        self.track.clear()
        self.marks = ()

    def refresh(self, now_s: float) -> None:
        """Draw what the track holds; called at most ten times a second."""
        if not self.isVisible():
            return
        samples, span = self.track.samples(now_s), self.track.span(now_s)
        self._band.set_runs(runs(samples), span)
        if self.plot is not None:
            self.plot.draw(samples, span, self.marks, self.scale.px(16))

    def show_position(self, media_s: float | None, text: str, playing: bool) -> None:
        """Playhead and clock of a recording; None for a live source."""
        say(self._clock, text)
        if self.plot is not None:
            self.plot.set_head(media_s)
        self.transport.set_playing(playing)

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._column.setContentsMargins(scale.px(24), scale.px(8), scale.px(24), scale.px(6))
        self._column.setSpacing(scale.px(4))
        self._fix_height()

    def retranslate(self) -> None:
        loop = isinstance(self.track, LoopTrack)
        live = translate("Timeline", "Score, last {seconds} s").format(seconds=round(STRIP_S))
        say(self._title, translate("Timeline", "Score, whole loop") if loop else live)

    def _reset(self) -> None:
        self.marks = ()
        self.show_position(None, "", False)
        self.retranslate()
        self._fix_height()

    def _fix_height(self) -> None:
        self.setFixedHeight(self.scale.px(184 if isinstance(self.track, LoopTrack) else 140))

    def _pointed(self, at_s: float) -> None:
        if isinstance(self.track, LoopTrack):
            index = self.track.index_at(at_s)
            if index is not None:
                self.seek_asked.emit(index)
