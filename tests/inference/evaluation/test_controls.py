from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.geometry import Box, Region, Sector
from inference.dataset import DataSet, read_dataset
from inference.evaluation.cases import Frames
from inference.evaluation.controls import controls, without_scan
from inference.evaluation.run import answer_all
from tests.inference.dataset.site_folder import write_png
from tests.inference.evaluation.made_up import MeanEngine, answer_of, frames_of, row_of, twelve

pytestmark = pytest.mark.usefixtures("few_draws")


def outcome(data: DataSet, folder: Path) -> dict[str, Any]:
    engine = MeanEngine()

    def ask(part: str, rows: Any, pictures: Any) -> Any:
        return answer_all(rows, pictures, engine, folder / f"{part}.csv")

    frames = Frames(data.rows, ask("frames", data.rows, data.frames))
    return controls(data, frames, ask)


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
    assert found["gaps_removed"]["auc"]["value"] == found["gaps_removed"]["auc_counted"]["value"] == 1.0


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
    found = controls(data, frames, lambda *_: [])
    assert all("not_run" in part for part in found.values())


def test_positives_chosen_by_their_picture_do_not_count_as_learned(tmp_path: Path) -> None:
    """Gaps are seen where the model is calm: twins of all frames stand evenly about the others."""
    carrier: dict[str, Any] = {"kind": "notch", "more": (("twin", "twin.png"),)}
    seen, unseen = carrier | {"cleft": True}, carrier | {"judgeable": False}
    frames = frames_of(*[(seen, 0.9)] * 3, *[(unseen, 0.9)] * 3, *[({}, 0.5)] * 6)
    calm = [0.2, 0.2, 0.2, 0.8, 0.8, 0.8]

    def ask(part: str, rows: Any, pictures: Any) -> Any:
        return [answer_of(at, calm[at] if part == "gaps-removed" else 0.1) for at in range(len(rows))]

    found = controls(read_dataset(twelve(tmp_path)), frames, ask)["gaps_removed"]
    assert found["auc_counted"]["value"] == 0.0
    assert found["auc"]["value"] == 0.5 and found["as_it_should"]


def test_the_scan_is_blanked_along_its_own_outline() -> None:
    pixels = np.full((40, 60, 3), 77, np.uint8)
    fan = Sector("convex", 30, -10, 15, 45, -0.4, 0.4)
    blank = without_scan(pixels, Region(Box(10, 5, 50, 35), 60, 40, fan))
    assert blank[20, 30].tolist() == [0, 0, 0]
    assert blank[6, 11].tolist() == [77, 77, 77], "in the box, outside the fan"
    assert pixels.min() == 77
