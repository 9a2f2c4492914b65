"""An exam on disk with a flag, made without waiting for the clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.session.exam import Exam
from app.session.store import ExamStore
from app.session.synthetic import SyntheticScans, prediction_of
from inference.evidence import EvidenceReader
from tests.app.window_fakes import manifest

FRAMES = 120
START_NS, START_S = 5_000_000_000_000, 1_770_000_000.0


class Clock:
    def __init__(self) -> None:
        self.ns = START_NS

    def seconds(self) -> float:
        return START_S + (self.ns - START_NS) / 1e9


def make_exam(root: Path, lip: float = 0.05, palate: float = 0.9, operator: str = "KL") -> Exam:
    """Four seconds at 30 Hz: first the lip view, then the palate view, each with one score."""
    clock = Clock()
    store = ExamStore(root, now_s=clock.seconds, now_ns=lambda: clock.ns)
    writer = store.new_exam(operator=operator, preset="OB", gestational_age_weeks=21.0)
    scans, evidence = SyntheticScans(320, 240), EvidenceReader(manifest())
    for index in range(FRAMES):
        clock.ns += 33_333_333
        scan = scans.scan(index, clock.ns)
        writer.offer(scan)
        view, score = ("lip", lip) if index < FRAMES // 2 else ("palate", palate)
        prediction = prediction_of(scan, view, score)
        writer.predicted(prediction, evidence.update(prediction))
        if index == 40:
            writer.keep(scan, None)
    return writer.close()


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda fd: None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "exams"


@pytest.fixture
def exam(root: Path) -> Exam:
    return make_exam(root)
