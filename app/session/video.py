"""The files of `video/`, one after the other, and a row of `frames.bin` for each picture in them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from app.session.clips import Coded, Wanted
from app.session.folder import ExamFolder, Opener
from app.session.sector import region_words
from app.session.segment import SegmentFile
from app.session.table import STARTS, RowFile, frame_row

REST_S = 0.6
"""Without a new picture for so long, as while the scanner is frozen, the file is ended: what its last cluster
holds back would wait for the next picture, and a kill would cost the very one that stands on the screen."""

Tell = Callable[[str, dict[str, object]], None]


class VideoWriter:
    """Used by one thread.

    Args:
        folder: of the exam.
        segment_s: a new file after so long.
        opener: makes the files.
        rows: of `frames.bin`.
        tell: is given an event for each file begun and ended.
        wall_us: microseconds since the epoch of a capture time.
        written: is given files that are to be synced.
    """

    def __init__(
        self,
        folder: ExamFolder,
        segment_s: float,
        opener: Opener,
        rows: RowFile,
        tell: Tell,
        wall_us: Callable[[int], int],
        written: Callable[[list[Path]], object],
    ) -> None:
        self._folder = folder
        self._segment_ns = round(segment_s * 1e9)
        self._opener = opener
        self._rows = rows
        self._tell = tell
        self._wall_us = wall_us
        self._written = written
        self._file: SegmentFile | None = None
        self._first: Coded | None = None
        self._facts: dict[str, object] = {}
        self._number = 0
        self._frames = 0
        self._last_ms = -1
        self._last_ns = 0
        self._added_s = 0.0
        self._done_s = 0.0

    @property
    def seconds(self) -> float:
        """How much time the recording covers."""
        first = self._first
        return self._done_s + (0.0 if first is None else (self._last_ns - first.captured_ns) / 1e9)

    def add(self, wanted: Wanted) -> None:
        """Store a picture, in a new file where it does not fit the one that is open.

        Raises:
            OSError: no room, or a broken disk; what was stored before is whole.
        """
        coded = wanted.coded
        if self._file is None or wanted.starts or not self._fits(coded):
            self.end()
            self._begin(coded, wanted.starts)
        assert self._file is not None and self._first is not None
        pts_ms = max(round((coded.captured_ns - self._first.captured_ns) / 1e6), self._last_ms + 1)
        self._file.add(coded.data, pts_ms)
        flags = STARTS * (wanted.starts and self._frames == 0)
        row = frame_row(
            coded.captured_ns, self._wall_us(coded.captured_ns), coded.frame_index, coded.scan_index,
            self._number, flags, coded.fetus, self._frames, pts_ms, len(coded.data), coded.check,
        )  # fmt: skip
        self._rows.add(row)
        self._written([self._folder.segment(self._number)])
        self._frames += 1
        self._last_ms, self._last_ns = pts_ms, coded.captured_ns
        self._added_s = time.monotonic()

    def rest(self) -> None:
        """To be called now and then: ends the file where no picture has come for a while.

        Raises:
            OSError: its end cannot be written.
        """
        if self._file is not None and time.monotonic() - self._added_s > REST_S:
            self.end()

    def end(self) -> None:
        """End the open file, if any.

        Raises:
            OSError: its end cannot be written; it can be read all the same.
        """
        file, first, self._file, self._first = self._file, self._first, None, None
        if file is None or first is None:
            return
        self._done_s += (self._last_ns - first.captured_ns) / 1e9
        path = self._folder.segment(self._number)
        file.close()
        self._written([path])
        self._tell("segment", {**self._facts, "frames": self._frames})

    def _fits(self, coded: Coded) -> bool:
        first = self._first
        return (
            first is not None
            and (coded.region, coded.codec, coded.colour) == (first.region, first.codec, first.colour)
            and 0 <= coded.captured_ns - first.captured_ns < self._segment_ns
        )

    def _begin(self, coded: Coded, starts: bool) -> None:
        self._number += 1
        path: Path = self._folder.segment(self._number)
        self._facts = {
            "number": self._number,
            "file": f"video/{path.name}",
            "codec": coded.codec,
            "width": coded.width,
            "height": coded.height,
            "colour": coded.colour,
            "lossless": coded.lossless,
            "first_ns": coded.captured_ns,
            "region": region_words(coded.region),
            "mm_per_px": coded.region.mm_per_px,
            "ticks_px": coded.ticks_px,
            "starts_clip": starts,
        }
        about = {"exam": self._folder.id, "first_us": self._wall_us(coded.captured_ns), **self._facts}
        self._file = SegmentFile(path, self._opener, coded.codec, coded.width, coded.height, about)
        self._first, self._frames, self._last_ms, self._last_ns = coded, 0, -1, coded.captured_ns
        self._tell("segment", self._facts)
