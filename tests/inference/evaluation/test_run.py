from __future__ import annotations

from pathlib import Path

import pytest

from capture.scan import Scan
from inference.dataset import read_dataset
from inference.evaluation.run import answer_all, answers_name, set_key
from inference.outputs import EngineError
from inference.prediction import Prediction
from tests.inference.evaluation.made_up import MeanEngine, twelve


class StopsAfter(MeanEngine):
    """Is stopped by Ctrl-C after some frames."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.frames = frames

    def predict(self, scan: Scan) -> Prediction:
        if self.runs == self.frames:
            raise KeyboardInterrupt
        return super().predict(scan)


def test_every_frame_goes_through_the_engine_once_and_never_again(tmp_path: Path) -> None:
    data = read_dataset(twelve(tmp_path / "data"))
    path, engine, told = tmp_path / "answers.csv", MeanEngine(), list[tuple[int, int]]()
    answers = answer_all(
        data.rows, data.frames, engine, path, mask=data.mask, on_frame=lambda *at: told.append(at)
    )
    assert engine.runs == 12 and told[-1] == (12, 12)
    assert [answer.row for answer in answers] == list(range(12))
    assert answers[0].cleft == pytest.approx(200 / 255, abs=0.03)
    assert answers[1].cleft == pytest.approx(41 / 255, abs=0.03)
    # The scan alone is looked at, and the gap in its first cell is pointed at; negatives have no gap.
    assert answers[0].region == "4,4,36,36 manual"
    assert (answers[0].pointed, answers[1].pointed) == (True, None)
    assert answers[0].overlap == 1.0
    again = MeanEngine()
    assert answer_all(data.rows, data.frames, again, path, mask=data.mask) == answers
    assert again.runs == 0


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    data = read_dataset(twelve(tmp_path / "data"))
    path = tmp_path / "answers.csv"
    with pytest.raises(KeyboardInterrupt):
        answer_all(data.rows, data.frames, StopsAfter(5), path)
    engine = MeanEngine()
    answers = answer_all(data.rows, data.frames, engine, path)
    assert engine.runs == 7
    assert answers == answer_all(data.rows, data.frames, MeanEngine(), tmp_path / "fresh.csv")


def test_frozen_pictures_of_a_film_are_told_from_moving_ones(tmp_path: Path) -> None:
    data = read_dataset(twelve(tmp_path / "data"))
    rows = tuple(
        type(row)(**{name: getattr(row, name) for name in row.__slots__} | {"file": "film", "frame": at})
        for at, row in enumerate(data.rows)
    )
    _, pixels, region = next(iter(data.frames()))
    still = [(row, pixels.copy(), region) for row in rows]
    answers = answer_all(rows, lambda _: still, MeanEngine(), tmp_path / "answers.csv")
    assert [answer.repeat for answer in answers][:3] == [False, True, True]
    assert answers[-1].signal == "frozen"


def test_other_models_other_data_and_other_rows_have_files_of_their_own(tmp_path: Path) -> None:
    data = read_dataset(twelve(tmp_path / "data"))
    key, engine = set_key(data), MeanEngine()
    names = {
        answers_name(data, key, engine, data.rows, "frames"),
        answers_name(data, key, engine, data.rows, "cases"),
        answers_name(data, key, engine, data.rows[1:], "frames"),
        answers_name(data, "other", engine, data.rows, "frames"),
        answers_name(data, key, MeanEngine(dim=0.5), data.rows, "frames"),
    }
    assert len(names) == 5
    assert all(name.endswith(".csv") and "/" not in name for name in names)
    (data.folder / "3.png").write_bytes((data.folder / "4.png").read_bytes())
    assert set_key(data) != key


def test_a_model_that_fails_keeps_what_was_answered(tmp_path: Path) -> None:
    class Fails(MeanEngine):
        def predict(self, scan: Scan) -> Prediction:
            if self.runs == 3:
                raise EngineError("no usable numbers")
            return super().predict(scan)

    data = read_dataset(twelve(tmp_path / "data"))
    with pytest.raises(EngineError, match="no usable numbers"):
        answer_all(data.rows, data.frames, Fails(), tmp_path / "answers.csv")
    engine = MeanEngine()
    answer_all(data.rows, data.frames, engine, tmp_path / "answers.csv")
    assert engine.runs == 9
