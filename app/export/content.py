"""Everything a report shows of one exam, and nothing of how it looks. Frozen; `from_exam` makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.session.exam import Answer, Call, Note, Override, Read, Reading
from app.session.pictures import Heatmap
from capture.frame import Pixels
from capture.geometry import Region
from inference.evidence_types import Status, Verdict
from inference.manifest import OperatingPoints
from inference.prediction import View


@dataclass(frozen=True, slots=True, eq=False)
class ReportPicture:
    """A kept picture: the scan alone, as it was, and how the model saw it."""

    key: str
    """'best:A:lip:1', as in the exam."""
    fetus: str
    view: View
    status: Status
    seconds: float
    """From the start of the exam."""
    score: float | None
    """The model's score of this picture, [0, 1]."""
    quality: float | None
    """Of the plane, [0, 1]."""
    rank: int
    raw: Pixels
    """uint8 (h, w) or (h, w, 3) RGB, black outside the scan."""
    region: Region
    """Where the scan lies in it."""
    heatmap: Heatmap | None
    captured_ns: int
    """On the exam's clock."""

    @property
    def mm_per_px(self) -> float | None:
        return self.region.mm_per_px


@dataclass(frozen=True, slots=True, eq=False)
class ViewShown:
    """One of the two views of one fetus."""

    view: View
    status: Status
    frames: int
    """Distinct pictures that counted."""
    peak: float | None
    """The highest smoothed score that was evidence, [0, 1]."""
    pictures: tuple[ReportPicture, ...]
    """Best first."""

    @property
    def shown(self) -> bool:
        """Well enough to be judged."""
        return self.status in (Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG)


@dataclass(frozen=True, slots=True, eq=False)
class FlagShown:
    """A finding with what people said of it."""

    number: int
    view: View
    seconds: float
    """From the start of the exam to its first picture."""
    peak: float
    """Highest smoothed score."""
    picture: ReportPicture | None
    overrides: tuple[Override, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FetusReport:
    label: str
    verdict: Verdict
    complete_s: float | None
    """Seconds until both views had been shown."""
    views: tuple[ViewShown, ...]
    """Lip, then palate."""
    flags: tuple[FlagShown, ...]
    kept: tuple[ReportPicture, ...]
    """Kept by hand."""
    reads: tuple[Read, ...]
    answers: tuple[Answer, ...]

    @property
    def missing(self) -> tuple[View, ...]:
        """Views that were not shown well enough to be judged."""
        return tuple(view.view for view in self.views if not view.shown)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The model card's short form; what the manifest says stays empty where that is not at hand."""

    name: str
    version: str
    sha256: str
    synthetic: bool
    provider: str
    precision: str
    fallbacks: tuple[str, ...] = ()
    points: OperatingPoints | None = None
    heat_threshold: float = 0.5
    description: str = ""
    license: str = ""
    training_data: str = ""
    intended_use: str = ""
    limits: tuple[str, ...] = ()
    known: bool = True
    """The manifest was at hand."""


@dataclass(frozen=True, slots=True, eq=False)
class ReportContent:
    exam: str
    """The exam's name, or its alias outside."""
    started: str
    """UTC, ISO 8601; empty where dates are left out."""
    ended: str
    minutes: float | None
    closed: bool
    age_weeks: float | None
    age_outside: bool
    operator: str
    preset: str
    reading: Reading
    fetuses: tuple[FetusReport, ...]
    notes: tuple[Note, ...]
    model: ModelCard | None
    software: str
    troubles: tuple[str, ...]
    frames: int
    """Recorded."""
    lost: int
    """Not recorded because something was too slow."""
    made: str
    """When this report was made, UTC; empty where dates are left out."""
    deidentified: bool = False

    @property
    def synthetic(self) -> bool:
        return self.model is not None and self.model.synthetic

    def without_people(self, alias: str) -> ReportContent:
        """The same for outsiders: no dates, no operator, no free text, readers by number."""
        people: dict[str, str] = {}

        def number(who: str) -> str:
            return people.setdefault(who, f"{len(people) + 1}")

        def fetus(one: FetusReport) -> FetusReport:
            return replace(
                one,
                flags=tuple(replace(f, overrides=tuple(bare(o) for o in f.overrides)) for f in one.flags),
                reads=tuple(
                    read.model_copy(
                        update={"who": number(read.who), "own_at": "", "revealed_at": None,
                                "final_at": None, "comment": ""}
                    )
                    for read in one.reads
                ),
                answers=tuple(
                    a.model_copy(update={"at": "", "who": number(a.who), "comment": ""}) for a in one.answers
                ),
            )  # fmt: skip

        def bare(one: Override) -> Override:
            return one.model_copy(update={"at": "", "who": number(one.who), "comment": "", "side": _side(one),
                                          "kind": ""})  # fmt: skip

        return replace(
            self, exam=alias, started="", ended="", made="", operator="", preset="", notes=(), troubles=(),
            fetuses=tuple(fetus(one) for one in self.fetuses), deidentified=True,
        )  # fmt: skip


def _side(one: Override) -> str:
    """Sides are words of a list; anything else was typed."""
    return one.side if one.side in ("left", "right", "both", "median", "") else ""


def call_of(read: Read) -> Call:
    """A reader's last word."""
    return read.own if read.final is None else read.final
