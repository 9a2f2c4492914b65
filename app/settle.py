"""Python's garbage collector, kept from going through what stays for as long as the program runs."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

if TYPE_CHECKING:
    from app.main_window import MainWindow

LOOK_MS = 500


def settle_when_loaded(window: MainWindow) -> None:
    """Once model and timeline are there, leave all that was made so far out of later collections.

    A full collection goes through some 120,000 objects, most of them of libraries, and holds every thread up
    for 50 to 100 ms: three to six frames, every minute or so.
    """

    def look() -> None:
        if window.closed:
            poll.stop()
        elif window.timeline.plot is not None and _ai_has_come(window):
            poll.stop()
            gc.freeze()

    poll = QTimer(window)
    poll.setInterval(LOOK_MS)
    poll.timeout.connect(look)
    poll.start()


def unsettle() -> None:
    """The window has closed: what it held may be collected again."""
    gc.unfreeze()


def _ai_has_come(window: MainWindow) -> bool:
    state = window.pipeline.ai_state
    return not window.pipeline.ai_enabled or (state is not None and state.engine is not None)
