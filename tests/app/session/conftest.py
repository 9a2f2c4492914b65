"""Exams on a clock that the tests turn, and predictions without a model."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.session.recorder import RecordingSettings
from app.session.store import ExamStore
from app.session.synthetic import SyntheticScans, prediction_of
from app.session.writer import ExamWriter
from capture.scan import Scan
from inference.evidence import EvidenceReader
from tests.app.window_fakes import manifest

SECOND = 1_000_000_000
START_S = 1_770_000_000.0


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test cuts the power: what is in the system's cache outlives a kill."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' clock is not the one by which a file is ended for want of pictures."""
    monkeypatch.setattr("app.session.video.REST_S", 60.0)


class Hands:
    """The clock and the frames of a test."""

    def __init__(self) -> None:
        self.now_ns = 5_000 * SECOND
        self.count = itertools.count()
        self.scans = SyntheticScans(320, 240)

    def tick(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)

    def now_s(self) -> float:
        return START_S + (self.now_ns - 5_000 * SECOND) / 1e9

    def scan(self, seconds: float = 1 / 30) -> Scan:
        """The next frame, so much later."""
        self.tick(seconds)
        return self.scans.scan(next(self.count), self.now_ns)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path, hands: Hands) -> ExamStore:
    return ExamStore(tmp_path / "exams", now_s=hands.now_s, now_ns=lambda: hands.now_ns)


@pytest.fixture
def new_exam(store: ExamStore) -> Iterator[Callable[..., ExamWriter]]:
    """Begins exams and closes them at the end of the test."""
    made: list[ExamWriter] = []

    def make(**options: Any) -> ExamWriter:
        options.setdefault("recording", RecordingSettings())
        made.append(store.new_exam(operator="AB", preset="test", gestational_age_weeks=21.0, **options))
        return made[-1]

    yield make
    for writer in made:
        writer.close()


def look(
    writer: ExamWriter,
    hands: Hands,
    reader: EvidenceReader,
    frames: int,
    view: str = "lip",
    score: float = 0.1,
    quality: float = 0.8,
) -> None:
    """So many frames of one view, each recorded and predicted."""
    for _ in range(frames):
        scan = hands.scan()
        writer.offer(scan)
        prediction = prediction_of(scan, view, score, quality)
        writer.predicted(prediction, reader.update(prediction))


def fresh_reader() -> EvidenceReader:
    return EvidenceReader(manifest())
