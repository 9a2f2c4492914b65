from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.phantom.parameters import VIEWS
from capture.phantom.render import render
from capture.phantom.sampling import sample
from inference.preprocess import prepare
from inference.training import data
from tests.inference.training.shards import write_shard


def test_an_example_is_what_the_engine_would_be_fed() -> None:
    """Equal to the shipped pre-processing but for 8-bit rounding."""
    seed = next(s for s in range(100) if np.random.default_rng([s, 3]).random() > 0.3)
    picture, _, row = data.example(seed, "plain")
    made = render(sample(seed, "plain"))
    expected, _ = prepare(made.pixels, made.region, data.PLAIN_SPEC)
    assert made.parameters.other != "screen"
    assert np.abs(picture / 255 - expected[0, 0]).max() <= 0.5 / 255 + 1e-6
    assert VIEWS[int(row["view"])] == made.truth.view


def test_the_gap_map_lies_on_the_gap_of_the_picture() -> None:
    found = 0
    for seed in range(60):
        picture, (gap, *_), row = data.example(seed, "plain")
        if not row["cleft"] or row["contrast"] < 1.2 or gap.max() < 128:
            continue
        found += 1
        small = picture.reshape(64, 4, 64, 4).mean((1, 3))
        ring = (cv2.dilate(gap, np.ones((5, 5), np.uint8)) > 128) & (gap == 0)
        assert small[gap > 128].mean() < 0.8 * np.percentile(small[ring], 75)
    assert found >= 3


def test_a_twin_differs_by_the_cleft_alone() -> None:
    """Away from the gap the two pictures are the same."""
    seed = next(s for s in range(200) if data.example(s, "plain")[2]["cleft"])
    picture, (gap, *_), row = data.example(seed, "plain")
    twin, (no_gap, *_), twin_row = data.example(seed, "plain", twin=True)
    assert row["cleft"] and not twin_row["cleft"] and twin_row["judgeable"] and twin_row["twin"]
    assert gap.any() and not no_gap.any()
    inside = np.kron(gap > 128, np.ones((4, 4), bool))
    apart = np.abs(picture.astype(int) - twin)
    assert apart[inside].mean() > 3 * apart[~inside].mean()


def test_maps_lie_where_the_engine_puts_its_square() -> None:
    """A map equal to the picture comes back as the picture does, at a quarter of the size."""
    made = render(sample(3, "plain", view="lip"))
    tensor, placement = prepare(made.pixels, made.region, data.PLAIN_SPEC.model_copy(update={"gain": "none"}))
    small = data.at_heat_size(made.pixels[..., None], placement)[0]
    expected = tensor[0, 0].reshape(64, 4, 64, 4).mean((1, 3)) * 255
    apart = small[4:-4, 4:-4] - expected[4:-4, 4:-4]
    assert abs(apart.mean()) < 1.0
    assert np.abs(apart).mean() < 8.0


def test_other_views_carry_no_gap() -> None:
    for seed in range(30):
        _, (gap, *_), row = data.example(seed, "train")
        if VIEWS[int(row["view"])] == "other":
            assert not gap.any()
            assert not row["cleft"]
            assert row["judgeable"]


def test_a_misplaced_region_moves_picture_and_gap_alike() -> None:
    made = render(sample(3, "plain", view="lip", cleft="uni_left"))
    marked = replace(made, pixels=made.truth.gap, truth=made.truth)
    for seed in range(30):
        pixels, region, maps = data.placed(marked, np.random.default_rng(seed))
        gap = maps[..., 0]
        assert region.fits(pixels.shape[1], pixels.shape[0])
        assert np.array_equal(pixels[gap > 0], gap[gap > 0])


def test_shards_are_written_read_in_order_and_not_made_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "SHARD", 3)
    data.generate(tmp_path, 5, 40, "train", processes=1)
    frames = data.load(tmp_path)
    assert frames.labels["seed"].tolist() == [40, 41, 42, 43, 44]
    assert frames.pictures.shape == (5, 256, 256)
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.glob("*.npz")}
    data.generate(tmp_path, 5, 40, "train", processes=1)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.glob("*.npz")} == stamps


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected shards"):
        data.load(tmp_path)


def test_a_large_set_is_laid_out_once_and_anew_when_it_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "FEW_SHARDS", 1)
    write_shard(tmp_path, 4, 10)
    write_shard(tmp_path, 3, 100)
    first = data.load(tmp_path)
    assert isinstance(first.pictures, np.memmap)
    assert first.labels["seed"].tolist() == [10, 11, 12, 13, 100, 101, 102]
    with np.load(tmp_path / "00000100.npz") as shard:
        assert np.array_equal(first.pictures[4:], shard["pictures"])
        assert np.array_equal(first.parts[4:], shard["parts"])
    laid_out = (tmp_path / "flat" / "pictures.npy").stat().st_mtime_ns
    data.load(tmp_path)
    assert (tmp_path / "flat" / "pictures.npy").stat().st_mtime_ns == laid_out
    write_shard(tmp_path, 2, 200)
    assert len(data.load(tmp_path)) == 9
