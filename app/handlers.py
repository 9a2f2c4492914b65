"""What every action of the table does; the names are the table's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.exam_handlers import OFF_AFTER_MS, SURE_MS, ExamHandlers
from app.language import LANGUAGES, chosen_language, set_language, translate
from app.panels.heatmap_controls import MODES, HeatmapMode
from app.panels.timeline_data import LoopTrack
from app.review_handlers import ReviewHandlers
from capture.geometry import Region

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.panels.overlay import Overlay
    from capture.player import Player

OPACITY_STEP = 0.1
JOG_S = 0.5
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)


class Handlers(ReviewHandlers, ExamHandlers, QObject):
    """One for a window; called by keys, menu, pedals and tests alike."""

    def __init__(self, window: MainWindow) -> None:
        QObject.__init__(self, window)
        self._w = window
        self._sure = QTimer(self)
        self._sure.setSingleShot(True)
        self._sure.setInterval(SURE_MS)
        self._off = QTimer(self)
        self._off.setSingleShot(True)
        self._off.setInterval(OFF_AFTER_MS)
        self._off.timeout.connect(lambda: self._set_recording("off"))

    # AI ----------------------------------------------------------------------------------------------------

    def toggle_ai(self) -> None:
        self.set_ai(not self._w.pipeline.ai_enabled)

    def set_ai(self, on: bool) -> None:
        self._w.pipeline.set_ai_enabled(on)
        on = self._w.pipeline.ai_enabled
        if not on:
            self._w.presenter.forget_answers()
        self._w.actions_["toggle_ai"].setChecked(on)
        self._w.settings.change(ai_on=on)
        self._w.feed.words()

    def cycle_heatmap(self) -> None:
        now = MODES.index(self._w.settings.now.heatmap)
        self.set_heatmap(MODES[(now + 1) % len(MODES)])

    def set_heatmap(self, mode: HeatmapMode) -> None:
        self._w.settings.change(heatmap=mode)
        self._w.apply_picture_settings()

    def opacity_up(self) -> None:
        self.set_opacity(self._w.settings.now.opacity + OPACITY_STEP)

    def opacity_down(self) -> None:
        self.set_opacity(self._w.settings.now.opacity - OPACITY_STEP)

    def set_opacity(self, opacity: float) -> None:
        self._w.settings.change(opacity=round(min(max(opacity, 0.05), 1.0), 2))
        self._w.apply_picture_settings()

    def peek(self, down: bool) -> None:
        self._w.scan_view.set_peek(down)

    # Picture -----------------------------------------------------------------------------------------------

    def toggle_view(self) -> None:
        self._w.settings.change(view="whole" if self._w.settings.now.view == "scan" else "scan")
        self._w.apply_picture_settings()

    def edit_region(self) -> None:
        view = self._w.scan_view
        if view.editing_region:
            view.leave_region_edit()
        elif view.enter_region_edit():
            self._w.notices.tell(translate("Handlers", "Drag the edges of the scan; Enter when done"), "info")
        else:
            self._w.notices.tell(translate("Handlers", "There is no picture to set a region on yet"), "info")

    def find_region(self) -> None:
        self._w.scan_view.leave_region_edit()
        self._w.pipeline.set_region(None)
        self._w.regions.forget(self._w.scan_view.current)
        self._w.notices.tell(translate("Handlers", "Looking for the scan region"), "info")

    def region_edited(self, region: Region) -> None:
        """From the scan view, when a drag has ended."""
        self._w.pipeline.set_region(region)
        self._w.regions.keep(region, self._w.scan_view.current, self._w.pipeline.link)

    def toggle_patient_safe(self) -> None:
        self._w.set_patient_safe(not self._w.patient_safe)

    # Exam --------------------------------------------------------------------------------------------------

    def look_at(self, position: int) -> None:
        """A number key: a tile of the picker while that is open, else a kept frame."""
        if self._w.picker.is_open:
            self._w.picker.choose(position)
            return
        if self._w.patient_safe:
            return
        if self._w.review.second is not None:
            self._w.review.reader_strip.choose(position)
            return
        frames = self._w.kept.frames
        if position >= len(frames):
            return
        frame, view = frames[position], self._w.kept_view
        if view.frame is not None and view.frame.key == frame.key:
            view.put_away()
            return
        manifest = self._w.feed.manifest
        heat = None if manifest is None else manifest.outputs.heatmap
        when = self._w.feed.time_words(frame.scan.frame)
        view.show_frame(frame, 0.5 if heat is None else heat.threshold, when)

    # Replay ------------------------------------------------------------------------------------------------

    @property
    def player(self) -> Player | None:
        opener = self._w.feed.opener
        return None if opener is None else opener.player

    def play_pause(self) -> None:
        if (player := self.player) is None:
            return
        if player.state.playing:
            player.pause()
        else:
            self._w.ruler.put_away()  # it measures what stands
            player.play()

    def step(self, frames: int) -> None:
        if (player := self.player) is not None:
            player.step(frames)

    def jog(self, direction: int) -> None:
        if (player := self.player) is not None:
            player.jog(direction * JOG_S)

    def change_speed(self, direction: int) -> None:
        if (player := self.player) is None:
            return
        nearest = min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - player.state.speed))
        player.set_speed(SPEEDS[min(max(nearest + direction, 0), len(SPEEDS) - 1)])

    def to_end(self, end: int) -> None:
        if (player := self.player) is not None and player.state.frames:
            player.seek(player.state.frames - 1 if end else 0)

    def toggle_loop(self) -> None:
        if (player := self.player) is not None:
            player.set_loop(not player.state.loop)

    def seek(self, index: int) -> None:
        """From the timeline."""
        if (player := self.player) is not None and 0 <= index < player.state.frames:
            player.seek(index)

    def next_flag(self) -> None:
        player = self.player
        if player is None:
            return
        places = sorted(kept.scan.frame.index for kept in self._w.feed.kept.open_flags.values())
        if self._w.review.opened is not None:
            places = [] if self._w.ai_hidden else self._w.review.opened.flag_frames()
        if not places:
            self._w.notices.tell(translate("Handlers", "There is no flag in this loop so far"), "info")
            return
        later = [place for place in places if place > player.state.index]
        player.pause()
        player.seek(later[0] if later else places[0])

    def jump_to_peak(self) -> None:
        player, track = self.player, self._w.timeline.track
        peak = track.peak() if isinstance(track, LoopTrack) and not self._w.ai_hidden else None
        if player is None or peak is None:
            self._w.notices.tell(translate("Handlers", "There is no score in this loop so far"), "info")
            return
        player.pause()
        player.seek(peak)

    # Window ------------------------------------------------------------------------------------------------

    def open_picker(self) -> None:
        if self._w.picker.is_open and self._w.pipeline.running:
            self._w.picker.close_page()
        else:
            self._w.close_pages()
            self._w.picker.open()

    def toggle_messages(self) -> None:
        self._toggle_page(self._w.messages)

    def toggle_sheet(self) -> None:
        self._toggle_page(self._w.sheet)

    def open_menu(self) -> None:
        self._w.top_bar.menu_button.showMenu()

    def toggle_full_screen(self) -> None:
        full = not self._w.isFullScreen()
        if full:
            self._w.showFullScreen()
        else:
            self._w.showNormal()
        self._w.actions_["full_screen"].setChecked(full)
        self._w.settings.change(full_screen=full)

    def next_screen(self) -> None:
        screens = self._w.screen().virtualSiblings()
        if len(screens) < 2:
            self._w.notices.tell(translate("Handlers", "There is only one screen"), "info")
            return
        target = screens[(screens.index(self._w.screen()) + 1) % len(screens)]
        full = self._w.isFullScreen()
        if full:
            self._w.showNormal()
        self._w.setGeometry(target.availableGeometry())
        if full:
            self._w.showFullScreen()

    def next_language(self) -> None:
        codes = list(LANGUAGES)
        now = chosen_language(self._w.settings.now.language)
        code = codes[(codes.index(now) + 1) % len(codes)]
        self._w.settings.change(language=code)
        set_language(code)

    def close_front(self) -> None:
        """Escape: the nearest thing that can be closed, one a press."""
        if self._w.scan_view.editing_region:
            self._w.scan_view.leave_region_edit()
        elif self._w.close_pages():
            return
        elif not self._w.calibration.isHidden():
            self._w.calibration.hide()
            self._w.ruler.setFocus()
        elif not self._w.ruler.isHidden():
            self._w.ruler.put_away()
        elif self._w.review.strip.annotating:
            self._w.review.strip.leave()
        elif self._w.review.leave_second():
            return
        elif self._w.desk.asking:
            self._w.desk.answer(False)
        elif self._w.desk.strip.isVisible():
            self._w.desk.strip.put_away()
        elif self._w.kept_view.frame is not None:
            self._w.kept_view.put_away()
        elif self._w.patient_safe:
            return
        elif self._w.isFullScreen():
            self.toggle_full_screen()

    def quit(self) -> None:
        self._w.close()

    def _toggle_page(self, page: Overlay) -> None:
        if page.is_open:
            page.close_page()
            self._w.reopen_picker_if_idle()
        else:
            self._w.close_pages()
            page.open()
