from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from app.analyze import words
from app.analyze.loops import COLUMNS, LOOPS, write_loops
from app.analyze.sources import Failure
from tests.app.analyze.recordings import ArrayRecording, exam
from tests.app.analyze.test_batch import make_files, run

PAGE = Path(__file__).resolve().parents[3] / "docs" / "analysis.md"


def test_a_row_a_loop_with_what_failed_in_its_place(tmp_path: Path) -> None:
    (outcome,), out = run(tmp_path, lambda: ArrayRecording(exam()))
    assert outcome.summary is not None
    failure = Failure("bad.mp4", "bad.mp4: the file is empty", "key")
    assert write_loops(out, [failure]) == 2
    table = pq.read_table(out / LOOPS)
    assert table.column_names == list(COLUMNS)
    bad, good = table.to_pylist()
    assert (bad["source"], bad["state"], bad["error"]) == ("bad.mp4", "failed", failure.message)
    assert bad["verdict"] is None and bad["seconds"] is None
    summary = outcome.summary
    assert (good["source"], good["state"], good["result"]) == ("loop.mp4", "done", "loop")
    assert good["frames"] == 60 and good["flags"] == 1 and good["verdict"] == summary.verdict
    assert good["lip_best_frame"] == summary.views["lip"].best_frame
    assert good["peak_score"] == (summary.peak and summary.peak.score)
    assert good["model_sha256"] == summary.model.sha256 and good["seconds"] > 0
    assert table.schema.metadata[b"synthetic_note"].decode() == words.SYNTHETIC
    assert write_loops(out, [Failure("loop.mp4", "loop.mp4: gone", summary.source_key)]) == 1
    assert pq.read_table(out / LOOPS)["state"].to_pylist() == ["failed"]


def test_a_folder_without_results_has_no_rows(tmp_path: Path) -> None:
    make_files(tmp_path, "notes.mp4")
    assert write_loops(tmp_path) == 0
    assert pq.read_table(tmp_path / LOOPS).num_rows == 0


def test_every_column_is_documented() -> None:
    page = PAGE.read_text("utf-8")
    named = [name.removeprefix("palate_").removeprefix("lip_") for name in COLUMNS]
    assert not [name for name in named if f"`{name}`" not in page]
