"""Where the frames lie in the pixel data of a DICOM file (PS3.5 8.2 and A.4); only whole ones count."""

from __future__ import annotations

import os
import struct
from bisect import bisect_right
from collections.abc import Sequence
from io import RawIOBase, UnsupportedOperation
from typing import BinaryIO

from pydicom.uid import RLELossless

from capture.dicom_header import DicomHeader

Span = tuple[int, int]
"""(first byte in the file, number of bytes)."""

_ITEM = (0xFFFE, 0xE000)
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")
"""First bytes of a JPEG and of a JPEG 2000 picture."""


def frame_spans(header: DicomHeader) -> list[tuple[Span, ...]]:
    """The bytes of each frame that is wholly there, in order; at most as many as declared."""
    if header.length is not None:
        return _plain_spans(header)
    table, fragments, cut_at = _fragments(header)
    offsets = _offsets(header, table)
    if len(offsets) == header.frames and header.frames > 1:
        frames = _by_offsets(offsets, fragments, header.start + 8 + len(table), cut_at)
    elif header.frames == 1:
        frames = [] if cut_at is not None else [tuple(fragments)]
    elif header.syntax == RLELossless or len(fragments) <= header.frames:
        frames = [(fragment,) for fragment in fragments]
    else:
        frames = _by_first_bytes(header.file, fragments)
        if cut_at is not None:
            frames = frames[:-1]
    return [frame for frame in frames if frame][: header.frames]


def film_spans(header: DicomHeader) -> list[Span]:
    """All fragments of an encapsulated film, which is one stream however it was cut."""
    return _fragments(header)[1]


def frame_bytes(header: DicomHeader) -> int:
    """Size of an uncompressed frame, bytes."""
    dataset = header.dataset
    samples = (
        2
        if header.text("PhotometricInterpretation") == "YBR_FULL_422"
        else header.number("SamplesPerPixel", 1)
    )
    return (
        int(dataset.Rows) * int(dataset.Columns) * int(samples) * int(header.number("BitsAllocated", 8)) // 8
    )


def read_spans(file: BinaryIO, spans: Sequence[Span]) -> bytes:
    """The bytes of one frame."""
    parts = []
    for start, length in spans:
        file.seek(start)
        parts.append(file.read(length))
    return b"".join(parts)


class SpanFile(RawIOBase):
    """Pieces of a file as one read-only, seekable file, so that a long film need not lie in memory."""

    def __init__(self, file: BinaryIO, spans: Sequence[Span]) -> None:
        super().__init__()
        self._file = file
        self._spans = list(spans)
        self._begins = [0]
        for _, length in self._spans:
            self._begins.append(self._begins[-1] + length)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._begins[-1]}.get(whence)
        if base is None:
            raise UnsupportedOperation(f"expected a whence of 0, 1 or 2, got {whence}")
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            size = self._begins[-1]
        parts = []
        while size > 0 and self._at < self._begins[-1]:
            piece = bisect_right(self._begins, self._at) - 1
            start, length = self._spans[piece]
            inside = self._at - self._begins[piece]
            self._file.seek(start + inside)
            data = self._file.read(min(size, length - inside))
            if not data:
                break
            parts.append(data)
            self._at += len(data)
            size -= len(data)
        return b"".join(parts)


def _plain_spans(header: DicomHeader) -> list[tuple[Span, ...]]:
    size = frame_bytes(header)
    there = min(header.length or 0, _file_size(header.file) - header.start)
    count = min(header.frames, there // size) if size else 0
    return [((header.start + i * size, size),) for i in range(count)]


def _fragments(header: DicomHeader) -> tuple[bytes, list[Span], int | None]:
    """The basic offset table, the whole fragments, and where the file was cut off (None: it was not)."""
    file, at, end = header.file, header.start, _file_size(header.file)
    found: list[Span] = []
    table: bytes | None = None
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return table or b"", found, at
        group, element, length = struct.unpack("<HHI", head)
        if (group, element) != _ITEM:
            return table or b"", found, None
        if at + 8 + length > end:
            return table or b"", found, at
        if table is None:
            table = file.read(length)
        elif length:
            found.append((at + 8, length))
        at += 8 + length


def _offsets(header: DicomHeader, table: bytes) -> list[int]:
    """Where the frames begin, bytes from the end of the basic offset table."""
    extended = header.dataset.get("ExtendedOffsetTable")
    if isinstance(extended, bytes) and extended:
        return list(struct.unpack(f"<{len(extended) // 8}Q", extended[: len(extended) // 8 * 8]))
    return list(struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4]))


def _by_offsets(
    offsets: list[int], fragments: list[Span], base: int, cut_at: int | None
) -> list[tuple[Span, ...]]:
    begins = [base + offset for offset in offsets]
    frames: list[list[Span]] = [[] for _ in begins]
    for start, length in fragments:
        owner = bisect_right(begins, start - 8) - 1
        if owner >= 0:
            frames[owner].append((start, length))
    if cut_at is not None:
        whole = max(0, bisect_right(begins, cut_at) - 1)
        frames = frames[:whole]
    return [tuple(frame) for frame in frames]


def _by_first_bytes(file: BinaryIO, fragments: list[Span]) -> list[tuple[Span, ...]]:
    frames: list[list[Span]] = []
    for start, length in fragments:
        file.seek(start)
        if not frames or file.read(4).startswith(_STARTS):
            frames.append([])
        frames[-1].append((start, length))
    return [tuple(frame) for frame in frames]


def _file_size(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)
