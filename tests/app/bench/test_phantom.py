from __future__ import annotations

import json

import pytest

from app.__main__ import main


def test_figures_come_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "phantom", "--frames", "10", "--size", "320x240"]) == 0
    report = json.loads(capsys.readouterr().out)
    for kind, target in (("training", 25.0), ("live", 33.0)):
        figures = report[kind]
        assert figures["frames"] == 10
        assert 0 < figures["cpu_ms_median"] <= figures["cpu_ms_p95"]
        assert figures["target_ms"] == target
    assert set(report["training"]["cpu_ms_by_view"]) <= {"lip", "palate", "other"}


@pytest.mark.parametrize("arguments", [["--frames", "3"], ["--seed", "-1"], ["--size", "9x9"]])
def test_nonsense_is_one_line_and_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(["bench", "phantom", "--frames", "10", *arguments]) == 2
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said
