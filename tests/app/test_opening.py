from __future__ import annotations

from pathlib import Path

import pytest

import app.opening
from app.opening import DEMO, SourceOpener, check_recording, is_live, resolve, short_name
from capture.player import Player
from capture.source import SourceError
from tests.app.window_fakes import FRAMES, FakeLive, open_fake


@pytest.mark.parametrize("spec", ["card:0", "Screen:", "udp://1.2.3.4:5", "igtl://host", "phantom:seed=1"])
def test_live_sources_are_known_by_their_words(spec: str) -> None:
    assert is_live(spec)


@pytest.mark.parametrize("spec", ["loop.mp4", "/a/card/film.avi", "C:\\loops\\a.dcm", "demo", ""])
def test_the_rest_are_recordings(spec: str) -> None:
    assert not is_live(spec)


def test_the_demo_is_a_shipped_file() -> None:
    assert Path(resolve(DEMO)).name == "exam.mp4"
    assert resolve("card:0") == "card:0"


def test_names_are_short_and_without_folders() -> None:
    assert short_name("/scans/patient/loop 3.mp4") == "loop 3.mp4"
    assert short_name("C:\\scans\\loop.mp4") == "loop.mp4"
    assert short_name("/scans/loops/") == "loops"
    assert short_name("udp://1.2.3.4:5000") == "udp://1.2.3.4:5000"


def test_recordings_come_in_a_player_that_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.opening, "open_source", open_fake)
    opener = SourceOpener("film.mp4")
    source = opener()
    assert isinstance(source, Player)
    assert opener.player is source
    with source:
        assert source.state.loop
        assert source.state.frames == FRAMES


def test_live_sources_come_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.opening, "open_source", open_fake)
    opener = SourceOpener("card:0")
    assert type(opener()) is FakeLive
    assert opener.player is None


def test_a_recording_is_looked_at_before_the_window(tmp_path: Path) -> None:
    check_recording(DEMO)
    with pytest.raises(SourceError, match="there is no such file"):
        check_recording(str(tmp_path / "none.mp4"))
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"\x00" * 2000)
    with pytest.raises(SourceError):
        check_recording(str(bad))
