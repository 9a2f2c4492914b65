"""From capture and inference threads to the GUI: nothing waits, every frame counts, one wake-up at most."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from app.live.policy import Answer
from capture.scan import Scan


class HandOver:
    """Scans and answers on their way to the screen.

    `wake` is called from the threads that put, never while one call is still unanswered by `drain`, and never
    under the lock.
    """

    CAPACITY = 4
    """Frames kept for a GUI that is late; then the oldest goes: memory stays bounded while the GUI hangs."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        # Guarded by the lock:
        self._scans: deque[Scan] = deque()
        self._answers: deque[Answer] = deque(maxlen=8)
        self._woken = False
        self._captured = 0
        self._dropped = 0

    def put_scan(self, scan: Scan) -> None:
        with self._lock:
            self._captured += 1
            self._scans.append(scan)
            if len(self._scans) > self.CAPACITY:
                self._scans.popleft()
                self._dropped += 1
            first, self._woken = not self._woken, True
        if first:
            self._wake()

    def put_answer(self, answer: Answer) -> None:
        with self._lock:
            self._answers.append(answer)
            first, self._woken = not self._woken, True
        if first:
            self._wake()

    def drain(self) -> tuple[list[Scan], list[Answer]]:
        """All that came since the last call, oldest first; the next put wakes again."""
        with self._lock:
            scans, answers = list(self._scans), list(self._answers)
            self._scans.clear()
            self._answers.clear()
            self._woken = False
        return scans, answers

    @property
    def counts(self) -> tuple[int, int, int]:
        """Scans (put, dropped here, still waiting here) so far."""
        with self._lock:
            return self._captured, self._dropped, len(self._scans)
