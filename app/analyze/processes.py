"""Worker processes of this machine: each has its own model and one recording at a time.

A decoder or a driver that crashes takes its worker along, and nothing else: another takes its place.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import cv2
import psutil

from app.analyze.batch import CrewError
from app.analyze.one import Identity, Job, Outcome, StoppedError, Tools, WriteError, analyze_one
from app.analyze.result import discard
from app.refusal import Refusal
from inference.providers import usable_cores

log = logging.getLogger(__name__)

TRIES = 3
"""How often a recording is begun whose worker dies under it: once, and twice again."""
STARTS = 3
"""Workers that may die in a row before they are ready."""
WORKER_BYTES = 1536 * 1024 * 1024
"""What a worker may need: its model, frames that wait, a film."""
STOP_S = 5.0

_SPAWN = multiprocessing.get_context("spawn")  # forks of a process with threads may hang


@dataclass(frozen=True, slots=True)
class _Refused:
    """The worker cannot work at all: the model or the provider cannot be used."""

    message: str


@dataclass(frozen=True, slots=True)
class _CannotWrite:
    message: str


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    link: Connection
    identity: Identity | None = None
    job: Job | None = None


def default_workers(recordings: int) -> int:
    """As many as there is work, cores and memory for.

    Two cores a worker: one decodes, one runs the model.
    """
    by_memory = psutil.virtual_memory().available // WORKER_BYTES
    return max(1, min(recordings, usable_cores() // 2, by_memory))


class Processes:
    """Runs recordings in worker processes; belongs to one thread.

    Args:
        make_tools: called in each worker; must pickle.
        workers: how many at most; they start when there is work.
    """

    def __init__(self, make_tools: Callable[[], Tools], workers: int) -> None:
        self._make_tools = make_tools
        self._wanted = workers
        self._crew: list[_Worker] = []
        self._identity: Identity | None = None
        self._died_starting = 0

    def identity(self) -> Identity:
        """What makes the scores, by the word of the first worker.

        Raises:
            CrewError: no worker gets ready.
            Refusal: the model or the provider cannot be used.
        """
        while self._identity is None:
            if not self._crew:
                self._start()
            self._hear()
        return self._identity

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        self.identity()
        waiting, tries = deque(jobs), Counter[str]()
        try:
            while waiting or any(worker.job for worker in self._crew):
                busy = sum(worker.job is not None for worker in self._crew)
                while len(self._crew) < min(self._wanted, busy + len(waiting)):
                    self._start()
                for worker in self._crew:
                    if waiting and worker.job is None and worker.identity is not None:
                        self._give(worker, waiting.popleft())
                for job, outcome in self._hear():
                    if outcome is not None:
                        yield outcome
                        continue
                    tries[job.key] += 1
                    if tries[job.key] < TRIES:
                        waiting.append(job)
                        continue
                    said = f"{job.item.name}: the worker died {TRIES} times on it; not tried again"
                    yield Outcome(job.item, "failed", message=said)
        finally:
            if any(worker.job for worker in self._crew):  # left early: what is in hand is called off
                self.stop()

    def stop(self) -> None:
        """Each worker drops what it has in hand and goes; one that does not is ended."""
        crew, self._crew = self._crew, []
        for worker in crew:
            worker.link.close()
        for worker in crew:
            worker.process.join(STOP_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join(STOP_S)
            worker.process.close()
            if worker.job is not None:
                discard(worker.job.folder)

    def _start(self) -> None:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=_work, args=(self._make_tools, theirs), name="analysis-worker", daemon=True
        )
        with theirs, _ctrl_c_is_ours():
            process.start()
        self._crew.append(_Worker(process, ours))

    def _give(self, worker: _Worker, job: Job) -> None:
        worker.job = job
        with suppress(OSError):  # it has just died: the next look at its link says so
            worker.link.send(job)

    def _hear(self) -> list[tuple[Job, Outcome | None]]:
        """Wait for words of any worker; outcomes, and None for a job whose worker died."""
        heard: list[tuple[Job, Outcome | None]] = []
        links = {worker.link: worker for worker in self._crew}
        for link in wait(list(links)):
            assert isinstance(link, Connection)
            worker = links[link]
            try:
                word = link.recv()
            except (EOFError, OSError):
                if job := self._buried(worker):
                    heard.append((job, None))
                continue
            if isinstance(word, Identity):
                self._ready(worker, word)
            elif isinstance(word, Outcome):
                assert worker.job is not None
                heard.append((worker.job, word))
                worker.job = None
            elif isinstance(word, _CannotWrite):
                raise WriteError(word.message)
            else:
                raise Refusal(word.message)
        return heard

    def _ready(self, worker: _Worker, identity: Identity) -> None:
        self._died_starting = 0
        if self._identity is None:
            self._identity = identity
        if identity == self._identity:
            worker.identity = identity
            return
        # Such as the CPU where the memory of the GPU is full: its scores would not be the same.
        self._dismiss(worker)
        theirs, ours = identity.facts, self._identity.facts
        said = f"{theirs.provider} {theirs.precision}, not {ours.provider} {ours.precision}"
        log.warning("a further worker would run on %s; going on with %d", said, len(self._crew))
        self._wanted = len(self._crew)
        if not self._crew:
            raise CrewError(f"a worker in the place of one that died would run on {said}")

    def _dismiss(self, worker: _Worker) -> None:
        self._crew.remove(worker)
        worker.link.close()
        worker.process.join(STOP_S)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join(STOP_S)

    def _buried(self, worker: _Worker) -> Job | None:
        """Take a dead worker out; the job it left.

        Raises:
            CrewError: workers die before they are ready, one after the other.
        """
        self._dismiss(worker)
        log.warning("a worker died (exit status %s)", worker.process.exitcode)
        if worker.identity is None:
            self._died_starting += 1
            if self._died_starting >= STARTS:
                raise CrewError(
                    f"{STARTS} workers died while starting (exit status {worker.process.exitcode}); "
                    "try --workers 0"
                )
        if worker.job is not None:
            discard(worker.job.folder)
        return worker.job


class _ctrl_c_is_ours:  # noqa: N801  used like a function
    """A process started meanwhile ignores Ctrl-C: the one at the keyboard decides, and tells it."""

    def __enter__(self) -> None:
        self._main = threading.current_thread() is threading.main_thread()
        if self._main:
            self._before = signal.signal(signal.SIGINT, signal.SIG_IGN)

    def __exit__(self, *_: object) -> None:
        if self._main:
            signal.signal(signal.SIGINT, self._before)


def _work(make_tools: Callable[[], Tools], link: Connection) -> None:
    """A worker's life; it ends with its link, however that came."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)

    def called_off(done: int, total: int | None) -> None:
        if link.poll():  # nothing is sent meanwhile: the other end is gone
            raise StoppedError

    with link, suppress(StoppedError, EOFError, OSError):
        try:
            tools = make_tools()
        except Refusal as refusal:
            link.send(_Refused(str(refusal)))
            return
        link.send(tools.identity)
        while True:
            job = link.recv()
            try:
                outcome = analyze_one(tools, job, called_off)
            except WriteError as error:
                link.send(_CannotWrite(str(error)))
                return
            link.send(outcome)
