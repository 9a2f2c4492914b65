"""The exam that a command names, and the folder that it writes to."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.home import home_dir
from app.refusal import Refusal
from app.session.errors import SessionError
from app.session.folder import ExamFolder
from app.session.reader import ExamReader
from app.session.store import ExamStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedExam:
    reader: ExamReader
    store: ExamStore | None
    """None for a folder that is not among the program's own exams."""

    def audit(self, what: str, data: dict[str, Any]) -> None:
        """Say in the exam's audit log what went out; an exam elsewhere, or still open, is left as it is."""
        if self.store is None or self.reader.exam.state != "closed":
            return
        try:
            self.store.audit(self.reader.exam.id, what, data, "")
        except SessionError as error:
            log.warning("%s", error)


def open_exam(name: str) -> OpenedExam:
    """An exam by its name among the program's own, or by its folder.

    Raises:
        Refusal: there is none, or it cannot be read.
    """
    store = ExamStore(home_dir() / "exams")
    folder = Path(name)
    try:
        if folder.is_dir():
            own = folder.resolve().parent.parent == store.root.resolve()
            return OpenedExam(ExamReader(ExamFolder(folder.resolve())), store if own else None)
        return OpenedExam(store.open(name), store)
    except SessionError as error:
        raise Refusal(str(error)) from error


def writable(folder: Path) -> None:
    """Make the folder.

    Raises:
        Refusal: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(f"{folder}: cannot be made ({error.strerror})") from error


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        Refusal: it cannot be written.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.write_bytes(data)
        fresh.replace(path)
    except OSError as error:
        raise Refusal(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        fresh.unlink(missing_ok=True)
