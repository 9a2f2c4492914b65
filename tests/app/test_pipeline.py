from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.live.policy import Answer
from app.pipeline import Pipeline, ScorePoint
from capture.clock import SystemClock
from capture.frame import Frame, Pixels, make_frame
from capture.geometry import Box, Region
from capture.link import Link, LinkState
from capture.scan import Scan, Signal
from capture.source import EndOfSource, SourceInfo, SourceLostError
from inference.engine import EngineStatus
from inference.evidence_types import Evidence, Reason, Status
from inference.manifest import Manifest, parse_manifest
from inference.prediction import Placement, Prediction
from inference.selftest import SelfTestResult
from inference.worker import AiPhase, AiState
from tests.inference.tiny_models import tiny_manifest, write_tiny_model


class Hose:
    """A live source that gives what is put into it, when it is put.

    With `step_ms`, its frames are stamped so far apart, whatever the clock says.
    """

    def __init__(self, frames: int | None = None, live: bool = True, step_ms: int | None = None) -> None:
        self._start_ns, self._step_ms = SystemClock().now_ns(), step_ms
        self.info = SourceInfo("card", "hose", 160, 120, live=live, frames=frames)
        self.pictures: queue.Queue[Pixels | Exception] = queue.Queue()
        self.closed = threading.Event()
        self._index = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed.set()

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        try:
            picture = self.pictures.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(picture, Exception):
            raise picture
        self._index += 1
        now_ns = SystemClock().now_ns()
        if self._step_ms is not None:
            now_ns = self._start_ns + self._index * self._step_ms * 1_000_000
        return make_frame(self._index, now_ns, picture)


class Oracle:
    """An engine that knows its answer, and fails when told to."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        passed = SelfTestResult(passed=None, message="", worst=0.0, pictures=0)
        self.status = EngineStatus("oracle", "1", "0", True, "CPU", "cpu", "CPU", "fp32", 1, (), passed, 0.0)
        self.seen: list[Scan] = []
        self.failing = False

    def predict(self, scan: Scan) -> Prediction:
        self.seen.append(scan)
        if self.failing:
            raise RuntimeError("no answer")
        at = scan.frame.captured_ns
        views = {"lip": 0.9, "palate": 0.05, "other": 0.05}
        return Prediction(
            scan,
            0.8,
            views,
            "lip",
            0.9,
            0.8,
            np.zeros((16, 16), np.float32),
            Placement(0, 0, 160, 160),
            at,
            at,
        )


def picture(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 255, (120, 160), np.uint8)


@pytest.fixture
def oracle(tmp_path: Path) -> Oracle:
    write_tiny_model(tmp_path)
    return Oracle(parse_manifest(tiny_manifest(tmp_path, [("fp32", "tiny.onnx")])))


@pytest.fixture
def pipeline(qtbot: QtBot, oracle: Oracle) -> Iterator[Pipeline]:
    made = Pipeline(lambda: oracle)
    yield made
    made.stop()


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    return lambda until: qtbot.waitUntil(until, timeout=5000)


Wait = Callable[[Callable[[], bool]], None]


class Screen:
    """In place of a presenter: keeps all that is handed over."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.scans: list[Scan] = []
        self.answers: list[Answer] = []
        pipeline.woken.connect(self.drain)

    def drain(self) -> None:
        scans, answers = self._pipeline.handover.drain()
        self.scans += scans
        self.answers += answers


def test_frames_and_answers_come_with_evidence_and_points(
    pipeline: Pipeline, oracle: Oracle, wait: Wait
) -> None:
    screen, hose = Screen(pipeline), Hose()
    told: list[Evidence] = []
    models: list[Manifest] = []
    pipeline.evidence_changed.connect(told.append)
    pipeline.model_ready.connect(models.append)
    pipeline.start(lambda: hose)
    for seed in range(6):
        hose.pictures.put(picture(seed))
        wait(lambda seed=seed: len(screen.answers) > seed)  # type: ignore[misc]
    assert [scan.frame.index for scan in screen.scans] == list(range(6))
    assert models == [oracle.manifest]
    assert screen.answers[-1].prediction.scan.frame is screen.scans[-1].frame
    assert screen.answers[-1].gate.look_again == oracle.manifest.operating_points.look_again
    assert screen.answers[-1].evidence is pipeline.evidence
    wait(lambda: bool(told) and told[-1] is pipeline.evidence)
    points = pipeline.take_points()
    assert [point.frame_index for point in points] == list(range(6))
    assert all(isinstance(point, ScorePoint) for point in points) and pipeline.take_points() == []


def test_stop_leaves_no_thread_and_may_be_called_twice(pipeline: Pipeline, wait: Wait) -> None:
    screen, hose = Screen(pipeline), Hose()
    pipeline.start(lambda: hose)
    hose.pictures.put(picture(0))
    names = {"capture", "region", "inference"}
    wait(lambda: len(screen.answers) == 1)
    assert names <= {thread.name for thread in threading.enumerate()}
    pipeline.stop()
    pipeline.stop()
    assert not names & {thread.name for thread in threading.enumerate()}
    assert hose.closed.is_set() and not pipeline.running


