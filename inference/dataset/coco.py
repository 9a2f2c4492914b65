"""coco.json: pictures that carry the columns of labels.csv, with gaps outlined as annotations."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inference.dataset.errors import DataSetError
from inference.dataset.outline import Outline, run_lengths
from inference.dataset.row import COLUMNS, LabelRow, row_of

_GAP_WORDS = ("gap", "cleft")


def coco_rows(path: Path) -> Iterator[LabelRow]:
    """Rows of coco.json, in the order of its images.

    Attributes lie in the image itself or in its `attributes`. An annotation is the outline of the gap; where
    there are several categories, those whose name says gap or cleft are.

    Raises:
        DataSetError: no COCO file, an annotation without its picture or of no meaning, or see `row_of`.
    """
    content = _content(path)
    gaps = _gap_categories(path, content)
    areas: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for note in content["annotations"]:
        if gaps is None or note.get("category_id") in gaps:
            areas[note.get("image_id")].append(note)
    known = {image.get("id") for image in content["images"]}
    for image_id in areas:
        if image_id not in known:
            raise DataSetError(f"{path.name}: expected images for all annotations, got none of id {image_id}")
    if len(known) != len(content["images"]):
        raise DataSetError(f"{path.name}: expected each image id once, got one twice")
    for image in content["images"]:
        place = f"{path.name} image {image.get('id')}"
        yield _row(image, areas.get(image.get("id"), []), place)


def _content(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataSetError(f"{path.name}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise DataSetError(f"{path.name}: expected JSON, got something else ({error})") from error
    if not isinstance(content, dict) or not isinstance(content.get("images"), list):
        raise DataSetError(f"{path.name}: expected a COCO file with images, got none")
    out = {key: content.get(key) or [] for key in ("images", "annotations", "categories")}
    for key, entries in out.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise DataSetError(f"{path.name}: expected {key} as a list of objects, got something else")
    return out


def _gap_categories(path: Path, content: dict[str, list[dict[str, Any]]]) -> set[Any] | None:
    """Categories that mean a gap; None: all."""
    names = {entry.get("id"): str(entry.get("name", "")) for entry in content["categories"]}
    if len(names) <= 1:
        return None
    found = {key for key, name in names.items() if any(word in name.lower() for word in _GAP_WORDS)}
    if not found:
        raise DataSetError(
            f"{path.name}: expected a category called gap or cleft, got {', '.join(names.values())}"
        )
    return found


def _row(image: dict[str, Any], notes: list[dict[str, Any]], place: str) -> LabelRow:
    inner = image.get("attributes")
    told = {**image, **(inner if isinstance(inner, dict) else {})}
    fields = {
        str(key).lower(): _text(value)
        for key, value in told.items()
        if str(key).lower() in COLUMNS or isinstance(value, str | int | float | bool)
    }
    for taken in ("id", "file_name", "width", "height", "license"):
        fields.pop(taken, None)
    fields.setdefault("file", _text(told.get("file_name")))
    outline = _outline(image, notes, place) if notes else None
    for name, end in zip(("box_x0", "box_y0", "box_x1", "box_y1"), _around(notes, place), strict=False):
        fields.setdefault(name, f"{end:g}")
    return row_of(fields, place, outline)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ";".join(str(part) for part in value)
    return str(value)


def _around(notes: list[dict[str, Any]], place: str) -> tuple[float, ...]:
    """x0, y0, x1, y1 round all boxes; nothing where there is none."""
    boxes = [_box(note["bbox"], place) for note in notes if note.get("bbox")]
    if not boxes:
        return ()
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _box(value: Any, place: str) -> tuple[float, float, float, float]:
    """COCO's x, y, width, height as x0, y0, x1, y1."""
    if not _numbers(value) or len(value) != 4 or min(value[2:]) <= 0:
        raise DataSetError(f"{place}: expected bbox as x, y, width, height, got {str(value)[:60]}")
    x, y, width, height = value
    return x, y, x + width, y + height


def _outline(image: dict[str, Any], notes: list[dict[str, Any]], place: str) -> Outline:
    width, height = image.get("width"), image.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) < 1:
        raise DataSetError(f"{place}: expected width and height of an annotated picture, got none")
    polygons: list[tuple[float, ...]] = []
    runs: list[tuple[int, ...]] = []
    for note in notes:
        shape = note.get("segmentation")
        if isinstance(shape, dict):
            if shape.get("size") != [height, width]:
                raise DataSetError(
                    f"{place}: expected a segmentation of size [{height}, {width}], got {shape.get('size')}"
                )
            try:
                runs.append(run_lengths(shape.get("counts"), width, height))
            except ValueError as error:
                raise DataSetError(f"{place}: segmentation: {error}") from error
        elif shape:
            if not isinstance(shape, list) or not all(
                _numbers(p) and len(p) >= 6 and len(p) % 2 == 0 for p in shape
            ):
                raise DataSetError(f"{place}: expected segmentation as polygons x, y, x, y, ... or runs")
            polygons += [tuple(float(value) for value in polygon) for polygon in shape]
        elif note.get("bbox"):
            x0, y0, x1, y1 = _box(note["bbox"], place)
            polygons.append((x0, y0, x1, y0, x1, y1, x0, y1))
        else:
            raise DataSetError(f"{place}: expected annotations with bbox or segmentation, got neither")
    return Outline(width, height, tuple(polygons), tuple(runs))


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) and abs(n) < 1e6
        for n in value
    )
