"""A page with a heading, tabs beside it, and lists below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.panels.overlay import Overlay
from app.panels.panel import label
from app.review.exam_table import ExamTable
from app.theme import Scale

T = TypeVar("T", bound=str)


class TabbedPage(Overlay, Generic[T]):
    """What a tab shows is its heirs' to say, in `show_tab`."""

    def __init__(
        self,
        parent: QWidget,
        tabs: Sequence[T],
        above: QWidget | None = None,
        below: QWidget | None = None,
    ) -> None:
        """Make the page, closed.

        Args:
            parent: what it covers.
            tabs: names of the tabs, the one that is shown first in front.
            above: stays to be seen over the page.
            below: likewise under it.
        """
        super().__init__(parent, above, below)
        self.tab: T = tabs[0]
        self.tabs = {tab: QPushButton() for tab in tabs}
        self._title, self._said = label("heading"), label("quiet")
        self._said.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        for tab, button in self.tabs.items():
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, tab=tab: self.show_tab(tab))
            head.addWidget(button)
        self.column.addLayout(head)

    def show_tab(self, tab: T) -> None:
        self.tab = tab
        for name, button in self.tabs.items():
            button.setChecked(name == tab)

    def name_tabs(self, title: str, words: Mapping[T, str]) -> None:
        self._title.setText(title)
        for tab, button in self.tabs.items():
            button.setText(words[tab])

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        for table in self.findChildren(ExamTable):
            table.set_scale(scale)
