"""What the log file may hold: words of this program, and no value of a patient.

Libraries quote what they could not read, exceptions of theirs too, and a file may be called after a
patient. So of other libraries' lines and exceptions only the kind is written, and names of opened files
are replaced by a number that stays the same while the program runs.
"""

from __future__ import annotations

import linecache
import logging
import re
import threading
import traceback
from pathlib import Path

_OURS = ("app", "capture", "inference", "resources", "philtrum", "tests")
_SHORTEST = 4
"""Letters of a name that is looked for; shorter ones are in any line."""

_lock = threading.Lock()
_hidden: dict[str, str] = {}


def hide_source(spec: str) -> None:
    """From now on this path, and the name at its end, are in no line of the log."""
    path = Path(spec)
    with _lock:
        number = len({*_hidden.values()}) + 1
        for words in (spec, str(path.absolute()), path.name, path.stem):
            if len(words) >= _SHORTEST:
                _hidden.setdefault(words, f"<source {number}>")


class PrivateFormatter(logging.Formatter):
    """For every handler that writes to disk."""

    def format(self, record: logging.LogRecord) -> str:
        if not _is_ours(record.name):
            record = logging.makeLogRecord(
                {**record.__dict__, "msg": "(words of a library, not kept)", "args": None, "exc_text": None}
            )
        else:
            record = logging.makeLogRecord({**record.__dict__, "exc_text": None})
        return _without_sources(super().format(record))

    def formatException(self, ei: object) -> str:
        """Where it happened, and what kind; words only of exceptions of this program."""
        error = ei[1] if isinstance(ei, tuple) else None
        return "\n".join(_chain(error)) if isinstance(error, BaseException) else ""


def error_words(error: BaseException | None) -> str:
    """An exception in one line: its kind, and its words where this program chose them."""
    if error is None:
        return "nothing is known of it"
    kind = type(error)
    if _is_ours(kind.__module__) or _raised_by_us(error):
        return f"{kind.__name__}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{kind.__name__}: {error.strerror}"
    return kind.__name__


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in _OURS


def _raised_by_us(error: BaseException) -> bool:
    """Whether a `raise` of this program made it: a built-in function's error, as of int('Smith'), quotes."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or not _is_ours(str(trace.tb_frame.f_globals.get("__name__", ""))):
        return False
    line = linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
    return line.strip().startswith("raise ") and getattr(error, "filename", None) is None


def _chain(error: BaseException) -> list[str]:
    lines: list[str] = []
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        lines += [*_chain(before), "then:"]
    lines += [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
    return [*lines, error_words(error)]


def _without_sources(text: str) -> str:
    with _lock:
        hidden = sorted(_hidden.items(), key=lambda pair: -len(pair[0]))
    for words, instead in hidden:
        if words in text:
            text = re.sub(rf"(?<![\w]){re.escape(words)}(?![\w])", instead, text)
    return text
