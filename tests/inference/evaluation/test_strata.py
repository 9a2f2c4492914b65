from __future__ import annotations

import numpy as np
import pytest

from inference.evaluation.cases import Frames
from inference.evaluation.strata import gate, heat, strata, width_curve
from tests.inference.evaluation.made_up import POINTS, answer_of, frames_of

pytestmark = pytest.mark.usefixtures("few_draws")


def test_sensitivity_by_width_kind_and_site() -> None:
    frames = frames_of(
        ({"cleft": True, "width_mm": 1.2, "kind": "notch", "site": "S1"}, 0.1),
        ({"cleft": True, "width_mm": 1.4, "kind": "notch", "site": "S2"}, 0.9),
        ({"cleft": True, "width_mm": 3.5, "kind": "median", "site": "S1"}, 0.9),
        ({"cleft": True, "kind": "median", "width_mm": 1.1, "judgeable": False}, 0.9),
        ({"cleft": False, "kind": "none", "site": "S1"}, 0.8),
        ({"cleft": False, "kind": "none", "site": "S2"}, 0.1),
    )
    found = strata(frames, POINTS)
    narrow, wide = found["width_mm"]
    assert (narrow["name"], narrow["sensitivity"]["hits"], narrow["sensitivity"]["n"]) == (
        "1 to 1.5 mm",
        1,
        2,
    )
    assert (wide["name"], wide["sensitivity"]["value"]) == ("3 to 4 mm", 1.0)
    assert (narrow["not_judgeable"], wide["not_judgeable"]) == (1, 0)
    assert [(k["name"], k["sensitivity"]["n"]) for k in found["kind"]] == [("notch", 2), ("median", 1)]
    one, two = found["site"]
    assert (one["sensitivity"]["hits"], one["sensitivity"]["n"], one["specificity"]["value"]) == (1, 2, 0.0)
    assert (two["sensitivity"]["value"], two["specificity"]["value"], two["auc"]["value"]) == (1.0, 1.0, 1.0)
    assert found["width_curve"] is None, "three frames make no curve"


def test_look_alikes_have_both_figures_and_frames_without_any_stand_beside_them() -> None:
    frames = frames_of(
        ({"look_alikes": ("cord", "hand")}, 0.9),
        ({"look_alikes": ("cord",)}, 0.1),
        ({}, 0.1),
        ({"cleft": True, "look_alikes": ("hand",)}, 0.9),
    )
    by_name = {entry["name"]: entry for entry in strata(frames, POINTS)["look_alike"]}
    assert list(by_name) == ["cord", "hand", "none"]
    assert (by_name["cord"]["specificity"]["hits"], by_name["cord"]["specificity"]["n"]) == (1, 2)
    assert (by_name["hand"]["specificity"]["n"], by_name["hand"]["sensitivity"]["hits"]) == (1, 1)
    assert by_name["none"]["specificity"]["value"] == 1.0


def test_bands_of_quality_have_both_figures() -> None:
    bands = strata(frames_of(({"quality": 0.4}, 0.9), ({"quality": 1.0, "cleft": True}, 0.9)), POINTS)[
        "quality"
    ]
    assert [band["name"] for band in bands] == ["0.35 to 0.5", "0.7 to 1"]
    assert bands[0]["specificity"]["value"] == 0.0 and bands[1]["sensitivity"]["value"] == 1.0


def test_the_fitted_curve_finds_the_slope_that_made_the_data() -> None:
    rng = np.random.default_rng(4)
    width = rng.uniform(0.5, 6, 3000)
    found = rng.random(3000) < 1 / (1 + np.exp(-(width - 2.5) * 1.5))
    curve = width_curve(width, found, np.arange(3000))
    assert curve is not None
    assert curve["slope"] == pytest.approx(1.5, abs=0.15)
    assert curve["low"] < 1.5 < curve["high"] and curve["p"] < 1e-6
    assert curve["half_mm"] == pytest.approx(2.5, abs=0.1)
    for _, value, low, high in curve["points"]:
        assert low <= value <= high
    repeated = width_curve(np.repeat(width[:300], 5), np.repeat(found[:300], 5), np.repeat(np.arange(300), 5))
    alone = width_curve(width[:300], found[:300], np.arange(300))
    assert repeated is not None and alone is not None
    # Saying everything five times over teaches nothing.
    assert repeated["high"] - repeated["low"] == pytest.approx(alone["high"] - alone["low"], rel=0.25)


def test_no_curve_where_none_can_be_fitted() -> None:
    width = np.linspace(1, 5, 20)
    assert width_curve(width, width > 3, np.arange(20)) is None, "parted completely"
    assert width_curve(width, np.ones(20, bool), np.arange(20)) is None
    assert width_curve(np.ones(20), np.arange(20) % 2 == 0, np.arange(20)) is None
    assert width_curve(width, np.arange(20) % 2 == 0, np.zeros(20)) is None, "one fetus"


def test_the_gate_is_read_off_the_views() -> None:
    rows = [({"view": v}, 0.9) for v in ("lip", "lip", "palate", "other", "other")]
    frames = frames_of(*rows)
    taken = ("lip", "palate", "palate", "other", "lip")
    frames = Frames(frames.rows, [answer_of(i, 0.9, v) for i, v in enumerate(taken)])  # type: ignore[arg-type]
    found = gate(frames, POINTS, knows_other=True)
    assert found["confusion"][0]["taken_for"] == {"lip": 1, "palate": 1, "other": 0}
    assert found["confusion"][2]["right"]["value"] == 0.5
    assert (found["others_flagged"]["hits"], found["others_flagged"]["n"]) == (1, 2)
    # Three against two; one of the two is taken for a lip view with the very same chance: 3 x (1 + 0.5) of 6.
    assert found["auc"]["value"] == pytest.approx(0.75)


def test_a_model_without_other_views_is_judged_by_how_sure_it_is() -> None:
    frames = frames_of(({"view": "lip"}, 0.1), ({"view": "other"}, 0.1))
    answers = [
        answer_of(0, 0.1, lip=0.9, palate=0.1, other=0.0),
        answer_of(1, 0.1, lip=0.6, palate=0.4, other=0.0),
    ]
    assert gate(Frames(frames.rows, answers), POINTS, knows_other=False)["auc"]["value"] == 1.0


def test_heat_maps_count_on_visible_positives_alone() -> None:
    frames = frames_of(*[({"cleft": at < 4}, 0.9) for at in range(5)])
    answers = [
        answer_of(0, 0.9, pointed=True, overlap=0.5),
        answer_of(1, 0.9, pointed=False, overlap=0.0),
        answer_of(2, 0.9, pointed=True, overlap=0.4),
        answer_of(3, 0.9),
        answer_of(4, 0.9),
    ]
    found = heat(Frames(frames.rows, answers))
    assert (found["pointing"]["hits"], found["pointing"]["n"], found["without_mask"]) == (2, 3, 1)
    assert found["iou"]["value"] == pytest.approx(0.3)
