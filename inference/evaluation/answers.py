"""What a model said of each frame of a data set, kept in a file: a second run goes on where one ended."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from capture.scan import Signal

SAMPLE_BYTES = 65536
"""Of each picture's file, its size and so much of its beginning and end go into the hash."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One frame's line."""

    row: int
    """Of the data set, from 0."""
    cleft: float
    """Calibrated score, 0 to 1."""
    lip: float
    palate: float
    other: float
    """Chances of the three views of evidence."""
    view_score: float
    """Chance of the model's own likeliest view."""
    quality: float | None
    signal: Signal
    repeat: bool
    pointed: bool | None
    """The heat-map's peak is in the gap or next to it; None without a mask, a gap or a map."""
    overlap: float | None
    """Intersection over union of heat-map and gap."""
    region: str
    """Where the scan was taken to lie: x0,y0,x1,y1 in pixels of the frame, and how that was known."""


_COLUMNS = [field.name for field in fields(Answer)]


class AnswerFile:
    """Answers by row, on disk as CSV; every line is written at once.

    Use as a context manager. A line cut short by a power cut is left out when the file is opened again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[int, Answer] = {}
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        self.answers = read_answers(self.path)
        partial = self.path.with_suffix(".part")
        with partial.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(_COLUMNS)
            writer.writerows(_cells(answer) for answer in self.answers.values())
        partial.replace(self.path)
        self._file = self.path.open("a", encoding="utf-8", newline="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, answer: Answer) -> None:
        assert self._file is not None
        csv.writer(self._file).writerow(_cells(answer))
        self._file.flush()
        self.answers[answer.row] = answer


def read_answers(path: Path) -> dict[int, Answer]:
    """The whole lines of a file; none where there is no such file or it has other columns."""
    if not path.is_file():
        return {}
    text = path.read_text("utf-8")
    whole = text[: text.rfind("\n") + 1]
    lines = csv.reader(whole.splitlines())
    if next(lines, None) != _COLUMNS:
        return {}
    found = (_answer(dict(zip(_COLUMNS, line, strict=True))) for line in lines if len(line) == len(_COLUMNS))
    return {answer.row: answer for answer in found}


def _cells(answer: Answer) -> list[str]:
    return [_cell(value) for value in asdict(answer).values()]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def _answer(cells: Mapping[str, str]) -> Answer:
    def number(name: str) -> float | None:
        return float(cells[name]) if cells[name] else None

    return Answer(
        row=int(cells["row"]),
        cleft=float(cells["cleft"]),
        lip=float(cells["lip"]),
        palate=float(cells["palate"]),
        other=float(cells["other"]),
        view_score=float(cells["view_score"]),
        quality=number("quality"),
        signal=Signal(cells["signal"]),
        repeat=cells["repeat"] == "1",
        pointed=cells["pointed"] == "1" if cells["pointed"] else None,
        overlap=number("overlap"),
        region=cells["region"],
    )


def data_key(labels: Iterable[object], files: Iterable[Path]) -> str:
    """A hash of a data set: all its labels, and of each file its size, beginning and end."""
    digest = hashlib.sha256()
    for label in labels:
        digest.update(repr(label).encode())
    for path in sorted(set(files)):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(SAMPLE_BYTES))
            if size > SAMPLE_BYTES:
                file.seek(max(SAMPLE_BYTES, size - SAMPLE_BYTES))
                digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()
