"""What adds up for one fetus: views shown, flags, verdict. Nothing runs over from one fetus to the next."""

from __future__ import annotations

from collections.abc import Mapping

from app.session.exam import FetusRecord, FlagRecord, ViewRecord
from inference.evidence_types import Evidence, Flag, Status, ViewTally
from inference.flags import plane_quality
from inference.prediction import Prediction, View
from inference.verdict import fetus_verdict

_WORST_LAST = (
    Status.NOT_ASSESSED, Status.SEARCHING, Status.GATHERING, Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG,
)  # fmt: skip
SHOWN = frozenset({Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG})
"""States of a view that was shown well enough to be judged."""


class FetusTracker:
    """The record of one fetus over one or several looks at it.

    The window's evidence begins anew for each fetus, with each model, and when a fetus is come back to; what
    was found before stays: of each view the worst state, pictures are added up, flags are numbered on.

    Args:
        label: 'A', 'B', ...
    """

    def __init__(self, label: str) -> None:
        self._record = FetusRecord(label=label)
        self._base: dict[View, ViewRecord] = {"lip": ViewRecord(), "palate": ViewRecord()}
        self._flags: dict[int, FlagRecord] = {}
        self._offset = 0
        self._firsts: dict[int, int] = {}
        self._score = self._quality = 0.0

    @property
    def record(self) -> FetusRecord:
        return self._record

    @property
    def flags(self) -> tuple[FlagRecord, ...]:
        return tuple(self._flags[number] for number in sorted(self._flags))

    def look_again(self) -> None:
        """Fresh evidence follows: what is known becomes the base it is added to."""
        self._base = {"lip": self._record.lip, "palate": self._record.palate}
        self._offset = max(self._flags, default=0)
        self._firsts.clear()
        for number, flag in self._flags.items():
            self._flags[number] = flag.model_copy(update={"open": False})

    def follow(self, prediction: Prediction, evidence: Evidence, exam_s: float) -> list[FlagRecord]:
        """Take the evidence after one prediction; flags that are new or changed.

        Args:
            prediction: the newest.
            evidence: after it.
            exam_s: seconds since the exam began.
        """
        if self._began_anew(evidence):
            self.look_again()
        views = {view: self._view(view, evidence.tallies) for view in self._base}
        update: dict[str, object] = {
            "lip": views["lip"],
            "palate": views["palate"],
            "verdict": fetus_verdict(views["lip"].status, views["palate"].status),
        }
        if self._record.complete_s is None and all(view.status in SHOWN for view in views.values()):
            update["complete_s"] = exam_s
        if evidence.instant is not None:
            counted = self._record.counted + 1
            self._score += evidence.instant
            self._quality += plane_quality(prediction)
            update |= {
                "counted": counted,
                "mean_score": self._score / counted,
                "mean_quality": self._quality / counted,
            }
        self._record = self._record.model_copy(update=update)
        now_ns = prediction.scan.frame.captured_ns
        return [changed for flag in evidence.flags if (changed := self._flag(flag, now_ns)) is not None]

    def number_of(self, flag: Flag) -> int:
        """The flag's number within the fetus."""
        return self.flag_number(flag.number)

    def flag_number(self, number: int) -> int:
        """The same, of the number that the evidence gives it."""
        return number + self._offset

    def _began_anew(self, evidence: Evidence) -> bool:
        if any(self._firsts.get(flag.number, flag.first_scan_index) != flag.first_scan_index
               for flag in evidence.flags):  # fmt: skip
            return True
        if len(evidence.flags) < len(self._firsts):
            return True
        return any(
            view in evidence.tallies
            and evidence.tallies[view].frames + self._base[view].frames < getattr(self._record, view).frames
            for view in self._base
        )

    def _view(self, view: View, tallies: Mapping[View, ViewTally]) -> ViewRecord:
        base, tally = self._base[view], tallies.get(view)
        if tally is None:
            return base
        status = max(base.status, tally.status, key=_WORST_LAST.index)
        return ViewRecord(status=status, frames=base.frames + tally.frames, bars=max(base.bars, tally.bars))

    def _flag(self, flag: Flag, now_ns: int) -> FlagRecord | None:
        number = self.number_of(flag)
        self._firsts[flag.number] = flag.first_scan_index
        known = self._flags.get(number)
        best_ns = flag.best.scan.frame.captured_ns
        if known is None:
            fresh = FlagRecord(
                number=number, fetus=self._record.label, view=flag.view, first_ns=now_ns, last_ns=now_ns,
                best_ns=best_ns, peak=flag.peak, open=flag.open,
            )  # fmt: skip
        elif (known.best_ns, known.peak, known.open) == (best_ns, flag.peak, flag.open):
            if not flag.open:
                return None
            self._flags[number] = known.model_copy(update={"last_ns": now_ns})
            return None
        else:
            last_ns = now_ns if flag.open or known.open else known.last_ns
            fresh = known.model_copy(
                update={"best_ns": best_ns, "peak": flag.peak, "open": flag.open, "last_ns": last_ns}
            )
        self._flags[number] = fresh
        return fresh
