from __future__ import annotations

from pathlib import Path

import pytest

from app.home import cache_dir, home_dir, logs_dir, settings_file


def test_the_home_folder_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHILTRUM_HOME", str(tmp_path / "own"))
    assert home_dir() == tmp_path / "own"
    assert settings_file() == tmp_path / "own" / "settings.json"
    assert logs_dir().is_dir()
    assert cache_dir().parent == home_dir()


def test_without_it_the_platform_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHILTRUM_HOME")
    assert home_dir().name == "philtrum"
    assert home_dir().is_absolute()
