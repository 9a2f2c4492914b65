"""The folder of one recording's result: made aside, then put in place whole, or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.analyze.summary import FORMAT

SUMMARY, RUN = "summary.json", "run.json"
_PART, _OLD = ".part", ".old"


def read_summary(folder: Path) -> dict[str, Any] | None:
    """The keys of a result's summary; None where the folder holds no result of this program."""
    try:
        content = json.loads((folder / SUMMARY).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    known = isinstance(content, dict) and content.get("format") == FORMAT
    return content if known else None


def owner(folder: Path) -> str | None:
    """The `source_key` of the result in a folder; None where there is none."""
    summary = read_summary(folder)
    return None if summary is None else str(summary.get("source_key"))


def is_current(folder: Path, input_key: str) -> bool:
    """Whether the folder holds the whole result of exactly this recording, model, settings and program."""
    summary = read_summary(folder)
    return (
        summary is not None
        and summary.get("input_key") == input_key
        and all((folder / name).is_file() for name in summary.get("files", ()))
    )


@contextmanager
def result_folder(place: Path) -> Iterator[Path]:
    """An empty folder beside `place` to write into; it takes its place when the block ends well.

    What was in `place` before stays until then. A block that raises leaves nothing behind.

    Raises:
        OSError: it cannot be written.
    """
    part, old = place.with_name(place.name + _PART), place.with_name(place.name + _OLD)
    mend(place)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if place.exists():
            place.replace(old)
        part.replace(place)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        mend(place)
        raise


def discard(place: Path) -> None:
    """Remove what somebody who is gone had half made; what was whole before is whole again."""
    shutil.rmtree(place.with_name(place.name + _PART), ignore_errors=True)
    mend(place)


def mend(place: Path) -> None:
    """Put a result back that an interrupted run had set aside for its successor."""
    old = place.with_name(place.name + _OLD)
    if old.exists():
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.replace(place)
