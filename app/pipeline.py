"""Where threads meet Qt: owns capture, region and inference threads, hands out what they make, stops them."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
from PySide6.QtCore import QObject, QTimer, Signal

from app.intake import Intake, OpenSource
from app.live.handover import HandOver
from app.live.heatmap import HeatGate
from app.live.policy import Answer
from capture.clock import Clock, SystemClock
from capture.geometry import Region
from capture.link import Link, LinkState
from capture.region.tracker import Choose
from capture.scan import Scan
from capture.scan import Signal as ScanSignal
from capture.slot import LatestSlot
from inference.engine import Engine
from inference.evidence import EvidenceReader
from inference.evidence_types import Evidence, Reason, Status
from inference.manifest import Manifest
from inference.prediction import Prediction, View
from inference.worker import AiCounts, AiPhase, AiState, InferenceWorker

log = logging.getLogger(__name__)

ScanSink = Callable[[Scan], None]
AnswerSink = Callable[[Answer], None]

SWITCH_S = 0.0005
"""How long a thread may keep the interpreter while another one waits for it."""
STOP_S = 3.0
"""A thread that has not ended by then is reported, not waited for."""
EVIDENCE_MS = 66
"""Evidence is told to the panels at most 15 times a second: quicker cannot be read."""


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """One prediction as the timeline needs it: no pixels, so that thousands may be kept."""

    captured_ns: int
    frame_index: int
    media_s: float | None
    scan_index: int
    view: View
    status: Status
    instant: float | None
    smoothed: float | None


class Pipeline(QObject):
    """Commands come from the GUI thread; signals are for events, never for frames.

    Frames and answers wait in `handover` for whoever paints; `woken` says that something came, once until it
    was drained. What a step after capture does wrong is reported by `failed` and never stops the picture.
    """

    woken = Signal()
    link_changed = Signal(object)
    """A `Link`."""
    ai_changed = Signal(object)
    """An `AiState`."""
    model_ready = Signal(object)
    """The `Manifest` of the engine that was loaded."""
    evidence_changed = Signal(object)
    """The newest `Evidence`, at most 15 times a second."""
    scored = Signal(object)
    """The `Prediction` of a scan that was asked for."""
    failed = Signal(str)
    """One line for a person."""

    def __init__(
        self,
        engine_factory: Callable[[], Engine] | None,
        clock: Clock | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Build the parts; no thread runs yet.

        Args:
            engine_factory: opens the model, called in the inference thread; None runs without AI.
            clock: for tests.
            parent: Qt's.
        """
        super().__init__(parent)
        self._clock = clock or SystemClock()
        self._engine_factory = engine_factory
        self.handover = HandOver(self.woken.emit)
        self._scans: LatestSlot[Scan] = LatestSlot()
        self._worker: InferenceWorker | None = None
        self._intake: Intake | None = None
        self._link: Link | None = None
        self._ai_state: AiState | None = None
        self._ai_enabled = engine_factory is not None
        self._gate = HeatGate()
        self._scan_sinks: tuple[ScanSink, ...] = ()
        self._answer_sinks: tuple[AnswerSink, ...] = ()
        self._evidence_lock = threading.Lock()
        # Guarded by the lock:
        self._reader: EvidenceReader | None = None
        self._manifest: Manifest | None = None
        self._evidence: Evidence | None = None
        self._told: Evidence | None = None
        self._answered: tuple[int, Region] | None = None
        self._thawed: Scan | None = None
        self._points: deque[ScorePoint] = deque(maxlen=4096)
        self._since_ns = 0
        self._held = False
        self._reported: set[tuple[str, str]] = set()
        self.choose_region: Choose | None = None
        """Looks for a kept region by the first frame of every size, in the region thread."""
        self._ticker = QTimer(self)
        self._ticker.setInterval(EVIDENCE_MS)
        self._ticker.timeout.connect(self._tick)

    # Commands, from the GUI thread ----------------------------------------------------------------------

    def start(self, open_: OpenSource | None = None) -> None:
        """Start inference, and capture where a source is given."""
        # OpenCV's own threads would fight with onnxruntime's for the cores, and gain nothing at these sizes.
        cv2.setNumThreads(1)
        # Painting holds the interpreter in short turns; Python's own 5 ms of waiting for the next turn made a
        # tenth of the predictions miss their frame (own-prediction share .91 against .96 on two cores).
        sys.setswitchinterval(SWITCH_S)
        if self._worker is None and self._engine_factory is not None:
            self._worker = InferenceWorker(
                self._load, self._scans, self._on_prediction, self._on_ai, self._ai_enabled,
                on_asked=self.scored.emit,
            )  # fmt: skip
            self._worker.start()
        self._ticker.start()
        if open_ is not None:
            self.switch(open_)

    def switch(self, open_: OpenSource, region: Region | None = None) -> int:
        """Leave the source for another; inference stays as it is, so does what the exam has kept.

        Args:
            open_: makes the new source, called in the capture thread, again after every loss.
            region: a kept preset or one drawn by hand; None finds it.

        Returns:
            Monotonic time, ns: what was captured earlier is of the old source.
        """
        self.close_source()
        since_ns = self._clock.now_ns()
        self._reported.clear()
        with self._evidence_lock:
            self._evidence = self._reader.new_source() if self._reader is not None else None
            self._points.clear()
            self._since_ns, self._held = since_ns, False
        self._intake = Intake(open_, self, region, self._clock, self.choose_region)
        self._intake.start()
        return since_ns

    def close_source(self) -> None:
        """Stop capture; the window is left with its last picture until it clears it."""
        intake, self._intake = self._intake, None
        if intake is not None:
            intake.stop()
        self._link, self._answered, self._thawed = None, None, None

    def stop(self) -> None:
        """Stop capture, then region, then inference; every thread is gone or reported. Idempotent."""
        self._ticker.stop()
        self.close_source()
        worker, self._worker = self._worker, None
        if worker is not None:
            self.end("inference", worker.stop)

    def set_ai_enabled(self, enabled: bool) -> None:
        """Off: nothing is predicted, and evidence says so."""
        self._ai_enabled = enabled and self._engine_factory is not None
        self._answered = None
        if self._worker is not None:
            self._worker.set_enabled(enabled)
        if not self._ai_enabled:
            self._pause(Reason.AI_OFF)

    def ask(self, scan: Scan) -> None:
        """Have one scan predicted though it was passed over; `scored` tells, evidence does not hear of it."""
        if self._worker is not None and self._ai_enabled:
            self._worker.ask(scan)

    def set_region(self, region: Region | None) -> None:
        """A region by hand or from a preset; None finds it again."""
        if self._intake is not None:
            self._intake.scout.set_manual(region)

    def reset_evidence(self) -> None:
        """A new fetus or exam: nothing captured before counts, be it still on its way through the model."""
        with self._evidence_lock:
            self._evidence = self._reader.reset() if self._reader is not None else None
            self._points.clear()
            self._since_ns, self._held = self._clock.now_ns(), False

    def hold_evidence(self, held: bool) -> None:
        """Whose picture it is has become doubtful: nothing counts until that is settled."""
        with self._evidence_lock:
            self._held = held

    def add_scan_sink(self, sink: ScanSink) -> None:
        """Give every scan, repeats included, to `sink` in the capture thread; it must not wait."""
        self._scan_sinks = (*self._scan_sinks, sink)

    def remove_scan_sink(self, sink: ScanSink) -> None:
        self._scan_sinks = tuple(kept for kept in self._scan_sinks if kept is not sink)

    def add_answer_sink(self, sink: AnswerSink) -> None:
        """Give every answer to `sink` in the inference thread; it must not wait."""
        self._answer_sinks = (*self._answer_sinks, sink)

    def remove_answer_sink(self, sink: AnswerSink) -> None:
        self._answer_sinks = tuple(kept for kept in self._answer_sinks if kept is not sink)

    # State, for the GUI thread --------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._intake is not None

    @property
    def link(self) -> Link | None:
        return self._link

    @property
    def ai_state(self) -> AiState | None:
        return self._ai_state

    @property
    def ai_enabled(self) -> bool:
        return self._ai_enabled

    @property
    def evidence(self) -> Evidence | None:
        with self._evidence_lock:
            return self._evidence

    @property
    def ai_counts(self) -> AiCounts | None:
        """What became of every scan offered to the model; None without AI."""
        return None if self._worker is None else self._worker.counts

    def take_points(self) -> list[ScorePoint]:
        """The scores since the last call, oldest first."""
        with self._evidence_lock:
            points = list(self._points)
            self._points.clear()
        return points

    # From the capture thread ----------------------------------------------------------------------------

    def scan_came(self, scan: Scan) -> None:
        """To the model, to the screen and to every sink."""
        if self._worker is not None:
            self._scans.put(self._unfrozen(scan))
        self.handover.put_scan(scan)
        for sink in self._scan_sinks:
            self.guarded("scan sink", partial(sink, scan))

    def _unfrozen(self, scan: Scan) -> Scan:
        """A frozen picture without an answer (AI just on, region just found) is put as a living one, once.

        The worker runs no frozen pictures, but a finding is looked at on a frozen picture more than on any
        other. Evidence hears of the picture as it is.
        """
        place = (scan.scan_index, scan.region)
        if scan.signal is not ScanSignal.FROZEN or place == self._answered:
            return scan
        self._thawed = replace(scan, repeat=False, signal=ScanSignal.MOVING)
        return self._thawed

    def signal_changed(self, signal: ScanSignal) -> None:
        if signal is not ScanSignal.MOVING:
            self._pause(Reason.FROZEN if signal is ScanSignal.FROZEN else Reason.NO_SIGNAL)

    def link_came(self, link: Link) -> None:
        self._link = link
        if link.state in (LinkState.RECONNECTING, LinkState.FAILED):
            self._pause(Reason.NO_SIGNAL)
        self.link_changed.emit(link)

    def guarded(self, where: str, work: Callable[[], object]) -> None:
        """Do work that must not take the picture with it; each kind of failure is told once a source."""
        try:
            work()
        except Exception as error:
            self.fault(where)(error)

    def fault(self, where: str) -> Callable[[Exception], None]:
        """Where failures of one part are told."""

        def tell(error: Exception) -> None:
            key = (where, type(error).__name__)
            if key not in self._reported:
                self._reported.add(key)
                log.error("%s failed", where, exc_info=error)
                self.failed.emit(f"{where}: {error}")

        return tell

    def end(self, name: str, stop: Callable[[float], object]) -> None:
        """Stop a thread; one that does not end is reported, not waited for."""
        try:
            stop(STOP_S)
        except TimeoutError:
            log.error("the %s thread did not end within %.0f s", name, STOP_S)
            self.failed.emit(f"the {name} thread did not end; close the program to free what it holds")

    # From the inference thread --------------------------------------------------------------------------

    def _load(self) -> Engine:
        assert self._engine_factory is not None
        engine = self._engine_factory()
        self._gate = HeatGate.for_model(engine.manifest)
        with self._evidence_lock:
            # A model built again after a failure goes on with what the exam has kept.
            if self._reader is None or engine.manifest != self._manifest:
                self._reader, self._manifest = EvidenceReader(engine.manifest), engine.manifest
        self.model_ready.emit(engine.manifest)
        return engine

    def _on_prediction(self, prediction: Prediction) -> None:
        if not self._ai_enabled:
            return
        self._answered = (prediction.scan.scan_index, prediction.scan.region)
        if prediction.scan is self._thawed:
            prediction = replace(prediction, scan=replace(prediction.scan, signal=ScanSignal.FROZEN))
        evidence: list[Evidence] = []
        self.guarded("evidence", lambda: evidence.append(self._follow(prediction)))
        answer = Answer(prediction, evidence[0] if evidence else None, self._gate)
        self.handover.put_answer(answer)
        for sink in self._answer_sinks:
            self.guarded("answer sink", partial(sink, answer))

    def _follow(self, prediction: Prediction) -> Evidence:
        frame = prediction.scan.frame
        with self._evidence_lock:
            assert self._reader is not None
            if self._held or frame.captured_ns < self._since_ns:
                return self._evidence or self._reader.latest
            evidence = self._evidence = self._reader.update(prediction)
            self._points.append(
                ScorePoint(
                    frame.captured_ns, frame.index, frame.media_s, prediction.scan.scan_index,
                    evidence.view, evidence.status, evidence.instant, evidence.smoothed,
                )
            )  # fmt: skip
        return evidence

    def _on_ai(self, state: AiState) -> None:
        self._ai_state = state
        if state.reason is not None:
            self._pause(state.reason)
        elif state.phase is AiPhase.RUNNING and self._intake is not None:
            self._intake.refresh(anew=True)
        self.ai_changed.emit(state)

    # Shared ---------------------------------------------------------------------------------------------

    def _pause(self, reason: Reason) -> None:
        def pause() -> None:
            with self._evidence_lock:
                if self._reader is not None:
                    self._evidence = self._reader.pause(reason)

        self.guarded("evidence", pause)

    def _tick(self) -> None:
        if self._intake is not None:
            self._intake.refresh()
        self._tell()

    def _tell(self) -> None:
        evidence = self.evidence
        if evidence is not None and evidence is not self._told:
            self._told = evidence
            self.evidence_changed.emit(evidence)
