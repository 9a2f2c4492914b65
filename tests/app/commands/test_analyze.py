from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.__main__ import main
from app.analyze.lock import LOCK, one_run_in
from app.analyze.loops import LOOPS
from tests.app.analyze.recordings import exam
from tests.inference.tiny_models import write_tiny_model

BOX = "16,20,144,116"


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_tiny_model(tmp_path / "model"))


def write_film(path: Path, frames: int = 60) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "gray"
        for index, pixels in enumerate(exam()[:frames]):
            frame = av.VideoFrame.from_ndarray(pixels, format="gray")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path


def analyze(model: str, out: Path, *arguments: str | Path) -> int:
    options = ["--out", str(out), "--model", model, "--provider", "cpu", "--region", BOX]
    return main(["analyze", *[str(argument) for argument in arguments], *options])


def test_a_film_from_file_to_result(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    film = write_film(tmp_path / "in" / "loop.mkv")
    assert analyze(model, tmp_path / "out", film, "--no-film") == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "loop.mkv: 60 frames, 1 flag; Fetus: lip view suspect, palate view missing; ask an expert -> "
    )
    summary = json.loads((tmp_path / "out" / "loop" / "summary.json").read_text("utf-8"))
    assert summary["frames"] == 60 == summary["counts"]["inferred"]
    assert len(summary["flags"]) == 1
    assert not (tmp_path / "out" / "loop" / "annotated.mkv").exists()
    assert analyze(model, tmp_path / "out", film, "--no-film") == 0
    assert "done before" in capsys.readouterr().out


def test_the_whole_way_with_the_scan_searched_for(tmp_path: Path, model: str) -> None:
    film = write_film(tmp_path / "in" / "loop.mkv", 20)
    options = ["--out", str(tmp_path / "out"), "--model", model, "--provider", "cpu", "--no-pictures"]
    assert main(["analyze", str(film), *options]) == 0
    with av.open(str(tmp_path / "out" / "loop" / "annotated.mkv")) as made:
        assert sum(1 for _ in made.decode(video=0)) == 20


def test_some_failed_is_1_and_all_failed_is_2(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_film(tmp_path / "in" / "good.mkv", 5)
    (tmp_path / "in" / "bad.mp4").write_bytes(b"")
    out = tmp_path / "out"
    assert analyze(model, out, tmp_path / "in", "--no-film", "--no-pictures") == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["bad.mp4: the file is empty"]
    assert captured.out.splitlines()[-1] == "1 of 2 done, 1 failed: see failures.csv"
    assert (out / "failures.csv").is_file()
    assert analyze(model, out, tmp_path / "in" / "bad.mp4", tmp_path / "gone.mp4") == 2
    assert capsys.readouterr().err.splitlines() == [
        "gone.mp4: no such file or folder",
        "bad.mp4: the file is empty",
    ]
    (tmp_path / "in" / "bad.mp4").unlink()
    assert analyze(model, out, tmp_path / "in", "--no-film", "--no-pictures") == 0
    assert not (out / "failures.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--region", "1,2,3"], "expected x0,y0,x1,y1 or whole, got '1,2,3'"),
        (["--region", "9,9,3,3"], "expected 0 <= x0 < x1 and 0 <= y0 < y1"),
        (["--region", "0,0,5000,50"], "expected a region inside the picture of 160x120, got 0,0,5000,50"),
        (["--provider", "abacus"], "abacus"),
        (["--precision", "fp16"], "fp16"),
        (["--model", "/nowhere/model.json"], "model.json"),
    ],
)
def test_nonsense_is_one_line_and_2(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    film = write_film(tmp_path / "in" / "loop.mkv", 3)
    options = ["--out", str(tmp_path / "out"), "--model", model, "--provider", "cpu"]
    try:
        status = main(["analyze", str(film), *options, *arguments])
    except SystemExit as stop:
        status = int(stop.code or 0)
    said = capsys.readouterr().err
    assert status == 2
    assert message in said and "Traceback" not in said
    assert len(said.strip().splitlines()) == 1


def test_a_place_that_cannot_be_written_is_one_line_and_2(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    film = write_film(tmp_path / "in" / "loop.mkv", 3)
    (tmp_path / "file").write_text("in the way")
    assert analyze(model, tmp_path / "file" / "out", film) == 2
    said = capsys.readouterr().err
    assert "cannot write to" in said and len(said.strip().splitlines()) == 1


def test_a_second_run_into_the_same_folder_is_one_line_and_2(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    film, out = write_film(tmp_path / "in" / "loop.mkv", 3), tmp_path / "out"
    out.mkdir()
    with one_run_in(out):
        assert analyze(model, out, film) == 2
    said = capsys.readouterr().err
    assert f"another run is writing to {out}" in said and len(said.strip().splitlines()) == 1
    assert not (out / "loop").exists()
    assert analyze(model, out, film, "--no-film", "--no-pictures") == 0


def test_a_live_source_is_refused(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert analyze(model, tmp_path / "out", "phantom:") == 2
    assert "expected a recording, got a live source" in capsys.readouterr().err


def test_no_text_of_the_screen_or_the_header_gets_into_the_results(
    tmp_path: Path, model: str, shared_data: Path
) -> None:
    """The cine of a machine's test patient: its name is burned in and stands in the header."""
    cine = shared_data / "linear_testbanner_27f_j2k.dcm"
    out = tmp_path / "out"
    options = ["--out", str(out), "--model", model, "--provider", "cpu"]
    assert main(["analyze", str(cine), *options]) == 0
    folder = out / "linear_testbanner_27f_j2k"
    for path in folder.iterdir():
        content = path.read_bytes().upper()
        for word in (b"ZZZ", b"00079241539", b"TEST PATIENT", b"CLEVELA", b"19510829"):
            assert word not in content, f"{word!r} in {path.name}"
    with av.open(str(folder / "annotated.mkv")) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="gray")
    assert np.count_nonzero(picture[:632, :960] > 30) > 1000, "the scan is in the film"


@pytest.mark.parametrize(
    "name", ["text_named.mp4", "audio_only.mp4", "dicom_no_pixels.dcm", "truncated_no_moov.mp4"]
)
def test_bad_files_are_one_line_and_2(
    tmp_path: Path, model: str, shared_data: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert analyze(model, tmp_path / "out", shared_data / "bad" / name) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{name}: ")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"failures.csv", LOOPS, LOCK}
