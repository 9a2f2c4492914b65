"""The kill test: a child records exams, is killed at a random instant, and everything is opened again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.session.errors import SessionError
from app.session.folder import exam_folders
from app.session.index import Filter
from app.session.reader import ExamReader
from app.session.recorder import RecordingSettings
from app.session.store import ExamStore
from app.session.synthetic import SyntheticScans, run_exam
from capture.source import EndOfSource
from inference.evidence import EvidenceReader
from inference.manifest import parse_manifest
from resources.files import resource_path

MOST_LOST_S = 1.0
START_S = 60.0
TOLD_FILE = "told.bin"
TOLD = 1024
"""So many times of each kind are remembered: more than the longest exam's last seconds."""


@dataclass(slots=True)
class KillReport:
    """What was found; printed as JSON."""

    kills: int = 0
    exams: int = 0
    cut_off: int = 0
    """Exams that were open when the program was killed."""
    frames: int = 0
    """Opened, decoded and compared with what was offered."""
    lost_video_s: list[float] = field(default_factory=list)
    """From the moment the oldest missing frame was captured to the kill; 0 where none is missing."""
    lost_scores_s: list[float] = field(default_factory=list)
    lost_journal_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Figures and faults."""

        def most(values: list[float]) -> float | None:
            return round(max(values), 3) if values else None

        return {
            "kills": self.kills,
            "exams": self.exams,
            "cut_off": self.cut_off,
            "frames_checked": self.frames,
            "most_lost_video_s": most(self.lost_video_s),
            "most_lost_scores_s": most(self.lost_scores_s),
            "most_lost_journal_s": most(self.lost_journal_s),
            "allowed_s": MOST_LOST_S,
            "faults": self.faults,
            "passed": not self.faults,
        }


def run_kills(
    root: Path, kills: int, seed: int, longest_s: float = 4.0, tell: Callable[[str], None] = lambda line: None
) -> KillReport:
    """Kill a recording program so many times and check all that it leaves.

    Args:
        root: an empty folder for the exams.
        kills: how often.
        seed: of the instants.
        longest_s: from the child's first exam to the kill, at most.
        tell: is given a line of progress after each.
    """
    report, rng = KillReport(), random.Random(seed)
    checked: set[str] = set()
    for number in range(kills):
        known = len(report.faults)
        killed_ns = _kill_one(root, rng.uniform(0.0, longest_s), rng.randrange(1 << 30), report)
        report.kills += 1
        _check(root, checked, report, killed_ns)
        tell("\n".join([f"{number + 1} of {kills}: {len(checked)} exams", *report.faults[known:]]))
    _check_index(root, checked, report)
    return report


def child(root: Path, seed: int, parent: int) -> None:
    """Record exams of random length without end, until killed. Says `began` once the first one is there.

    Args:
        root: of the exams.
        seed: of their lengths.
        parent: the process whose end is this one's, too.
    """
    manifest = parse_manifest(json.loads(resource_path("models", "philtrum-standin.json").read_bytes()))
    rng, store, first = random.Random(seed), ExamStore(root), 0
    scans = SyntheticScans(320, 240, repeats=2)
    root.mkdir(parents=True, exist_ok=True)
    told = ToldTimes(np.memmap(root / TOLD_FILE, np.int64, "w+", shape=(3, TOLD)))

    def wait(seconds: float) -> None:
        if os.getppid() != parent:
            os._exit(0)  # whoever was to kill it has gone
        time.sleep(seconds)

    while True:
        recording = RecordingSettings(segment_s=rng.uniform(0.5, 3.0))
        writer = store.new_exam(operator="kill-test", recording=recording)
        print("began", flush=True)
        reader = EvidenceReader(manifest)
        first += run_exam(
            writer,
            scans,
            reader,
            seconds=rng.uniform(0.3, 3.0),
            first=first,
            wait=wait,
            told=told.add,
        )
        writer.close()


class ToldTimes:
    """Capture times of what an exam was told: offered frames (0), predictions (1), notes (2).

    In shared memory, so that they outlive the kill.
    """

    def __init__(self, times_ns: NDArray[np.int64]) -> None:
        self._times_ns = times_ns
        self._count = [0, 0, 0]

    def add(self, what: int, captured_ns: int) -> None:
        self._times_ns[what, self._count[what] % TOLD] = captured_ns
        self._count[what] += 1


def lost_s(told_ns: NDArray[np.int64], stored_ns: Sequence[int], began_ns: int, killed_ns: int) -> float:
    """How old the oldest thing is that was told to an exam and is not there.

    Args:
        told_ns: capture times of what was told, in any order; those before the exam are not its own.
        stored_ns: of what is there.
        began_ns: of the exam.
        killed_ns: the same clock at the kill.
    """
    missing = told_ns[told_ns > max(stored_ns, default=began_ns)]
    return max(0.0, (killed_ns - int(missing.min())) / 1e9) if len(missing) else 0.0


def _kill_one(root: Path, after_s: float, seed: int, report: KillReport) -> int:
    """Start a child, wait, kill it; when that was, by the capture clock."""
    command = [
        sys.executable,
        "-m",
        "app.__main__",
        "exams",
        "--root",
        str(root),
        "kill-test",
        "--child",
        str(seed),
        str(os.getpid()),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        if line.strip() != b"began":
            process.kill()
            report.faults.append(f"the program did not begin: {process.stderr.read()[-300:]!r}")
            return time.monotonic_ns()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        killed_ns = time.monotonic_ns()
        process.wait(START_S)
        said = process.stderr.read().decode("utf-8", "replace")
        if "Traceback" in said:
            report.faults.append(f"the program failed by itself: {said.strip().splitlines()[-1]}")
    return killed_ns


def _check(root: Path, checked: set[str], report: KillReport, killed_ns: int) -> None:
    """Open what is new, as it was left, and then as it is after the next start."""
    store = ExamStore(root)
    fresh = [folder for folder in exam_folders(root) if folder.id not in checked]
    for folder in fresh:
        if folder.unborn:
            continue  # killed before the first word: nothing was promised yet
        try:
            reader = ExamReader(folder)
        except SessionError as error:
            report.faults.append(str(error))
            continue
        report.faults += [f"{folder.id}: {line}" for line in reader.check()]
        if reader.exam.state == "open":
            report.cut_off += 1
            _check_loss(reader, report, killed_ns)
        _check_pictures(reader, report)
        report.exams += 1
    store.recover()
    for folder in fresh:
        if not folder.path.is_dir():
            continue
        checked.add(folder.id)
        try:
            reader = ExamReader(folder)
        except SessionError:
            continue  # said above
        if reader.exam.state != "closed":
            report.faults.append(f"{folder.id}: still open after the next start")
        report.faults += [f"{folder.id}, after the next start: {line}" for line in reader.check()]


def _check_loss(reader: ExamReader, report: KillReport, killed_ns: int) -> None:
    """What was told to the exam more than a second before the kill is there."""
    exam = reader.exam
    told_ns = np.fromfile(reader.folder.path.parents[1] / TOLD_FILE, np.int64).reshape(3, TOLD)
    ends = {
        "video": (report.lost_video_s, reader.frames()["captured_ns"].tolist()),
        "scores": (report.lost_scores_s, reader.prediction_rows()["captured_ns"].tolist()),
        "journal": (report.lost_journal_s, [note.captured_ns or 0 for note in exam.notes]),
    }
    for (name, (lost, stored)), told in zip(ends.items(), told_ns, strict=True):
        gone_s = lost_s(told, stored, exam.started_ns, killed_ns)
        lost.append(gone_s)
        if gone_s > MOST_LOST_S:
            report.faults.append(f"{exam.id}: {gone_s:.2f} s of {name} are missing")


def _check_pictures(reader: ExamReader, report: KillReport) -> None:
    """Every stored frame decodes, and is the picture that its row says."""
    rows, scans = reader.frames(), SyntheticScans(320, 240, repeats=2)
    if not len(rows):
        return
    seen = 0
    with reader.source() as source:
        while True:
            try:
                frame = source.read()
            except EndOfSource as end:
                if end.missing:
                    report.faults.append(f"{reader.exam.id}: {end.missing}")
                break
            if frame is None:
                continue
            seen += 1
            row = rows[frame.index]
            if row["scan_index"] >= 0 and scans.read_number(frame.pixels) != row["scan_index"]:
                report.faults.append(f"{reader.exam.id}: frame {frame.index} is another picture")
    report.frames += seen
    if seen != len(rows):
        report.faults.append(f"{reader.exam.id}: {seen} of {len(rows)} frames could be read")


def _check_index(root: Path, checked: set[str], report: KillReport) -> None:
    store = ExamStore(root)
    said = store.index.check()
    if said is not None:
        report.faults.append(f"the index: {said}")
    before = {row.id: row for row in store.exams(Filter(limit=1_000_000))}
    store.rebuild()
    after = {row.id: row for row in store.exams(Filter(limit=1_000_000))}
    if set(before) != set(after) or set(after) != checked:
        report.faults.append(f"the index has {len(before)} exams, the folders {len(after)}")
    other = [exam_id for exam_id in before if exam_id in after and before[exam_id] != after[exam_id]]
    if other:
        report.faults.append(f"the index says something else than the folders of {', '.join(other[:5])}")
