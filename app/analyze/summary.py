"""The schema of `summary.json`: what one recording came to.

`python -m app.analyze.summary` prints the JSON schema, as shipped in `resources/schemas/summary.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Final = "philtrum-summary/1"
MOST_REGIONS = 200
"""Changes of the region that are listed; a recording with more has its first ones."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SourcePart(_Part):
    """The recording itself."""

    name: str
    """File or folder name, without its path."""
    kind: str
    container: str | None
    codec: str | None
    width: int
    height: int
    frames_stated: int | None
    """What the file says of itself; `frames` of the summary is what was read."""
    duration_s: float | None
    """From the first to the last time stamp."""
    rotation_deg: int
    colour_range: str | None
    interlaced: bool
    bytes: int | None
    missing: str | None
    """What a damaged recording has lost, in words."""


class RatesPart(_Part):
    """Measured from time stamps, per second of the recording; null for fewer than two frames."""

    source_fps: float | None
    scan_hz: float | None
    """Distinct acoustic pictures."""


class CountsPart(_Part):
    """Where the frames went; `inferred` + `repeats` + `frozen` + `blank` = `frames`."""

    inferred: int
    """Run through the model."""
    repeats: int
    """Same acoustic picture as the frame before: a row, but not run twice."""
    frozen: int
    blank: int
    without_scan: int
    """Frames in which no scan was found: the whole picture was used, and no picture of them is stored."""


class RegionPart(_Part):
    """Where the scan lies, from some frame on."""

    from_frame: int
    x0: int
    y0: int
    x1: int
    y1: int
    frame_width: int
    frame_height: int
    origin: str
    """found, dicom, manual, preset or whole (none found)."""
    sector: str | None
    """convex, phased, linear, trapezoid; null where only the box is known."""
    mm_per_px: float | None


class ViewPart(_Part):
    """What was seen of one of the two views."""

    frames: int
    """Distinct acoustic pictures in this view, in a good plane."""
    bars: int = Field(ge=0, le=5)
    status: str
    best_frame: int | None
    best_s: float | None
    best_score: float | None
    """Model score of the best frame; not the probability of a cleft."""
    best_quality: float | None
    picture: str | None
    """File name of its key picture."""


class FlagPart(_Part):
    """A latched finding."""

    number: int
    view: str
    from_frame: int
    from_s: float | None
    to_frame: int
    to_s: float | None
    open_at_end: bool
    peak: float
    """Highest smoothed score."""
    best_frame: int
    best_s: float | None
    best_score: float
    picture: str | None


class PeakPart(_Part):
    """The frame with the highest score among those that count."""

    frame: int
    media_s: float | None
    score: float


class ModelPart(_Part):
    """What made the scores."""

    name: str
    version: str
    sha256: str
    precision: str
    provider: str
    synthetic: bool
    look_again: float
    flag: float
    release: float


class SettingsPart(_Part):
    """What was asked for."""

    region: str
    """auto, whole or x0,y0,x1,y1."""
    film: bool
    pictures: bool


class Summary(_Part):
    """One recording, in the end."""

    format: Literal["philtrum-summary/1"] = FORMAT
    statement: str
    synthetic_note: str | None
    """Said while the model was trained on a phantom."""
    software: str
    source: SourcePart
    frames: int
    """Rows: every frame of the recording."""
    counts: CountsPart
    rates: RatesPart
    region: RegionPart | None
    """Where the scan lay for most frames; null where none was found."""
    regions: tuple[RegionPart, ...]
    verdict: str
    verdict_words: str
    status_frames: Mapping[str, int]
    """Frames by status."""
    views: Mapping[str, ViewPart]
    best_frames: Mapping[str, int | None]
    """Frame numbers: the best of each view, and the highest score."""
    peak: PeakPart | None
    flags: tuple[FlagPart, ...]
    model: ModelPart
    settings: SettingsPart
    warnings: tuple[str, ...]
    files: tuple[str, ...]
    """Names of all files of this result but `run.json`."""
    source_key: str
    """Hash of where the source lay: whose result this is."""
    input_key: str
    """Hash of all that the result depends on: file, model, settings, program. Equal: nothing to do."""


def summary_text(summary: Summary) -> str:
    """As written: the same bytes for the same summary."""
    return json.dumps(summary.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def summary_schema() -> str:
    """The JSON schema of a summary."""
    return json.dumps(Summary.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(summary_schema(), end="")
