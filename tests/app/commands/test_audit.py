from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.session.folder import ExamFolder
from app.session.store import ExamStore


@pytest.fixture
def folder(tmp_path: Path) -> ExamFolder:
    store = ExamStore(tmp_path / "exams")
    writer = store.new_exam(operator="AB")
    writer.override("A", 1, "disagree")
    writer.audit("export", {"kind": "report"})
    return store.open(writer.close().id).folder


def test_a_whole_log_passes(folder: ExamFolder, capsys: pytest.CaptureFixture[str]) -> None:
    for place in (folder.path, folder.path.parents[1], folder.path.parents[2]):
        assert main(["audit", "verify", str(place)]) == 0
        assert capsys.readouterr().out == "1 of 1 audit logs are whole\n"


def test_a_changed_word_is_found_and_told(folder: ExamFolder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.audit.write_bytes(folder.audit.read_bytes().replace(b'"disagree"', b'"agree"'))
    assert main(["audit", "verify", str(folder.path)]) == 1
    said = capsys.readouterr().out
    assert f"{folder.id}: audit.jsonl line 3 does not follow from the line before" in said
    assert main(["audit", "verify", "--json", str(folder.path)]) == 1
    assert json.loads(capsys.readouterr().out)[folder.id]["faults"]


def test_a_cut_off_tail_is_found_by_the_anchor(
    folder: ExamFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = folder.audit.read_bytes().splitlines(keepends=True)
    folder.audit.write_bytes(b"".join(lines[:-2]))
    assert main(["audit", "verify", str(folder.path)]) == 1
    assert f"ends early: {len(lines) - 2} of at least {len(lines)} lines" in capsys.readouterr().out


def test_an_anchor_that_was_taken_back_by_hand_is_found(folder: ExamFolder) -> None:
    """Cutting the log and lowering the number in exam.json breaks exam.json's own check sum."""
    body = json.loads(folder.exam.read_text())
    lines = folder.audit.read_bytes().splitlines(keepends=True)
    folder.audit.write_bytes(b"".join(lines[:1]))
    body["audit"]["lines"] = 1
    folder.exam.write_text(json.dumps(body))
    assert main(["audit", "verify", str(folder.path)]) == 1


@pytest.mark.parametrize("place", ["none", "."])
def test_a_folder_without_exams_is_refused(
    tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "verify", str(tmp_path / place)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
