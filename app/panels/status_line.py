"""The figures she should be able to check at a glance, and the standing sentence."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent

from app.live_exam.recording_words import RecordingWords
from app.panels.panel import BOLD, MEDIUM, REGULAR, Panel, put_text
from app.panels.shapes import draw_recording
from app.theme import ALIGN_RIGHT, AMBER, BRIGHT, FAINT, PLAIN, Scale
from app.words import STANDING, word


@dataclass(frozen=True, slots=True)
class Figure:
    """One value with its name; `warn` paints it amber."""

    name: str
    value: str
    warn: bool = False


class StatusLine(Panel):
    """Figures from the left as far as they fit, warnings first kept; the sentence always whole."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.figures: tuple[Figure, ...] = ()
        self.recording: RecordingWords | None = None
        self._patient_safe = False
        self._folded = False

    def show_figures(self, figures: tuple[Figure, ...]) -> None:
        if figures != self.figures:
            self.figures = figures
            self.setAccessibleDescription(", ".join(f"{f.name} {f.value}" for f in figures))
            self.update()

    def show_recording(self, words: RecordingWords | None) -> None:
        """How recording stands; it stands first, and stays where figures have to go."""
        if words != self.recording:
            self.recording = words
            self.update()

    def set_patient_safe(self, safe: bool) -> None:
        """The sentence alone."""
        self._patient_safe = safe
        self.update()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self.setFixedHeight(scale.px(46))

    def sizeHint(self) -> QSize:
        return QSize(self.scale.px(1200), self.scale.px(46))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, height = self.scale.px, self.height()
        margin = px(24)
        font = self.scale.font(17, REGULAR)
        sentence = word(STANDING)
        wanted = QFontMetrics(font).horizontalAdvance(sentence) + 4
        room = self.width() - 2 * margin
        width = min(wanted, room)
        taken = self._recording_width()
        left_room = room - width - px(24) - taken
        figures = () if self._patient_safe else self.figures
        # Two lines of a smaller sentence rather than fewer figures; back to one only with room to spare.
        self._folded = self._total(figures) > left_room - (px(60) if self._folded else 0)
        if self._folded:
            font = self.scale.font(15, REGULAR)
            width = min(round(QFontMetrics(font).horizontalAdvance(sentence) * 0.56), room)
            left_room = room - width - px(24) - taken
        box = QRect(self.width() - margin - width, 0, width, height)
        if QFontMetrics(font).horizontalAdvance(sentence) > width:
            box = QRect(box.x(), (height - 2 * QFontMetrics(font).lineSpacing()) // 2, width, height)
        put_text(painter, box, sentence, font, PLAIN, ALIGN_RIGHT, lines=2)
        self._put_recording(painter, margin)
        x = margin + taken
        for figure in self._chosen(figures, left_room):
            x += self._put(painter, x, figure)

    def _recording_width(self) -> int:
        if self.recording is None:
            return 0
        words = QFontMetrics(self.scale.font(18, BOLD)).horizontalAdvance(self.recording.text)
        return words + self.scale.px(16 + 10 + 28)

    def _put_recording(self, painter: QPainter, x: int) -> None:
        words = self.recording
        if words is None:
            return
        side = self.scale.px(16)
        box = QRectF(x, (self.height() - side) / 2, side, side)
        draw_recording(painter, box, words.shape, words.colour)
        place = QRect(x + side + self.scale.px(10), 0, self._recording_width(), self.height())
        loud = words.shape in ("square", "triangle") or words.colour == AMBER
        put_text(painter, place, words.text, self.scale.font(18, BOLD), words.colour if loud else BRIGHT)

    def _chosen(self, figures: tuple[Figure, ...], room: int) -> list[Figure]:
        """The figures that fit; those without a warning go first, from the end."""
        chosen = list(figures)
        while chosen and self._total(tuple(chosen)) > room:
            calm = [figure for figure in chosen if not figure.warn]
            chosen.remove(calm[-1] if calm else chosen[-1])
        return chosen

    def _total(self, figures: tuple[Figure, ...]) -> int:
        return sum(self._width(figure) for figure in figures)

    def _width(self, figure: Figure) -> int:
        name = QFontMetrics(self.scale.font(16, REGULAR)).horizontalAdvance(figure.name)
        value = QFontMetrics(self.scale.font(16, MEDIUM)).horizontalAdvance(figure.value)
        return name + value + self.scale.px(8 + 22)

    def _put(self, painter: QPainter, x: int, figure: Figure) -> int:
        name_font, value_font = self.scale.font(16, REGULAR), self.scale.font(16, MEDIUM)
        name = QFontMetrics(name_font).horizontalAdvance(figure.name)
        put_text(painter, QRect(x, 0, name + 4, self.height()), figure.name, name_font, FAINT)
        at = x + name + self.scale.px(8)
        value = QFontMetrics(value_font).horizontalAdvance(figure.value)
        colour = AMBER if figure.warn else BRIGHT
        put_text(painter, QRect(at, 0, value + 4, self.height()), figure.value, value_font, colour)
        return self._width(figure)
