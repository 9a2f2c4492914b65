"""Threads, policy, view and clock meet in the GUI thread: pull what came, paint in time, keep watch."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from app.live.accounting import DisplayCounts, DisplayStatistics
from app.live.handover import HandOver
from app.live.notice import notice
from app.live.policy import MS, DisplayPolicy
from app.live.scan_view import ScanView
from capture.clock import Clock, SystemClock
from capture.link import Link
from capture.scan import Signal


class Presenter(QObject):
    """Feeds one `ScanView` from one `HandOver`; lives in the GUI thread."""

    WATCH_MS = 50
    """Between two looks at the clock: with `notice.STALE_MS` a dead picture is gone within 500 ms."""

    def __init__(
        self,
        handover: HandOver,
        view: ScanView,
        policy: DisplayPolicy | None = None,
        clock: Clock | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.statistics = DisplayStatistics()
        self.policy = policy or DisplayPolicy()
        self._handover, self._view = handover, view
        self._clock = clock or SystemClock()
        self._unseen = 0
        self._link: Link | None = None
        self._signal: Signal | None = None
        self._newest_ns: int | None = None
        self._due = QTimer(self)
        self._due.setTimerType(Qt.TimerType.PreciseTimer)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self.step)
        self._watch = QTimer(self)
        self._watch.setInterval(self.WATCH_MS)
        self._watch.timeout.connect(self._tick)
        self._watch.start()

    @Slot()
    def step(self) -> None:
        """Take what came, paint what is due, sleep until the next is."""
        scans, answers = self._handover.drain()
        now_ns = self._clock.now_ns()
        for scan in scans:
            self.policy.frame(scan)
            self._newest_ns, self._signal = scan.frame.captured_ns, scan.signal
        for answer in answers:
            self.policy.answer(answer, now_ns)
        if scans:
            self.watch()
        decision = self.policy.poll(now_ns)
        if decision is not None:
            if self._view.present(decision):
                self.statistics.painted(decision, self._view.painted_ns)
            elif not decision.again:
                self._unseen += 1
        elif self.policy.waiting:
            self._view.prepare(self.policy.waiting[0])
        self._sleep()

    def _sleep(self) -> None:
        now_ns = self._clock.now_ns()
        wake_ns = self.policy.next_wake_ns(now_ns)
        if wake_ns is None:
            self._due.stop()
        else:
            self._due.start(max(0, -((now_ns - wake_ns) // MS)))

    @Slot()
    def _tick(self) -> None:
        # First what came: after a stall of the GUI the newest frame may still wait to be drained.
        self.step()
        self.watch()

    @Slot()
    def watch(self) -> None:
        """Compare the picture with the clock: nothing dead stays on the screen, even if capture hangs."""
        silent_ms = None if self._newest_ns is None else (self._clock.now_ns() - self._newest_ns) / MS
        found = notice(self._link, self._signal, silent_ms)
        if found is not None and found.covers:
            self.statistics.interrupted()
        self._view.set_notice(found)

    @Slot(object)
    def set_link(self, link: Link) -> None:
        """The connection changed."""
        self._link = link
        self._view.set_still(link.info is not None and link.info.frames == 1)
        self.watch()

    def forget_answers(self) -> None:
        """AI was switched off."""
        self.policy.forget_answers()
        if self._view.current is not None and self.policy.shown is not None:
            self._view.present(self.policy.shown)

    def restart(self, since_ns: int) -> None:
        """Another source; what was captured before `since_ns` is not shown any more."""
        self.policy.reset(since_ns)
        self._view.clear()
        self._link = None
        # What waits may be the first frame of the new source: of a still or a paused film none follows.
        self.step()
        if self._newest_ns is not None and self._newest_ns < since_ns:
            self._newest_ns, self._signal = None, None
        self.watch()

    def stop(self) -> None:
        self._due.stop()
        self._watch.stop()

    def counts(self) -> tuple[DisplayCounts, int]:
        """What became of every frame so far, and how many are under way; the sums agree or it raises."""
        captured, lost, held = self._handover.counts
        counts = self.statistics.counts.minus(DisplayCounts())
        counts.captured = captured
        counts.dropped = lost + self.policy.dropped + self._unseen
        waiting = held + len(self.policy.waiting)
        counts.check(waiting)
        return counts, waiting
