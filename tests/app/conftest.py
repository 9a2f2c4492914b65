"""A window on sources and an engine that the tests hold in their hands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

if TYPE_CHECKING:
    from app.main_window import MainWindow


def send_deferred_deletes() -> None:
    """What `deleteLater` asked for happens in an event loop of the same level; tests have none."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


@pytest.fixture(autouse=True)
def no_window_left() -> Iterator[None]:
    """Commands leave their window, and how often threads change hands, to the end of the program.

    Here hundreds of tests follow in the same process, each the slower for every window left.
    """
    interval_s = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval_s)
    application = QApplication.instance()
    tops = application.topLevelWidgets() if isinstance(application, QApplication) else []
    left = [widget for widget in tops if isinstance(widget, QMainWindow)]
    for window in left:
        window.close()
        window.deleteLater()
    if left:
        send_deferred_deletes()


@pytest.fixture
def make_window(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., MainWindow]]:
    """Makes shown windows on fake sources; each is closed, and English is back, at the end."""
    import app.opening
    from app.create import create_app
    from app.language import set_language
    from app.settings import Settings
    from tests.app.window_fakes import FakeEngine, open_fake

    monkeypatch.setattr(app.opening, "open_source", open_fake)
    monkeypatch.setattr("app.offers.device_offers", list)
    made: list[MainWindow] = []

    def make(spec: str | None = None, settings: Settings | None = None, **options: Any) -> MainWindow:
        options.setdefault("engine_factory", FakeEngine)
        options.setdefault("language", "en")
        options.setdefault("settings_path", tmp_path / "settings.json")
        _, window = create_app(settings or Settings(), spec, **options)
        made.append(window)
        window.resize(1280, 720)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=4000)
        return window

    yield make
    for window in filter(isValid, made):
        window.close()
        window.deleteLater()
    send_deferred_deletes()
    set_language("en")
