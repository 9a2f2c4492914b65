"""An exam that is being made: what the window and the pipeline tell it is on disk within a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from app.session.best import Ranked
from app.session.clips import Mode
from app.session.disk import AuditEvent, Boundary, ExamDisk
from app.session.exam import Counts, Exam, FetusRecord, ModelUsed, Read, wall_us
from app.session.fetus import FetusTracker
from app.session.flags_clips import FlagsAndClips
from app.session.folder import ExamFolder
from app.session.keeping import KeptPictures
from app.session.ledger import Ledger
from app.session.recorder import Recorder, RecordingSettings
from app.session.table import prediction_row
from app.session.tally import Tally
from capture.scan import Scan
from inference.evidence_types import Evidence, Flag, Status
from inference.prediction import Prediction, View

FETUSES = "ABCDEFGH"
VERDICT_NS = 1_000_000_000
"""A fetus' record and its best pictures are written at most so often."""


@dataclass(frozen=True, slots=True)
class WriterState:
    """How recording stands; for the window, which looks a few times a second."""

    recording: bool
    mode: Mode
    seconds: float
    """Of time recorded so far."""
    counts: Counts
    """What became of every frame; `counts.lost` is to be shown where it is not 0."""
    waiting_mb: float
    """Coded pictures on their way to disk."""
    held_mb: float
    """Coded pictures of the pre-trigger."""
    disk_left_bytes: int | None
    """Beside the reserve; None while not known."""
    disk_left_s: float | None
    """At the present rate; None while there is none."""
    trouble: str
    """In words; empty while all is well."""
    closed: bool


