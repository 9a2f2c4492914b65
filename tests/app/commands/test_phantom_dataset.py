from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.__main__ import main
from app.commands import phantom_dataset
from capture.phantom import dataset_files
from capture.phantom.dataset import Order
from capture.phantom.screen import SYNTHETIC
from inference.dataset import read_dataset

ORDER = (
    *("--sites", "2", "--seed", "4", "--domain", "plain", "--positives", "1"),
    *("--screens", "0.5", "--controls"),
)


def write(out: Path, *options: str) -> int:
    return main(["phantom", "dataset", "--out", str(out), *options])


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("data") / "set"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHILTRUM_HOME", str(folder.parent / "home"))
        assert write(folder, "--frames", "12", "--per-fetus", "3", *ORDER) == 0
    yield folder


def test_what_is_written_is_what_the_door_reads(made: Path) -> None:
    data = read_dataset(made)
    assert (data.synthetic, data.domain, len(data.rows)) == (True, "plain", 12)
    assert {row.site for row in data.rows} == {"S01", "S02"}
    assert len({row.fetus for row in data.rows}) == 4
    sizes = set()
    positives = 0
    for row, pixels, region in data.frames():
        sizes.add(pixels.shape)
        mask = data.mask(row)
        assert row.scan == region.box
        assert mask is None or mask.shape == pixels.shape[:2]
        if row.cleft:
            positives += 1
            assert mask is not None
            assert row.finding is not None
            ys, xs = np.nonzero(mask)
            assert (xs.min(), xs.max() + 1) == (row.finding.x0, row.finding.x1)
            assert (ys.min(), ys.max() + 1) == (row.finding.y0, row.finding.y1)
            grey = pixels if pixels.ndim == 2 else pixels[..., 1]
            around = grey[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
            assert (
                grey[mask > 0].mean()
                < around[mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] == 0].mean()
            )
    assert positives >= 1
    assert {len(shape) for shape in sizes} == {2, 3}, "bare scans and whole screens"


def test_twins_differ_about_the_gap_alone(made: Path) -> None:
    data = read_dataset(made)
    row = next(row for row in data.rows if row.cleft)
    with Image.open(made / row.file) as image, Image.open(made / row.column("twin")) as other:
        pixels, twin = np.asarray(image, int), np.asarray(other, int)
    mask = data.mask(row)
    assert mask is not None
    assert np.abs(pixels - twin)[mask > 0].mean() > 10
    faces = {row.file for row in data.rows if row.view != "other" and row.kind != "none"}
    assert {row.file for row in data.rows if row.column("twin")} == faces


def test_everything_says_that_it_is_synthetic(made: Path) -> None:
    for path in made.rglob("*.png"):
        with Image.open(path) as image:
            assert image.info["Title"] == SYNTHETIC
    assert SYNTHETIC in (made / "dataset.json").read_text()


def test_a_stopped_run_goes_on_to_the_same_bytes(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "set"
    options = ("--frames", "12", "--per-fetus", "3", *ORDER)
    whole = dataset_files.write_patient

    def stopped(folder: Path, order: Order, number: int) -> str:
        if number == 2:
            raise KeyboardInterrupt
        return whole(folder, order, number)

    with monkeypatch.context() as patch:
        patch.setattr(phantom_dataset, "write_patient", stopped)
        assert write(out, *options) == 130
    assert not (out / "dataset.json").exists()
    assert write(out, "--frames", "13", "--per-fetus", "3", *ORDER) == 2
    assert "was begun with" in capsys.readouterr().err
    untouched = (out / "S01/F00001/0001.png").stat().st_mtime_ns
    assert write(out, *options) == 0
    assert (out / "S01/F00001/0001.png").stat().st_mtime_ns == untouched
    assert files(out) == files(made)
    capsys.readouterr()
    assert write(out, *options) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert write(out, *options, "--domain", "fresh") == 2
    shutil.rmtree(out)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--frames", "8", "--sites", "22"), "a fetus at each site"),
        (("--frames", "0",), "expected --frames from 1"),
        (("--exams", "30", "--positives", "1.5"), "expected --positives from 0 to 1"),
        (("--exams", "3", "--frames", "3"), "not allowed with"),
        (("--sites", "2",), "required"),
    ],
)  # fmt: skip
def test_orders_that_make_no_sense(
    tmp_path: Path, options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = write(tmp_path / "out", *options)
    except SystemExit as stop:
        status = int(str(stop.code))
    assert status == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert write(tmp_path, "--frames", "4", "--sites", "1") == 2
    assert "holds something else" in capsys.readouterr().err
