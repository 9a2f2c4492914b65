from __future__ import annotations

from pathlib import Path

from capture.scan import Signal
from inference.evaluation.answers import AnswerFile, data_key, read_answers
from tests.inference.evaluation.made_up import answer_of


def test_answers_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    first = answer_of(0, 0.1 + 0.2, pointed=True, overlap=1 / 3)
    second = answer_of(5, 0.0, "other", quality=None, signal=Signal.FROZEN, repeat=True, pointed=False)
    with AnswerFile(path) as kept:
        kept.add(first)
        kept.add(second)
        assert read_answers(path) == {0: first, 5: second}, "on disk at once"
    assert read_answers(path) == {0: first, 5: second}


def test_a_line_cut_short_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    with AnswerFile(path) as kept:
        kept.add(answer_of(0, 0.25))
        kept.add(answer_of(1, 0.75))
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with AnswerFile(path) as kept:
        assert list(kept.answers) == [0]
        kept.add(answer_of(1, 0.75))
    assert path.read_bytes() == whole


def test_a_file_of_another_program_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("row,score\n0,0.5\n")
    assert read_answers(path) == {}


def test_the_key_follows_labels_and_contents(tmp_path: Path) -> None:
    one, two = tmp_path / "a.png", tmp_path / "b.png"
    one.write_bytes(bytes(200_000))
    two.write_bytes(b"two")
    key = data_key(["row"], [one, two])
    assert data_key(["row"], [two, one]) == key
    assert data_key(["other row"], [one, two]) != key
    one.write_bytes(bytes(199_999) + b"x")
    assert data_key(["row"], [one, two]) != key
