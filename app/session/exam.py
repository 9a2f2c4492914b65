"""What is known of one exam: a frozen snapshot, the same in memory, in `exam.json` and out of the journal.

`docs/session-format.md` explains every key. A field may be added with a default; what one means never changes
within a version of `FORMAT`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.session.sector import cropped_region, region_from
from inference.evidence_types import Status, Verdict
from inference.prediction import View

FORMAT: Literal["philtrum-exam/1"] = "philtrum-exam/1"
LATEST_S = 4e9
"""A clock that says more, in seconds since the epoch (the year 2096), is broken."""
AGE_WEEKS = (18.0, 28.0)
"""Gestational age for which nose, lips and alveolar ridge are judged on these views."""


def _time(text: str) -> str:
    datetime.fromisoformat(text).astimezone(UTC)  # ValueError and OverflowError tell what is none
    return text


Nanoseconds = Annotated[int, Field(ge=0, le=2**62)]
"""Of the capture clock."""
Time = Annotated[str, AfterValidator(_time)]
"""UTC, ISO 8601."""
Reading = Literal["concurrent", "second-reader"]
Call = Literal["cleft", "no_cleft", "unsure"]
KeptKind = Literal["flag", "hand", "best"]


class Part(BaseModel):
    """Keys of later program versions are kept as they are, so that nothing is lost on the way through."""

    model_config = ConfigDict(frozen=True, extra="allow")


class ModelUsed(Part):
    """The model that answered, and on what it ran."""

    name: str
    version: str
    sha256: str
    synthetic: bool
    provider: str
    precision: str
    fallbacks: tuple[str, ...] = ()


class ViewRecord(Part):
    """What was shown of one view of one fetus."""

    status: Status = Status.NOT_ASSESSED
    frames: int = 0
    """Distinct pictures in this view with enough quality."""
    bars: int = 0
    """0 to 5 for the checklist."""


class FetusRecord(Part):
    """Per fetus: the checklist's two views, the verdict, and when both were complete."""

    label: str
    lip: ViewRecord = ViewRecord()
    palate: ViewRecord = ViewRecord()
    verdict: Verdict = Verdict.NOT_ASSESSED
    complete_s: float | None = None
    """Seconds from the start of the exam until both views had been shown; None while one is missing."""
    mean_score: float | None = None
    """Over the pictures that counted."""
    mean_quality: float | None = None
    counted: int = 0


class FlagRecord(Part):
    """A latched finding."""

    number: int
    fetus: str
    view: View
    first_ns: Nanoseconds
    """`captured_ns` of the picture at which it was latched."""
    last_ns: Nanoseconds
    best_ns: Nanoseconds
    peak: float
    """Highest smoothed score."""
    open: bool


class KeptPicture(Part):
    """A picture of `kept/`: masked, without anything drawn on it, and its heat-map beside it."""

    key: str
    """'flag:A:2', 'hand:5', 'best:A:lip:1': stable within the exam."""
    kind: KeptKind
    fetus: str
    view: View
    status: Status
    captured_ns: Nanoseconds
    at: Time
    """When it was captured."""
    score: float | None = None
    quality: float | None = None
    file: str | None = Field(default=None, pattern=r"^kept/[A-Za-z0-9-]+\.png$")
    """Below the exam's folder; None where there was no scan sector and so nothing that may be stored."""
    heatmap: str | None = Field(default=None, pattern=r"^kept/[A-Za-z0-9-]+\.npz$")
    """The .npz beside it: `heatmap` float16 (h, w) in [0, 1] over `placement` (x0, y0, width, height) in
    pixels of the picture."""
    rank: int = 1
    """Among the best of its view, from 1."""


class Clip(Part):
    """A stretch of the recording worth finding again: +-1 s round a flag or a kept picture."""

    number: int
    fetus: str
    why: str
    """'flag:A:2' or the key of a kept picture."""
    from_ns: Nanoseconds
    to_ns: Nanoseconds


class Note(Part):
    at: str
    who: str
    text: str
    captured_ns: Nanoseconds | None = None
    """The picture it is about; None for the exam as a whole."""


class Override(Part):
    """A person's word on a flag."""

    at: str
    who: str
    fetus: str
    flag: int
    call: Literal["agree", "disagree", "unsure"]
    comment: str = ""
    side: str = ""
    kind: str = ""


