"""All exams below one folder: begin, open, amend, list, recover."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.session.audit import audit_line, line_hash, tail
from app.session.disk import Boundary
from app.session.errors import SessionError
from app.session.events import Event, apply
from app.session.exam import Anchor, Counts, Exam, Reading, utc
from app.session.exam_file import write_exam
from app.session.folder import INDEX_FILE, NEW, ExamFolder, exam_folders, folder_of, new_id
from app.session.index import ExamIndex, ExamRow, Filter, index_row
from app.session.journal import LineFile, event_line, read_journal
from app.session.ledger import AUDITED, for_audit
from app.session.reader import ExamReader
from app.session.recorder import RecordingSettings
from app.session.writer import ExamWriter

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What building the index again has found."""

    exams: int
    unreadable: tuple[str, ...]
    """A line each."""


class ExamStore:
    """The exams of one program; `root` is `<home>/exams`."""

    def __init__(
        self,
        root: Path,
        *,
        boundary: Boundary | None = None,
        now_s: Callable[[], float] = time.time,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Name the folder; it is made with the first exam.

        Args:
            root: of all exams.
            boundary: the file system, for tests.
            now_s: wall clock.
            now_ns: the capture clock.
        """
        self.root = root
        self.index = ExamIndex(root / INDEX_FILE)
        self._boundary = boundary
        self._now_s, self._now_ns = now_s, now_ns

    def new_exam(
        self,
        *,
        gestational_age_weeks: float | None = None,
        operator: str = "",
        preset: str = "",
        reading: Reading = "concurrent",
        settings: dict[str, Any] | None = None,
        recording: RecordingSettings | None = None,
    ) -> ExamWriter:
        """Begin an exam: a folder of its own, on disk from its first second.

        Raises:
            SessionError: the folder cannot be made.
        """
        now_s, now_ns = self._now_s(), self._now_ns()
        folder = self._new_folder(now_s)
        exam = Exam(
            id=folder.id, started=utc(now_s), started_ns=now_ns, gestational_age_weeks=gestational_age_weeks,
            operator=operator, preset=preset, reading=reading, settings=settings or {}, software=software(),
        )  # fmt: skip
        try:
            write_exam(folder.exam, exam)
            writer = ExamWriter(
                folder, exam, recording or RecordingSettings(), boundary=self._boundary, now_s=self._now_s,
                now_ns=self._now_ns, on_closed=self._indexed,
            )  # fmt: skip
        except OSError as error:
            raise SessionError(f"an exam cannot be begun: {error.strerror or error}") from error
        self._indexed(exam)
        return writer

    def open(self, exam_id: str) -> ExamReader:
        """Open an exam for review.

        Raises:
            SessionError: in one line.
        """
        return ExamReader(folder_of(self.root, exam_id))

    def amend(self, exam_id: str, what: str, data: dict[str, Any], who: str) -> Exam:
        """Add to an exam that was closed: a note, an override, a reader's call, an expert's answer.

        Journal, audit log, exam.json and index follow, in this order; the exam as it is now.

        Raises:
            SessionError: it cannot be opened or written, or the data make no sense.
        """
        reader = self.open(exam_id)
        event = Event(what, utc(self._now_s()), data)
        try:
            exam = apply(reader.exam, event)
        except (ValidationError, ValueError, KeyError, TypeError) as error:
            raise SessionError(f"{exam_id}: this {what} makes no sense") from error
        try:
            if not reader.journal_begins:
                _append(reader.folder, Event("began", event.at, reader.exam.model_dump(mode="json")))
            _append(reader.folder, event)
            facts = for_audit(what, data) if what in AUDITED else data
            exam = exam.model_copy(update={"audit": _audited(reader.folder, event.at, who, what, facts)})
            write_exam(reader.folder.exam, exam)
        except OSError as error:
            raise SessionError(f"{exam_id}: cannot be written ({error.strerror})") from error
        self._indexed(exam)
        return exam

    def audit(self, exam_id: str, what: str, data: dict[str, Any], who: str) -> None:
        """A line in a closed exam's audit log: an export, a look at it.

        Raises:
            SessionError: it cannot be opened or written.
        """
        reader = self.open(exam_id)
        try:
            anchor = _audited(reader.folder, utc(self._now_s()), who, what, data)
            write_exam(reader.folder.exam, reader.exam.model_copy(update={"audit": anchor}))
        except OSError as error:
            raise SessionError(f"{exam_id}: cannot be written ({error.strerror})") from error

    def recover(self, except_for: Sequence[str] = ()) -> list[str]:
        """End in order what an earlier end of the program left open; the exams' names.

        What was written is not touched: a journal line says that the exam was cut off, and `exam.json`
        follows.

        Args:
            except_for: exams that are being made now.
        """
        found: list[str] = []
        for row in self._left_open():
            if row in except_for or self._unborn(row):
                continue
            try:
                reader = self.open(row)
                if reader.exam.state == "open":
                    self._end(reader)
                    found.append(row)
                else:
                    self._indexed(reader.exam)
            except SessionError as error:
                log.warning("%s", error)
        return found

    def rebuild(self) -> Rebuilt:
        """Build the index again from the folders.

        Raises:
            SessionError: the index cannot be written.
        """
        rows: list[ExamRow] = []
        bad: list[str] = []
        for folder in exam_folders(self.root):
            try:
                reader = ExamReader(folder)
            except SessionError as error:
                bad.append(str(error))
                continue
            rows.append(index_row(reader.exam, "; ".join(reader.problems)))
        self.index.replace_all(rows)
        return Rebuilt(len(rows), tuple(bad))

    def exams(self, what: Filter | None = None) -> list[ExamRow]:
        """Exams that pass a filter, newest first; an index that is damaged or gone is built again.

        Raises:
            SessionError: it cannot be built.
        """
        if not self.index.exists and exam_folders(self.root):
            self.rebuild()
        try:
            return self.index.rows(what)
        except SessionError as error:
            log.warning("%s", error)
            self.rebuild()
            return self.index.rows(what)

    def _new_folder(self, now_s: float) -> ExamFolder:
        for _ in range(20):
            folder = folder_of(self.root, new_id(now_s))
            try:
                folder.make()
            except FileExistsError:
                continue
            except OSError as error:
                raise SessionError(f"an exam cannot be begun: {error.strerror or error}") from error
            return folder
        raise SessionError("an exam cannot be begun: no free name was found")

    def _indexed(self, exam: Exam) -> None:
        """The index follows the folders; where it cannot, it is built again later."""
        try:
            self.index.put([index_row(exam)])
        except SessionError as error:
            log.warning("%s", error)

    def _left_open(self) -> list[str]:
        """Exams that the index has as open, or has not."""
        try:
            known = {row.id: row.state for row in self.exams(Filter(limit=1_000_000))}
        except SessionError as error:
            log.warning("%s", error)
            return []
        return [folder.id for folder in exam_folders(self.root) if known.get(folder.id, "open") == "open"]

    def _unborn(self, exam_id: str) -> bool:
        """Whether the program ended before the first word of an exam was written; its empty folder goes."""
        folder = folder_of(self.root, exam_id)
        if not folder.unborn:
            return False
        try:
            folder.exam.with_name(folder.exam.name + NEW).unlink(missing_ok=True)
            for path in (folder.video, folder.kept, folder.path):
                if path.is_dir():
                    path.rmdir()
        except OSError as error:
            log.warning("an empty exam folder stays: %s", error.strerror)
        return True

    def _end(self, reader: ExamReader) -> None:
        exam, frames = reader.exam, reader.frames()
        last = int(frames["captured_ns"].max()) if len(frames) else exam.started_ns
        predicted = reader.prediction_rows()
        if len(predicted):
            last = max(last, int(predicted["captured_ns"].max()))
        ended = exam.at(max(last, exam.started_ns)).isoformat(timespec="milliseconds")
        counts = exam.counts.model_copy(
            update={"stored": len(frames), "bytes": int(frames["bytes"].astype("i8").sum())}
        )
        counts = counts.model_copy(update={"offered": _sum(counts)})
        self.amend(exam.id, "counts", counts.model_dump(), "")
        self.amend(exam.id, "trouble", {"words": "the program ended before the exam was closed"}, "")
        self.amend(exam.id, "closed", {"ended": ended}, "")


def software() -> str:
    try:
        return f"philtrum {version('philtrum')}"
    except PackageNotFoundError:
        return "philtrum"


def _sum(counts: Counts) -> int:
    return sum(value for key, value in counts.model_dump().items() if key not in ("offered", "bytes"))


def _append(folder: ExamFolder, event: Event) -> None:
    number = read_journal(folder.journal).next_number if folder.journal.exists() else 0
    _add_line(folder.journal, event_line(number, event))


def _audited(folder: ExamFolder, at: str, who: str, what: str, data: dict[str, Any]) -> Anchor:
    before = tail(folder.audit)
    line = audit_line(before.lines + 1, before.sha256, at, who, what, data)
    _add_line(folder.audit, line, drop_torn=True)
    return Anchor(lines=before.lines + 1, sha256=line_hash(line))


def _add_line(path: Path, line: bytes, drop_torn: bool = False) -> None:
    file = LineFile(path, drop_torn)
    try:
        file.add(line)
        file.write()
        file.sync()
    finally:
        file.close()
