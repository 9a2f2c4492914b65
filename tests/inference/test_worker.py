from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from capture.geometry import Box, Region
from capture.scan import Scan, Signal
from capture.slot import LatestSlot
from inference.engine import Engine, EngineStatus, OnnxEngine, SelfTestFailedError
from inference.evidence_types import Reason
from inference.manifest import Manifest, ModelRefusedError
from inference.outputs import EngineError
from inference.prediction import Prediction
from inference.selftest import SelfTestResult
from inference.worker import AiPhase, AiState, InferenceWorker
from tests.inference.scans import prediction_of, scan_of
from tests.inference.tiny_models import picture, write_tiny_model

WAIT_S = 10.0


class Held:
    """An engine that predicts when it is let, and fails when it is told to."""

    def __init__(self, manifest: Manifest, status: EngineStatus) -> None:
        self.manifest = manifest
        self.status = status
        self.entered: queue.Queue[Scan] = queue.Queue()
        self.gate = threading.Event()
        self.gate.set()
        self.fails: list[Exception] = []

    def predict(self, scan: Scan) -> Prediction:
        self.entered.put(scan)
        assert self.gate.wait(WAIT_S)
        if self.fails:
            raise self.fails.pop(0)
        return prediction_of(scan)


class Bench:
    """A worker with all it says in queues."""

    def __init__(self, factory: Callable[[], Engine], enabled: bool = True) -> None:
        self.scans: LatestSlot[Scan] = LatestSlot()
        self.predictions: queue.Queue[Prediction] = queue.Queue()
        self.asked: queue.Queue[Prediction] = queue.Queue()
        self.states: queue.Queue[AiState] = queue.Queue()
        self.built = 0
        self._factory = factory
        self.worker = InferenceWorker(
            self._build,
            self.scans,
            self.predictions.put,
            self.states.put,
            enabled=enabled,
            clock=lambda: 7,
            pauses_s=(0.0, 0.0),
            on_asked=self.asked.put,
        )

    def _build(self) -> Engine:
        self.built += 1
        return self._factory()

    def until(self, phase: AiPhase) -> AiState:
        while True:
            state = self.states.get(timeout=WAIT_S)
            if state.phase is phase:
                return state

    def accounted(self) -> bool:
        counts = self.worker.counts
        parts = (counts.run, counts.dropped, counts.repeats, counts.unfit, counts.paused, counts.failed)
        return counts.offered == sum(parts) + counts.pending and counts.pending >= 0


@pytest.fixture
def engine(tmp_path: Path) -> Held:
    real = OnnxEngine.load(write_tiny_model(tmp_path), ["cpu"])
    return Held(real.manifest, real.status)


@pytest.fixture
def start() -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(factory: Callable[[], Engine], enabled: bool = True) -> Bench:
        bench = Bench(factory, enabled)
        benches.append(bench)
        bench.worker.start()
        return bench

    yield make
    for bench in benches:
        bench.worker.stop(WAIT_S)
        assert not bench.worker.is_alive()
        assert bench.accounted()


def test_predictions_carry_the_scan_they_belong_to(start: Callable[..., Bench], engine: Held) -> None:
    bench = start(lambda: engine)
    assert bench.until(AiPhase.RUNNING).engine is engine.status
    for number in range(3):
        scan = scan_of(index=number)
        bench.scans.put(scan)
        assert bench.predictions.get(timeout=WAIT_S).scan is scan
    counts = bench.worker.counts
    assert (counts.offered, counts.run, counts.pending) == (3, 3, 0)
    assert bench.worker.name == "inference"
    assert not bench.worker.daemon


def test_the_newest_scan_wins_and_the_others_are_counted(start: Callable[..., Bench], engine: Held) -> None:
    bench = start(lambda: engine)
    engine.gate.clear()
    bench.scans.put(scan_of(index=0))
    engine.entered.get(timeout=WAIT_S)
    for number in range(1, 6):
        bench.scans.put(scan_of(index=number))
    assert bench.worker.counts.pending == 2
    engine.gate.set()
    indices = [bench.predictions.get(timeout=WAIT_S).scan.scan_index for _ in range(2)]
    assert indices == [0, 5]
    counts = bench.worker.counts
    assert (counts.offered, counts.run, counts.dropped) == (6, 2, 4)


