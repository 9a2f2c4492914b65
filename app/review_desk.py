"""Review in the window: an exam opened again, words on its flags, the second reader."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.language import translate
from app.panels.reader_strip import ReaderStrip, call_word
from app.panels.review_strip import ReviewStrip, ReviewText
from app.panels.timeline_data import LoopTrack
from app.review.exam_opener import ExamOpener
from app.review.exam_table import local
from app.review.judging import Judgement, Word, flag_name, newest, override
from app.review.opened_exam import OpenedExam
from app.session.errors import SessionError
from app.session.exam import Call, Exam, FlagRecord, Read, utc
from app.session.second_reader import SecondReader
from app.session.store import ExamStore
from app.words import VIEW, word
from inference.evidence_types import Evidence

if TYPE_CHECKING:
    from app.main_window import MainWindow

NOTE_NEAR_NS = 250_000_000
"""A note is shown with the frames so near to its own."""
NOTE_MOST = 60
"""Letters of a note that the strip has room for."""


def shortened(text: str) -> str:
    return text if len(text) <= NOTE_MOST else f"{text[: NOTE_MOST - 1]}…"


class ReviewDesk(QObject):
    """One for a window; all that waits for the disk is done by the exam keeper's thread."""

    changed = Signal()
    """Something was added to an exam."""
    _read = Signal(object, bool)
    _amended = Signal(object)

    def __init__(self, window: MainWindow, store: ExamStore | None) -> None:
        super().__init__(window)
        self._w, self._store, self._do = window, store, window.desk.do
        self.strip, self.reader_strip = ReviewStrip(), ReaderStrip()
        self.opened: OpenedExam | None = None
        self.second: SecondReader | None = None
        self._fetus = ""
        self._read.connect(self._take)
        self._amended.connect(self._take_amended)
        self.strip.judged.connect(self.store_judgement)
        self.strip.noted.connect(self._noted)
        self._note_ns = 0
        self.reader_strip.given.connect(self._given)

    # State -------------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return self.opened is not None

    @property
    def index(self) -> int:
        """The frame on the screen."""
        player = self._w.handlers.player
        return 0 if player is None else max(0, player.state.index)

    @property
    def evidence(self) -> Evidence | None:
        """What was said when the frame on the screen was scanned."""
        return None if self.opened is None else self.opened.evidence_at(self.index)

    @property
    def flag(self) -> FlagRecord | None:
        """The one in hand."""
        return None if self.opened is None else self.opened.flag_at(self.index)

    @property
    def fetus(self) -> str:
        """Of the frame on the screen; empty without an exam."""
        return "" if self.opened is None else self.opened.fetus_at(self.index)

    @property
    def who(self) -> str:
        return self._w.settings.now.operator

    # Opening -----------------------------------------------------------------------------------------------

    def open(self, exam_id: str, second_reader: bool = False) -> None:
        """Open an exam; it is read in another thread and shown when that is done.

        Args:
            exam_id: as the list shows it.
            second_reader: hide the AI until the reader's own call is given.
        """
        store = self._store
        if store is None:
            return

        def work() -> None:
            try:
                opened = OpenedExam(store.open(exam_id))
                opened.read_pictures()
                self._read.emit(opened, second_reader)
            except SessionError as error:
                self._w.notices.tell(str(error))

        if self._w.desk.exam is not None and self._w.desk.exam.id == exam_id:
            # Read again once it is whole.
            self._w.desk.end()
        self._w.desk.do_after_ends(work)

    def close(self) -> None:
        """Another source follows."""
        self.opened = self.second = None
        self.strip.leave()
        self.strip.show_text(ReviewText())
        self.strip.hide()
        self.reader_strip.hide()
        self._w.set_ai_hidden(False)

    def fill(self) -> None:
        """The recording is open: the whole timeline at once, from what was stored."""
        track = self._w.timeline.track
        if self.opened is None or not isinstance(track, LoopTrack):
            return
        scores = self.opened.scores()
        track.fill(scores.frames, scores.instant, scores.smoothed, scores.view, scores.status)
        self._w.timeline.marks = self.opened.marks(tuple(track.times_s.tolist()))

    # Words on flags ----------------------------------------------------------------------------------------

    def judge(self, call: Word) -> None:
        """One key: agree, disagree or unsure, with what was annotated."""
        if not self._has_flag():
            return
        self.store_judgement(self.strip.judgement(call))
        self.strip.leave()

    def annotate(self) -> None:
        """Side, kind and comment of the flag in hand."""
        flag = self.flag
        if not self._has_flag() or flag is None or self.opened is None:
            return
        known = newest(self.opened.exam, flag)
        said = Judgement("unsure")
        if known is not None:
            said = Judgement(known.call, known.comment, known.side, known.kind)
        self.strip.annotate(said)

    def _has_flag(self) -> bool:
        """Whether there is one in hand that may be seen; said where there is none."""
        if self._w.ai_hidden:
            return False
        if self.opened is None:
            said = translate("Review", "Words on flags are stored with an exam; this picture belongs to none")
            if self._w.desk.records:
                said = translate("Review", "Words on flags are given in review, once the exam has ended")
            self._w.notices.tell(said, "info")
            return False
        if self.flag is None:
            self._w.notices.tell(translate("Review", "This exam has no flag"), "info")
            return False
        return True

    def store_judgement(self, said: Judgement) -> None:
        flag = self.flag
        if flag is None:
            return
        if self.opened is not None and not (said.comment or said.side or said.kind):
            known = newest(self.opened.exam, flag)
            if known is not None:
                # A word alone keeps what was annotated.
                said = Judgement(said.call, known.comment, known.side, known.kind)
        self._amend("override", override(flag, said, self.who, utc(time.time())))

    def ask_note(self) -> None:
        """Words on the frame that is on the screen now, live or in review."""
        at_ns = self._shown_ns
        if at_ns is None:
            self._w.notices.tell(translate("Review", "There is no exam to take a note for"), "info")
        elif self.second is None and not self._w.patient_safe:
            self._note_ns = at_ns
            self.strip.ask_note()
            self._w.drop_what_has_no_room()

    def note(self, text: str, captured_ns: int | None = None) -> None:
        """A measurement or remark about a frame, that on the screen unless another is named."""
        at_ns, live = self._shown_ns if captured_ns is None else captured_ns, self._w.desk.live
        if self.opened is not None:
            said = {"at": utc(time.time()), "who": self.who, "text": text, "captured_ns": at_ns}
            self._amend("note", said)
        elif live is not None and live.writer is not None:
            live.writer.note(text, at_ns)

    @property
    def _shown_ns(self) -> int | None:
        """When the frame on the screen was captured; None where no exam takes a note of it."""
        if self.opened is not None:
            return int(self.opened.captured_ns[self.index])
        shown = self._w.scan_view.current
        if self._w.desk.exam is None or shown is None:
            return None
        return shown.scan.frame.captured_ns

    def _noted(self, text: str) -> None:
        self.note(text, self._note_ns)
        self.refresh()
        self._w.notices.tell(translate("Review", "Note stored"), "info")

    # Second reader -----------------------------------------------------------------------------------------

    def read_second(self) -> None:
        """Begin a second reading of the fetus on the screen: own call first."""
        live = self._w.desk.live
        if self.opened is not None:
            self._fetus = self.opened.fetus_at(self.index)
        elif live is not None and live.exam is not None:
            self._fetus = live.fetus
        else:
            self._w.notices.tell(translate("Review", "There is no exam to read"), "info")
            return
        self.strip.leave()
        self._begin_reading(ai_seen=not self._w.ai_hidden)

    def _begin_reading(self, ai_seen: bool) -> None:
        self.second = SecondReader(self.who, self._fetus, time.time, ai_seen)
        self._w.set_ai_hidden(True)
        self.strip.hide()
        self.reader_strip.ask("own", self._fetus, ai_seen)

    def _given(self, call: Call, confidence: int) -> None:
        if self.second is None:
            return
        if not self.second.revealed:
            self._store_read(self.second.own_call(call, confidence))
            self._store_read(self.second.reveal())
            self._w.set_ai_hidden(False)
            self.refresh()
            self.reader_strip.ask("final", self._fetus)
            return
        read = self.second.final_call(call, confidence)
        self._store_read(read)
        self.second = None
        self.reader_strip.hide()
        self.refresh()
        said = translate("Review", "Own call: {own}. Final call: {final}.")
        self._w.notices.tell(said.format(own=call_word(read.own), final=call_word(call)), "info")

    def _store_read(self, read: Read) -> None:
        live = self._w.desk.live
        if self.opened is not None:
            self._amend("read", read.model_dump(mode="json"))
        elif live is not None and live.writer is not None:
            live.writer.read(read)

    def leave_second(self) -> bool:
        """Escape: give the reading up; what was given so far stays. Whether there was one."""
        if self.second is None:
            return False
        self.second = None
        self.reader_strip.hide()
        self._w.set_ai_hidden(self._w.desk.hides_ai)
        self.refresh()
        return True

    # On the timer ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """The strip's words; and what lay on a picture that stood."""
        self._w.handlers.leave_what_moves()
        opened = self.opened
        shown = (opened is not None and self.second is None) or self.strip.annotating
        shown = shown and not self._w.patient_safe
        self.strip.setVisible(shown)
        if opened is None or not shown:
            return
        exam, flag = opened.exam, self.flag
        fetus = ""
        if len(exam.fetuses) > 1:
            # Whose the panel at the side is.
            fetus = translate("Review", "fetus {label}").format(label=self.fetus)
        warn = opened.reader.problems[0] if opened.reader.problems else ""
        self.strip.show_text(
            ReviewText(
                self._title(exam), fetus, self._flag_words(exam, flag), warn,
                self._note_words(exam, int(opened.captured_ns[self.index])),
            )
        )  # fmt: skip

    @staticmethod
    def _title(exam: Exam) -> str:
        reading = translate("Review", "read while scanning")
        if exam.reading == "second-reader":
            reading = translate("Review", "second reader")
        if exam.reads:
            reading += translate("Review", " · second readings: {count}").format(count=len(exam.reads))
        return f"{exam.id}   ·   {local(exam.started)}   ·   {reading}"

    @staticmethod
    def _note_words(exam: Exam, now_ns: int) -> str:
        """The note of this moment; else how many there are."""
        if not exam.notes:
            return ""
        for note in reversed(exam.notes):
            if note.captured_ns is not None and abs(note.captured_ns - now_ns) <= NOTE_NEAR_NS:
                return translate("Review", "Note: {text}").format(text=shortened(note.text))
        return translate("Review", "notes: {count}").format(count=len(exam.notes))

    @staticmethod
    def _flag_words(exam: Exam, flag: FlagRecord | None) -> str:
        if flag is None:
            return ""
        said = translate("Review", "Flag {number}, {view}").format(
            number=flag_name(exam, flag), view=word(VIEW[flag.view])
        )
        known = newest(exam, flag)
        if known is None:
            return said
        words: dict[Word, str] = {
            "agree": translate("Review", "agreed"),
            "disagree": translate("Review", "disagreed"),
            "unsure": translate("Review", "unsure"),
        }
        return f"{said}: {words[known.call]}"

    # Within ------------------------------------------------------------------------------------------------

    def _take(self, opened: OpenedExam, second_reader: bool) -> None:
        if self._w.closed:
            return
        self._w.show_source(ExamOpener(opened), opened)
        self.opened = opened
        self._w.feed.show_kept()
        said: tuple[tuple[Word, str], ...] = (
            ("agree", "say_yes"),
            ("disagree", "say_no"),
            ("unsure", "say_unsure"),
        )
        keys = {call: "/".join(self._w.actions_.keys_of(name)) for call, name in said}
        self.strip.set_keys(keys)
        for line in opened.reader.problems:
            self._w.notices.tell(line, "warning")
        if second_reader:
            self._fetus = opened.exam.fetuses[0]
            # The list shows what the AI found, unless it is that of a second reader.
            self._begin_reading(ai_seen=not self._w.exams.hidden)
        self.refresh()

    def _amend(self, what: str, data: dict[str, Any]) -> None:
        store, opened = self._store, self.opened
        if store is None or opened is None:
            return
        exam_id, who = opened.exam.id, self.who

        def work() -> None:
            try:
                self._amended.emit(store.amend(exam_id, what, data, who))
            except SessionError as error:
                self._w.notices.tell(str(error))

        self._do(work)

    def _take_amended(self, exam: Exam) -> None:
        if self.opened is not None and self.opened.exam.id == exam.id:
            self.opened.exam = exam
            self.refresh()
        self.changed.emit()
