"""A mailbox for one thing: the newest wins, and what was passed over is counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class SlotClosed(Exception):  # noqa: N818  closing is not an error
    """The slot was closed and is empty."""


class LatestSlot(Generic[T]):
    """Hands the newest item from one thread to another; `put` never waits."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._put = 0
        self._dropped = 0

    def put(self, item: T) -> None:
        """Offer an item; an older one still waiting is dropped. After `close` the item is ignored."""
        with self._ready:
            if self._closed:
                return
            self._put += 1
            if self._item is not None:
                self._dropped += 1
            self._item = item
            self._ready.notify()

    def take(self, timeout_s: float | None = 0.0) -> T | None:
        """The newest item, or None when none came within `timeout_s` (None waits without end).

        Raises:
            SlotClosed: the slot is closed and nothing is left in it.
        """
        with self._ready:
            if self._item is None and not self._closed and timeout_s != 0.0:
                self._ready.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            if item is None and self._closed:
                raise SlotClosed
            return item

    def close(self) -> None:
        """Wake and turn away whoever waits; idempotent."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    @property
    def counts(self) -> tuple[int, int]:
        """(put, dropped) so far."""
        with self._ready:
            return self._put, self._dropped
