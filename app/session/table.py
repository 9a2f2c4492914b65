"""`frames.bin` and `predictions.bin`: rows of one size, each with a check sum, appended and never changed."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.session.errors import SessionError
from inference.evidence_types import Evidence, Reason, Status
from inference.prediction import Prediction, View

Rows = NDArray[np.void]

HEADER_BYTES = 16
VIEWS: tuple[View, ...] = ("lip", "palate", "other")
STATUSES = (
    Status.NOT_ASSESSED, Status.SEARCHING, Status.GATHERING, Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG,
)  # fmt: skip
REASONS = tuple(Reason)
STARTS = 1
"""Frame flag: the first one after a stretch that was not recorded."""
COUNTED = 1
"""Prediction flag: its score counted as evidence."""
FLAG_OPEN = 2
"""Prediction flag: a flag was open."""


@dataclass(frozen=True, slots=True)
class RowFormat:
    """The rows of one kind of file."""

    magic: bytes
    """The first 16 bytes; the last character is the version."""
    dtype: np.dtype[np.void]


FRAMES = RowFormat(
    b"PHILTRUM-FRAMES1",
    np.dtype(
        [
            ("captured_ns", "<i8"),
            ("wall_us", "<i8"),  # since the epoch
            ("frame_index", "<i8"),  # in the source
            ("scan_index", "<i8"),  # of the distinct acoustic picture
            ("segment", "<u2"),
            ("flags", "u1"),
            ("fetus", "u1"),  # 0 is A
            ("at", "<u4"),  # position in the segment, from 0
            ("pts_ms", "<u4"),  # time stamp in the segment
            ("bytes", "<u4"),
            ("sum", "<u4"),  # CRC-32 of the coded picture
            ("crc", "<u4"),  # CRC-32 of the row before this field
        ]
    ),
)
PREDICTIONS = RowFormat(
    b"PHILTRUM-PREDIC1",
    np.dtype(
        [
            ("captured_ns", "<i8"),
            ("frame_index", "<i8"),
            ("scan_index", "<i8"),
            ("view", "u1"),
            ("in_view", "u1"),  # the view that evidence is in
            ("status", "u1"),
            ("reason", "u1"),
            ("flags", "u1"),
            ("fetus", "u1"),
            ("hits", "<u2"),
            ("cleft", "<f4"),
            ("view_score", "<f4"),
            ("quality", "<f4"),  # NaN where the model gives none
            ("smoothed", "<f4"),  # NaN where there is none
            ("latency_ms", "<f4"),
            ("inference_ms", "<f4"),
            ("crc", "<u4"),
        ]
    ),
)


def frame_row(
    captured_ns: int, wall_us: int, frame_index: int, scan_index: int, segment: int, flags: int, fetus: int,
    at: int, pts_ms: int, size: int, check: int,
) -> bytes:  # fmt: skip
    row = (
        captured_ns, wall_us, frame_index, scan_index, segment, flags, fetus, at, pts_ms, size, check, 0
    )  # fmt: skip
    return _summed(FRAMES, row)


def prediction_row(prediction: Prediction, evidence: Evidence | None, fetus: int) -> bytes:
    """One prediction with the evidence after it, without any pixels."""
    frame = prediction.scan.frame
    flags, in_view, status, reason, hits, smoothed = 0, "other", Status.NOT_ASSESSED, Reason.AI_OFF, 0, None
    if evidence is not None:
        flags = COUNTED * (evidence.instant is not None) + FLAG_OPEN * any(f.open for f in evidence.flags)
        in_view, status, reason = evidence.view, evidence.status, evidence.reason
        hits, smoothed = evidence.hits, evidence.smoothed
    row = (
        frame.captured_ns, frame.index, prediction.scan.scan_index, VIEWS.index(prediction.view),
        VIEWS.index(in_view), STATUSES.index(status), REASONS.index(reason), flags, fetus, hits,
        prediction.cleft, prediction.view_score, _or_nan(prediction.quality), _or_nan(smoothed),
        prediction.latency_ms, prediction.inference_ms, 0,
    )  # fmt: skip
    return _summed(PREDICTIONS, row)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _summed(form: RowFormat, row: tuple[Any, ...]) -> bytes:
    data = np.array(row, form.dtype).tobytes()[:-4]
    return data + zlib.crc32(data).to_bytes(4, "little")


class RowFile:
    """Rows on their way to disk; a row that cannot be written waits and is tried again."""

    def __init__(self, path: Path, form: RowFormat) -> None:
        """Make the file.

        Raises:
            OSError: it cannot be made.
        """
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
        self._waiting = bytearray(form.magic)

    def add(self, row: bytes) -> None:
        self._waiting += row

    def write(self) -> None:
        """Hand what waits to the system.

        Raises:
            OSError: no room, or a broken disk; what was not written waits on.
        """
        while self._waiting:
            done = os.write(self._fd, self._waiting)
            del self._waiting[:done]

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def read_rows(path: Path, form: RowFormat) -> tuple[Rows, int]:
    """All whole rows, in order, and how many were damaged. Half a row at the end is no damage.

    Raises:
        SessionError: there is no such file, or it is of another kind or version.
        OSError: it cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SessionError(f"{path.name} is missing") from None
    if len(data) < HEADER_BYTES:
        return np.zeros(0, form.dtype), 0
    if data[: HEADER_BYTES - 1] != form.magic[:-1]:
        raise SessionError(f"{path.name} is damaged: its first bytes are not those of this format")
    if data[HEADER_BYTES - 1] != form.magic[-1]:
        raise SessionError(f"{path.name} is of another version: expected {chr(form.magic[-1])}")
    size = form.dtype.itemsize
    count = (len(data) - HEADER_BYTES) // size
    rows = np.frombuffer(data, form.dtype, count, HEADER_BYTES)
    whole = np.fromiter(
        (
            zlib.crc32(data[at : at + size - 4]) == int.from_bytes(data[at + size - 4 : at + size], "little")
            for at in range(HEADER_BYTES, HEADER_BYTES + count * size, size)
        ),
        np.bool_,
        count,
    )
    return rows[whole], int(count - whole.sum())
