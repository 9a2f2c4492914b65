from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from tests.inference.tiny_models import write_tiny_model


def test_figures_come_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_tiny_model(tmp_path)
    assert (
        main(
            ["bench", "engine", "--model", str(path), "--providers", "cpu", "--runs", "10", "--threads", "1"]
        )
        == 0
    )
    report = json.loads(capsys.readouterr().out)
    (row,) = report["results"]
    assert (row["provider"], row["precision"], row["size"]) == ("cpu", "fp32", {"height": 64, "width": 64})
    times = row["frame_ms"]
    assert 0 < times["min"] <= times["p50"] <= times["p95"] <= times["p99"] <= times["max"]
    assert 0 < row["prepare_cpu_ms"] < row["cpu_ms"]
    assert report["synthetic"] is True
    assert report["unavailable"] == []


def test_what_cannot_run_is_said_beside_what_can(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_tiny_model(tmp_path)
    arguments = ["bench", "engine", "--model", str(path), "--providers", "directml,coreml,cpu"]
    assert main([*arguments, "--runs", "10", "--size", "64", "--size", "96"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert len(report["results"]) == 1
    said = " | ".join(report["unavailable"])
    assert "cpu fp32 96x96" in said
    assert "expected an input of shape" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--runs", "3"], "expected at least 10, got 3"),
        (["--threads", "0"], "expected 1 to 256, got 0"),
        (["--providers", "gpu"], "expected providers among"),
        (["--precision", "int8"], "nothing could be measured"),
        (["--size", "7"], "expected 32 to 2048, got 7"),
        (["--model", "nowhere.json"], "nowhere.json: cannot be read"),
        (["--nonsense"], "unrecognized arguments"),
        (["--size", "big"], "invalid int value"),
    ],
)
def test_nonsense_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    path = write_tiny_model(tmp_path)
    try:
        status = main(["bench", "engine", "--model", str(path), *arguments])
    except SystemExit as end:
        status = int(str(end.code))
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert says in said.err
    assert said.err.count("\n") == 1
