"""readers.csv: what people said of the same exams or pictures, without the program's help or with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from inference.dataset.errors import DataSetError
from inference.dataset.folder import DataSet
from inference.dataset.row import Fields
from inference.dataset.table import table_rows

COLUMNS = ("reader", "seniority", "mode", "exam", "file", "frame", "call", "confidence", "seconds")
_NEEDED = ("reader", "mode", "call")


@dataclass(frozen=True, slots=True)
class ReaderCall:
    """One reader's answer to one exam, or to one picture where `exam` is empty."""

    reader: str
    seniority: str
    """'senior', 'junior' or empty."""
    mode: Literal["unaided", "aided"]
    call: bool
    """Says that there is a cleft."""
    exam: str = ""
    file: str = ""
    frame: int = 0
    confidence: float | None = None
    """0 to 100."""
    seconds: float | None = None
    """Taken for the answer."""

    @property
    def subject(self) -> tuple[str, str, int]:
        """What was read: (exam, file, frame)."""
        return self.exam, self.file, self.frame


def read_readers(data: DataSet, path: Path | None = None) -> tuple[ReaderCall, ...]:
    """The answers beside a data set, or in another table; none where it has no readers.csv.

    Raises:
        DataSetError: an answer is no answer, is there twice, or is to something that the set does not have.
    """
    if path is None:
        path = data.folder / "readers.csv"
        if not path.exists():
            return ()
    exams = {row.exam for row in data.rows if row.exam}
    pictures = {(row.file, row.frame) for row in data.rows}
    calls: dict[tuple[object, ...], ReaderCall] = {}
    for number, texts in table_rows(path, COLUMNS, _NEEDED):
        place = f"{path.name} row {number}"
        read = Fields(texts, place)
        answer = read.flag("call")
        if answer is None:
            raise read.wrong("call", "0 or 1", "nothing")
        call = ReaderCall(
            reader=read.needed("reader"),
            seniority=read.one_of("seniority", ("senior", "junior")) if read.text("seniority") else "",
            mode=cast(Literal["unaided", "aided"], read.one_of("mode", ("unaided", "aided"))),
            call=answer,
            exam=read.text("exam"),
            file=read.path("file"),
            frame=read.number("frame", int, 0, 10_000_000) or 0,
            confidence=read.number("confidence", float, 0, 100),
            seconds=read.number("seconds", float, 0, 1e6),
        )
        if bool(call.exam) == bool(call.file):
            raise DataSetError(
                f"{place}: expected an exam or a file, got {'both' if call.exam else 'neither'}"
            )
        if call.exam and call.exam not in exams:
            raise DataSetError(f"{place}: there is no exam {call.exam} in the data set")
        if call.file and (call.file, call.frame) not in pictures:
            raise DataSetError(f"{place}: frame {call.frame} of {call.file} is not in the data set")
        if calls.setdefault((call.reader, call.mode, *call.subject), call) is not call:
            raise DataSetError(f"{place}: reader {call.reader} has answered this {call.mode} already")
    return tuple(calls.values())
