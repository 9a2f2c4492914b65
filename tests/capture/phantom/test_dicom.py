from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from capture.dicom_file import DicomFile
from capture.phantom.dicom import comment_of
from capture.phantom.encode import made_from, told_by, write_clip
from capture.phantom.film import Film
from capture.phantom.recipe import Recipe
from capture.source import SourceInfo

RECIPE = Recipe(2, view="lip", style="e", width=321, height=240, fps=23.5, detail=0.6)
COUNT = 4
WAYS = [("jpeg", "e"), ("jpeg", None), ("rle", "b"), ("none", "f"), ("none", None)]


def written(path: Path, stored: str, style: str | None) -> Film:
    film = Film(replace(RECIPE, style=style))  # type: ignore[arg-type]
    write_clip([path], film, COUNT, stored=stored)
    return film


@pytest.mark.parametrize(("stored", "style"), WAYS)
def test_capture_reads_rate_region_scale_and_pictures_back(
    stored: str, style: str | None, tmp_path: Path
) -> None:
    film = written(tmp_path / "a.dcm", stored, style)
    again = Film(film.recipe)
    with DicomFile(tmp_path / "a.dcm") as source:
        info: SourceInfo = source.info
        frames = [source.read(10.0) for _ in range(COUNT)]
    assert info.frames == COUNT
    assert info.fps == pytest.approx(23.5, rel=1e-4)
    assert info.warnings == ()
    assert film.region.mm_per_px is not None
    assert info.mm_per_px == pytest.approx(film.region.mm_per_px, rel=1e-6)
    assert info.mm_per_px_from == "dicom"
    assert info.claimed_region == film.region.box
    most = 0 if stored != "jpeg" else 60
    for number, frame in enumerate(frames):
        assert frame is not None
        apart = np.abs(frame.pixels.astype(int) - again.picture(number).pixels)
        assert apart.max() <= most
        assert apart.mean() < 2.5


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian's dicom3tools) is not here")
@pytest.mark.parametrize(("stored", "style"), WAYS)
def test_dciodvfy_finds_no_error(stored: str, style: str | None, tmp_path: Path) -> None:
    written(tmp_path / "a.dcm", stored, style)
    checked = subprocess.run(["dciodvfy", "a.dcm"], cwd=tmp_path, capture_output=True, text=True)
    said = (checked.stdout + checked.stderr).splitlines()
    assert "USMultiFrameImage" in said
    assert [line for line in said if "Error" in line or "Warning" in line] == []


def test_it_says_that_it_is_synthetic_and_names_no_patient(tmp_path: Path) -> None:
    film = written(tmp_path / "a.dcm", "jpeg", "e")
    header = pydicom.dcmread(tmp_path / "a.dcm", stop_before_pixels=True)
    assert str(header.PatientName) == "SYNTHETIC^PHANTOM"
    assert header.PatientBirthDate == ""
    assert header.QualityControlSubject == "YES"
    assert {"SYNTHETIC", "PHANTOM"} <= set(header.ImageType)
    assert "SYNTHETIC PHANTOM" in header.SeriesDescription
    assert comment_of(tmp_path / "a.dcm") == made_from(film.recipe, COUNT)


def test_the_same_film_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.dcm", "b.dcm"):
        written(tmp_path / name, "jpeg", "b")
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()
    other = Film(replace(RECIPE, style="b", take=1))
    write_clip([tmp_path / "c.dcm"], other, COUNT)
    one, two = (pydicom.dcmread(tmp_path / name, stop_before_pixels=True) for name in ("a.dcm", "c.dcm"))
    assert one.SOPInstanceUID != two.SOPInstanceUID
    assert one.StudyInstanceUID == two.StudyInstanceUID


def test_other_files_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(b"nothing")
    assert told_by(tmp_path / "a.dcm") is None


@pytest.mark.parametrize(("stored", "frames"), [("zip", 1), ("none", 10**6)])
def test_nonsense_is_refused(stored: str, frames: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected"):
        write_clip([tmp_path / "a.dcm"], Film(RECIPE), frames, stored=stored)
    assert list(tmp_path.iterdir()) == []
