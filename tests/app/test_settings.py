from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.settings import RECENT_MOST, Settings, load_settings, parse_settings, save_settings

SAMPLE = Path(__file__).parents[1] / "reference" / "settings-1.json"


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    chosen = Settings(
        language="zh", heatmap="fill", opacity=0.25, view="whole", ai_on=False, full_screen=True,
        model="/models/site.json", recent_sources=("card:0",), keys={"keep_frame": "F2"}, pedals={"peek": ""},
    )  # fmt: skip
    save_settings(chosen, tmp_path / "deep" / "settings.json")
    assert load_settings(tmp_path / "deep" / "settings.json") == (chosen, [])
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["settings.json"]


def test_the_sample_of_version_1_keeps_its_meaning() -> None:
    settings, warnings = load_settings(SAMPLE)
    assert warnings == []
    assert settings == Settings(
        language="zh", heatmap="fill", opacity=0.4, view="whole", ai_on=False, full_screen=True,
        model="/opt/models/site.json", recent_sources=("card:0?fps=60", "/loops/case 7.mp4"),
        keys={"keep_frame": "F2"}, pedals={"keep_frame": "PgDown", "peek": ""},
        recording="clips", reading="second-reader", operator="KL", preset="OB 1",
    )  # fmt: skip
    assert set(json.loads(SAMPLE.read_text())) == set(Settings.model_fields)


def test_bad_and_unknown_keys_are_dropped_alone() -> None:
    text = json.dumps({"version": 1, "opacity": 7, "colour": "pink", "heatmap": "fill", "keys": {"peek": 3}})
    settings, warnings = parse_settings(text)
    assert settings == Settings(heatmap="fill")
    assert len(warnings) == 3
    for key in ("opacity", "colour", "keys"):
        assert any(repr(key) in warning for warning in warnings)


@pytest.mark.parametrize("text", ["", "[]", '"x"', "{", "null", "\x00", "[" * 100_000, "9" * 5_000])
def test_a_file_that_is_no_settings_gives_the_defaults_and_one_warning(text: str) -> None:
    settings, warnings = parse_settings(text)
    assert settings == Settings()
    assert len(warnings) == 1


def test_settings_of_a_newer_version_are_used_as_far_as_understood_and_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    text = json.dumps({"version": 9, "heatmap": "off", "hologram": True})
    path.write_text(text)
    settings, warnings = load_settings(path)
    assert settings.heatmap == "off"
    assert "newer version (9)" in warnings[0]
    save_settings(settings, path)
    assert (tmp_path / "settings.previous.json").read_text() == text


def test_a_file_that_is_not_text_does_not_stop_the_start(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00\x80")
    assert load_settings(path)[0] == Settings()
    (tmp_path / "folder").mkdir()
    settings, warnings = load_settings(tmp_path / "folder")
    assert settings == Settings()
    assert len(warnings) == 1


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    save_settings(Settings(heatmap="fill"), path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_settings(Settings(heatmap="off"), path)
    assert load_settings(path)[0].heatmap == "fill"
    assert [found.name for found in tmp_path.iterdir() if "settings" in found.name] == ["settings.json"]


def test_recent_sources_are_newest_first_without_doubles_and_not_endless() -> None:
    settings = Settings()
    for number in range(20):
        settings = settings.with_recent(f"{number}.mp4")
    settings = settings.with_recent("15.mp4")
    assert settings.recent_sources[:3] == ("15.mp4", "19.mp4", "18.mp4")
    assert len(settings.recent_sources) == RECENT_MOST
    assert len(set(settings.recent_sources)) == RECENT_MOST
