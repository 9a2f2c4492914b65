"""Words on the picture, drawn once and then laid on every frame as a small picture of themselves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap


class Stamps:
    """A line of text costs a tenth of a frame's paint; laid down as a picture it costs next to nothing."""

    MOST = 64
    """Kept at a time; the ages of heat-maps repeat themselves."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, QPixmap] = OrderedDict()

    def put(
        self, painter: QPainter, box: QRect, key: Hashable, draw: Callable[[QPainter, QRect], None]
    ) -> None:
        """Lay a drawing down, made where it is not at hand.

        Args:
            painter: of a widget, in its own pixels.
            box: where; a drawing that is moved but keeps its size is not made again.
            key: all that the drawing depends on but the box's size and the screen's scaling.
            draw: draws into a box of that size whose corner is (0, 0).
        """
        if box.isEmpty():
            return
        ratio = painter.device().devicePixelRatioF()
        whole = (key, box.width(), box.height(), ratio)
        held = self._held.get(whole)
        if held is None:
            held = QPixmap(box.size() * ratio)
            held.setDevicePixelRatio(ratio)
            held.fill(Qt.GlobalColor.transparent)
            inner = QPainter(held)
            draw(inner, QRect(QPoint(0, 0), box.size()))
            inner.end()
            self._held[whole] = held
            if len(self._held) > self.MOST:
                self._held.popitem(last=False)
        else:
            self._held.move_to_end(whole)
        painter.drawPixmap(box.topLeft(), held)

    def clear(self) -> None:
        """Another size or language."""
        self._held.clear()
