"""A folder of pictures, or of single-frame DICOM files, as one sequence in natural order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from capture.dicom_header import DicomHeader, read_header
from capture.dicom_pixels import StoredFrames
from capture.dicom_regions import Claims, read_claims
from capture.frame import Pixels
from capture.picture import read_picture
from capture.recording import Contents, DamagedFrameError, Recording
from capture.sniff import FileKind, sniff
from capture.source import SourceInfo, UnreadableSourceError
from capture.timing import ASSUMED_FPS, duration_s, even_times

_DIGITS = re.compile(r"([0-9]+)")
_NAMES_SHOWN = 3
_FILM_ENDINGS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".wmv", ".gif")
"""Only to name what is skipped: whether it is a film would take opening it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    claims: Claims | None = None
    """Of a DICOM file; None for other pictures."""
    number: int | None = None
    """DICOM's InstanceNumber."""


class ImageFolder(Recording):
    noun = "pictures"

    def __init__(self, path: Path, fps: float = ASSUMED_FPS) -> None:
        """Name a folder; its sub-folders are not looked into.

        Args:
            path: the folder.
            fps: pictures a second; they carry no time of their own.
        """
        super().__init__()
        if not 0 < fps <= 1000:
            raise UnreadableSourceError(f"expected a rate from 0 to 1000 pictures a second, got {fps:g}")
        self._path = path
        self._fps = fps
        self._entries: list[_Entry] = []
        self._unread: list[str] = []
        self._notes: tuple[str, ...] = ()

    def _open(self) -> Contents:
        self._entries, skipped, films = _pictures(self._path)
        if not self._entries:
            hint = ", only films; open one of them" if films else ""
            raise UnreadableSourceError(f"{self._path.name}: there are no pictures in this folder{hint}")
        notes = [f"pictures carry no time: {self._fps:g} a second assumed"] if len(self._entries) > 1 else []
        if skipped:
            notes.append(f"{_counted(skipped)} skipped, not a picture: {_named(skipped)}")
        if films:
            notes.append(f"{_counted(films)} skipped, to be opened alone: {_named(films)}")
        self._notes, self._unread = tuple(notes), []
        index, first = self._first()
        times = even_times(len(self._entries), 1 / self._fps)
        claims = self._entries[index].claims or Claims()
        return Contents(
            SourceInfo(
                kind="folder",
                name=self._path.name,
                width=first.shape[1],
                height=first.shape[0],
                live=False,
                fps=self._fps if len(self._entries) > 1 else None,
                frames=len(self._entries),
                duration_s=duration_s(times),
                codec="dicom"
                if self._entries[index].claims
                else self._entries[index].path.suffix[1:].lower(),
                colour_range="full",
                mm_per_px=claims.mm_per_px,
                mm_per_px_from="dicom" if claims.mm_per_px else None,
                claimed_region=claims.region,
                warnings=(*self._notes, *claims.warnings),
            ),
            times,
        )

    @property
    def info(self) -> SourceInfo:
        info = super().info
        if not self._unread:
            return info
        lost = f"{_counted(self._unread)} could not be read: {_named(self._unread)}"
        return replace(info, warnings=(*info.warnings, lost))

    def _first(self) -> tuple[int, Pixels]:
        for index in range(len(self._entries)):
            try:
                return index, self._decode(index)
            except DamagedFrameError:
                continue
        raise UnreadableSourceError(f"{self._path.name}: not one picture in this folder can be read")

    def _decode(self, index: int) -> Pixels:
        entry = self._entries[index]
        try:
            return _dicom_pixels(entry.path) if entry.claims else read_picture(entry.path).pixels
        except (UnreadableSourceError, DamagedFrameError) as error:
            if entry.path.name not in self._unread:
                self._unread.append(entry.path.name)
            raise DamagedFrameError(str(error)) from error

    def _mm_per_px(self, index: int) -> float | None:
        claims = self._entries[index].claims
        return claims.mm_per_px if claims else None

    def _close(self) -> None:
        self._entries = []


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sorts as people count: frame_2 before frame_10; case does not matter."""
    parts = _DIGITS.split(name.casefold())
    return tuple((0, int(part)) if i % 2 else (1, part) for i, part in enumerate(parts))


def _pictures(folder: Path) -> tuple[list[_Entry], list[str], list[str]]:
    """The pictures in order, the names of what is none, and the names of films and DICOM cines."""
    entries: list[_Entry] = []
    skipped: list[str] = []
    films: list[str] = []
    try:
        paths = sorted((p for p in folder.iterdir() if not p.is_dir()), key=lambda p: natural_key(p.name))
    except OSError as error:
        raise UnreadableSourceError(f"{folder.name}: cannot be read ({error.strerror or error})") from error
    for path in paths:
        if path.name.startswith("."):
            continue
        try:
            kind = sniff(path)
            if kind is FileKind.PICTURE:
                entries.append(_Entry(path))
            elif kind is FileKind.FILM:
                (films if path.suffix.lower() in _FILM_ENDINGS else skipped).append(path.name)
            else:
                header = read_header(path)
                header.file.close()
                if header.frames > 1:
                    films.append(path.name)
                else:
                    entries.append(_dicom_entry(path, header))
        except UnreadableSourceError:
            skipped.append(path.name)
    if entries and all(entry.number is not None for entry in entries):
        entries.sort(key=lambda entry: entry.number or 0)
    return entries, skipped, films


def _dicom_entry(path: Path, header: DicomHeader) -> _Entry:
    number = header.number("InstanceNumber", -1)
    return _Entry(path, read_claims(header), int(number) if number >= 0 else None)


def _dicom_pixels(path: Path) -> Pixels:
    header = read_header(path)
    with header.file:
        return StoredFrames(header, path.name).pixels(0)


def _counted(names: Sequence[str]) -> str:
    return "1 file" if len(names) == 1 else f"{len(names)} files"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
