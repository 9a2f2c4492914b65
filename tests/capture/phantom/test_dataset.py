from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from capture.phantom.dataset import EXAM, Order, Patient, patient_of, shots_of
from capture.phantom.parameters import CLEFT_KINDS

ORDER = Order(seed=2, domain="same", sites=6, fetuses=18, positives=0.5, frames=50, screens=0.5, twins=False)


def patients(order: Order) -> list[Patient]:
    return [patient_of(order, number) for number in range(order.fetuses)]


@pytest.mark.parametrize(("share", "sites", "fetuses"), [(0.5, 6, 18), (0.02, 10, 100), (0, 3, 7), (1, 3, 7)])
def test_every_site_gets_its_share_of_clefts(share: float, sites: int, fetuses: int) -> None:
    everybody = patients(replace(ORDER, positives=share, sites=sites, fetuses=fetuses))
    ill = Counter(p.site.name for p in everybody if p.fetus.cleft.kind != "none")
    everywhere = Counter(p.site.name for p in everybody)
    assert len(everywhere) == sites
    assert max(everywhere.values()) - min(everywhere.values()) <= 1
    assert sum(ill.values()) == pytest.approx(share * fetuses, abs=1)
    assert max(ill.values(), default=0) - min(ill[name] for name in everywhere) <= 1


def test_frames_are_counted_out_and_of_their_own_fetus() -> None:
    shots = [(patient, shot) for patient in patients(ORDER) for shot in shots_of(ORDER, patient)]
    assert len(shots) == 50
    assert len({shot.parameters.seed for _, shot in shots}) == 50
    for patient, shot in shots:
        assert shot.parameters.fetus.seed == patient.fetus.seed
        assert shot.parameters.fetus.cleft == patient.fetus.cleft
    assert {shot.parameters.view for _, shot in shots} == {"lip", "palate", "other"}


def test_fetuses_differ_from_each_other_and_between_seeds() -> None:
    faces = [p.fetus for p in patients(ORDER)]
    assert len(set(faces)) == len(faces)
    assert {p.fetus for p in patients(replace(ORDER, seed=3))}.isdisjoint(faces)
    assert {f.cleft.kind for f in faces} <= set(CLEFT_KINDS)


def test_an_exam_shows_both_views_twice_and_what_lies_between() -> None:
    order = replace(ORDER, frames=0)
    shots = list(shots_of(order, patient_of(order, 1)))
    assert len(shots) == sum(count for _, count in EXAM)
    times = [shot.time_s or 0.0 for shot in shots]
    assert times == sorted(set(times))
    views = {str(n + 1): Counter[str]() for n in range(len(EXAM))}
    for shot in shots:
        views[shot.clip][shot.parameters.view] += 1
    for number, (plane, count) in enumerate(EXAM):
        seen = views[str(number + 1)]
        if plane in ("lip", "palate"):
            assert seen[plane] >= 0.6 * count
        else:
            assert seen["lip"] + seen["palate"] <= 0.3 * count
    good = [s.parameters for s in shots if s.parameters.view == "lip" and s.parameters.offset_mm < 1.5]
    assert len(good) > 15
    assert shots == list(shots_of(order, patient_of(order, 1)))
