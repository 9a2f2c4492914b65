"""One run at a time into a folder of results: two would write over one another."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

log = logging.getLogger(__name__)

LOCK = ".philtrum.lock"
"""Stays behind, empty: the system holds the lock on it, and lets go when a process ends, however it ends."""
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)


class FolderInUseError(Exception):
    """Another run writes there."""


@contextmanager
def one_run_in(folder: Path) -> Iterator[None]:
    """Hold a folder that exists.

    Raises:
        FolderInUseError: another run holds it.
        OSError: nothing can be written there.
    """
    # Its other kind of lock, a mere file, would outlive a killed run.
    lock = FileLock(folder / LOCK, timeout=0, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise FolderInUseError(
            f"another run is writing to {folder}; wait for it, or choose another --out"
        ) from None
    except (NotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_LOCKS:
            raise
        log.warning("the file system of %s knows no locks: nothing keeps a second run away", folder)
        yield
        return
    try:
        yield
    finally:
        lock.release()
