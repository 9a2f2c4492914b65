"""The inference thread: the newest scan wins, each is accounted for, a failing model stops nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from capture.scan import Scan, Signal
from capture.slot import LatestSlot, SlotClosed
from inference.engine import Engine, EngineStatus, SelfTestFailedError
from inference.evidence_types import Reason
from inference.manifest import ModelRefusedError
from inference.prediction import Prediction

log = logging.getLogger(__name__)

POLL_S = 0.1
"""How long a look into the slot lasts; bounds how late a stop or a switch is noticed."""
RESTART_PAUSES_S = (0.5, 1.0, 2.0)
"""Before each new attempt after a failure; after the last one the worker gives up."""
ASKED_MOST = 4
"""Scans asked for that may wait; somebody presses a key for each."""
HEALTHY_RUNS = 100
"""So many predictions without a failure make earlier failures forgotten."""


class AiPhase(StrEnum):
    STARTING = "starting"
    """The model is being loaded, warmed up and tested, or waits for its next attempt."""
    RUNNING = "running"
    OFF = "off"
    """Switched off by the user."""
    FAILED = "failed"
    """Given up; switching off and on tries again."""


@dataclass(frozen=True, slots=True)
class AiState:
    """How the AI stands; a new one is published whenever something changes."""

    phase: AiPhase
    since_ns: int
    message: str = ""
    """One line in the user's words; empty while all is well."""
    engine: EngineStatus | None = None
    reason: Reason | None = None
    """For the evidence while nothing is judged; None while running."""
    attempt: int = 0
    """Failures since the model last ran well."""


@dataclass(frozen=True, slots=True)
class AiCounts:
    """What became of every scan offered; `offered` is the sum of the others."""

    offered: int
    run: int
    dropped: int
    """Passed over for a newer one."""
    repeats: int
    """Pictures that had been run already."""
    unfit: int
    """Frozen or blank."""
    paused: int
    """Came while the AI was off, starting or failed."""
    failed: int
    """The model failed on them."""
    pending: int
    """Waiting in the slot or being run."""


