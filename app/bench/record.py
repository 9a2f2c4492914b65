"""`philtrum bench record`: the live bench with an exam being recorded, against the same without."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from app.bench import live
from app.refusal import Refusal
from app.session.store import ExamStore
from app.settings import Settings
from app.system_check import missing_libraries
from capture.source import FrameSource

WITHIN = 0.15
FIGURES = {
    "paints_per_s": ("paints_per_s",),
    "interval_p99_ms": ("interval_ms", "p99"),
    "frame_to_paint_p50_ms": ("frame_to_paint_ms", "p50"),
    "frame_to_paint_p95_ms": ("frame_to_paint_ms", "p95"),
    "overlay_age_p50_ms": ("overlay_age_ms", "p50"),
    "overlay_age_p99_ms": ("overlay_age_ms", "p99"),
    "own_prediction_share": ("own_prediction_share",),
    "inference_p50_ms": ("inference_ms", "p50"),
    "inference_p95_ms": ("inference_ms", "p95"),
}
"""What is compared, and where it is in the report of `bench live`."""
MORE_IS_BETTER = frozenset({"paints_per_s", "own_prediction_share"})


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("record", help=text, description=f"Measure {text}.")
    parser.add_argument("--seconds", type=float, default=20.0, metavar="S", help="measured, of each (20)")
    parser.add_argument("--warm-up", type=float, default=5.0, metavar="S", help="before that (5)")
    parser.add_argument("--fps", type=float, default=60.0, help="of the 1080p loop in memory (60)")
    parser.add_argument("--scan-rate", type=float, metavar="HZ", help=live.SCAN_RATE)
    parser.add_argument("--window", default="1920x1080", metavar="WxH", help="size of the window (1920x1080)")
    parser.add_argument("--model", type=Path, metavar="JSON", help="manifest; without: the model that ships")
    parser.add_argument(
        "--dir", type=Path, metavar="DIR", help="on the disk to measure; without: temporary files"
    )
    parser.add_argument(
        "--turns", type=int, default=1, metavar="N", help="pairs; the medians are compared (1)"
    )
    parser.add_argument(
        "--only", choices=("with", "without"), help="one of the two: no comparison, as for ten minutes"
    )


def run(args: argparse.Namespace) -> int:
    """1 where a frame of the exam was lost or the exam is damaged; the comparison is for people to judge."""
    live.check_times(args.seconds, args.warm_up, args.fps, args.scan_rate)
    if not 1 <= args.turns <= 100:
        raise Refusal(f"--turns: expected 1 to 100, got {args.turns}")
    missing = missing_libraries()
    if missing:
        raise Refusal(f"install first: {' '.join(missing)}")
    if args.only is not None:
        report = _one(args, args.only == "with")
        print(json.dumps(report, indent=2))
        return 1 if _faulty(report) else 0
    pairs = [(_process(args, "without"), _process(args, "with")) for _ in range(args.turns)]
    print(json.dumps({"compared": compared(pairs), "pairs": pairs}, indent=2))
    return 1 if any(_faulty(report) for _, report in pairs) else 0


def _faulty(report: dict[str, Any]) -> bool:
    recording = report.get("recording")
    return recording is not None and bool(recording["lost"] or recording["stopped"] or recording["problems"])


def _process(args: argparse.Namespace, which: str) -> dict[str, Any]:
    """Each has a process of its own: neither is warmed up by the other.

    Raises:
        Refusal: it failed.
    """
    words = [
        f"--seconds={args.seconds}",
        f"--warm-up={args.warm_up}",
        f"--fps={args.fps}",
        f"--window={args.window}",
    ]
    for name in ("model", "dir", "scan_rate"):
        if getattr(args, name) is not None:
            words.append(f"--{name.replace('_', '-')}={getattr(args, name)}")
    command = [sys.executable, "-m", "app.__main__", "bench", "record", f"--only={which}", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Refusal(f"the run {which} an exam failed with status {done.returncode}") from None
    return report


def _one(args: argparse.Namespace, recording: bool) -> dict[str, Any]:
    from app.create import create_app

    size = live.window_size(args.window)
    with tempfile.TemporaryDirectory(prefix="philtrum-record-", dir=args.dir) as folder:
        root = Path(folder) / "exams"
        application, window = create_app(
            Settings(heatmap="contour", recording="exam"), None, args.model, "en",
            exams_root=root if recording else None,
        )  # fmt: skip
        bench = RecordBench(window, args.seconds, args.warm_up)
        bench.finished.append(application.exit)
        try:
            window.resize(*size)
            window.show()
            bench.start(live.loop_in_memory(args.fps, args.scan_rate))
            application.exec()
        finally:
            window.close()
        report = bench.report(args.fps)
        if recording:
            report["recording"] = exam_figures(ExamStore(root))
    return report


class RecordBench(live.LiveBench):
    """The loop in memory makes an exam, as a card would."""

    def start(self, open_: Callable[[], FrameSource]) -> None:
        exam = self._window.desk.live
        if exam is not None:
            exam.new_source(True)
        super().start(open_)


def exam_figures(store: ExamStore) -> dict[str, Any]:
    """What became of every frame of the newest exam, and what is wrong with it.

    Raises:
        Refusal: no exam was begun.
    """
    rows = store.exams()
    if not rows:
        raise Refusal("no exam was recorded: no picture came")
    reader = store.open(rows[0].id)
    counts = reader.exam.counts
    return {
        **counts.model_dump(),
        "seconds": rows[0].seconds,
        "mb_per_s": round(counts.bytes / max(rows[0].seconds, 1e-3) / 1e6, 2),
        "predictions": len(reader.prediction_rows()),
        "rows": len(reader.frames()),
        "problems": list(reader.check()),
    }


def compared(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """Medians without and with an exam, and how much worse the latter are, as a share; below 0 is better."""
    found: dict[str, Any] = {}
    for name, way in FIGURES.items():
        without, recorded = (median([_at(pair[which], way) for pair in pairs]) for which in (0, 1))
        change = (recorded - without) / without if without else 0.0
        worse = -change if name in MORE_IS_BETTER else change
        found[name] = {
            "without": round(without, 3), "with": round(recorded, 3), "worse": round(worse, 3),
            "within": worse <= WITHIN,
        }  # fmt: skip
    return found


def _at(report: dict[str, Any], way: tuple[str, ...]) -> float:
    value: Any = report
    for key in way:
        value = value[key]
    return float(value)
