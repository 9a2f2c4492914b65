"""All messages since the start, newest first, and where the log is."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from app.errors import Level, Notices
from app.language import translate
from app.panels.overlay import Overlay
from app.panels.panel import label


def level_word(level: Level) -> str:
    words: dict[Level, str] = {
        "info": translate("Messages", "note"),
        "warning": translate("Messages", "warning"),
        "error": translate("Messages", "error"),
    }
    return words[level]


class Messages(Overlay):
    """Read from `Notices` whenever it is opened or something new is told."""

    def __init__(
        self,
        parent: QWidget,
        notices: Notices,
        log_file: str,
        above: QWidget | None = None,
        below: QWidget | None = None,
    ) -> None:
        super().__init__(parent, above, below)
        self._notices, self._log_file = notices, log_file
        self._title, self._foot = label("heading"), label("faint")
        self._foot.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self.column.addWidget(self._title)
        self.column.addWidget(self._scroll, 1)
        self.column.addWidget(self._foot)
        notices.told.connect(self._told)

    def fill(self) -> None:
        self._title.setText(translate("Messages", "Messages"))
        where = translate("Messages", "Log file: {path}").format(path=self._log_file)
        self._foot.setText(where if self._log_file else "")
        page = QWidget()
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(self.scale.px(24))
        grid.setVerticalSpacing(self.scale.px(10))
        told = self._notices.all()
        if not told:
            grid.addWidget(label("quiet", translate("Messages", "Nothing has been reported.")), 0, 0)
        for row, notice in enumerate(reversed(told)):
            grid.addWidget(label("faint", time.strftime("%H:%M:%S", time.localtime(notice.at_s))), row, 0)
            grid.addWidget(
                label("warn" if notice.level != "info" else "quiet", level_word(notice.level)), row, 1
            )
            times = f"  ×{notice.count}" if notice.count > 1 else ""
            words = label("plain", notice.text + times)
            words.setWordWrap(True)
            grid.addWidget(words, row, 2)
        grid.setColumnStretch(2, 1)
        grid.setRowStretch(max(1, len(told)), 1)
        self._scroll.setWidget(page)

    def first_focus(self) -> QWidget:
        return self._scroll

    def retranslate(self) -> None:
        if self.is_open:
            self.fill()

    def _told(self, _notice: object) -> None:
        if self.is_open:
            self.fill()
