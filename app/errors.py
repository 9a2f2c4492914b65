"""What goes wrong is told and kept: log file, toast, list of errors. The live picture stays."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Literal

from PySide6.QtCore import QObject, QtMsgType, Signal, qInstallMessageHandler

from app.log_privacy import PrivateFormatter, error_words

log = logging.getLogger("philtrum")

Level = Literal["info", "warning", "error"]
_LEVELS: dict[Level, int] = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the user, with its time of day."""

    level: Level
    text: str
    at_s: float
    """Seconds since the epoch."""
    count: int = 1
    """How often it came in a row."""


class Notices(QObject):
    """Every notice of this run. `tell` may be called from any thread; `told` arrives in the GUI thread."""

    told = Signal(object)

    def __init__(self, clock: Callable[[], float] = time.time, most: int = 200) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: deque[Notice] = deque(maxlen=most)

    def tell(self, text: str, level: Level = "error") -> None:
        """Log a line, keep it for the list and show it; the same line in a row is counted, not stacked."""
        line = " ".join(text.split()) or "something failed without a message"
        with self._lock:
            last = self._kept[-1] if self._kept else None
            if last is not None and (last.text, last.level) == (line, level):
                notice = Notice(level, line, self._clock(), last.count + 1)
                self._kept[-1] = notice
            else:
                notice = Notice(level, line, self._clock())
                self._kept.append(notice)
        log.log(_LEVELS[level], "%s", line)
        self.told.emit(notice)

    def all(self) -> tuple[Notice, ...]:
        """Oldest first."""
        with self._lock:
            return tuple(self._kept)


class CrashGuard:
    """Turns uncaught exceptions of any thread and Qt's own warnings into log entries and notices.

    `with CrashGuard(notices):` or `install()` and `remove()`; the hooks that were there come back.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._before = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._uncaught
        threading.excepthook = self._thread_died
        qInstallMessageHandler(self._from_qt)

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = self._before
        qInstallMessageHandler(None)

    def __enter__(self) -> CrashGuard:
        self.install()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        log.error("uncaught", exc_info=(kind, error, trace))
        self._notices.tell(error_words(error))

    def _thread_died(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread is not None else "?"
        if args.exc_value is not None:
            log.error("thread %s died", name, exc_info=args.exc_value)
        self._notices.tell(f"{name}: {error_words(args.exc_value)}")

    def _from_qt(self, kind: QtMsgType, _context: object, text: str) -> None:
        grave = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
        log.log(logging.ERROR if grave else logging.DEBUG, "Qt: %s", text)


def open_log(folder: Path) -> logging.Handler | None:
    """Log to `philtrum.log` in the folder, at most 3 files of 1 MB; None where it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / "philtrum.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8"
        )
    except OSError:
        return None
    handler.setFormatter(PrivateFormatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    if root.level > logging.INFO or root.level == logging.NOTSET:
        root.setLevel(logging.INFO)
    return handler


def close_log(handler: logging.Handler | None) -> None:
    if handler is not None:
        logging.getLogger().removeHandler(handler)
        handler.close()
