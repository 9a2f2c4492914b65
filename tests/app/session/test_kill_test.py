from __future__ import annotations

from pathlib import Path

import numpy as np

from app.session.kill_test import KillReport, lost_s, run_kills


def test_a_killed_program_leaves_exams_that_open(tmp_path: Path) -> None:
    report = run_kills(tmp_path / "exams", 2, seed=3, longest_s=1.5)
    found = report.summary()
    assert found["faults"] == []
    assert (found["kills"], found["passed"]) == (2, True)
    assert report.exams >= 2
    assert report.cut_off >= 1


def test_the_report_fails_where_something_is_wrong() -> None:
    report = KillReport(kills=1, lost_video_s=[0.2, 1.4], faults=["E-1: 1.40 s of video are missing"])
    found = report.summary()
    assert not found["passed"]
    assert found["most_lost_video_s"] == 1.4
    assert found["most_lost_scores_s"] is None


def test_what_is_missing_is_as_old_as_its_oldest_part() -> None:
    told = np.array([0, 5, 1_000, 2_000, 3_000, 4_000]) * 1_000_000
    killed = 4_500_000_000
    assert lost_s(told, [1_000_000_000, 2_000_000_000], 900_000_000, killed) == 1.5
    assert lost_s(told, [4_000_000_000], 900_000_000, killed) == 0.0
    assert lost_s(told, [], 900_000_000, killed) == 3.5, "what an earlier exam was told is not this one's"
    assert lost_s(told, [], 4_100_000_000, killed) == 0.0
