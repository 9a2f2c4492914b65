"""The process in which the clerk sits: nothing that he loads, decodes or waits for touches the picture.

The libraries of DICOM take a second to load, objects a while to make, both with the interpreter's lock held
for longer than a frame may wait. Killed at any instant nothing is lost: the send queue is on disk.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from app.pacs_view.letters import Answer, Failed, Request

log = logging.getLogger(__name__)

NICE = 5
"""Below the window, on the same cores."""
STOP_S = 5.0
IDLE_S = 1.0
"""Without a request for so long, what was left unmade is made."""
ENDED = "the process for PACS has ended; what waits goes on with the next request"

_SPAWN = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang


class Office:
    """The window's end. Owned by the GUI thread; answers come in a thread of its own.

    Args:
        home: the program's own folder.
        on_answer: given each answer.
    """

    def __init__(self, home: Path, on_answer: Callable[[Answer], None]) -> None:
        self._home, self._on_answer = home, on_answer
        self._process: BaseProcess | None = None
        self._link: Connection | None = None
        self._reader: threading.Thread | None = None

    @property
    def open(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def ask(self, request: Request) -> None:
        """Have this done, after what was asked before; starts the process where it does not run."""
        if not self.open:
            self.stop()
            self._start()
        assert self._link is not None
        try:
            self._link.send(request)
        except OSError:
            self._on_answer(Failed(ENDED))

    def stop(self, timeout_s: float = STOP_S) -> None:
        """End the process; one that is in the middle of something is cut off, and goes on next time.

        Raises:
            TimeoutError: the thread that listens to it did not end.
        """
        process, link, reader = self._process, self._link, self._reader
        self._process = self._link = self._reader = None
        if process is None or link is None or reader is None:
            return
        with suppress(OSError):
            link.send(None)
        process.join(timeout_s)
        if process.is_alive():
            process.kill()
            process.join(timeout_s)
        reader.join(timeout_s)
        link.close()
        if reader.is_alive():
            raise TimeoutError(f"expected {reader.name} to end within {timeout_s:g} s")
        process.close()

    def _start(self) -> None:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=serve, args=(theirs, self._home), name="philtrum-pacs", daemon=True)
        with theirs:
            process.start()
        self._process, self._link = process, ours
        self._reader = threading.Thread(
            target=self._listen, args=(ours, process.sentinel), name="pacs-answers"
        )
        self._reader.start()

    def _listen(self, link: Connection, ended: int) -> None:
        with suppress(EOFError, OSError):
            while ended not in wait([link, ended]):
                while link.poll():
                    self._on_answer(link.recv())
        with suppress(EOFError, OSError):
            while link.poll():
                self._on_answer(link.recv())
        if self._link is link:  # nobody asked it to end
            self._on_answer(Failed(ENDED))


def serve(link: Connection, home: Path) -> None:
    """The clerk's day; it ends with the link, however that came."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    from app.pacs_view.clerk import Clerk

    talking = threading.Lock()

    def tell(answer: Answer) -> None:
        with talking, suppress(OSError):
            link.send(answer)

    clerk = Clerk(home, tell)
    try:
        with link, suppress(EOFError, OSError):
            while True:
                if not link.poll(IDLE_S):
                    done = clerk.catch_up()
                    if done is not None:
                        tell(done)
                    continue
                request = link.recv()
                if request is None:
                    break
                tell(clerk.answer(request))
    finally:
        clerk.stop()
