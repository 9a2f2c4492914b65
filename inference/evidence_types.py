"""What a run of predictions adds up to; made by `inference.evidence`, read by everything that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from inference.prediction import Prediction, View

BARS = 5
"""Of the checklist's line of a view. "No sign" is said of it once all are lit, never before."""


class Status(StrEnum):
    """The state shown in words, a shape and a colour. None of them means 'normal'."""

    NOT_ASSESSED = "not_assessed"
    """AI off, no signal, frozen, failed."""
    SEARCHING = "searching"
    """Not a lip or palate view."""
    GATHERING = "gathering"
    """In a view, too few good frames yet, now or of this view altogether."""
    NO_SIGN = "no_sign"
    """In a view that was seen enough, score below the look-again point. Never the same as normal."""
    LOOK_AGAIN = "look_again"
    """Score between the two operating points, or between enough and too few hits."""
    FLAG = "flag"
    """Score above the flag point on enough distinct frames."""


class Reason(StrEnum):
    """Why the status is what it is; the app puts it in words."""

    AI_OFF = "ai_off"
    AI_FAILED = "ai_failed"
    SELF_TEST_FAILED = "self_test_failed"
    WARMING_UP = "warming_up"
    NO_SIGNAL = "no_signal"
    FROZEN = "frozen"
    NO_SECTOR = "no_sector"
    NOT_A_VIEW = "not_a_view"
    UNSURE_VIEW = "unsure_view"
    POOR_PLANE = "poor_plane"
    TOO_FEW_FRAMES = "too_few_frames"
    STEADY_LOW = "steady_low"
    SOME_HITS = "some_hits"
    MANY_HITS = "many_hits"


class Verdict(StrEnum):
    """Per fetus, over both views (the safer of the published rules)."""

    NOT_ASSESSED = "not_assessed"
    LIP_MISSING = "lip_missing"
    PALATE_MISSING = "palate_missing"
    LIP_SUSPECT_ALONE = "lip_suspect_alone"
    """Lip view flagged, palate view missing."""
    PALATE_SUSPECT_ALONE = "palate_suspect_alone"
    """Palate view flagged, lip view missing."""
    SUSPECT_LIP = "suspect_lip"
    """Lip suspect, alveolus looks intact."""
    SUSPECT_BOTH = "suspect_both"
    DISCORDANT = "discordant"
    """Palate view suspect, lip view without a sign."""
    AMBIGUOUS = "ambiguous"
    """Both views shown, none flagged, one stayed between the operating points: a second look by an expert."""
    NO_SIGN_SHOWN = "no_sign_shown"
    """No sign in the two views shown; isolated cleft palate is not excluded."""


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """A latched finding, kept with the frame that shows it best."""

    number: int
    """From 1, in order."""
    view: View
    first_scan_index: int
    peak: float
    """Highest smoothed score in [0, 1]."""
    best: Prediction
    open: bool
    """Still above the release point."""


@dataclass(frozen=True, slots=True, eq=False)
class ViewTally:
    """What was seen of one of the two views."""

    view: View
    frames: int
    """Distinct acoustic pictures in this view with enough quality."""
    bars: int
    """0 to `BARS` for the checklist."""
    status: Status
    """NOT_ASSESSED until seen, GATHERING until all bars are lit or something was found; then NO_SIGN,
    LOOK_AGAIN or FLAG, the worst so far.
    """
    best: Prediction | None
    """The best frame of this view by plane quality."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A snapshot after one prediction."""

    status: Status
    reason: Reason
    view: View
    quality: float
    """Of the current plane, 0 to 1."""
    instant: float | None
    """Score of this frame, None where it does not count."""
    smoothed: float | None
    hits: int
    """Frames above the look-again point among the last `window` that count."""
    window: int
    tallies: Mapping[View, ViewTally]
    flags: tuple[Flag, ...]
    verdict: Verdict
    scan_index: int
    prediction: Prediction | None = None
    """The prediction this follows; None after a pause or a reset."""
