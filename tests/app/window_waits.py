"""Waiting for what a window shows."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from app.main_window import MainWindow

MakeWindow = Callable[..., MainWindow]


def wait_for_picture(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.scan_view.current is not None, timeout=8000)


def wait_for_flag(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: len(window.feed.kept.open_flags) > 0, timeout=8000)
