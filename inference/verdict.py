"""The word over both views of one fetus."""

from __future__ import annotations

from collections.abc import Iterable

from inference.evidence_types import Status, Verdict

SUSPECT = frozenset(
    {
        Verdict.LIP_SUSPECT_ALONE,
        Verdict.PALATE_SUSPECT_ALONE,
        Verdict.SUSPECT_LIP,
        Verdict.SUSPECT_BOTH,
        Verdict.DISCORDANT,
    }
)
"""Verdicts that rest on a flag; each asks for an expert."""
INCOMPLETE = frozenset(
    {
        Verdict.NOT_ASSESSED,
        Verdict.LIP_MISSING,
        Verdict.PALATE_MISSING,
        Verdict.LIP_SUSPECT_ALONE,
        Verdict.PALATE_SUSPECT_ALONE,
    }
)
"""Verdicts without one of the two views."""
_SHOWN = frozenset({Status.NO_SIGN, Status.LOOK_AGAIN, Status.FLAG})
"""States of a view that was shown well enough to be judged."""


def fetus_verdict(lip: Status, palate: Status) -> Verdict:
    """The verdict from the worst state of each view so far.

    Follows the safer of the published rules: a missing view is never made up for by the other one, and a
    finding in the palate view alone is not explained away by a lip view without a sign. Beside a flagged
    view, one between the operating points counts as suspect; without any flag it asks for a second look.
    """
    lip_shown, palate_shown = lip in _SHOWN, palate in _SHOWN
    if not lip_shown and not palate_shown:
        return Verdict.NOT_ASSESSED
    if not lip_shown:
        return Verdict.PALATE_SUSPECT_ALONE if palate is Status.FLAG else Verdict.LIP_MISSING
    if not palate_shown:
        return Verdict.LIP_SUSPECT_ALONE if lip is Status.FLAG else Verdict.PALATE_MISSING
    if Status.FLAG not in (lip, palate):
        return Verdict.AMBIGUOUS if Status.LOOK_AGAIN in (lip, palate) else Verdict.NO_SIGN_SHOWN
    if lip is Status.NO_SIGN:
        return Verdict.DISCORDANT
    if palate is Status.NO_SIGN:
        return Verdict.SUSPECT_LIP
    return Verdict.SUSPECT_BOTH


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that asks most loudly for another look, of several fetuses.

    Raises:
        ValueError: there are none.
    """

    def concern(verdict: Verdict) -> int:
        if verdict in SUSPECT:
            return 3
        return 2 if verdict is Verdict.AMBIGUOUS else 1 if verdict in INCOMPLETE else 0

    return max(verdicts, key=concern)
