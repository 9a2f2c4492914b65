"""A bar on a terminal, nothing elsewhere, and lines that do not run into it."""

from __future__ import annotations

import sys
from typing import NoReturn, TextIO

from tqdm import tqdm


class Progress:
    """Frames of the recording at hand where there is one at a time, else recordings.

    Args:
        recordings: how many there are.
        together: whether several run at once.
    """

    def __init__(self, recordings: int, *, together: bool = False) -> None:
        self._recordings = recordings
        self._together = together
        self._done = 0
        self._bar: tqdm[NoReturn] | None = None
        tqdm.monitor_interval = 0  # no thread that outlives the bar

    def __enter__(self) -> Progress:
        self._show()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def frame(self, done: int, total: int | None) -> None:
        if self._bar is None:
            label = f"{self._done + 1}/{self._recordings}" if self._recordings > 1 else None
            self._bar = tqdm(
                total=total, desc=label, unit=" frames", leave=False, disable=None, file=sys.stderr
            )
        self._bar.update(done - self._bar.n)

    def say(self, line: str, stream: TextIO) -> None:
        self._close()
        print(line, file=stream, flush=True)

    def next(self) -> None:
        self._done += 1
        self._close()
        self._show()

    def _show(self) -> None:
        if self._together and self._done < self._recordings:
            self._bar = tqdm(
                total=self._recordings, initial=self._done, unit=" recordings",
                leave=False, disable=None, file=sys.stderr,
            )  # fmt: skip

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
