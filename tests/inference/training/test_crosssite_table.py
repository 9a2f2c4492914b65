from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inference.dataset import DataSet, LabelRow
from inference.training.crosssite_table import FIGURES, markdown, spread, table_of, value_of, write_tables


def report(auc: float | None, sites: tuple[str, ...]) -> dict[str, Any]:
    figure = {"value": auc, "low": 0.5, "high": 1.0, "n": 9, "interval": "x"}
    of_site = {"auc": figure, "sensitivity": figure, "specificity": figure}
    return {
        "levels": {"frame": {"auc": figure, "flag": {"sensitivity": figure}}, "view": None, "fetus": None},
        "strata": {"site": [{"name": name, **of_site} for name in sites]},
    }


def labelled() -> DataSet:
    rows = tuple(
        LabelRow(f"{site}{n}.png", 0, f"F{site}{n // 2}", site, "lip", n % 2 == 0)
        for site in ("A", "B", "C")
        for n in range(4)
    )
    return DataSet(Path(), "tiny", True, "", "", "", rows)


FOLDS = [frozenset({"C", "A"}), frozenset({"B"})]


def test_figures_are_found_and_absent_ones_stay_absent() -> None:
    one = report(0.8, ("A",))
    assert value_of(one, FIGURES["frame AUC"]) == 0.8
    assert value_of(one, FIGURES["frame specificity"]) is None
    assert value_of(one, FIGURES["fetus sensitivity"]) is None


def test_spread_is_over_the_folds_that_have_the_figure() -> None:
    assert spread([0.8, None, 0.9]) == {"mean": 0.85, "deviation": pytest.approx(0.070711), "folds": 2}
    assert spread([None]) == {"mean": None, "deviation": None, "folds": 0}


def test_every_site_is_under_its_own_fold(tmp_path: Path) -> None:
    table = table_of(labelled(), FOLDS, [report(0.8, ("A", "C")), report(0.9, ("B",))])
    assert [(site["name"], site["fold"], site["pictures"], site["fetuses"]) for site in table["sites"]] == [
        ("A", 1, 4, 2),
        ("B", 2, 4, 2),
        ("C", 1, 4, 2),
    ]
    assert [fold["pictures"] for fold in table["folds"]] == [8, 4]
    text = markdown(table)
    assert "| frame AUC | 0.800 | 0.900 | 0.850 ± 0.071 |" in text
    assert "| fetus AUC" not in text
    assert "| view AUC | - | - | - ± - |" in text
    assert "12 pictures of a synthetic phantom of 6 fetuses" in text
    path = write_tables(tmp_path, labelled(), FOLDS, [report(0.8, ("A", "C")), report(0.9, ("B",))])
    assert path.read_text("utf-8") == text
    assert json.loads((tmp_path / "table.json").read_text("utf-8"))["over_folds"]["frame AUC"]["folds"] == 2
