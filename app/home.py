"""Where the program keeps its settings, logs and caches."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home_dir() -> Path:
    """The program's own folder: `PHILTRUM_HOME` where set, else the platform's place for user data."""
    own = os.environ.get("PHILTRUM_HOME")
    return Path(own).expanduser() if own else Path(platformdirs.user_data_dir("philtrum", appauthor=False))


def settings_file() -> Path:
    return home_dir() / "settings.json"


def made(*parts: str) -> Path:
    """A folder under the home folder, made when it is not there yet.

    Raises:
        OSError: it cannot be made.
    """
    folder = home_dir().joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def logs_dir() -> Path:
    return made("logs")


def cache_dir() -> Path:
    return made("cache")
