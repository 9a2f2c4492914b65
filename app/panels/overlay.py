"""A page in front of the window's body: not a dialog, the picture behind it goes on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.panels.panel import Panel
from app.theme import BACK, Scale


class Overlay(Panel):
    """Covers its parent while open; gives the keyboard back to who had it."""

    opened = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget, above: QWidget | None = None, below: QWidget | None = None) -> None:
        """Make the page, closed.

        Args:
            parent: what it covers.
            above: stays to be seen over the page: the bar that says whether the picture is live.
            below: likewise under it: the line with the standing sentence.
        """
        super().__init__(parent)
        self._above, self._below = above, below
        # Opaque: what goes on behind it must not make it paint again and again.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._over = parent
        self._before: QWidget | None = None
        self.column = QVBoxLayout(self)
        parent.installEventFilter(self)
        self.hide()

    @property
    def is_open(self) -> bool:
        return not self.isHidden()

    def open(self) -> None:
        if self.is_open:
            return
        self._before = self.window().focusWidget()
        self._place()
        self.fill()
        self.show()
        self.raise_()
        self.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)
        self.opened.emit()

    def close_page(self) -> None:
        if not self.is_open:
            return
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._before = None
        self.closed.emit()

    def fill(self) -> None:
        """Called before it is shown."""

    def first_focus(self) -> QWidget:
        """What gets the keyboard when the page opens."""
        return self

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._place()
        margin = scale.px(40)
        self.column.setContentsMargins(margin, scale.px(28), margin, scale.px(28))
        self.column.setSpacing(scale.px(16))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        top = 0 if self._above is None else self._above.height()
        bottom = 0 if self._below is None else self._below.height()
        self.setGeometry(self._over.rect().adjusted(0, top, 0, -bottom))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        target = self.window().focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(target, QPushButton):
            target.click()
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays on the page."""
        stops = [
            child for child in self.findChildren(QWidget)
            if child.isVisibleTo(self) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]  # fmt: skip
        if not stops:
            return False
        now = self.window().focusWidget()
        at = stops.index(now) if now in stops else (-1 if forward else 0)
        stops[(at + (1 if forward else -1)) % len(stops)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(BACK))
