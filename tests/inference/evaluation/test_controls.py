from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.geometry import Box, Region, Sector
from inference.dataset import DataSet, read_dataset
from inference.evaluation.cases import Frames
from inference.evaluation.controls import controls, matched_area, without_scan
from inference.evaluation.levels import frame_cases
from inference.evaluation.roc import WeightedAuc
from inference.evaluation.run import answer_all
from tests.inference.dataset.site_folder import write_png
from tests.inference.evaluation.made_up import POINTS, MeanEngine, answer_of, row_of, twelve

pytestmark = pytest.mark.usefixtures("few_draws")


def outcome(data: DataSet, folder: Path) -> dict[str, Any]:
    engine = MeanEngine()

    def ask(part: str, rows: Any, pictures: Any) -> Any:
        return answer_all(rows, pictures, engine, folder / f"{part}.csv")

    frames = Frames(data.rows, ask("frames", data.rows, data.frames))
    return controls(data, data.rows, frame_cases(frames, POINTS), ask)


def test_a_model_that_sees_the_gap_alone_passes_all_three(tmp_path: Path) -> None:
    found = outcome(read_dataset(twelve(tmp_path / "data")), tmp_path)
    for name in ("gaps_removed", "furniture_only", "labels_shuffled"):
        assert found[name]["as_it_should"], name
        assert found[name]["auc"]["low"] <= 0.5 <= found[name]["auc"]["high"]
    assert abs(found["labels_shuffled"]["auc"]["value"] - 0.5) < 0.03


def test_a_giveaway_beside_the_gap_is_found(tmp_path: Path) -> None:
    """Twins as bright as their positives: what was learned is not the gap."""
    folder = twelve(tmp_path / "data")
    for at in range(0, 12, 2):
        (folder / f"{at}-twin.png").write_bytes((folder / f"{at}.png").read_bytes())
    found = outcome(read_dataset(folder), tmp_path)
    assert not found["gaps_removed"]["as_it_should"]
    assert found["gaps_removed"]["auc"]["value"] == found["gaps_removed"]["auc_matched"]["value"] == 1.0


def test_furniture_that_gives_the_label_away_is_found(tmp_path: Path) -> None:
    folder = twelve(tmp_path / "data")
    for at in range(12):
        framed = np.full((40, 40), 90 if at % 2 == 0 else 10, np.uint8)
        framed[4:36, 4:36] = 60
        write_png(folder / f"{at}.png", framed)
    found = outcome(read_dataset(folder), tmp_path)
    assert not found["furniture_only"]["as_it_should"]
    assert found["furniture_only"]["auc"]["value"] == 1.0


def test_without_twins_the_first_is_not_run(tmp_path: Path) -> None:
    folder = twelve(tmp_path / "data")
    table = (folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(table.replace("6-twin.png", ""))
    found = outcome(read_dataset(folder), tmp_path)
    assert "philtrum phantom dataset --controls" in found["gaps_removed"]["not_run"]
    assert found["furniture_only"]["as_it_should"]


def test_one_class_alone_can_fail_nothing(tmp_path: Path) -> None:
    data = read_dataset(twelve(tmp_path / "data"))
    frames = Frames([row_of(0)], [answer_of(0, 0.5)])
    found = controls(data, (row_of(0),), frame_cases(frames, POINTS), lambda *_: [])
    assert all("not_run" in part for part in found.values())


def test_a_difference_in_view_and_plane_alone_is_taken_out() -> None:
    """Positives mostly in the view that scores high; within each view the scores are the same."""
    views = ["lip"] * 8 + ["palate"] * 2 + ["lip"] * 2 + ["palate"] * 8
    rows = tuple(row_of(at, view=view, quality=0.9, cleft=at < 10) for at, view in enumerate(views))
    level = {"lip": 0.6, "palate": 0.2}
    answers = [answer_of(at, level[view] + 0.01 * (at % 2)) for at, view in enumerate(views)]
    cases = frame_cases(Frames(rows, answers), POINTS)
    plain = WeightedAuc(cases.truth, cases.score)(np.ones(20))
    matched = matched_area(rows, cases)
    # By hand: 64 pairs are won by the view, 4 lost, 32 are even: half of each band's pairs are ties.
    assert plain == 0.8
    assert matched.value == 0.5 and matched.holds(0.5)


def test_the_scan_is_blanked_along_its_own_outline() -> None:
    pixels = np.full((40, 60, 3), 77, np.uint8)
    fan = Sector("convex", 30, -10, 15, 45, -0.4, 0.4)
    blank = without_scan(pixels, Region(Box(10, 5, 50, 35), 60, 40, fan))
    assert blank[20, 30].tolist() == [0, 0, 0]
    assert blank[6, 11].tolist() == [77, 77, 77], "in the box, outside the fan"
    assert pixels.min() == 77
