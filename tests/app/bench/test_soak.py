from __future__ import annotations

from pathlib import Path

from app.bench.soak import Sample, Soak, figures


def test_a_short_soak_records_and_reads_exams(tmp_path: Path) -> None:
    soak = Soak(tmp_path, fps=30.0, repeats=3, every=4)
    report = soak.run(minutes=0.05, exam_minutes=0.02)
    assert report["exams"] == 3
    assert (report["lost"], report["problems"]) == (0, [])
    assert report["frames"] // 3 <= report["stored"] <= report["frames"] // 3 + 6
    assert report["predictions"] > 0
    assert len(report["samples"]) == 12
    assert not list(tmp_path.glob("*/E-*")), "exams go when they were read"


def samples(rss_mb: list[float], handles: list[int]) -> list[Sample]:
    pairs = zip(rss_mb, handles, strict=True)
    return [Sample(exam, 0, 10.0 * exam, rss, held, 7) for exam, (rss, held) in enumerate(pairs, 1)]


def test_what_grows_after_the_first_exam_is_not_flat() -> None:
    assert figures(samples([100, 180, 181, 180], [10, 14, 15, 14]))["flat"]
    assert not figures(samples([100, 180, 190, 200], [10, 14, 14, 14]))["flat"]
    grown = figures(samples([100, 180, 180, 180], [10, 14, 15, 16]))
    assert not grown["flat"]
    assert grown["grown_from_second_to_last_exam"]["handles"] == 2
    assert not figures([])["flat"]