def test_a_scan_asked_for_is_run_before_the_newest_and_counts_nowhere(
    start: Callable[..., Bench], engine: Held
) -> None:
    bench = start(lambda: engine)
    bench.until(AiPhase.RUNNING)
    engine.gate.clear()
    bench.scans.put(scan_of(index=0))
    engine.entered.get(timeout=WAIT_S)
    passed_over, newest = scan_of(index=1), scan_of(index=2)
    bench.scans.put(passed_over)
    bench.scans.put(newest)
    bench.worker.ask(passed_over)
    engine.gate.set()
    assert bench.asked.get(timeout=WAIT_S).scan is passed_over
    assert [engine.entered.get(timeout=WAIT_S) for _ in range(2)] == [passed_over, newest]
    predicted = [bench.predictions.get(timeout=WAIT_S).scan.frame.index for _ in range(2)]
    assert predicted == [0, 2]
    assert (bench.worker.counts.run, bench.worker.counts.dropped) == (2, 1)


def test_a_failure_on_a_scan_asked_for_is_a_failure_like_any_other(
    start: Callable[..., Bench], engine: Held
) -> None:
    bench = start(lambda: engine)
    bench.until(AiPhase.RUNNING)
    engine.fails.append(EngineError("no"))
    bench.worker.ask(scan_of())
    assert "failed on a frame" in bench.until(AiPhase.STARTING).message
    bench.until(AiPhase.RUNNING)
    scan = scan_of(index=1)
    bench.scans.put(scan)
    assert bench.predictions.get(timeout=WAIT_S).scan is scan


def test_repeats_frozen_and_blank_pictures_are_not_run(start: Callable[..., Bench], engine: Held) -> None:
    bench = start(lambda: engine)
    fed = [
        scan_of(index=0),
        scan_of(index=0, repeat=True),
        scan_of(index=1, signal=Signal.FROZEN),
        scan_of(index=2, signal=Signal.BLANK),
        scan_of(index=3),
    ]
    for scan in fed:
        bench.scans.put(scan)
        wait_for(lambda: bench.worker.counts.pending == 0)
    counts = bench.worker.counts
    assert (counts.run, counts.repeats, counts.unfit, counts.dropped) == (2, 1, 2, 0)


def test_a_repeat_stands_in_for_its_dropped_first_frame(start: Callable[..., Bench], engine: Held) -> None:
    bench = start(lambda: engine)
    engine.gate.clear()
    bench.scans.put(scan_of(index=0))
    engine.entered.get(timeout=WAIT_S)
    bench.scans.put(scan_of(index=1))
    bench.scans.put(scan_of(index=1, repeat=True))
    engine.gate.set()
    assert [bench.predictions.get(timeout=WAIT_S).scan.scan_index for _ in range(2)] == [0, 1]


def test_a_repeat_in_another_region_is_run(start: Callable[..., Bench], engine: Held) -> None:
    bench = start(lambda: engine)
    bench.scans.put(scan_of(index=0))
    bench.predictions.get(timeout=WAIT_S)
    moved = scan_of(index=0, repeat=True, region=Region(Box(1, 1, 8, 8), 8, 8))
    bench.scans.put(moved)
    assert bench.predictions.get(timeout=WAIT_S).scan is moved


def test_off_and_on_in_one_call_each(start: Callable[..., Bench], engine: Held) -> None:
    bench = start(lambda: engine)
    bench.until(AiPhase.RUNNING)
    bench.worker.set_enabled(False)
    assert bench.until(AiPhase.OFF).reason is Reason.AI_OFF
    bench.scans.put(scan_of(index=0))
    wait_for(lambda: bench.worker.counts.paused == 1)
    assert engine.entered.empty()
    bench.worker.set_enabled(True)
    bench.until(AiPhase.RUNNING)
    bench.scans.put(scan_of(index=1))
    assert bench.predictions.get(timeout=WAIT_S).scan.scan_index == 1
    assert bench.built == 1


def test_started_switched_off_it_builds_no_engine(start: Callable[..., Bench], engine: Held) -> None:
    bench = start(lambda: engine, enabled=False)
    assert bench.states.get(timeout=WAIT_S).phase is AiPhase.OFF
    assert bench.built == 0
    bench.worker.set_enabled(True)
    bench.until(AiPhase.RUNNING)


