from __future__ import annotations

from collections.abc import Callable

import pytest

from app.session.second_reader import SecondReader
from app.session.store import ExamStore
from app.session.writer import ExamWriter


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_770_000_000.0

    def __call__(self) -> float:
        return self.now_s


def test_own_call_then_ai_then_final_call() -> None:
    clock = Clock()
    reader = SecondReader("CD", "A", clock)
    assert not reader.revealed and reader.read is None
    clock.now_s += 12.5
    own = reader.own_call("no_cleft", 70)
    assert (own.own, own.own_confidence, own.own_seconds, own.final) == ("no_cleft", 70, 12.5, None)
    assert not reader.revealed
    clock.now_s += 1
    assert reader.reveal().revealed_at == "2026-02-02T02:40:13.500+00:00"
    assert reader.revealed
    final = reader.final_call("cleft", 80, "seen now")
    assert final.changed and final.own == "no_cleft"
    assert final.final_at is not None


def test_no_other_order_is_possible() -> None:
    reader = SecondReader("CD", "A", Clock())
    with pytest.raises(ValueError, match="own call before"):
        reader.reveal()
    with pytest.raises(ValueError, match="AI to be shown before"):
        reader.final_call("cleft", 50)
    with pytest.raises(ValueError, match="less than or equal to 100"):
        reader.own_call("cleft", 101)
    reader.own_call("cleft", 50)
    with pytest.raises(ValueError, match="given already"):
        reader.own_call("no_cleft", 50)
    with pytest.raises(ValueError, match="AI to be shown before"):
        reader.final_call("cleft", 50)
    reader.reveal()
    with pytest.raises(ValueError, match="less than or equal to 100"):
        reader.final_call("cleft", 500)
    assert not reader.final_call("cleft", 60).changed
    with pytest.raises(ValueError, match="given already"):
        reader.final_call("no_cleft", 60)


def test_both_calls_are_stored_each_at_its_time(
    store: ExamStore, new_exam: Callable[..., ExamWriter]
) -> None:
    exam_id = new_exam(reading="second-reader").close().id
    reader = SecondReader("CD", "A", Clock())
    store.amend(exam_id, "read", reader.own_call("unsure", 30).model_dump(mode="json"), "CD")
    store.amend(exam_id, "read", reader.reveal().model_dump(mode="json"), "CD")
    store.amend(exam_id, "read", reader.final_call("cleft", 90).model_dump(mode="json"), "CD")
    exam = store.open(exam_id).exam
    assert exam.reading == "second-reader"
    assert exam.reads == (reader.read,)
    log = store.open(exam_id).folder.audit.read_text()
    assert log.count('"what":"read"') == 3
