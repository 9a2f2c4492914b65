"""The live exam as the window shows it: strips, recording, checklist, words of the top bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.language import translate
from app.live_exam.keeper import ExamKeeper, Work
from app.live_exam.live_exam import END_S, BeginWith, LiveExam
from app.live_exam.recording_words import recording_words
from app.opening import is_live
from app.panels.exam_strip import ExamStrip, age_text, age_words
from app.panels.question_strip import QuestionStrip
from app.panels.status_line import Figure
from app.session.exam import Exam
from app.session.store import ExamStore
from inference.prediction import Prediction, View
from inference.worker import AiState

if TYPE_CHECKING:
    from app.main_window import MainWindow

KEPT_OUT = {"recent_sources", "keys", "pedals", "model", "operator", "preset", "version"}
"""Settings that say nothing about an exam, or may say more than they should."""


class ExamDesk(QObject):
    """One for a window; without a store (tests, benchmarks) nothing is written and every key still works."""

    def __init__(self, window: MainWindow, store: ExamStore | None) -> None:
        super().__init__(window)
        self._w = window
        self.strip, self.question = ExamStrip(), QuestionStrip()
        self.live: LiveExam | None = None
        self._shelf: ExamKeeper | None = None
        self._trouble = ""
        if store is not None:
            self.live = live = LiveExam(window.pipeline, store, self._begin_with, self)
            self._shelf = ExamKeeper(lambda error: window.notices.tell(str(error)), "exam-shelf")
            self._shelf.start()
            live.began.connect(self._began)
            live.banner_changed.connect(self._ask)
            live.failed.connect(window.notices.tell)
            live.left_open.connect(self._left_open)
            window.pipeline.ai_changed.connect(self._on_ai)
        self.question.answered.connect(self.answer)
        self.strip.age_given.connect(lambda weeks: self._facts(gestational_age_weeks=weeks))
        self.strip.operator_given.connect(lambda name: self._facts(operator=name))
        self.strip.preset_given.connect(lambda name: self._facts(preset=name))
        self.strip.fetus_chosen.connect(self.choose_fetus)
        self.strip.fetus_added.connect(window.handlers.next_fetus)

    @property
    def exam(self) -> Exam | None:
        return None if self.live is None else self.live.exam

    @property
    def records(self) -> bool:
        """Whether the source makes an exam."""
        return self.live is not None and self.live.live

    @property
    def hides_ai(self) -> bool:
        """Whether the exam is read by a second reader who has not given an own call for this fetus."""
        exam, live = self.exam, self.live
        if exam is None or live is None or exam.reading != "second-reader":
            return False
        return all(read.fetus != live.fetus or read.revealed_at is None for read in exam.reads)

    @property
    def best(self) -> Mapping[View, Sequence[Prediction]] | None:
        """The exam's best pictures of the fetus, best first; None where no exam ranks them."""
        writer = None if self.live is None else self.live.writer
        if writer is None:
            return None
        views: tuple[View, ...] = ("lip", "palate")
        return {view: [one.prediction for one in writer.best(view)] for view in views}

    @property
    def asking(self) -> bool:
        return self.live is not None and self.live.asking

    def do(self, work: Work) -> None:
        """What waits for the disk and is no part of the exam that is being scanned: lists, exports, reviews.

        It has a thread of its own, so that the next exam never waits for it.
        """
        if self._shelf is None:
            work()
        else:
            self._shelf.do(work)

    def do_after_ends(self, work: Work) -> None:
        """The same, once every exam that has ended is whole on disk."""
        if self.live is None:
            self.do(work)
        else:
            self.live.keeper.do(lambda: self.do(work))

    def end(self) -> None:
        """End the exam, if there is one; the next begins with another live source."""
        exam = self.exam
        if self.live is not None:
            self.live.new_source(False)
        if exam is not None:
            said = translate("ExamDesk", "Exam {name} has ended; it is on disk")
            self._w.notices.tell(said.format(name=exam.id), "info")

    def new_source(self, spec: str) -> None:
        self.strip.hide()
        self.question.hide()
        self.end()
        if self.live is not None:
            self.live.new_source(is_live(spec))
        self.refresh()

    def begin(self) -> None:
        """The next exam; its entries are offered, the keys stay where they are."""
        self.question.hide()
        if self.live is not None:
            self.live.begin()
        self.strip.open(focus=False)

    def answer(self, new: bool) -> None:
        """To the question after a changed banner."""
        self.question.hide()
        if self.live is None or not self.live.asking:
            return
        if new:
            self._w.handlers.begin_exam()
        else:
            self.live.answer_banner(False)

    def choose_fetus(self, label: str) -> None:
        if self.live is None or self.exam is None or label == self.live.fetus:
            return
        self.live.choose_fetus(label)
        self.changed_fetus()

    def changed_fetus(self) -> None:
        """Nothing of the other fetus stays on the screen."""
        self._w.review.leave_second()
        self._w.kept_view.put_away()
        self._w.feed.clear()
        self._w.set_ai_hidden(self.hides_ai)
        self.refresh()

    def open_entries(self) -> None:
        if self.strip.isVisible() and not self.strip.age.hasFocus():
            self.strip.age.setFocus()
        elif self.strip.isVisible():
            self.strip.put_away()
        else:
            self.strip.open(focus=True)

    def refresh(self) -> None:
        """A few times a second: entries, recording."""
        self._tell_settings()
        exam, live = self.exam, self.live
        self.strip.show_exam(exam, "A" if live is None else live.fetus)
        state = None if live is None else live.state
        broken = live is not None and live.broken
        self._w.status_line.show_recording(recording_words(state, self.records, broken))
        if state is not None and state.trouble != self._trouble:
            self._trouble = state.trouble
            if state.trouble:
                self._w.notices.tell(state.trouble)

    def figures(self) -> tuple[Figure, ...]:
        """What the status line has to say of the exam."""
        exam = self.exam
        if exam is None or not age_words(exam.gestational_age_weeks):
            return ()
        said = translate("ExamDesk", "{weeks} wk, out of range").format(
            weeks=age_text(exam.gestational_age_weeks)
        )
        return (Figure(translate("ExamDesk", "age"), said, True),)

    def words(self) -> str:
        """The exam in the top bar; empty where there is none."""
        exam, live = self.exam, self.live
        if exam is None or live is None:
            return ""
        parts = [exam.id]
        if len(exam.fetuses) > 1:
            parts.append(translate("ExamDesk", "fetus {label}").format(label=live.fetus))
        if exam.gestational_age_weeks is not None:
            weeks = age_text(exam.gestational_age_weeks)
            parts.append(translate("ExamDesk", "{weeks} wk").format(weeks=weeks))
        if exam.reading == "second-reader":
            parts.append(translate("ExamDesk", "second reader"))
        return "   ·   ".join(parts)

    def stop(self) -> None:
        if self.live is not None:
            self.live.stop()
        if self._shelf is not None:
            try:
                self._shelf.stop(END_S)
            except TimeoutError as error:
                self._w.notices.tell(str(error))

    # Within ------------------------------------------------------------------------------------------------

    def _begin_with(self) -> BeginWith:
        now = self._w.settings.now
        return BeginWith(now.recording, now.reading, now.operator, now.preset, self._in_force())

    def _in_force(self) -> dict[str, Any]:
        """Settings and operating points, as they are now."""
        kept = self._w.settings.now.model_dump(mode="json", exclude=KEPT_OUT)
        manifest = self._w.feed.manifest
        if manifest is not None:
            kept["operating_points"] = manifest.operating_points.model_dump(mode="json")
        return kept

    def _tell_settings(self) -> None:
        """The exam says what is in force: the model may come after the first picture, settings change."""
        exam, live = self.exam, self.live
        if exam is None or live is None:
            return
        now = self._in_force()
        # How this exam is read was settled when it began.
        now["reading"] = exam.settings.get("reading", now.get("reading"))
        if now != exam.settings:
            live.set_facts(settings=now)

    def _facts(self, **facts: object) -> None:
        if self.live is None:
            return
        self.live.set_facts(**facts)
        own = {key: value for key, value in facts.items() if key in ("operator", "preset")}
        if own:
            self._w.settings.change(**own)
        self.refresh()
        self._w.feed.words()

    def _began(self) -> None:
        self.refresh()
        self._w.set_ai_hidden(self.hides_ai)
        self._w.feed.words()

    def _ask(self) -> None:
        if self._w.patient_safe:
            self._w.notices.tell(
                translate("ExamDesk", "Another patient? Y: new exam, X: same patient"), "warning"
            )
        self.question.set_keys(*("/".join(self._w.actions_.keys_of(name)) for name in ("say_yes", "say_no")))
        self.question.setVisible(not self._w.patient_safe)

    def _left_open(self, names: list[str]) -> None:
        said = translate("ExamDesk", "Ended in order after the program was cut off: {exams}")
        self._w.notices.tell(said.format(exams=", ".join(names)), "info")

    def _on_ai(self, state: AiState) -> None:
        if self.live is not None and state.engine is not None:
            self.live.used_model(state.engine)
