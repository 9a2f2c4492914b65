"""Pushes frames to whoever listens at an RTSP address, until its standard input is closed.

A process of its own: PyAV holds the interpreter while it waits for the other side's answers, and the other
side is the test.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from types import TracebackType
from typing import Self

import av

from tests.capture.sender import send_frames


class Pusher:
    """The process, from the test's side."""

    def __init__(self, url: str) -> None:
        self._command = [sys.executable, "-m", __name__, url]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)

    def kill(self) -> None:
        """Gone without a word."""
        self._process.kill()


def push(url: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with av.open(url, "w", format="rtsp", options={"rtsp_transport": "tcp"}) as container:
                send_frames(container, 50, stop)
        except av.error.ConnectionRefusedError:
            stop.wait(0.02)  # nobody listens yet
        except av.error.FFmpegError:
            return  # the listener has gone


def main(url: str) -> None:
    stop = threading.Event()
    pushing = threading.Thread(target=push, args=(url, stop))
    pushing.start()
    sys.stdin.read()
    stop.set()
    pushing.join()


if __name__ == "__main__":
    main(sys.argv[1])
