"""Frames that were shown, kept for going back."""

from __future__ import annotations

from collections import OrderedDict

from capture.frame import Frame


class FrameCache:
    """The frames shown last, up to a number of bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bytes = 0
        self._frames: OrderedDict[int, Frame] = OrderedDict()

    def get(self, index: int) -> Frame | None:
        frame = self._frames.get(index)
        if frame is not None:
            self._frames.move_to_end(index)
        return frame

    def put(self, frame: Frame) -> None:
        old = self._frames.pop(frame.index, None)
        self._bytes += frame.pixels.nbytes - (old.pixels.nbytes if old else 0)
        self._frames[frame.index] = frame
        while self._bytes > self._limit and self._frames:
            _, dropped = self._frames.popitem(last=False)
            self._bytes -= dropped.pixels.nbytes

    def clear(self) -> None:
        self._frames.clear()
        self._bytes = 0