class Segment(Part):
    """One file of `video/`."""

    number: int = Field(ge=1, le=65_535)
    file: str = Field(pattern=r"^video/[0-9]{3,5}\.mkv$")
    codec: str
    width: int
    height: int
    colour: bool
    lossless: bool
    first_ns: Nanoseconds
    """`captured_ns` of its first frame; the file's own times count from here, in ms."""
    region: dict[str, Any]
    """Where the scan lay in the source's frames: `region_words`."""
    mm_per_px: float | None = None
    ticks_px: float | None = None
    """Distance of the depth marks that stood beside the scan, where no scale was known."""
    frames: int | None = None
    """None while it is being written, and after a kill."""
    starts_clip: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        region = cropped_region(region_from(self.region))
        if not region.fits(self.width, self.height):
            raise ValueError("expected a region of the pictures' size")
        return self


class Read(Part):
    """One reader's call in a second-reader review."""

    who: str
    fetus: str
    own: Call
    own_confidence: int = Field(ge=0, le=100)
    own_at: str
    own_seconds: float
    """From the moment the exam was shown to the own call."""
    ai_seen: bool = False
    """What the AI found had been on the screen before the own call was given."""
    revealed_at: str | None = None
    final: Call | None = None
    final_confidence: int | None = Field(default=None, ge=0, le=100)
    final_at: str | None = None
    comment: str = ""

    @property
    def changed(self) -> bool:
        """Whether the call is another one after the AI was revealed."""
        return self.final is not None and self.final != self.own


class Answer(Part):
    """An expert's answer to a second look."""

    at: str
    who: str
    fetus: str
    call: Call
    confidence: int | None = Field(default=None, ge=0, le=100)
    comment: str = ""


class Counts(Part):
    """What became of every frame that was offered for recording: `offered` is the sum of the others."""

    offered: int = 0
    stored: int = 0
    repeats: int = 0
    """The same picture as the frame before: its time is in the gap, its pixels are there once."""
    unwanted: int = 0
    """Outside the clips, or while recording was off."""
    no_sector: int = 0
    """No scan sector was known, so nothing of them may be stored."""
    lost: int = 0
    """The encoder or the disk was too slow."""
    stopped: int = 0
    """After recording had stopped for want of room or a broken disk."""
    bytes: int = 0


class Anchor(Part):
    """How far the audit log went when this was written."""

    lines: int = 0
    sha256: str = ""


class Exam(Part):
    """A snapshot."""

    format: Literal["philtrum-exam/1"] = FORMAT
    id: str
    started: Time
    started_ns: Nanoseconds
    """The capture clock (`captured_ns`) at that moment."""
    ended: Time | None = None
    state: Literal["open", "closed"] = "open"
    gestational_age_weeks: float | None = None
    fetuses: tuple[str, ...] = ("A",)
    operator: str = ""
    preset: str = ""
    reading: Reading = "concurrent"
    model: ModelUsed | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    software: str = ""
    verdicts: dict[str, FetusRecord] = Field(default_factory=dict)
    flags: tuple[FlagRecord, ...] = ()
    kept: tuple[KeptPicture, ...] = ()
    clips: tuple[Clip, ...] = ()
    notes: tuple[Note, ...] = ()
    overrides: tuple[Override, ...] = ()
    segments: tuple[Segment, ...] = ()
    reads: tuple[Read, ...] = ()
    answers: tuple[Answer, ...] = ()
    troubles: tuple[str, ...] = ()
    counts: Counts = Counts()
    audit: Anchor = Anchor()

    def at(self, captured_ns: int) -> datetime:
        """The wall-clock time, UTC, at which a frame was captured."""
        return datetime.fromtimestamp(min(max(wall_us(self, captured_ns) / 1e6, 0.0), LATEST_S), UTC)

    def seconds(self, captured_ns: int) -> float:
        """From the start of the exam."""
        return (captured_ns - self.started_ns) / 1e9


def wall_us(exam: Exam, captured_ns: int) -> int:
    """Microseconds since the epoch at which a frame was captured."""
    started_us = round(datetime.fromisoformat(exam.started).timestamp() * 1e6)
    return started_us + (captured_ns - exam.started_ns) // 1000


def utc(seconds: float) -> str:
    """ISO 8601 with milliseconds, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def age_warning(weeks: float | None) -> str | None:
    """A sentence where the gestational age is outside of what the views are judged at; else None."""
    if weeks is None or AGE_WEEKS[0] <= weeks <= AGE_WEEKS[1]:
        return None
    low, high = AGE_WEEKS
    return f"{weeks:g} weeks is outside {low:g} to {high:g} weeks: scores are not to be relied on"
