from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from pathlib import Path

import pytest

from capture.phantom.encode import write_clip
from capture.phantom.exam import (
    COLUMNS,
    PAUSE_S,
    Clip,
    labels_text,
    plan_exam,
    write_exam,
)
from capture.phantom.film import Film, FrameLabel


def make(clip: Clip, film: Film, paths: list[Path]) -> list[FrameLabel]:
    return write_clip(paths, film, clip.frames)


def test_an_exam_is_one_fetus_on_one_machine() -> None:
    clips = plan_exam(2, "median", clips=6)
    views = ["head", "abdomen", "profile_to_lip", "lip", "lip_to_palate", "palate"]
    assert [clip.recipe.view for clip in clips] == views
    assert len({(c.recipe.seed, c.recipe.style, c.recipe.hand, c.recipe.difficulty) for c in clips}) == 1
    assert [clip.recipe.take for clip in clips] == list(range(6))
    for before, after in pairwise(clips):
        assert after.recipe.clock == pytest.approx(
            before.recipe.clock + before.frames / 28 + PAUSE_S, abs=0.2
        )
    assert plan_exam(2, "median", clips=6) == clips
    assert plan_exam(3, clips=1)[0].recipe.view == "sweep"
    assert len(plan_exam(3, clips=13, seconds=0.5)) == 13


def test_machines_and_hands_differ_between_exams() -> None:
    first = [plan_exam(seed, clips=1)[0].recipe for seed in range(30)]
    assert len({recipe.style for recipe in first}) >= 5
    assert len({recipe.hand for recipe in first}) == 2


def test_the_truth_follows_the_frames(tmp_path: Path) -> None:
    clips = plan_exam(2, "uni_right", clips=2, seconds=0.1, width=160, height=120)
    assert write_exam(tmp_path, clips, [".mkv"], make) == (0, 2)
    truth = json.loads((tmp_path / "exam.json").read_text())
    assert truth["synthetic"]
    assert truth["fetus"]["cleft"] == "uni_right"
    lip = truth["clips"][0]
    assert lip["columns"] == list(COLUMNS)
    film = Film(clips[0].recipe)
    for number, values in enumerate(lip["rows"]):
        row = dict(zip(COLUMNS, values, strict=True))
        label = film.picture(number).label
        assert (row["frame"], row["view"], row["cleft"]) == (number, label.view, label.cleft)
        assert row["quality"] == pytest.approx(label.quality, abs=1e-4)
    rows = list(csv.DictReader(io.StringIO(labels_text(truth))))
    assert len(rows) == sum(clip.frames for clip in clips)
    assert rows[0]["file"] == "clip-01.mkv"
    assert rows[-1]["kind"] == "uni_right"
    assert float(rows[-1]["time_s"]) > PAUSE_S
    assert write_exam(tmp_path, clips, [".mkv"], make) == (2, 0)


def test_a_stopped_exam_goes_on_where_it_stopped(tmp_path: Path) -> None:
    clips = plan_exam(2, clips=2, seconds=0.1, width=160, height=120)

    def stop_at_second(clip: Clip, film: Film, paths: list[Path]) -> list[FrameLabel]:
        if clip is clips[1]:
            raise KeyboardInterrupt
        return make(clip, film, paths)

    with pytest.raises(KeyboardInterrupt):
        write_exam(tmp_path, clips, [".mkv"], stop_at_second)
    assert not json.loads((tmp_path / "exam.json").read_text())["complete"]
    assert write_exam(tmp_path, clips, [".mkv"], make) == (1, 1)
    assert json.loads((tmp_path / "exam.json").read_text())["complete"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    clips = plan_exam(2, clips=1, seconds=0.1, width=160, height=120)
    for text in ("{}", "no json", '{"format": "other", "clips": []}'):
        (tmp_path / "exam.json").write_text(text)
        with pytest.raises(ValueError, match="expected an exam of the phantom"):
            write_exam(tmp_path, clips, [".mkv"], make)
        assert (tmp_path / "exam.json").read_text() == text


@pytest.mark.parametrize(("name", "value"), [("clips", 0), ("clips", 41), ("seconds", 0.0), ("age", 12.0)])
def test_nonsense_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        plan_exam(0, **{name: value})  # type: ignore[arg-type]
