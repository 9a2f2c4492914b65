from __future__ import annotations

import json

import pytest

from app import doctor
from app.__main__ import main
from app.commands import doctor as command
from app.doctor import Finding, State


def test_a_check_that_breaks_becomes_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> Finding:
        raise OSError("no such driver")

    monkeypatch.setattr(doctor, "_qt", breaks)
    monkeypatch.setattr(doctor, "_providers", breaks)
    found = {finding.check: finding for finding in doctor.examine()}
    assert found["qt"].state is State.FAILED
    assert "no such driver" in found["qt"].text
    assert found["python"].state is State.OK


@pytest.mark.parametrize(("state", "status"), [(State.OK, 0), (State.NOTE, 0), (State.FAILED, 1)])
def test_exit_status_tells(
    state: State, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "examine", lambda: iter([Finding("x", state, "words", {"n": 1})]))
    assert main(["doctor", "--json"]) == status
    said = json.loads(capsys.readouterr().out)
    assert said == {
        "healthy": status == 0,
        "checks": [{"check": "x", "state": state.value, "text": "words", "data": {"n": 1}}],
    }


def test_a_changed_model_file_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    files = [(path, "0" * 64) for path, _ in doctor._model_files()]
    monkeypatch.setattr(doctor, "_model_files", lambda: files)
    finding = doctor._model()
    assert finding.state is State.FAILED
    assert files[0][0].name in finding.text


def test_the_real_machine_is_examined_whole() -> None:
    found = {finding.check: finding for finding in doctor.examine()}
    assert found["python"].state is State.OK
    assert found["write access"].state is State.OK
    assert found["model"].state is State.OK
    assert "CPUExecutionProvider" in found["providers"].text
