"""Short notices over a corner of the window: they come, wait to be read and go; nothing has to be clicked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.errors import Level, Notice
from app.panels.panel import MEDIUM, Panel, put_text, wrapped
from app.theme import AMBER, BRIGHT, CORAL, CYAN, RAISED

MOST = 3
SHOWN_MS: dict[Level, int] = {"info": 4000, "warning": 7000, "error": 10000}
COLOURS: dict[Level, str] = {"info": CYAN, "warning": AMBER, "error": CORAL}


class Toasts(Panel):
    """The newest notices, newest at the bottom; a click sends one away."""

    def __init__(self, parent: QWidget, beside: QWidget) -> None:
        """Make the place of notices.

        Args:
            parent: the page that they lie on.
            beside: a widget of that page; notices stand in its lower left corner.
        """
        super().__init__(parent)
        self._over, self._beside = parent, beside
        beside.installEventFilter(self)
        self._notices: list[tuple[Notice, QTimer]] = []
        self.hide()

    @property
    def texts(self) -> list[str]:
        return [notice.text for notice, _ in self._notices]

    def show_notice(self, notice: Notice) -> None:
        for known, timer in self._notices:
            if (known.text, known.level) == (notice.text, notice.level):
                timer.start(SHOWN_MS[notice.level])
                return
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._drop(timer))
        timer.start(SHOWN_MS[notice.level])
        self._notices.append((notice, timer))
        for _, oldest in self._notices[:-MOST]:
            self._drop(oldest)
        self.place()

    def place(self) -> None:
        """As wide and high as what it has to say, clear of the scan view's own words in that corner."""
        self.setVisible(bool(self._notices))
        if not self._notices:
            return
        px = self.scale.px
        metrics = QFontMetrics(self.scale.font(18, MEDIUM))
        longest = max(metrics.horizontalAdvance(notice.text) for notice, _ in self._notices)
        width = min(longest + px(48), px(820), self._over.width() - px(40))
        height = sum(self._height(notice, width) + px(8) for notice, _ in self._notices)
        corner = self._beside.mapTo(self._over, self._beside.rect().bottomLeft())
        self.setGeometry(corner.x() + px(24), corner.y() - height - px(64), width, height)
        self.raise_()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._beside and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, top = self.scale.px, 0
        for notice, _ in self._notices:
            height = self._height(notice, self.width())
            box = QRect(0, top, self.width(), height).adjusted(1, 1, -1, -1)
            painter.setPen(QPen(QColor(COLOURS[notice.level]), 1))
            painter.setBrush(QColor(RAISED))
            painter.drawRoundedRect(box, px(8), px(8))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(COLOURS[notice.level]))
            painter.drawRoundedRect(QRect(box.x(), box.y(), px(6), box.height()), 3, 3)
            words = box.adjusted(px(22), px(12), -px(16), -px(10))
            put_text(painter, words, notice.text, self.scale.font(18, MEDIUM), BRIGHT, lines=3)
            top += height + px(8)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        top = 0
        for notice, timer in self._notices:
            top += self._height(notice, self.width()) + self.scale.px(8)
            if event.position().y() < top:
                self._drop(timer)
                return

    def _height(self, notice: Notice, width: int) -> int:
        px = self.scale.px
        metrics = QFontMetrics(self.scale.font(18, MEDIUM))
        rows = len(wrapped(notice.text, metrics, width - px(40), 3))
        return metrics.lineSpacing() * max(1, rows) + px(24)

    def _drop(self, timer: QTimer) -> None:
        for entry in list(self._notices):
            if entry[1] is timer:
                timer.stop()
                timer.deleteLater()
                self._notices.remove(entry)
        self.place()
