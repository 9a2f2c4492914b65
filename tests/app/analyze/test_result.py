from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.analyze.result import is_current, mend, owner, result_folder

SUMMARY = {
    "format": "philtrum-summary/1",
    "source_key": "s",
    "input_key": "i",
    "files": ["summary.json", "a"],
}


def fill(folder: Path, **changes: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a").write_text("a")
    (folder / "summary.json").write_text(json.dumps(SUMMARY | changes))


def test_a_result_takes_its_place_whole(tmp_path: Path) -> None:
    place = tmp_path / "loop"
    with result_folder(place) as part:
        assert part.is_dir() and not place.exists()
        fill(part)
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]
    assert owner(place) == "s" and is_current(place, "i")


def test_what_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "loop"
    fill(place)
    with pytest.raises(ZeroDivisionError), result_folder(place) as part:
        fill(part, source_key="new")
        raise ZeroDivisionError
    assert owner(place) == "s"
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]
    with result_folder(place) as part:
        fill(part, source_key="new")
        assert owner(place) == "s"
    assert owner(place) == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_a_part_left_by_a_killed_run_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "loop.part").mkdir()
    (tmp_path / "loop.part" / "rest").write_text("half")
    with result_folder(tmp_path / "loop") as part:
        fill(part)
    assert sorted(path.name for path in (tmp_path / "loop").iterdir()) == ["a", "summary.json"]


def test_a_result_set_aside_by_a_killed_run_comes_back(tmp_path: Path) -> None:
    fill(tmp_path / "loop.old")
    mend(tmp_path / "loop")
    assert owner(tmp_path / "loop") == "s" and not (tmp_path / "loop.old").exists()
    fill(tmp_path / "loop.old")
    mend(tmp_path / "loop")
    assert not (tmp_path / "loop.old").exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"format": "philtrum-summary/99"}', '{"source_key": "s"}', "\xff"]
)
def test_another_file_of_that_name_is_no_result(tmp_path: Path, content: str) -> None:
    (tmp_path / "summary.json").write_bytes(content.encode("latin-1"))
    assert owner(tmp_path) is None and not is_current(tmp_path, "i")


def test_a_result_is_current_only_while_its_files_are_there(tmp_path: Path) -> None:
    fill(tmp_path / "loop")
    assert not is_current(tmp_path / "loop", "other")
    (tmp_path / "loop" / "a").unlink()
    assert not is_current(tmp_path / "loop", "i")
