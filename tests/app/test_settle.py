from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

import app.settle
from app.settle import settle_when_loaded

if TYPE_CHECKING:
    from app.main_window import MainWindow


class Loading(QObject):
    """As much of a window as is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False
        self.timeline = SimpleNamespace(plot=None)
        self.pipeline = SimpleNamespace(ai_enabled=True, ai_state=None)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    times: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: times.append(1))
    monkeypatch.setattr(app.settle, "LOOK_MS", 1)
    return times


def test_what_stays_is_left_out_once_when_all_is_loaded(qtbot: QtBot, frozen: list[int]) -> None:
    window: Any = Loading()
    settle_when_loaded(cast("MainWindow", window))
    qtbot.wait(10)
    window.timeline.plot = object()
    window.pipeline.ai_state = SimpleNamespace(engine=None)
    qtbot.wait(10)
    assert frozen == []
    window.pipeline.ai_state = SimpleNamespace(engine=object())
    qtbot.waitUntil(lambda: frozen == [1], timeout=2000)
    qtbot.wait(10)
    assert frozen == [1]


def test_without_ai_the_timeline_alone_is_waited_for(qtbot: QtBot, frozen: list[int]) -> None:
    window: Any = Loading()
    window.pipeline.ai_enabled = False
    settle_when_loaded(cast("MainWindow", window))
    window.timeline.plot = object()
    qtbot.waitUntil(lambda: frozen == [1], timeout=2000)
    window.deleteLater()


def test_a_closed_window_is_not_looked_at_any_more(qtbot: QtBot, frozen: list[int]) -> None:
    window: Any = Loading()
    window.closed = True
    settle_when_loaded(cast("MainWindow", window))
    window.timeline.plot, window.pipeline.ai_enabled = object(), False
    qtbot.wait(10)
    assert frozen == []
