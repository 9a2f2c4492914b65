from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.dataset import read_dataset, read_readers
from inference.evaluation.markup import number, p_value
from inference.evaluation.page import page
from inference.evaluation.plots import plots_of
from inference.evaluation.report import (
    data_report,
    evaluate,
    pair_levels,
    read_cases,
    whole,
    write_json,
)
from inference.evaluation.run import set_key
from tests.inference.evaluation.made_up import MeanEngine, twelve

Made = tuple[dict[str, Any], str, Path, dict[str, str]]
READERS = "reader,seniority,mode,file,call,confidence,seconds\n" + "".join(
    f"{reader},{seniority},{mode},{at}.png,{int((at % 2 == 0) ^ (at == wrong))},70,{seconds}\n"
    for reader, seniority, mode, wrong, seconds in (
        ("s", "senior", "unaided", 99, 20),
        ("j", "junior", "unaided", 4, 30),
        ("j", "junior", "aided", 99, 33),
    )
    for at in range(12)
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two models on the same twelve frames, with readers and controls: the report, page, folder, plots."""
    folder = tmp_path_factory.mktemp("evaluation")
    twelve(folder / "data")
    (folder / "data" / "readers.csv").write_text(READERS)
    data = read_dataset(folder / "data")
    key = set_key(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inference.evaluation.intervals.DRAWS", 60)
        models = [
            evaluate(
                data,
                engine,
                folder,
                key=key,
                prevalences=[0.0015, 0.1],
                with_controls=True,
                readers=read_readers(data),
            )
            for engine in (MeanEngine("good"), MeanEngine("dim", 0.5))
        ]
    report = whole([data_report(data, key, models)], "Not a diagnosis.", "philtrum <1>", [0.0015, 0.1])
    plots = plots_of(models[0].report, True)
    return report, page(report, {(0, 0): plots}), folder, plots


def test_the_report_is_plain_json_with_the_documented_keys(made: Made, tmp_path: Path) -> None:
    report = made[0]
    write_json(tmp_path / "report.json", report)
    back = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert back["format"] == "philtrum-evaluation/1" and back["synthetic"] is True
    (data,) = back["data_sets"]
    assert data["counts"]["frames"] == 12 and data["counts"]["with_gap"] == 6
    good, dim = data["models"]
    assert good["levels"]["frame"]["auc"]["value"] == 1.0
    assert good["levels"]["frame"]["flag"]["sensitivity"]["value"] == 1.0
    assert dim["levels"]["frame"]["auc"]["value"] == 1.0
    assert dim["levels"]["frame"]["flag"]["sensitivity"]["value"] == 0.0
    assert good["levels"]["fetus"] is None and good["exams"] is None
    assert good["heat"]["pointing"]["hits"] == 6
    documented = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text("utf-8")
    for key in (*back, *data, *good, *good["levels"], *good["strata"], *good["controls"]):
        assert f"`{key}`" in documented, f"{key} is not in docs/evaluation.md"


def test_models_are_compared_in_pairs(made: Made) -> None:
    (pair,) = made[0]["data_sets"][0]["pairs"]
    assert (pair["first"], pair["second"]) == ("good 1 fp32", "dim 1 fp32")
    frame = pair["levels"]["frame"]
    assert frame["delong"]["p"] == 1.0
    assert frame["sensitivity"]["first_only"] == 6
    assert frame["sensitivity"]["p"] == pytest.approx(2 / 64)


def test_cases_on_disk_give_the_same_comparison(made: Made) -> None:
    report, _, folder, _ = made
    good, dim = (read_cases(folder / model["cases"]) for model in report["data_sets"][0]["models"])
    assert np.isclose(good["frame"].score, 2 * dim["frame"].score).all()
    assert pair_levels(good, dim)["levels"] == report["data_sets"][0]["pairs"][0]["levels"]
    (folder / "other.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match="expected cases of philtrum evaluate"):
        read_cases(folder / "other.csv")


def test_the_page_has_every_section_and_says_what_it_is(made: Made) -> None:
    html = made[1]
    assert html.startswith("<!doctype html>")
    for words in (
        "Evaluation, synthetic phantom",
        "Not a diagnosis.",
        "philtrum &lt;1&gt;",
        "frame level",
        "view level",
        "no exams in this data set",
        "Predictive values at stated prevalences",
        "1.5 in 1000",
        "Listed apart",
        "expected calibration error",
        "Heat-map",
        "View gate",
        "width of the gap",
        "look-alike",
        "Negative controls",
        "as it should",
        "senior readers (1), unaided",
        "junior readers (1), aided",
        "aided against unaided",
        "Models compared on the same cases",
        "McNemar, exact",
        "prefers-color-scheme:dark",
    ):
        assert words in html, words
    assert html.count("<svg") == 4
    assert not re.search(r"(src|href)=.(?!#)", html), "one file, which asks for nothing"


def test_every_figure_on_the_page_has_its_interval_and_count() -> None:
    figure = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 8, "hits": 4, "interval": "Wilson"}
    assert (
        number(figure, percent=True) == '50.0 % <span class="i" title="Wilson">(25.0 to 75.0; 4 of 8)</span>'
    )
    del figure["hits"]
    assert "0.500" in number(figure) and "n 8" in number(figure)
    assert number(None) == '<span class="i">none</span>'
    assert number(figure | {"value": None}) == '<span class="i">none, n 8</span>'
    assert p_value(0.00001) == "below 0.0001" and p_value(0.25) == "0.2500"


def test_plots_take_the_ink_of_the_page(made: Made) -> None:
    model, plots = made[0]["data_sets"][0]["models"][0], made[3]
    assert set(plots) == {"roc", "reliability", "width", "sites"}
    for svg in plots.values():
        ElementTree.fromstring(svg)
        assert "currentColor" in svg and "#010203" not in svg
        assert "synthetic phantom" in svg
    nothing: dict[str, Any] = {"strata": {"width_mm": [], "site": []}, "calibration": {"points": []}}
    roc = plots_of(model | nothing, False)
    assert list(roc) == ["roc"] and "synthetic phantom" not in roc["roc"]


def test_names_from_outside_cannot_break_the_page(made: Made) -> None:
    report = json.loads(json.dumps(made[0]))
    data = report["data_sets"][0]
    data["name"] = data["description"] = "<script>alert(1)</script>"
    data["models"][0]["strata"]["kind"][0]["name"] = "<b>"
    data["models"][0]["readers"]["readers"][0]["reader"] = "<i>"
    html = page(report, {})
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html
