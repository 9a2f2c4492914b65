"""All exams at a glance: an SQLite index that can always be built again from the folders."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from app.session.errors import SessionError
from app.session.exam import Exam, FetusRecord
from inference.evidence_types import Verdict

VERSION = 1
SECOND_LOOK = frozenset({Verdict.AMBIGUOUS, Verdict.DISCORDANT})
"""Verdicts that ask an expert."""
BUSY_S = 5.0


@dataclass(frozen=True, slots=True)
class ExamRow:
    """What the list of exams shows of one."""

    id: str
    started: str
    ended: str | None
    state: str
    operator: str
    preset: str
    reading: str
    gestational_age_weeks: float | None
    fetuses: int
    verdicts: str
    """JSON: label to verdict."""
    records: str
    """JSON: label to `FetusRecord`, with `answered` where an expert's second look is there."""
    model: str
    flags: int
    kept: int
    seconds: float
    """From start to end."""
    frames: int
    lost: int
    bytes: int
    second_look: int
    """1 while a fetus is ambiguous or discordant and no expert has answered."""
    problem: str
    """In words; empty for an exam that was closed in order."""

    @property
    def verdict_of(self) -> dict[str, Verdict]:
        return {label: Verdict(word) for label, word in json.loads(self.verdicts).items()}

    @property
    def record_of(self) -> dict[str, FetusRecord]:
        return {label: FetusRecord.model_validate(r) for label, r in json.loads(self.records).items()}

    @property
    def answered(self) -> frozenset[str]:
        """Fetuses that an expert has looked at."""
        return frozenset(label for label, r in json.loads(self.records).items() if r.get("answered"))


