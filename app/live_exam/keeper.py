"""A thread that does what waits for the disk: begins and ends exams, or lists, exports and reads them."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

Work = Callable[[], None]


class ExamKeeper(threading.Thread):
    """Does one thing after the other, in the order in which they were asked for.

    Args:
        failed: is given what went wrong, in this thread.
        name: of the thread.
    """

    def __init__(self, failed: Callable[[Exception], None], name: str = "exam-keeper") -> None:
        super().__init__(name=name)
        self._failed = failed
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()

    def do(self, work: Work) -> None:
        """Have this done; never waits."""
        self._work.put(work)

    def run(self) -> None:
        while True:
            work = self._work.get()
            if work is None:
                return
            try:
                work()
            except Exception as error:
                # One exam that cannot be written must not keep the next one from beginning.
                log.exception("work on an exam failed")
                self._failed(error)

    def stop(self, timeout_s: float = 30.0) -> None:
        """Finish what was asked for, then end; idempotent.

        Raises:
            TimeoutError: the disk does not come to an end.
        """
        self._work.put(None)
        if self.is_alive():
            self.join(timeout_s)
        if self.is_alive():
            raise TimeoutError(f"the {self.name} thread did not end within {timeout_s:g} s")
