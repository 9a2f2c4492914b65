"""Kept pictures: the scan alone, as it was, with its heat-map beside it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.session.errors import SessionError
from app.session.folder import ExamFolder, write_whole
from app.session.sector import sector_pixels, stored_box
from capture.frame import Pixels
from capture.scan import Scan
from inference.prediction import Placement, Prediction


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture to be written; holds its frame until then."""

    name: str
    """Without an ending."""
    scan: Scan
    prediction: Prediction | None


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """A kept picture's heat-map."""

    values: NDArray[np.float32]
    """(h, w) in [0, 1], over `placement`."""
    placement: Placement
    """In pixels of the kept picture."""


def file_name(key: str, exam_s: float) -> str:
    """The file of a kept picture: 'best:A:lip:1' at 12.345 s of the exam gives best-A-lip-1-012345.

    A picture that takes another's place has a file of its own, so that no kill leaves one under the facts of
    the other.
    """
    return f"{key.replace(':', '-')}-{max(0, round(exam_s * 1000)):06d}"


def write_picture(folder: ExamFolder, picture: Picture) -> list[Path]:
    """Mask, crop and write one picture, without loss, and its heat-map; the files, to be synced.

    Raises:
        OSError: it cannot be written.
    """
    scan = picture.scan
    pixels = sector_pixels(scan.frame.pixels, scan.region)
    shown = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".png", shown, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise OSError("the picture could not be coded")
    files = [folder.kept / f"{picture.name}.png"]
    write_whole(files[0], data.tobytes(), sync=False)
    heat = None if picture.prediction is None else picture.prediction.heatmap
    if heat is None or picture.prediction is None:
        return files
    box, where = stored_box(scan.region), picture.prediction.placement
    placement = np.array([where.x0 - box.x0, where.y0 - box.y0, where.width, where.height], np.float64)
    packed = io.BytesIO()
    np.savez_compressed(packed, heatmap=heat.astype(np.float16), placement=placement)
    files.append(folder.kept / f"{picture.name}.npz")
    write_whole(files[1], packed.getvalue(), sync=False)
    return files


def read_pixels(path: Path) -> Pixels:
    """A kept picture: uint8 (h, w) grey or (h, w, 3) RGB.

    Raises:
        SessionError: missing or damaged.
    """
    try:
        data = np.fromfile(path, np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    except (OSError, cv2.error) as error:
        raise SessionError(f"{path.name} cannot be read") from error
    if picture is None:
        raise SessionError(f"{path.name} is damaged")
    shown = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    return np.ascontiguousarray(shown, np.uint8)


def read_heatmap(path: Path) -> Heatmap:
    """The heat-map beside a kept picture.

    Raises:
        SessionError: missing or damaged.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as packed:
            values, placement = packed["heatmap"].astype(np.float32), packed["placement"]
        where = Placement(*(float(part) for part in placement))
    except FileNotFoundError:
        raise SessionError(f"{path.name} is missing") from None
    except Exception as error:  # a damaged archive raises whatever it likes, from zlib's to struct's errors
        raise SessionError(f"{path.name} is damaged") from error
    return Heatmap(values, where)
