"""What is to be sent, on disk: it outlives restarts, kills and days without a PACS.

Every object is copied into the queue's own folder before `add` returns; the list of jobs is an SQLite data
base in WAL mode. A kill at any instant leaves each job in the state before or after: at worst an object is
sent twice, which a PACS recognises.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.export.store import Instance, read_instance

State = Literal["waiting", "unconfirmed", "asked", "done", "failed"]
"""waiting: to be sent. unconfirmed: sent, and the PACS is to be asked to answer for it. asked: its answer
is waited for. done. failed: needs a person."""

BACK_OFF_S = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0)
"""Before the second, third... attempt; the last one for ever."""
CONFIRMED_WITHIN_S = 900.0
"""A PACS that has not answered by then is asked again."""
_NOT_KEPT_MOST = 3
_REMEMBERED_S = 30 * 86400.0

_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    peer TEXT NOT NULL,
    file TEXT NOT NULL,
    kind TEXT NOT NULL,
    uid TEXT NOT NULL,
    confirm INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_kept INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL,
    words TEXT NOT NULL DEFAULT '',
    trade TEXT NOT NULL DEFAULT '',
    added_at REAL NOT NULL,
    changed_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (state, next_at);
"""
_COLUMNS = "id, peer, file, kind, uid, confirm, state, attempts, not_kept, next_at, words, trade, changed_at"


class QueueError(Exception):
    """The queue cannot be read or written; one line."""


@dataclass(frozen=True, slots=True)
class Job:
    """One object on its way to one peer."""

    number: int
    peer: str
    path: Path
    instance: Instance
    confirm: bool
    """Whether the PACS is to answer for it."""
    state: State
    attempts: int
    not_kept: int
    """How often the PACS said that it does not have it."""
    next_at: float
    """When it is due, in seconds since the epoch."""
    words: str
    """What last went wrong."""
    transaction: str
    changed_at: float


