"""Where the parts of an exam lie, and files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.session.errors import SessionError

_ID = re.compile(r"E-(\d{4})(\d{2})(\d{2})-([0-9A-HJKMNP-TV-Z]{4,6})")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for a figure."""
INDEX_FILE = "index.sqlite"
NEW = ".new"
"""Ending of a file that is being written."""

Opener = Callable[[Path], BinaryIO]
"""Opens a new file for writing, unbuffered; tests put a failing one in its place."""


class ExamFolder:
    """The paths of one exam."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.exam = path / "exam.json"
        self.journal = path / "events.jsonl"
        self.audit = path / "audit.jsonl"
        self.frames = path / "frames.bin"
        self.predictions = path / "predictions.bin"
        self.video = path / "video"
        self.kept = path / "kept"

    def segment(self, number: int) -> Path:
        return self.video / f"{number:03d}.mkv"

    def make(self) -> None:
        """Make the folders.

        Raises:
            FileExistsError: there is an exam of that name.
            OSError: they cannot be made.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.mkdir()
        self.video.mkdir()
        self.kept.mkdir()

    @property
    def unborn(self) -> bool:
        """Whether the program ended before the first word of the exam was written whole."""
        return all(path.name.endswith(NEW) for path in self.path.rglob("*") if path.is_file())

    def bytes(self) -> int:
        """How much the exam takes on disk."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())


def new_id(now_s: float) -> str:
    """A pseudonymous name: the day and four random letters."""
    day = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%d")
    return f"E-{day}-{''.join(secrets.choice(_ALPHABET) for _ in range(4))}"


def folder_of(root: Path, exam_id: str) -> ExamFolder:
    """Where an exam of that name lies.

    Raises:
        SessionError: that is no name of an exam.
    """
    parts = _ID.fullmatch(exam_id)
    if parts is None:
        raise SessionError("expected the name of an exam like E-20260131-7KQ2, got something else")
    return ExamFolder(root / parts[1] / exam_id)


def exam_folders(root: Path) -> list[ExamFolder]:
    """All exams below a root, oldest name first; a folder of another name is none."""
    if not root.is_dir():
        return []
    found = [path for path in root.glob("[0-9][0-9][0-9][0-9]/E-*") if _ID.fullmatch(path.name)]
    return [ExamFolder(path) for path in sorted(found) if path.is_dir()]


def write_whole(path: Path, data: bytes, sync: bool = True) -> None:
    """Write a file so that after any end either the old one or the new one is there.

    Args:
        path: of the file.
        data: all of it.
        sync: so that it outlives a power cut, too; without, `sync_file` is to follow.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """
    fresh = path.with_name(path.name + NEW)
    try:
        with fresh.open("wb") as out:
            out.write(data)
            out.flush()
            if sync:
                os.fsync(out.fileno())
        fresh.replace(path)
        if sync:
            sync_folder(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Make a file that was written last through a power cut.

    Raises:
        OSError: it is not there, or cannot be.
    """
    at = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(at)
    finally:
        os.close(at)


def sync_folder(path: Path) -> None:
    """Make names in a folder last, where the system can."""
    with contextlib.suppress(OSError):  # Windows cannot open folders, and needs it not
        at = os.open(path, os.O_RDONLY)
        try:
            os.fsync(at)
        finally:
            os.close(at)


def open_new(path: Path) -> BinaryIO:
    """Open a file that is not there yet, unbuffered."""
    return path.open("xb", buffering=0)
