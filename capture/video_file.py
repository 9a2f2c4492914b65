"""Films: MP4, MOV, MKV, WebM, AVI, MPEG, GIF and others that FFmpeg knows."""

from __future__ import annotations

from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

import av

from capture.decode import FrameConverter, clockwise_deg, display_matrix, is_full_range, likely_aspect
from capture.frame import Pixels
from capture.limits import reduction_warning
from capture.recording import Contents, DamagedFrameError, Recording
from capture.source import SourceInfo
from capture.timing import duration_s, even_times, frame_rate
from capture.video_reader import VideoReader


class VideoFile(Recording):
    """A film, with its own time stamps."""

    def __init__(self, source: Path | BinaryIO | RawIOBase, name: str | None = None) -> None:
        """Name a film; nothing is opened yet.

        Args:
            source: a path, or a seekable file object that outlives the recording.
            name: for people; the file's name where a path is given.
        """
        super().__init__()
        self._source = source
        self._name = name or (source.name if isinstance(source, Path) else "film")
        self._reader: VideoReader | None = None
        self._converter = FrameConverter()

    def _open(self) -> Contents:
        self._reader = reader = VideoReader(self._source, self._name)
        index, stream, first = reader.index, reader.stream, reader.first
        self._converter = FrameConverter(stream.sample_aspect_ratio)
        pixels = self._converter.pixels(first)
        tick = float(reader.time_base)
        times = tuple((pts - index.pts[0]) * tick for pts in index.pts)
        warnings = [reduction_warning(first.width, first.height)]
        if not index.stamped:
            fps = float(stream.average_rate or stream.guessed_rate or 25)
            times = even_times(len(times), 1 / fps)
            warnings.append(f"the film has no usable time stamps: {fps:g} frames a second assumed")
        if not reader.strict and index.stamped:
            warnings.append(
                "the film breaks the rules of its format: damaged frames are not told from whole ones"
            )
        if stream.sample_aspect_ratio and likely_aspect(stream.sample_aspect_ratio) != 1.0:
            warnings.append(f"pixels are not square ({stream.sample_aspect_ratio}): the picture is stretched")
        info = SourceInfo(
            kind="video",
            name=self._name,
            width=pixels.shape[1],
            height=pixels.shape[0],
            live=False,
            fps=frame_rate(times),
            frames=len(times),
            duration_s=duration_s(times),
            codec=stream.codec_context.codec.canonical_name,
            container=reader.container.format.name.split(",")[0],
            rotation_deg=clockwise_deg(display_matrix(first)),
            colour_range=_range_name(first),
            interlaced=reader.interlaced,
            warnings=tuple(w for w in warnings if w),
        )
        return Contents(info, times, index.declared)

    def _decode(self, index: int) -> Pixels:
        if self._reader is None:
            raise RuntimeError("expected an open film")
        try:
            return self._converter.pixels(self._reader.frame(index))
        except av.error.FFmpegError as error:
            raise DamagedFrameError(f"frame {index} cannot be converted") from error

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _range_name(frame: av.VideoFrame) -> str | None:
    if not frame.color_range and not is_full_range(frame):
        return None
    return "full" if is_full_range(frame) else "limited"
