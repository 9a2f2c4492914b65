from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from app.__main__ import main
from capture.devices import Device


@pytest.fixture
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(autouse=True)
def one_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Device("card", "card:0", "Grabby HD", "/dev/video0")
    monkeypatch.setattr("app.commands.devices.list_cards", lambda: [card])
    monkeypatch.setattr("app.commands.devices.list_screens", list)


def test_the_list_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 0
    said = capsys.readouterr().out
    assert said == f"Capture cards:\n  {'card:0':<28} Grabby HD\nScreens: none found\n"


def test_the_list_for_programs_and_a_server_that_answers(
    capsys: pytest.CaptureFixture[str], listening: str
) -> None:
    assert main(["devices", "--json", "--igtl", listening]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["cards"] == [{"source": "card:0", "name": "Grabby HD", "available": True, "note": ""}]
    assert said["screens"] == []
    assert said["igtl"][0]["source"] == f"igtl://{listening}"
    assert said["igtl"][0]["available"] is True


def test_a_server_that_does_not_answer_is_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert main(["devices", "--igtl", f"127.0.0.1:{unused.getsockname()[1]}"]) == 1
    assert "no answer" in capsys.readouterr().out


@pytest.mark.parametrize("server", ["", "host:port", "a b:1"])
def test_an_address_of_nonsense_is_refused_in_one_line(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["devices", "--igtl", server]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "expected an address" in said.err
