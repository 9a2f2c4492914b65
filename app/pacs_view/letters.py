"""What the window asks the PACS process, and what it answers; light, so that both ends load at once.

Values of patients are on the screen and in memory only: no `repr` shows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias

from app.export.patient import Patient
from app.pacs_settings import Use
from capture.frame import Pixels


@dataclass(frozen=True, slots=True)
class AskWorklist:
    day: date | None
    """None for any."""


@dataclass(frozen=True, slots=True)
class AskStudies:
    since: date | None
    until: date | None
    patient_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BringStudy:
    study_uid: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlanExam:
    """Say what would be sent."""

    exam: str
    named: bool
    """With the patient of its order; else de-identified."""


@dataclass(frozen=True, slots=True)
class SendExam:
    """It was remembered before (`app.export.wishes`)."""

    exam: str
    named: bool


@dataclass(frozen=True, slots=True)
class LookAtQueue:
    retry: bool = False
    """Make all that is put off or failed due now."""
    drop_failed: bool = False
    """Give up what failed, with its objects."""


Request: TypeAlias = AskWorklist | AskStudies | BringStudy | PlanExam | SendExam | LookAtQueue


@dataclass(frozen=True, slots=True)
class Expected:
    """One entry of the worklist."""

    start: str
    station: str
    description: str = field(repr=False)
    name: str = field(repr=False)
    id: str = field(repr=False)
    patient: Patient | None = field(repr=False)
    """None where its values are none that DICOM can hold."""


@dataclass(frozen=True, slots=True)
class Worklist:
    items: tuple[Expected, ...]
    more: bool
    """The list was cut off."""


@dataclass(frozen=True, slots=True)
class Study:
    day: str
    name: str = field(repr=False)
    id: str = field(repr=False)
    description: str = field(repr=False)
    objects: int | None
    uid: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Studies:
    items: tuple[Study, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Cine:
    """One object that lies here now."""

    path: Path
    number: int | None
    frames: int
    size: str


@dataclass(frozen=True, slots=True)
class Brought:
    cines: tuple[Cine, ...]
    left: int
    """Objects that did not come."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What `SendExam` with the same words would send."""

    exam: str
    named: bool
    peer: str
    lines: tuple[str, ...]
    objects: int
    picture: Pixels | None


@dataclass(frozen=True, slots=True)
class Queued:
    exam: str
    objects: int
    peer: str


@dataclass(frozen=True, slots=True)
class QueueState:
    waiting: int = 0
    unconfirmed: int = 0
    done: int = 0
    failed: int = 0
    words: tuple[str, ...] = ()
    """What last went wrong, each line once."""


@dataclass(frozen=True, slots=True)
class Failed:
    """One line for people."""

    line: str


@dataclass(frozen=True, slots=True)
class NobodyToAsk:
    """The settings name no server for what was asked."""

    use: Use
    folder: Path
    """Where `pacs.json` belongs."""
    line: str
    """All of it, with an example: for the log."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A machine has pushed an object, unasked."""

    cine: Cine
    at: str
    """Hour and minute."""
    calling: str
    """The machine's AE title."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that the sending has to say, unasked."""

    line: str


Answer: TypeAlias = (
    Worklist | Studies | Brought | Plan | Queued | QueueState | Failed | NobodyToAsk | News | Arrived
)
