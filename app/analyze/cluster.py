"""An existing Dask cluster: recordings are tasks of its workers, on the same disks, with the same program.

What happens when a worker is lost is Dask's business: its tasks go to the others.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.analyze.batch import CrewError
from app.analyze.one import Identity, Job, Outcome, Tools, WriteError, analyze_one
from app.refusal import Refusal

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

CONNECT_S = 10.0
WITHOUT_WORKERS_S = 60.0
"""How long a cluster may have no worker at all before the run gives up."""
_LOOK_S = 2.0


class Cluster:
    """Runs recordings on a cluster; belongs to one thread.

    Args:
        address: of the scheduler, such as `tcp://host:8786`.
        make_tools: called in each thread of each worker; must pickle, and make the same there as here.
        out: where results go; the workers have to see it under the same path.
        connect_s: how long the scheduler may take to answer.
        without_workers_s: how long there may be no worker.

    Raises:
        Refusal: dask.distributed is not installed, or no scheduler answers.
    """

    def __init__(
        self,
        address: str,
        make_tools: Callable[[], Tools],
        out: Path,
        *,
        connect_s: float = CONNECT_S,
        without_workers_s: float = WITHOUT_WORKERS_S,
    ) -> None:
        self._client = _connect(address, connect_s)
        self._address = address
        self._make_tools = make_tools
        self._out = out.absolute()
        self._patience_s = without_workers_s
        self._identity: Identity | None = None

    def identity(self) -> Identity:
        """What makes the scores, by the word of whichever worker is first.

        Raises:
            CrewError: no worker answers.
            Refusal: the model or the provider cannot be used there.
        """
        if self._identity is None:
            ready: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
            self._client.submit(_introduce, self._make_tools, self._out, pure=False).add_done_callback(
                ready.put
            )
            answer = self._next(ready)
            self._identity = self._result(answer)
        assert self._identity is not None
        return self._identity

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        identity = self.identity()
        ready: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        hands = [
            self._client.submit(_run, self._make_tools, identity, job, key=f"loop-{job.key}", pure=False)
            for job in map(_absolute, jobs)
        ]
        of = {future.key: job for future, job in zip(hands, jobs, strict=True)}
        try:
            for future in hands:
                future.add_done_callback(ready.put)
            while of:
                future = self._next(ready)
                job = of.pop(future.key)
                yield self._outcome(future, job)
                future.release()
        finally:
            if of:
                with suppress(Exception):  # the scheduler may be gone
                    self._client.cancel([future for future in hands if future.key in of])

    def stop(self) -> None:
        """Leave the cluster; what its workers have in hand they finish, whole."""
        with suppress(Exception):
            self._client.close(timeout=5)

    def _next(self, ready: queue.SimpleQueue[Future[Any]]) -> Future[Any]:
        """The next task that is over.

        Raises:
            CrewError: the scheduler is gone, or has been without workers for too long.
        """
        alone_since: float | None = None
        while True:
            try:
                return ready.get(timeout=_LOOK_S)
            except queue.Empty:
                pass
            if self._client.scheduler_info()["workers"]:
                alone_since = None
            elif alone_since is None:
                alone_since = time.monotonic()
            elif time.monotonic() - alone_since > self._patience_s:
                raise CrewError(
                    f"the cluster at {self._address} has had no workers for {self._patience_s:.0f} s; "
                    "what is done stays done: start again when it has"
                )

    def _outcome(self, future: Future[Any], job: Job) -> Outcome:
        from distributed import KilledWorker

        try:
            outcome = self._result(future)
        except KilledWorker as error:
            tries = error.allowed_failures + 1
            said = f"{job.item.name}: the worker died {tries} times on it; not tried again"
            return Outcome(job.item, "failed", message=said)
        assert isinstance(outcome, Outcome)
        # As it is called here, not as the worker calls it.
        return Outcome(
            job.item,
            outcome.state,
            job.folder if outcome.state == "done" else None,
            outcome.message,
            outcome.summary,
            outcome.seconds,
        )

    def _result(self, future: Future[Any]) -> Any:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            return future.result(timeout=self._patience_s)
        except (CrewError, Refusal, WriteError, KilledWorker):
            raise
        except ModuleNotFoundError as error:
            raise CrewError(
                f"a worker of the cluster lacks {error.name}: install this program on each, the same version"
            ) from error
        except (FutureCancelledError, OSError, TimeoutError) as error:
            raise CrewError(
                f"the scheduler at {self._address} went away; what is done stays done: start again to go on"
            ) from error
        except Exception as error:
            raise CrewError(f"the cluster could not run a recording ({type(error).__name__})") from error


def _connect(address: str, connect_s: float) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise Refusal(
            "--scheduler needs Dask, which is not installed: pip install 'philtrum[cluster]'"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # its troubles are told in our words
    try:
        asyncio.run(_knock(address, connect_s))  # a client that finds nobody leaves a thread behind
        return Client(address, timeout=connect_s, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        log.debug("no scheduler", exc_info=True)
        raise Refusal(
            f"--scheduler: expected a Dask scheduler at {address}, none answers within {connect_s:g} s"
        ) from error


async def _knock(address: str, connect_s: float) -> None:
    from distributed.comm import connect

    comm = await connect(address, timeout=connect_s)
    await comm.close()


def _absolute(job: Job) -> Job:
    """A worker runs in another folder."""
    item = job.item
    if item.bytes is not None or Path(item.spec).exists():
        item = replace(item, spec=str(Path(item.spec).absolute()))
    return replace(job, item=item, folder=job.folder.absolute())


_own = threading.local()


def _tools(make_tools: Callable[[], Tools]) -> Tools:
    """The tools of this thread of this worker: an engine belongs to one thread."""
    wanted = pickle.dumps(make_tools)
    if getattr(_own, "made_by", None) != wanted:
        import cv2

        cv2.setNumThreads(1)
        _own.tools, _own.made_by = make_tools(), wanted
    tools: Tools = _own.tools
    return tools


def _introduce(make_tools: Callable[[], Tools], out: Path) -> Identity:
    _expect(out)
    return _tools(make_tools).identity


def _run(make_tools: Callable[[], Tools], identity: Identity, job: Job) -> Outcome:
    """One recording on a worker.

    Raises:
        CrewError: this worker would give other results than the first.
        WriteError: results cannot be written.
    """
    _expect(job.folder.parent)
    tools = _tools(make_tools)
    if tools.identity != identity:
        mine, first = tools.facts, identity.facts
        raise CrewError(
            f"the workers differ: {first.name} {first.version} on {first.provider} {first.precision}, but "
            f"{mine.name} {mine.version} on {mine.provider} {mine.precision} on {socket.gethostname()}; "
            "name --provider and --precision, and have the same model and program on each"
        )
    return analyze_one(tools, job)


def _expect(out: Path) -> None:
    if not out.is_dir():
        raise CrewError(
            f"a worker on {socket.gethostname()} does not see {out}: --out must be on a shared disk"
        )
