"""DICOM stills and cines, uncompressed, compressed picture by picture, or as an encapsulated film."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import av

from capture.decode import FrameConverter
from capture.dicom_frames import SpanFile, film_spans
from capture.dicom_header import DicomHeader, read_header
from capture.dicom_pixels import StoredFrames
from capture.dicom_regions import read_claims
from capture.dicom_times import frame_times
from capture.frame import Pixels
from capture.geometry import Box
from capture.limits import reduction, reduction_warning
from capture.recording import Contents, DamagedFrameError, Recording
from capture.source import SourceInfo, UnreadableSourceError
from capture.timing import duration_s, frame_rate
from capture.video_reader import VideoReader

_FILM_SYNTAXES = tuple(f"1.2.840.10008.1.2.4.10{i}" for i in range(9))
"""MPEG-2, H.264 and HEVC (PS3.6 table A-1), their fragmentable forms (.1) included."""


class _Frames(Protocol):
    @property
    def count(self) -> int: ...
    def pixels(self, index: int) -> Pixels: ...


class EncapsulatedFilm:
    """A film inside a DICOM file."""

    def __init__(self, header: DicomHeader, name: str) -> None:
        self.reader = VideoReader(SpanFile(header.file, film_spans(header)), name)
        self._converter = FrameConverter(self.reader.stream.sample_aspect_ratio)

    @property
    def count(self) -> int:
        return len(self.reader.index.pts)

    def pixels(self, index: int) -> Pixels:
        try:
            return self._converter.pixels(self.reader.frame(index))
        except av.error.FFmpegError as error:
            raise DamagedFrameError(f"frame {index} cannot be converted") from error


class DicomFile(Recording):
    """One DICOM object with one frame or many."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._header: DicomHeader | None = None
        self._film: EncapsulatedFilm | None = None
        self._frames: _Frames | None = None

    def _open(self) -> Contents:
        self._header = header = read_header(self._path)
        name = self._path.name
        film = header.syntax.startswith(_FILM_SYNTAXES)
        frames: _Frames
        if film:
            frames = self._film = EncapsulatedFilm(header, name)
        else:
            frames = StoredFrames(header, name)
        self._frames = frames
        first = self._first_pixels(frames)
        times, assumed = frame_times(header, frames.count)
        if assumed and self._film is not None and self._film.reader.index.stamped:
            index, tick = self._film.reader.index, float(self._film.reader.time_base)
            times, assumed = tuple((pts - index.pts[0]) * tick for pts in index.pts), None
        claims = read_claims(header)
        height, width = first.shape[:2]
        factor = reduction(int(header.dataset.Columns), int(header.dataset.Rows))
        modality = header.text("Modality")
        notes = (
            None
            if modality == "US"
            else f"expected ultrasound (modality US), got {modality or 'no modality'}",
            assumed,
            reduction_warning(int(header.dataset.Columns), int(header.dataset.Rows)),
            *claims.warnings,
        )
        info = SourceInfo(
            kind="dicom",
            name=name,
            width=width,
            height=height,
            live=False,
            fps=frame_rate(times),
            frames=frames.count,
            duration_s=duration_s(times),
            codec=header.syntax.name,
            container="dicom",
            colour_range="full",
            interlaced=self._film is not None and self._film.reader.interlaced,
            mm_per_px=None if claims.mm_per_px is None else claims.mm_per_px * factor,
            mm_per_px_from=None if claims.mm_per_px is None else "dicom",
            claimed_region=_reduced(claims.region, factor),
            warnings=tuple(note for note in notes if note),
        )
        return Contents(info, times, header.frames if header.frames > frames.count else None)

    def _first_pixels(self, frames: _Frames) -> Pixels:
        """The first frame that can be decoded: a file without one is refused."""
        for index in range(frames.count):
            try:
                return frames.pixels(index)
            except DamagedFrameError:
                continue
        raise UnreadableSourceError(f"{self._path.name}: not one frame of the DICOM file can be decoded")

    def _decode(self, index: int) -> Pixels:
        if self._frames is None:
            raise RuntimeError("expected an open DICOM file")
        return self._frames.pixels(index)

    def _close(self) -> None:
        if self._film is not None:
            self._film.reader.close()
        if self._header is not None:
            self._header.file.close()
        self._header = self._film = self._frames = None


def _reduced(box: Box | None, factor: int) -> Box | None:
    if box is None or factor == 1:
        return box
    return Box(box.x0 // factor, box.y0 // factor, box.x1 // factor, box.y1 // factor)
