"""Where every frame that was offered for recording has gone."""

from __future__ import annotations

import threading

from app.session.exam import Counts


class Tally:
    """Counters that several threads add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts().model_dump()

    def add(self, name: str, more: int = 1) -> None:
        with self._lock:
            self._counts[name] += more

    @property
    def counts(self) -> Counts:
        with self._lock:
            return Counts.model_construct(**self._counts)
