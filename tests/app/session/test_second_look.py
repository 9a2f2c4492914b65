from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.session.errors import SessionError
from app.session.index import Filter
from app.session.second_look import export, plan, queue, read_answer, reason
from app.session.store import ExamStore
from app.session.writer import ExamWriter
from capture.open import open_source
from capture.source import EndOfSource
from inference.evidence_types import Status, Verdict
from tests.app.session.conftest import Hands, fresh_reader, look

NewExam = Callable[..., ExamWriter]


@pytest.fixture
def ambiguous(new_exam: NewExam, hands: Hands) -> str:
    writer, evidence = new_exam(), fresh_reader()
    look(writer, hands, evidence, 40, score=0.55)
    look(writer, hands, evidence, 40, "palate")
    scan = hands.scan()
    writer.offer(scan)
    writer.keep(scan, None)
    writer.note("Mrs DOE was late")
    return writer.close().id


def test_reasons_are_told_in_words() -> None:
    assert reason(Verdict.DISCORDANT, Status.NO_SIGN, Status.FLAG) == (
        "palate view flagged, lip view without a sign"
    )
    assert "none flagged, lip view between" in reason(Verdict.AMBIGUOUS, Status.LOOK_AGAIN, Status.NO_SIGN)


def test_ambiguous_exams_wait_in_the_queue(store: ExamStore, ambiguous: str, new_exam: NewExam) -> None:
    new_exam().close()
    items = queue(store)
    assert [(item.exam, item.fetus, item.verdict) for item in items] == [(ambiguous, "A", "ambiguous")]
    assert queue(store, Filter(operator="nobody")) == []


def test_an_export_shows_pictures_and_clips_and_nobody(
    store: ExamStore, ambiguous: str, tmp_path: Path
) -> None:
    planned = plan(store, ambiguous)
    assert '"what":"export"' not in store.open(ambiguous).folder.audit.read_text(), "looking is no export"
    folder = export(store, ambiguous, tmp_path / "out")
    assert planned.name == folder.name
    assert planned.picture is not None and planned.picture.startswith(b"\x89PNG")
    named = {line.split()[2].rstrip(":") for line in planned.lines if line.startswith("would write ")}
    assert named == {path.name for path in folder.iterdir()}
    facts = json.loads((folder / "second-look.json").read_text())
    assert {clip["file"] for clip in facts["clips"]} == {path.name for path in folder.glob("*.mkv")}
    assert len(facts["pictures"]) == len(list(folder.glob("*.png"))) >= 2
    frames = 0
    with open_source(str(folder / facts["clips"][0]["file"])) as film:
        try:
            while True:
                frames += film.read() is not None
        except EndOfSource as end:
            assert end.missing is None
    assert frames > 20
    exam = store.open(ambiguous).exam
    for path in folder.rglob("*"):
        data = path.read_bytes()
        for word in (exam.id, "2026", "DOE", 'AB"', exam.operator + ",", "PLANTED"):
            assert word.encode() not in data or path.suffix in (".png", ".npz", ".mkv"), (path.name, word)
        if path.suffix == ".mkv":
            assert exam.id.encode() not in data and b"first_us" not in data
        assert exam.id not in path.name
    assert '"what":"export"' in store.open(ambiguous).folder.audit.read_text()
    assert store.open(ambiguous).check() == ()
    with pytest.raises(SessionError, match="is there already"):
        export(store, ambiguous, tmp_path / "out")


def test_an_answer_is_read_back_once(store: ExamStore, ambiguous: str, tmp_path: Path) -> None:
    folder = export(store, ambiguous, tmp_path)
    path = folder / "answer.json"
    body = json.loads(path.read_text())
    body["reader"] = "EXPERT"
    body["answers"][0] |= {"call": "no_cleft", "confidence": 90, "comment": "a philtrum"}
    path.write_text(json.dumps(body))
    exam = read_answer(store, folder)
    assert [(a.who, a.fetus, a.call, a.confidence) for a in exam.answers] == [("EXPERT", "A", "no_cleft", 90)]
    assert len(read_answer(store, folder).answers) == 1
    assert queue(store) == []
    assert store.open(ambiguous).check() == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reader": ""}, "expected a reader and at least one call"),
        ({"code": "0000000000"}, "there is no exam of this code"),
        ({"format": "other"}, "format"),
        ({"answers": [{"fetus": "Z", "call": "cleft"}]}, "the exam has no fetus Z"),
        ({"answers": [{"fetus": "A", "call": "perhaps"}]}, "call"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_other_answers_are_refused_in_one_line(
    store: ExamStore, ambiguous: str, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    folder = export(store, ambiguous, tmp_path)
    body = json.loads((folder / "answer.json").read_text())
    body["reader"], body["answers"][0]["call"] = "EXPERT", "cleft"
    (folder / "answer.json").write_text(json.dumps(body | change))
    with pytest.raises(SessionError, match=words) as refused:
        read_answer(store, folder)
    assert "\n" not in str(refused.value)
    assert store.open(ambiguous).exam.answers == ()
