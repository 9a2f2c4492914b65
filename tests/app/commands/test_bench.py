from __future__ import annotations

import sys

import pytest

from app.__main__ import main
from app.commands.bench import BENCHES


def test_help_names_every_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["bench", "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in BENCHES)


def test_a_measurement_has_its_own_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["bench", "engine", "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert "--providers" in said
    assert "usage: philtrum bench engine" in said


@pytest.mark.parametrize("arguments", [[], ["everything"]])
def test_another_measurement_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["bench", *arguments])
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_nothing_is_imported_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("app.bench.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit):
        main(["bench", "engine", "--help"])
    assert "app.bench.engine" in sys.modules
    assert "app.bench.live" not in sys.modules