def test_failing_model_never_stops_the_picture(pipeline: Pipeline, oracle: Oracle, wait: Wait) -> None:
    screen, hose = Screen(pipeline), Hose()
    states: list[AiState] = []
    pipeline.ai_changed.connect(states.append)
    oracle.failing = True
    pipeline.start(lambda: hose)
    for seed in range(10):
        hose.pictures.put(picture(seed))
        wait(lambda seed=seed: len(screen.scans) > seed)  # type: ignore[misc]
    wait(lambda: any(state.attempt > 0 for state in states))
    assert screen.answers == []
    wait(lambda: pipeline.evidence is not None and pipeline.evidence.reason is Reason.AI_FAILED)


def test_model_built_again_goes_on_with_what_the_exam_has_kept(
    pipeline: Pipeline, oracle: Oracle, wait: Wait
) -> None:
    screen, hose, models = Screen(pipeline), Hose(), list[Manifest]()
    pipeline.model_ready.connect(models.append)
    pipeline.start(lambda: hose)
    for seed in range(5):
        hose.pictures.put(picture(seed))
        wait(lambda seed=seed: len(screen.answers) > seed)  # type: ignore[misc]
    assert pipeline.evidence is not None
    before = pipeline.evidence.tallies["lip"].frames
    assert before > 0
    oracle.failing = True
    hose.pictures.put(picture(10))
    wait(lambda: len(oracle.seen) == 6)
    oracle.failing = False
    wait(lambda: len(models) == 2)
    hose.pictures.put(picture(11))
    wait(lambda: screen.answers[-1].scan.frame.index == 6)
    assert pipeline.evidence.tallies["lip"].frames >= before


def test_failing_evidence_never_stops_picture_or_answers(
    pipeline: Pipeline, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, prediction: Prediction) -> Evidence:
        raise ZeroDivisionError("in evidence")

    monkeypatch.setattr("inference.evidence.EvidenceReader.update", broken)
    screen, hose = Screen(pipeline), Hose()
    failures: list[str] = []
    pipeline.failed.connect(failures.append)
    pipeline.start(lambda: hose)
    for seed in range(4):
        hose.pictures.put(picture(seed))
        wait(lambda seed=seed: len(screen.answers) > seed)  # type: ignore[misc]
    assert all(answer.evidence is None for answer in screen.answers)
    wait(lambda: failures == ["evidence: in evidence"])


def test_failing_sink_is_told_once_and_stops_nothing(pipeline: Pipeline, wait: Wait) -> None:
    def full(scan: Scan) -> None:
        raise OSError("disk full")

    screen, hose, kept = Screen(pipeline), Hose(), list[Scan]()
    failures: list[str] = []
    pipeline.failed.connect(failures.append)
    pipeline.add_scan_sink(full)
    pipeline.add_scan_sink(kept.append)
    pipeline.start(lambda: hose)
    for seed in range(5):
        hose.pictures.put(picture(seed))
        wait(lambda seed=seed: len(screen.scans) > seed and len(kept) > seed)  # type: ignore[misc]
    pipeline.remove_scan_sink(full)
    assert failures == ["scan sink: disk full"]


def test_another_source_without_a_restart(pipeline: Pipeline, oracle: Oracle, wait: Wait) -> None:
    screen, first, second = Screen(pipeline), Hose(), Hose()
    pipeline.start(lambda: first)
    first.pictures.put(picture(0))
    wait(lambda: len(screen.answers) == 1)
    inference = next(thread for thread in threading.enumerate() if thread.name == "inference")
    since_ns = pipeline.switch(lambda: second)
    assert first.closed.is_set()
    first.pictures.put(picture(1))
    second.pictures.put(picture(2))
    wait(lambda: len(screen.answers) == 2)
    assert [scan.frame.captured_ns >= since_ns for scan in screen.scans] == [False, True]
    assert inference.is_alive(), "the model stayed loaded"


def test_ai_off_and_on(pipeline: Pipeline, oracle: Oracle, wait: Wait) -> None:
    screen, hose = Screen(pipeline), Hose()
    states: list[AiState] = []
    pipeline.ai_changed.connect(states.append)
    pipeline.start(lambda: hose)
    hose.pictures.put(picture(0))
    wait(lambda: len(screen.answers) == 1)
    pipeline.set_ai_enabled(False)
    wait(lambda: states[-1].phase is AiPhase.OFF)
    assert pipeline.evidence is not None
    assert (pipeline.evidence.status, pipeline.evidence.reason) == (Status.NOT_ASSESSED, Reason.AI_OFF)
    hose.pictures.put(picture(1))
    wait(lambda: len(screen.scans) == 2)
    assert len(screen.answers) == 1
    pipeline.set_ai_enabled(True)
    wait(lambda: states[-1].phase is AiPhase.RUNNING)
    hose.pictures.put(picture(2))
    wait(lambda: len(screen.answers) >= 2)
    assert pipeline.ai_counts is not None and pipeline.ai_counts.failed == 0


