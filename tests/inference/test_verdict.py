from __future__ import annotations

import itertools

import pytest

from inference.evidence_types import Status, Verdict
from inference.verdict import SUSPECT, fetus_verdict, worst

UNSEEN, FEW, NONE, LOOK, FLAG = (
    Status.NOT_ASSESSED,
    Status.GATHERING,
    Status.NO_SIGN,
    Status.LOOK_AGAIN,
    Status.FLAG,
)


@pytest.mark.parametrize(
    ("lip", "palate", "verdict"),
    [
        (FLAG, FLAG, Verdict.SUSPECT_BOTH),
        (FLAG, NONE, Verdict.SUSPECT_LIP),
        (NONE, FLAG, Verdict.DISCORDANT),
        (NONE, NONE, Verdict.NO_SIGN_SHOWN),
        (FLAG, UNSEEN, Verdict.LIP_SUSPECT_ALONE),
        (NONE, UNSEEN, Verdict.PALATE_MISSING),
        (UNSEEN, FLAG, Verdict.PALATE_SUSPECT_ALONE),
        (UNSEEN, NONE, Verdict.LIP_MISSING),
        (UNSEEN, UNSEEN, Verdict.NOT_ASSESSED),
        # too few frames are not a view that was shown
        (FLAG, FEW, Verdict.LIP_SUSPECT_ALONE),
        (FEW, NONE, Verdict.LIP_MISSING),
        (FEW, FEW, Verdict.NOT_ASSESSED),
        # between the operating points
        (LOOK, NONE, Verdict.AMBIGUOUS),
        (NONE, LOOK, Verdict.AMBIGUOUS),
        (LOOK, LOOK, Verdict.AMBIGUOUS),
        (LOOK, FLAG, Verdict.SUSPECT_BOTH),
        (FLAG, LOOK, Verdict.SUSPECT_BOTH),
        (LOOK, UNSEEN, Verdict.PALATE_MISSING),
    ],
)
def test_every_row_of_the_table(lip: Status, palate: Status, verdict: Verdict) -> None:
    assert fetus_verdict(lip, palate) is verdict


def test_no_sign_is_said_only_when_both_views_show_none() -> None:
    for lip, palate in itertools.product(Status, repeat=2):
        said = fetus_verdict(lip, palate) is Verdict.NO_SIGN_SHOWN
        assert said == (lip is Status.NO_SIGN and palate is Status.NO_SIGN)


def test_a_flag_is_never_said_to_be_without_a_sign() -> None:
    for other in Status:
        for verdict in (fetus_verdict(Status.FLAG, other), fetus_verdict(other, Status.FLAG)):
            assert verdict in SUSPECT


def test_the_worst_of_several_fetuses_is_the_one_to_look_at() -> None:
    calm, missing = Verdict.NO_SIGN_SHOWN, Verdict.PALATE_MISSING
    assert worst([calm, Verdict.SUSPECT_BOTH, Verdict.AMBIGUOUS]) is Verdict.SUSPECT_BOTH
    assert worst([calm, missing, Verdict.AMBIGUOUS]) is Verdict.AMBIGUOUS
    assert worst([calm, missing]) is missing
    assert worst([calm]) is calm