class InferenceWorker(threading.Thread):
    """Owns the engine: built, used and freed here. The callbacks are called in this thread and must not wait.

    Args:
        engine_factory: builds and warms up an engine.
        scans: where the newest scan is put; closing it ends the thread too.
        on_prediction: is given every prediction.
        on_state: is given every change of state.
        enabled: whether to start switched on.
        clock: monotonic nanoseconds.
        pauses_s: before each new attempt after a failure.
        on_asked: is given the predictions of `ask`.
    """

    def __init__(
        self,
        engine_factory: Callable[[], Engine],
        scans: LatestSlot[Scan],
        on_prediction: Callable[[Prediction], None],
        on_state: Callable[[AiState], None],
        enabled: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
        pauses_s: tuple[float, ...] = RESTART_PAUSES_S,
        on_asked: Callable[[Prediction], None] = lambda prediction: None,
    ) -> None:
        super().__init__(name="inference")
        self._factory = engine_factory
        self._scans = scans
        self._on_prediction = on_prediction
        self._on_state = on_state
        self._clock = clock
        self._pauses_s = pauses_s
        self._on_asked = on_asked
        self._asked: deque[Scan] = deque(maxlen=ASKED_MOST)
        self._stopping = threading.Event()
        self._switched = threading.Event()
        self._lock = threading.Lock()  # guards the four below
        self._enabled = enabled
        self._was_off = not enabled
        self._tally = dict.fromkeys(("run", "repeats", "unfit", "paused", "failed"), 0)
        self._state = AiState(AiPhase.STARTING, clock(), reason=Reason.WARMING_UP)
        # of the thread alone
        self._engine: Engine | None = None
        self._last_run: Scan | None = None
        self._healthy = 0
        self._attempt = 0

    @property
    def state(self) -> AiState:
        with self._lock:
            return self._state

    @property
    def counts(self) -> AiCounts:
        """A snapshot; while scans flow, one may be under way between the counters: then it is `pending`."""
        with self._lock:
            tally = dict(self._tally)
        offered, dropped = self._scans.counts
        return AiCounts(
            offered=offered, dropped=dropped, pending=offered - dropped - sum(tally.values()), **tally
        )

    def set_enabled(self, enabled: bool) -> None:
        """Switch the AI on or off; from FAILED, off and on tries again."""
        with self._lock:
            self._enabled = enabled
            self._was_off = self._was_off or not enabled
        self._switched.set()

    def ask(self, scan: Scan) -> None:
        """Run one scan that was passed over, before the newest; it counts nowhere. Once the AI runs."""
        self._asked.append(scan)

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the thread and wait for it.

        Raises:
            TimeoutError: it is still busy after `timeout_s`, as in a long model build.
        """
        self._stopping.set()
        self._switched.set()
        if not self.is_alive():
            return
        self.join(timeout_s)
        if self.is_alive():
            raise TimeoutError(f"expected the AI to stop within {timeout_s:g} s, it is still busy")

    def run(self) -> None:
        try:
            if self._is_enabled():
                self._publish(self._idle_phase())
            while not self._stopping.is_set():
                self._step()
        except SlotClosed:
            pass
        finally:
            self._engine = None

    def _step(self) -> None:
        phase = self._state.phase
        if self._take_was_off() and phase is not AiPhase.OFF:
            self._attempt = 0
            self._publish(AiPhase.OFF, reason=Reason.AI_OFF)
        elif not self._is_enabled():
            self._discard()
        elif phase is AiPhase.OFF:
            self._publish(self._idle_phase())
        elif phase is AiPhase.STARTING:
            self._start_engine()
        elif phase is AiPhase.FAILED:
            self._discard()
        elif self._asked:
            self._answer(self._asked.popleft())
        else:
            scan = self._scans.take(POLL_S)
            if scan is not None:
                self._handle(scan)

    def _idle_phase(self) -> AiPhase:
        return AiPhase.STARTING if self._engine is None else AiPhase.RUNNING

    def _start_engine(self) -> None:
        try:
            self._engine = self._factory()
        except (ModelRefusedError, SelfTestFailedError) as error:
            reason = Reason.SELF_TEST_FAILED if isinstance(error, SelfTestFailedError) else Reason.AI_FAILED
            log.error("the AI stays off: %s", error)
            self._publish(AiPhase.FAILED, str(error), reason)
        except Exception as error:
            self._fail("could not be started", error)
        else:
            self._healthy = 0
            self._publish(AiPhase.RUNNING)

    def _answer(self, scan: Scan) -> None:
        assert self._engine is not None
        try:
            prediction = self._engine.predict(scan)
        except Exception as error:
            self._fail("failed on a frame", error)
            return
        try:
            self._on_asked(prediction)
        except Exception:
            log.exception("a receiver of predictions failed")

    def _handle(self, scan: Scan) -> None:
        assert self._engine is not None
        if scan.signal is not Signal.MOVING:
            self._count("unfit")
            return
        if scan.repeat and self._was_run(scan):
            self._count("repeats")
            return
        try:
            prediction = self._engine.predict(scan)
        except Exception as error:
            self._count("failed")
            self._fail("failed on a frame", error)
            return
        self._last_run = scan
        self._count("run")
        self._healthy += 1
        if self._healthy == HEALTHY_RUNS:
            self._attempt = 0
        try:
            self._on_prediction(prediction)
        except Exception:
            log.exception("a receiver of predictions failed")

    def _was_run(self, scan: Scan) -> bool:
        """A repeat is run all the same when its picture's first frame was dropped, or the region moved."""
        last = self._last_run
        return last is not None and (last.scan_index, last.region) == (scan.scan_index, scan.region)

    def _fail(self, what: str, error: Exception) -> None:
        """Publish the failure and wait before the next attempt, or give up."""
        log.error("the AI %s", what, exc_info=error)
        self._engine = None
        self._attempt += 1
        said = " ".join(str(error).split()) or type(error).__name__
        if self._attempt > len(self._pauses_s):
            self._publish(AiPhase.FAILED, f"AI off: the model {what} ({said})", Reason.AI_FAILED)
            return
        self._publish(AiPhase.STARTING, f"AI restarting: the model {what} ({said})", Reason.AI_FAILED)
        self._switched.clear()
        if self._is_enabled() and not self._stopping.is_set():
            self._switched.wait(self._pauses_s[self._attempt - 1])

    def _discard(self) -> None:
        if self._scans.take(POLL_S) is not None:
            self._count("paused")

    def _count(self, what: str) -> None:
        with self._lock:
            self._tally[what] += 1

    def _is_enabled(self) -> bool:
        with self._lock:
            return self._enabled

    def _take_was_off(self) -> bool:
        """Whether it was switched off since the last look, if only for a moment."""
        with self._lock:
            was_off, self._was_off = self._was_off, False
            return was_off

    def _publish(self, phase: AiPhase, message: str = "", reason: Reason | None = None) -> None:
        if phase is AiPhase.STARTING and reason is None:
            reason = Reason.WARMING_UP
        status = self._engine.status if self._engine is not None else None
        state = AiState(phase, self._clock(), message, status, reason, self._attempt)
        with self._lock:
            self._state = state
        try:
            self._on_state(state)
        except Exception:
            log.exception("a receiver of the AI's state failed")
