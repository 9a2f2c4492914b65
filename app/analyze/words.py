"""The English words of files and films. `app.words` has them for the window, with Qt's translations;
a test keeps the two the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from capture.scan import Signal
from inference.evidence_types import BARS, Evidence, Reason, Status, Verdict, ViewTally
from inference.prediction import View

STANDING = (
    "Research and training use. Not a medical device, not a diagnosis. Isolated cleft palate is not excluded."
)
SYNTHETIC = "trained on a synthetic phantom"

STATUS: Mapping[Status, str] = {
    Status.NOT_ASSESSED: "Not assessed",
    Status.SEARCHING: "Searching",
    Status.GATHERING: "Gathering",
    Status.NO_SIGN: "No sign in this view",
    Status.LOOK_AGAIN: "Look again",
    Status.FLAG: "Flag",
}

REASON: Mapping[Reason, str] = {
    Reason.AI_OFF: "AI is off",
    Reason.AI_FAILED: "AI has failed; the picture goes on",
    Reason.SELF_TEST_FAILED: "AI stays off: its self-test failed",
    Reason.WARMING_UP: "AI is warming up",
    Reason.NO_SIGNAL: "no signal",
    Reason.FROZEN: "picture frozen; not counting",
    Reason.NO_SECTOR: "no scan sector found; the whole picture is used",
    Reason.NOT_A_VIEW: "not a lip or palate view",
    Reason.UNSURE_VIEW: "view not clear",
    Reason.POOR_PLANE: "poor plane",
    Reason.TOO_FEW_FRAMES: "hold this plane a moment",
    Reason.STEADY_LOW: "steadily low on the last frames",
    Reason.SOME_HITS: "some frames above the look-again point",
    Reason.MANY_HITS: "most frames above the look-again point",
}

VERDICT: Mapping[Verdict, str] = {
    Verdict.NOT_ASSESSED: "Fetus: not assessed yet",
    Verdict.LIP_MISSING: "Fetus: incomplete, lip view missing",
    Verdict.PALATE_MISSING: "Fetus: incomplete, palate view missing",
    Verdict.LIP_SUSPECT_ALONE: "Fetus: lip view suspect, palate view missing; ask an expert",
    Verdict.PALATE_SUSPECT_ALONE: "Fetus: palate view suspect, lip view missing; ask an expert",
    Verdict.SUSPECT_LIP: "Fetus: lip view suspect, palate view without a sign; ask an expert",
    Verdict.SUSPECT_BOTH: "Fetus: lip and palate views suspect; ask an expert",
    Verdict.DISCORDANT: "Fetus: palate view suspect, lip view without a sign; ask an expert",
    Verdict.AMBIGUOUS: "Fetus: both views shown, not clear; ask an expert to look again",
    Verdict.NO_SIGN_SHOWN: "Fetus: no sign in the two views shown",
}

VIEW: Mapping[View, str] = {
    "lip": "lip view",
    "palate": "palate view",
    "other": "not a lip or palate view",
}

SIGNAL: Mapping[Signal, str] = {
    Signal.MOVING: "",
    Signal.FROZEN: "frozen",
    Signal.BLANK: "no signal",
}
"""What is said beside the frame number; nothing while the scan lives."""

WITHHELD = ("no scan found in this picture", "not stored: it may show a patient's name")


def plane_words(evidence: Evidence) -> str:
    """The view with the quality of its plane: 'Lip view · good plane'; empty outside the two views."""
    if evidence.view == "other" or evidence.status in (Status.NOT_ASSESSED, Status.SEARCHING):
        return ""
    plane = "good" if evidence.quality >= 0.7 else "fair" if evidence.quality >= 0.4 else "poor"
    name = VIEW[evidence.view]
    return f"{name[:1].upper()}{name[1:]} · {plane} plane"


def hits_words(evidence: Evidence) -> str:
    """What the state rests on, counted where there is something to count."""
    counted = evidence.status in (Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG)
    if not counted or evidence.window == 0:
        return REASON[evidence.reason]
    return f"above look-again on {evidence.hits} of the last {evidence.window} scans"


def tally_word(tally: ViewTally) -> str:
    """The state of one line of the checklist."""
    if tally.status is Status.NOT_ASSESSED:
        return "not seen yet"
    if tally.status is Status.NO_SIGN:
        return "no sign"
    if tally.status is Status.GATHERING and tally.bars < BARS:
        return f"gathering {tally.bars}/{BARS}"
    return STATUS[tally.status].lower()
