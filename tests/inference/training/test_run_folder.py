from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.training.config import TrainConfig

torch = pytest.importorskip("torch", reason="needs the extra `training`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("ignore")]


def test_what_came_after_the_last_saved_state_is_forgotten(tmp_path: Path) -> None:
    from inference.training.devices import Device
    from inference.training.run_folder import RunFolder, read_log

    log = tmp_path / "log.jsonl"
    log.write_text('{"step": 1}\n{"step": 5}\n{"step": 9}\n{"st')
    RunFolder(tmp_path, TrainConfig(), Device.cpu(), 1).forget_after(5)
    assert [line["step"] for line in read_log(tmp_path)] == [1, 5]
    assert log.read_text().count("\n") == 2


def test_the_environment_names_versions_and_no_host(tmp_path: Path) -> None:
    import platform

    from inference.training.devices import Device
    from inference.training.run_folder import environment

    said = environment(Device.cpu(), 2)
    assert said["versions"]["torch"] == torch.__version__
    assert said["processes"] == 2
    text = json.dumps(said)
    assert platform.node() not in text or len(platform.node()) < 4
    assert "://" not in text
    assert "@" not in text


def test_curves_are_drawn_with_a_figure_that_is_missing(tmp_path: Path) -> None:
    from inference.training.run_folder import draw_curves

    lines = [
        {"seen": seen, "auc": 0.5 + seen / 100, "loss": 2.0, "auc_lip": float("nan")} for seen in (1, 9, 20)
    ]
    draw_curves(lines, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
