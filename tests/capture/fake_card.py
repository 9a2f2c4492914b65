"""A capture card as FFmpeg gives it, without a card."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import numpy as np

from capture.devices import Device
from capture.frame import Pixels

CARD = Device("card", "card:0", "Grabby HD", "/dev/video0")


def grey_picture(number: int = 0, height: int = 48, width: int = 64) -> Pixels:
    return np.random.default_rng(number).integers(16, 235, (height, width), np.uint8)


def wire_frame(luma: Pixels, name: str) -> av.VideoFrame:
    """A colourless frame of a wire format whose luma is exactly this."""
    height, width = luma.shape
    frame = av.VideoFrame(width, height, name)
    grey = np.full((height, width // 2), 128, np.uint8)
    planes = {
        "yuyv422": [np.dstack([luma, np.full_like(luma, 128)]).reshape(height, -1)],
        "nv12": [luma, np.full((height // 2, width), 128, np.uint8)],
        "yuvj422p": [luma, grey, grey],
    }[name]
    for plane, data in zip(frame.planes, planes, strict=True):
        plane.update(np.pad(data, ((0, 0), (0, plane.line_size - data.shape[1]))).tobytes())
    return frame


class FakeCard:
    """What `av.open` gives for a card: a mode of its own, and frames until it is pulled out."""

    def __init__(
        self,
        mode: tuple[int, int, Fraction | None, str, str] = (64, 48, Fraction(60), "rawvideo", "yuyv422"),
        frames: Callable[[int], av.VideoFrame] = lambda i: wire_frame(grey_picture(i), "yuyv422"),
        count: int | None = None,
        pace_s: float = 0.002,
    ) -> None:
        width, height, rate, codec, pix_fmt = mode
        self.stream = SimpleNamespace(
            codec_context=SimpleNamespace(width=width, height=height, name=codec, pix_fmt=pix_fmt),
            average_rate=rate,
            time_base=Fraction(1, 1_000_000),
            thread_type="",
        )
        self.streams = SimpleNamespace(video=[self.stream])
        self.format = SimpleNamespace(name="v4l2")
        self._frames, self._count, self._pace_s = frames, count, pace_s
        self._wait = threading.Event()
        self.closed = threading.Event()

    def demux(self, stream: Any) -> Iterator[Any]:
        index = 0
        while self._count is None or index < self._count:
            self._wait.wait(self._pace_s)
            frame = self._frames(index)
            frame.pts, frame.time_base = index * 40_000, Fraction(1, 1_000_000)
            yield SimpleNamespace(decode=lambda frame=frame: [frame])
            index += 1
        raise av.error.OSError(errno.ENODEV, "No such device")

    def close(self) -> None:
        self.closed.set()
