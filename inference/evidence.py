"""From predictions to evidence: what counts, how it adds up, when it is said, and what is kept.

Everything goes by distinct scan pictures, not by time: a 28 Hz scan on a 60 Hz output, a slow computer and an
analysis at full speed come to the same words on the same pictures.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from types import MappingProxyType

from capture.scan import Scan, Signal
from inference.evidence_types import BARS, Evidence, Reason, Status, ViewTally
from inference.flags import FlagKeeper, clarity, plane_quality
from inference.manifest import Manifest
from inference.prediction import Prediction, View
from inference.verdict import fetus_verdict
from inference.view_gate import SHOWN_VIEWS, ViewGate

_WORST_LAST = (Status.NOT_ASSESSED, Status.GATHERING, Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG)


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """How evidence adds up. Counts are of distinct scan pictures; at 28 Hz, ten last 0.36 s."""

    enter_view: float = 0.8
    """Chance from which a view is entered. In 150 drawn exams 617 pictures of other planes counted from 0.6
    on and 8849 of the two views, from 0.8 on 397 and 8520 with the same clefts flagged; at 0.9 one more is
    missed.
    """
    leave_view: float = 0.4
    """Chance below which it is left; between the two lies the hysteresis."""
    enter_frames: int = 2
    """One picture in passing is no view."""
    leave_frames: int = 3
    """A tenth of a second at 28 Hz: a breath of the fetus does not end the view, a moved probe does."""
    min_quality: float = 0.35
    """Planes below this are too far off for their score to count."""
    window: int = 10
    """Pictures looked back on, and how many of one visit it takes before "no sign" can be said."""
    flag_hits: int = 5
    """Of the window, at or above the flag point: half of them, because neighbouring pictures are alike."""
    look_hits: int = 3
    """Of the window, at or above the look-again point: more than one picture in passing."""
    clear_hits: int = 1
    """"Look again" ends when no more than this many are left."""
    smoothing: float = 0.2
    """Weight of the newest score in the running mean: 4 pictures old in the mean, noise falls to a third.

    With one picture in ten at 0.95 by chance, 60,000 pictures gave no flag (2 at a weight of 0.25); a lasting
    finding is flagged one picture later than with 0.25.
    """
    release_frames: int = 3
    """An open flag closes after so many pictures in a row with the mean below the release point."""
    stale_frames: int = 10
    """After so many pictures in a row that do not count, what was gathered before says nothing of now."""
    latch_frames: int = 10
    """"Look again" is kept for the view's tally once it lasted this long; shorter, it was noise."""
    frames_per_bar: int = 6
    """For the checklist's five bars: all of them after 30 good pictures, about a second. Until then "no sign"
    is not said of the view, by nothing: another plane in passing may look like it for half a second and more.
    A finding does not wait for it.
    """
    reopen_frames: int = 30
    """A finding that comes back within about a second is the same flag."""

    @classmethod
    def for_model(cls, manifest: Manifest) -> EvidenceSettings:
        """Defaults; stricter about the view where the model has no class for other views.

        Such a model must call everything one of its views, and is unsure at best when it is neither.
        """
        return cls() if manifest.knows_other_views() else cls(enter_view=0.85, leave_view=0.7)