def test_a_failing_prediction_is_published_and_a_fresh_engine_goes_on(
    start: Callable[..., Bench], engine: Held
) -> None:
    engine.fails = [EngineError("output 'cleft': got NaN")]
    bench = start(lambda: engine)
    bench.until(AiPhase.RUNNING)
    bench.scans.put(scan_of(index=0))
    state = bench.until(AiPhase.STARTING)
    assert state.reason is Reason.AI_FAILED
    assert "got NaN" in state.message
    assert state.attempt == 1
    bench.until(AiPhase.RUNNING)
    assert bench.built == 2
    bench.scans.put(scan_of(index=1))
    assert bench.predictions.get(timeout=WAIT_S).scan.scan_index == 1
    counts = bench.worker.counts
    assert (counts.failed, counts.run) == (1, 1)


def test_it_gives_up_after_its_attempts_and_off_and_on_tries_again(
    start: Callable[..., Bench], engine: Held
) -> None:
    engine.fails = [RuntimeError("device lost")] * 3
    bench = start(lambda: engine)
    for number in range(3):
        bench.until(AiPhase.RUNNING)
        bench.scans.put(scan_of(index=number))
    state = bench.until(AiPhase.FAILED)
    assert state.reason is Reason.AI_FAILED
    assert "device lost" in state.message
    assert state.engine is None
    bench.scans.put(scan_of(index=9))
    wait_for(lambda: bench.worker.counts.paused == 1)
    bench.worker.set_enabled(False)
    bench.worker.set_enabled(True)
    bench.until(AiPhase.RUNNING)
    bench.scans.put(scan_of(index=10))
    assert bench.predictions.get(timeout=WAIT_S).scan.scan_index == 10


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModelRefusedError("net.onnx: not the file the manifest names"), Reason.AI_FAILED),
        (
            SelfTestFailedError("self-test failed: 0.2 away", SelfTestResult(False, "")),
            Reason.SELF_TEST_FAILED,
        ),
    ],
)
def test_a_refused_model_is_not_tried_again(
    start: Callable[..., Bench], error: Exception, reason: Reason
) -> None:
    def refuse() -> Engine:
        raise error

    bench = start(refuse)
    state = bench.until(AiPhase.FAILED)
    assert (state.message, state.reason) == (str(error), reason)
    assert bench.built == 1


def test_a_receiver_that_fails_does_not_stop_the_worker(
    start: Callable[..., Bench], engine: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[int] = []
    done = threading.Event()

    def receive(prediction: Prediction) -> None:
        got.append(prediction.scan.scan_index)
        if len(got) == 2:
            done.set()
        raise RuntimeError("no room")

    bench = Bench(lambda: engine)
    monkeypatch.setattr(bench.worker, "_on_prediction", receive)
    bench.worker.start()
    try:
        bench.scans.put(scan_of(index=0))
        wait_for(lambda: bench.worker.counts.run == 1)
        bench.scans.put(scan_of(index=1))
        assert done.wait(WAIT_S)
    finally:
        bench.worker.stop(WAIT_S)
    assert got == [0, 1]


def test_stop_during_a_long_prediction_says_so_and_ends_after_it(
    start: Callable[..., Bench], engine: Held
) -> None:
    bench = start(lambda: engine)
    engine.gate.clear()
    bench.scans.put(scan_of(index=0))
    engine.entered.get(timeout=WAIT_S)
    with pytest.raises(TimeoutError, match="expected the AI to stop within"):
        bench.worker.stop(0.05)
    engine.gate.set()


def test_closing_the_slot_ends_the_thread(start: Callable[..., Bench], engine: Held) -> None:
    bench = start(lambda: engine)
    bench.until(AiPhase.RUNNING)
    bench.scans.close()
    bench.worker.join(WAIT_S)
    assert not bench.worker.is_alive()


def test_a_worker_that_was_never_started_can_be_stopped(engine: Held) -> None:
    Bench(lambda: engine).worker.stop()


def test_with_a_real_model(start: Callable[..., Bench], tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path)
    bench = start(lambda: OnnxEngine.load(path, ["cpu"]))
    state = bench.until(AiPhase.RUNNING)
    assert state.engine is not None
    assert state.engine.provider == "CPU"
    bench.scans.put(scan_of(picture(20, 200)))
    assert bench.predictions.get(timeout=WAIT_S).cleft > 0.9


def wait_for(condition: Callable[[], bool]) -> None:
    """Until another thread has come so far; bounded by the test's own time-out."""
    pause = threading.Event()
    while not condition():
        pause.wait(0.005)
