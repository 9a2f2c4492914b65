"""`philtrum bench soak`: hours of exams, faster than real time; memory, handles and threads stay flat."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from app.bench.paced_loop import drawn_screens
from app.refusal import Refusal
from app.session.exam import Exam
from app.session.folder import ExamFolder
from app.session.reader import ExamReader
from app.session.recorder import RecordingSettings
from app.session.store import ExamStore
from app.session.writer import ExamWriter
from capture.frame import make_frame
from capture.region.tracker import RegionTracker
from capture.signals import SignalMonitor
from capture.source import EndOfSource
from inference.engine import OnnxEngine
from inference.evidence import EvidenceReader
from inference.manifest import ModelRefusedError
from resources.files import resource_path

SIZE = (960, 540)
PICTURES = 30
SAMPLES = 4
"""An exam is looked at so often; the same moment of each exam is compared."""
IN_FLIGHT = 30
"""Pictures that may be on their way to disk: a real source would not wait for them either way."""
GROWTH_MB = 8.0
"""RSS may be this much higher at the end than at the same moment of the second exam: the allocator's play."""
OPENED = 30
"""Frames of each finished exam that are read again."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("soak", help=text, description=f"Measure {text}.")
    parser.add_argument("--minutes", type=float, default=120.0, metavar="M", help="of exam time (120)")
    parser.add_argument("--exam-minutes", type=float, default=10.0, metavar="M", help="of one exam (10)")
    parser.add_argument("--fps", type=float, default=30.0, help="frames a second on the wire (30)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each picture is sent (3)")
    parser.add_argument("--every", type=int, default=2, help="every how many pictures the model answers (2)")


def run(args: argparse.Namespace) -> int:
    """1 where something has grown."""
    for name, value, least, most in (
        ("--minutes", args.minutes, 0.05, 6000.0),
        ("--exam-minutes", args.exam_minutes, 0.01, 600.0),
        ("--fps", args.fps, 1.0, 240.0),
        ("--repeats", args.repeats, 1, 10),
        ("--every", args.every, 1, 100),
    ):
        if not least <= value <= most:
            raise Refusal(f"{name}: expected {least:g} to {most:g}, got {value:g}")
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="philtrum-soak-") as folder:
        try:
            report = Soak(Path(folder), args.fps, args.repeats, args.every).run(
                args.minutes, args.exam_minutes
            )
        except (ModelRefusedError, FileNotFoundError) as error:
            raise Refusal(str(error)) from error
    print(json.dumps(report, indent=2))
    return 0 if report["flat"] else 1


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds at one moment."""

    exam: int
    at: int
    """Which of an exam's moments."""
    exam_minutes: float
    """Of exam time since the beginning of all."""
    rss_mb: float
    handles: int
    threads: int


