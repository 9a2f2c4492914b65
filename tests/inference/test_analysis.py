from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from capture.frame import Frame
from capture.geometry import Box
from capture.scan import Scan, Signal
from capture.source import SourceError, UnreadableSourceError
from inference.analysis import Analysis, Row
from inference.evidence import EvidenceReader
from inference.evidence_types import Reason, Status
from inference.manifest import load_model
from inference.outputs import EngineError
from inference.prediction import Prediction
from tests.app.analyze.recordings import BOX, HEIGHT, WIDTH, ArrayRecording, BoxFinder, exam, scan_pixels
from tests.inference.scans import prediction_of
from tests.inference.tiny_models import write_tiny_model


class ScriptedEngine:
    """Answers by the mean of the scan; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Scan] = []

    def predict(self, scan: Scan) -> Prediction:
        self.asked.append(scan)
        return prediction_of(scan, cleft=float(scan.frame.pixels.mean()) / 255)


@pytest.fixture
def reader(tmp_path: Path) -> EvidenceReader:
    return EvidenceReader(load_model(write_tiny_model(tmp_path)).manifest)


def test_every_frame_is_a_row_in_order(reader: EvidenceReader) -> None:
    engine = ScriptedEngine()
    with Analysis(ArrayRecording(exam()), engine, reader, finder=BoxFinder()) as run:
        rows = list(run)
    assert [row.scan.frame.index for row in rows] == list(range(60))
    assert all(row.prediction is not None for row in rows)
    assert len(engine.asked) == 60
    assert {row.scan.region.box for row in rows} == {BOX}


def test_repeats_are_rows_but_are_not_run_twice(reader: EvidenceReader) -> None:
    engine = ScriptedEngine()
    with Analysis(ArrayRecording(exam(repeats=2)), engine, reader, finder=BoxFinder()) as run:
        rows = list(run)
    assert len(rows) == 120
    assert len(engine.asked) == 60
    assert [row.prediction is None for row in rows] == [False, True] * 60
    assert all(a.evidence is b.evidence for a, b in zip(rows[::2], rows[1::2], strict=True))


def test_frozen_and_blank_pictures_pause_the_evidence(reader: EvidenceReader) -> None:
    frozen = [scan_pixels(120, 120, 1)] * 20
    blank = [np.zeros((HEIGHT, WIDTH), np.uint8)] * 3
    engine = ScriptedEngine()
    with Analysis(ArrayRecording(frozen + blank), engine, reader, finder=BoxFinder()) as run:
        rows = list(run)
    assert len(engine.asked) == 1
    assert rows[19].scan.signal is Signal.FROZEN
    assert rows[19].evidence.reason is Reason.FROZEN
    assert [row.evidence.reason for row in rows[20:]] == [Reason.NO_SIGNAL] * 3
    assert all(row.evidence.status is Status.NOT_ASSESSED for row in rows[20:])


def test_frames_before_the_scan_was_found_get_the_region_that_was_found(reader: EvidenceReader) -> None:
    engine = ScriptedEngine()
    with Analysis(ArrayRecording(exam()), engine, reader, finder=BoxFinder(from_look=6)) as run:
        rows = list(run)
    assert len(rows) == 60
    assert {row.scan.region.box for row in rows} == {BOX}


def test_a_scan_that_is_never_found_is_run_on_the_whole_picture(reader: EvidenceReader) -> None:
    for frames in (5, 60):
        with Analysis(
            ArrayRecording(exam()[:frames]), ScriptedEngine(), reader, finder=BoxFinder(999)
        ) as run:
            rows = list(run)
        assert len(rows) == frames
        assert {row.scan.region.origin for row in rows} == {"whole"}


def test_a_region_by_hand_is_taken_and_none_is_searched(reader: EvidenceReader) -> None:
    with Analysis(ArrayRecording(exam()), ScriptedEngine(), reader, place=Box(1, 2, 30, 40)) as run:
        rows = list(run)
    assert {(row.scan.region.box, row.scan.region.origin) for row in rows} == {(Box(1, 2, 30, 40), "manual")}


def test_a_region_outside_the_picture_is_refused(reader: EvidenceReader) -> None:
    run = Analysis(ArrayRecording(exam()), ScriptedEngine(), reader, place=Box(0, 0, 161, 50))
    with pytest.raises(SourceError, match=r"inside the picture of 160x120, got 0,0,161,50"), run:
        list(run)


def test_a_source_that_does_not_open_says_so_and_its_thread_is_gone(reader: EvidenceReader) -> None:
    source = ArrayRecording([], on_open=UnreadableSourceError("x.mp4: the file is empty"))
    with pytest.raises(UnreadableSourceError, match="the file is empty"):
        Analysis(source, ScriptedEngine(), reader, finder=BoxFinder()).__enter__()
    assert not [t for t in threading.enumerate() if t.name == "analysis-decode"]


def test_a_live_source_is_refused(reader: EvidenceReader) -> None:
    with pytest.raises(SourceError, match="live source"):
        Analysis(ArrayRecording(exam(), live=True), ScriptedEngine(), reader, finder=BoxFinder()).__enter__()


def test_a_fault_of_a_decoder_becomes_a_source_error_after_the_rows_before_it(
    reader: EvidenceReader,
) -> None:
    source = ArrayRecording([*exam()[:10], ZeroDivisionError("oops")])
    rows: list[Row] = []
    with (
        pytest.raises(SourceError, match="ZeroDivisionError"),
        Analysis(source, ScriptedEngine(), reader, finder=BoxFinder()) as run,
    ):
        rows.extend(run)  # a list keeps what came before the error
    assert source.closed


def test_what_a_damaged_recording_lacks_is_told(reader: EvidenceReader) -> None:
    source = ArrayRecording(exam()[:5], missing="the last 7 frames are missing")
    with Analysis(source, ScriptedEngine(), reader, finder=BoxFinder()) as run:
        assert len(list(run)) == 5
        assert run.missing == "the last 7 frames are missing"


def test_leaving_early_ends_the_decoding(reader: EvidenceReader) -> None:
    source = ArrayRecording(exam(repeats=10))
    with Analysis(source, ScriptedEngine(), reader, finder=BoxFinder()) as run:
        for row in run:
            if row.scan.frame.index == 3:
                break
    assert source.closed
    assert not [t for t in threading.enumerate() if t.name == "analysis-decode"]


def test_a_failing_model_ends_the_analysis_and_its_thread(reader: EvidenceReader) -> None:
    class Broken:
        def predict(self, scan: Scan) -> Prediction:
            raise EngineError("the model gave no number")

    source = ArrayRecording(exam())
    with (
        pytest.raises(EngineError),
        Analysis(source, Broken(), reader, finder=BoxFinder()) as run,
    ):
        list(run)
    assert source.closed


def test_decoding_goes_on_while_the_model_runs(reader: EvidenceReader) -> None:
    """The model's first run waits until a later frame is decoded: without overlap it would wait for ever."""
    later_is_read = threading.Event()

    class Watched(ArrayRecording):
        def read(self, timeout_s: float = 0.25) -> Frame | None:
            frame = super().read(timeout_s)
            if frame is not None and frame.index == 5:
                later_is_read.set()
            return frame

    class Waiting(ScriptedEngine):
        def predict(self, scan: Scan) -> Prediction:
            assert later_is_read.wait(10), "frame 5 was not decoded while frame 0 was being run"
            return super().predict(scan)

    with Analysis(Watched(exam()), Waiting(), reader, finder=BoxFinder()) as run:
        assert len(list(run)) == 60


def test_flags_can_be_kept_without_their_pictures(reader: EvidenceReader) -> None:
    with Analysis(
        ArrayRecording(exam()), ScriptedEngine(), reader, finder=BoxFinder(), keep_pictures=False
    ) as run:
        rows = list(run)
    best = rows[-1].evidence.tallies["lip"].best
    assert best is not None and best.scan.frame.pixels.size == 0
    assert rows[best.scan.frame.index].scan.frame.pixels.shape == (HEIGHT, WIDTH)
