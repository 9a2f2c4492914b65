"""A sender on the loopback: PyAV writes MPEG-TS, or bare RTP, to a port that the system chose."""

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


def free_tcp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def level_of(number: int) -> int:
    """Brightness that frame `number` of the sender shows."""
    return 40 + number * 2 % 160


class Sender:
    """Sends grey frames, each with its own brightness, in a thread of its own until told to stop."""

    def __init__(self, url: str, fps: int = 50, muxer: str | None = None) -> None:
        self._url, self._fps = url, fps
        self._muxer = muxer or ("rtp_mpegts" if url.startswith("rtp:") else "mpegts")
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
        with av.open(self._url, "w", format=self._muxer) as container:
            send_frames(container, self._fps, self._stop)


def send_frames(container: av.container.OutputContainer, fps: int, stop: threading.Event) -> None:
    """Encode 320 x 240 pixels of MPEG-2, a key frame at every fifth, at the rate of `fps` until `stop`."""
    video = container.add_stream("mpeg2video", rate=fps)
    assert isinstance(video, av.VideoStream)
    video.width, video.height, video.pix_fmt, video.gop_size = 320, 240, "yuv420p", 5
    video.bit_rate = 2_000_000
    number = 0
    while not stop.wait(1 / fps):
        picture = np.full((240, 320), level_of(number), np.uint8)
        picture[:60] = 235
        frame = av.VideoFrame.from_ndarray(picture, "gray").reformat(format="yuv420p")
        frame.pts = number
        frame.time_base = Fraction(1, fps)
        for packet in video.encode(frame):
            container.mux(packet)
        number += 1
