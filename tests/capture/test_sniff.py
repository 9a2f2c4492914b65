from __future__ import annotations

import struct
from pathlib import Path

import pytest

from capture.sniff import FileKind, looks_like_bare_dicom, sniff
from capture.source import UnreadableSourceError


def explicit(group: int, element: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH", group, element) + vr + struct.pack("<H", len(value)) + value


def implicit(group: int, element: int, value: bytes) -> bytes:
    return struct.pack("<HHI", group, element, len(value)) + value


BARE = {
    "explicit": explicit(8, 5, b"CS", b"ISO_IR 100") + explicit(8, 0x16, b"UI", b"1.2.840."),
    "implicit": implicit(8, 5, b"ISO_IR 100") + implicit(8, 0x16, b"1.2.840."),
    "meta first": explicit(2, 0, b"UL", b"\x10\0\0\0") + explicit(2, 1, b"OW", b"\0\1"),
}


@pytest.mark.parametrize("head", BARE.values(), ids=BARE)
def test_dicom_without_a_preamble_is_recognised(head: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(head + b"\0" * 200)
    assert sniff(tmp_path / "file") is FileKind.DICOM


NOT_BARE = {
    "wrong group": explicit(9, 5, b"CS", b"AB") + explicit(9, 6, b"CS", b"AB"),
    "wrong order": explicit(8, 0x16, b"CS", b"AB") + explicit(8, 5, b"CS", b"AB"),
    "odd length": implicit(8, 5, b"ABC") + implicit(8, 6, b"AB"),
    "too long": implicit(8, 5, b"A" * 2000) + implicit(8, 6, b"AB"),
    "too short": implicit(8, 5, b"AB"),
    "nothing": b"",
}


@pytest.mark.parametrize("head", NOT_BARE.values(), ids=NOT_BARE)
def test_other_bytes_are_not_taken_for_dicom(head: bytes) -> None:
    assert not looks_like_bare_dicom(head)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0" * 128 + b"DICM\2\0", FileKind.DICOM),
        (b"\x89PNG\r\n\x1a\n....IHDR", FileKind.PICTURE),
        (b"\x89PNG\r\n\x1a\n....IHDR....acTL", FileKind.FILM),
        (b"RIFF\0\0\0\0WEBPVP8 ", FileKind.PICTURE),
        (b"RIFF\0\0\0\0AVI LIST", FileKind.FILM),
        (b"GIF89a\1\0", FileKind.FILM),
        (b"YUV4MPEG2 W64 H48 F25:1\nFRAME\n", FileKind.FILM),
        (b"\0\0\0\x20ftypisom", FileKind.FILM),
    ],
)
def test_known_beginnings(head: bytes, kind: FileKind, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(head)
    assert sniff(tmp_path / "file") is kind


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "the file is empty"),
        (b"NRRD0004\n", "an NRRD volume"),
        (b"PK\x03\x04....", "a ZIP archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b"just words\n" * 40, "a text file"),
    ],
)
def test_strangers_are_named_and_what_can_be_read_is_said(head: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "file.mp4").write_bytes(head)
    with pytest.raises(UnreadableSourceError, match=words) as refused:
        sniff(tmp_path / "file.mp4")
    if head:
        assert "MP4" in str(refused.value)
        assert "DICOM" in str(refused.value)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSourceError, match=r"device or pipe|cannot be read"):
        sniff(tmp_path)
