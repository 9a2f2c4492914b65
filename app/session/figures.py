"""`philtrum exams bench`: what recording costs, how soon an exam opens, how quickly the list answers."""

from __future__ import annotations

import os
import random
import threading
import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from app.session.exam import Counts, Exam, FetusRecord, ModelUsed, utc
from app.session.exam_file import write_exam
from app.session.folder import INDEX_FILE, exam_folders, folder_of, new_id
from app.session.index import ExamIndex, Filter, index_row
from app.session.reader import ExamReader
from app.session.recorder import RecordingSettings
from app.session.store import ExamStore
from app.session.synthetic import SyntheticScans, prediction_of
from app.session.table import FRAMES, PREDICTIONS, RowFile, frame_row, prediction_row
from capture.geometry import Box, Region
from capture.scan import Scan, Signal
from inference.evidence_types import Verdict

FPS = 60
SEEKS = 200


def measure(
    folder: Path, seconds: float, minutes: float, exams: int, codec: str, colour: bool
) -> dict[str, Any]:
    """All figures.

    Args:
        folder: empty, on the disk that is to be measured.
        seconds: of recording.
        minutes: of the long exam.
        exams: in the index.
        codec: of `app.session.encoders.CODECS`.
        colour: whether the pictures are RGB.
    """
    return {
        "recording": _recording(folder / "recording", seconds, codec, colour),
        "long_exam": _long_exam(folder / "recording", minutes),
        "index": _index(folder / "index", exams),
    }


def _recording(root: Path, seconds: float, codec: str, colour: bool) -> dict[str, Any]:
    """Every frame of 1080p60 another picture, as the worst of machines would send it."""
    scans = _many(16, colour)
    writer = ExamStore(root).new_exam(recording=RecordingSettings(codec=codec))
    offers: list[float] = []
    own_s = time.thread_time()
    cpu_s, began = time.process_time(), time.monotonic()
    index = 0
    waiter = threading.Event()
    while time.monotonic() - began < seconds:
        known = scans[index % len(scans)]
        scan = Scan(_stamped(known, index), known.region, index, False, Signal.MOVING)
        at = time.perf_counter()
        writer.offer(scan)
        offers.append((time.perf_counter() - at) * 1e6)
        index += 1
        waiter.wait(max(0.0, began + index / FPS - time.monotonic()))
    wall_s = time.monotonic() - began
    own_s = time.thread_time() - own_s
    exam = writer.close()
    counts = exam.counts
    box = scans[0].region.box
    return {
        "codec": codec,
        "sector": f"{box.width}x{box.height}",
        "colour": colour,
        "seconds": round(wall_s, 1),
        "offered": counts.offered,
        "stored": counts.stored,
        "lost": counts.lost,
        "cpu_ms_per_frame": round((time.process_time() - cpu_s - own_s) / max(1, counts.stored) * 1e3, 2),
        "mb_per_s": round(counts.bytes / wall_s / 1e6, 2),
        "kb_per_frame": round(counts.bytes / max(1, counts.stored) / 1e3, 1),
        "offer_us": {"p50": _at(offers, 50), "p99": _at(offers, 99), "most": round(max(offers), 1)},
        "ring_of_10_s_mb": round(counts.bytes / max(1, counts.stored) * FPS * 10 / 1e6, 1),
        "memory_mb": _memory_mb(),
    }


