"""What a file is, by its first bytes: names and endings lie."""

from __future__ import annotations

import string
import struct
from enum import StrEnum
from pathlib import Path

from capture.source import UnreadableSourceError

SUPPORTED = "a film (MP4, MOV, MKV, WebM, AVI, MPEG, GIF), a picture (PNG, JPEG, BMP, TIFF, WebP) or DICOM"
"""What can be read, for messages."""


class FileKind(StrEnum):
    DICOM = "dicom"
    PICTURE = "picture"
    FILM = "film"
    """Known to be a film, or nothing known: the film reader decides."""


_PICTURES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"P1\n", b"P2\n", b"P3\n", b"P4\n", b"P5\n", b"P6\n",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
)  # fmt: skip

_STRANGERS = (
    (b"NRRD", "an NRRD volume"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
    (b"ObjectType", "a MetaImage header"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
)

_TEXT = frozenset(string.printable.encode())
_VR = frozenset(b"AE AS AT CS DA DS DT IS LO LT OB OW PN SH SL SQ ST TM UI UL UN UR US UT".split())
"""Value representations that occur in the groups 0002 and 0008 (DICOM PS3.6)."""
_HEAD = 4096


def sniff(path: Path) -> FileKind:
    """What kind of recording a file is.

    Raises:
        UnreadableSourceError: it cannot be read, is empty, or is something else; the message says what.
    """
    try:
        if not path.is_file():
            raise UnreadableSourceError(f"{path.name}: expected a file or a folder, got a device or pipe")
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UnreadableSourceError(f"{path.name}: cannot be read ({error.strerror or error})") from error
    if not head:
        raise UnreadableSourceError(f"{path.name}: the file is empty")
    if head[128:132] == b"DICM" or looks_like_bare_dicom(head):
        return FileKind.DICOM
    if head.startswith(b"\x89PNG") and b"acTL" in head:
        return FileKind.FILM  # animated PNG
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return FileKind.PICTURE
    for magic, what in _STRANGERS:
        if head.startswith(magic):
            raise UnreadableSourceError(f"{path.name}: expected {SUPPORTED}, got {what}")
    if not head.startswith(b"YUV4MPEG2") and all(byte in _TEXT for byte in head):
        raise UnreadableSourceError(f"{path.name}: expected {SUPPORTED}, got a text file")
    return FileKind.FILM


def looks_like_bare_dicom(head: bytes) -> bool:
    """Whether the bytes begin with DICOM elements, as old machines write them: no preamble, no 'DICM'.

    Two neighbouring little-endian elements of groups 0002 or 0008, in order, with sensible lengths.
    """
    at, last = 0, -1
    for _ in range(2):
        if len(head) < at + 8:
            return False
        group, element = struct.unpack_from("<HH", head, at)
        tag = group << 16 | element
        if group not in (0x0002, 0x0008) or tag <= last:
            return False
        if head[at + 4 : at + 6] in _VR:
            length = struct.unpack_from("<H", head, at + 6)[0]
        else:
            length = struct.unpack_from("<I", head, at + 4)[0]
        if length > 1024 or length % 2:
            return False
        at, last = at + 8 + length, tag
    return True
