"""Actions of review: lists of exams, words on flags, second reader, ruler, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.language import translate
from app.review.exams_page import Tab
from capture.region.lettering import depth_ticks
from capture.scan import Signal

if TYPE_CHECKING:
    from app.main_window import MainWindow


class ReviewHandlers:
    """A part of `app.handlers.Handlers`."""

    _w: MainWindow

    def say_unsure(self) -> None:
        self._w.review.judge("unsure")

    def annotate(self) -> None:
        self._w.review.annotate()

    def take_note(self) -> None:
        self._w.review.ask_note()

    def read_second(self) -> None:
        self._w.review.read_second()

    def next_reading(self) -> None:
        """How exams are read from the next one on: with the AI, or with one's own call first."""
        second = self._w.settings.now.reading == "concurrent"
        self._w.settings.change(reading="second-reader" if second else "concurrent")
        said = translate("Handlers", "From the next exam on the AI is seen while scanning")
        if second:
            said = translate(
                "Handlers", "From the next exam on the AI is hidden until your own call is given"
            )
        self._w.notices.tell(said, "info")

    def toggle_exams(self) -> None:
        self._open_exams("exams")

    def open_queue(self) -> None:
        self._open_exams("queue")

    def open_quality(self) -> None:
        self._open_exams("quality")

    def open_worklist(self) -> None:
        self._w.pacs.toggle("worklist")

    def open_studies(self) -> None:
        self._w.pacs.toggle("studies")

    def open_sending(self) -> None:
        self._w.pacs.toggle("send")

    def _open_exams(self, tab: Tab) -> None:
        page = self._w.exams
        if page.is_open and page.tab == tab:
            page.close_page()
            self._w.reopen_picker_if_idle()
            return
        self._w.close_pages()
        self._w.picker.close_page()
        page.open_at(tab, self._w.settings.now.reading == "second-reader")

    def side_by_side(self) -> None:
        """The bare scan beside the one that is drawn on."""
        view = self._w.raw_view
        view.setVisible(view.isHidden())
        self._w.actions_["side_by_side"].setChecked(not view.isHidden())
        shown = self._w.scan_view.current
        if not view.isHidden() and shown is not None:
            view.present(shown)

    def ruler(self) -> None:
        """On a picture that stands: a paused recording, or a frozen machine."""
        ruler = self._w.ruler
        if not ruler.isHidden():
            ruler.put_away()
            return
        player, shown = self._w.handlers.player, self._w.scan_view.current
        if player is not None:
            player.pause()
        elif shown is None or shown.scan.signal is not Signal.FROZEN:
            self._w.notices.tell(translate("Handlers", "Freeze the picture first, then measure"), "info")
            return
        if not ruler.open(self._ticks_px()):
            self._w.notices.tell(translate("Handlers", "There is no picture to measure yet"), "info")

    def leave_what_moves(self) -> None:
        """The machine's picture runs again: the ruler is of no use on it."""
        player, shown = self._w.handlers.player, self._w.scan_view.current
        if player is None and shown is not None and shown.scan.signal is Signal.MOVING:
            self._w.ruler.put_away()

    def _ticks_px(self) -> float | None:
        """Of the depth marks in the picture; of an exam those that stood beside it."""
        review, shown = self._w.review, self._w.scan_view.current
        if review.opened is not None:
            return review.opened.ticks_px(review.index)
        if shown is None:
            return None
        ticks = depth_ticks(shown.scan.frame.pixels, shown.scan.region)
        return None if ticks is None else ticks.spacing_px

    def calibrate(self) -> None:
        """Two points of a known distance give the scale where the picture does not."""
        if self._w.ruler.isHidden():
            self.ruler()
        if not self._w.ruler.isHidden():
            self._w.ruler.leave_the_keys(True)
            self._w.calibration.ask()

    def calibrate_to(self, known_mm: float) -> None:
        """From the strip."""
        try:
            self._w.ruler.calibrate(known_mm)
        except ValueError as error:
            self._w.notices.tell(str(error), "warning")
            return
        self._w.calibration.hide()
        self._w.ruler.leave_the_keys(False)
        self._w.ruler.setFocus()

    def store_length(self, mm: float, scale: str) -> None:
        """From the ruler: the width goes to the exam, as a note on the frame."""
        said = translate("Handlers", "Width {mm} mm (scale: {scale})").format(mm=f"{mm:.1f}", scale=scale)
        self._w.review.note(f"width {mm:.1f} mm (scale: {scale})")
        self._w.notices.tell(said, "info")
