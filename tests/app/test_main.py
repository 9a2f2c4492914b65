from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from app import __main__ as entry
from app.refusal import Refusal


def _fake_command(monkeypatch: pytest.MonkeyPatch, run: object) -> None:
    def add_parser(subparsers: object, text: str) -> None:
        subparsers.add_parser("doctor", help=text)  # type: ignore[attr-defined]

    monkeypatch.setitem(
        sys.modules, "app.commands.doctor", SimpleNamespace(add_parser=add_parser, run=run)
    )  # fmt: skip


def test_a_refusal_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(args: object) -> int:
        raise Refusal("expected a film, got a shoe")

    _fake_command(monkeypatch, run)
    assert entry.main(["doctor"]) == 2
    assert capsys.readouterr().err == "philtrum doctor: expected a film, got a shoe\n"


@pytest.mark.parametrize("argv", [["nonsense"], ["doctor", "--what"], ["--what"], ["doctor", "x"]])
def test_nonsense_arguments_are_one_line_and_status_2(
    argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _fake_command(monkeypatch, lambda args: 0)
    with pytest.raises(SystemExit) as stop:
        entry.main(argv)
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(args: object) -> int:
        raise KeyboardInterrupt

    _fake_command(monkeypatch, run)
    assert entry.main(["doctor"]) == 130


@pytest.mark.parametrize("name", list(entry.COMMANDS))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        entry.main([name, "--help"])
    assert stop.value.code == 0
    assert name in capsys.readouterr().out


def test_help_says_what_it_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        entry.main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "Not a medical device, not a diagnosis. Isolated cleft palate is not excluded." in said
