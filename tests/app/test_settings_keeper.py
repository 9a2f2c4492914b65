from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from pytestqt.qtbot import QtBot

from app.errors import Notices
from app.settings import Settings, load_settings
from app.settings_keeper import SettingsKeeper


def test_changes_are_written_a_moment_later_all_at_once(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(Settings(), path, Notices())
    for step in range(1, 9):
        keeper.change(opacity=step / 10)
    assert not path.exists()
    qtbot.waitUntil(path.exists, timeout=3000)
    assert load_settings(path)[0].opacity == 0.8


def test_a_value_that_is_not_allowed_is_refused(qtbot: QtBot) -> None:
    keeper = SettingsKeeper(Settings(), None, Notices())
    with pytest.raises(ValidationError):
        keeper.change(opacity=3.0)
    assert keeper.now == Settings()
    keeper.change(heatmap="off")
    keeper.flush()
    assert keeper.now.heatmap == "off"


def test_a_folder_that_cannot_be_written_to_is_told_once(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    notices = Notices()
    keeper = SettingsKeeper(Settings(), tmp_path / "home" / "settings.json", notices)
    for mode in ("off", "fill"):
        keeper.change(heatmap=mode)
        keeper.flush()
    assert len(notices.all()) == 1
    assert notices.all()[0].level == "warning"
