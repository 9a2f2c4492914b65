"""One line a frame, as CSV and as Parquet, with the same values in both."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pyarrow as pa
import pyarrow.parquet as pq

from inference.analysis import Row

Kind = Literal["int", "float", "bool", "word"]
Value = int | float | bool | str | None

COLUMNS: Mapping[str, Kind] = {
    "frame": "int",
    "media_s": "float",
    "scan_index": "int",
    "repeat": "bool",
    "signal": "word",
    "region_x0": "int",
    "region_y0": "int",
    "region_x1": "int",
    "region_y1": "int",
    "region_origin": "word",
    "mm_per_px": "float",
    "inferred": "bool",
    "view": "word",
    "view_score": "float",
    "quality": "float",
    "cleft": "float",
    "counted": "float",
    "smoothed": "float",
    "hits": "int",
    "window": "int",
    "status": "word",
    "reason": "word",
    "flag": "int",
}
"""Every column but those of the model's own views; `docs/analysis.md` says what each means."""

_TYPES = {"int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "word": pa.string()}
_GROUP = 4096
"""Rows of one Parquet row group: what is held in memory at most."""


def view_column(view: str) -> str:
    """The column with the probability of one of the model's views."""
    return f"view_is_{view}"


def columns(views: Sequence[str]) -> dict[str, Kind]:
    """All columns in order, for a model with those views."""
    return {**COLUMNS, **{view_column(view): "float" for view in views}}


def flat(row: Row, views: Sequence[str]) -> dict[str, Value]:
    """A row as plain values; floats have 6 digits after the point, None is nothing to say."""
    scan, prediction, evidence = row.scan, row.prediction, row.evidence
    box = scan.region.box
    newest = next((flag for flag in reversed(evidence.flags) if flag.view == evidence.view), None)
    values: dict[str, Value] = {
        "frame": scan.frame.index,
        "media_s": _rounded(scan.frame.media_s),
        "scan_index": scan.scan_index,
        "repeat": scan.repeat,
        "signal": scan.signal.value,
        "region_x0": box.x0,
        "region_y0": box.y0,
        "region_x1": box.x1,
        "region_y1": box.y1,
        "region_origin": scan.region.origin,
        "mm_per_px": _rounded(scan.region.mm_per_px or scan.frame.mm_per_px),
        "inferred": prediction is not None,
        "view": prediction.view if prediction else None,
        "view_score": _rounded(prediction.view_score) if prediction else None,
        "quality": _rounded(prediction.quality) if prediction else None,
        "cleft": _rounded(prediction.cleft) if prediction else None,
        "counted": _rounded(evidence.instant) if prediction else None,
        "smoothed": _rounded(evidence.smoothed),
        "hits": evidence.hits,
        "window": evidence.window,
        "status": evidence.status.value,
        "reason": evidence.reason.value,
        "flag": newest.number if newest is not None and newest.open else None,
    }
    for view in views:
        values[view_column(view)] = _rounded(prediction.views.get(view)) if prediction else None
    return values


class RowWriter:
    """Writes `frames.csv` line by line and `frames.parquet` group by group into one folder.

    Raises:
        OSError: the files cannot be written.
    """

    def __init__(self, folder: Path, views: Sequence[str], about: Mapping[str, str]) -> None:
        """`about` goes into the Parquet file's own metadata."""
        self._views = tuple(views)
        self._kinds = columns(self._views)
        fields = [pa.field(name, _TYPES[kind]) for name, kind in self._kinds.items()]
        self._schema = pa.schema(fields, metadata=dict(about))
        self._group: list[dict[str, Value]] = []
        self._text = (folder / "frames.csv").open("w", encoding="utf-8", newline="")
        try:
            self._csv = csv.writer(self._text, lineterminator="\n")
            self._csv.writerow(self._kinds)
            self._parquet = pq.ParquetWriter(folder / "frames.parquet", self._schema, compression="zstd")
        except BaseException:
            self._text.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._flush()
        finally:
            try:
                self._parquet.close()
            finally:
                self._text.close()

    def add(self, row: Row) -> None:
        values = flat(row, self._views)
        self._csv.writerow([_text(values[name]) for name in self._kinds])
        self._group.append(values)
        if len(self._group) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._group:
            self._parquet.write_table(pa.Table.from_pylist(self._group, self._schema))
            self._group = []


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)


def _text(value: Value) -> str:
    """As CSV has it: empty for nothing, 0 and 1 for no and yes, a plain decimal for a float."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.6f}"
    return str(value)
