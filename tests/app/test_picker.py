from __future__ import annotations

import threading
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.offers import Offer, OfferScout
from app.settings import Settings
from tests.app.window_waits import MakeWindow, wait_for_picture


def test_the_window_opens_on_its_picker_and_is_walked_by_keys_alone(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(settings=Settings(recent_sources=("card:7", "film.mp4")))
    qtbot.waitUntil(lambda: window.picker.is_open, timeout=4000)
    titles = [tile.offer.title for tile in window.picker.tiles]
    assert titles == ["Demo loop", "Live phantom", "card:7", "film.mp4"]
    assert window.focusWidget() is window.picker.tiles[0]
    seen: list[QWidget] = []
    for _ in range(40):
        focused = window.focusWidget()
        assert focused is not None
        if focused in seen:
            break
        assert window.picker.isAncestorOf(focused)
        seen.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert set(window.picker.tiles) | {window.picker.address} <= set(seen)
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window.sheet.is_open
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window.picker.is_open, "without a source there is nothing else to do"
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.picker.is_open
    window.picker.tiles[3].setFocus()
    QTest.keyClick(window.picker.tiles[3], Qt.Key.Key_Return)
    assert not window.picker.is_open
    wait_for_picture(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_O)
    assert window.picker.is_open
    QTest.keyClick(window, str(1 + [tile.offer.spec for tile in window.picker.tiles].index("card:7")))
    assert window.feed.opener is not None
    assert window.feed.opener.spec == "card:7"


def test_letters_typed_into_the_address_are_no_commands(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    qtbot.waitUntil(lambda: window.picker.is_open, timeout=4000)
    window.picker.address.setFocus()
    QTest.keyClicks(window.picker.address, "card:a b")
    assert window.picker.address.text() == "card:a b"
    assert window.pipeline.ai_enabled
    assert not window.patient_safe
    QTest.keyClick(window.picker.address, Qt.Key.Key_Return)
    assert window.feed.opener is not None
    assert window.feed.opener.spec == "card:a b"


def test_every_search_is_gone_with_the_window(
    make_window: MakeWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = threading.Semaphore(0), threading.Event()

    def find() -> list[Offer]:
        began.release()
        go_on.wait(5)
        return []

    window = make_window()
    qtbot.waitUntil(lambda: window.picker.is_open, timeout=4000)
    monkeypatch.setattr("app.picker.OfferScout", partial(OfferScout, find=find))
    for _ in range(2):
        window.picker.fill()
        assert began.acquire(timeout=5)
    slow = [thread for thread in threading.enumerate() if thread.name == "picker"]
    assert len(slow) >= 2
    threading.Timer(0.05, go_on.set).start()
    window.close()
    assert not any(thread.is_alive() for thread in slow)
