from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capture.geometry import Region
from capture.phantom.parameters import CLEFT_KINDS
from capture.phantom.render import render
from capture.phantom.sampling import sample
from inference.dataset import DataSet, DataSetError, LabelRow, LeakError, read_dataset
from inference.training import data, site_data
from inference.training.splits import check_seeds
from tests.inference.dataset.site_folder import ROW, picture, write_png, write_set

SITES, FETUSES = 3, 4


@pytest.fixture
def labelled(tmp_path: Path) -> DataSet:
    """Noise from three sites, two pictures of each of four fetuses."""
    rows: list[dict[str, object]] = []
    for site in range(SITES):
        for fetus in range(FETUSES):
            for number in range(2):
                name = f"{site}-{fetus}-{number}.png"
                write_png(tmp_path / "set" / name, picture(100 * site + 10 * fetus + number))
                place: dict[str, object] = {"x0": 0, "y0": 0, "x1": 80, "y1": 60}
                rows.append(
                    ROW
                    | place
                    | {"file": name, "fetus": f"F{site}{fetus}", "site": f"S{site}", "cleft": fetus % 2}
                )
    return read_dataset(write_set(tmp_path / "set", rows))


def likely(seed: int) -> bool:
    """A frame with a wide cleft, put before the network as it is."""
    p = sample(seed, "plain")
    return p.view == "lip" and p.fetus.cleft.width_mm > 4 and np.random.default_rng([seed, 3]).random() > 0.3


def test_a_row_becomes_what_the_phantoms_own_examples_are() -> None:
    """The very arrays that `data.example` makes of the same frame, but for the maps of structures."""
    seed = next(seed for seed in range(400) if likely(seed) and data.example(seed, "plain")[2]["cleft"])
    wanted, maps, labels = data.example(seed, "plain")
    made = render(sample(seed, "plain"))
    t, p = made.truth, made.parameters
    row = LabelRow(
        *("a.png", 0, "F", "S", t.view, t.cleft, t.judgeable),
        kind=p.fetus.cleft.kind,
        quality=t.quality,
        contrast=t.contrast,
        width_mm=p.fetus.cleft.width_mm,
    )
    gap = np.where(t.gap > 127, np.uint8(255), np.uint8(0))
    found, drawn, label = site_data.example(row, made.pixels, made.region, gap)
    assert np.array_equal(found, wanted)
    assert np.abs(drawn[0].astype(int) - maps[0]).mean() < 2
    assert not drawn[1:].any()
    assert not label["mapped"]
    for name in ("view", "cleft", "judgeable", "kind", "quality", "contrast"):
        assert label[name] == labels[name], name
    assert label["gap_px"] == pytest.approx(labels["gap_px"], rel=0.25)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (LabelRow("a", 0, "F", "S", "lip", None), {"cleft": 0, "judgeable": 0, "kind": -1}),
        (LabelRow("a", 0, "F", "S", "lip", None), {"quality": np.nan, "gap_px": np.nan}),
        (LabelRow("a", 0, "F", "S", "lip", True), {"cleft": 1, "judgeable": 1, "contrast": np.nan}),
        (LabelRow("a", 0, "F", "S", "lip", True, kind="left"), {"kind": CLEFT_KINDS.index("uni_left")}),
        (LabelRow("a", 0, "F", "S", "lip", True, kind="tessier 4"), {"kind": site_data.UNKNOWN_KIND}),
        (LabelRow("a", 0, "F", "S", "palate", False, judgeable=False), {"judgeable": 0, "view": 1}),
        (LabelRow("a", 0, "F", "S", "other", None), {"judgeable": 1, "view": 2, "quality": 0}),
    ],
)  # fmt: skip
def test_what_nobody_said_is_marked(row: LabelRow, wanted: dict[str, float]) -> None:
    pixels = picture()
    _, maps, label = site_data.example(row, pixels, Region.whole(80, 60), None)
    assert not maps.any()
    for name, value in wanted.items():
        assert np.array_equal(float(label[name]), value, equal_nan=True), name


def test_shards_hold_each_picture_once_and_are_kept(labelled: DataSet, tmp_path: Path) -> None:
    shards = site_data.shards_of(labelled, tmp_path / "cache")
    site_data.prepare_shards(labelled, shards)
    assert len(labelled.rows) == sum(len(shard.rows) for shard in shards)
    assert {row.file for shard in shards for row in shard.rows} == {row.file for row in labelled.rows}
    for shard in shards:
        assert {row.site for row in shard.rows} == {shard.site}
    stamps = {shard.path: shard.path.stat().st_mtime_ns for shard in shards}
    site_data.prepare_shards(labelled, site_data.shards_of(labelled, tmp_path / "cache"))
    assert stamps == {shard.path: shard.path.stat().st_mtime_ns for shard in shards}
    digests = [digest for shard in shards for digest in shard.digests]
    assert len(set(digests)) == len(labelled.rows)
    write_png(labelled.folder / labelled.rows[0].file, picture(999, height=61))
    again = site_data.shards_of(labelled, tmp_path / "cache")
    assert {shard.path for shard in again}.isdisjoint(stamps), "another picture, another preparation"


def test_a_run_gets_its_parts_by_fetus(labelled: DataSet, tmp_path: Path) -> None:
    shards = site_data.shards_of(labelled, tmp_path / "cache")
    site_data.prepare_shards(labelled, shards)
    run = tmp_path / "run"
    site_data.fill_run(labelled, shards, run)
    sizes = {name: len(data.load(run / name)) for name in ("train", "val", "calibration")}
    assert sum(sizes.values()) == len(labelled.rows)
    assert sizes["train"] >= sizes["val"] + sizes["calibration"]
    assert all(set(data.load(run / name).labels["cleft"]) == {0, 1} for name in sizes)
    check_seeds(run, ("train", "val"), ("calibration",))
    assert '"synthetic": true' in (run / site_data.ORIGIN).read_text()
    site_data.fill_run(labelled, shards, run)
    assert len(data.load(run / "train")) == sizes["train"]
    other = site_data.shards_of(labelled, tmp_path / "cache", seed=1)
    site_data.prepare_shards(labelled, other)
    with pytest.raises(DataSetError, match="holds pictures of another data set"):
        site_data.fill_run(labelled, other, run)


def test_a_fetus_in_two_parts_is_a_leak(
    labelled: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shards = list(site_data.shards_of(labelled, tmp_path / "cache"))
    first = shards[0]
    leaked = site_data.Shard(first.site, 5, first.rows, tmp_path / "x.npz")
    monkeypatch.setattr(site_data, "deal", lambda units, *_: [[at] for at in range(len(units))])
    with pytest.raises(LeakError, match=r"fetus F\d\d stands in parts"):
        site_data.fill_run(labelled, [*shards, leaked], tmp_path / "run")
    with pytest.raises(DataSetError, match=r"expected fetuses to learn from, .* got 2"):
        site_data.fill_run(labelled, shards[:2], tmp_path / "run2")
