from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.geometry import Box
from inference.dataset import DataSetError, read_dataset
from tests.inference.dataset.site_folder import write_coco

IMAGE: dict[str, Any] = {
    "id": 1,
    "file_name": "p/a.png",
    "width": 80,
    "height": 60,
    "fetus": "F1",
    "site": 4,
    "view": "lip",
    "cleft": 1,
}


PACKED = "bh1:b1000000005K000000000000000:F0000000000dg1"
"""`drawn()` as pycocotools 2.0.11 encodes it."""


def drawn() -> Any:
    area = np.zeros((60, 80), np.uint8)
    area[10:20, 30:44] = 1
    area[20:25, 35:50] = 1
    return area


def plain_runs(area: Any) -> list[int]:
    """COCO's uncompressed form: column by column, zeros first."""
    flat = area.flatten(order="F")
    ends = np.flatnonzero(np.diff(flat)) + 1
    return [int(n) for n in np.diff([0, *ends, flat.size])]


def test_attributes_boxes_and_polygons(tmp_path: Path) -> None:
    nested = {k: v for k, v in IMAGE.items() if k in ("id", "file_name", "width", "height")}
    nested |= {"id": 2, "file_name": "b.png"}
    nested["attributes"] = {
        "fetus": "F2",
        "site": "5",
        "view": "palate",
        "cleft": False,
        "look_alikes": ["cord"],
    }
    square = [30.0, 10.0, 44.0, 10.0, 44.0, 20.0, 30.0, 20.0]
    notes = [
        {"image_id": 1, "bbox": [30, 10, 14, 10], "segmentation": [square]},
        {"image_id": 1, "bbox": [60.5, 40, 4, 2]},
    ]
    data = read_dataset(write_coco(tmp_path, [IMAGE, nested], notes))
    first, second = data.rows
    assert (first.file, first.fetus, first.site, first.view, first.cleft) == (
        "p/a.png",
        "F1",
        "4",
        "lip",
        True,
    )
    assert first.finding == Box(30, 10, 65, 42)
    assert (second.fetus, second.view, second.cleft, second.look_alikes) == ("F2", "palate", False, ("cord",))
    mask = data.mask(first)
    assert mask is not None
    assert mask.shape == (60, 80)
    assert mask[10:20, 30:44].all()
    assert mask[40:42, 61:64].all()
    assert (mask > 0).sum() in range(140 + 8, 140 + 12 + 1)
    assert data.mask(second) is None
    assert len(list(data.frames())) == 2


def test_run_lengths_plain_and_packed(tmp_path: Path) -> None:
    for number, counts in enumerate((plain_runs(drawn()), PACKED)):
        note = {"image_id": 1, "segmentation": {"size": [60, 80], "counts": counts}}
        data = read_dataset(write_coco(tmp_path / str(number), [IMAGE], [note]))
        mask = data.mask(data.rows[0])
        assert mask is not None
        assert np.array_equal(mask > 0, drawn() > 0)


def test_other_structures_are_no_gap(tmp_path: Path) -> None:
    kinds = {"categories": [{"id": 1, "name": "nose"}, {"id": 2, "name": "Cleft gap"}]}
    notes = [
        {"image_id": 1, "category_id": 1, "bbox": [0, 0, 80, 60]},
        {"image_id": 1, "category_id": 2, "bbox": [30, 10, 5, 5]},
    ]
    data = read_dataset(write_coco(tmp_path, [IMAGE], notes, **kinds))
    assert data.rows[0].finding == Box(30, 10, 35, 15)


@pytest.mark.parametrize(
    ("image", "note", "words"),
    [
        ({"view": "nose"}, None, "coco.json image 1: expected view as lip or palate or other"),
        ({}, {"image_id": 9, "bbox": [1, 1, 2, 2]}, "got none of id 9"),
        ({}, {"image_id": 1}, "image 1: expected annotations with bbox or segmentation"),
        ({}, {"image_id": 1, "bbox": [1, 1, 0, 2]}, "image 1: expected bbox as x, y, width, height"),
        ({}, {"image_id": 1, "segmentation": [[1, 2, 3]]}, "image 1: expected segmentation as polygons"),
        ({}, {"image_id": 1, "segmentation": {"size": [60, 80], "counts": [5]}}, "runs over 4800 pixels"),
        ({}, {"image_id": 1, "segmentation": {"size": [60, 80], "counts": "~~"}}, "compressed form"),
        ({}, {"image_id": 1, "segmentation": {"size": [60, 80], "counts": "oooooooooo"}}, "compressed form"),
        ({}, {"image_id": 1, "segmentation": {"size": [80, 60], "counts": [4800]}}, r"size \[60, 80\]"),
        ({"width": None}, {"image_id": 1, "bbox": [1, 1, 2, 2]}, "expected width and height"),
    ],
)
def test_outlines_without_meaning(
    tmp_path: Path, image: dict[str, Any], note: dict[str, Any] | None, words: str
) -> None:
    write_coco(tmp_path, [IMAGE | image], [note] if note else [])
    with pytest.raises(DataSetError, match=words):
        read_dataset(tmp_path)


def test_a_picture_of_another_size_than_its_outline(tmp_path: Path) -> None:
    data = read_dataset(
        write_coco(tmp_path, [IMAGE | {"width": 79}], [{"image_id": 1, "bbox": [1, 1, 2, 2]}])
    )
    with pytest.raises(DataSetError, match=r"image 1: expected a mask of the picture's 80x60, got 79x60"):
        list(data.frames())
