"""The buttons of a recording: large enough for a glove, with the signs that every player has."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStyle, QStyleOptionButton

from app.panels.panel import MEDIUM, Panel, put_text
from app.theme import ALIGN_CENTRE, BRIGHT, CYAN, FAINT, Scale

SIGNED = ("to_start", "step_back", "play_pause", "step_forward", "to_end")
WORDED = ("loop", "jump_to_peak", "next_flag")


class TransportButton(QPushButton):
    """Does what its action does; shows a sign, or the action's words."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.action_ = action
        self.playing = False
        self._scale = Scale()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        action.changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """The action was renamed, switched or ticked."""
        self.setEnabled(self.action_.isEnabled())
        self.setAccessibleName(self.action_.text())
        self.setToolTip(self.action_.toolTip())
        self.updateGeometry()
        self.update()

    def set_scale(self, scale: Scale) -> None:
        self._scale = scale
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        px = self._scale.px
        if self.action_.objectName() in SIGNED:
            return QSize(px(64), px(42))
        words = self.fontMetrics().horizontalAdvance(self.action_.text())
        return QSize(words + px(36), px(42))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        frame = QStyleOptionButton()
        self.initStyleOption(frame)
        frame.text = ""
        if self.action_.isChecked():
            frame.state |= QStyle.StateFlag.State_On
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, frame, painter, self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ticked = self.action_.isChecked()
        colour = FAINT if not self.isEnabled() else CYAN if ticked else BRIGHT
        name = self.action_.objectName()
        if name not in SIGNED:
            put_text(
                painter, self.rect(), self.action_.text(), self._scale.font(17, MEDIUM), colour, ALIGN_CENTRE
            )
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        side = self._scale.px(15)
        box = QRectF(0, 0, side, side)
        box.moveCenter(QRectF(self.rect()).center())
        _draw(painter, name, box, self.playing)


def _draw(painter: QPainter, name: str, box: QRectF, playing: bool) -> None:
    bar = box.width() * 0.26
    if name == "play_pause" and playing:
        painter.drawRect(QRectF(box.x(), box.y(), bar * 1.2, box.height()))
        painter.drawRect(QRectF(box.right() - bar * 1.2, box.y(), bar * 1.2, box.height()))
        return
    back = name in ("to_start", "step_back")
    arrow = QRectF(box)
    if name in ("to_start", "to_end"):
        painter.drawRect(QRectF(box.x() if back else box.right() - bar, box.y(), bar, box.height()))
        arrow.adjust(bar if back else 0, 0, 0 if back else -bar, 0)
    elif name != "play_pause":
        # A step: a thin bar that the arrow leaves behind.
        painter.drawRect(
            QRectF(box.right() - bar * 0.6 if back else box.x(), box.y(), bar * 0.6, box.height())
        )
        arrow.adjust(0 if back else bar, 0, -bar if back else 0, 0)
    tip = QPointF(arrow.left() if back else arrow.right(), arrow.center().y())
    root = arrow.right() if back else arrow.left()
    painter.drawPolygon(QPolygonF([tip, QPointF(root, arrow.top()), QPointF(root, arrow.bottom())]))


class Transport(Panel):
    """The row of buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, TransportButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)

    def set_actions(self, actions: dict[str, QAction]) -> None:
        for name in (*SIGNED, *WORDED):
            button = TransportButton(actions[name])
            button.set_scale(self.scale)
            self.buttons[name] = button
            self._row.addWidget(button)

    def set_playing(self, playing: bool) -> None:
        button = self.buttons.get("play_pause")
        if button is not None and button.playing != playing:
            button.playing = playing
            button.update()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._row.setSpacing(scale.px(8))
        for button in self.buttons.values():
            button.set_scale(scale)
