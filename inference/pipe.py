"""A hand-over between two threads that loses nothing: who puts waits for room, who takes waits for work.

The opposite of `capture.slot.LatestSlot`: for work where every item counts and time does not.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_LOOK_S = 0.25
"""How long one wait lasts before it looks again, so that Ctrl-C gets through on every system."""


class PipeLeft(Exception):  # noqa: N818  leaving is not an error
    """Whoever took from the pipe has gone; there is no use in putting more."""


class Pipe(Generic[T]):
    """A queue bounded by the size of what waits in it, not by the number: frames can be 30 kB or 400 MB.

    Args:
        limit: what may wait in all, in the unit of `put`'s `size`. A single item larger than this still
            goes through, alone.
    """

    def __init__(self, limit: int) -> None:
        self._changed = threading.Condition()
        self._items: deque[tuple[T, int]] = deque()
        self._limit = limit
        self._waiting = 0
        self._ended = False
        self._left = False
        self._error: BaseException | None = None

    def put(self, item: T, size: int = 1) -> None:
        """Hand over an item, waiting for room.

        Raises:
            PipeLeft: nobody takes from the pipe any more.
        """
        with self._changed:
            while not self._left and self._items and self._waiting + size > self._limit:
                self._changed.wait(_LOOK_S)
            if self._left:
                raise PipeLeft
            self._items.append((item, size))
            self._waiting += size
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Nothing more will be put; `error`, if any, is raised at the taker after the last item."""
        with self._changed:
            self._ended = True
            self._error = error
            self._changed.notify_all()

    def leave(self) -> None:
        """The taker goes: what waits is dropped, and whoever puts is turned away."""
        with self._changed:
            self._left = True
            self._items.clear()
            self._waiting = 0
            self._changed.notify_all()

    @property
    def left(self) -> bool:
        """Whether the taker has gone."""
        with self._changed:
            return self._left

    def __iter__(self) -> Iterator[T]:
        """The items in order until `end`; raises what `end` was given."""
        while True:
            with self._changed:
                while not self._items and not self._ended and not self._left:
                    self._changed.wait(_LOOK_S)
                if not self._items:
                    if self._error is not None:
                        raise self._error
                    return
                item, size = self._items.popleft()
                self._waiting -= size
                self._changed.notify_all()
            yield item
            del item  # a frame must not outlive its turn while the next one is waited for
