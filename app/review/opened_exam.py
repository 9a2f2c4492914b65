"""An exam as review shows it: read whole in another thread, then asked by frame. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.kept import KeptFrame
from app.panels.timeline_data import STATUS_CODES, VIEW_CODES, Codes, Floats, Mark
from app.review.judging import flag_name
from app.session.errors import SessionError
from app.session.exam import Exam, FetusRecord, FlagRecord, KeptPicture
from app.session.playback import ExamVideo
from app.session.reader import ExamReader, KeptOnDisk
from app.session.table import COUNTED, REASONS, STATUSES, VIEWS
from app.session.writer import FETUSES
from capture.frame import Pixels, make_frame
from capture.geometry import Box, Region
from capture.scan import Scan, Signal
from inference.evidence_types import Evidence, Reason, Status, Verdict, ViewTally
from inference.prediction import Placement, Prediction, View

NEAR_NS = 1_500_000_000
"""A frame so near to a flag is looked at because of that flag."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Columns for the timeline, one entry a frame that has a prediction."""

    frames: NDArray[np.int64]
    instant: Floats
    smoothed: Floats
    view: Codes
    status: Codes


class OpenedExam:
    """Everything of one exam but the pixels of its video."""

    def __init__(self, reader: ExamReader, exam: Exam | None = None) -> None:
        """Read it; takes as long as the disk does.

        Args:
            reader: of the exam.
            exam: as it is now, where it was added to since.
        """
        self.reader, self.exam = reader, exam or reader.exam
        self.rows, self._of = reader.prediction_rows(), reader.predictions_of_frames()
        self.captured_ns = reader.frames()["captured_ns"].astype(np.int64)
        self.fetus_of = reader.frames()["fetus"]
        self.video: ExamVideo = reader.source()
        self.kept_on_disk = reader.kept()
        self.kept: tuple[KeptFrame, ...] = ()

    def read_pictures(self) -> None:
        """Bring the kept pictures into memory; a damaged one is left out."""
        order = {"flag": 0, "hand": 1, "best": 2}
        found = []
        for kept in sorted(self.kept_on_disk, key=lambda one: (order[one.facts.kind], one.facts.rank)):
            try:
                made = _kept_frame(kept)
            except SessionError:
                continue
            if made is not None:
                found.append(made)
        self.kept = tuple(found)

    def kept_of(self, fetus: str) -> tuple[KeptFrame, ...]:
        """The kept pictures of one fetus."""
        own = {kept.facts.key for kept in self.kept_on_disk if kept.facts.fetus == fetus}
        return tuple(frame for frame in self.kept if frame.key in own)

    @property
    def regions(self) -> Mapping[tuple[int, int], Region]:
        """Where the scan lies in frames of each size (width, height)."""
        found: dict[tuple[int, int], Region] = {}
        segments = self.reader.frames()["segment"]
        for number in np.unique(segments):
            region = self.video.region(int(np.argmax(segments == number)))
            found.setdefault((region.frame_width, region.frame_height), region)
        return found

    def region_for(self, pixels: Pixels) -> Region | None:
        """What was scanned in a frame of this size; asked by the region thread."""
        return self.regions.get((pixels.shape[1], pixels.shape[0]))

    @property
    def whole_region(self) -> Region | None:
        """The one region of all frames, to be in force from the first; None where there are several."""
        found = list(self.regions.values())
        return replace(found[0], origin="manual") if len(found) == 1 else None

    # By frame ----------------------------------------------------------------------------------------------

    def scores(self) -> Scores:
        frames = np.flatnonzero(self._of >= 0)
        rows = self.rows[self._of[frames]]
        counted = (rows["flags"] & COUNTED) != 0
        views = np.array([VIEW_CODES[view] for view in VIEWS], np.int8)
        statuses = np.array([STATUS_CODES[status] for status in STATUSES], np.int8)
        return Scores(
            frames,
            np.where(counted, rows["cleft"], np.nan).astype(np.float32),
            np.where(counted, rows["smoothed"], np.nan).astype(np.float32),
            views[rows["in_view"]],
            statuses[rows["status"]],
        )

    def evidence_at(self, index: int) -> Evidence | None:
        """What the window said when this frame was scanned, with the views and the verdict of the whole exam.

        None where the exam has no such frame.
        """
        at = self._row_at(index)
        if at is None:
            return None
        record = self.record_at(index)
        if at < 0:
            return Evidence(
                status=Status.NOT_ASSESSED, reason=Reason.WARMING_UP, view="other", quality=0.0, instant=None,
                smoothed=None, hits=0, window=0, tallies={} if record is None else _tallies(record), flags=(),
                verdict=Verdict.NOT_ASSESSED if record is None else record.verdict, scan_index=-1,
            )  # fmt: skip
        row = self.rows[at]
        quality, smoothed = float(row["quality"]), float(row["smoothed"])
        return Evidence(
            status=STATUSES[row["status"]], reason=REASONS[row["reason"]], view=VIEWS[row["in_view"]],
            quality=0.0 if np.isnan(quality) else quality,
            instant=float(row["cleft"]) if row["flags"] & COUNTED else None,
            smoothed=None if np.isnan(smoothed) else smoothed, hits=int(row["hits"]), window=0,
            tallies={} if record is None else _tallies(record), flags=(),
            verdict=Verdict.NOT_ASSESSED if record is None else record.verdict,
            scan_index=int(row["scan_index"]),
        )  # fmt: skip

    def _row_at(self, index: int) -> int | None:
        """The prediction that stood when a frame was scanned; -1 where none came before it."""
        if not 0 <= index < len(self._of):
            return None
        at = int(self._of[index])
        if at >= 0:
            return at
        return int(np.searchsorted(self.rows["captured_ns"], self.captured_ns[index], side="right")) - 1

    def fetus_at(self, index: int) -> str:
        if not 0 <= index < len(self.fetus_of):
            return self.exam.fetuses[0]
        return FETUSES[int(self.fetus_of[index])]

    def record_at(self, index: int) -> FetusRecord | None:
        return self.exam.verdicts.get(self.fetus_at(index))

    def flag_at(self, index: int) -> FlagRecord | None:
        """The flag that a frame belongs to; else the nearest one, where the exam has any.

        Where several are open at a time it is that of the frame's own fetus and view, or that with its best
        picture nearest.
        """
        if not self.exam.flags or not len(self.captured_ns):
            return None
        now_ns = int(self.captured_ns[min(max(index, 0), len(self.captured_ns) - 1)])

        at, fetus = self._row_at(index), self.fetus_at(index)
        view = None if at is None or at < 0 else VIEWS[self.rows[at]["in_view"]]

        def away(flag: FlagRecord) -> tuple[int, bool, bool, int]:
            gap_ns = max(flag.first_ns - NEAR_NS - now_ns, now_ns - flag.last_ns - NEAR_NS, 0)
            return gap_ns, flag.fetus != fetus, flag.view != view, abs(flag.best_ns - now_ns)

        return min(self.exam.flags, key=away)

    def flag_frames(self) -> list[int]:
        """Where each flag's best picture is, in order."""
        return sorted(self.frame_at(flag.best_ns) for flag in self.exam.flags)

    def frame_at(self, captured_ns: int) -> int:
        """The frame nearest to a moment."""
        after = int(np.searchsorted(self.captured_ns, captured_ns))
        near = [at for at in (after - 1, after) if 0 <= at < len(self.captured_ns)]
        return min(near, key=lambda at: abs(int(self.captured_ns[at]) - captured_ns)) if near else 0

    def marks(self, times_s: tuple[float, ...]) -> tuple[Mark, ...]:
        """Flags and frames kept by hand, at their media time."""
        if not len(self.captured_ns):
            return ()
        made = [
            Mark(times_s[self.frame_at(flag.best_ns)], True, flag_name(self.exam, flag))
            for flag in self.exam.flags
        ]
        by_hand = (kept for kept in self.exam.kept if kept.kind == "hand")
        return (*made, *(Mark(times_s[self.frame_at(kept.captured_ns)], False) for kept in by_hand))

    def ticks_px(self, index: int) -> float | None:
        """Distance of the depth marks beside the scan when the frame was scanned, in its pixels."""
        return self.video.ticks_px(index) if 0 <= index < len(self.captured_ns) else None

    def mm_per_px(self, index: int) -> tuple[float, str] | None:
        """The scale of a frame and where it comes from; None where nothing tells it."""
        if not 0 <= index < len(self.captured_ns):
            return None
        region = self.video.region(index)
        return None if region.mm_per_px is None else (region.mm_per_px, region.mm_per_px_from or "")


def _tallies(record: FetusRecord) -> dict[View, ViewTally]:
    return {
        "lip": ViewTally("lip", record.lip.frames, record.lip.bars, record.lip.status, None),
        "palate": ViewTally("palate", record.palate.frames, record.palate.bars, record.palate.status, None),
    }


def _kept_frame(kept: KeptOnDisk) -> KeptFrame | None:
    pixels = kept.pixels()
    if pixels is None:
        return None
    facts: KeptPicture = kept.facts
    pixels.flags.writeable = False
    height, width = pixels.shape[:2]
    region = Region(Box(0, 0, width, height), width, height, origin="found")
    scan = Scan(make_frame(0, facts.captured_ns, pixels), region, 0, False, Signal.MOVING)
    prediction = None
    if facts.score is not None or facts.quality is not None:
        heat = kept.heatmap()
        where = Placement(0, 0, width, height) if heat is None else heat.placement
        prediction = Prediction(
            scan, facts.score or 0.0, {facts.view: 1.0}, facts.view, 1.0, facts.quality,
            None if heat is None else heat.values, where, facts.captured_ns, facts.captured_ns,
        )  # fmt: skip
    return KeptFrame(facts.key, facts.kind, scan, prediction, facts.status, facts.view, facts.rank)
