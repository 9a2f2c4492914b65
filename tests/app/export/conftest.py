"""One exam with planted names in all that is typed, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.export.content import ModelCard, ReportContent
from app.export.from_exam import content_of
from app.export.pseudonym import Pseudonyms
from app.session.exam import ModelUsed
from app.session.reader import ExamReader
from app.session.store import ExamStore
from tests.app.session.conftest import Hands, fresh_reader, look
from tests.app.window_fakes import manifest

PLANTED = ("Zaphira", "Quibblesworth", "ZQ-4711-X", "19870605", "Drummelfink")
"""Names, an id, a birth date: no file may have them but those that are asked to."""


@pytest.fixture(scope="session")
def exam_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder with one closed exam: a flag in the lip view, none in the palate view, fetus B empty."""
    home = tmp_path_factory.mktemp("home")
    hands = Hands()
    store = ExamStore(home / "exams", now_s=hands.now_s, now_ns=lambda: hands.now_ns)
    synced, os.fsync = os.fsync, lambda fd: None
    try:
        writer = store.new_exam(
            operator="Drummelfink", preset="Zaphira cart", gestational_age_weeks=21 + 3 / 7
        )
        writer.set_model(
            ModelUsed(
                name="test-model",
                version="1",
                sha256="0" * 64,
                synthetic=True,
                provider="CPU",
                precision="fp32",
            )
        )
        reader = fresh_reader()
        look(writer, hands, reader, 45, "lip", 0.9)
        look(writer, hands, reader, 45, "palate", 0.1)
        writer.keep(hands.scan(), None)
        writer.note("Quibblesworth asked for a second look")
        writer.override("A", 1, "agree", "seen with Quibblesworth <b>twice</b>", side="left")
        writer.new_fetus()
        writer.close()
        reads = {
            "who": "Drummelfink", "fetus": "A", "own": "no_cleft", "own_confidence": 60, "own_seconds": 31.5,
            "own_at": "2026-02-02T10:00:00+00:00", "revealed_at": "2026-02-02T10:01:00+00:00",
            "final": "cleft", "final_confidence": 70, "final_at": "2026-02-02T10:02:00+00:00",
            "comment": "Quibblesworth again",
        }  # fmt: skip
        store.amend(writer.id, "read", reads, "Drummelfink")
    finally:
        os.fsync = synced
    yield home


@pytest.fixture(scope="session")
def exam(exam_home: Path) -> ExamReader:
    (row,) = ExamStore(exam_home / "exams").exams()
    return ExamStore(exam_home / "exams").open(row.id)


@pytest.fixture(scope="session")
def content(exam: ExamReader) -> ReportContent:
    """With the card of a model whose manifest is at hand."""
    made = content_of(exam)
    assert made.model is not None
    card = ModelCard(
        "test-model", "1", "0" * 64, True, "CPU", "fp32", points=manifest().operating_points,
        heat_threshold=0.4, description="for <tests> & more", training_data="none", intended_use="tests",
        limits=("Never saw a fetus",),
    )  # fmt: skip
    return replace(made, model=card)


@pytest.fixture(scope="session")
def names() -> Pseudonyms:
    return Pseudonyms(b"k" * 32)
