"""DICOM files played whole, for the tests of all that makes up `DicomFile`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.data
from PIL import Image

from capture.dicom_file import DicomFile
from capture.frame import Frame
from capture.source import EndOfSource, SourceInfo

RAMP = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))


def play(path: Path) -> tuple[SourceInfo, list[Frame], str | None]:
    with DicomFile(path) as source:
        frames: list[Frame] = []
        while True:
            try:
                frame = source.read(5.0)
            except EndOfSource as end:
                return source.info, frames, end.missing
            if frame is not None:
                frames.append(frame)


def jpeg(picture: np.ndarray[Any, Any], kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, kind, **options)
    return out.getvalue()


def packaged(name: str) -> Path:
    """A file that pydicom brings along."""
    return Path(pydicom.data.__file__).parent / "test_files" / name
