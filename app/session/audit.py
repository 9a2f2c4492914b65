"""`audit.jsonl`: one line an event, each holding the hash of the line before; and the check of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.session.exam import Anchor

FIRST = "0" * 64
"""What the first line holds in place of a hash."""


def audit_line(number: int, previous: str, at: str, who: str, what: str, data: dict[str, Any]) -> bytes:
    """One line, without its end.

    Args:
        number: from 1.
        previous: the hash of the line before; `FIRST` for the first.
        at: UTC, ISO 8601.
        who: the operator.
        what: the kind of event.
        data: facts; never a value of a patient.
    """
    body = {"n": number, "at": at, "who": who, "what": what, "data": data, "prev": previous}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def line_hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What came out of checking one log."""

    lines: int
    sha256: str
    """Of the last line."""
    faults: tuple[str, ...]
    """Sentences; none where the log is whole."""

    @property
    def whole(self) -> bool:
        return not self.faults


def verify(path: Path, anchor: Anchor | None, closed: bool = True) -> AuditCheck:
    """Check a log from its first to its last line.

    Args:
        path: the log.
        anchor: what `exam.json` says of it; None where there is no exam.json to ask.
        closed: an exam that ended in order has a whole last line.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        return AuditCheck(0, "", (f"cannot be read: {error.strerror or 'missing'}",))
    lines = text.split(b"\n")
    torn = lines.pop()
    faults: list[str] = []
    if torn and closed:
        faults.append(f"line {len(lines) + 1} is cut off")
    previous = FIRST
    hashes: list[str] = []
    for number, line in enumerate(lines, 1):
        faults += _line_faults(number, line, previous)
        previous = line_hash(line)
        hashes.append(previous)
    if anchor is None:
        faults.append("the exam has no readable exam.json: nothing says how long the log must be")
    elif len(lines) < anchor.lines:
        faults.append(f"ends early: {len(lines)} of at least {anchor.lines} lines are there")
    elif anchor.lines and hashes[anchor.lines - 1] != anchor.sha256:
        faults.append(f"line {anchor.lines} is not the one that exam.json was closed with")
    return AuditCheck(len(lines), previous if lines else "", tuple(faults))


def _line_faults(number: int, line: bytes, previous: str) -> list[str]:
    try:
        body = json.loads(line)
        stored_number, stored_previous = body["n"], body["prev"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return [f"line {number} is damaged"]
    if stored_number != number:
        return [f"line {number} says that it is line {stored_number}: a line was dropped, added or moved"]
    if stored_previous != previous:
        return [f"line {number} does not follow from the line before: one of them was changed"]
    return []


def tail(path: Path) -> Anchor:
    """Number and hash of the last whole line, to go on from.

    Raises:
        OSError: the log cannot be read.
    """
    text = path.read_bytes() if path.exists() else b""
    lines = text.split(b"\n")[:-1]
    return Anchor(lines=len(lines), sha256=line_hash(lines[-1]) if lines else FIRST)
