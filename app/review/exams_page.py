"""All exams in a page: the list, those that ask for a second look, and the figures over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QStackedWidget, QWidget

from app.errors import Notices
from app.language import translate
from app.panels.panel import say
from app.review.exam_table import ExamTable, exam_cells, exam_heads, queue_cells, queue_heads
from app.review.export_preview import ExportPreview
from app.review.tabbed_page import TabbedPage
from app.session.errors import SessionError
from app.session.folder import write_whole
from app.session.index import ExamRow, Filter
from app.session.quality import QualityRow, as_csv, rows_of
from app.session.second_look import FolderPlan, QueueItem, export, plan, queue, read_answer
from app.session.store import ExamStore
from app.theme import Scale

if TYPE_CHECKING:
    from app.review.quality_plots import Group, QualityPlots

Tab = Literal["exams", "queue", "quality"]
TABS: tuple[Tab, ...] = ("exams", "queue", "quality")
MOST = 1000


class ExamsPage(TabbedPage[Tab]):
    """`chosen` tells an exam, and whether it is to be read as a second reader."""

    chosen = Signal(str, bool)
    _found = Signal(object, object, object)
    _planned = Signal(str, object)

    def __init__(
        self,
        parent: QWidget,
        store: ExamStore | None,
        do: Callable[[Callable[[], None]], None],
        notices: Notices,
        above: QWidget | None = None,
        below: QWidget | None = None,
    ) -> None:
        super().__init__(parent, TABS, above, below)
        self._store, self._do, self._notices = store, do, notices
        self.hidden = False
        """Whether the list leaves out what the AI found: it is read by a second reader."""
        self._rows: list[QualityRow] = []
        self._listed = False
        """Whether the index has answered."""
        self._dialog: QFileDialog | None = None
        self.filter = QLineEdit()
        self.table, self.queue = ExamTable(5), ExamTable(5)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.queue)
        self.plots: QualityPlots | None = None
        self.preview = ExportPreview()
        self.open_, self.second, self.export = QPushButton(), QPushButton(), QPushButton()
        self.answer, self.csv = QPushButton(), QPushButton()
        self.groups: dict[Group, QPushButton] = {"preset": QPushButton(), "operator": QPushButton()}
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        for name, button in self.groups.items():
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, name=name: self.group_by(name))
        for button in (self.open_, self.second, self.export, self.answer, *self.groups.values(), self.csv):
            foot.addWidget(button)
        self.column.addWidget(self.filter)
        self.column.addWidget(self._stack, 1)
        self.column.addWidget(self.preview, 1)
        self.column.addLayout(foot)
        self.filter.textChanged.connect(self.load)
        self._found.connect(self._show)
        for table in (self.table, self.queue):
            table.chosen.connect(lambda name: self.chosen.emit(name, False))
        self.open_.clicked.connect(lambda: self._choose(False))
        self.second.clicked.connect(lambda: self._choose(True))
        self.export.clicked.connect(self.preview_marked)
        self._planned.connect(self._show_plan)
        self.preview.confirmed.connect(self.export_exam)
        self.preview.left.connect(self._leave_preview)
        self.answer.clicked.connect(self._ask_answer)
        self.csv.clicked.connect(self.write_csv)
        self.retranslate()

    def open_at(self, tab: Tab, hidden: bool = False) -> None:
        self.tab, self.hidden = tab, hidden
        self.open()

    def fill(self) -> None:
        self.retranslate()
        self.show_tab(self.tab)
        self.load()

    def close_page(self) -> None:
        super().close_page()
        self.stop()

    def first_focus(self) -> QWidget:
        return {"exams": self.table, "queue": self.queue, "quality": self.tabs["quality"]}[self.tab]

    def show_tab(self, tab: Tab) -> None:
        super().show_tab(tab)
        self.preview.put_away()
        self._stack.show()
        if tab == "quality" and self.plots is None:
            from app.review.quality_plots import QualityPlots

            self.plots = QualityPlots()
            self._stack.addWidget(self.plots)
        self._stack.setCurrentIndex(TABS.index(tab))
        for button, where in (
            (self.open_, ("exams", "queue")), (self.second, ("exams", "queue")), (self.export, ("queue",)),
            (self.answer, ("queue",)), (self.csv, ("quality",)),
            *((button, ("quality",)) for button in self.groups.values()),
        ):  # fmt: skip
            button.setVisible(tab in where)
        self._draw()

    def group_by(self, group: Group) -> None:
        """The lower row of plots: one bar a machine preset, or an operator."""
        if self.plots is not None:
            self.plots.group = group
            self._draw()

    def load(self) -> None:
        """Ask the index, in the thread that waits for the disk."""
        store = self._store
        if store is None:
            return
        what = Filter(text=self.filter.text().strip(), limit=MOST)

        def work() -> None:
            try:
                rows = store.exams(what)
                self._found.emit(rows, queue(store, what), rows_of(rows))
            except SessionError as error:
                self._notices.tell(str(error))

        self._do(work)

    def preview_marked(self) -> None:
        """Show what would be written for an expert; nothing is."""
        store, name = self._store, self.queue.current
        if store is None or not name:
            return

        def work() -> None:
            try:
                self._planned.emit(name, plan(store, name))
            except SessionError as error:
                self._notices.tell(str(error))

        self._do(work)

    def export_exam(self, name: str) -> None:
        """One de-identified folder for an expert, beside the exams."""
        store, into = self._store, self._exported
        if store is None or into is None:
            return

        def work() -> None:
            try:
                folder = export(store, name, into)
            except SessionError as error:
                self._notices.tell(str(error))
                return
            said = translate("Exams", "Exported for an expert, without names or dates: {folder}")
            self._notices.tell(said.format(folder=str(folder)), "info")

        self._do(work)

    def read_answer(self, folder: str) -> None:
        """An expert's answer, out of the folder that was exported."""
        store = self._store
        if store is None:
            return

        def work() -> None:
            try:
                exam = read_answer(store, Path(folder))
            except SessionError as error:
                self._notices.tell(str(error))
                return
            self._notices.tell(translate("Exams", "Answer read into {exam}").format(exam=exam.id), "info")
            self.load()

        self._do(work)

    def write_csv(self) -> None:
        store, rows = self._store, self._rows
        if store is None:
            return
        path = store.root.parent / "quality.csv"

        def work() -> None:
            try:
                write_whole(path, as_csv(rows).encode())
            except OSError as error:
                self._notices.tell(f"{path.name}: {error.strerror}")
                return
            self._notices.tell(translate("Exams", "Written: {path}").format(path=str(path)), "info")

        self._do(work)

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._draw()

    def retranslate(self) -> None:
        words: dict[Tab, str] = {
            "exams": translate("Exams", "All exams"),
            "queue": translate("Exams", "Second look"),
            "quality": translate("Exams", "Quality"),
        }
        self.name_tabs(translate("Exams", "Exams"), words)
        self.filter.setPlaceholderText(translate("Exams", "Filter: part of exam, operator, preset or model"))
        self.open_.setText(translate("Exams", "Open  ⏎"))
        self.second.setText(translate("Exams", "Read as second reader"))
        self.export.setText(translate("Exams", "Export for an expert"))
        self.answer.setText(translate("Exams", "Read an answer…"))
        self.csv.setText(translate("Exams", "Write CSV"))
        self.groups["preset"].setText(translate("Exams", "By preset"))
        self.groups["operator"].setText(translate("Exams", "By operator"))
        if self.is_open:
            self.load()

    def stop(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.close()
            dialog.deleteLater()

    def _show(self, rows: list[ExamRow], waiting: list[QueueItem], quality: list[QualityRow]) -> None:
        self._rows, self._listed = quality, True
        self.table.show_rows(exam_heads(), [(row.id, exam_cells(row, self.hidden)) for row in rows])
        self.queue.show_rows(queue_heads(), [(item.exam, queue_cells(item)) for item in waiting])
        self._draw()

    def _draw(self) -> None:
        if self.tab == "quality" and self.plots is not None and self.is_open:
            from app.review.quality_plots import summary_words

            for name, button in self.groups.items():
                button.setChecked(name == self.plots.group)
            self.plots.setVisible(bool(self._rows))  # bare axes say nothing
            self.plots.show_rows(self._rows, self.scale)
            say(self._said, summary_words(self._rows) if self._rows else self._none())
            return
        counted, table = translate("Exams", "{count} exams"), self.table
        if self.tab == "queue":
            counted, table = translate("Exams", "{count} wait"), self.queue
        self.table.say_empty(self._none() if self._listed else "")
        self.queue.say_empty(self._none_waits() if self._listed else "")
        say(self._said, counted.format(count=table.rowCount()) if table.rowCount() else "")

    def _none(self) -> str:
        """Why nothing is listed, and what makes an exam."""
        if self.filter.text().strip():
            return translate("Exams", "No exam matches the filter")
        return translate("Exams", "No exam yet: one begins by itself with a live source, N begins the next")

    def _none_waits(self) -> str:
        if not self._rows:
            return self._none()
        return translate("Exams", "No exam waits for a second look: ambiguous and discordant ones come here")

    def _show_plan(self, name: str, shown: FolderPlan) -> None:
        if self.is_open and self.tab == "queue":
            self._stack.hide()
            for button in (self.open_, self.second, self.export, self.answer):
                button.hide()  # Enter writes the folder now
            self.preview.show_plan(name, shown)

    def _leave_preview(self) -> None:
        self.show_tab("queue")
        self.queue.setFocus()

    def _choose(self, second: bool) -> None:
        table = self.queue if self.tab == "queue" else self.table
        if table.current:
            self.chosen.emit(table.current, second)

    @property
    def _exported(self) -> Path | None:
        """Where folders for experts are written, beside the exams."""
        return None if self._store is None else self._store.root.parent / "second-look"

    def _ask_answer(self) -> None:
        """Not modal: the picture behind it goes on."""
        self.stop()
        dialog = QFileDialog(self.window())
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setModal(False)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.resize(self.scale.px(1200), self.scale.px(720))
        if self._exported is not None and self._exported.is_dir():
            dialog.setDirectory(str(self._exported))
        dialog.fileSelected.connect(self.read_answer)
        self._dialog = dialog
        dialog.show()
