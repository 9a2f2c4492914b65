from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from inference.engine import OnnxEngine
from inference.evaluation import report as reports
from tests.inference.evaluation.made_up import MeanEngine, twelve
from tests.inference.tiny_models import write_tiny_model


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --out the report goes into the folder one is in."""
    elsewhere = tmp_path / "here"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)


@pytest.fixture
def rough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rough intervals and empty plots, quickly; both have tests of their own."""
    monkeypatch.setattr("inference.evaluation.intervals.DRAWS", 50)
    monkeypatch.setattr("inference.evaluation.plots.plots_of", lambda *_: {"roc": "<svg></svg>"})


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch, rough: None) -> list[MeanEngine]:
    """Engines in place of models, one for each time a model is loaded."""
    made: list[MeanEngine] = []

    def load(path: str, **_: object) -> MeanEngine:
        name = Path(path).stem
        made.append(MeanEngine(name, 0.5 if name == "dim" else 1.0))
        return made[-1]

    monkeypatch.setattr(OnnxEngine, "load", load)
    return made


def test_from_folder_to_report_and_a_second_time_without_the_engine(
    tmp_path: Path, engines: list[MeanEngine], capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = twelve(tmp_path / "data"), tmp_path / "out"
    arguments = ["evaluate", str(data), "--out", str(out), "--model", "good.json", "--controls"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert said.startswith("tiny, synthetic phantom; good 1 fp32:\n  frame level, n 12: AUC 1.000 (")
    assert "control, gaps removed: AUC" in said and "as it should" in said
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["notice"].startswith("Research and training use. Not a medical device")
    html = (out / "report.html").read_text("utf-8")
    assert "synthetic phantom" in html and report["notice"] in html
    assert [path.name for path in (out / "plots").iterdir()] == ["roc-1-1.svg"]
    assert engines[0].runs == 12 + 6 + 12
    assert main(arguments) == 0
    assert engines[1].runs == 0
    assert json.loads((out / "report.json").read_text("utf-8")) == report
    assert not list(out.glob("*.part"))


def test_two_models_in_one_run_or_in_two(
    tmp_path: Path, engines: list[MeanEngine], capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(twelve(tmp_path / "data"))
    both = ["--model", "good.json", "--model", "dim.json"]
    assert main(["evaluate", data, *both, "--out", str(tmp_path / "both")]) == 0
    for name in ("good", "dim"):
        assert main(["evaluate", data, "--model", f"{name}.json", "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    folders = [str(tmp_path / "good"), str(tmp_path / "dim" / "report.json")]
    assert main(["evaluate", "--compare", *folders, "--out", str(tmp_path / "compared")]) == 0
    assert "good 1 fp32 against dim 1 fp32" in capsys.readouterr().out
    compared = json.loads((tmp_path / "compared" / "compare.json").read_text("utf-8"))
    together = json.loads((tmp_path / "both" / "report.json").read_text("utf-8"))
    (pair,) = compared["pairs"]
    assert pair["levels"] == together["data_sets"][0]["pairs"][0]["levels"]
    assert pair["levels"]["frame"]["sensitivity"]["first_only"] == 6


@pytest.mark.usefixtures("rough")
def test_a_real_engine_runs_the_set(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "model")
    arguments = ["--model", str(model), "--provider", "cpu", "--threads", "1", "--prevalence", "0.002"]
    assert main(["evaluate", str(twelve(tmp_path / "data")), *arguments, "--out", str(tmp_path / "out")]) == 0
    (data,) = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["data_sets"]
    (result,) = data["models"]
    assert (result["name"], result["precision"]) == ("tiny", "fp32")
    assert result["levels"]["frame"]["n"] == 12
    assert result["heat"]["pointing"]["n"] == 6
    assert result["levels"]["frame"]["flag"]["at_prevalence"][0]["prevalence"] == 0.002


def test_stopped_by_ctrl_c_it_goes_on_later(
    tmp_path: Path, engines: list[MeanEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = twelve(tmp_path / "data"), tmp_path / "out"
    arguments = ["evaluate", str(data), "--out", str(out), "--model", "good.json"]
    predict = MeanEngine.predict

    def stops(engine: MeanEngine, scan: object) -> object:
        if engine.runs == 5:
            raise KeyboardInterrupt
        return predict(engine, scan)  # type: ignore[arg-type]

    monkeypatch.setattr(MeanEngine, "predict", stops)
    assert main(arguments) == 130
    assert not (out / "report.json").exists()
    monkeypatch.setattr(MeanEngine, "predict", predict)
    assert main(arguments) == 0
    assert engines[1].runs == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "expected folders of data sets, or --compare"),
        (["{data}", "--compare", "a", "b"], "expected folders of data sets, or --compare"),
        (["nowhere"], "nowhere: there is no such folder"),
        (["{data}", "--readers", "none.csv"], "none.csv: cannot be read"),
        (["{data}", "{data}", "--readers", "none.csv"], "expected one data set with --readers"),
        (["{data}", "--prevalence", "1.5"], "expected a prevalence above 0 and below 1, got '1.5'"),
        (["{data}", "--threads", "0"], "expected 1 to 256, got '0'"),
        (["{data}", "--out", "{data}/labels.csv"], "labels.csv: File exists"),
        (["--compare", "{data}", "{data}"], "report.json: cannot be read"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    tmp_path: Path,
    engines: list[MeanEngine],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    data = twelve(tmp_path / "data")
    try:
        status = main(["evaluate", *(word.format(data=data) for word in arguments)])
    except SystemExit as exit_:  # what the parser itself refuses
        status = int(str(exit_.code))
    told = capsys.readouterr().err
    assert status == 2 and said in told and told.count("\n") == 1


def test_a_model_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text("{}")
    data = str(twelve(tmp_path / "data"))
    out = str(tmp_path / "out")
    assert main(["evaluate", data, "--model", str(tmp_path / "bad.json"), "--out", out]) == 2
    assert "bad.json" in capsys.readouterr().err


def test_without_its_libraries_it_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "statsmodels", None)
    assert main(["evaluate", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "philtrum evaluate: statsmodels is missing; get it with: pip install 'philtrum[evaluation]'\n"
    )


def test_reports_of_other_data_have_nothing_in_common(
    tmp_path: Path, engines: list[MeanEngine], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("good", "dim"):
        data = twelve(tmp_path / f"data-{name}")
        (data / "dataset.json").write_text(
            json.dumps({"format": "philtrum-dataset/1", "name": name, "synthetic": False})
        )
        if name == "dim":
            (data / "labels.csv").write_text((data / "labels.csv").read_text().replace("uni_left", "median"))
        assert main(["evaluate", str(data), "--model", f"{name}.json", "--out", str(tmp_path / name)]) == 0
    assert main(["evaluate", "--compare", str(tmp_path / "good"), str(tmp_path / "dim")]) == 2
    assert "none in common" in capsys.readouterr().err
    (tmp_path / "good" / "report.json").write_text('{"format": "other"}')
    assert main(["evaluate", "--compare", str(tmp_path / "good"), str(tmp_path / "dim")]) == 2
    assert reports.FORMAT in capsys.readouterr().err
    assert "synthetic" not in (tmp_path / "dim" / "report.html").read_text("utf-8").split("<h2")[0].lower()
