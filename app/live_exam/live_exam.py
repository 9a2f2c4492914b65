"""The exam that is being scanned: begins with the first picture of a live source, ends with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.live.policy import Answer
from app.live_exam.banner_scout import BannerScout
from app.live_exam.keeper import ExamKeeper
from app.pipeline import Pipeline
from app.session.clips import Mode
from app.session.errors import SessionError
from app.session.exam import Exam, FetusRecord, ModelUsed, Reading
from app.session.recorder import RecordingSettings
from app.session.store import ExamStore
from app.session.writer import FETUSES, ExamWriter, WriterState
from capture.scan import Scan
from capture.scan import Signal as ScanSignal
from inference.engine import EngineStatus
from inference.evidence_types import Status
from inference.prediction import Prediction

END_S = 30.0
"""How long the end of the program waits for the disk."""


@dataclass(frozen=True, slots=True)
class BeginWith:
    """What of the window's settings goes into an exam."""

    recording: Mode
    reading: Reading
    operator: str
    preset: str
    settings: dict[str, Any]


class LiveExam(QObject):
    """Lives in the GUI thread; scans and answers reach the writer in their own threads, by reference.

    What waits for the disk is done by a thread of its own: the window never does.
    """

    began = Signal()
    """There is an exam now: its facts may be shown."""
    banner_changed = Signal()
    """Another banner has come to stay: should a new exam begin?"""
    failed = Signal(str)
    """One line for a person."""
    left_open = Signal(object)
    """Exams that an earlier end of the program had left open and that were closed now: their names."""
    _first = Signal(int)
    _made = Signal(object, int)
    _banner = Signal(int)

    def __init__(
        self, pipeline: Pipeline, store: ExamStore, begin_with: Callable[[], BeginWith], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.store = store
        self._pipeline, self._begin_with = pipeline, begin_with
        self._writer: ExamWriter | None = None
        self._model: ModelUsed | None = None
        self._turn = 0
        """Counts exams: what was asked for in an earlier turn is void."""
        self._live = self._armed = False
        self.asking = False
        """Whether the question after a changed banner stands."""
        self.broken = False
        """Whether an exam could not be begun."""
        self.keeper = ExamKeeper(lambda error: self.failed.emit(str(error)))
        self._scout = BannerScout(lambda: self._banner.emit(self._turn))
        self._first.connect(self._begin_first)
        self._made.connect(self._take)
        self._banner.connect(self._ask)
        self.keeper.start()
        self._scout.start()
        self.keeper.do(self._recover)
        pipeline.add_scan_sink(self._scan)
        pipeline.add_answer_sink(self._answer)

    # State --------------------------------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Whether the source makes an exam: recordings are on disk already."""
        return self._live

    @property
    def turn(self) -> int:
        """Counts exams; another one once `begin` was called."""
        return self._turn

    @property
    def exam(self) -> Exam | None:
        """The exam as it stands; None before it has begun."""
        writer = self._writer
        return None if writer is None else writer.exam

    @property
    def writer(self) -> ExamWriter | None:
        return self._writer

    @property
    def state(self) -> WriterState | None:
        writer = self._writer
        return None if writer is None else writer.state

    @property
    def record(self) -> FetusRecord | None:
        """What was shown of the present fetus, over all looks at it."""
        writer = self._writer
        return None if writer is None else writer.record

    @property
    def fetus(self) -> str:
        writer = self._writer
        return "A" if writer is None else writer.fetus

    # Commands -----------------------------------------------------------------------------------------------

    def new_source(self, live: bool) -> None:
        """Another source: the exam ends; the next one begins with the first picture of a live source."""
        self._drop()
        self._live = self._armed = live

    def begin(self) -> None:
        """End this exam and begin the next: nothing captured before belongs to it."""
        old = self._detach()
        self._pipeline.reset_evidence()
        self._armed = self.broken = False
        turn, what = self._turn, self._begin_with()

        def work() -> None:
            try:
                fresh = self.store.new_exam(
                    operator=what.operator, preset=what.preset, reading=what.reading, settings=what.settings,
                    recording=RecordingSettings(mode=what.recording),
                )  # fmt: skip
                self._made.emit(fresh, turn)
            except SessionError as error:
                self.broken = True
                self.failed.emit(str(error))
            finally:
                if old is not None:
                    old.close()

        self.keeper.do(work)

    def next_fetus(self) -> bool:
        """Another fetus of the same exam; False where there are as many as there can be."""
        exam, writer = self.exam, self._writer
        if exam is None or writer is None:
            return False
        if len(exam.fetuses) >= len(FETUSES):
            return False
        self.choose_fetus(FETUSES[len(exam.fetuses)])
        return True

    def choose_fetus(self, label: str) -> None:
        """Look at this fetus from now on, seen before or not."""
        writer = self._writer
        if writer is None or label == writer.fetus:
            return
        writer.set_fetus(label)
        self._pipeline.reset_evidence()

    def set_facts(self, **facts: Any) -> None:
        """Optional entries: `gestational_age_weeks`, `operator`, `preset`."""
        if self._writer is not None:
            self._writer.set_facts(**facts)

    def set_recording(self, mode: Mode) -> None:
        if self._writer is not None:
            self._writer.set_recording(mode)

    def keep(self, scan: Scan, prediction: Prediction | None, status: Status) -> None:
        if self._writer is not None:
            self._writer.keep(scan, prediction, status)

    def disagree(self, flag: int) -> None:
        """A person's word against a flag, by the number that the evidence gives it."""
        writer = self._writer
        if writer is not None:
            writer.override(writer.fetus, writer.flag_number(flag), "disagree")

    def answer_banner(self, new: bool) -> None:
        """The person's answer to the question: another patient, or the same."""
        if not self.asking:
            return
        self.asking = False
        self._scout.reset()
        if new:
            self.begin()
        else:
            self._pipeline.hold_evidence(False)

    def used_model(self, engine: EngineStatus) -> None:
        """What answers from now on."""
        self._model = ModelUsed(
            name=engine.model, version=engine.version, sha256=engine.sha256, synthetic=engine.synthetic,
            provider=engine.provider, precision=engine.precision, fallbacks=engine.fallbacks,
        )  # fmt: skip
        if self._writer is not None:
            self._writer.set_model(self._model)

    def stop(self) -> None:
        """End the exam in order; every thread is gone, or the end is told to have failed."""
        self._pipeline.remove_scan_sink(self._scan)
        self._pipeline.remove_answer_sink(self._answer)
        self._drop()
        for thread, within_s in ((self._scout, 3.0), (self.keeper, END_S)):
            try:
                thread.stop(within_s)
            except TimeoutError as error:
                self.failed.emit(str(error))

    # From other threads -------------------------------------------------------------------------------------

    def _scan(self, scan: Scan) -> None:
        """In the capture thread: references alone."""
        writer = self._writer
        if writer is not None:
            writer.offer(scan)
            self._scout.offer(scan)
        elif self._armed and scan.signal is not ScanSignal.BLANK:
            self._armed = False
            self._first.emit(self._turn)

    def _answer(self, answer: Answer) -> None:
        """In the inference thread."""
        writer = self._writer
        if writer is not None and not self.asking:
            writer.predicted(answer.prediction, answer.evidence)

    def _recover(self) -> None:
        found = self.store.recover()
        if found:
            self.left_open.emit(found)

    # Within -------------------------------------------------------------------------------------------------

    def _begin_first(self, turn: int) -> None:
        if turn == self._turn and self._live:
            self.begin()

    def _take(self, writer: ExamWriter, turn: int) -> None:
        if turn != self._turn or not self._live:
            self.keeper.do(lambda: _close(writer))
            return
        if self._model is not None:
            writer.set_model(self._model)
        self._scout.reset()
        self._writer = writer
        self.began.emit()

    def _ask(self, turn: int) -> None:
        if turn == self._turn and self._writer is not None and not self.asking:
            self.asking = True
            # Until that is settled nothing counts for either.
            self._pipeline.hold_evidence(True)
            self.banner_changed.emit()

    def _detach(self) -> ExamWriter | None:
        self._turn += 1
        self.asking = False
        old, self._writer = self._writer, None
        return old

    def _drop(self) -> None:
        self._live = self._armed = False
        old = self._detach()
        if old is not None:
            self.keeper.do(lambda: _close(old))


def _close(writer: ExamWriter) -> None:
    writer.close()
