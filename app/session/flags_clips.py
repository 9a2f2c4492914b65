"""Flags of a live exam, and the clips round them and round pictures kept by hand."""

from __future__ import annotations

from collections.abc import Callable

from app.session.exam import Clip, FlagRecord
from app.session.fetus import FetusTracker
from app.session.keeping import KeptPictures
from app.session.ledger import Ledger
from inference.evidence_types import Evidence, Flag, Status
from inference.prediction import Prediction


class FlagsAndClips:
    """Each call is made with the ledger's lock held.

    Args:
        ledger: what is told goes there.
        pictures: keeps a flag's best picture.
        around_ns: of a clip, before and after its moment.
        mark: asks the recorder for a clip round a capture time.
    """

    def __init__(
        self, ledger: Ledger, pictures: KeptPictures, around_ns: int, mark: Callable[[int], None]
    ) -> None:
        self._ledger = ledger
        self._pictures = pictures
        self._around_ns = around_ns
        self._mark = mark
        self._best: dict[int, Prediction] = {}
        """Of open flags by number, the best picture; all of one fetus."""
        self._clips: dict[str, Clip] = {}

    def follow(self, tracker: FetusTracker, record: FlagRecord, evidence: Evidence) -> None:
        """A flag is told at once when it is latched or ends; how it goes on, with `settle`."""
        flag = next(flag for flag in evidence.flags if tracker.number_of(flag) == record.number)
        known = self._known(record)
        if record.open:
            self._best[record.number] = flag.best
        else:
            self._best.pop(record.number, None)
        if known is None or known.open != record.open:
            self._tell(record, flag.best)

    def by_hand(self, fetus: str, flag: Flag) -> None:
        """A finding latched by hand or by something beside the evidence reader."""
        best_ns = flag.best.scan.frame.captured_ns
        number = max((f.number for f in self._ledger.exam.flags if f.fetus == fetus), default=0) + 1
        record = FlagRecord(
            number=number, fetus=fetus, view=flag.view, first_ns=best_ns, last_ns=best_ns, best_ns=best_ns,
            peak=flag.peak, open=False,
        )  # fmt: skip
        self._tell(record, flag.best)

    def settle(self, tracker: FetusTracker) -> None:
        """Write how a fetus' open flags have gone on."""
        for record in tracker.flags:
            best = self._best.get(record.number)
            if best is not None and record != self._known(record):
                self._tell(record, best)
            if not record.open:
                self._best.pop(record.number, None)

    def leave(self) -> None:
        """Another fetus follows: no flag of this one goes on."""
        self._best.clear()

    def clip(self, why: str, fetus: str, from_ns: int, to_ns: int) -> None:
        """Ask for a clip round a stretch, or make the one of the same reason longer.

        Args:
            why: key of a flag or of a kept picture.
            fetus: whose.
            from_ns: capture time of its first moment.
            to_ns: of its last one.
        """
        known = self._clips.get(why)
        number = len(self._clips) + 1 if known is None else known.number
        start = max(self._ledger.exam.started_ns, from_ns - self._around_ns)
        clip = Clip(number=number, fetus=fetus, why=why, from_ns=start, to_ns=to_ns + self._around_ns)
        if clip != known:
            self._clips[why] = clip
            self._mark(from_ns)
            self._mark(to_ns)
            self._ledger.tell("clip", clip.model_dump(mode="json"))

    def _known(self, record: FlagRecord) -> FlagRecord | None:
        same = (f for f in self._ledger.exam.flags if (f.fetus, f.number) == (record.fetus, record.number))
        return next(same, None)

    def _tell(self, record: FlagRecord, best: Prediction) -> None:
        key = f"flag:{record.fetus}:{record.number}"
        before = self._known(record)
        turned = before is None or before.open != record.open
        self._ledger.tell("flag", record.model_dump(mode="json"), audited=turned)
        if before is None or before.best_ns != record.best_ns:
            self._pictures.keep(key, "flag", record.fetus, best.scan, best, Status.FLAG, record.view)
        self.clip(key, record.fetus, record.first_ns, record.last_ns)
