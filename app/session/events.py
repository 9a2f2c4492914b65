"""The journal's events, and the exam that they add up to.

The live exam and the one rebuilt after a kill come out of the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.session.errors import SessionError
from app.session.exam import (
    Anchor,
    Answer,
    Clip,
    Counts,
    Exam,
    FetusRecord,
    FlagRecord,
    KeptPicture,
    ModelUsed,
    Note,
    Override,
    Part,
    Read,
    Segment,
)


@dataclass(frozen=True, slots=True)
class Event:
    what: str
    at: str
    """UTC, ISO 8601."""
    data: dict[str, Any]


def apply(exam: Exam, event: Event) -> Exam:
    """The exam after one more event; a kind of event that is not known changes nothing.

    Raises:
        ValueError: the event's data make no sense.
    """
    handler = _HANDLERS.get(event.what)
    return exam if handler is None else handler(exam, event)


def replay(events: Iterable[Event]) -> tuple[Exam, int]:
    """The exam out of its journal, and how many events made no sense.

    Raises:
        SessionError: the journal does not begin an exam.
    """
    exam: Exam | None = None
    bad = 0
    for event in events:
        try:
            if event.what == "began":
                exam = Exam.model_validate(event.data)
            elif exam is not None:
                exam = apply(exam, event)
            else:
                bad += 1
        except (ValidationError, ValueError, KeyError, TypeError):
            bad += 1
    if exam is None:
        raise SessionError("the journal does not say how the exam began")
    return exam, bad


def _set(field: str, make: Callable[[dict[str, Any]], Any]) -> Callable[[Exam, Event], Exam]:
    return lambda exam, event: exam.model_copy(update={field: make(event.data)})


def _upsert(field: str, part: type[Part], *key: str) -> Callable[[Exam, Event], Exam]:
    """Put a part in the place of the one with the same key, else (or without a key) at the end."""

    def handler(exam: Exam, event: Event) -> Exam:
        new = part.model_validate(event.data)
        there = list(getattr(exam, field))
        known = [i for i, old in enumerate(there) if key and _same(old, new, key)]
        if known:
            there[known[0]] = new
        else:
            there.append(new)
        return exam.model_copy(update={field: tuple(there)})

    return handler


def _same(old: Part, new: Part, key: tuple[str, ...]) -> bool:
    return all(getattr(old, name) == getattr(new, name) for name in key)


def _fetus(exam: Exam, event: Event) -> Exam:
    label = str(event.data["label"])
    return exam if label in exam.fetuses else exam.model_copy(update={"fetuses": (*exam.fetuses, label)})


def _verdict(exam: Exam, event: Event) -> Exam:
    record = FetusRecord.model_validate(event.data)
    return exam.model_copy(update={"verdicts": {**exam.verdicts, record.label: record}})


def _unkept(exam: Exam, event: Event) -> Exam:
    kept = tuple(k for k in exam.kept if k.key != event.data["key"])
    return exam.model_copy(update={"kept": kept})


def _facts(exam: Exam, event: Event) -> Exam:
    """Gestational age, operator, preset, reading, settings: whatever of them is given."""
    allowed = {"gestational_age_weeks", "operator", "preset", "reading", "settings"}
    merged = exam.model_dump() | {k: v for k, v in event.data.items() if k in allowed}
    return Exam.model_validate(merged)


def _trouble(exam: Exam, event: Event) -> Exam:
    words = str(event.data["words"])
    return exam if words in exam.troubles else exam.model_copy(update={"troubles": (*exam.troubles, words)})


def _closed(exam: Exam, event: Event) -> Exam:
    return exam.model_copy(update={"state": "closed", "ended": str(event.data["ended"])})


_HANDLERS: dict[str, Callable[[Exam, Event], Exam]] = {
    "model": _set("model", ModelUsed.model_validate),
    "counts": _set("counts", Counts.model_validate),
    "audit": _set("audit", Anchor.model_validate),
    "facts": _facts,
    "fetus": _fetus,
    "verdict": _verdict,
    "flag": _upsert("flags", FlagRecord, "fetus", "number"),
    "kept": _upsert("kept", KeptPicture, "key"),
    "unkept": _unkept,
    "clip": _upsert("clips", Clip, "number"),
    "segment": _upsert("segments", Segment, "number"),
    "note": _upsert("notes", Note),
    "override": _upsert("overrides", Override),
    "read": _upsert("reads", Read, "who", "fetus", "own_at"),
    "answer": _upsert("answers", Answer),
    "trouble": _trouble,
    "closed": _closed,
}
