from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.session.errors import SessionError
from app.session.index import Filter
from app.session.store import ExamStore
from app.session.writer import ExamWriter
from tests.app.session.conftest import Hands, fresh_reader, look

NewExam = Callable[..., ExamWriter]


def test_exams_are_listed_newest_first_and_filtered(
    store: ExamStore, new_exam: NewExam, hands: Hands
) -> None:
    ids = []
    for number in range(3):
        writer = new_exam()
        writer.set_facts(operator=f"OP{number}")
        if number == 1:
            evidence = fresh_reader()
            look(writer, hands, evidence, 40, score=0.55)
            look(writer, hands, evidence, 40, "palate")
        ids.append(writer.close().id)
        hands.tick(3600)
    assert [row.id for row in store.exams()] == ids[::-1]
    assert [row.id for row in store.exams(Filter(operator="OP0"))] == [ids[0]]
    assert [row.id for row in store.exams(Filter(text="op2"))] == [ids[2]]
    assert [row.id for row in store.exams(Filter(verdict="ambiguous"))] == [ids[1]]
    assert [row.id for row in store.exams(Filter(second_look=True))] == [ids[1]]
    first = store.open(ids[0]).exam.started
    assert [row.id for row in store.exams(Filter(until=first + "x"))] == [ids[0]]
    assert store.index.count() == 3
    assert store.index.check() is None
    with sqlite3.connect(store.root / "index.sqlite") as base:
        assert base.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    base.close()


@pytest.mark.parametrize("damage", ["gone", "rubbish", "other version"])
def test_an_index_that_is_gone_or_damaged_is_built_again(
    store: ExamStore, new_exam: NewExam, damage: str
) -> None:
    made = new_exam().close()
    before = store.exams()
    path = store.root / "index.sqlite"
    if damage == "other version":
        with sqlite3.connect(path) as base:
            base.execute("PRAGMA user_version = 99")
        base.close()
        store.rebuild()
    else:
        for file in store.root.glob("index.sqlite*"):
            file.unlink()
        if damage == "rubbish":
            path.write_bytes(b"rubbish" * 1000)
    assert store.exams() == before
    assert [row.id for row in before] == [made.id]


def test_rebuilding_tells_what_cannot_be_read(store: ExamStore, new_exam: NewExam) -> None:
    made = new_exam().close()
    bad = store.root / "2026" / "E-20260202-0000"
    bad.mkdir()
    (bad / "exam.json").write_text("{}")
    done = store.rebuild()
    assert done.exams == 1
    assert len(done.unreadable) == 1 and done.unreadable[0].startswith("E-20260202-0000: ")
    assert [row.id for row in store.exams()] == [made.id]


def test_an_exam_that_was_left_open_is_ended_at_the_next_start(
    store: ExamStore, new_exam: NewExam, hands: Hands, tmp_path: Path
) -> None:
    writer = new_exam()
    look(writer, hands, fresh_reader(), 30)
    going = store.open(writer.id).exam
    assert going.state == "open"
    assert store.recover(except_for=[writer.id]) == []
    made = writer.close()
    # As a kill would have left it: no exam.json of the end, the journal without its last lines.
    opened = store.open(writer.id)
    lines = opened.folder.journal.read_bytes().splitlines(keepends=True)
    opened.folder.journal.write_bytes(b"".join(line for line in lines if b'"closed"' not in line))
    opened.folder.exam.unlink()
    store.index.remove(writer.id)
    empty = store.root / "2026" / "E-20260202-1111"
    empty.mkdir()
    (empty / "exam.json.new").write_text("{")
    assert store.open(writer.id).exam.state == "open"
    assert store.recover() == [writer.id]
    assert not empty.exists(), "an exam of which not one word was written"
    exam = store.open(writer.id).exam
    assert exam.state == "closed"
    assert exam.counts == made.counts
    assert exam.ended is not None and exam.ended <= (made.ended or "")
    assert exam.troubles == ("the program ended before the exam was closed",)
    assert store.recover() == []


def test_a_closed_exam_can_be_amended(store: ExamStore, new_exam: NewExam) -> None:
    made = new_exam().close()
    note = {"at": "2026-02-02T00:00:00+00:00", "who": "CD", "text": "later"}
    store.amend(made.id, "note", note, "CD")
    store.audit(made.id, "export", {"kind": "report"}, "CD")
    opened = store.open(made.id)
    assert opened.check() == ()
    assert [n.text for n in opened.exam.notes] == ["later"]
    assert opened.exam.audit.lines == made.audit.lines + 2
    opened.folder.exam.unlink()
    assert [n.text for n in store.open(made.id).exam.notes] == ["later"], "the journal has it, too"
    with pytest.raises(SessionError, match="this read makes no sense"):
        store.amend(made.id, "read", {"own_confidence": 400}, "CD")


@pytest.mark.parametrize("name", ["", "..", "E-20260202-00/..", "x" * 500, "E-20260202-ABCI"])
def test_other_names_are_refused(store: ExamStore, name: str) -> None:
    with pytest.raises(SessionError, match="expected the name of an exam"):
        store.open(name)


def test_an_exam_that_is_not_there_is_refused(store: ExamStore) -> None:
    with pytest.raises(SessionError, match="there is no such exam"):
        store.open("E-20260202-0000")


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SessionError, match="an exam cannot be begun: "):
        ExamStore(tmp_path / "file" / "exams").new_exam()
