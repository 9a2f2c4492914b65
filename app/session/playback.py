"""The video of an exam as a recording: every stored frame by its index, with its own time."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import av
import av.container
import numpy as np

from app.session.exam import Segment
from app.session.sector import cropped_region, region_from
from app.session.table import STARTS, Rows
from capture.decode import FrameConverter
from capture.frame import Pixels
from capture.geometry import Region
from capture.recording import Contents, DamagedFrameError, Recording
from capture.source import SourceInfo, UnreadableSourceError
from capture.timing import duration_s, frame_rate

GAP_S = 0.2
"""What a stretch that was not recorded lasts in playback."""


class ExamVideo(Recording):
    """Frames are the scan alone, cropped and masked, in the order they were captured.

    Frames of one exam may differ in size and colour: `region(index)` says where the scan lies in each.
    Opening reads no picture but the first; a seek reads one cluster of one file.
    """

    def __init__(self, name: str, folder: Path, segments: dict[int, Segment], rows: Rows) -> None:
        """Name the parts; nothing is opened yet.

        Args:
            name: for people.
            folder: of the exam.
            segments: by number.
            rows: of the frames table, in order of time.
        """
        super().__init__()
        self._name = name
        self._folder = folder
        self._segments = segments
        self._rows = rows
        self._file: _OpenSegment | None = None
        self._regions: dict[int, Region] = {}

    def region(self, index: int) -> Region:
        """Where the scan lies in a frame, in pixels of that frame."""
        number = int(self._rows["segment"][index])
        if number not in self._regions:
            self._regions[number] = cropped_region(region_from(self._segments[number].region))
        return self._regions[number]

    def ticks_px(self, index: int) -> float | None:
        """Distance of the depth marks that stood beside the scan; None where none were seen."""
        return self._segments[int(self._rows["segment"][index])].ticks_px

    def captured_ns(self, index: int) -> int:
        return int(self._rows["captured_ns"][index])

    def scan_index(self, index: int) -> int:
        return int(self._rows["scan_index"][index])

    def _open(self) -> Contents:
        if not len(self._rows):
            raise UnreadableSourceError(f"{self._name}: no frame was recorded")
        times = playback_times(self._rows)
        first = self._first()
        segment = self._segments[int(self._rows["segment"][0])]
        return Contents(
            SourceInfo(
                kind="exam",
                name=self._name,
                width=first.shape[1],
                height=first.shape[0],
                live=False,
                fps=frame_rate(times),
                frames=len(times),
                duration_s=duration_s(times),
                codec=segment.codec,
                container="matroska",
                colour_range="full",
                mm_per_px=segment.mm_per_px,
                mm_per_px_from=self.region(0).mm_per_px_from,
            ),
            times,
        )

    def _first(self) -> Pixels:
        for index in range(min(len(self._rows), 100)):
            try:
                return self._decode(index)
            except DamagedFrameError:
                continue
        raise UnreadableSourceError(f"{self._name}: the first frames of the video cannot be read")

    def _mm_per_px(self, index: int) -> float | None:
        return self._segments[int(self._rows["segment"][index])].mm_per_px

    def _decode(self, index: int) -> Pixels:
        row = self._rows[index]
        number = int(row["segment"])
        if self._file is None or self._file.number != number:
            self._close()
            self._file = _OpenSegment(number, self._folder / self._segments[number].file)
        pixels = self._file.pixels(int(row["pts_ms"]), int(row["sum"]))
        segment = self._segments[number]
        if pixels.shape[:2] != (segment.height, segment.width):
            raise DamagedFrameError(f"frame {index} has another size than its file")
        return pixels

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _OpenSegment:
    """One file, read packet by packet: each stands alone, and its check sum is known."""

    def __init__(self, number: int, path: Path) -> None:
        self.number = number
        self._converter = FrameConverter(full_range=True)
        self._container = open_segment(path)
        self._stream = self._container.streams.video[0]
        self._packets = self._container.demux(self._stream)
        self._at_ms = -1
        self._ended = False

    def pixels(self, pts_ms: int, check: int) -> Pixels:
        """One picture.

        Raises:
            DamagedFrameError: it is not there, or not as it was written.
        """
        try:
            packet = self._packet(pts_ms)
            if check and zlib.crc32(bytes(packet)) != check:
                raise DamagedFrameError(f"the picture at {pts_ms} ms is not as it was written")
            frames = packet.decode()
            if not frames:
                raise DamagedFrameError(f"the picture at {pts_ms} ms gives no frame")
            return self._converter.pixels(frames[0])
        except av.error.FFmpegError as error:
            self._at_ms, self._ended = -1, True
            raise DamagedFrameError(f"the picture at {pts_ms} ms cannot be decoded") from error

    def _packet(self, pts_ms: int) -> av.Packet[Any]:
        if self._ended or not self._at_ms < pts_ms <= self._at_ms + 200:
            self._container.seek(pts_ms, stream=self._stream, backward=True)
            self._packets = self._container.demux(self._stream)
            self._ended = False
        for packet in self._packets:
            if packet.pts is None or packet.size == 0:
                break
            self._at_ms = packet.pts
            if packet.pts == pts_ms:
                return packet
            if packet.pts > pts_ms:
                raise DamagedFrameError(f"no picture at {pts_ms} ms: the next one is at {packet.pts} ms")
        self._ended = True
        raise DamagedFrameError(f"no picture at {pts_ms} ms: the file has ended")

    def close(self) -> None:
        self._packets = iter(())
        self._container.close()


def open_segment(path: Path) -> av.container.InputContainer:
    """Open a file of `video/`.

    Raises:
        DamagedFrameError: missing or damaged beyond use.
    """
    # The head says all that is needed: without a limit FFmpeg would decode pictures to find out more.
    options = {"format_whitelist": "matroska,webm", "protocol_whitelist": "file", "probesize": "32"}
    try:
        container = av.open(str(path), "r", format="matroska", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise DamagedFrameError(f"{path.name} cannot be opened") from error
    if not container.streams.video or container.streams.video[0].codec_context is None:
        container.close()
        raise DamagedFrameError(f"{path.name} has no picture")
    container.streams.video[0].codec_context.thread_count = 1
    return container


def playback_times(rows: Rows) -> tuple[float, ...]:
    """Media time of every frame in s: as captured, but stretches that were not recorded are short."""
    captured = rows["captured_ns"].astype(np.int64)
    steps = np.diff(captured) / 1e9
    starts = (rows["flags"][1:] & STARTS) != 0
    steps = np.where(starts, np.minimum(steps, GAP_S), steps)
    return tuple(np.concatenate([[0.0], np.cumsum(np.maximum(steps, 0.0))]).tolist())
