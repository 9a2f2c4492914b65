from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.collector import BEAT_MS, OLDER_AFTER, YOUNG, Collector
from app.main_window import MainWindow


@pytest.fixture(autouse=True)
def automatic() -> Iterator[None]:
    """As any program starts."""
    gc.enable()
    yield
    gc.disable()


@pytest.fixture
def collections() -> Iterator[list[tuple[str, int]]]:
    """Thread and generation of every collection."""
    told: list[tuple[str, int]] = []

    def note(phase: str, information: dict[str, int]) -> None:
        if phase == "start":
            told.append((threading.current_thread().name, information["generation"]))

    gc.callbacks.append(note)
    yield told
    gc.callbacks.remove(note)


@pytest.fixture
def owner(qtbot: QtBot) -> QObject:
    return QObject()


class Page(QWidget):
    """Holds itself, as every widget does that connects a signal to its own method through a lambda."""

    def __init__(self) -> None:
        super().__init__()
        QVBoxLayout(self).addWidget(QLabel("page", self))
        self.itself = self


def churn(stop: threading.Event) -> None:
    """What the threads of capture and model do all the time: make objects."""
    while not stop.is_set():
        kept = [[number] for number in range(3 * YOUNG)]
        del kept


def test_no_thread_but_the_windows_own_ever_collects(
    qtbot: QtBot, owner: QObject, collections: list[tuple[str, int]]
) -> None:
    collector = Collector(lambda: False, owner)
    stop = threading.Event()
    threads = [threading.Thread(target=churn, args=(stop,), name=f"maker {n}") for n in range(2)]
    for thread in threads:
        thread.start()
    try:
        gone = []
        for _ in range(30):
            page = Page()
            gone.append(weakref.ref(page))
            del page
            qtbot.wait(5)
        qtbot.waitUntil(lambda: any(page() is None for page in gone), timeout=20 * BEAT_MS)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        collector.stop()
    assert {name for name, _ in collections} == {threading.current_thread().name}


def test_older_generations_have_their_turn(owner: QObject, collections: list[tuple[str, int]]) -> None:
    collector = Collector(lambda: False, owner)
    for _ in range(OLDER_AFTER**2):
        kept = [[number] for number in range(2 * YOUNG)]
        collector.beat()
        del kept
    collector.stop()
    generations = [generation for _, generation in collections]
    assert [generations.count(n) for n in range(3)] == [90, 9, 1]


def test_a_quiet_program_is_left_alone(owner: QObject, collections: list[tuple[str, int]]) -> None:
    collector = Collector(lambda: False, owner)
    gc.collect()
    collections.clear()
    collector.beat()
    collector.stop()
    assert collections == []


def test_what_is_loaded_is_left_out_until_the_end(owner: QObject) -> None:
    loaded = False
    before = gc.get_freeze_count()
    collector = Collector(lambda: loaded, owner)
    collector.beat()
    assert gc.get_freeze_count() == before
    loaded = True
    collector.beat()
    assert gc.get_freeze_count() > before + 10_000
    assert not gc.isenabled()
    collector.stop()
    collector.stop()
    assert gc.get_freeze_count() == 0 and gc.isenabled()


def test_a_window_collects_itself_and_gives_it_back(make_window: Callable[..., MainWindow]) -> None:
    window = make_window()
    assert not gc.isenabled()
    window.close()
    assert gc.isenabled()
