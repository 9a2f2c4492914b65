"""`loops.parquet`: one row a recording, over all results of a folder and what failed in the last run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.analyze import words
from app.analyze.result import RUN, read_summary
from app.analyze.sources import Failure

LOOPS = "loops.parquet"

_WORD, _INT, _FLOAT, _BOOL = pa.string(), pa.int64(), pa.float64(), pa.bool_()
COLUMNS: Mapping[str, Any] = {
    "source": _WORD,
    "source_key": _WORD,
    "result": _WORD,
    "state": _WORD,
    "error": _WORD,
    "verdict": _WORD,
    "frames": _INT,
    "inferred": _INT,
    "flags": _INT,
    "peak_score": _FLOAT,
    "peak_frame": _INT,
    **{
        f"{view}_{name}": kind
        for view in ("lip", "palate")
        for name, kind in (
            ("frames", _INT),
            ("bars", _INT),
            ("status", _WORD),
            ("best_frame", _INT),
            ("best_score", _FLOAT),
            ("best_quality", _FLOAT),
        )
    },
    "duration_s": _FLOAT,
    "source_fps": _FLOAT,
    "scan_hz": _FLOAT,
    "bytes": _INT,
    "missing": _WORD,
    "warnings": _INT,
    "model": _WORD,
    "model_version": _WORD,
    "model_sha256": _WORD,
    "provider": _WORD,
    "precision": _WORD,
    "synthetic": _BOOL,
    "software": _WORD,
    "input_key": _WORD,
    "seconds": _FLOAT,
}
"""Every column; `docs/analysis.md` says what each means. None holds a path or a value of a DICOM header."""


def write_loops(out: Path, failures: Iterable[Failure] = ()) -> int:
    """Write the table of a folder of results anew, in the order of the sources' names; its rows.

    A recording that failed has the row of its failure, even where an older result of it is still there.

    Raises:
        OSError: it cannot be written.
    """
    failed = list(failures)
    instead = {failure.source_key for failure in failed if failure.source_key}
    rows = [_row_of_failure(failure) for failure in failed]
    for folder in out.iterdir():
        summary = read_summary(folder) if folder.suffix not in (".part", ".old") else None
        if summary is not None and summary.get("source_key") not in instead:
            rows.append(_row_of_result(folder, summary))
    rows.sort(key=lambda row: (str(row["source"]), str(row["source_key"]), str(row["result"])))
    about = {"statement": words.STANDING}
    if any(row.get("synthetic") for row in rows):
        about["synthetic_note"] = words.SYNTHETIC
    schema = pa.schema([pa.field(name, kind) for name, kind in COLUMNS.items()], metadata=about)
    part = out / f"{LOOPS}.part"
    try:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), part)
        part.replace(out / LOOPS)
    finally:
        part.unlink(missing_ok=True)
    return len(rows)


def _row_of_failure(failure: Failure) -> dict[str, Any]:
    return {
        "source": failure.name,
        "source_key": failure.source_key or None,
        "result": None,
        "state": "failed",
        "error": failure.message,
    }


def _row_of_result(folder: Path, summary: Mapping[str, Any]) -> dict[str, Any]:
    source, counts, model = _part(summary, "source"), _part(summary, "counts"), _part(summary, "model")
    rates, peak, views = _part(summary, "rates"), _part(summary, "peak"), _part(summary, "views")
    row = {
        "source": source.get("name"),
        "source_key": summary.get("source_key"),
        "result": folder.name,
        "state": "done",
        "error": None,
        "verdict": summary.get("verdict"),
        "frames": summary.get("frames"),
        "inferred": counts.get("inferred"),
        "flags": len(summary.get("flags") or ()),
        "peak_score": peak.get("score"),
        "peak_frame": peak.get("frame"),
        "duration_s": source.get("duration_s"),
        "source_fps": rates.get("source_fps"),
        "scan_hz": rates.get("scan_hz"),
        "bytes": source.get("bytes"),
        "missing": source.get("missing"),
        "warnings": len(summary.get("warnings") or ()),
        "model": model.get("name"),
        "model_version": model.get("version"),
        "model_sha256": model.get("sha256"),
        "provider": model.get("provider"),
        "precision": model.get("precision"),
        "synthetic": model.get("synthetic"),
        "software": summary.get("software"),
        "input_key": summary.get("input_key"),
        "seconds": _seconds(folder),
    }
    for view in ("lip", "palate"):
        part = _part(views, view)
        for name in ("frames", "bars", "status", "best_frame", "best_score", "best_quality"):
            row[f"{view}_{name}"] = part.get(name)
    return row


def _part(summary: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = summary.get(key)
    return part if isinstance(part, dict) else {}


def _seconds(folder: Path) -> float | None:
    """How long the recording took; the only column that differs from run to run."""
    try:
        seconds = json.loads((folder / RUN).read_text("utf-8"))["seconds"]
        return float(seconds)
    except (OSError, ValueError, KeyError, TypeError):
        return None