def _long_exam(root: Path, minutes: float) -> dict[str, Any]:
    """As many minutes, each frame with a score: the recorded files again and again, under other names."""
    short = ExamReader(exam_folders(root)[0])
    rows, segments = short.frames(), short.segments
    folder = folder_of(root, new_id(time.time()))
    folder.make()
    exam = short.exam
    made, all_rows = [], RowFile(folder.frames, FRAMES)
    scores, score = (
        RowFile(folder.predictions, PREDICTIONS),
        prediction_row(prediction_of(_many(1)[0]), None, 0),
    )
    span_ns = int(rows["captured_ns"][-1] - rows["captured_ns"][0]) + 1_000_000_000 // FPS
    numbers, turn = 0, 0
    while turn * span_ns < minutes * 60e9:
        for number, segment in segments.items():
            numbers += 1
            path = folder.segment(numbers)
            os.link(short.folder.path / segment.file, path)
            shift_ns = turn * span_ns
            fresh = {"number": numbers, "file": f"video/{path.name}", "first_ns": segment.first_ns + shift_ns}
            made.append(segment.model_copy(update=fresh))
            for row in rows[rows["segment"] == number]:
                captured_ns = int(row["captured_ns"]) + shift_ns
                all_rows.add(
                    frame_row(captured_ns, 0, int(row["frame_index"]), int(row["scan_index"]), numbers, 0, 0,
                              int(row["at"]), int(row["pts_ms"]), int(row["bytes"]), int(row["sum"]))
                )  # fmt: skip
                data = captured_ns.to_bytes(8, "little") + score[8:-4]
                scores.add(data + zlib.crc32(data).to_bytes(4, "little"))
        turn += 1
    for file in (all_rows, scores):
        file.write()
        file.close()
    long = exam.model_copy(update={"id": folder.id, "segments": tuple(made)})
    write_exam(folder.exam, long)
    began, began_cpu_s = time.perf_counter(), time.process_time()
    reader = ExamReader(folder)
    assert (reader.predictions_of_frames() >= 0).all()
    with reader.source() as source:
        first = source.read()
        first_s = time.perf_counter() - began
        assert first is not None
        opened_cpu_s = time.process_time() - began_cpu_s
        count, rng, seeks = len(source.times_s), random.Random(1), []
        seeks_cpu_s = time.process_time()
        for _ in range(SEEKS):
            at = time.perf_counter()
            source.seek(rng.randrange(count))
            found = source.read()
            seeks.append((time.perf_counter() - at) * 1e3)
            assert found is not None
        seeks_cpu_s = time.process_time() - seeks_cpu_s
        source.seek(0)
        at = time.perf_counter()
        for _ in range(min(120, count)):
            source.read()
        played_ms = (time.perf_counter() - at) / min(120, count) * 1e3
        lasts = source.times_s[-1] / 60
    return {
        "minutes": round(lasts, 1),
        "frames": count,
        "segments": len(made),
        "open_to_first_frame_s": round(first_s, 3),
        "open_cpu_s": round(opened_cpu_s, 3),
        "seek_ms": {"p50": _at(seeks, 50), "p95": _at(seeks, 95), "most": round(max(seeks), 1)},
        "seek_cpu_ms": round(seeks_cpu_s / SEEKS * 1e3, 2),
        "next_frame_ms": round(played_ms, 2),
    }


def _index(root: Path, exams: int) -> dict[str, Any]:
    rng, index = random.Random(1), ExamIndex(root / INDEX_FILE)
    verdicts = list(Verdict)
    model = ModelUsed(name="m", version="1", sha256="", synthetic=True, provider="CPU", precision="fp32")
    rows = []
    for number in range(exams):
        began = 1_700_000_000 + number * 7000.0
        record = FetusRecord(label="A", verdict=rng.choice(verdicts), mean_score=rng.random())
        rows.append(
            index_row(
                Exam(
                    id=f"E-20260101-{number:06d}", started=utc(began), started_ns=0, ended=utc(began + 900),
                    state="closed", operator=rng.choice("ABCDEF"), preset=rng.choice(["x", "y", "z"]),
                    verdicts={"A": record}, counts=Counts(stored=30_000),
                    model=model,
                )
            )
        )  # fmt: skip
    at = time.perf_counter()
    index.replace_all(rows)
    built_ms = (time.perf_counter() - at) * 1e3
    asked = {
        "list": Filter(),
        "verdict": Filter(verdict="ambiguous"),
        "second_look": Filter(second_look=True),
        "text_and_operator": Filter(text="m 1", operator="B"),
        "since": Filter(since=utc(1_700_000_000 + exams * 3500.0)),
    }
    found: dict[str, Any] = {"exams": exams, "build_ms": round(built_ms, 1)}
    for name, what in asked.items():
        times, cpu_s = [], time.process_time()
        for _ in range(20):
            at = time.perf_counter()
            got = index.rows(what)
            times.append((time.perf_counter() - at) * 1e3)
        cpu_ms = round((time.process_time() - cpu_s) / 20 * 1e3, 2)
        found[name] = {"rows": len(got), "p50_ms": _at(times, 50), "p95_ms": _at(times, 95), "cpu_ms": cpu_ms}
    return found


def _many(count: int, colour: bool = False) -> list[Scan]:
    """A scan of 1500x838 in the frame, as on a real machine's screen."""
    scans = SyntheticScans(1920, 1080, colour)
    made = []
    for number in range(count):
        scan = scans.scan(number, 0)
        box = Box(210, 120, 1710, 958)
        region = Region(box, 1920, 1080, scan.region.sector, "found", 0.1, "phantom")
        made.append(Scan(scan.frame, region, number, False, Signal.MOVING))
    return made


def _stamped(scan: Scan, index: int) -> Any:
    return replace(scan.frame, index=index, captured_ns=time.monotonic_ns())


def _at(values: list[float], percent: float) -> float:
    return round(float(np.percentile(values, percent)), 2)


def _memory_mb() -> float:
    return round(float(psutil.Process().memory_info().rss) / 1e6, 0)
