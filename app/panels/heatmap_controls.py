"""How the heat-map is drawn: off, contour or fill, and how strong."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QSlider

from app.language import translate
from app.panels.panel import Panel, label
from app.theme import Scale

HeatmapMode = Literal["off", "contour", "fill"]
MODES: tuple[HeatmapMode, ...] = ("off", "contour", "fill")


class HeatmapControls(Panel):
    """Tells what was chosen; the scan itself is told by the window."""

    mode_chosen = Signal(str)
    opacity_chosen = Signal(float)

    def __init__(self, peek_key: str = "Space") -> None:
        super().__init__()
        self._peek_key = peek_key
        self._title, self._strength = label("plain"), label("plain")
        self._hint = label("faint")
        self._group = QButtonGroup(self)
        self._buttons: dict[HeatmapMode, QPushButton] = {}
        segments = QHBoxLayout()
        segments.setSpacing(4)
        for mode in MODES:
            button = QPushButton()
            button.setCheckable(True)
            button.setProperty("role", "segment")
            button.clicked.connect(lambda _checked=False, m=mode: self.mode_chosen.emit(m))
            self._group.addButton(button)
            self._buttons[mode] = button
            segments.addWidget(button, 1)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(5, 100)
        self._slider.valueChanged.connect(lambda value: self.opacity_chosen.emit(value / 100))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.addWidget(self._title, 0, 0)
        self._grid.addLayout(segments, 0, 1)
        self._grid.addWidget(self._strength, 1, 0)
        self._grid.addWidget(self._slider, 1, 1)
        self._grid.addWidget(self._hint, 2, 0, 1, 2)
        self._grid.setColumnStretch(1, 1)
        self.retranslate()

    def show_choice(self, mode: HeatmapMode, opacity: float) -> None:
        """Follow what was chosen elsewhere, without telling of it again."""
        self._buttons[mode].setChecked(True)
        self._slider.blockSignals(True)
        self._slider.setValue(round(opacity * 100))
        self._slider.blockSignals(False)

    def set_peek_key(self, key: str) -> None:
        """The key that the hint names; without one there is no hint."""
        self._peek_key = key
        self.retranslate()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._grid.setHorizontalSpacing(scale.px(14))
        self._grid.setVerticalSpacing(scale.px(5))
        self._slider.setMinimumHeight(scale.px(30))

    def retranslate(self) -> None:
        self._title.setText(translate("HeatmapControls", "Heat-map"))
        self._strength.setText(translate("HeatmapControls", "Opacity"))
        names: dict[HeatmapMode, str] = {
            "off": translate("HeatmapControls", "Off"),
            "contour": translate("HeatmapControls", "Contour"),
            "fill": translate("HeatmapControls", "Fill"),
        }
        for mode, button in self._buttons.items():
            button.setText(names[mode])
        hint = translate("HeatmapControls", "Hold {key} to see the bare scan")
        self._hint.setText(hint.format(key=self._peek_key) if self._peek_key else "")
        self._slider.setAccessibleName(self._strength.text())
