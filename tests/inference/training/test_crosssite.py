from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from inference.dataset import LeakError, read_dataset
from inference.dataset.splits import fold_rows
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


def untrained(calls: list[Path]) -> Any:
    """Stands in for `train.train`: saves a network that has learnt nothing."""
    from dataclasses import asdict

    from inference.training import train

    def save(config: Any, run: Path, _rank: int, _world: int) -> None:
        calls.append(run)
        weights = train.build(config).state_dict()
        torch.save({"config": asdict(config), "average": weights, "seen": 0, "step": 0}, run / "last.pt")

    return save


OPTIONS: dict[str, Any] = {"folds": 2, "minutes": 0.1, "preset": "standin", "batch": 4, "seed": 0}


def test_every_site_is_judged_by_a_network_that_has_not_seen_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.training import crosssite, fitting

    data, out = write_sites(tmp_path / "set"), tmp_path / "out"
    calls: list[Path] = []
    monkeypatch.setattr(crosssite.train, "train", untrained(calls))
    monkeypatch.setattr(fitting, "LEAST_OF_EACH", 1)
    text = crosssite.cross_site(data, out, **OPTIONS).read_text("utf-8")
    assert "2 folds over 4 sites, 48 pictures of a synthetic phantom of 24 fetuses" in text
    table = json.loads((out / "table.json").read_text("utf-8"))
    assert [site["name"] for site in table["sites"]] == ["S0", "S1", "S2", "S3"]
    sites = fold_rows(read_dataset(data).rows, 2, "site")
    for run, held in zip(calls, sites, strict=True):
        origin = json.loads((run / "origin.json").read_text("utf-8"))
        assert origin["sites"] == 4 - len({row.site for row in held})
    shutil.rmtree(out / "fold-2")
    crosssite.cross_site(data, out, **OPTIONS)
    assert len(calls) == 3, "what is done is not done again"
    with pytest.raises(crosssite.SourceError, match="was begun with folds 2, got 3"):
        crosssite.cross_site(data, out, **OPTIONS | {"folds": 3})


def test_the_same_picture_at_two_sites_is_a_leak(tmp_path: Path) -> None:
    from inference.training import crosssite

    data = write_sites(tmp_path / "set", fetuses=3)
    parts = fold_rows(read_dataset(data).rows, 2, "site")
    shutil.copyfile(data / parts[0][0].file, data / parts[1][0].file)
    with pytest.raises(LeakError, match="the same picture stands in parts 1 and 2"):
        crosssite.cross_site(data, tmp_path / "out", **OPTIONS)
