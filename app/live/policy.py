"""When a frame is painted and with which heat-map: pure, on an injected clock.

A frame is painted `delay` after it was captured: long enough that its own prediction has usually come, equal
from frame to frame so that motion stays even. A frame whose prediction is late waits for it, at most until
`limit`, the shorter of the deadline and one frame period, and is then painted with the newest older heat-map
while that is young and the scan has not moved, else bare.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from app.live.heatmap import HeatGate
from capture.scan import Scan
from inference.evidence_types import Evidence
from inference.prediction import Prediction

MS = 1_000_000
"""Nanoseconds in a millisecond."""


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """The limits of the display, in ms."""

    deadline_ms: float = 20.0
    """Longest wait of a frame for its own prediction; a shorter frame period rules."""
    max_age_ms: float = 120.0
    """A heat-map of an earlier frame is shown only while it is younger than this."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A prediction with what the evidence said after it (None where evidence failed)."""

    prediction: Prediction
    evidence: Evidence | None = None
    gate: HeatGate = field(default_factory=HeatGate)
    """By the operating points of the model that answered."""

    @property
    def scan(self) -> Scan:
        return self.prediction.scan

    def shows_heat(self, standing: bool = False) -> bool:
        """Whether its map may be seen; `standing` as for `HeatGate.opens`."""
        return self.gate.opens(self.prediction, self.evidence, standing)


class Pairing(StrEnum):
    """Whose prediction a painted frame carries."""

    OWN = "own"
    """Its own, or that of the same acoustic picture in an earlier frame."""
    OLDER = "older"
    """That of an earlier picture, young enough."""
    WITHOUT = "without"


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """Paint this."""

    scan: Scan
    pairing: Pairing
    answer: Answer | None
    behind: bool = False
    """The AI answers, but too late to be shown on this frame."""
    again: bool = False
    """The frame is on the screen already; only its overlay changed."""

    def age_ms(self, now_ns: int) -> float | None:
        """Age of the overlay: since the frame it was computed from was captured."""
        return None if self.answer is None else (now_ns - self.answer.scan.frame.captured_ns) / MS


