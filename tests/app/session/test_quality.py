from __future__ import annotations

import csv
import io

import pytest

from app.session.exam import Exam, FetusRecord, ViewRecord, utc
from app.session.index import ExamRow, index_row
from app.session.quality import as_csv, by, figures, rows_of, summary
from inference.evidence_types import Status, Verdict

DAY = 86_400


def exam(
    number: int,
    verdict: Verdict,
    score: float,
    preset: str = "x",
    complete_s: float | None = None,
    **more: str,
) -> ExamRow:
    lip = ViewRecord(status=Status.NO_SIGN, frames=20, bars=3)
    palate = ViewRecord() if verdict is Verdict.PALATE_MISSING else lip
    record = FetusRecord(
        label="A", lip=lip, palate=palate, verdict=verdict, complete_s=complete_s, mean_score=score,
        mean_quality=0.5, counted=10,
    )  # fmt: skip
    began = 1_770_000_000 + number * DAY
    made = Exam(
        id=f"E-20260202-000{number}", started=utc(began), started_ns=0, ended=utc(began + 600),
        state="closed", operator=f"OP{number % 2}", preset=preset, verdicts={"A": record},
    )  # fmt: skip
    return index_row(made.model_copy(update=more))


ROWS = rows_of(
    [
        exam(2, Verdict.PALATE_MISSING, 0.2, "y"),
        exam(0, Verdict.AMBIGUOUS, 0.5, complete_s=100.0),
        exam(1, Verdict.NO_SIGN_SHOWN, 0.1, complete_s=300.0),
        exam(9, Verdict.DISCORDANT, 0.8, complete_s=200.0),
        exam(3, Verdict.AMBIGUOUS, 0.9, state="open"),
    ]
)


def test_rates_are_of_closed_exams_and_of_complete_ones() -> None:
    all_ = figures(ROWS)
    assert all_.fetuses == 4
    assert all_.complete == 0.75
    assert (all_.lip_shown, all_.palate_shown) == (1.0, 0.75)
    assert all_.ambiguous == pytest.approx(1 / 3)
    assert all_.discordant == all_.suspect == pytest.approx(1 / 3)
    assert all_.median_complete_s == 200.0
    assert all_.mean_score == pytest.approx(0.4)


def test_drift_goes_by_week_and_groups_by_preset_and_operator() -> None:
    assert list(by(ROWS, "week")) == ["2026-W06", "2026-W07"]
    assert by(ROWS, "week")["2026-W07"].mean_score == 0.8
    assert by(ROWS, "preset")["y"].complete == 0.0
    assert {name: group.fetuses for name, group in by(ROWS, "operator").items()} == {"OP0": 2, "OP1": 2}
    with pytest.raises(ValueError, match="expected a field"):
        by(ROWS, "patient")


def test_nothing_gives_no_figures_rather_than_noughts() -> None:
    none = figures([])
    assert none.fetuses == 0
    assert none.ambiguous is None and none.mean_score is None and none.median_complete_s is None
    assert summary([])["week"] == {}


def test_csv_has_a_row_a_fetus() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(ROWS))))
    assert [row["exam"][-1] for row in rows] == ["0", "1", "2", "9"]
    assert rows[2]["complete_s"] == "" and rows[2]["palate_shown"] == "False"
