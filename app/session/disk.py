"""The thread that writes an exam: video, rows, journal, audit log, kept pictures, `exam.json`.

All that waits for a disk waits here. Only video may be refused for want of memory, and is counted then.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.session.audit import FIRST, audit_line, line_hash
from app.session.clips import Wanted
from app.session.events import Event
from app.session.exam import Anchor, Exam
from app.session.exam_file import write_exam
from app.session.folder import ExamFolder, Opener, open_new
from app.session.journal import LineFile, event_line
from app.session.memory import give_back
from app.session.pictures import Picture, write_picture
from app.session.recorder import RecordingSettings
from app.session.sync import Syncer
from app.session.table import FRAMES, PREDICTIONS, RowFile
from app.session.tally import Tally
from app.session.video import VideoWriter

log = logging.getLogger(__name__)

TICK_S = 0.1
"""How long what came may wait in memory; with a cluster's quarter second, well below a second in all."""
SPACE_S = 1.0
"""How often free space is looked at."""
EXAM_S = 2.0
"""`exam.json` is written again this often while something changes; the journal is ahead of it."""
EXAM_SHARE = 0.002
"""Of the time that may go into writing it: putting a long exam together holds up every other thread."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    at: str
    who: str
    what: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class DiskState:
    left_bytes: int | None
    """Free for recording, beside the reserve; None while not known."""
    stopped: str
    """Why no video is written any more; empty while it is."""
    trouble: str
    """Why something else waits; empty while all is well."""
    seconds: float
    """Of the time that has been recorded."""
    bytes_per_s: float


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where the program meets the file system; tests put failing or slow ones here."""

    open_video: Opener = open_new
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free


@dataclass(frozen=True, slots=True)
class Forget:
    """Files below the exam's folder that nothing told so far speaks of any more."""

    files: tuple[str | None, ...]


_Job = Wanted | Event | AuditEvent | Picture | Forget | bytes


def exam_pause_s(cost_s: float) -> float:
    """How long `exam.json` then stands, after a writing that took so long of the processor."""
    return max(EXAM_S, cost_s / EXAM_SHARE)


