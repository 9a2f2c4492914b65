from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from app.bench import live, record
from app.refusal import Refusal
from app.session.store import ExamStore
from tests.inference.tiny_models import write_tiny_model


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    record.add_parser(parser.add_subparsers(), "text")
    return parser.parse_args(["record", *words])


def test_a_short_run_records_an_exam_and_accounts_for_every_frame(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PICTURES", 3)
    model = write_tiny_model(tmp_path)
    words = ("--seconds", "1.5", "--warm-up", "0.7", "--fps", "20", "--window", "960x540", "--only", "with")
    assert record.run(arguments(*words, "--model", str(model), "--dir", str(tmp_path))) == 0
    report = json.loads(capsys.readouterr().out)
    found = report["recording"]
    gone = sum(found[name] for name in ("stored", "repeats", "no_sector", "lost", "stopped", "unwanted"))
    assert found["offered"] == gone > 0
    assert (found["rows"], found["lost"], found["problems"]) == (found["stored"], 0, [])
    assert report["counts"]["captured"] > 0
    assert not list(tmp_path.glob("philtrum-record-*")), "the exam goes with its folder"


def test_medians_are_compared_each_in_its_own_direction() -> None:
    def report(paints: float, latency: float) -> dict[str, object]:
        times = {"p50": latency, "p95": latency, "p99": latency}
        return {"paints_per_s": paints, "own_prediction_share": 0.9} | dict.fromkeys(
            ("interval_ms", "frame_to_paint_ms", "overlay_age_ms", "inference_ms"), times
        )

    found = record.compared([(report(60, 20), report(48, 22)), (report(60, 20), report(50, 30))])
    assert (found["paints_per_s"]["worse"], found["paints_per_s"]["within"]) == (0.183, False)
    assert (found["interval_p99_ms"]["with"], found["interval_p99_ms"]["worse"]) == (26, 0.3)
    assert found["own_prediction_share"] == {"without": 0.9, "with": 0.9, "worse": 0.0, "within": True}


def test_where_nothing_was_recorded_there_is_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no exam was recorded"):
        record.exam_figures(ExamStore(tmp_path))