class Clock:
    """Exam time: goes on with every frame, however quickly it was made."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000_000_000
        self._began_s = time.time()

    def now_s(self) -> float:
        return self._began_s + self.now_ns / 1e9


class Soak:
    """Scans through signals, region, model, evidence and recording; each exam is then opened and played.

    Args:
        root: an empty folder.
        fps: frames a second on the wire.
        repeats: how often each picture is sent.
        every: every how many pictures the model answers.
    """

    def __init__(self, root: Path, fps: float, repeats: int, every: int) -> None:
        self._clock, self._repeats, self._every = Clock(), repeats, every
        self._step_ns = round(1e9 / fps)
        self._store = ExamStore(root, now_s=self._clock.now_s, now_ns=lambda: self._clock.now_ns)
        self._root = root
        self._screens = drawn_screens(PICTURES, *SIZE)
        self._engine = OnnxEngine.load(
            resource_path("models", "philtrum-standin.json"),
            ["cpu"],
            threads=1,
            clock=lambda: self._clock.now_ns,
        )
        self._process = psutil.Process()
        self._index = self._predicted = 0
        self.samples: list[Sample] = []
        self.problems: list[str] = []

    def run(self, minutes: float, exam_minutes: float) -> dict[str, Any]:
        """So many minutes of exam time; the figures."""
        began_s, began_cpu_s, began_ns = time.monotonic(), time.process_time(), self._clock.now_ns
        stored = lost = exams = 0
        while self._clock.now_ns - began_ns < minutes * 60e9:
            exams += 1
            exam = self._one_exam(exams, exam_minutes, began_ns)
            stored, lost = stored + exam.counts.stored, lost + exam.counts.lost
        wall_s, exam_s = time.monotonic() - began_s, (self._clock.now_ns - began_ns) / 1e9
        return {
            "exam_minutes": round(exam_s / 60, 1),
            "wall_minutes": round(wall_s / 60, 1),
            "times_real_time": round(exam_s / wall_s, 2),
            "cpu_s": round(time.process_time() - began_cpu_s, 1),
            "exams": exams,
            "frames": self._index,
            "predictions": self._predicted,
            "stored": stored,
            "lost": lost,
            "problems": self.problems,
            **figures(self.samples),
            "samples": [asdict(sample) for sample in self.samples],
        }

    def _one_exam(self, number: int, minutes: float, began_ns: int) -> Exam:
        writer = self._store.new_exam(operator="soak", recording=RecordingSettings(segment_s=30.0))
        monitor, tracker = SignalMonitor(), RegionTracker()
        evidence = EvidenceReader(self._engine.manifest)
        frames = round(minutes * 60e9 / self._step_ns)
        moments = {round(frames * (at + 1) / (SAMPLES + 1)): at for at in range(SAMPLES)}
        pictures = 0
        try:
            for at in range(frames):
                self._clock.now_ns += self._step_ns
                self._index += 1
                # The same film in every exam: its scan is found at the same place, so that masks kept for
                # the last few places (16 of 0.5 MB, in `capture.geometry`) do not look like a leak.
                pixels = self._screens[at // self._repeats % len(self._screens)]
                frame = make_frame(self._index, self._clock.now_ns, pixels)
                scan = monitor.look(frame, tracker.feed(frame))
                writer.offer(scan)
                if not scan.repeat:
                    pictures += 1
                    if pictures % self._every == 0:
                        prediction = self._engine.predict(scan)
                        writer.predicted(prediction, evidence.update(prediction))
                        self._predicted += 1
                    if pictures % 600 == 0:
                        writer.keep(scan, None)
                        writer.note(f"picture {pictures}", scan.frame.captured_ns)
                self._wait_for(writer)
                if at in moments:
                    self._sample(number, moments[at], began_ns)
        finally:
            exam = writer.close()
        self._look_again(self._store.open(exam.id))
        shutil.rmtree(ExamFolder(self._root / exam.started[:4] / exam.id).path)
        return exam

    def _wait_for(self, writer: ExamWriter) -> None:
        """A source that is quicker than real time waits here; a real one could not."""
        pause_s = 0.001
        while True:
            counts = writer.state.counts
            done = (
                counts.stored
                + counts.repeats
                + counts.unwanted
                + counts.no_sector
                + counts.lost
                + counts.stopped
            )
            if counts.offered - done < IN_FLIGHT:
                return
            time.sleep(pause_s)
            pause_s = min(0.05, 2 * pause_s)

    def _look_again(self, reader: ExamReader) -> None:
        self.problems += [line for line in reader.check() if line not in self.problems]
        with reader.source() as source:
            count = len(source.times_s)
            for at in range(OPENED):
                source.seek(at * count // OPENED)
                try:
                    source.read()
                except EndOfSource as end:
                    self.problems.append(end.missing or "a frame is missing")

    def _sample(self, exam: int, at: int, began_ns: int) -> None:
        process = self._process
        count: Callable[[], int] = getattr(process, "num_fds", None) or getattr(process, "num_handles")  # noqa: B009
        minutes = (self._clock.now_ns - began_ns) / 60e9
        rss_mb = process.memory_info().rss / 2**20
        self.samples.append(
            Sample(exam, at, round(minutes, 2), round(rss_mb, 1), count(), process.num_threads())
        )


def figures(samples: list[Sample]) -> dict[str, Any]:
    """What has grown from the second exam to the last, the same moments compared; the first warms up."""
    first = [sample for sample in samples if sample.exam == 2] or samples[:SAMPLES]
    last = [sample for sample in samples if sample.exam == samples[-1].exam] if samples else []
    if not first or not last:
        return {"flat": False}

    def change(of: Callable[[Sample], float]) -> float:
        return statistics.fmean(map(of, last)) - statistics.fmean(map(of, first))

    later = [sample for sample in samples if sample.exam >= 2] or samples
    slope = 0.0
    if len(later) > 2:
        hours = [sample.exam_minutes / 60 for sample in later]
        slope = float(np.polyfit(hours, [sample.rss_mb for sample in later], 1)[0])
    grown = {"rss_mb": change(lambda s: s.rss_mb), "handles": change(lambda s: s.handles),
             "threads": change(lambda s: s.threads)}  # fmt: skip
    return {
        "rss_mb": dict(_span(later, lambda s: s.rss_mb), slope_per_exam_hour=round(slope, 2)),
        "handles": dict(_span(later, lambda s: s.handles)),
        "threads": dict(_span(later, lambda s: s.threads)),
        "grown_from_second_to_last_exam": {name: round(value, 2) for name, value in grown.items()},
        "flat": grown["rss_mb"] <= GROWTH_MB and grown["handles"] <= 1.0 and grown["threads"] <= 1.0,
    }


def _span(samples: list[Sample], of: Callable[[Sample], float]) -> Iterator[tuple[str, float]]:
    values = [of(sample) for sample in samples]
    yield from (("first", values[0]), ("least", min(values)), ("most", max(values)), ("last", values[-1]))
