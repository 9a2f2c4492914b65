from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from app.errors import CrashGuard, Notice, Notices, close_log, open_log


def test_notices_are_kept_counted_and_told(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    notices = Notices(clock=lambda: 12.0, most=3)
    told: list[Notice] = []
    notices.told.connect(told.append)
    notices.tell("the cable\nis  out")
    notices.tell("the cable is out")
    notices.tell("the cable is out", "warning")
    assert notices.all() == (
        Notice("error", "the cable is out", 12.0, 2),
        Notice("warning", "the cable is out", 12.0),
    )
    assert [notice.count for notice in told] == [1, 2, 1]
    assert caplog.messages == ["the cable is out"] * 3
    for number in range(5):
        notices.tell(str(number), "info")
    assert [notice.text for notice in notices.all()] == ["2", "3", "4"]


def test_a_notice_from_another_thread_arrives_in_the_gui_thread(qtbot: QtBot) -> None:
    notices = Notices()
    where: list[threading.Thread] = []

    class Window(QObject):
        @Slot(object)
        def take(self, _notice: object) -> None:
            where.append(threading.current_thread())

    window = Window()
    notices.told.connect(window.take)
    thread = threading.Thread(target=notices.tell, args=("from afar",))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(where), timeout=2000)
    assert where == [threading.main_thread()]


def test_what_nobody_caught_becomes_a_notice_and_the_hooks_come_back(qtbot: QtBot) -> None:
    notices, before = Notices(), (sys.excepthook, threading.excepthook)
    with CrashGuard(notices):
        try:
            raise RuntimeError("overlay fell over")
        except RuntimeError as error:
            sys.excepthook(RuntimeError, error, error.__traceback__)

        def die() -> None:
            raise OSError("disk fell off")

        thread = threading.Thread(target=die, name="recorder")
        thread.start()
        thread.join()
    assert [notice.text for notice in notices.all()] == [
        "RuntimeError: overlay fell over",
        "recorder: OSError: disk fell off",
    ]
    assert (sys.excepthook, threading.excepthook) == before


def test_an_interrupt_is_not_an_error(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    passed_on: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: passed_on.append(kind))
    notices = Notices()
    with CrashGuard(notices):
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert passed_on == [KeyboardInterrupt]
    assert notices.all() == ()


def test_the_log_is_written_with_its_trace(tmp_path: Path) -> None:
    handler = open_log(tmp_path / "logs")
    try:
        logging.getLogger("philtrum").error("it broke")
    finally:
        close_log(handler)
    assert "it broke" in (tmp_path / "logs" / "philtrum.log").read_text("utf-8")


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    assert open_log(tmp_path / "logs") is None
    close_log(None)
