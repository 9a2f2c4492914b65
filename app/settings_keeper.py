"""The settings in use, written a moment after they change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.errors import Notices
from app.settings import Settings, save_settings

DELAY_MS = 400
"""A slider that moves is written once."""


class SettingsKeeper(QObject):
    """One for the window. `path` None keeps nothing, for tests and benchmarks."""

    def __init__(self, settings: Settings, path: Path | None, notices: Notices) -> None:
        super().__init__()
        self.now = settings
        self._path, self._notices = path, notices
        self._told = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.flush)

    def change(self, **changes: Any) -> None:
        """Replace fields; each is checked as a file's would be.

        Raises:
            pydantic.ValidationError: a value is not allowed.
        """
        self.take(Settings.model_validate(self.now.model_dump() | changes))

    def take(self, settings: Settings) -> None:
        if settings != self.now:
            self.now = settings
            self._timer.start()

    def flush(self) -> None:
        """Write now; a folder that cannot be written to is told once."""
        self._timer.stop()
        if self._path is None:
            return
        try:
            save_settings(self.now, self._path)
        except OSError as error:
            if not self._told:
                self._told = True
                reason = error.strerror or str(error)
                self._notices.tell(f"settings cannot be written ({reason})", "warning")
