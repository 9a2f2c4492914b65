"""Exams that somebody has sent and whose objects are not in the send queue yet: made again after a kill."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from app.refusal import Refusal

_NAMED, _NAMELESS = "named", "nameless"


class Wishes:
    """Small files named after exams, in a folder of their own; of nobody but an exam do they say anything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, exam: str, named: bool) -> None:
        """Remember it, for good.

        Raises:
            Refusal: it cannot be written.
        """
        path = self._path(exam)
        fresh = path.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with fresh.open("w", encoding="utf-8") as out:
                out.write(_NAMED if named else _NAMELESS)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(path)
        except OSError as error:
            raise Refusal(f"{exam} cannot be taken into the send queue ({error.strerror})") from error

    def all(self) -> list[tuple[str, bool]]:
        """Exams, and whether under the patient's name; oldest first."""
        found = []
        with suppress(OSError):
            paths = sorted(self._folder.glob("*.send"), key=lambda path: path.stat().st_mtime)
            for path in paths:
                word = path.read_text("utf-8").strip()
                # A damaged one is nobody's wish to send a name.
                found.append((path.stem, word == _NAMED))
        return found

    def settle(self, exam: str) -> None:
        """It is in the queue, or cannot come there."""
        with suppress(OSError):
            self._path(exam).unlink(missing_ok=True)

    def _path(self, exam: str) -> Path:
        return self._folder / f"{Path(exam).name}.send"


def wishes(outbox: Path) -> Wishes:
    """Those beside a send queue."""
    return Wishes(outbox / "wishes")
