"""Second-reader review of one fetus: own call, then the AI, then the final call. Pure."""

from __future__ import annotations

from collections.abc import Callable

from app.session.exam import Call, Read, utc


class SecondReader:
    """One reader on one fetus; the AI is to be hidden until `revealed`.

    Each step gives the record as it stands, to be stored at once with `ExamStore.amend(id, "read", ...)` or
    the open exam's writer: a call that was given is never lost, nor changed after the AI was seen.

    Args:
        who: the reader.
        fetus: 'A', ...
        now_s: wall clock, seconds since the epoch.
        ai_seen: what the AI found was on the screen before; the record says so.
    """

    def __init__(self, who: str, fetus: str, now_s: Callable[[], float], ai_seen: bool = False) -> None:
        self._who, self._fetus, self._now_s, self.ai_seen = who, fetus, now_s, ai_seen
        self._shown_s = now_s()
        self._read: Read | None = None

    @property
    def read(self) -> Read | None:
        """The record so far; None before the own call."""
        return self._read

    @property
    def revealed(self) -> bool:
        """Whether the AI may be shown."""
        return self._read is not None and self._read.revealed_at is not None

    def own_call(self, call: Call, confidence: int) -> Read:
        """The reader's own call, before anything of the AI is seen.

        Args:
            call: what the reader says.
            confidence: 0 to 100.

        Raises:
            ValueError: it was given already, or the confidence is out of range.
        """
        if self._read is not None:
            raise ValueError("expected one own call, it was given already")
        now_s = self._now_s()
        self._read = Read(
            who=self._who, fetus=self._fetus, own=call, own_confidence=confidence, own_at=utc(now_s),
            own_seconds=round(now_s - self._shown_s, 3), ai_seen=self.ai_seen,
        )  # fmt: skip
        return self._read

    def reveal(self) -> Read:
        """Show the AI.

        Raises:
            ValueError: the own call was not given yet.
        """
        if self._read is None:
            raise ValueError("expected the reader's own call before the AI is shown")
        if self._read.revealed_at is None:
            self._read = self._read.model_copy(update={"revealed_at": utc(self._now_s())})
        return self._read

    def final_call(self, call: Call, confidence: int, comment: str = "") -> Read:
        """The call after the AI was seen.

        Raises:
            ValueError: the AI was not shown yet, the final call was given, or the confidence is out of range.
        """
        if self._read is None or self._read.revealed_at is None:
            raise ValueError("expected the AI to be shown before the final call")
        if self._read.final is not None:
            raise ValueError("expected one final call, it was given already")
        update = {
            "final": call,
            "final_confidence": confidence,
            "final_at": utc(self._now_s()),
            "comment": comment,
        }
        self._read = Read.model_validate(self._read.model_dump() | update)
        return self._read
