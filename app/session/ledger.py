"""The exam as it stands, and the one way to change it: an event, into snapshot, journal and audit log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from app.session.disk import AuditEvent, Forget
from app.session.events import Event, apply
from app.session.exam import Exam, utc
from app.session.pictures import Picture

AUDITED = frozenset(
    {"began", "model", "facts", "fetus", "flag", "note", "override", "kept", "unkept", "read", "answer",
     "trouble", "recording", "closed"}
)  # fmt: skip
"""Kinds of events that the audit log holds, too."""


class Ledger:
    """Guarded by `lock`, which whoever changes several things at once holds meanwhile.

    Args:
        exam: as it begins.
        put: hands a job to the disk. Must not wait.
        now_s: wall clock, seconds since the epoch.
    """

    def __init__(
        self,
        exam: Exam,
        put: Callable[[Event | AuditEvent | Picture | Forget | bytes], None],
        now_s: Callable[[], float],
    ) -> None:
        self.lock = threading.RLock()
        self.put = put
        self._exam = exam
        self._now_s = now_s

    @property
    def exam(self) -> Exam:
        """The exam as it stands."""
        with self.lock:
            return self._exam

    def begin(self) -> None:
        """The first word of the journal: the whole exam as it begins."""
        self.tell("began", self._exam.model_dump(mode="json"))

    def tell(self, what: str, data: dict[str, Any], audited: bool = True) -> None:
        """Into the exam, the journal and, where it belongs there, the audit log."""
        event = Event(what, self.utc(), data)
        with self.lock:
            if what != "began":
                self._exam = apply(self._exam, event)
            self.put(event)
            if audited and what in AUDITED:
                self.put(AuditEvent(event.at, self._exam.operator, what, for_audit(what, data)))

    def end(self, **update: Any) -> Exam:
        """What only the end of the disk's thread has told; no event."""
        with self.lock:
            self._exam = self._exam.model_copy(update=update)
            return self._exam

    def utc(self) -> str:
        return utc(self._now_s())


def for_audit(what: str, data: dict[str, Any]) -> dict[str, Any]:
    """The facts of an event that the audit log holds: no free text, no lists of pictures."""
    if what == "began":
        kept = ("id", "started", "operator", "preset", "reading", "model", "settings", "software", "fetuses",
                "gestational_age_weeks")  # fmt: skip
        return {key: data[key] for key in kept if key in data}
    if what == "note":
        return {"captured_ns": data.get("captured_ns"), "letters": len(str(data.get("text", "")))}
    if what == "kept":
        return {key: data[key] for key in ("key", "captured_ns", "view", "score")}
    return {key: value for key, value in data.items() if key != "comment"}
