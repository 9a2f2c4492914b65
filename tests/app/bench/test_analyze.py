from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from tests.app.commands.test_analyze import write_film
from tests.inference.tiny_models import write_tiny_model


def test_the_figures_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = write_film(tmp_path / "loop.mkv", 12)
    model = write_tiny_model(tmp_path / "model")
    assert main(["bench", "analyze", "--source", str(film), "--model", str(model), "--rounds", "2"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["source"] == {"name": "loop.mkv", "frames": 12, "inferred": 12}
    for variant in ("bare", "rows", "film"):
        assert len(report[variant]["frames_per_s_each"]) == 2
        assert report[variant]["frames_per_s"] > 0 and report[variant]["cpu_ms_per_frame"] > 0
    assert len(report["ratio_each"]) == 2
    assert min(report["ratio_each"]) <= report["ratio"] <= max(report["ratio_each"])
    assert report["ratio_of_inferences"] == report["ratio"]
    assert 0 < report["film_speed"] < 1.5


@pytest.mark.parametrize(
    "arguments", [["--rounds", "0"], ["--source", "{tmp}/gone.mp4"], ["--source", "{tmp}"]]
)
def test_nonsense_is_one_line_and_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    model = write_tiny_model(tmp_path / "model")
    given = [argument.replace("{tmp}", str(tmp_path)) for argument in arguments]
    assert main(["bench", "analyze", "--model", str(model), *given]) == 2
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1 and "Traceback" not in said