def test_standing_picture_is_asked_about_when_ai_comes_on(
    pipeline: Pipeline, oracle: Oracle, wait: Wait
) -> None:
    screen, hose = Screen(pipeline), Hose(live=False)
    states: list[AiState] = []
    pipeline.ai_changed.connect(states.append)
    pipeline.start(lambda: hose)
    hose.pictures.put(picture(0))
    wait(lambda: len(screen.answers) == 1)
    shown = screen.scans[0].frame
    wait(lambda: SystemClock().now_ns() - shown.captured_ns > 160_000_000)
    pipeline.set_ai_enabled(False)
    wait(lambda: states[-1].phase is AiPhase.OFF)
    pipeline.set_ai_enabled(True)
    wait(lambda: len(screen.answers) == 2)
    assert screen.answers[1].scan.frame is shown


def test_standing_picture_is_placed_anew_when_its_region_changes(pipeline: Pipeline, wait: Wait) -> None:
    screen, hose = Screen(pipeline), Hose(frames=1, live=False)
    pipeline.start(lambda: hose)
    hose.pictures.put(picture(0))
    wait(lambda: len(screen.answers) == 1)
    drawn = Region(Box(10, 10, 110, 90), 160, 120, origin="manual")
    pipeline.set_region(drawn)
    wait(lambda: len(screen.answers) == 2)
    assert screen.scans[-1].region == drawn and screen.answers[-1].scan.region == drawn
    assert len({scan.scan_index for scan in screen.scans}) == 1


def test_frozen_picture_pauses_evidence_but_is_answered(
    pipeline: Pipeline, oracle: Oracle, wait: Wait
) -> None:
    screen, hose = Screen(pipeline), Hose(step_ms=60)
    pipeline.start(lambda: hose)
    for _ in range(10):
        hose.pictures.put(picture(0))
        count = len(screen.scans)
        wait(lambda count=count: len(screen.scans) > count)  # type: ignore[misc]
        if screen.scans[-1].signal is Signal.FROZEN:
            break
    assert screen.scans[-1].signal is Signal.FROZEN
    wait(lambda: pipeline.evidence is not None and pipeline.evidence.reason is Reason.FROZEN)
    asked = len(oracle.seen)
    pipeline.set_region(Region(Box(10, 10, 110, 90), 160, 120, origin="manual"))
    hose.pictures.put(picture(0))
    wait(lambda: len(oracle.seen) > asked)
    wait(lambda: screen.answers[-1].scan.region.origin == "manual")
    assert screen.answers[-1].scan.signal is Signal.FROZEN
    assert pipeline.evidence is not None and pipeline.evidence.reason is Reason.FROZEN


def test_lost_source_is_told_and_opened_again(pipeline: Pipeline, wait: Wait) -> None:
    screen, links = Screen(pipeline), list[Link]()
    pipeline.link_changed.connect(links.append)
    hoses = [Hose(), Hose()]
    waiting = iter(hoses)
    pipeline.start(lambda: next(waiting))
    hoses[0].pictures.put(picture(0))
    wait(lambda: len(screen.scans) == 1)
    hoses[0].pictures.put(SourceLostError("the card was unplugged"))
    wait(lambda: any(link.state is LinkState.RECONNECTING for link in links))
    hoses[1].pictures.put(picture(1))
    wait(lambda: len(screen.scans) == 2 and links[-1].state is LinkState.LIVE)


def test_end_of_a_recording_keeps_the_source_open(pipeline: Pipeline, wait: Wait) -> None:
    links, hose = list[Link](), Hose(live=False)
    pipeline.link_changed.connect(links.append)
    pipeline.start(lambda: hose)
    hose.pictures.put(picture(0))
    hose.pictures.put(EndOfSource())
    wait(lambda: bool(links) and links[-1].state is LinkState.ENDED)
    assert not hose.closed.is_set() and pipeline.link is links[-1]


def test_hanging_driver_is_reported_and_its_frames_stay_away(
    qtbot: QtBot, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pipeline.STOP_S", 0.1)
    hanging, reads = threading.Event(), threading.Event()

    class Stuck(Hose):
        def read(self, timeout_s: float = 0.25) -> Frame | None:
            reads.set()
            hanging.wait(10.0)
            return make_frame(0, SystemClock().now_ns(), picture(0))

    pipeline, fine = Pipeline(None), Hose()
    screen, failures = Screen(pipeline), list[str]()
    pipeline.failed.connect(failures.append)
    pipeline.start(lambda: Stuck())
    assert reads.wait(5.0)
    pipeline.switch(lambda: fine)
    assert failures and "capture thread did not end" in failures[0]
    hanging.set()
    fine.pictures.put(picture(1))
    wait(lambda: len(screen.scans) == 1)
    pipeline.stop()
    assert np.array_equal(screen.scans[0].frame.pixels, picture(1))
    assert pipeline.ai_counts is None
