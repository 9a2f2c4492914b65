from __future__ import annotations

from pathlib import Path

from app.session.kill_test import KillReport, run_kills


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
