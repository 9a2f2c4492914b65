"""Actions of the live exam: keep, dismiss, next exam, next fetus, answers, recording."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QTimer

from app.language import translate
from app.session.clips import Mode

if TYPE_CHECKING:
    from app.main_window import MainWindow

SURE_MS = 3000
"""Within this time the key for a new exam has to be pressed again where that clears what is nowhere else."""

OFF_AFTER_MS = 1500
"""Within this time the key may go on from "off": passing it costs none of the seconds that are held."""


class ExamHandlers:
    """A part of `app.handlers.Handlers`."""

    _w: MainWindow
    _sure: QTimer
    _off: QTimer
    """Runs until recording is off in fact."""

    def keep_frame(self) -> None:
        shown = self._w.scan_view.current
        if shown is None:
            self._w.notices.tell(translate("Handlers", "There is no picture to keep yet"), "info")
            return
        answer = shown.answer
        own = answer is not None and answer.scan.scan_index == shown.scan.scan_index
        prediction = answer.prediction if answer is not None and own else None
        evidence = answer.evidence if answer is not None else None
        kept = self._w.feed.kept.keep(shown.scan, prediction, evidence)
        if self._w.desk.live is not None:
            self._w.desk.live.keep(shown.scan, prediction, kept.status)
        if prediction is None:
            self._w.pipeline.ask(shown.scan)
        self._w.feed.show_kept()
        if not self._w.patient_safe:
            said = translate("Handlers", "Frame kept {time}")
            self._w.notices.tell(said.format(time=self._w.feed.time_words(shown.scan.frame)), "info")

    def dismiss_flag(self) -> None:
        if self._w.ai_hidden:
            return
        dropped = self._w.feed.kept.dismiss_newest()
        if dropped is None:
            self._w.notices.tell(translate("Handlers", "There is no flag to dismiss"), "info")
            return
        if self._w.kept_view.frame is not None and self._w.kept_view.frame.key == dropped.key:
            self._w.kept_view.put_away()
        self._w.feed.show_kept()
        number = dropped.key.partition(":")[2]
        if self._w.desk.live is not None:
            self._w.desk.live.disagree(int(number))
        said = translate("Handlers", "Flag {number} dismissed; it stays in the verdict for the fetus")
        self._w.notices.tell(said.format(number=number), "info")

    def new_exam(self) -> None:
        """At once where the exam is on disk; else twice within a few seconds: the first press only asks."""
        if not self._w.desk.records and not self._sure.isActive():
            self._sure.start()
            keys = " / ".join(self._w.actions_.keys_of("new_exam"))
            said = translate("Handlers", "Press {key} again to clear everything for a new exam")
            self._w.notices.tell(said.format(key=keys), "warning")
            return
        self._sure.stop()
        self.begin_exam()

    def begin_exam(self) -> None:
        """The next exam, without asking."""
        self._w.review.leave_second()
        self._w.pipeline.reset_evidence()
        self._w.kept_view.put_away()
        self._w.feed.exam_started = time.strftime("%H:%M")
        if self._w.desk.records:
            self._w.desk.begin()
        self._w.feed.clear()
        self._w.feed.words()
        self._w.notices.tell(translate("Handlers", "New exam"), "info")

    def next_fetus(self) -> None:
        live = self._w.desk.live
        if live is None or live.exam is None:
            self._w.notices.tell(translate("Handlers", "There is no exam yet"), "info")
            return
        if not live.next_fetus():
            self._w.notices.tell(translate("Handlers", "There cannot be more fetuses"), "info")
            return
        self._w.desk.changed_fetus()
        self._w.feed.words()
        self._w.notices.tell(translate("Handlers", "Fetus {label}").format(label=live.fetus), "info")

    def exam_entries(self) -> None:
        if self._w.desk.exam is None:
            self._w.notices.tell(translate("Handlers", "There is no exam yet"), "info")
            return
        self._w.desk.open_entries()

    def say_yes(self) -> None:
        """To the question after a changed banner; in review to the flag in hand."""
        if self._w.desk.asking:
            self._w.desk.answer(True)
        else:
            self._w.review.judge("agree")

    def say_no(self) -> None:
        if self._w.desk.asking:
            self._w.desk.answer(False)
        else:
            self._w.review.judge("disagree")

    def _set_recording(self, mode: Mode) -> None:
        if self._w.desk.live is not None:
            self._w.desk.live.set_recording(mode)
            self._w.desk.refresh()

    def next_recording(self) -> None:
        """The exam, clips, nothing: said plainly, and for every exam from now on."""
        modes: tuple[Mode, ...] = get_args(Mode)
        now = modes[(modes.index(self._w.settings.now.recording) + 1) % len(modes)]
        self._w.settings.change(recording=now)
        self._off.stop()
        if now == "off":
            self._off.start()
        else:
            self._set_recording(now)
        words: dict[Mode, str] = {
            "exam": translate("Handlers", "Recording: the whole exam"),
            "clips": translate("Handlers", "Recording: clips of 1 s before and after flags and kept frames"),
            "off": translate("Handlers", "Recording is off: no video of this exam is stored"),
        }
        self._w.notices.tell(words[now], "warning" if now == "off" else "info")
