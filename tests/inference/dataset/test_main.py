from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from inference.dataset.__main__ import main
from tests.inference.dataset.site_folder import ROW, write_set


def check(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["inference.dataset", str(folder)])
    return main()


def rows() -> list[dict[str, object]]:
    box = {"box_x0": 1, "box_y0": 1, "box_x1": 9, "box_y1": 9, "x0": 0, "y0": 0, "x1": 80, "y1": 60}
    return [
        ROW | box | {"file": f"{n}.png", "fetus": f"F{n}", "site": f"S{n % 2}", "cleft": n % 2}
        for n in range(4)
    ]


def test_a_set_is_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(write_set(tmp_path, rows()), monkeypatch) == 0
    said = capsys.readouterr().out
    assert "tiny: synthetic" in said
    assert "4 pictures (4 lip, 0 palate, 0 other) of 4 fetuses at 2 sites" in said
    assert "2 fetuses with a cleft; 2 of 4 judgeable" in said
    assert "4 pictures with the gap outlined; every picture could be read" in said


def test_mistakes_and_leaks_end_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(tmp_path, rows())
    shutil.copyfile(tmp_path / "0.png", tmp_path / "1.png")
    assert check(tmp_path, monkeypatch) == 2
    assert "philtrum: the same picture stands in parts" in capsys.readouterr().err
    (tmp_path / "1.png").unlink()
    assert check(tmp_path, monkeypatch) == 2
    assert "philtrum: labels.csv row 3: 1.png: there is no such file" in capsys.readouterr().err
