"""The words for every state: one place, so that window, sheet and film say the same."""

from __future__ import annotations

from collections.abc import Mapping

from app.language import QT_TRANSLATE_NOOP, translate
from inference.evidence_types import BARS, Evidence, Reason, Status, Verdict, ViewTally
from inference.prediction import View

STATUS: Mapping[Status, str] = {
    Status.NOT_ASSESSED: QT_TRANSLATE_NOOP("Words", "Not assessed"),
    Status.SEARCHING: QT_TRANSLATE_NOOP("Words", "Searching"),
    Status.GATHERING: QT_TRANSLATE_NOOP("Words", "Gathering"),
    Status.NO_SIGN: QT_TRANSLATE_NOOP("Words", "No sign in this view"),
    Status.LOOK_AGAIN: QT_TRANSLATE_NOOP("Words", "Look again"),
    Status.FLAG: QT_TRANSLATE_NOOP("Words", "Flag"),
}

REASON: Mapping[Reason, str] = {
    Reason.AI_OFF: QT_TRANSLATE_NOOP("Words", "AI is off"),
    Reason.AI_FAILED: QT_TRANSLATE_NOOP("Words", "AI has failed; the picture goes on"),
    Reason.SELF_TEST_FAILED: QT_TRANSLATE_NOOP("Words", "AI stays off: its self-test failed"),
    Reason.WARMING_UP: QT_TRANSLATE_NOOP("Words", "AI is warming up"),
    Reason.NO_SIGNAL: QT_TRANSLATE_NOOP("Words", "no signal"),
    Reason.FROZEN: QT_TRANSLATE_NOOP("Words", "picture frozen; not counting"),
    Reason.NO_SECTOR: QT_TRANSLATE_NOOP("Words", "no scan sector found; the whole picture is used"),
    Reason.NOT_A_VIEW: QT_TRANSLATE_NOOP("Words", "not a lip or palate view"),
    Reason.UNSURE_VIEW: QT_TRANSLATE_NOOP("Words", "view not clear"),
    Reason.POOR_PLANE: QT_TRANSLATE_NOOP("Words", "poor plane"),
    Reason.TOO_FEW_FRAMES: QT_TRANSLATE_NOOP("Words", "hold this plane a moment"),
    Reason.STEADY_LOW: QT_TRANSLATE_NOOP("Words", "steadily low on the last frames"),
    Reason.SOME_HITS: QT_TRANSLATE_NOOP("Words", "some frames above the look-again point"),
    Reason.MANY_HITS: QT_TRANSLATE_NOOP("Words", "most frames above the look-again point"),
}

VERDICT: Mapping[Verdict, str] = {
    Verdict.NOT_ASSESSED: QT_TRANSLATE_NOOP("Words", "Fetus: not assessed yet"),
    Verdict.LIP_MISSING: QT_TRANSLATE_NOOP("Words", "Fetus: incomplete, lip view missing"),
    Verdict.PALATE_MISSING: QT_TRANSLATE_NOOP("Words", "Fetus: incomplete, palate view missing"),
    Verdict.LIP_SUSPECT_ALONE: QT_TRANSLATE_NOOP(
        "Words", "Fetus: lip view suspect, palate view missing; ask an expert"
    ),
    Verdict.PALATE_SUSPECT_ALONE: QT_TRANSLATE_NOOP(
        "Words", "Fetus: palate view suspect, lip view missing; ask an expert"
    ),
    Verdict.SUSPECT_LIP: QT_TRANSLATE_NOOP(
        "Words", "Fetus: lip view suspect, palate view without a sign; ask an expert"
    ),
    Verdict.SUSPECT_BOTH: QT_TRANSLATE_NOOP("Words", "Fetus: lip and palate views suspect; ask an expert"),
    Verdict.DISCORDANT: QT_TRANSLATE_NOOP(
        "Words", "Fetus: palate view suspect, lip view without a sign; ask an expert"
    ),
    Verdict.AMBIGUOUS: QT_TRANSLATE_NOOP(
        "Words", "Fetus: both views shown, not clear; ask an expert to look again"
    ),
    Verdict.NO_SIGN_SHOWN: QT_TRANSLATE_NOOP("Words", "Fetus: no sign in the two views shown"),
}

VIEW: Mapping[View, str] = {
    "lip": QT_TRANSLATE_NOOP("Words", "lip view"),
    "palate": QT_TRANSLATE_NOOP("Words", "palate view"),
    "other": QT_TRANSLATE_NOOP("Words", "not a lip or palate view"),
}

VIEW_SHORT: Mapping[View, str] = {
    "lip": QT_TRANSLATE_NOOP("Words", "Lip"),
    "palate": QT_TRANSLATE_NOOP("Words", "Palate"),
    "other": QT_TRANSLATE_NOOP("Words", "searching"),
}

STANDING = QT_TRANSLATE_NOOP(
    "Words",
    "Research and training use. Not a medical device, not a diagnosis. "
    "Isolated cleft palate is not excluded.",
)
SYNTHETIC = QT_TRANSLATE_NOOP("Words", "trained on a synthetic phantom")


def word(english: str) -> str:
    """One of this module's texts in the window's language."""
    return translate("Words", english)


def status_word(status: Status) -> str:
    return word(STATUS[status])


def reason_sentence(reason: Reason) -> str:
    return word(REASON[reason])


def verdict_sentence(verdict: Verdict) -> str:
    return word(VERDICT[verdict])


def verdict_short(verdict: Verdict) -> str:
    """The same for lists, where the row or a letter says whose it is."""
    said = verdict_sentence(verdict)
    for colon in (": ", "："):
        said = said.partition(colon)[2] or said
    return said


def view_name(view: View) -> str:
    return word(VIEW[view])


def plane_words(evidence: Evidence) -> str:
    """The view with the quality of its plane: 'Lip view · good plane'."""
    if evidence.view == "other" or evidence.status in (Status.NOT_ASSESSED, Status.SEARCHING):
        return ""
    if evidence.quality >= 0.7:
        plane = translate("Words", "good plane")
    elif evidence.quality >= 0.4:
        plane = translate("Words", "fair plane")
    else:
        plane = translate("Words", "poor plane")
    name = view_name(evidence.view)
    return f"{name[:1].upper()}{name[1:]} · {plane}"


def hits_sentence(evidence: Evidence) -> str:
    """What the state rests on, counted in distinct scans where there is something to count."""
    counted = evidence.status in (Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG)
    if not counted or evidence.window == 0:
        return reason_sentence(evidence.reason)
    text = translate("Words", "high score on {hits} of the last {window} scans")
    return text.format(hits=evidence.hits, window=evidence.window)


def tally_word(tally: ViewTally) -> str:
    """The state of one line of the checklist."""
    return seen_word(tally.status, tally.bars)


def seen_word(status: Status, bars: int) -> str:
    """What came of a view, how far it is gathered, or that it was not seen.

    Args:
        status: the worst of the view so far.
        bars: lit, 0 to `BARS`.
    """
    if status is Status.NOT_ASSESSED:
        return translate("Words", "not seen yet")
    if status is Status.NO_SIGN:
        return translate("Words", "no sign")
    if status is Status.GATHERING and bars < BARS:
        return translate("Words", "gathering {bars}/{all}").format(bars=bars, all=BARS)
    return status_word(status).lower()


def running_words(seconds: float) -> str:
    """A time from a beginning as minutes, seconds and tenths, never rounded up: '1:05.3'."""
    tenths = max(0, int(seconds * 10))
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
