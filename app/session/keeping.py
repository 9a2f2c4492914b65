"""Which pictures of a live exam are kept: by hand, with a flag, and the best of each view."""

from __future__ import annotations

from app.session.best import PER_VIEW, BestPictures, Ranked
from app.session.disk import Forget
from app.session.exam import KeptKind, KeptPicture, utc, wall_us
from app.session.ledger import Ledger
from app.session.pictures import Picture, file_name
from capture.scan import Scan
from inference.evidence_types import Evidence, Status
from inference.prediction import Prediction, View


class KeptPictures:
    """Each call is made with the ledger's lock held."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._best: dict[str, BestPictures] = {}
        self._fresh: dict[str, tuple[Ranked, Status]] = {}
        """Best pictures that are not on disk yet, by key; all of one fetus."""
        self._hand = 0

    def ranked(self, fetus: str, view: View) -> tuple[Ranked, ...]:
        """The best pictures of a view, best first."""
        return self._of(fetus).ranked(view)

    def consider(self, fetus: str, prediction: Prediction, evidence: Evidence) -> None:
        """Take a picture among the best if it belongs there; `settle` writes it."""
        better = self._of(fetus).consider(prediction, evidence)
        if better is not None:
            self._fresh[f"best:{fetus}:{evidence.view}:{better.slot}"] = (better, evidence.status)

    def settle(self, fetus: str) -> None:
        """Write the newest best pictures of a fetus."""
        fresh, self._fresh = self._fresh, {}
        for key, (ranked, status) in fresh.items():
            self.keep(key, "best", fetus, ranked.prediction.scan, ranked.prediction, status, ranked.view)
        if fresh:
            self._rank(fetus)

    def by_hand(
        self, fetus: str, scan: Scan, prediction: Prediction | None, status: Status
    ) -> tuple[str, bool]:
        """Keep a picture by hand; its key, and whether it is new.

        One that was kept before gets the prediction that came meanwhile.
        """
        captured_ns = scan.frame.captured_ns
        same = (k for k in self._ledger.exam.kept if k.kind == "hand" and k.captured_ns == captured_ns)
        known = next(same, None)
        if known is None:
            self._hand += 1
        key = f"hand:{self._hand}" if known is None else known.key
        self.keep(key, "hand", fetus if known is None else known.fetus, scan, prediction, status)
        return key, known is None

    def keep(
        self,
        key: str,
        kind: KeptKind,
        fetus: str,
        scan: Scan,
        prediction: Prediction | None,
        status: Status,
        view: View | None = None,
    ) -> None:
        """Keep a picture under a key; one that had it makes way.

        Args:
            key: as in `KeptPicture`.
            kind: why.
            fetus: whose.
            scan: the picture; noted without its pixels where no sector is known.
            prediction: of it, if there is one.
            status: of the evidence at that moment.
            view: None for the one that the prediction says.
        """
        exam = self._ledger.exam
        captured_ns = scan.frame.captured_ns
        name = file_name(key, exam.seconds(captured_ns))
        stored = scan.region.origin != "whole"  # nothing outside the scan is ever stored
        heat = stored and prediction is not None and prediction.heatmap is not None
        seen = view or ("other" if prediction is None else prediction.view)
        kept = KeptPicture(
            key=key, kind=kind, fetus=fetus, view=seen, status=status, captured_ns=captured_ns,
            at=utc(wall_us(exam, captured_ns) / 1e6),
            score=None if prediction is None or seen == "other" else prediction.cleft,
            quality=None if prediction is None else prediction.quality,
            file=f"kept/{name}.png" if stored else None, heatmap=f"kept/{name}.npz" if heat else None,
        )  # fmt: skip
        before = next((old for old in exam.kept if old.key == key), None)
        if stored:
            self._ledger.put(Picture(name, scan, prediction))
        self._ledger.tell("kept", kept.model_dump(mode="json"), audited=kind == "hand")
        if before is not None and before.file is not None and before.file != kept.file:
            self._ledger.put(Forget((before.file, before.heatmap)))

    def _of(self, fetus: str) -> BestPictures:
        return self._best.setdefault(fetus, BestPictures())

    def _rank(self, fetus: str) -> None:
        for view in ("lip", "palate"):
            for rank, one in enumerate(self.ranked(fetus, view), 1):
                key = f"best:{fetus}:{view}:{one.slot}"
                known = next((kept for kept in self._ledger.exam.kept if kept.key == key), None)
                if known is not None and known.rank != rank and rank <= PER_VIEW:
                    told = known.model_copy(update={"rank": rank}).model_dump(mode="json")
                    self._ledger.tell("kept", told, audited=False)
