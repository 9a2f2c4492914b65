"""Frames of a film by their position: decodes forward, seeks by key frames, checks where it arrived."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

import av
import av.container

from capture.damage import Damage
from capture.deinterlace import Deinterlacer
from capture.limits import MAX_FILM_FRAME_BYTES, MAX_PICTURE_PIXELS, check_picture_size
from capture.recording import DamagedFrameError
from capture.sniff import SUPPORTED
from capture.source import UnreadableSourceError
from capture.video_index import VideoIndex, build_index

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,m4v,gif,apng,asf,flv,ogg,mxf,nut,ivf,"
    "h264,hevc,obu,mjpeg,mjpeg_2000,yuv4mpegpipe,dv,wtv,vc1,rm"
)
"""Formats that hold pictures of their own; not play lists and scripts, which fetch other files."""

_THREADS = min(4, os.cpu_count() or 1)
_LARGE_FRAME = 4096 * 2304
"""Above this many pixels one thread decodes: each further thread keeps frames of its own."""

_WORTH_SEEKING = 3
"""Decode forward rather than seek when the key frame is no further ahead than this."""


class VideoReader:
    """One film, open; for one thread.

    Frames are known by their position in `index`, in the order shown.
    """

    def __init__(self, source: Path | BinaryIO | RawIOBase, name: str) -> None:
        """Open, index and decode the first frame.

        Args:
            source: a path, or a seekable file object that outlives the reader.
            name: what messages call it.

        Raises:
            UnreadableSourceError: no film, no picture in it, or too large.
        """
        self._source = source
        self._name = name
        self.interlaced = False
        self.strict = True
        """Only whole frames are given. False for films that break their format from the first frame on."""
        self._frames: Iterator[tuple[int, av.VideoFrame]] = iter(())
        self._pending: tuple[int, av.VideoFrame] | None = None
        self.container, self.stream = self._opened()
        try:
            self.index: VideoIndex = build_index(self.container, self.stream)
            if not self.index.pts:
                raise UnreadableSourceError(f"{name}: there is no whole frame in the film")
            self.strict = self.index.stamped
            first = self._first()
        except BaseException:
            self.close()
            raise
        self.index = self.index.from_position(first[0])
        self._last = self._at = 0
        self._pending = 0, first[1]

    @property
    def first(self) -> av.VideoFrame:
        """The first frame; only until the first call of `frame`."""
        if self._pending is None:
            raise RuntimeError("expected a film of which nothing was read yet")
        return self._pending[1]

    @property
    def time_base(self) -> Fraction:
        """Seconds in a unit of `index.pts`."""
        return self.stream.time_base or Fraction(1, av.time_base)

    def close(self) -> None:
        self._frames, self._pending = iter(()), None
        self.container.close()

    def _first(self) -> tuple[int, av.VideoFrame]:
        """The first frame that decodes, with its position; gives up strictness when that loses the start."""
        self._rewind()
        first = next(self._frames, None)
        if self.strict and (first is None or first[0] > 0):
            self.strict = False
            self._rewind()
            lenient = next(self._frames, None)
            if first is not None and lenient is not None and lenient[0] == first[0]:
                self.strict = True
                self._rewind()
                lenient = next(self._frames, None)
            first = lenient
        if first is None:
            raise UnreadableSourceError(f"{self._name}: not one frame of the film can be decoded")
        return first

    def frame(self, position: int) -> av.VideoFrame:
        """Decode one frame; fast when it is the one after the last.

        Raises:
            DamagedFrameError: the decoder gives no frame for this position.
        """
        if position < self._at or self._ahead(position) > _WORTH_SEEKING:
            self._seek(position)
        while True:
            found = self._pending or next(self._frames, None)
            self._pending = None
            if found is None:
                raise DamagedFrameError(f"no frame {position}: the film has ended")
            if found[0] > position:
                self._pending, self._at = found, position + 1
                raise DamagedFrameError(f"no frame {position}: the next one is {found[0]}")
            self._at = found[0] + 1
            if found[0] == position:
                return found[1]

    def _ahead(self, position: int) -> int:
        """How many frames a seek towards `position` would save."""
        here = self._pending[0] if self._pending else self._at
        return self._key_for(position)[0] - here

    def _key_for(self, position: int) -> list[int]:
        """The key frames to start from, nearest first. Deinterlacing looks at the frame before, too."""
        return self.index.keys_before(max(0, position - self.interlaced)) or [0]

    def _seek(self, position: int) -> None:
        keys = self._key_for(position)
        # Programme and transport streams have no index: the demuxer lands near, so aim one key frame earlier.
        loose = self.container.format.name in ("mpeg", "mpegts")
        attempts = keys[1:3] if loose else keys[:2]
        for key in attempts:
            if key == 0 or not self.index.stamped:
                break
            try:
                self.container.seek(self.index.pts[key], stream=self.stream)
            except av.error.FFmpegError:
                break
            self._last, self._frames = -1, self._decoded()
            first = next(self._frames, None)
            if first is not None and first[0] <= keys[0]:
                self._at, self._pending = first[0], first
                return
        self._rewind()

    def _rewind(self) -> None:
        """Start again from the beginning: opening anew works for every format."""
        self.close()
        self.container, self.stream = self._opened()
        self._frames = self._decoded()
        self._last, self._at, self._pending = -1, 0, None

    def _decoded(self) -> Iterator[tuple[int, av.VideoFrame]]:
        """(position, frame) from here to the end; frames that the index does not know are left out."""
        deinterlacer = Deinterlacer(self.time_base)
        for frame in self._raw():
            self.interlaced = self.interlaced or frame.interlaced_frame
            for pts, whole in deinterlacer.feed(frame):
                yield from self._placed(pts, whole)
        for pts, whole in deinterlacer.flush():
            yield from self._placed(pts, whole)

    def _placed(self, pts: int | None, frame: av.VideoFrame) -> Iterator[tuple[int, av.VideoFrame]]:
        position: int | None = self._last + 1
        if self.index.stamped:
            position = None if pts is None else self.index.position(pts, self._last)
        if position is not None and self._last < position < len(self.index.pts):
            self._last = position
            yield position, frame

    def _raw(self) -> Iterator[av.VideoFrame]:
        """What the decoder makes of the packets, without what is damaged."""
        damage = Damage(_THREADS)
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError):
                return
            damage.follow(packet)
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                damage.failed()
                continue
            for frame in frames:
                if not self.strict or frame.pts not in damage.tainted:
                    yield frame

    def _opened(self) -> tuple[av.container.InputContainer, av.VideoStream]:
        if not isinstance(self._source, Path):
            self._source.seek(0)
        options = {
            "format_whitelist": CONTAINERS,
            "protocol_whitelist": "file",
            "max_pixels": str(MAX_PICTURE_PIXELS),
        }
        source = str(self._source) if isinstance(self._source, Path) else self._source
        try:
            container = av.open(source, "r", options=options)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise UnreadableSourceError(f"{self._name}: {_why_unreadable(error, self._source)}") from error
        try:
            return container, self._picture_stream(container)
        except BaseException:
            container.close()
            raise

    def _picture_stream(self, container: av.container.InputContainer) -> av.VideoStream:
        streams = [s for s in container.streams.video if "attached_pic" not in str(s.disposition)]
        if not streams:
            what = "only sound" if container.streams.audio else "no picture"
            raise UnreadableSourceError(f"{self._name}: expected a film, got {what}")
        stream = streams[0]
        context = stream.codec_context
        if context is None:
            raise UnreadableSourceError(f"{self._name}: the film's codec is not supported")
        if not (context.width and context.height):  # also where FFmpeg refuses the size by itself
            raise UnreadableSourceError(
                f"{self._name}: the film's size is not told, "
                f"or beyond {MAX_PICTURE_PIXELS / 1e6:.0f} megapixels"
            )
        check_picture_size(self._name, context.width, context.height)
        depth = context.format.padded_bits_per_pixel if context.format else 24
        if context.width * context.height * depth / 8 > MAX_FILM_FRAME_BYTES:
            raise UnreadableSourceError(
                f"{self._name}: the film is too large, "
                f"{context.width} x {context.height} with {depth} bits a pixel"
            )
        context.options = {"max_pixels": str(MAX_PICTURE_PIXELS)}
        if self.strict:
            context.options = {"max_pixels": str(MAX_PICTURE_PIXELS), "err_detect": "explode"}
        # Slice threads would swallow errors; with frame threads an error comes at most _THREADS packets late.
        context.thread_type = "FRAME"
        context.thread_count = 1 if context.width * context.height > _LARGE_FRAME else _THREADS
        return stream


def _why_unreadable(error: Exception, source: object) -> str:
    if isinstance(source, Path) and isinstance(error, av.error.InvalidDataError):
        with source.open("rb") as file:
            if file.read(12)[4:8] == b"ftyp":
                return "the film's index (moov) is missing: the recording was cut off before it was finished"
    if isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError)):
        return f"cannot be read ({error.strerror})"
    return f"expected {SUPPORTED}, got something else or a damaged file"