class ExamDisk(threading.Thread):
    """Writes one exam; owned by an `ExamWriter`.

    Args:
        folder: made already.
        settings: of recording.
        tally: counts what becomes of coded pictures.
        snapshot: the exam as it stands.
        tell: is given events that come up here (segments, trouble), to be sent back through `put`.
        wall_us: microseconds since the epoch of a capture time.
        boundary: the file system.
        drained: called once all video is written, for the exam's last words.

    Raises:
        OSError: the first files cannot be made.
    """

    def __init__(
        self,
        folder: ExamFolder,
        settings: RecordingSettings,
        tally: Tally,
        snapshot: Callable[[], Exam],
        tell: Callable[[str, dict[str, object]], None],
        wall_us: Callable[[int], int],
        boundary: Boundary,
        drained: Callable[[], None],
    ) -> None:
        super().__init__(name="exam-disk")
        self._folder = folder
        self._settings = settings
        self._tally = tally
        self._snapshot = snapshot
        self._tell = tell
        self._boundary = boundary
        self._drained = drained
        self._ready = threading.Condition()
        # Guarded by it:
        self._queue: deque[_Job] = deque()
        self._coded = 0
        self._ending = False
        self._stopped = ""
        self._trouble = ""
        self._left: int | None = None
        self._anchor = Anchor(sha256=FIRST)
        # Of the thread alone:
        self._journal = LineFile(folder.journal)
        self._audit = LineFile(folder.audit)
        self._frames = RowFile(folder.frames, FRAMES)
        self._predictions = RowFile(folder.predictions, PREDICTIONS)
        self._syncer = Syncer([folder.journal, folder.audit, folder.frames, folder.predictions])
        self._video = VideoWriter(
            folder, settings.segment_s, boundary.open_video, self._frames, tell, wall_us, self._syncer.want
        )
        self._number = 0
        self._pictures: deque[Picture] = deque()
        self._forgotten: list[str] = []
        self._written: Exam | None = None
        self._space_at = time.monotonic()
        self._exam_due = self._space_at + EXAM_S
        self._rate = 0.0
        self._bytes_before = 0

    @property
    def state(self) -> DiskState:
        with self._ready:
            return DiskState(self._left, self._stopped, self._trouble, self._video.seconds, self._rate)

    @property
    def anchor(self) -> Anchor:
        """How far the audit log goes."""
        with self._ready:
            return self._anchor

    @property
    def waiting_bytes(self) -> int:
        return self._coded

    def put_video(self, wanted: Wanted) -> bool:
        """A coded picture; False where too much waits already. Never waits."""
        size = len(wanted.coded.data)
        with self._ready:
            if self._ending or (self._coded and self._coded + size > self._settings.coded_bytes):
                return False
            self._queue.append(wanted)
            self._coded += size
            return True

    def put(self, job: Event | AuditEvent | Picture | Forget | bytes) -> None:
        """Anything else; bytes are a row of predictions. Never waits, is never refused before `stop`."""
        with self._ready:
            self._queue.append(job)

    def retry_video(self) -> None:
        """Record again after it had stopped; the next look at the disk decides."""
        with self._ready:
            self._stopped = ""

    def stop(self, timeout_s: float = 30.0) -> None:
        """Write what waits, and end.

        Raises:
            TimeoutError: the disk is too slow.
        """
        with self._ready:
            self._ending = True
            self._ready.notify_all()
        if self.ident is None:
            self._close()
            return
        self.join(timeout_s)
        if self.is_alive():
            raise TimeoutError(f"expected the exam to be on disk within {timeout_s:g} s, it is still writing")

    def run(self) -> None:
        self._syncer.start()
        self._look_at_space()
        ending, done = False, True
        while not ending:
            with self._ready:
                if not self._ending and done:
                    self._ready.wait(TICK_S)
                ending = self._ending
            done = self._drain(time.monotonic() + TICK_S)
            self._rest()
            self._flush()
            now = time.monotonic()
            if now - self._space_at >= SPACE_S:
                self._measure(now)
            if now >= self._exam_due:
                begun = time.thread_time()
                self._write_exam()
                self._exam_due = now + exam_pause_s(time.thread_time() - begun)
        self._close()
        give_back()

    def _drain(self, until_s: float = float("inf")) -> bool:
        """Do what waits, for a while: what comes quicker than it is done must be flushed, too.

        Args:
            until_s: by the monotonic clock.

        Returns:
            Whether all was done.
        """
        while time.monotonic() < until_s:
            with self._ready:
                if not self._queue:
                    return True
                job = self._queue.popleft()
                if isinstance(job, Wanted):
                    self._coded -= len(job.coded.data)
            self._do(job)
        return False

    def _do(self, job: _Job) -> None:
        if isinstance(job, Wanted):
            self._store(job)
        elif isinstance(job, Event):
            self._journal.add(event_line(self._number, job))
            self._number += 1
        elif isinstance(job, AuditEvent):
            before = self._anchor
            line = audit_line(before.lines + 1, before.sha256, job.at, job.who, job.what, dict(job.data))
            self._audit.add(line)
            with self._ready:
                self._anchor = Anchor(lines=before.lines + 1, sha256=line_hash(line))
        elif isinstance(job, Picture):
            # At once: the journal must not speak of a picture that is not there yet.
            self._pictures.append(job)
            self._write_parts()
            self._write_pictures()
        elif isinstance(job, Forget):
            self._forgotten += [name for name in job.files if name is not None]
        else:
            self._predictions.add(job)

    def _store(self, wanted: Wanted) -> None:
        if self._stopped:
            self._tally.add("stopped")
            return
        try:
            self._video.add(wanted)
        except OSError as error:
            self._tally.add("lost")
            self._stop_video(f"recording stopped: the disk takes no more video ({_why(error)})")
            return
        self._tally.add("stored")
        self._tally.add("bytes", len(wanted.coded.data))

    def _rest(self) -> None:
        if self._stopped:
            return
        try:
            self._video.rest()
        except OSError as error:
            self._stop_video(f"recording stopped: the disk takes no more video ({_why(error)})")

    def _stop_video(self, words: str) -> None:
        with self._ready:
            self._stopped = words
        self._tell("trouble", {"words": words})
        try:
            self._video.end()
        except OSError as error:
            log.warning("a segment could not be ended: %s", _why(error))

    def _measure(self, now: float) -> None:
        written = self._tally.counts.bytes
        rate = (written - self._bytes_before) / max(now - self._space_at, 1e-3)
        self._rate = 0.7 * self._rate + 0.3 * rate
        self._bytes_before, self._space_at = written, now
        self._look_at_space()

    def _look_at_space(self) -> None:
        try:
            free = self._boundary.free_bytes(self._folder.path)
        except OSError as error:
            log.warning("free space is not known: %s", _why(error))
            return
        left = free - self._settings.reserve_bytes
        with self._ready:
            self._left = left
        if left <= 0 and not self._stopped:
            said = f"recording stopped: the disk is almost full ({free / 1e9:.1f} GB left)"
            self._stop_video(f"{said}; scores, notes and kept pictures go on")

    def _flush(self) -> None:
        fine = self._write_parts()
        self._write_pictures()
        if not fine or self._pictures:
            return
        with self._ready:
            self._trouble = ""
        for name in self._forgotten:
            with contextlib.suppress(OSError):  # a file too many does no harm
                (self._folder.path / name).unlink()
        self._forgotten.clear()

    def _write_parts(self) -> bool:
        """Hand rows and lines to the system, which outlives a kill of the program; whether all were taken."""
        return sum(not self._guarded(part.write) for part in self._parts()) == 0

    def _write_pictures(self) -> None:
        while self._pictures and self._guarded(self._write_picture):
            self._pictures.popleft()

    def _write_picture(self) -> None:
        self._syncer.want(write_picture(self._folder, self._pictures[0]))

    def _parts(self) -> tuple[LineFile | RowFile, ...]:
        return self._journal, self._audit, self._frames, self._predictions

    def _guarded(self, work: Callable[[], None]) -> bool:
        """Whether it was done; what was not is tried again at the next turn."""
        try:
            work()
        except OSError as error:
            words = f"the exam waits for the disk ({_why(error)})"
            if not self._trouble:
                log.warning("%s", words)
            with self._ready:
                self._trouble = words
            return False
        return True

    def _write_exam(self) -> None:
        exam = self._snapshot().model_copy(update={"audit": self._anchor, "counts": self._tally.counts})
        if exam != self._written and self._guarded(lambda: write_exam(self._folder.exam, exam, sync=False)):
            self._written = exam
            self._syncer.want([self._folder.exam])

    def _close(self) -> None:
        self._drain()
        if not self._stopped:
            try:
                self._video.end()
            except OSError as error:
                log.warning("the last segment could not be ended: %s", _why(error))
        self._drained()
        self._drain()  # what was told since
        self._flush()
        self._write_exam()
        for part in self._parts():
            part.close()
        if self._syncer.ident is not None:
            self._syncer.stop()


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
