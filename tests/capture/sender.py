"""A sender on the loopback: PyAV writes MPEG-TS to a port that the system chose."""

from __future__ import annotations

import socket
import threading
from fractions import Fraction
from types import TracebackType
from typing import Self

import av
import numpy as np


def free_udp_port() -> int:
    """An even port whose successor is free too: RTP wants it for its reports."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port % 2 == 0:
            return port


def level_of(number: int) -> int:
    """Brightness that frame `number` of the sender shows."""
    return 40 + number * 2 % 160


class Sender:
    """Sends grey frames, each with its own brightness, in a thread of its own until told to stop."""

    def __init__(self, url: str, width: int = 320, height: int = 240, fps: int = 50) -> None:
        self._url, self._size, self._fps = url, (width, height), fps
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, name="sender")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _send(self) -> None:
        width, height = self._size
        muxer = "rtp_mpegts" if self._url.startswith("rtp:") else "mpegts"
        with av.open(self._url, "w", format=muxer) as container:
            video = container.add_stream("mpeg2video", rate=self._fps)
            assert isinstance(video, av.VideoStream)
            video.width, video.height, video.pix_fmt, video.gop_size = width, height, "yuv420p", 5
            video.bit_rate = 2_000_000
            number = 0
            while not self._stop.wait(1 / self._fps):
                picture = np.full((height, width), level_of(number), np.uint8)
                picture[: height // 4] = 235
                frame = av.VideoFrame.from_ndarray(picture, "gray").reformat(format="yuv420p")
                frame.pts = number
                frame.time_base = Fraction(1, self._fps)
                for packet in video.encode(frame):
                    container.mux(packet)
                number += 1
