from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.__main__ import main
from app.session.reader import ExamReader
from tests.app.export.conftest import PLANTED, content, exam, exam_home, names

__all__ = ["content", "exam", "exam_home", "names"]


@pytest.fixture
def home(exam_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHILTRUM_HOME", str(exam_home))
    return exam_home


def test_report_is_written_and_in_the_audit_log(
    home: Path, exam: ExamReader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", exam.exam.id, "--format", "html,json", "--out", str(tmp_path / "new")]) == 0
    printed = capsys.readouterr()
    assert printed.out.split() == [
        str(tmp_path / "new" / f"{exam.exam.id}-report.{kind}") for kind in ("html", "json")
    ]
    assert printed.err == ""
    assert '"report"' in exam.folder.audit.read_text("utf-8")
    assert exam.audit_check().faults == ()


def test_a_preview_says_all_and_writes_nothing(
    home: Path, exam: ExamReader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = exam.folder.audit.read_bytes()
    out = tmp_path / "new"
    assert main(["report", exam.exam.id, "--preview", "--deidentified", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "would write P-" in printed and "says fetuses 1.verdict: suspect_lip" in printed
    assert "leaves out the exam's own name, dates" in printed
    assert not [word for word in (*PLANTED, exam.exam.id) if word in printed]
    assert not out.exists() and exam.folder.audit.read_bytes() == before
    assert main(["report", exam.exam.id]) == 2
    assert "expected --out DIR, or --preview" in capsys.readouterr().err


def test_a_folder_elsewhere_is_read_and_left_as_it_is(home: Path, exam: ExamReader, tmp_path: Path) -> None:
    copy = tmp_path / exam.exam.id
    shutil.copytree(exam.folder.path, copy)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    command = ["report", str(copy), "--format", "json", "--deidentified", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    (written,) = (tmp_path / "out").iterdir()
    assert written.name.startswith("P-")
    assert not [word for word in PLANTED if word in written.read_text("utf-8")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["E-20260101-XXXX", "--out", "o"], "no such exam"),
        (["nonsense", "--out", "o"], "expected the name of an exam"),
        (["EXAM", "--out", "o", "--format", "docx"], "expected formats among pdf, html, json, got docx"),
        (
            ["EXAM", "--out", "o", "--format", "html", "--template", "nowhere"],
            "expected a folder with templates",
        ),
    ],
)
def test_bad_input_is_one_line(
    home: Path, exam: ExamReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["report", *(exam.exam.id if part == "EXAM" else part for part in arguments)]) == 2
    line = capsys.readouterr().err
    assert said in line and line.count("\n") == 1
