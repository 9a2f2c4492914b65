"""`events.jsonl`: one line an event, each with a check sum, appended and never changed."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.session.events import Event


class LineFile:
    """A file that lines are appended to. A line that cannot be written whole is taken back and kept waiting.

    Nothing is lost while the program lives: `write` tries all that waits again.
    """

    def __init__(self, path: Path, drop_torn: bool = False) -> None:
        """Open it, new or to go on.

        Args:
            path: of the file.
            drop_torn: take half a line of an earlier end away, rather than leave it and begin a new line.

        Raises:
            OSError: it cannot be opened.
        """
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        self._end = os.lseek(self._fd, 0, os.SEEK_END)
        self._waiting = bytearray()
        if self._end:
            os.lseek(self._fd, self._end - 1, os.SEEK_SET)
            if os.read(self._fd, 1) != b"\n":
                if drop_torn:
                    self._end = path.read_bytes().rfind(b"\n") + 1
                    os.ftruncate(self._fd, self._end)
                else:
                    self._waiting += b"\n"
        self._unsynced = False

    def add(self, line: bytes) -> None:
        """Put a line, without its end, behind what waits."""
        self._waiting += line + b"\n"

    def write(self) -> None:
        """Hand all that waits to the system.

        Raises:
            OSError: no room, or a broken disk; what was not written waits on.
        """
        while self._waiting:
            try:
                os.lseek(self._fd, self._end, os.SEEK_SET)
                done = os.write(self._fd, self._waiting)
            except OSError:
                os.ftruncate(self._fd, self._end)
                raise
            self._end += done
            self._unsynced = True
            del self._waiting[:done]

    def sync(self) -> None:
        """Make it last through a power cut."""
        if self._unsynced:
            os.fsync(self._fd)
            self._unsynced = False

    def close(self) -> None:
        """Close the file; what waits is dropped, so `write` first."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


@dataclass(frozen=True, slots=True)
class JournalText:
    """What could be read of a journal."""

    events: tuple[Event, ...]
    bad_lines: int
    """Damaged; the last line of a killed program is no damage."""
    next_number: int


def event_line(number: int, event: Event) -> bytes:
    """One line: JSON with a CRC-32 of the rest of it."""
    body = {"n": number, "at": event.at, "what": event.what, "data": event.data}
    return _canonical({**body, "crc": _crc(body)})


def read_journal(path: Path) -> JournalText:
    """Every whole line, in order.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    text = path.read_bytes()
    lines = text.split(b"\n")
    torn = lines.pop()
    events: list[Event] = []
    bad, number = 0, 0
    for line in lines:
        if not line:
            continue
        event = _parsed(line)
        if event is None:
            bad += 1
        else:
            number = event[0] + 1
            events.append(event[1])
    if torn:
        last = _parsed(torn)
        if last is not None:
            number = last[0] + 1
            events.append(last[1])
    return JournalText(tuple(events), bad, number)


def _parsed(line: bytes) -> tuple[int, Event] | None:
    try:
        body = json.loads(line)
        crc = body.pop("crc")
        if crc != _crc(body):
            return None
        return int(body["n"]), Event(str(body["what"]), str(body["at"]), dict(body["data"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _crc(body: dict[str, Any]) -> str:
    return f"{zlib.crc32(_canonical(body)):08x}"
