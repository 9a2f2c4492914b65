"""Rates for the status line, counted where frames and answers pass by."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from statistics import median

from app.live.policy import Answer
from capture.scan import Scan

WINDOW_NS = 2_000_000_000
"""Rates are of the last two seconds: steady to read, and quick to show a change."""


@dataclass(frozen=True, slots=True)
class Rates:
    """None where there is nothing to count yet."""

    source_fps: float | None = None
    scan_fps: float | None = None
    """Distinct acoustic pictures a second."""
    ai_per_s: float | None = None
    inference_ms: float | None = None
    """Median."""
    lost: int = 0
    """Frames of a live source that never arrived, by the gaps in their numbers."""


class Meter:
    """`scan` is called in the capture thread, `answer` in the inference thread, `rates` in the GUI's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Another source."""
        with self._lock:
            self._frames: deque[int] = deque()
            self._scans: deque[int] = deque()
            self._answers: deque[tuple[int, float]] = deque()
            self._last_index: int | None = None
            self._last_scan: int | None = None
            self._lost = 0

    def scan(self, scan: Scan) -> None:
        frame = scan.frame
        with self._lock:
            self._frames.append(frame.captured_ns)
            if scan.scan_index != self._last_scan:
                self._scans.append(frame.captured_ns)
            gap = 0 if self._last_index is None else frame.index - self._last_index - 1
            if frame.media_s is None and gap > 0:
                self._lost += gap
            self._last_index, self._last_scan = frame.index, scan.scan_index
            for times in (self._frames, self._scans):
                while times and times[0] < frame.captured_ns - WINDOW_NS:
                    times.popleft()

    def answer(self, answer: Answer) -> None:
        prediction = answer.prediction
        with self._lock:
            self._answers.append((prediction.done_ns, prediction.inference_ms))
            while self._answers[0][0] < prediction.done_ns - WINDOW_NS:
                self._answers.popleft()

    def rates(self, now_ns: int) -> Rates:
        """Of the two seconds before now; what came earlier no longer counts."""
        since = now_ns - WINDOW_NS
        with self._lock:
            frames = [at for at in self._frames if at >= since]
            scans = [at for at in self._scans if at >= since]
            answers = [entry for entry in self._answers if entry[0] >= since]
            lost = self._lost
        return Rates(
            _rate(frames),
            _rate(scans),
            _rate([at for at, _ in answers]),
            median(took for _, took in answers) if answers else None,
            lost,
        )


def _rate(times_ns: list[int]) -> float | None:
    """Of n stamps, n - 1 intervals."""
    if len(times_ns) < 3 or times_ns[-1] <= times_ns[0]:
        return None
    return (len(times_ns) - 1) * 1e9 / (times_ns[-1] - times_ns[0])
