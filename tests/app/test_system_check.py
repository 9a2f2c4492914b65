from __future__ import annotations

from pathlib import Path

import pytest

from app import system_check
from app.system_check import (
    OFFSCREEN_LIBRARIES,
    XCB_LIBRARIES,
    display_available,
    install_hint,
    missing_packages,
)

APT_LIST = Path(__file__).resolve().parents[2] / "packaging" / "apt.txt"


def test_every_package_checked_is_in_the_one_list() -> None:
    listed = {
        line.strip() for line in APT_LIST.read_text("utf-8").splitlines() if line and not line.startswith("#")
    }
    assert set(OFFSCREEN_LIBRARIES.values()) | set(XCB_LIBRARIES.values()) <= listed
    assert "fonts-dejavu-core" in listed


def test_a_missing_library_names_its_package() -> None:
    found = missing_packages(True, "linux", lambda name: name != "libxcb-cursor.so.0")
    assert "libxcb-cursor0" in found
    assert "libegl1" not in found


def test_window_libraries_are_asked_for_only_with_a_window() -> None:
    none_loads = missing_packages(False, "linux", lambda name: False)
    assert set(OFFSCREEN_LIBRARIES.values()) <= set(none_loads)
    assert not set(XCB_LIBRARIES.values()) & set(none_loads)


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_nothing_is_asked_for_off_linux(platform: str) -> None:
    assert missing_packages(True, platform, lambda name: False) == []
    assert display_available({}, platform)


def test_no_screen_without_a_display_variable() -> None:
    assert not display_available({}, "linux")


def test_offscreen_counts_as_no_screen() -> None:
    assert not display_available({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0"}, "linux")


def test_an_x_display_that_nobody_serves_is_no_screen() -> None:
    assert not display_available({"DISPLAY": ":4711"}, "linux")


def test_main_says_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system_check, "missing_libraries", lambda: ["libegl1", "libgl1"])
    assert system_check.main() == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"philtrum: {install_hint(['libegl1', 'libgl1'])}"]
    assert "apt-get install libegl1 libgl1" in lines[0]
