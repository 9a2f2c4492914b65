"""Python's garbage collector, run by the thread of the window alone, and kept from what stays."""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

BEAT_MS = 200
"""How often it is looked whether there is anything to collect."""
YOUNG = 700
"""New objects that are worth a collection: Python's own measure."""
OLDER_AFTER = 10
"""Collections of one generation before the next older one has its turn: Python's own measure as well."""


class Collector(QObject):
    """Collects in the thread that made it, a few milliseconds at a beat.

    Left to itself, Python collects in whichever thread makes one object too many. A circle of objects that
    holds widgets or timers is then taken apart by the capture thread while Qt uses them, and the program
    crashes. And a full collection goes through some 120,000 objects, most of them of libraries, and holds
    every thread up for 50 to 100 ms: so what is there once all is loaded is left out of the later ones.
    """

    def __init__(self, loaded: Callable[[], bool], parent: QObject) -> None:
        """Args:
        loaded: whether all that stays for good is there.
        """
        super().__init__(parent)
        self._loaded, self._frozen, self._collections = loaded, False, 0
        self._was_automatic = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self.beat)
        self._timer.start()

    def beat(self) -> None:
        if not self._frozen and self._loaded():
            self._frozen = True
            gc.freeze()
        if gc.get_count()[0] < YOUNG:
            return
        self._collections += 1
        generation = 0
        while generation < 2 and self._collections % OLDER_AFTER ** (generation + 1) == 0:
            generation += 1
        gc.collect(generation)

    def stop(self) -> None:
        """The window has closed and its threads are gone: everything may be collected, as Python likes."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        if self._frozen:
            gc.unfreeze()
        if self._was_automatic:
            gc.enable()
