"""Where the frames of a film are: one pass over its packets, without decoding."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import av
import av.container

UNTIMED_RATE = 25
"""Frames a second for streams without any time stamps (raw H.264 or HEVC) and without a nominal rate."""


@dataclass(frozen=True, slots=True)
class VideoIndex:
    """The time stamps of all frames in the order shown, in units of the stream's time base."""

    pts: tuple[int, ...]
    keys: tuple[int, ...]
    """Positions in `pts` of the frames at which decoding can start."""
    stamped: bool
    """False: the stream has no usable stamps, `pts` was counted out, and frames are known by their order."""
    declared: int | None = None
    """How many frames the header promises, where the file holds fewer."""

    def position(self, pts: int, after: int) -> int | None:
        """The position of a decoded frame, given that of the one before it; None for a stranger."""
        if after + 1 < len(self.pts) and self.pts[after + 1] == pts:
            return after + 1
        at = bisect_left(self.pts, pts)
        return at if at < len(self.pts) and self.pts[at] == pts else None

    def keys_before(self, position: int) -> list[int]:
        """Positions of the key frames at or before a position, nearest first."""
        return list(reversed(self.keys[: bisect_right(self.keys, position)]))

    def from_position(self, first: int) -> VideoIndex:
        """The index without the frames before `first`, which cannot be decoded."""
        if first == 0:
            return self
        keys = tuple(key - first for key in self.keys if key >= first)
        return VideoIndex(self.pts[first:], keys, self.stamped, self.declared)


def build_index(container: av.container.InputContainer, stream: av.VideoStream) -> VideoIndex:
    """Read every packet of the stream once, and leave the container at its end."""
    stamps: list[tuple[int, bool]] = []
    packets = untimed = backward = 0
    last_dts: int | None = None
    cut_off = False
    hidden = _hides_frames(stream)
    try:
        for packet in container.demux(stream):
            if packet.size == 0:
                continue
            packets += 1
            cut_off = bool(packet.is_corrupt)
            if packet.dts is not None:
                backward += last_dts is not None and packet.dts < last_dts
                last_dts = packet.dts
            if packet.is_discard or (hidden and not bytes(packet)[0] & 0x10):
                continue
            if packet.pts is None:
                untimed += 1
            stamps.append((packet.pts if packet.pts is not None else packet.dts or 0, packet.is_keyframe))
    except av.error.FFmpegError:
        cut_off = False  # the rest is unreadable; what came before is whole
    if cut_off and stamps:
        stamps.pop()  # half a frame at the end of the file
    if untimed or backward:
        return _counted(stream, stamps)
    order = sorted(range(len(stamps)), key=lambda i: stamps[i][0])
    keys = tuple(position for position, i in enumerate(order) if stamps[i][1])
    pts = tuple(stamps[i][0] for i in order)
    return VideoIndex(pts, keys, True, _declared(pts, packets - cut_off, container, stream))


def _hides_frames(stream: av.VideoStream) -> bool:
    """VP8 keeps frames that are never shown as packets of their own (RFC 6386 9.1: show_frame, bit 4)."""
    return stream.codec_context.name in ("vp8", "libvpx")


def _declared(
    pts: Sequence[int], packets: int, container: av.container.InputContainer, stream: av.VideoStream
) -> int | None:
    """How many frames the header promises, where some of them are missing at the end; else None.

    A header's count alone is no proof, so time has to be missing as well.
    """
    counted = stream.frames if stream.frames > packets else None
    if len(pts) < 2 or not stream.time_base:
        return counted
    span = pts[-1] - pts[0]
    if container.format.name == "avi":  # frames dropped on purpose are counted, and keep their place in time
        tick = min((b - a for a, b in pairwise(pts) if b > a), default=1)
        return counted if counted and counted > span / tick + 1 else None
    length = stream.duration
    if length is None and container.format.name.startswith("matroska") and len(container.streams) == 1:
        length = container.duration and round(container.duration / av.time_base / stream.time_base)
    if not length or span <= 0:
        return None
    start = stream.start_time if stream.start_time is not None else pts[0]
    absent = (length - (pts[-1] - start)) / span * (len(pts) - 1) - 1
    if absent < (0.5 if counted else 1.5):
        return None
    return counted or len(pts) + round(absent)


def _counted(stream: av.VideoStream, stamps: list[tuple[int, bool]]) -> VideoIndex:
    """An index by order alone, at the nominal rate."""
    rate = stream.average_rate or stream.guessed_rate or UNTIMED_RATE
    step = 1 / (rate * stream.time_base) if stream.time_base else 1
    pts = tuple(round(i * step) for i in range(len(stamps)))
    return VideoIndex(pts, (0,) if pts else (), False)