_COLUMNS = tuple(field.name for field in fields(ExamRow))
_SELECT = f"SELECT {','.join(_COLUMNS)} FROM exams"  # noqa: S608  column names of this file alone


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows; empty shows all."""

    text: str = ""
    """Part of the id, operator, preset or model."""
    since: str = ""
    """ISO date or time, UTC."""
    until: str = ""
    verdict: str = ""
    operator: str = ""
    preset: str = ""
    state: str = ""
    second_look: bool = False
    limit: int = 1000
    offset: int = 0


def index_row(exam: Exam, problem: str = "") -> ExamRow:
    """The line of one exam."""
    answered = {answer.fetus for answer in exam.answers}
    asks = any(r.verdict in SECOND_LOOK and label not in answered for label, r in exam.verdicts.items())
    return ExamRow(
        id=exam.id,
        started=exam.started,
        ended=exam.ended,
        state=exam.state,
        operator=exam.operator,
        preset=exam.preset,
        reading=exam.reading,
        gestational_age_weeks=exam.gestational_age_weeks,
        fetuses=len(exam.fetuses),
        verdicts=json.dumps({label: record.verdict.value for label, record in exam.verdicts.items()}),
        records=json.dumps(
            {
                label: record.model_dump(mode="json") | {"answered": label in answered}
                for label, record in exam.verdicts.items()
            }
        ),
        model=f"{exam.model.name} {exam.model.version}" if exam.model else "",
        flags=len(exam.flags),
        kept=len(exam.kept),
        seconds=_seconds(exam),
        frames=exam.counts.stored,
        lost=exam.counts.lost,
        bytes=exam.counts.bytes,
        second_look=int(asks),
        problem=problem,
    )


def _seconds(exam: Exam) -> float:
    if exam.ended is None:
        return 0.0
    return (datetime.fromisoformat(exam.ended) - datetime.fromisoformat(exam.started)).total_seconds()


class ExamIndex:
    """One file; a connection for each call, so that any thread may ask. Write-ahead logging."""

    def __init__(self, path: Path) -> None:
        """Name it; the file is made when it is first written to.

        Args:
            path: of the SQLite file.
        """
        self._path = path

    @property
    def exists(self) -> bool:
        return self._path.is_file()

    def put(self, rows: Iterable[ExamRow]) -> None:
        """Add exams, or bring them up to date.

        Raises:
            SessionError: the index is damaged or cannot be written.
        """
        marks = ",".join("?" * len(_COLUMNS))
        with self._open() as base:
            base.executemany(
                f"INSERT OR REPLACE INTO exams ({','.join(_COLUMNS)}) VALUES ({marks})",  # noqa: S608
                [tuple(getattr(row, column) for column in _COLUMNS) for row in rows],
            )

    def replace_all(self, rows: Iterable[ExamRow]) -> None:
        """Exactly these exams; a damaged file is thrown away.

        Raises:
            SessionError: the index cannot be written.
        """
        try:
            with self._open() as base:
                base.execute("DELETE FROM exams")
        except SessionError:
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        self.put(rows)

    def remove(self, exam_id: str) -> None:
        with self._open() as base:
            base.execute("DELETE FROM exams WHERE id = ?", (exam_id,))

    def get(self, exam_id: str) -> ExamRow | None:
        with self._open() as base:
            found = base.execute(_SELECT + " WHERE id = ?", (exam_id,)).fetchone()
        return None if found is None else ExamRow(*found)

    def rows(self, what: Filter | None = None) -> list[ExamRow]:
        """Exams that pass, newest first.

        Raises:
            SessionError: the index is damaged.
        """
        wanted = what or Filter()
        where, values = _where(wanted)
        query = f"{_SELECT} {where} ORDER BY started DESC, id LIMIT ? OFFSET ?"
        with self._open() as base:
            found = base.execute(query, (*values, wanted.limit, wanted.offset)).fetchall()
        return [ExamRow(*row) for row in found]

    def count(self, what: Filter | None = None) -> int:
        where, values = _where(what or Filter())
        with self._open() as base:
            return int(base.execute(f"SELECT count(*) FROM exams {where}", values).fetchone()[0])  # noqa: S608

    def check(self) -> str | None:
        """What SQLite finds wrong with the file; None where nothing is."""
        try:
            with self._open() as base:
                said = str(base.execute("PRAGMA integrity_check").fetchone()[0])
        except SessionError as error:
            return str(error)
        return None if said == "ok" else said

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(self._path, timeout=BUSY_S)
        except (sqlite3.Error, OSError) as error:
            raise SessionError(f"the index of exams cannot be opened ({error})") from error
        try:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=NORMAL")
            if base.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                _make(base)
            with base:
                yield base
        except sqlite3.DatabaseError as error:
            raise SessionError(f"the index of exams is damaged ({error}); build it again") from error
        finally:
            base.close()


def _make(base: sqlite3.Connection) -> None:
    """An index of another version is dropped: the folders hold everything."""
    numbers = {"gestational_age_weeks": "REAL", "seconds": "REAL"} | dict.fromkeys(
        ("fetuses", "flags", "kept", "frames", "lost", "bytes", "second_look"), "INTEGER"
    )
    columns = ", ".join(
        f"{c} {numbers.get(c, 'TEXT')}{' PRIMARY KEY' if c == 'id' else ''}" for c in _COLUMNS
    )
    with base:
        base.execute("DROP TABLE IF EXISTS exams")
        base.execute(f"CREATE TABLE exams ({columns})")
        base.execute("CREATE INDEX exams_started ON exams (started DESC)")
        base.execute(f"PRAGMA user_version = {VERSION}")


def _where(what: Filter) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    for column in ("operator", "preset", "state"):
        if getattr(what, column):
            parts.append(f"{column} = ?")
            values.append(getattr(what, column))
    for condition, value in (("started >= ?", what.since), ("started < ?", what.until)):
        if value:
            parts.append(condition)
            values.append(value)
    if what.verdict:
        parts.append("instr(verdicts, ?) > 0")
        values.append(json.dumps(what.verdict))
    if what.second_look:
        parts.append("second_look = 1")
    if what.text:
        parts.append("instr(lower(id || ' ' || operator || ' ' || preset || ' ' || model), ?) > 0")
        values.append(what.text.lower())
    return ("WHERE " + " AND ".join(parts) if parts else ""), values