class EvidenceReader:
    """Adds up the predictions of one exam, one at a time; used by one thread.

    Args:
        manifest: of the model, for its views and operating points.
        settings: None for those that suit the model.
    """

    def __init__(self, manifest: Manifest, settings: EvidenceSettings | None = None) -> None:
        self._settings = settings or EvidenceSettings.for_model(manifest)
        self._points = manifest.operating_points
        self._meaning: dict[str, View] = {view.name: view.is_ for view in manifest.views}
        self._gate = ViewGate(
            self._settings.enter_view,
            self._settings.leave_view,
            self._settings.enter_frames,
            self._settings.leave_frames,
        )
        self.reset()

    def reset(self) -> Evidence:
        """A new exam: nothing seen, nothing kept."""
        self._tallies: dict[View, ViewTally] = {
            view: ViewTally(view, 0, 0, Status.NOT_ASSESSED, None) for view in SHOWN_VIEWS
        }
        self._flags = FlagKeeper(self._settings.reopen_frames)
        self._counted = 0
        return self.new_source()

    def new_source(self) -> Evidence:
        """Other pictures of the same exam follow: what is kept stays, what was being gathered does not."""
        self._last: Scan | None = None
        self._seen: dict[View, set[int]] = {view: set() for view in SHOWN_VIEWS}
        self._flags.new_source()
        return self.pause(Reason.WARMING_UP)

    @property
    def latest(self) -> Evidence:
        """The evidence as it stands."""
        return self._latest

    def pause(self, reason: Reason) -> Evidence:
        """Nothing to judge now (frozen, no signal, AI off): gathering ends, tallies and flags stay."""
        self._gate.reset()
        self._start_over()
        self._latest = self._snapshot(Status.NOT_ASSESSED, reason, None, None)
        return self._latest

    def update(self, prediction: Prediction) -> Evidence:
        """The evidence after one more prediction; a repeat of the last picture changes nothing."""
        scan = prediction.scan
        if scan.signal is not Signal.MOVING:
            return self.pause(Reason.FROZEN if scan.signal is Signal.FROZEN else Reason.NO_SIGNAL)
        if self._last is not None and scan.scan_index == self._last.scan_index:
            return self._latest
        if self._last is not None and _went_back(self._last, scan):
            self._gate.reset()
            self._start_over()
        self._last = scan
        chances = self._chances(prediction)
        before = self._gate.view
        view = self._gate.feed(chances)
        if view != before:
            self._start_over()
        if view == "other":
            self._latest = self._snapshot(Status.SEARCHING, _why_no_view(prediction), prediction, None)
        elif not self._gate.holds(chances) or plane_quality(prediction) < self._settings.min_quality:
            self._latest = self._skip(prediction)
        else:
            self._latest = self._count(view, prediction)
        return self._latest

    def _chances(self, prediction: Prediction) -> dict[View, float]:
        chances: dict[View, float] = {}
        for name, chance in prediction.views.items():
            view = self._meaning[name]
            chances[view] = chances.get(view, 0.0) + chance
        return chances

    def _start_over(self) -> None:
        """Forget the run of pictures in one view; an open flag closes and stays."""
        self._flags.close()
        self._scores: deque[float] = deque(maxlen=self._settings.window)
        self._smoothed: float | None = None
        self._status = Status.GATHERING
        self._skipped = 0
        self._below_release = 0
        self._looking = 0

    def _skip(self, prediction: Prediction) -> Evidence:
        """A picture in the view that does not count: the state is held for some frames, then given up."""
        self._skipped += 1
        if self._skipped >= self._settings.stale_frames:
            self._start_over()
        poor = plane_quality(prediction) < self._settings.min_quality
        return self._snapshot(
            self._status, Reason.POOR_PLANE if poor else Reason.UNSURE_VIEW, prediction, None
        )

    def _count(self, view: View, prediction: Prediction) -> Evidence:
        score, weight = prediction.cleft, self._settings.smoothing
        self._counted += 1
        self._skipped = 0
        self._scores.append(score)
        self._smoothed = (
            score if self._smoothed is None else self._smoothed + weight * (score - self._smoothed)
        )
        self._add(view, prediction)
        self._status, reason = self._judge(view, prediction, self._smoothed)
        self._latch(view)
        return self._snapshot(self._status, reason, prediction, score)

    def _judge(self, view: View, prediction: Prediction, smoothed: float) -> tuple[Status, Reason]:
        points, settings = self._points, self._settings
        if self._flags.is_open:
            self._below_release = self._below_release + 1 if smoothed < points.release else 0
            if self._below_release >= settings.release_frames:
                self._flags.close()
            else:
                self._flags.follow(prediction, smoothed, self._counted)
                return Status.FLAG, Reason.MANY_HITS
        strong = sum(score >= points.flag for score in self._scores)
        if strong >= settings.flag_hits and smoothed >= points.flag:
            self._flags.open(view, prediction, smoothed, self._counted)
            self._below_release, self._looking = 0, max(1, self._looking)
            return Status.FLAG, Reason.MANY_HITS
        needed = settings.clear_hits + 1 if self._looking else settings.look_hits
        if self._hits() >= needed:
            self._looking += 1
            return Status.LOOK_AGAIN, Reason.SOME_HITS
        self._looking = 0
        if len(self._scores) < settings.window or self._tallies[view].bars < BARS:
            return Status.GATHERING, Reason.TOO_FEW_FRAMES
        return Status.NO_SIGN, Reason.STEADY_LOW

    def _hits(self) -> int:
        return sum(score >= self._points.look_again for score in self._scores)

    def _add(self, view: View, prediction: Prediction) -> None:
        """Add a picture to its view's tally. A recording's picture seen again in a loop adds nothing new."""
        tally, frame = self._tallies[view], prediction.scan.frame
        frames, best = tally.frames, tally.best
        if frame.media_s is None:
            frames += 1
        elif frame.index not in self._seen[view]:
            self._seen[view].add(frame.index)
            frames += 1
        if best is None or clarity(prediction) > clarity(best):
            best = prediction
        bars = min(BARS, frames // self._settings.frames_per_bar)
        self._tallies[view] = replace(tally, frames=frames, bars=bars, best=best)

    def _latch(self, view: View) -> None:
        """Keep the worst state of the view so far."""
        tally, status = self._tallies[view], self._status
        if status is Status.LOOK_AGAIN and self._looking < self._settings.latch_frames:
            status = Status.GATHERING
        self._tallies[view] = replace(tally, status=max(tally.status, status, key=_WORST_LAST.index))

    def _snapshot(
        self, status: Status, reason: Reason, prediction: Prediction | None, instant: float | None
    ) -> Evidence:
        return Evidence(
            status=status,
            reason=reason,
            view=self._gate.view,
            quality=plane_quality(prediction) if prediction is not None else 0.0,
            instant=instant,
            smoothed=self._smoothed,
            hits=self._hits(),
            window=self._settings.window,
            tallies=MappingProxyType(dict(self._tallies)),
            flags=self._flags.flags,
            verdict=fetus_verdict(self._tallies["lip"].status, self._tallies["palate"].status),
            scan_index=self._last.scan_index if self._last is not None else 0,
            prediction=prediction,
        )


def _went_back(last: Scan, scan: Scan) -> bool:
    """Whether a recording was wound back or began again."""
    return scan.frame.media_s is not None and scan.frame.index < last.frame.index


def _why_no_view(prediction: Prediction) -> Reason:
    if prediction.view != "other":
        return Reason.UNSURE_VIEW
    return Reason.NO_SECTOR if prediction.scan.region.origin == "whole" else Reason.NOT_A_VIEW