class SendQueue:
    """May be used from several threads and processes at a time."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Open the queue in a folder, made where it is not there.

        Raises:
            QueueError: the folder or the data base cannot be used.
        """
        self.folder = folder
        self._objects = folder / "objects"
        self.clock = clock
        self._lock = threading.Lock()
        try:
            self._objects.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(
                folder / "queue.sqlite", timeout=10.0, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise QueueError(f"the send queue in {folder} cannot be opened ({error})") from error
        try:
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.executescript(_TABLE)
        except sqlite3.Error as error:
            self._base.close()
            raise QueueError(f"the send queue in {folder} is damaged ({error})") from error

    def close(self) -> None:
        with self._lock:
            self._base.close()

    def __enter__(self) -> SendQueue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, path: Path, peer: str, *, confirm: bool = False) -> int:
        """Take an object over; the file itself is no longer needed afterwards. Answers the job's number.

        Raises:
            NotAnObjectError: it is no DICOM file.
            QueueError: there is no room, or nothing can be written.
        """
        instance = read_instance(path)
        kept = self._objects / f"{uuid.uuid4().hex}.dcm"
        partial = kept.with_suffix(".part")
        try:
            with path.open("rb") as source, partial.open("xb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(kept)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise QueueError(f"cannot be taken into the send queue ({error.strerror})") from error
        now = self.clock()
        with self._change() as base:
            row = base.execute(
                "INSERT INTO jobs (peer, file, kind, uid, confirm, state, next_at, added_at, changed_at)"
                " VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?)",
                (peer, kept.name, instance.kind, instance.uid, confirm, now, now, now),
            )
        return int(row.lastrowid or 0)

    def jobs(self, state: State | None = None) -> list[Job]:
        """All of them, or those in a state, oldest first."""
        if state is None:
            return self._select("1 ORDER BY id", ())
        return self._select("state = ? ORDER BY id", (state,))

    def due(self, state: State, most: int = 20) -> list[Job]:
        """Those of one peer whose time has come, oldest first."""
        now = self.clock()
        first = self._select("state = ? AND next_at <= ? ORDER BY next_at, id LIMIT 1", (state, now))
        if not first:
            return []
        where = "state = ? AND next_at <= ? AND peer = ? ORDER BY next_at, id LIMIT ?"
        return self._select(where, (state, now, first[0].peer, most))

    def next_at(self) -> float | None:
        """When something is due next, in seconds since the epoch; None where nothing is."""
        with self._reading() as base:
            row = base.execute(
                "SELECT MIN(next_at) FROM jobs WHERE state IN ('waiting', 'unconfirmed', 'asked')"
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def counts(self) -> dict[State, int]:
        with self._reading() as base:
            rows = base.execute("SELECT state, COUNT(*) FROM jobs GROUP BY state").fetchall()
        return dict(rows)

    def stored(self, job: Job, words: str = "") -> None:
        """The peer has taken it."""
        if job.confirm:
            self._set(job, "unconfirmed", self.clock(), words, attempts=0)
        else:
            self._finish(job, words)

    def not_stored(self, job: Job, words: str, *, again: bool) -> None:
        """It did not go; later again, or never without a person."""
        self._later(job, "waiting" if again else "failed", words)

    def asked(self, jobs: Sequence[Job], transaction: str) -> None:
        """The peer has taken the question for them."""
        now = self.clock()
        with self._change() as base:
            base.executemany(
                "UPDATE jobs SET state = 'asked', trade = ?, next_at = ?, attempts = 0, changed_at = ?"
                " WHERE id = ?",
                [(transaction, now + CONFIRMED_WITHIN_S, now, job.number) for job in jobs],
            )

    def not_asked(self, job: Job, words: str, *, again: bool) -> None:
        """The question did not go. What is stored stays stored: without an answer to be had, that is all."""
        if again:
            self._later(job, "unconfirmed", words)
        else:
            self._finish(job, f"stored, not confirmed: {words}")

    def confirmed(self, transaction: str, kept: Sequence[str], not_kept: Sequence[str]) -> int:
        """The answer to a question came. How many jobs it settled."""
        settled = 0
        for job in self._select("trade = ? AND state = 'asked'", (transaction,)):
            if job.instance.uid in kept:
                self._finish(job, "")
            elif job.instance.uid in not_kept:
                words = "the PACS says that it does not have it"
                often = job.not_kept + 1
                state: State = "failed" if often >= _NOT_KEPT_MOST else "waiting"
                self._later(job, state, words, not_kept=often)
            else:
                continue
            settled += 1
        return settled

    def overdue(self) -> int:
        """Ask again for those whose answer has not come in time; how many."""
        late = self._select("state = 'asked' AND next_at <= ?", (self.clock(),))
        for job in late:
            self._set(job, "unconfirmed", self.clock(), "the PACS has not confirmed it yet", attempts=0)
        return len(late)

    def retry(self, number: int | None = None) -> int:
        """Make a job, or all that are failed or put off, due now; how many there were."""
        with self._change() as base:
            row = base.execute(
                "UPDATE jobs SET next_at = ?, not_kept = 0,"
                " state = CASE state WHEN 'failed' THEN 'waiting' ELSE state END"
                " WHERE state IN ('waiting', 'unconfirmed', 'failed') AND (? IS NULL OR id = ?)",
                (self.clock(), number, number),
            )
        return row.rowcount

    def remove(self, number: int) -> bool:
        """Give a job up, with its object; False where there is none of that number."""
        jobs = self._select("id = ?", (number,))
        with self._change() as base:
            base.execute("DELETE FROM jobs WHERE id = ?", (number,))
        for job in jobs:
            job.path.unlink(missing_ok=True)
        return bool(jobs)

    def tidy(self) -> None:
        """Forget what was done long ago, and files that a kill left without a job."""
        now = self.clock()
        with self._change() as base:
            base.execute("DELETE FROM jobs WHERE state = 'done' AND changed_at < ?", (now - _REMEMBERED_S,))
        wanted = {job.path.name for job in self.jobs() if job.state != "done"}
        for path in self._objects.iterdir():
            # An hour: another process may be copying, its job not written yet.
            if path.name not in wanted and now - path.stat().st_mtime > 3600:
                path.unlink(missing_ok=True)

    def _finish(self, job: Job, words: str) -> None:
        self._set(job, "done", self.clock(), words)
        job.path.unlink(missing_ok=True)

    def _later(self, job: Job, state: State, words: str, not_kept: int | None = None) -> None:
        wait = BACK_OFF_S[min(job.attempts, len(BACK_OFF_S) - 1)]
        self._set(job, state, self.clock() + wait, words, job.attempts + 1, not_kept)

    def _set(
        self,
        job: Job,
        state: State,
        next_at: float,
        words: str,
        attempts: int | None = None,
        not_kept: int | None = None,
    ) -> None:
        with self._change() as base:
            base.execute(
                "UPDATE jobs SET state = ?, next_at = ?, words = ?, attempts = ?, not_kept = ?,"
                " changed_at = ? WHERE id = ?",
                (
                    state,
                    next_at,
                    words,
                    job.attempts if attempts is None else attempts,
                    job.not_kept if not_kept is None else not_kept,
                    self.clock(),
                    job.number,
                ),
            )

    def _select(self, where: str, values: tuple[object, ...]) -> list[Job]:
        with self._reading() as base:
            rows = base.execute(f"SELECT {_COLUMNS} FROM jobs WHERE {where}", values).fetchall()  # noqa: S608
        return [
            Job(
                number=number,
                peer=peer,
                path=self._objects / file,
                instance=Instance(kind, uid),
                confirm=bool(confirm),
                state=state,
                attempts=attempts,
                not_kept=not_kept,
                next_at=next_at,
                words=words,
                transaction=transaction,
                changed_at=changed_at,
            )
            for (
                number,
                peer,
                file,
                kind,
                uid,
                confirm,
                state,
                attempts,
                not_kept,
                next_at,
                words,
                transaction,
                changed_at,
            ) in rows
        ]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._base
            except sqlite3.Error as error:
                raise QueueError(f"the send queue cannot be read ({error})") from error

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._base.execute("BEGIN IMMEDIATE")
                yield self._base
                self._base.execute("COMMIT")
            except BaseException as error:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise QueueError(f"the send queue cannot be written ({error})") from error
                raise
