"""Live input through FFmpeg's demuxers: what cards, screens and network streams have in common."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import av

from capture.live_reader import Shot
from capture.pixel_formats import LiveConverter
from capture.source import SourceError, SourceInfo, SourceLostError, UnreadableSourceError

log = logging.getLogger(__name__)

HOPELESS = (
    av.error.ProtocolNotFoundError,
    av.error.DemuxerNotFoundError,
    av.error.OptionNotFoundError,
    av.error.DecoderNotFoundError,
    av.error.HTTPUnauthorizedError,  # again and again, a server may lock the account
    av.error.HTTPForbiddenError,
)
"""What FFmpeg raises for things that no second try mends."""


@dataclass(frozen=True, slots=True)
class Inlet:
    """What to give to FFmpeg."""

    kind: str
    name: str
    url: str
    format: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    timeout_s: tuple[float, float] | None = None
    """For opening and for reading; devices ignore it, the network does not."""


class AvDriver:
    """One live container; a `Driver`."""

    def __init__(self, inlet: Inlet, converter: LiveConverter | None = None) -> None:
        self.inlet = inlet
        self._converter = converter or LiveConverter()
        self._container: av.container.InputContainer | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())

    def open(self) -> SourceInfo:
        inlet = self.inlet
        try:
            self._container = av.open(
                inlet.url, "r", format=inlet.format, options=dict(inlet.options), timeout=inlet.timeout_s
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise self.refusal(error) from error
        videos = self._container.streams.video
        if not videos:
            raise SourceLostError(f"{inlet.name} carries no pictures")
        video = videos[0]
        video.thread_type = "SLICE"  # frame threads hold back a picture each
        self._frames = self._decode(self._container, video)
        return self.describe(video)

    def refusal(self, error: Exception) -> SourceError:
        """What to raise when FFmpeg does not open it."""
        if isinstance(error, HOPELESS):
            return UnreadableSourceError(f"{self.inlet.name}: {why(error)}")
        return SourceLostError(f"nothing comes from {self.inlet.name} ({why(error)})")

    def describe(self, video: av.VideoStream) -> SourceInfo:
        context = video.codec_context
        return SourceInfo(
            kind=self.inlet.kind,
            name=self.inlet.name,
            width=context.width,
            height=context.height,
            live=True,
            fps=plausible_rate(video.average_rate),
            codec=context.name,
            container=self.inlet.format or (self._container.format.name if self._container else None),
        )

    def read(self) -> Shot | None:
        try:
            frame = next(self._frames)
        except (av.error.FFmpegError, StopIteration) as error:
            raise SourceLostError(f"{self.inlet.name} has gone ({why(error)})") from error
        return self.shot(frame, time.monotonic_ns())

    def shot(self, frame: av.VideoFrame, captured_ns: int) -> Shot | None:
        """The frame as people see it; None when it is held back."""
        return Shot(self._converter.pixels(frame), captured_ns)

    def close(self) -> None:
        self._frames = iter(())
        if self._container is not None:
            self._container.close()

    def interrupt(self) -> None:
        """Nothing to do: FFmpeg gives up by itself after its time-outs."""

    def _decode(
        self, container: av.container.InputContainer, video: av.VideoStream
    ) -> Iterator[av.VideoFrame]:
        """Frames as they come; a damaged packet costs its picture, not the connection."""
        for packet in container.demux(video):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError:
                log.debug("%s: a damaged packet", self.inlet.name)


def plausible_rate(rate: Fraction | None) -> float | None:
    """Frames a second; FFmpeg reports its time base (90000 and the like) where it knows no rate."""
    return float(rate) if rate and rate <= 1000 else None


def why(error: BaseException) -> str:
    """The reason in a few words."""
    if isinstance(error, av.error.ExitError | av.error.TimeoutError):
        return "no answer in time"
    if isinstance(error, av.error.EOFError | StopIteration):
        return "it ended"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
