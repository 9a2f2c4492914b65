"""Rules of the project as a whole."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = {
    "pyproject.toml", "README.md", "app", "inference", "capture", "resources", "tests", "packaging", "docs",
    "LICENSE", "CHANGELOG.md", "Makefile",
}  # fmt: skip
BUILT = {"build", "dist", "runs", "out", "demo-output"}


@pytest.mark.parametrize("name", ["app", "inference", "capture", "resources"])
def test_packages_come_from_this_tree(name: str) -> None:
    """Another distribution of the same generic name would win silently over an editable install."""
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve().parent == ROOT / name


def test_top_level_is_exactly_as_agreed() -> None:
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")} - BUILT
    found = {name for name in found if not name.endswith((".egg-info", "__pycache__"))}
    assert found <= TOP_LEVEL
    assert {"pyproject.toml", "README.md", "LICENSE", "Makefile"} <= found


def test_constraints_pin_everything_without_naming_a_host() -> None:
    lines = (ROOT / "packaging" / "constraints.txt").read_text("utf-8").splitlines()
    assert len(lines) > 20
    for line in lines:
        assert re.match(r"^[A-Za-z0-9._-]+==[^ ]+( ; .+)?$", line), line
        assert "://" not in line


def test_constraints_keep_clear_of_the_broken_qt() -> None:
    pins = (ROOT / "packaging" / "constraints.txt").read_text("utf-8")
    version = re.search(r"^pyside6-essentials==(\d+)\.(\d+)", pins, re.MULTILINE)
    assert version is not None
    assert (6, 8) <= (int(version[1]), int(version[2])) < (6, 12)


def test_no_init_file_where_it_would_shadow() -> None:
    """`packaging/__init__.py` breaks builds, `tests/app/__init__.py` hides the program's own `app`."""
    assert not (ROOT / "packaging" / "__init__.py").exists()
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_qt_calls_do_not_drain_none() -> None:
    """PySide6 6.12.0 drops a reference to None a call under Python 3.10 and 3.11, and soon aborts."""
    from PySide6.QtCore import QCoreApplication

    calls = 200
    before = sys.getrefcount(None)
    for _ in range(calls):
        QCoreApplication.processEvents()
    assert abs(sys.getrefcount(None) - before) < calls // 2
