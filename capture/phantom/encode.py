"""Clips as files: films here, DICOM in `dicom`. Each says that it is synthetic, and what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import av
import numpy as np

from capture.frame import Pixels
from capture.phantom.film import Film, FrameLabel, Picture
from capture.phantom.instruments import SYNTHETIC
from capture.phantom.recipe import Recipe

CODECS = {
    ".mp4": ("libx264", {"crf": "21", "preset": "slow"}),
    ".mkv": ("libx264", {"crf": "21", "preset": "slow"}),
    ".webm": ("libvpx-vp9", {"crf": "32", "b": "0", "cpu-used": "4"}),
}
"""By the file's ending; without libx264 in the FFmpeg at hand, MPEG-4 part 2 is written."""


class ClipWriter(Protocol):
    """Takes pictures one by one; leaving the block finishes the file."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def add(self, pixels: Pixels) -> None: ...


def made_from(recipe: Recipe, count: int) -> str:
    """What a file says of itself: the words that `phantom:` takes, and how many pictures."""
    return f"Made by philtrum phantom; {SYNTHETIC}; phantom:{recipe.text()}&frames={count}"


class FilmWriter:
    """A film by PyAV; one thread, so that the same pictures give the same film."""

    def __init__(self, path: Path, recipe: Recipe, count: int, megabytes: float | None = None) -> None:
        codec, options = CODECS[path.suffix.lower()]
        if codec not in av.codecs_available:
            codec, options = "mpeg4", {"qscale": "4"}
        if megabytes is not None:
            options = {"preset": "slow"} if codec == "libx264" else {}
        self._container = av.open(str(path), "w")
        self._container.metadata["title"] = f"{SYNTHETIC}, no patient"
        self._container.metadata["comment"] = made_from(recipe, count)
        rate = Fraction(recipe.fps).limit_denominator(1001)
        stream: Any = self._container.add_stream(codec, rate=rate, options=dict(options))
        stream.pix_fmt, stream.thread_count = "yuv420p", 1
        stream.width, stream.height = recipe.width // 2 * 2, recipe.height // 2 * 2
        if megabytes is not None:
            stream.bit_rate = round(0.93 * megabytes * 8e6 * recipe.fps / count)
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def add(self, pixels: Pixels) -> None:
        """One picture; an odd last row or column is left out."""
        rgb = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, 2)
        rgb = rgb[: self._stream.height, : self._stream.width]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        self._container.mux(self._stream.encode(frame))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._container.mux(self._stream.encode())
        self._container.close()


def clip_writer(
    path: Path, film: Film, count: int, *, megabytes: float | None = None, stored: str = "jpeg"
) -> ClipWriter:
    """The writer for a file's ending; `stored` says how a DICOM file keeps its pixels.

    Raises:
        ValueError: an ending that nothing here writes.
    """
    ending = path.suffix.lower()
    if ending in CODECS:
        return FilmWriter(path, film.recipe, count, megabytes)
    if ending == ".dcm":
        from capture.phantom.dicom import DicomWriter

        return DicomWriter(path, film, count, stored)
    raise ValueError(f"expected a file ending in {', '.join([*CODECS, '.dcm'])}, got {path.name}")


def write_clip(
    paths: Sequence[Path],
    film: Film,
    count: int,
    *,
    progress: Callable[[Iterable[Picture]], Iterable[Picture]] = iter,
    megabytes: float | None = None,
    stored: str = "jpeg",
) -> list[FrameLabel]:
    """Draw `count` pictures once and write them to every path; a file is there when it is whole.

    Raises:
        OSError: a file cannot be written.
        ValueError: an ending that nothing here writes.
    """
    partial = [path.with_name(f".{path.stem}.part{path.suffix}") for path in paths]
    labels: list[FrameLabel] = []
    try:
        with ExitStack() as open_files:
            writers = [
                open_files.enter_context(clip_writer(path, film, count, megabytes=megabytes, stored=stored))
                for path in partial
            ]
            for picture in progress(film.pictures(count)):
                labels.append(picture.label)
                for writer in writers:
                    writer.add(picture.pixels)
        for whole, part in zip(paths, partial, strict=True):
            part.replace(whole)
    finally:
        for part in partial:
            part.unlink(missing_ok=True)
    return labels


def told_by(path: Path) -> str | None:
    """What a clip says that it was made from; None for whatever the phantom did not make."""
    try:
        if path.suffix.lower() == ".dcm":
            from capture.phantom.dicom import comment_of

            words = comment_of(path)
        else:
            with av.open(str(path)) as container:
                tags = {key.lower(): value for key, value in container.metadata.items()}
            words = tags.get("comment", "")
    except (OSError, av.error.FFmpegError, ValueError):
        return None
    return words if SYNTHETIC in words else None
