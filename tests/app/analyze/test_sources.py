from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.analyze.sources import find, folder_names

FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 64


def film(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(FILM)
    return path


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.zeros((8, 8), np.uint8))
    return path


def names(specs: list[Path | str], out: Path) -> list[str]:
    return [item.name for item in find([str(spec) for spec in specs], out)[0]]


def test_a_folder_is_walked_for_films_and_picture_folders(tmp_path: Path) -> None:
    top = tmp_path / "loops"
    film(top / "b.mp4")
    film(top / "a.mp4")
    film(top / "deep" / "er" / "c.mov")
    for index in range(3):
        picture(top / "stack" / f"{index}.png")
    (top / "notes.txt").write_text("nothing to run")
    (top / "window.ts").write_text("<TS>a translation, no transport stream</TS>\xff")
    (top / "store-1").write_bytes(b"\1\2\3 something or other")
    (top / "stack" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0junk")
    film(top / ".hidden" / "d.mp4")
    assert names([top], tmp_path / "out") == ["a.mp4", "b.mp4", "c.mov", "stack"]


def test_pictures_beside_films_are_stills(tmp_path: Path) -> None:
    film(tmp_path / "loops" / "a.mp4")
    picture(tmp_path / "loops" / "b.png")
    picture(tmp_path / "loops" / "c.png")
    assert names([tmp_path / "loops"], tmp_path / "out") == ["a.mp4", "b.png", "c.png"]


def test_results_are_no_recordings(tmp_path: Path) -> None:
    top = tmp_path / "loops"
    film(top / "a.mp4")
    film(top / "out" / "a" / "annotated.mkv")
    film(top / "earlier" / "a" / "annotated.mkv")
    (top / "earlier" / "a" / "summary.json").write_text(
        json.dumps({"format": "philtrum-summary/1", "source_key": "s"})
    )
    assert names([top], top / "out") == ["a.mp4"]


def test_a_damaged_film_is_reported_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "loops").mkdir()
    (tmp_path / "loops" / "empty.mp4").write_bytes(b"")
    (tmp_path / "loops" / "text.dcm").write_text("no DICOM")
    assert names([tmp_path / "loops"], tmp_path / "out") == ["empty.mp4", "text.dcm"]


def test_each_recording_is_run_once(tmp_path: Path) -> None:
    path = film(tmp_path / "loops" / "a.mp4")
    again = path.parent / ".." / "loops" / "a.mp4"
    assert names([path, path.parent, again], tmp_path / "out") == ["a.mp4"]


def test_what_is_not_there_or_holds_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    items, failures = find([str(tmp_path / "gone.mp4"), str(tmp_path / "empty")], tmp_path / "out")
    assert not items
    assert [failure.message for failure in failures] == [
        "gone.mp4: no such file or folder",
        "empty: no recording in this folder",
    ]


@pytest.mark.parametrize("spec", ["x" * 5000, "a\0b", "", "C:\\gone.mp4"])
def test_nonsense_is_one_short_line(tmp_path: Path, spec: str) -> None:
    items, failures = find([spec], tmp_path / "out")
    assert not items or items[0].spec == spec
    assert all(len(f.message) < 200 and len(f.message.splitlines()) == 1 for f in failures)


def test_words_for_a_source_are_passed_on(tmp_path: Path) -> None:
    items, failures = find(["phantom:seed=3"], tmp_path)
    assert not failures
    assert (items[0].spec, items[0].stem, items[0].bytes) == ("phantom:seed=3", "phantom", None)


def test_the_stamp_changes_with_any_picture_of_a_loop(tmp_path: Path) -> None:
    for index in range(3):
        picture(tmp_path / "loop" / f"{index}.png")
    before = find([str(tmp_path / "loop")], tmp_path / "out")[0][0]
    assert cv2.imwrite(str(tmp_path / "loop" / "1.png"), np.ones((9, 9), np.uint8))
    after = find([str(tmp_path / "loop")], tmp_path / "out")[0][0]
    assert before.source_key == after.source_key and before.stamp != after.stamp


def test_recordings_of_one_name_get_folders_of_their_own(tmp_path: Path) -> None:
    out = tmp_path / "out"
    paths = [film(tmp_path / "x" / "a.mp4"), film(tmp_path / "y" / "A.avi"), film(tmp_path / "y" / "b.mp4")]
    items = find([str(path) for path in paths], out)[0]
    folders = folder_names(items, out)
    assert len({folder.casefold() for folder in folders}) == 3
    assert folders[2] == "b"
    assert folders == folder_names(items, out)
    assert folders[:2] == folder_names(items[:1] + items[1:2], out)


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "b").mkdir()
    items = find([str(film(tmp_path / "in" / f"{name}.mp4")) for name in "ab"], tmp_path / "out")[0]
    (tmp_path / "out" / "b" / "summary.json").write_text(
        json.dumps({"format": "philtrum-summary/1", "source_key": items[1].source_key})
    )
    folders = folder_names(items, tmp_path / "out")
    assert folders[0] == f"a-{items[0].source_key[:8]}", "somebody's own folder"
    assert folders[1] == "b", "the result of this recording"


@pytest.mark.parametrize(
    ("file", "stem"),
    [
        ("loop 1 (lip).mp4", "loop_1_(lip)"),
        ("唇 切面.mp4", "唇_切面"),
        ("con.mp4", "con_"),
        ("...mp4", "recording"),
        ("a;b|c.mp4", "a_b_c"),
        (f"{'x' * 200}.mp4", "x" * 80),
    ],
)
def test_folder_names_suit_every_system(tmp_path: Path, file: str, stem: str) -> None:
    assert find([str(film(tmp_path / file))], tmp_path / "out")[0][0].stem == stem
