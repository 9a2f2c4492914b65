"""Small data set folders, written by the tests that read them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from capture.frame import Pixels

ROW: dict[str, object] = {"file": "a.png", "fetus": "F1", "site": "S1", "view": "lip", "cleft": 0}


def picture(seed: int = 0, height: int = 60, width: int = 80) -> Pixels:
    return np.random.default_rng(seed).integers(1, 255, (height, width)).astype(np.uint8)


def write_png(path: Path, pixels: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    done, png = cv2.imencode(".png", pixels)
    assert done
    path.write_bytes(png.tobytes())


def write_about(folder: Path, **more: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    about = {"format": "philtrum-dataset/1", "name": "tiny", "synthetic": True, **more}
    (folder / "dataset.json").write_text(json.dumps(about))


def write_set(folder: Path, rows: Sequence[Mapping[str, object]], *, pictures: bool = True) -> Path:
    """A folder with labels.csv; each PNG that is named gets a picture of its own."""
    write_about(folder)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "labels.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, names)
        table.writeheader()
        table.writerows(rows)
    for number, name in enumerate(dict.fromkeys(str(row["file"]) for row in rows)):
        if pictures and name.endswith(".png") and not (folder / name).exists():
            write_png(folder / name, picture(number))
    return folder


def write_coco(folder: Path, images: list[dict[str, Any]], notes: list[dict[str, Any]], **more: Any) -> Path:
    write_about(folder)
    (folder / "coco.json").write_text(json.dumps({"images": images, "annotations": notes, **more}))
    for number, image in enumerate(images):
        write_png(folder / str(image["file_name"]), picture(number))
    return folder
