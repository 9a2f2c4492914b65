from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from capture.source import SourceError
from inference.dataset import DataSet, LeakError, read_dataset
from inference.dataset.splits import fold_rows
from inference.engine import OnnxEngine
from inference.evaluation.report import Evaluated
from inference.training import data as frames
from inference.training.site_data import seed_of
from tests.inference.dataset.site_folder import ROW, picture, write_png, write_set

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.training, pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]


def write_sites(folder: Path, *, sites: int = 4, fetuses: int = 6) -> Path:
    """Noise; half of the fetuses have a dark gap in it."""
    rows: list[dict[str, object]] = []
    for site in range(sites):
        for fetus in range(fetuses):
            for number in range(2):
                name = f"{site}-{fetus}-{number}.png"
                pixels = picture(1000 * site + 10 * fetus + number)
                place: dict[str, object] = {"x0": 0, "y0": 0, "x1": 80, "y1": 60, "quality": 0.9}
                if fetus % 2:
                    pixels[20:40, 30:42] = 0
                    place |= {"box_x0": 30, "box_y0": 20, "box_x1": 42, "box_y1": 40, "kind": "uni_left"}
                write_png(folder / name, pixels)
                whose: dict[str, object] = {"file": name, "fetus": f"F{site}{fetus}", "site": f"S{site}"}
                rows.append(ROW | whose | place | {"cleft": fetus % 2})
    names = list(dict.fromkeys(name for row in rows for name in row))
    return write_set(folder, [dict.fromkeys(names, "") | row for row in rows])


class Stages:
    """Stands in for training, export and evaluation, which have their own tests; notes what they got."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from inference.training import crosssite, train

        self.trained: list[Path] = []
        self.judged: list[set[str]] = []
        monkeypatch.setattr(train, "train", lambda _config, run, *_: self.trained.append(run))
        monkeypatch.setattr(crosssite, "export_site", lambda _run, out, name, **_: out / f"{name}.json")
        monkeypatch.setattr(OnnxEngine, "load", lambda *_, **__: object())
        monkeypatch.setattr(crosssite, "evaluate", self.evaluate)

    def evaluate(self, data: DataSet, *_: Any, **__: Any) -> Evaluated:
        sites = {row.site for row in data.rows}
        self.judged.append(sites)
        figure = {"value": 0.5, "low": 0.4, "high": 0.6, "n": len(data.rows)}
        each = [
            {"name": s, "auc": figure, "sensitivity": figure, "specificity": figure} for s in sorted(sites)
        ]
        return Evaluated({"levels": {"frame": {"auc": figure}}, "strata": {"site": each}}, {})


OPTIONS: dict[str, Any] = {"folds": 2, "minutes": 0.1, "preset": "standin", "batch": 4, "seed": 0}


def test_every_site_is_judged_by_a_network_that_has_not_seen_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.training import crosssite

    data, out, stages = write_sites(tmp_path / "set"), tmp_path / "out", Stages(monkeypatch)
    text = crosssite.cross_site(data, out, **OPTIONS).read_text("utf-8")
    assert "2 folds over 4 sites, 48 pictures of a synthetic phantom of 24 fetuses" in text
    assert sorted(site for sites in stages.judged for site in sites) == ["S0", "S1", "S2", "S3"]
    fetus_of = {seed_of(row.fetus): row.site for row in read_dataset(data).rows}
    for run, held in zip(stages.trained, stages.judged, strict=True):
        for part in ("train", "val", "calibration"):
            seen = {fetus_of[int(seed)] for seed in frames.load(run / part).labels["seed"]}
            assert not seen & held
    crosssite.cross_site(data, out, **OPTIONS)
    assert len(stages.trained) == 2, "what is done is not done again"
    (out / "fold-2" / "report.json").unlink()
    crosssite.cross_site(data, out, **OPTIONS)
    assert stages.trained[2:] == [out / "fold-2" / "run"]
    with pytest.raises(SourceError, match="was begun with folds 2, got 3"):
        crosssite.cross_site(data, out, **OPTIONS | {"folds": 3})


def test_the_same_picture_at_two_sites_is_a_leak(tmp_path: Path) -> None:
    from inference.training import crosssite

    data = write_sites(tmp_path / "set", fetuses=3)
    parts = fold_rows(read_dataset(data).rows, 2, "site")
    shutil.copyfile(data / parts[0][0].file, data / parts[1][0].file)
    with pytest.raises(LeakError, match="the same picture stands in parts 1 and 2"):
        crosssite.cross_site(data, tmp_path / "out", **OPTIONS)
