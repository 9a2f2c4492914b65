"""A single picture: a recording of one frame."""

from __future__ import annotations

from pathlib import Path

from capture.frame import Pixels
from capture.picture import Picture, read_picture
from capture.recording import Contents, Recording
from capture.source import SourceInfo


class Still(Recording):
    noun = "pictures"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._picture: Picture | None = None

    def _open(self) -> Contents:
        self._picture = picture = read_picture(self._path)
        height, width = picture.pixels.shape[:2]
        info = SourceInfo(
            kind="image",
            name=self._path.name,
            width=width,
            height=height,
            live=False,
            frames=1,
            codec=picture.format,
            colour_range="full",
            warnings=picture.warnings,
        )
        return Contents(info, (0.0,))

    def _decode(self, index: int) -> Pixels:
        if self._picture is None:
            raise RuntimeError("expected an open picture")
        return self._picture.pixels

    def _close(self) -> None:
        self._picture = None
