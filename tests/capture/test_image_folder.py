from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from capture.image_folder import ImageFolder, natural_key
from capture.source import EndOfSource, UnreadableSourceError
from tests.capture.media import number_of, numbered, us_region, write_dicom, write_film


def play(folder: ImageFolder) -> tuple[list[Frame], str | None]:
    frames: list[Frame] = []
    while True:
        try:
            frame = folder.read()
        except EndOfSource as end:
            return frames, end.missing
        if frame is not None:
            frames.append(frame)


def test_names_sort_as_people_count() -> None:
    names = ["b1", "a10.png", "a2.png", "A1.png", "a", "10", "9", "a02"]
    assert sorted(names, key=natural_key) == ["9", "10", "a", "A1.png", "a02", "a2.png", "a10.png", "b1"]


def test_mixed_types_and_sizes_come_in_natural_order(tmp_path: Path) -> None:
    for i, name in enumerate(["f_1.png", "f_2.jpg", "f_3.bmp", "f_10.png"]):
        size = (64, 96) if i != 1 else (128, 192)
        cv2.imwrite(str(tmp_path / name), numbered(i, size))
    (tmp_path / "deeper").mkdir()
    with ImageFolder(tmp_path) as folder:
        frames, missing = play(folder)
        assert [number_of(frame.pixels) for frame in frames] == [0, 1, 2, 3]
        assert [frame.width for frame in frames] == [96, 192, 96, 96]
        assert missing is None
        assert folder.info.frames == 4


def test_the_rate_is_assumed_and_said(tmp_path: Path) -> None:
    for i in range(3):
        cv2.imwrite(str(tmp_path / f"{i}.png"), numbered(i))
    with ImageFolder(tmp_path) as folder:
        assert folder.times_s == pytest.approx([0, 0.04, 0.08])
        assert folder.info.warnings == ("pictures carry no time: 25 a second assumed",)
    with ImageFolder(tmp_path, fps=10) as folder:
        assert folder.info.fps == 10
        assert folder.times_s[1] == pytest.approx(0.1)
    with pytest.raises(UnreadableSourceError, match="expected a rate"):
        ImageFolder(tmp_path, fps=0)


def test_junk_films_and_hidden_files_are_skipped(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), numbered(1))
    (tmp_path / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0 thumbs")
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / ".hidden").write_bytes(b"hidden")
    (tmp_path / "empty.png").touch()
    write_film(tmp_path / "film.mp4", 2)
    with ImageFolder(tmp_path) as folder:
        assert folder.info.frames == 1
        skipped, films = folder.info.warnings
    assert skipped == "3 files skipped, not a picture: empty.png, notes.txt, Thumbs.db"
    assert films == "1 file skipped, to be opened alone: film.mp4"


def test_damaged_pictures_are_left_out_and_told(tmp_path: Path) -> None:
    for i in range(4):
        path = tmp_path / f"{i}.png"
        cv2.imwrite(str(path), np.random.default_rng(i).integers(0, 255, (64, 96), np.uint8))
        if i in (0, 2):
            path.write_bytes(path.read_bytes()[:500])
    with ImageFolder(tmp_path) as folder:
        frames, missing = play(folder)
        assert [frame.index for frame in frames] == [1, 3]
        assert missing == "2 of 4 pictures are damaged and were left out"
        assert folder.info.warnings[-1] == "2 files could not be read: 0.png, 2.png"


def test_dicom_stills_follow_their_instance_numbers(tmp_path: Path) -> None:
    for i, name in enumerate(["c.dcm", "a", "b.dcm"]):
        region = us_region(0, 0, 95, 63, 0.01 * (i + 1))
        elements = {"InstanceNumber": i + 1, "SequenceOfUltrasoundRegions": [region]}
        write_dicom(tmp_path / name, [numbered(i)], elements=elements)
    write_dicom(tmp_path / "cine.dcm", [numbered(9)] * 2)
    with ImageFolder(tmp_path) as folder:
        frames, _ = play(folder)
        assert [number_of(frame.pixels) for frame in frames] == [0, 1, 2]
        assert [frame.mm_per_px for frame in frames] == pytest.approx([0.1, 0.2, 0.3])
        assert folder.info.mm_per_px_from == "dicom"
        assert any("cine.dcm" in warning for warning in folder.info.warnings)


@pytest.mark.parametrize("what", ["nothing", "junk", "films", "damaged"])
def test_folders_without_pictures_are_refused(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    words = "no pictures in this folder"
    if what == "junk":
        (folder / "notes.txt").write_text("notes")
    elif what == "films":
        write_film(folder / "film.mp4", 2)
        words = "no pictures in this folder, only films; open one of them"
    elif what == "damaged":
        (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        words = "not one picture"
    with pytest.raises(UnreadableSourceError, match=words) as refused, ImageFolder(folder):
        pass
    assert str(refused.value).startswith("scans: ")


def test_a_real_mixed_folder(shared_data: Path) -> None:
    with ImageFolder(shared_data / "bad" / "folder_mixed") as folder:
        frames, missing = play(folder)
        assert [frame.width for frame in frames] == [800, 800, 800, 500, 800]
        assert missing is None
        assert "Thumbs.db" in folder.info.warnings[-1]
