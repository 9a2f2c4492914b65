from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from app import __main__ as entry
from app import run_window
from app.commands import demo
from app.language import set_language
from tests.inference.tiny_models import write_tiny_model


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_window, "display_available", lambda: False)
    monkeypatch.setattr(run_window, "missing_libraries", list)
    monkeypatch.setattr(demo, "display_available", lambda: False)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever language a command was told to speak."""
    yield
    set_language("en")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("none.mp4", "there is no such file"),
        ("teleport://here", "no kind of source called teleport"),
        ("card:0?colour=pink", "no option called colour"),
        ("phantom:seed=blue", "expected a whole number"),
        ("", "got nothing"),
    ],
)
def test_a_bad_source_is_refused_in_one_line_before_any_window(
    source: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "app.create", None)  # importing it now would raise
    assert entry.main(["live", source]) == 2
    assert words in said(capsys)


def test_a_damaged_film_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"\x00\x00\x00\x18ftypisom" + b"\x00" * 500)
    assert entry.main(["live", str(bad)]) == 2
    assert "bad.mp4" in said(capsys)


@pytest.mark.usefixtures("no_display")
@pytest.mark.parametrize("arguments", [["live", "phantom:"], ["pick"], []])
def test_without_a_screen_the_window_is_refused_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry.main(arguments) == 2
    assert "expected a screen" in said(capsys)


def test_missing_libraries_are_one_line_that_names_the_packages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_window, "missing_libraries", lambda: ["libegl1", "libxcb-cursor0"])
    monkeypatch.setitem(sys.modules, "app.create", None)
    assert entry.main(["live", "phantom:"]) == 2
    assert "apt-get install libegl1 libxcb-cursor0" in said(capsys)


def test_a_model_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_window, "display_available", lambda: True)
    monkeypatch.setattr(run_window, "missing_libraries", list)
    assert entry.main(["live", "phantom:", "--model", str(tmp_path / "none.json")]) == 2
    assert "none.json" in said(capsys)


@pytest.mark.usefixtures("no_display", "qtbot")
def test_the_demo_without_a_screen_is_a_film_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = write_tiny_model(tmp_path), tmp_path / "out"
    assert entry.main(["demo", "--out", str(out), "--seconds", "1.5", "--model", str(model)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "no screen" in printed[0]
    film, picture = Path(printed[1]), Path(printed[2])
    with av.open(str(film)) as opened:
        frames = list(opened.decode(video=0))
    assert (frames[0].width, frames[0].height) == (1920, 1080)
    assert len(frames) >= 4
    assert frames[-1].time is not None
    assert 1.0 < frames[-1].time < 4.0
    assert frames[-1].to_ndarray(format="gray").std() > 10
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.usefixtures("no_display")
def test_a_folder_that_cannot_be_written_to_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("in the way")
    assert entry.main(["demo", "--out", str(tmp_path / "out")]) == 2
    assert "cannot be written to" in said(capsys)


def test_the_window_runs_from_the_command_line_and_closes(
    qtbot: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_window, "display_available", lambda: True)
    monkeypatch.setattr(run_window, "missing_libraries", list)
    model = write_tiny_model(tmp_path)
    words = ["live", "demo", "--seconds", "1.5", "--model", str(model), "--language", "zh"]
    assert entry.main(words) == 0
    home = tmp_path / "philtrum-home"
    assert (home / "settings.json").exists()
    assert (home / "logs" / "philtrum.log").exists()
