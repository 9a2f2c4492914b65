"""The thread that waits for the disk, so that nobody who writes has to."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path

from app.session.folder import sync_file, sync_folder

SYNC_S = 1.0


class Syncer(threading.Thread):
    """Makes files last through a power cut, once a second. What a kill of the program leaves needs no sync.

    Args:
        always: files that are written all the time.
    """

    def __init__(self, always: Iterable[Path]) -> None:
        super().__init__(name="exam-sync")
        self._always = tuple(always)
        self._lock = threading.Lock()
        self._fresh: dict[Path, None] = {}
        self._ending = threading.Event()

    def want(self, paths: Iterable[Path]) -> None:
        """Files that were written and have not been synced."""
        with self._lock:
            self._fresh.update(dict.fromkeys(paths))

    def stop(self, timeout_s: float = 30.0) -> None:
        """Sync what is left, and end.

        Raises:
            TimeoutError: the disk does not answer.
        """
        self._ending.set()
        self.join(timeout_s)
        if self.is_alive():
            raise TimeoutError(f"expected the disk to answer within {timeout_s:g} s, it does not")

    def run(self) -> None:
        ending = False
        while not ending:
            ending = self._ending.wait(SYNC_S)
            with self._lock:
                fresh, self._fresh = self._fresh, {}
            for path in (*self._always, *fresh):
                # A file may have made way for a better one; a disk's fault is told by whoever writes to it.
                with contextlib.suppress(OSError):
                    sync_file(path)
            for folder in {path.parent for path in fresh}:
                sync_folder(folder)