class ExamWriter:
    """Takes part in a live exam from any thread; no method but `close` waits for anything.

    Made by `ExamStore.new_exam`.
    Threads of its own: `exam-recorder` codes, `exam-disk` writes, `exam-sync` waits for the disk.
    """

    def __init__(
        self,
        folder: ExamFolder,
        exam: Exam,
        settings: RecordingSettings,
        *,
        boundary: Boundary | None = None,
        now_s: Callable[[], float] = time.time,
        now_ns: Callable[[], int] = time.monotonic_ns,
        on_closed: Callable[[Exam], None] = lambda exam: None,
    ) -> None:
        """Begin the exam in a folder that is there and empty.

        Args:
            folder: where.
            exam: as it begins.
            settings: of recording.
            boundary: the file system; None for the real one.
            now_s: wall clock, seconds since the epoch.
            now_ns: the capture clock.
            on_closed: is given the finished exam, in the thread that closes.

        Raises:
            OSError: the first files cannot be made.
        """
        self._now_ns = now_ns
        self._on_closed = on_closed
        self._ledger = Ledger(exam, lambda job: self._disk.put(job), now_s)
        self._lock = self._ledger.lock
        # Guarded by it:
        self._fetus = exam.fetuses[0]
        self._started_ns = self._since_ns = exam.started_ns
        self._trackers = {self._fetus: FetusTracker(self._fetus)}
        self._told_ns = exam.started_ns
        self._told_record: object = None
        self._trouble = ""
        self._ended = ""
        self._closed = False
        self._tally = Tally()
        self._disk = ExamDisk(
            folder, settings, self._tally, lambda: self._ledger.exam, self._ledger.tell,
            lambda captured_ns: wall_us(exam, captured_ns), boundary or Boundary(),
            self._last_words,
        )  # fmt: skip
        self._recorder = Recorder(settings, self._tally, self._disk.put_video, self._told_trouble)
        self._pictures = KeptPictures(self._ledger)
        around_ns = round(settings.clip_s * 1e9)
        self._flags = FlagsAndClips(self._ledger, self._pictures, around_ns, self._recorder.mark)
        self._ledger.begin()
        self._disk.start()
        self._recorder.start()

    @property
    def id(self) -> str:
        return self._ledger.exam.id

    @property
    def exam(self) -> Exam:
        """The exam as it stands."""
        return self._ledger.exam

    @property
    def fetus(self) -> str:
        """The fetus being looked at."""
        return self._fetus

    @property
    def record(self) -> FetusRecord:
        """What was shown of the present fetus, up to the newest prediction."""
        with self._lock:
            return self._trackers[self._fetus].record

    def flag_number(self, number: int) -> int:
        """A flag's number within the present fetus, from the number that the evidence gives it."""
        with self._lock:
            return self._trackers[self._fetus].flag_number(number)

    @property
    def state(self) -> WriterState:
        disk, counts, mode = self._disk.state, self._tally.counts, self._recorder.mode
        left_s = None
        if disk.left_bytes is not None and disk.bytes_per_s > 1000:
            left_s = max(0.0, disk.left_bytes / disk.bytes_per_s)
        return WriterState(
            recording=mode != "off" and not disk.stopped and not self._closed,
            mode=mode,
            seconds=disk.seconds,
            counts=counts,
            waiting_mb=self._disk.waiting_bytes / 1e6,
            held_mb=self._recorder.held_bytes / 1e6,
            disk_left_bytes=disk.left_bytes,
            disk_left_s=left_s,
            trouble=disk.stopped or disk.trouble or self._trouble,
            closed=self._closed,
        )

    def best(self, view: View) -> tuple[Ranked, ...]:
        """The best pictures of a view of the present fetus, best first."""
        with self._lock:
            return self._pictures.ranked(self._fetus, view)

    # From the capture and inference threads ---------------------------------------------------------------

    def offer(self, scan: Scan) -> None:
        """One scan of the live picture, repeats included. Takes a reference, never copies."""
        if self._closed or scan.frame.captured_ns < self._started_ns:
            return
        self._recorder.offer(scan, FETUSES.index(self._fetus))

    def predicted(self, prediction: Prediction, evidence: Evidence | None) -> None:
        """A prediction and the evidence after it; one of an earlier fetus or exam is left out."""
        now_ns = prediction.scan.frame.captured_ns
        with self._lock:
            if self._closed or now_ns < self._since_ns:
                return
            self._disk.put(prediction_row(prediction, evidence, FETUSES.index(self._fetus)))
            if evidence is None or evidence.prediction is None:
                return
            tracker = self._trackers[self._fetus]
            for record in tracker.follow(prediction, evidence, self._ledger.exam.seconds(now_ns)):
                self._flags.follow(tracker, record, evidence)
            if any(flag.open for flag in evidence.flags):
                self._recorder.mark(now_ns)
            self._pictures.consider(self._fetus, prediction, evidence)
            if now_ns - self._told_ns >= VERDICT_NS:
                self._told_ns = now_ns
                self._settle()

    def flag(self, flag: Flag) -> None:
        """A finding latched by hand or by something beside the evidence reader."""
        with self._going():
            self._flags.by_hand(self._fetus, flag)

    # From the window --------------------------------------------------------------------------------------

    def keep(self, scan: Scan, prediction: Prediction | None, status: Status = Status.NOT_ASSESSED) -> str:
        """Keep a picture by hand, with a clip round it; its key.

        Call again with the prediction when that comes.
        """
        with self._going():
            key, new = self._pictures.by_hand(self._fetus, scan, prediction, status)
            if new:
                self._flags.clip(key, self._fetus, scan.frame.captured_ns, scan.frame.captured_ns)
            return key

    def unkeep(self, key: str) -> None:
        """Take a kept picture off the list; its file stays until the exam is deleted."""
        with self._going():
            self._ledger.tell("unkept", {"key": key})

    def note(self, text: str, captured_ns: int | None = None) -> None:
        with self._going():
            data = {
                "at": self._ledger.utc(),
                "who": self._ledger.exam.operator,
                "text": text,
                "captured_ns": captured_ns,
            }
            self._ledger.tell("note", data)

    def override(
        self,
        fetus: str,
        flag: int,
        call: Literal["agree", "disagree", "unsure"],
        comment: str = "",
        side: str = "",
        kind: str = "",
    ) -> None:
        """A person's word on a flag."""
        with self._going():
            data = {**self._signed(), "fetus": fetus, "flag": flag, "call": call,
                    "comment": comment, "side": side, "kind": kind}  # fmt: skip
            self._ledger.tell("override", data)

    def read(self, read: Read) -> None:
        """One reader's calls, as they stand."""
        with self._going():
            self._ledger.tell("read", read.model_dump(mode="json"))

    def set_facts(self, **facts: Any) -> None:
        """`gestational_age_weeks`, `operator`, `preset`, `reading`, `settings`."""
        with self._going():
            self._ledger.tell("facts", facts)

    def set_model(self, model: ModelUsed) -> None:
        """The model that answers from now on, and on what it runs."""
        with self._going():
            if model != self._ledger.exam.model:
                self._ledger.tell("model", model.model_dump(mode="json"))

    def set_recording(self, mode: Mode) -> None:
        """What is recorded from now on; "exam" takes in the seconds before it was asked for.

        Any mode but "off" tries again after recording had stopped.
        """
        if mode != "off":
            self._disk.retry_video()
        with self._going():
            self._recorder.set_mode(mode)
            self._ledger.tell("recording", {"mode": mode})

    def new_fetus(self) -> str:
        """The next fetus; its label. Reset the evidence with it.

        What was captured before is of the other one.

        Raises:
            ValueError: there are as many as there can be.
        """
        with self._going():
            if len(self._ledger.exam.fetuses) >= len(FETUSES):
                raise ValueError(f"expected at most {len(FETUSES)} fetuses")
            label = FETUSES[len(self._ledger.exam.fetuses)]
            self.set_fetus(label)
            return label

    def set_fetus(self, label: str) -> None:
        """Look at another fetus, new or seen before. Reset the evidence with it."""
        with self._going():
            self._settle()
            self._flags.leave()
            self._fetus, self._since_ns = label, self._now_ns()
            if label in self._trackers:
                self._trackers[label].look_again()
            else:
                self._trackers[label] = FetusTracker(label)
            self._told_record = None
            self._ledger.tell("fetus", {"label": label})

    def audit(self, what: str, data: dict[str, Any] | None = None, who: str | None = None) -> None:
        """A line in the audit log alone: exports, settings of the window."""
        signed = self._signed()
        self._disk.put(AuditEvent(signed["at"], who or signed["who"], what, dict(data or {})))

    def close(self, timeout_s: float = 30.0) -> Exam:
        """End the exam: what waits is written, both threads end. Idempotent.

        Raises:
            TimeoutError: the disk does not come to an end; what was written stands.
        """
        with self._lock:
            if self._closed:
                return self._ledger.exam
            self._settle()
            self._closed = True
        self._ended = self._ledger.utc()
        self._recorder.stop(timeout_s)
        self._disk.stop(timeout_s)
        exam = self._ledger.end(counts=self._tally.counts, audit=self._disk.anchor)
        self._on_closed(exam)
        return exam

    # Within -----------------------------------------------------------------------------------------------

    @contextmanager
    def _going(self) -> Iterator[None]:
        """Hold the exam as it is; what a person adds after its end goes through `ExamStore.amend`."""
        with self._lock:
            if self._closed:
                raise ValueError(f"expected an open exam, {self._ledger.exam.id} was closed")
            yield

    def _signed(self) -> dict[str, str]:
        return {"at": self._ledger.utc(), "who": self._ledger.exam.operator}

    def _last_words(self) -> None:
        """In the disk's thread, when every frame has gone where it goes."""
        self._ledger.tell("counts", self._tally.counts.model_dump())
        self._ledger.tell("closed", {"ended": self._ended})

    def _told_trouble(self, words: str) -> None:
        self._trouble = words
        self._ledger.tell("trouble", {"words": words})

    def _settle(self) -> None:
        """Write the record of the fetus and its newest best pictures."""
        self._flags.settle(self._trackers[self._fetus])
        record = self._trackers[self._fetus].record
        if record != self._told_record and record.counted + record.lip.frames + record.palate.frames > 0:
            self._told_record = record
            self._ledger.tell("verdict", record.model_dump(mode="json"))
        self._pictures.settle(self._fetus)
        if self._recorder.mode != "off":
            self._ledger.tell("counts", self._tally.counts.model_dump())
