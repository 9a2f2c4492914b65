from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.__main__ import main
from app.session.store import ExamStore
from tests.app.session.conftest import Hands, fresh_reader, look


@pytest.fixture
def made(tmp_path: Path) -> tuple[ExamStore, str]:
    """A closed exam with an ambiguous lip view."""
    hands = Hands()
    store = ExamStore(tmp_path / "exams", now_s=hands.now_s, now_ns=lambda: hands.now_ns)
    writer, evidence = store.new_exam(operator="AB", preset="OB"), fresh_reader()
    look(writer, hands, evidence, 40, score=0.55)
    look(writer, hands, evidence, 40, "palate")
    return store, writer.close().id


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(made: tuple[ExamStore, str], capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> tuple[int, str]:
        status = main(["exams", "--root", str(made[0].root), *words])
        said = capsys.readouterr()
        return status, said.out + said.err

    return command


def test_list_and_show_tell_of_an_exam(made: tuple[ExamStore, str], run: Run) -> None:
    status, said = run("list")
    assert status == 0 and made[1] in said and "A ambiguous" in said
    assert run("list", "--operator", "XY") == (0, "no exams\n")
    status, said = run("list", "--json", "--second-look")
    assert [row["verdicts"] for row in json.loads(said)] == [{"A": "ambiguous"}]
    status, said = run("show", made[1])
    assert status == 0 and "fetus A: ambiguous" in said and "in the table 80" in said
    status, said = run("show", made[1], "--json")
    assert json.loads(said)["exam"]["id"] == made[1]


def test_show_says_what_is_wrong(made: tuple[ExamStore, str], run: Run) -> None:
    made[0].open(made[1]).folder.predictions.unlink()
    status, said = run("show", made[1])
    assert status == 1
    assert "! predictions.bin is missing: the scores of the frames are lost" in said


@pytest.mark.parametrize(
    "words", [("show", "E-20260202-0000"), ("show", "../x"), ("queue", "--answer", "/none")]
)
def test_what_cannot_be_is_refused_in_one_line(run: Run, words: tuple[str, ...]) -> None:
    status, said = run(*words)
    assert status == 2
    assert said.startswith("philtrum exams: ") and said.count("\n") == 1


def test_rebuild_and_recover(made: tuple[ExamStore, str], run: Run) -> None:
    (made[0].root / "index.sqlite").unlink()
    assert run("rebuild") == (0, "1 exams in the index\n")
    assert run("recover") == (0, "none was left open\n")
    bad = made[0].root / "2026" / "E-20260202-0000"
    bad.mkdir()
    (bad / "exam.json").write_text("{")
    status, said = run("rebuild")
    assert status == 1 and "! E-20260202-0000: nothing of this exam can be read" in said


def test_queue_exports_and_reads_back(made: tuple[ExamStore, str], run: Run, tmp_path: Path) -> None:
    assert "lip view between the operating points" in run("queue")[1]
    _, said = run("queue", "--export", made[1], str(tmp_path / "out"))
    folder = Path(said.strip())
    answer = json.loads((folder / "answer.json").read_text())
    answer["reader"], answer["answers"][0]["call"] = "EX", "no_cleft"
    (folder / "answer.json").write_text(json.dumps(answer))
    assert run("queue", "--answer", str(folder)) == (0, f"{made[1]}: 1 answers\n")
    assert run("queue") == (0, "none waits\n")


def test_quality_gives_figures_and_a_table(run: Run, tmp_path: Path) -> None:
    status, said = run("quality", "--csv", str(tmp_path / "q.csv"))
    assert status == 0
    assert json.loads(said)["preset"]["OB"]["ambiguous"] == 1.0
    assert (tmp_path / "q.csv").read_text().count("\n") == 2
    assert run("quality", "--csv", str(tmp_path / "none" / "q.csv"))[0] == 2


def test_bench_gives_figures(run: Run) -> None:
    status, said = run("bench", "--seconds", "0.4", "--minutes", "0.02", "--exams", "20")
    assert status == 0
    found = json.loads(said)
    assert found["recording"]["offered"] == found["recording"]["stored"] + found["recording"]["lost"] > 0
    assert found["long_exam"]["frames"] >= found["recording"]["stored"] / 2
    assert found["long_exam"]["seek_ms"]["p95"] > 0
    assert found["index"]["list"]["rows"] == 20
