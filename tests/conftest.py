"""Rules for every test: no thread left behind, no real settings touched, skips only where allowed."""

from __future__ import annotations

import gc
import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

FULL_AFTER = 50
"""Tests after which everything is collected, not only what is new."""
_tests = itertools.count(1)

# As the window does it (app/collector.py): never in a test's threads, whatever earlier tests have left.
gc.disable()

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Real media beside the checkout; what uses it has the mark `media`, and is skipped where it is absent."""


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """A test that leaves one of our threads running fails: a lost thread holds a card or a file."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and t.is_alive()]
    for thread in left:
        thread.join(2.0)
    still = [t.name for t in left if t.is_alive()]
    assert not still, f"threads left running: {still}"


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect(2 if next(_tests) % FULL_AFTER == 0 else 0)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, caches and logs of a test go to its own folder, never to the user's."""
    monkeypatch.setenv("PHILTRUM_HOME", str(tmp_path / "philtrum-home"))


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "shared_data" in item.fixturenames:
            item.add_marker("media")


@pytest.fixture
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("shared/data is not beside this checkout")
    return SHARED_DATA
