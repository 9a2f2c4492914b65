"""The thread that empties the send queue: tries, waits, tries again, and says what went wrong."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from filelock import FileLock, Timeout
from pydicom.uid import generate_uid

from app.export.send_queue import Job, QueueError, SendQueue
from app.export.store import Route
from app.refusal import Refusal
from capture.dicom_net.errors import PeerError
from capture.dicom_net.listener import Commitment
from capture.source import SourceError

log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 30.0
"""Another process may add to the queue; it does not wake us."""


class Sender:
    """One round after the other, in a thread of its own or, with `round`, in the caller's.

    Owned by whoever starts it (the window, `philtrum pacs queue`). Two programs may share a queue: only one
    of them sends, by a lock in the queue's folder that the system frees when a program ends, however it ends.
    """

    def __init__(
        self,
        queue: SendQueue,
        route: Callable[[str], Route],
        on_news: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Args:
        queue: What is to be sent.
        route: The way to the peer of a name; raises Refusal or SourceError where there is none.
        on_news: Called with a line for people, from the sending thread.
        """
        self._queue = queue
        self._route = route
        self._on_news = on_news
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = FileLock(queue.folder / "sender.lock", timeout=0)
        self._said: dict[str, str] = {}

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="dicom-send")
        self._thread.start()

    def wake(self) -> None:
        """Something was added, or the settings have changed."""
        self._wake.set()

    def stop(self, timeout_s: float = 60.0) -> None:
        """End after the object at hand.

        Raises:
            TimeoutError: it did not end in time.
        """
        self._stopping.set()
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(timeout_s)
            if thread.is_alive():
                raise TimeoutError(f"expected {thread.name} to end within {timeout_s:g} s")

    def round(self) -> bool:
        """Send and ask what is due now. False where another program has the queue in hand."""
        try:
            with self._lock:
                self._queue.overdue()
                while not self._stopping.is_set() and (jobs := self._queue.due("waiting")):
                    self._send(jobs)
                while not self._stopping.is_set() and (jobs := self._queue.due("unconfirmed", most=100)):
                    self._ask(jobs)
        except Timeout:
            return False
        return True

    def report(self, commitment: Commitment) -> None:
        """An answer to a question of ours, from the listener or the association itself."""
        settled = self._queue.confirmed(commitment.transaction, commitment.kept, commitment.not_kept)
        if commitment.not_kept:
            self._tell("commitment", f"the PACS does not have {len(commitment.not_kept)} of what was sent")
        log.info("a report of storage commitment settled %d jobs", settled)
        self._wake.set()

    def _run(self) -> None:
        try:
            self._queue.tidy()
        except (QueueError, OSError) as error:
            log.warning("the send queue was not tidied: %s", error)
        while not self._stopping.is_set():
            self._wake.clear()
            wait = _LONGEST_WAIT_S
            try:
                if self.round():
                    due = self._queue.next_at()
                    if due is not None:
                        wait = min(max(due - self._queue.clock(), 0.0), wait)
            except QueueError as error:
                self._tell("queue", str(error))
            except Exception as error:  # the thread must live: what is queued would never go
                log.exception("sending failed")
                self._tell("queue", f"sending failed: {type(error).__name__}")
            self._wake.wait(wait)

    def _send(self, jobs: list[Job]) -> None:
        peer = jobs[0].peer
        there = [job for job in jobs if self._is_there(job)]
        if not there:
            return
        try:
            results = self._route(peer).send([job.path for job in there])
        except (Refusal, SourceError) as error:
            for job in there:
                self._queue.not_stored(job, str(error), again=True)
            self._tell(peer, str(error))
            return
        for job, result in zip(there, results, strict=True):
            if result.stored:
                self._queue.stored(job, result.words)
                self._said.pop(peer, None)
            else:
                self._queue.not_stored(job, result.words, again=result.again)
                self._tell(peer, result.words)
        log.info("%s: %d of %d sent", peer, sum(result.stored for result in results), len(results))

    def _is_there(self, job: Job) -> bool:
        if job.path.exists():
            return True
        self._queue.not_stored(job, "its file is gone from the send queue", again=False)
        self._tell(job.peer, f"job {job.number}: its file is gone from the send queue")
        return False

    def _ask(self, jobs: list[Job]) -> None:
        transaction = str(generate_uid(prefix=None))
        # Written before it is asked: the answer may be quicker than we are.
        self._queue.asked(jobs, transaction)
        try:
            self._route(jobs[0].peer).ask([job.instance for job in jobs], transaction)
        except (Refusal, SourceError) as error:
            again = error.again if isinstance(error, PeerError) else True
            for job in jobs:
                self._queue.not_asked(job, str(error), again=again)
            self._tell(jobs[0].peer, str(error))

    def _tell(self, about: str, line: str) -> None:
        """Say a line once, not at every attempt."""
        if self._said.get(about) != line:
            self._said[about] = line
            self._on_news(line)
