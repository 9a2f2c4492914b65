"""One file of an exam's video: Matroska, written so that it can be read after any end."""

from __future__ import annotations

import json
from fractions import Fraction
from io import RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

import av

from app.session.folder import Opener

CLUSTER_MS = 250
"""What is held back before it goes to disk: the most that a kill costs, beside what waits for the encoder."""
_TICK = Fraction(1, 1000)
"""Matroska's own; the exact times are in frames.bin."""


class SegmentFile:
    """Takes coded pictures in order; whole clusters are handed to the system at once, unbuffered."""

    def __init__(
        self, path: Path, opener: Opener, codec: str, width: int, height: int, about: dict[str, Any]
    ) -> None:
        """Make the file and write its head, which says alone what is in it.

        Raises:
            OSError: it cannot be made.
        """
        self._raw = _Counted(opener(path))
        try:
            self._file = av.open(
                self._raw,
                "w",
                format="matroska",
                options={"fflags": "+bitexact+flush_packets", "cluster_time_limit": str(CLUSTER_MS)},
            )
            self._file.metadata["comment"] = json.dumps(about, sort_keys=True)
            self._stream = self._file.add_mux_stream(codec, rate=1000, width=width, height=height)
        except BaseException:
            self._raw.close()
            raise

    @property
    def written(self) -> int:
        """Handed to the system so far."""
        return self._raw.written

    def add(self, data: bytes, pts_ms: int) -> None:
        """Put one coded picture.

        Raises:
            OSError: no room, or a broken disk. What was written before can be read.
        """
        packet = av.Packet(data)
        packet.pts = packet.dts = pts_ms
        packet.time_base = _TICK
        packet.is_keyframe = True
        packet.stream = self._stream
        self._guarded(lambda: self._file.mux(packet))

    def close(self) -> None:
        """Write what is held back and the table of pictures.

        Raises:
            OSError: no room, or a broken disk; the file can be read all the same.
        """
        try:
            self._guarded(self._file.close)
        finally:
            self._raw.close()

    def _guarded(self, work: Any) -> None:
        try:
            work()
        except av.error.FFmpegError as error:
            cause = self._raw.error or OSError(error.errno, error.strerror)
            raise cause from error
        if self._raw.error is not None:
            raise self._raw.error


class _Counted(RawIOBase):
    """What FFmpeg writes to. The first failure is kept: libavformat may report it late, or as another one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.written = 0
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        if self.error is not None:
            raise self.error
        view = memoryview(data)
        done = 0
        try:
            while done < len(view):
                done += self._file.write(view[done:])
        except OSError as error:
            self.error = error
            raise
        self.written += done
        return done

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()