class DisplayPolicy:
    """Decides in one thread; feed `frame` and `answer`, ask `poll` at `next_wake_ns`."""

    QUEUE = 3
    """Frames that may wait; more means that painting has stopped, and the oldest goes."""
    SILENT_MS = 500.0
    """Without an answer for this long (AI off, loading, stuck) no frame waits."""
    USUAL = 0.75
    """Share of the predictions that the delay waits for; the others are painted as they come.

    More, and the delay ends at the limit: there a frame is painted just when the next one is captured and its
    prediction begins, each holds the other up, and predictions become later still.
    """
    MARGIN_MS = 1.0
    """Added to the usual latency of a prediction."""
    SLEW_MS = 0.25
    """The delay moves at most this much from frame to frame, below what an eye sees as judder."""
    HISTORY = 120
    """Latencies and intervals looked back on: two seconds at 60 Hz."""

    def __init__(self, settings: PolicySettings | None = None) -> None:
        self.settings = settings or PolicySettings()
        self.dropped = 0
        """Frames fed and never decided on."""
        self._since_ns = 0
        self._queue: deque[Scan] = deque()
        self._answers: deque[Answer] = deque(maxlen=8)
        self._shown: Decision | None = None
        self._reset_measures()

    def _reset_measures(self) -> None:
        self._last_captured_ns: int | None = None
        self._last_answer_ns: int | None = None
        self._intervals_ns: deque[int] = deque(maxlen=31)
        self._latencies_ns: deque[int] = deque(maxlen=self.HISTORY)
        self._fed = 0
        self._period_ns: float | None = None
        self._target_ns = 0.0
        self._delay_ns = 0.0
        self._waiting_pays = True

    def reset(self, since_ns: int) -> None:
        """Another source: forget everything, take nothing captured before `since_ns` any more."""
        self.dropped += len(self._queue)
        self._queue.clear()
        self._answers.clear()
        self._shown = None
        self._since_ns = since_ns
        self._reset_measures()

    def forget_answers(self) -> None:
        """AI was switched off: nothing it said is drawn any longer."""
        self._answers.clear()
        self._last_answer_ns = None
        if self._shown is not None and self._shown.answer is not None:
            self._shown = Decision(self._shown.scan, Pairing.WITHOUT, None)

    def frame(self, scan: Scan) -> None:
        """A frame has come; frames come in the order they were captured."""
        captured_ns = scan.frame.captured_ns
        if captured_ns < self._since_ns:
            self.dropped += 1
            return
        if self._last_captured_ns is not None and captured_ns > self._last_captured_ns:
            self._intervals_ns.append(captured_ns - self._last_captured_ns)
        self._last_captured_ns = captured_ns
        if self._fed % 16 == 0:
            self._measure()
        self._fed += 1
        self._delay_ns += min(max(self._target_ns - self._delay_ns, -self.SLEW_MS * MS), self.SLEW_MS * MS)
        self._queue.append(scan)
        if len(self._queue) > self.QUEUE:
            self._queue.popleft()
            self.dropped += 1

    def answer(self, answer: Answer, now_ns: int) -> None:
        """A prediction has come."""
        captured_ns = answer.scan.frame.captured_ns
        if captured_ns < self._since_ns:
            return
        self._last_answer_ns = now_ns
        self._latencies_ns.append(now_ns - captured_ns)
        self._answers.append(answer)
        if len(self._latencies_ns) in (1, 8):
            self._measure()
            self._delay_ns = self._target_ns

    def poll(self, now_ns: int) -> Decision | None:
        """What is to be painted now, if anything; never an older frame after a newer."""
        newest_due = next(
            (
                i
                for i in range(len(self._queue) - 1, -1, -1)
                if self._due_ns(self._queue[i], now_ns) <= now_ns
            ),
            None,
        )
        if newest_due is not None:
            for _ in range(newest_due):
                self._queue.popleft()
                self.dropped += 1
            self._shown = self._decide(self._queue.popleft(), now_ns, again=False)
            return self._shown
        return self._revise(now_ns)

    def next_wake_ns(self, now_ns: int) -> int | None:
        """When to `poll` again although nothing comes."""
        if self._queue:
            return min(self._due_ns(scan, now_ns) for scan in self._queue)
        if self._shown is not None and self._shown.pairing is Pairing.OLDER:
            assert self._shown.answer is not None
            return self._shown.answer.scan.frame.captured_ns + round(self.settings.max_age_ms * MS)
        return None

    @property
    def shown(self) -> Decision | None:
        """The newest decision."""
        return self._shown

    @property
    def waiting(self) -> tuple[Scan, ...]:
        """Frames not yet painted, oldest first."""
        return tuple(self._queue)

    @property
    def delay_ms(self) -> float:
        """The constant delay from capture to paint that frames are held to now."""
        return self._delay_ns / MS

    @property
    def limit_ms(self) -> float:
        """The longest wait at the measured frame rate."""
        deadline_ns = self.settings.deadline_ms * MS
        return (deadline_ns if self._period_ns is None else min(deadline_ns, self._period_ns)) / MS

    def _due_ns(self, scan: Scan, now_ns: int) -> int:
        captured_ns = scan.frame.captured_ns
        silent = self._last_answer_ns is None or now_ns - self._last_answer_ns > self.SILENT_MS * MS
        if silent or not self._waiting_pays:
            return captured_ns
        # An answer on a later picture has come: this one was passed over and will never have its own.
        passed_over = bool(self._answers) and self._answers[-1].scan.scan_index > scan.scan_index
        if passed_over or self._own(scan) is not None:
            return captured_ns + round(self._delay_ns)
        return captured_ns + round(self.limit_ms * MS)

    def _own(self, scan: Scan) -> Answer | None:
        for answer in reversed(self._answers):
            of = answer.scan
            if of.frame is scan.frame or (of.scan_index == scan.scan_index and of.region == scan.region):
                return answer
        return None

    def _decide(self, scan: Scan, now_ns: int, again: bool) -> Decision:
        own = self._own(scan)
        if own is not None:
            return Decision(scan, Pairing.OWN, own, again=again)
        captured_ns = scan.frame.captured_ns
        older = next((a for a in reversed(self._answers) if a.scan.frame.captured_ns <= captured_ns), None)
        if older is None:
            return Decision(scan, Pairing.WITHOUT, None, again=again)
        young = now_ns - older.scan.frame.captured_ns < self.settings.max_age_ms * MS
        if young and older.scan.region == scan.region:
            return Decision(scan, Pairing.OLDER, older, again=again)
        return Decision(scan, Pairing.WITHOUT, None, behind=not young, again=again)

    def _revise(self, now_ns: int) -> Decision | None:
        """The frame on the screen gets its own late answer, or loses one that has grown too old."""
        shown = self._shown
        if shown is None or self._queue or shown.pairing is Pairing.OWN:
            return None
        revised = self._decide(shown.scan, now_ns, again=True)
        if (revised.pairing, revised.behind) == (shown.pairing, shown.behind):
            return None
        self._shown = revised
        return revised

    def _measure(self) -> None:
        """Frame period, usual latency of predictions, and whether waiting for them pays."""
        self._period_ns = median(self._intervals_ns) if len(self._intervals_ns) >= 5 else None
        if not self._latencies_ns:
            self._target_ns = 0.0
            return
        ordered = sorted(self._latencies_ns)
        limit_ns = self.limit_ms * MS
        in_time = sum(1 for latency in ordered if latency <= limit_ns) / len(ordered)
        # A model never in time must not cost the picture a delay; the gap keeps the two states apart.
        self._waiting_pays = in_time > (0.1 if self._waiting_pays else 0.3) or len(ordered) < 8
        usual_ns = ordered[int(len(ordered) * self.USUAL)] + self.MARGIN_MS * MS
        self._target_ns = min(usual_ns, limit_ns) if self._waiting_pays else 0.0
