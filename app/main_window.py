"""The window: the scan as large as possible, state and score at its side, time below."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QMenu, QVBoxLayout, QWidget

from app import theme
from app.action_table import GROUPS, TABLE
from app.actions import ActionBook, bindings, group_text
from app.collector import Collector
from app.errors import Notice, Notices
from app.exam_desk import ExamDesk
from app.feed import Feed
from app.handlers import Handlers
from app.live.presenter import Presenter
from app.live.scan_view import ScanView
from app.opening import SourceOpener, is_remembered
from app.pacs_view.pacs_desk import PacsDesk
from app.panels.calibration_strip import CalibrationStrip
from app.panels.heatmap_controls import HeatmapControls
from app.panels.kept_frames import KeptFramesPanel
from app.panels.kept_view import KeptView
from app.panels.messages import Messages
from app.panels.overlay import Overlay
from app.panels.panel import Panel
from app.panels.score_arc import ScoreArc
from app.panels.status_line import StatusLine
from app.panels.status_panel import StatusPanel
from app.panels.timeline import Timeline
from app.panels.toasts import Toasts
from app.panels.top_bar import TopBar
from app.panels.view_checklist import ViewChecklist
from app.picker import Picker
from app.pipeline import Pipeline
from app.regions import RegionKeeper
from app.review.exam_opener import PREFIX
from app.review.exams_page import ExamsPage
from app.review.opened_exam import OpenedExam
from app.review.ruler import Ruler
from app.review_desk import ReviewDesk
from app.session.store import ExamStore
from app.settings_keeper import SettingsKeeper
from app.shortcut_sheet import ShortcutSheet
from app.theme import Scale
from capture.frame import Pixels
from capture.geometry import Region

SIDE_WIDTH = 410
FULL_HEIGHT = 1060
"""Of the 1920x1080 drawing, that all panels at the side need."""
KEPT_FROM_HEIGHT, CONTROLS_FROM_HEIGHT = 650, 560
"""Heights of the window, in its own pixels, from which there is room for them."""


class MainWindow(QMainWindow):
    """Lays out and connects; what actions do is in `Handlers`, what panels show in `Feed`."""

    shown_first = Signal()
    """The first time the window was painted."""

    def __init__(
        self,
        pipeline: Pipeline,
        settings: SettingsKeeper,
        notices: Notices,
        regions: RegionKeeper,
        log_file: str = "",
        exams: ExamStore | None = None,
    ) -> None:
        super().__init__()
        # Before the first thread: what it makes must not set off a collection there.
        self.collector = Collector(self._loaded, self)
        self.pipeline, self.settings, self.notices = pipeline, settings, notices
        self.regions = regions
        pipeline.choose_region = self._region_for
        self.patient_safe = self.ai_hidden = False
        self.scale = Scale()
        self.closed = False
        self._painted = False
        self._exam_regions: OpenedExam | None = None
        self.setWindowTitle("Philtrum")
        self.setAcceptDrops(True)
        self.setMinimumSize(640, 400)
        self._build_panels()
        self.presenter = Presenter(pipeline.handover, self.scan_view, parent=self)
        self.handlers = Handlers(self)
        bound, warnings = bindings(settings.now.keys, settings.now.pedals)
        self.actions_ = ActionBook(self, self.handlers, bound)
        self.desk = ExamDesk(self, exams)
        self.review = ReviewDesk(self, exams)
        strips = (
            self.desk.question, self.desk.strip, self.review.reader_strip, self.review.strip,
            self.calibration,
        )  # fmt: skip
        for at, strip in enumerate(strips, 1):
            self._rows.insertWidget(at, strip)
        self._build_overlays(log_file)
        self.feed = Feed(self, pipeline, self.presenter)
        self._connect()
        self.menu = QMenu(self)
        self.top_bar.menu_button.setMenu(self.menu)
        self.timeline.transport.set_actions(self.actions_.actions)
        self.actions_.set_replay(False)
        self.actions_["toggle_ai"].setChecked(pipeline.ai_enabled)
        self.heatmap.set_peek_key(" / ".join(self.actions_.keys_of("peek")[:1]))
        self._fill_menu()
        self.apply_scale(Scale.of(self.width(), self.height()))
        self.apply_picture_settings()
        self.scan_view.setFocus()
        for line in warnings:
            notices.tell(line, "warning")

    # Building ----------------------------------------------------------------------------------------------

    def _build_panels(self) -> None:
        self.scan_view, self.raw_view = ScanView(), ScanView()
        self.raw_view.set_patient_safe(True)
        self.raw_view.hide()
        self.scan_view.mirror = self.raw_view
        self.ruler, self.calibration = Ruler(self.scan_view), CalibrationStrip()
        self.top_bar, self.status_line, self.timeline = TopBar(), StatusLine(), Timeline()
        self.status_panel, self.arc, self.checklist = StatusPanel(), ScoreArc(), ViewChecklist()
        self.kept, self.heatmap = KeptFramesPanel(), HeatmapControls()
        self.side = QFrame()
        self.side.setProperty("role", "side")
        self._column = QVBoxLayout(self.side)
        self._rules: list[QFrame] = []
        stretches = (
            (self.status_panel, 0),
            (self.arc, 3),
            (self.checklist, 0),
            (self.kept, 2),
            (self.heatmap, 0),
        )
        for panel, stretch in stretches:
            if panel not in (self.status_panel, self.arc):
                rule = QFrame()
                rule.setProperty("role", "rule")
                self._rules.append(rule)
                self._column.addWidget(rule)
            self._column.addWidget(panel, stretch)
        self.middle = QWidget()
        self.middle.setObjectName("body")
        row = QHBoxLayout(self.middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.kept_view = KeptView()
        row.addWidget(self.kept_view)
        row.addWidget(self.raw_view, 1)
        row.addWidget(self.scan_view, 1)
        row.addWidget(self.side)
        body = QWidget()
        body.setObjectName("body")
        rows = self._rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.top_bar)
        rows.addWidget(self.middle, 1)
        rows.addWidget(self.timeline)
        rows.addWidget(self.status_line)
        self._page = body
        self.setCentralWidget(body)

    def _build_overlays(self, log_file: str) -> None:
        page = self._page
        bars = (self.top_bar, self.status_line)
        live = self.desk.live
        do = self.desk.do
        store = None if live is None else live.store
        self.exams = ExamsPage(page, store, do, self.notices, *bars)
        self.picker = Picker(page, self.settings.now.recent_sources, *bars)
        self.sheet = ShortcutSheet(page, self.actions_.keys_of, *bars)
        self.messages = Messages(page, self.notices, log_file, *bars)
        self.pacs = PacsDesk(self, page, store, do)
        self.toasts = Toasts(page, self.scan_view)

    def _connect(self) -> None:
        self.pipeline.woken.connect(self.presenter.step)
        self.pipeline.link_changed.connect(self.presenter.set_link)
        self.pipeline.failed.connect(self._failed)
        self.notices.told.connect(self._told)
        self.heatmap.mode_chosen.connect(self.handlers.set_heatmap)
        self.heatmap.opacity_chosen.connect(self.handlers.set_opacity)
        self.kept.chosen.connect(self.handlers.look_at)
        self.timeline.seek_asked.connect(self.handlers.seek)
        self.scan_view.region_edited.connect(self.handlers.region_edited)
        self.picker.chosen.connect(self.open_source)
        self.picker.exams_asked.connect(self.handlers.toggle_exams)
        self.exams.chosen.connect(self.open_exam)
        self.ruler.stored.connect(self.handlers.store_length)
        self.ruler.closed.connect(self.calibration.hide)
        self.calibration.given.connect(self.handlers.calibrate_to)
        self.review.changed.connect(self.exams.load)

    def _fill_menu(self) -> None:
        self.menu.clear()
        for group in GROUPS:
            part = self.menu.addMenu(group_text(group))
            for spec in TABLE:
                if spec.group == group and spec.id != "menu":
                    part.addAction(self.actions_[spec.id])

    # Sources -----------------------------------------------------------------------------------------------

    def open_source(self, spec: str) -> None:
        """Leave the source for another; what cannot be opened is told in a toast."""
        if spec.startswith(PREFIX):
            self.review.open(spec.removeprefix(PREFIX))
            return
        self.show_source(SourceOpener(spec))

    def open_exam(self, exam_id: str, second_reader: bool) -> None:
        """From the list of exams."""
        self.review.open(exam_id, second_reader)

    def show_source(self, opener: SourceOpener, exam: OpenedExam | None = None) -> None:
        """Play this from now on; of an exam it is known where the scan lies."""
        for page in (self.sheet, self.messages, self.exams, self.pacs.page, self.picker):
            page.close_page()
        self.kept_view.put_away()
        self.review.close()
        self.ruler.put_away()
        self._exam_regions = exam
        since_ns = self.pipeline.switch(opener, None if exam is None else exam.whole_region)
        self.pipeline.reset_evidence()
        self.presenter.restart(since_ns)
        self.desk.new_source(opener.spec)
        self.feed.new_source(opener)

    def _region_for(self, pixels: Pixels) -> Region | None:
        """Where the scan lies in frames of this size; asked by the region thread."""
        exam = self._exam_regions
        return self.regions.region_for(pixels) if exam is None else exam.region_for(pixels)

    def remember_source(self, spec: str) -> None:
        """A picture came from it: the picker offers it again."""
        if not is_remembered(spec):
            return
        self.settings.take(self.settings.now.with_recent(spec))
        self.picker.set_recent(self.settings.now.recent_sources)

    # Looks -------------------------------------------------------------------------------------------------

    def apply_picture_settings(self) -> None:
        """How the scan is drawn, from the settings."""
        now = self.settings.now
        self.scan_view.set_heatmap_mode(now.heatmap)
        self.scan_view.set_opacity(now.opacity)
        self.scan_view.set_view_mode(now.view)
        self.raw_view.set_view_mode(now.view)
        self.heatmap.show_choice(now.heatmap, now.opacity)

    def set_patient_safe(self, safe: bool) -> None:
        """The scan alone, for a monitor that parents see; messages wait in their list."""
        self.patient_safe = safe
        if safe:
            self.kept_view.put_away()
            self.close_pages()
        self._show_parts()
        self.top_bar.set_patient_safe(safe)
        self.status_line.set_patient_safe(safe)
        self.desk.strip.hide()
        self.desk.question.setVisible(self.desk.asking and not safe)
        self.toasts.setVisible(False)
        self.actions_["patient_safe"].setChecked(safe)

    def set_ai_hidden(self, hidden: bool) -> None:
        """Second reader: nothing of the AI is seen until the reader's own call is given."""
        if hidden:
            self.kept_view.put_away()
        self.ai_hidden = hidden
        self._show_parts()

    def _show_parts(self) -> None:
        bare = self.patient_safe or self.ai_hidden
        self.scan_view.set_patient_safe(bare)
        self.side.setVisible(not bare)
        self.timeline.setVisible(not self.patient_safe)
        self.timeline.set_scores_hidden(self.ai_hidden)

    def apply_scale(self, scale: Scale) -> None:
        """Bring every length of the drawing to the window's size."""
        self.scale = scale
        self.drop_what_has_no_room()
        self.setStyleSheet(theme.stylesheet(scale))
        self.side.setFixedWidth(scale.px(SIDE_WIDTH))
        margin = scale.px(24)
        self._column.setContentsMargins(margin, scale.px(14), margin, scale.px(8))
        self._column.setSpacing(scale.px(7))
        for panel in self.findChildren(Panel):
            panel.set_scale(scale)
        for view in (self.scan_view, self.raw_view, self.ruler):
            view.set_scale(scale)
        self.toasts.place()

    def drop_what_has_no_room(self) -> None:
        """Where the drawing no longer shrinks, or a strip has come: what keys can do as well goes first."""
        strips = sum(
            strip.sizeHint().height() for strip in (
                self.desk.strip, self.desk.question, self.review.strip, self.review.reader_strip,
                self.calibration,
            )
            if not strip.isHidden()
        )  # fmt: skip
        if strips and self.height() - strips < FULL_HEIGHT * self.scale.factor:
            self.heatmap.hide()
            self._rules[-1].hide()
            return
        for panel, rule, least in zip(
            (self.kept, self.heatmap), self._rules[1:], (KEPT_FROM_HEIGHT, CONTROLS_FROM_HEIGHT), strict=True
        ):
            panel.setVisible(self.height() >= least)
            rule.setVisible(self.height() >= least)

    def close_pages(self) -> bool:
        """Close the page in front; whether there was one. The picker stays while there is no source."""
        pages: tuple[Overlay, ...] = (self.sheet, self.messages, self.exams, self.pacs.page, self.picker)
        for page in pages:
            if page.is_open and (page is not self.picker or self.pipeline.running):
                page.close_page()
                self.reopen_picker_if_idle()
                return True
        return False

    def reopen_picker_if_idle(self) -> None:
        """Without a source there is nothing else to do."""
        if not self.pipeline.running and not self.picker.is_open and self.isVisible():
            self.picker.open()

    # Events ------------------------------------------------------------------------------------------------

    def _told(self, notice: Notice) -> None:
        if not self.patient_safe:
            self.toasts.show_notice(notice)

    def _failed(self, line: str) -> None:
        self.notices.tell(line)

    def paintEvent(self, event: QPaintEvent) -> None:
        # The very first paint is dark: no white flash in a dark room.
        QPainter(self).fillRect(self.rect(), QColor(theme.BACK))
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self.shown_first.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        scale = Scale.of(self.width(), self.height())
        if scale != self.scale:
            self.apply_scale(scale)
        else:
            self.drop_what_has_no_room()
        self.toasts.place()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.actions_.retranslate()
            self._fill_menu()
            self.feed.words()
            self.scan_view.update()
        super().changeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.open_source(files[0])

    def _loaded(self) -> bool:
        """Model and timeline are there, and with them all that stays until the window closes."""
        ai, state = self.pipeline.ai_enabled, self.pipeline.ai_state
        return self.timeline.plot is not None and (not ai or (state is not None and state.engine is not None))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed = True
        self.hide()
        self.feed.stop()
        self.presenter.stop()
        self.picker.stop()
        self.exams.stop()
        with suppress(TimeoutError):
            self.pacs.stop()
        with suppress(RuntimeError):
            self.pipeline.stop()
        self.desk.stop()
        self.settings.flush()
        self.collector.stop()
        event.accept()
