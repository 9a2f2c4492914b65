"""An exam that is being made: what the window and the pipeline tell it is on disk within a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from app.session.best import PER_VIEW, BestPictures, Ranked
from app.session.clips import Mode
from app.session.disk import AuditEvent, Boundary, ExamDisk, Forget
from app.session.events import Event, apply
from app.session.exam import (
    Clip,
    Counts,
    Exam,
    FetusRecord,
    FlagRecord,
    KeptKind,
    KeptPicture,
    ModelUsed,
    Read,
    utc,
    wall_us,
)
from app.session.fetus import FetusTracker
from app.session.folder import ExamFolder
from app.session.pictures import Picture, file_name
from app.session.recorder import Recorder, RecordingSettings
from app.session.table import prediction_row
from app.session.tally import Tally
from capture.scan import Scan
from inference.evidence_types import Evidence, Flag, Status
from inference.prediction import Prediction, View

AUDITED = frozenset(
    {"began", "model", "facts", "fetus", "flag", "note", "override", "kept", "unkept", "read", "answer",
     "trouble", "recording", "closed"}
)  # fmt: skip
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
        self._folder = folder
        self._settings = settings
        self._now_s, self._now_ns = now_s, now_ns
        self._on_closed = on_closed
        self._lock = threading.RLock()
        # Guarded by it:
        self._exam = exam
        self._fetus = exam.fetuses[0]
        self._since_ns = exam.started_ns
        self._trackers = {self._fetus: FetusTracker(self._fetus)}
        self._best = {self._fetus: BestPictures()}
        self._fresh_best: dict[str, tuple[Ranked, Status]] = {}
        self._fresh_flags: dict[int, tuple[FlagRecord, Prediction]] = {}
        self._clips: dict[str, Clip] = {}
        self._hand = 0
        self._told_ns = exam.started_ns
        self._told_record: object = None
        self._trouble = ""
        self._ended = ""
        self._closed = False
        self._tally = Tally()
        self._disk = ExamDisk(
            folder, settings, self._tally, self._snapshot, self._tell,
            lambda captured_ns: wall_us(exam, captured_ns), boundary or Boundary(),
            self._last_words,
        )  # fmt: skip
        self._recorder = Recorder(settings, self._tally, self._disk.put_video, self._told_trouble)
        self._tell("began", exam.model_dump(mode="json"))
        self._disk.start()
        self._recorder.start()

    @property
    def id(self) -> str:
        return self._exam.id

    @property
    def exam(self) -> Exam:
        """The exam as it stands."""
        with self._lock:
            return self._exam

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
            return self._best[self._fetus].ranked(view)

    # From the capture and inference threads ---------------------------------------------------------------

    def offer(self, scan: Scan) -> None:
        """One scan of the live picture, repeats included. Takes a reference, never copies."""
        if self._closed or scan.frame.captured_ns < self._exam.started_ns:
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
            for record in tracker.follow(prediction, evidence, self._exam.seconds(now_ns)):
                self._flagged(record, evidence)
            if any(flag.open for flag in evidence.flags):
                self._recorder.mark(now_ns)
            better = self._best[self._fetus].consider(prediction, evidence)
            if better is not None:
                key = f"best:{self._fetus}:{evidence.view}:{better.slot}"
                self._fresh_best[key] = (better, evidence.status)
            if now_ns - self._told_ns >= VERDICT_NS:
                self._told_ns = now_ns
                self._settle()

    def flag(self, flag: Flag) -> None:
        """A finding latched by hand or by something beside the evidence reader."""
        with self._going():
            best_ns = flag.best.scan.frame.captured_ns
            number = max((f.number for f in self._exam.flags if f.fetus == self._fetus), default=0) + 1
            record = FlagRecord(
                number=number, fetus=self._fetus, view=flag.view, first_ns=best_ns, last_ns=best_ns,
                best_ns=best_ns, peak=flag.peak, open=False,
            )  # fmt: skip
            self._flag_told(record, flag.best)

    # From the window --------------------------------------------------------------------------------------

    def keep(self, scan: Scan, prediction: Prediction | None, status: Status = Status.NOT_ASSESSED) -> str:
        """Keep a picture by hand, with a clip round it; its key.

        Call again with the prediction when that comes.
        """
        with self._going():
            known = next(
                (k for k in self._exam.kept if k.kind == "hand" and k.captured_ns == scan.frame.captured_ns),
                None,
            )
            if known is None:
                self._hand += 1
            key = known.key if known is not None else f"hand:{self._hand}"
            fetus = known.fetus if known is not None else self._fetus
            self._keep(key, "hand", fetus, scan, prediction, status)
            if known is None:
                self._clip(key, fetus, scan.frame.captured_ns, scan.frame.captured_ns)
            return key

    def unkeep(self, key: str) -> None:
        """Take a kept picture off the list; its file stays until the exam is deleted."""
        with self._going():
            self._tell("unkept", {"key": key})

    def note(self, text: str, captured_ns: int | None = None) -> None:
        with self._going():
            data = {"at": self._utc(), "who": self._exam.operator, "text": text, "captured_ns": captured_ns}
            self._tell("note", data)

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
            data = {"at": self._utc(), "who": self._exam.operator, "fetus": fetus, "flag": flag, "call": call,
                    "comment": comment, "side": side, "kind": kind}  # fmt: skip
            self._tell("override", data)

    def read(self, read: Read) -> None:
        """One reader's calls, as they stand."""
        with self._going():
            self._tell("read", read.model_dump(mode="json"))

    def set_facts(self, **facts: Any) -> None:
        """`gestational_age_weeks`, `operator`, `preset`, `reading`, `settings`."""
        with self._going():
            self._tell("facts", facts)

    def set_model(self, model: ModelUsed) -> None:
        """The model that answers from now on, and on what it runs."""
        with self._going():
            if model != self._exam.model:
                self._tell("model", model.model_dump(mode="json"))

    def set_recording(self, mode: Mode) -> None:
        """What is recorded from now on; "exam" takes in the seconds before it was asked for.

        Any mode but "off" tries again after recording had stopped.
        """
        if mode != "off":
            self._disk.retry_video()
        with self._going():
            self._recorder.set_mode(mode)
            self._tell("recording", {"mode": mode})

    def new_fetus(self) -> str:
        """The next fetus; its label. Reset the evidence with it.

        What was captured before is of the other one.

        Raises:
            ValueError: there are as many as there can be.
        """
        with self._going():
            if len(self._exam.fetuses) >= len(FETUSES):
                raise ValueError(f"expected at most {len(FETUSES)} fetuses")
            label = FETUSES[len(self._exam.fetuses)]
            self.set_fetus(label)
            return label

    def set_fetus(self, label: str) -> None:
        """Look at another fetus, new or seen before. Reset the evidence with it."""
        with self._going():
            self._settle()
            self._fetus, self._since_ns = label, self._now_ns()
            if label in self._trackers:
                self._trackers[label].look_again()
            else:
                self._trackers[label], self._best[label] = FetusTracker(label), BestPictures()
            self._told_record = None
            self._tell("fetus", {"label": label})

    def audit(self, what: str, data: dict[str, Any] | None = None, who: str | None = None) -> None:
        """A line in the audit log alone: exports, settings of the window."""
        self._disk.put(AuditEvent(self._utc(), who or self._exam.operator, what, dict(data or {})))

    def close(self, timeout_s: float = 30.0) -> Exam:
        """End the exam: what waits is written, both threads end. Idempotent.

        Raises:
            TimeoutError: the disk does not come to an end; what was written stands.
        """
        with self._lock:
            if self._closed:
                return self._exam
            self._settle()
            self._closed = True
        self._ended = self._utc()
        self._recorder.stop(timeout_s)
        self._disk.stop(timeout_s)
        with self._lock:
            update = {"counts": self._tally.counts, "audit": self._disk.anchor}
            self._exam = self._exam.model_copy(update=update)
        self._on_closed(self._exam)
        return self._exam

    # Within -----------------------------------------------------------------------------------------------

    @contextmanager
    def _going(self) -> Iterator[None]:
        """Hold the exam as it is; what a person adds after its end goes through `ExamStore.amend`."""
        with self._lock:
            if self._closed:
                raise ValueError(f"expected an open exam, {self._exam.id} was closed")
            yield

    def _last_words(self) -> None:
        """In the disk's thread, when every frame has gone where it goes."""
        self._tell("counts", self._tally.counts.model_dump())
        self._tell("closed", {"ended": self._ended})

    def _snapshot(self) -> Exam:
        with self._lock:
            return self._exam

    def _utc(self) -> str:
        return utc(self._now_s())

    def _tell(self, what: str, data: dict[str, Any], audited: bool = True) -> None:
        """Into the exam, the journal and, where it belongs there, the audit log."""
        event = Event(what, self._utc(), data)
        with self._lock:
            if what != "began":
                self._exam = apply(self._exam, event)
            self._disk.put(event)
            if audited and what in AUDITED:
                self._disk.put(AuditEvent(event.at, self._exam.operator, what, for_audit(what, data)))

    def _told_trouble(self, words: str) -> None:
        self._trouble = words
        self._tell("trouble", {"words": words})

    def _settle(self) -> None:
        """Write the record of the fetus and its newest best pictures."""
        flags, self._fresh_flags = self._fresh_flags, {}
        for flag, best in flags.values():
            self._flag_told(flag, best)
        record = self._trackers[self._fetus].record
        if record != self._told_record and record.counted + record.lip.frames + record.palate.frames > 0:
            self._told_record = record
            self._tell("verdict", record.model_dump(mode="json"))
        fresh, self._fresh_best = self._fresh_best, {}
        for key, (ranked, status) in fresh.items():
            self._keep(
                key, "best", self._fetus, ranked.prediction.scan, ranked.prediction, status, ranked.view
            )
        if fresh:
            self._rank()
        if self._recorder.mode != "off":
            self._tell("counts", self._tally.counts.model_dump())

    def _rank(self) -> None:
        for view in ("lip", "palate"):
            for rank, one in enumerate(self._best[self._fetus].ranked(view), 1):
                key = f"best:{self._fetus}:{view}:{one.slot}"
                known = next((kept for kept in self._exam.kept if kept.key == key), None)
                if known is not None and known.rank != rank and rank <= PER_VIEW:
                    self._tell("kept", known.model_copy(update={"rank": rank}).model_dump(mode="json"),
                               audited=False)  # fmt: skip

    def _flagged(self, record: FlagRecord, evidence: Evidence) -> None:
        """A flag is told at once when it is latched or ends; how it goes on, with the fetus' record."""
        tracker = self._trackers[self._fetus]
        flag = next(flag for flag in evidence.flags if tracker.number_of(flag) == record.number)
        known = self._known_flag(record)
        if known is None or known.open != record.open:
            self._fresh_flags.pop(record.number, None)
            self._flag_told(record, flag.best)
        else:
            self._fresh_flags[record.number] = (record, flag.best)

    def _known_flag(self, record: FlagRecord) -> FlagRecord | None:
        same = (f for f in self._exam.flags if (f.fetus, f.number) == (record.fetus, record.number))
        return next(same, None)

    def _flag_told(self, record: FlagRecord, best: Prediction) -> None:
        key = f"flag:{record.fetus}:{record.number}"
        before = self._known_flag(record)
        turned = before is None or before.open != record.open
        self._tell("flag", record.model_dump(mode="json"), audited=turned)
        if before is None or before.best_ns != record.best_ns:
            self._keep(key, "flag", record.fetus, best.scan, best, Status.FLAG, record.view)
        self._clip(key, record.fetus, record.first_ns, record.last_ns)

    def _keep(
        self,
        key: str,
        kind: KeptKind,
        fetus: str,
        scan: Scan,
        prediction: Prediction | None,
        status: Status,
        view: View | None = None,
    ) -> None:
        name = file_name(key, self._exam.seconds(scan.frame.captured_ns))
        stored = scan.region.origin != "whole"  # nothing outside the scan is ever stored
        heat = stored and prediction is not None and prediction.heatmap is not None
        seen = view or ("other" if prediction is None else prediction.view)
        kept = KeptPicture(
            key=key, kind=kind, fetus=fetus, view=seen, status=status, captured_ns=scan.frame.captured_ns,
            at=utc(wall_us(self._exam, scan.frame.captured_ns) / 1e6),
            score=None if prediction is None or seen == "other" else prediction.cleft,
            quality=None if prediction is None else prediction.quality,
            file=f"kept/{name}.png" if stored else None, heatmap=f"kept/{name}.npz" if heat else None,
        )  # fmt: skip
        before = next((old for old in self._exam.kept if old.key == key), None)
        if stored:
            self._disk.put(Picture(name, scan, prediction))
        self._tell("kept", kept.model_dump(mode="json"), audited=kind == "hand")
        if before is not None and before.file is not None and before.file != kept.file:
            self._disk.put(Forget((before.file, before.heatmap)))

    def _clip(self, why: str, fetus: str, from_ns: int, to_ns: int) -> None:
        around = round(self._settings.clip_s * 1e9)
        known = self._clips.get(why)
        number = len(self._clips) + 1 if known is None else known.number
        start = max(self._exam.started_ns, from_ns - around)
        clip = Clip(number=number, fetus=fetus, why=why, from_ns=start, to_ns=to_ns + around)
        if clip != known:
            self._clips[why] = clip
            self._recorder.mark(from_ns)
            self._recorder.mark(to_ns)
            self._tell("clip", clip.model_dump(mode="json"))


def for_audit(what: str, data: dict[str, Any]) -> dict[str, Any]:
    """The facts of an event that the audit log holds: no free text, no lists of pictures."""
    if what == "began":
        kept = ("id", "started", "operator", "preset", "reading", "model", "settings", "software", "fetuses",
                "gestational_age_weeks")  # fmt: skip
        return {key: data[key] for key in kept if key in data}
    if what == "note":
        return {"captured_ns": data.get("captured_ns"), "letters": len(str(data.get("text", "")))}
    if what == "kept":
        return {key: data[key] for key in ("key", "captured_ns", "view", "score")}
    return {key: value for key, value in data.items() if key != "comment"}
