"""Figures over all exams: drift of score and quality, ambiguous rate, completeness, time. Pure."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from statistics import fmean, median
from typing import Any

from app.session.fetus import SHOWN
from app.session.index import ExamRow, Filter
from app.session.store import ExamStore
from inference.evidence_types import Verdict
from inference.verdict import SUSPECT


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One fetus of one exam."""

    exam: str
    started: str
    week: str
    """ISO week, as 2026-W05."""
    fetus: str
    operator: str
    preset: str
    model: str
    gestational_age_weeks: float | None
    verdict: str
    lip_shown: bool
    palate_shown: bool
    complete_s: float | None
    """From the start of the exam until both views had been shown."""
    mean_score: float | None
    mean_quality: float | None
    counted: int
    """Pictures that counted."""
    flags: int
    lost: int
    """Frames that could not be recorded, of the whole exam."""


@dataclass(frozen=True, slots=True)
class QualityFigures:
    """Over some fetuses. Rates are shares in [0, 1]; None where there is nothing to count."""

    fetuses: int
    complete: float | None
    """Both views shown."""
    lip_shown: float | None
    palate_shown: float | None
    ambiguous: float | None
    """Of the complete ones."""
    discordant: float | None
    suspect: float | None
    median_complete_s: float | None
    mean_score: float | None
    """Every fetus counts the same."""
    mean_quality: float | None


def rows_of(exams: Iterable[ExamRow]) -> list[QualityRow]:
    """One row a fetus, oldest first; exams that are still open are left out."""
    found: list[QualityRow] = []
    for exam in exams:
        if exam.state != "closed":
            continue
        year, week, _ = datetime.fromisoformat(exam.started).isocalendar()
        for label, record in exam.record_of.items():
            found.append(
                QualityRow(
                    exam.id, exam.started, f"{year}-W{week:02d}", label, exam.operator, exam.preset,
                    exam.model, exam.gestational_age_weeks, record.verdict.value, record.lip.status in SHOWN,
                    record.palate.status in SHOWN, record.complete_s, record.mean_score, record.mean_quality,
                    record.counted, exam.flags, exam.lost,
                )
            )  # fmt: skip
    return sorted(found, key=lambda row: (row.started, row.fetus))


def quality_rows(store: ExamStore, what: Filter | None = None) -> list[QualityRow]:
    """The rows of all exams that pass a filter.

    Raises:
        SessionError: the index cannot be read or built.
    """
    return rows_of(store.exams(what))


def figures(rows: Sequence[QualityRow]) -> QualityFigures:
    complete = [row for row in rows if row.lip_shown and row.palate_shown]
    times = [row.complete_s for row in complete if row.complete_s is not None]
    return QualityFigures(
        fetuses=len(rows),
        complete=_share(rows, lambda row: row.lip_shown and row.palate_shown),
        lip_shown=_share(rows, lambda row: row.lip_shown),
        palate_shown=_share(rows, lambda row: row.palate_shown),
        ambiguous=_share(complete, lambda row: row.verdict == Verdict.AMBIGUOUS),
        discordant=_share(complete, lambda row: row.verdict == Verdict.DISCORDANT),
        suspect=_share(complete, lambda row: row.verdict in SUSPECT),
        median_complete_s=median(times) if times else None,
        mean_score=_mean([row.mean_score for row in rows]),
        mean_quality=_mean([row.mean_quality for row in rows]),
    )


def by(rows: Sequence[QualityRow], field: str) -> dict[str, QualityFigures]:
    """Figures for each value of `operator`, `preset`, `model` or `week` (the drift), in order.

    Raises:
        ValueError: rows have no such field.
    """
    if field not in {known.name for known in fields(QualityRow)}:
        raise ValueError(f"expected a field of the rows, got {field}")
    groups: defaultdict[str, list[QualityRow]] = defaultdict(list)
    for row in rows:
        groups[str(getattr(row, field))].append(row)
    return {name: figures(groups[name]) for name in sorted(groups)}


def summary(rows: Sequence[QualityRow]) -> dict[str, Any]:
    """All of it as JSON."""
    parts = {
        name: {key: asdict(group) for key, group in by(rows, name).items()}
        for name in ("preset", "operator", "model", "week")
    }
    return {"all": asdict(figures(rows)), **parts}


def as_csv(rows: Sequence[QualityRow]) -> str:
    """One line a fetus, with a head."""
    out = io.StringIO()
    table = csv.DictWriter(out, [field.name for field in fields(QualityRow)], lineterminator="\n")
    table.writeheader()
    for row in rows:
        table.writerow(asdict(row))
    return out.getvalue()


def _share(rows: Sequence[QualityRow], test: Callable[[QualityRow], bool]) -> float | None:
    return sum(test(row) for row in rows) / len(rows) if rows else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
