"""Which recordings were meant: files, folders of recordings, folders of pictures; and a name for each."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.analyze.result import owner
from capture.dicom_names import named_after_patient
from capture.sniff import FileKind, sniff
from capture.source import UnreadableSourceError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:", re.ASCII)
"""At least two letters, so that C:\\film.mp4 is a path."""
_FILM_SUFFIXES = frozenset(
    {
        ".mp4", ".m4v", ".mov", ".qt", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".m2v", ".mjpeg", ".mjpg",
        ".wmv", ".asf", ".flv", ".gif", ".m2ts", ".mts", ".vob", ".3gp", ".y4m",
        ".dcm", ".dicom", ".ima",
    }
)  # fmt: skip
"""What is reported, not passed over, when it cannot be read."""
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Item:
    """One recording to analyse."""

    spec: str
    """What `capture.open.open_source` is given."""
    name: str
    """File or folder name without its path."""
    stem: str
    """What its result's folder is called unless another recording is called the same."""
    source_key: str
    """Hash of where it lies."""
    bytes: int | None
    stamp: str
    """Changes when the recording changes: sizes and times of its files."""
    nameless: bool = False
    """The file is called after a patient: its own name goes into no result."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A source of which there is no result, and why, in one line."""

    name: str
    message: str
    source_key: str = ""
    """Of the recording, where it came to be one."""


def find(specs: Sequence[str], out: Path) -> tuple[list[Item], list[Failure]]:
    """The recordings behind the arguments, each once, in order; and the arguments that are none.

    A folder is walked, but for hidden folders, `out` and results of earlier runs. In each folder every film
    and every DICOM file is a recording. Pictures are one recording, a loop, where they are the only ones of
    their folder; beside films they are stills, each on its own.
    """
    items: dict[str, Item] = {}
    failures: list[Failure] = []
    for spec in specs:
        try:
            for item in _behind(spec, out):
                items.setdefault(item.source_key, item)
        except FileNotFoundError as error:
            failures.append(Failure(_short(spec), f"{_short(spec)}: {error}"))
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or error
            failures.append(Failure(_short(spec), f"{_short(spec)}: cannot be read ({said})"))
    return list(items.values()), failures


def _behind(spec: str, out: Path) -> list[Item]:
    path = Path(spec)
    if not spec.strip():
        raise FileNotFoundError("expected a recording, got nothing")
    if path.is_dir():
        found = list(walk(path, out))
        if not found:
            raise FileNotFoundError("no recording in this folder")
        return found
    if path.exists():
        return [_file_item(path)]
    if _SCHEME.match(spec):
        return [_spec_item(spec)]
    raise FileNotFoundError("no such file or folder")


def _short(spec: str) -> str:
    """The last part of a path, cut to what fits a line."""
    name = Path(spec).name or spec.strip() or "''"
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def folder_names(items: Sequence[Item], out: Path) -> list[str]:
    """A folder name for each recording, stable from run to run, shared with nothing else in `out`."""
    stems = Counter(item.stem.casefold() for item in items)
    names = []
    for item in items:
        has = owner(out / item.stem)
        free = has is None and not (out / item.stem).exists() and stems[item.stem.casefold()] == 1
        plain = has == item.source_key or free
        names.append(item.stem if plain else f"{item.stem}-{item.source_key[:8]}")
    return names


class Kinds:
    """What the files of a folder are, looked into once as long as they do not change."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], FileKind | None]] = {}

    def __call__(self, path: Path) -> FileKind | None:
        try:
            stat = path.stat()
        except OSError:
            return _kind(path)
        stamp = stat.st_size, stat.st_mtime_ns
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            self._known[path] = known = stamp, _kind(path)
        return known[1]


def walk(top: Path, out: Path, kind_of: Callable[[Path], FileKind | None] | None = None) -> Iterator[Item]:
    """The recordings of a folder and of all below it, in order.

    Args:
        top: where to begin.
        out: where results go; left out.
        kind_of: says what a file is; None: look into each.
    """
    kind_of = kind_of or _kind
    ours = out.resolve()
    for folder, below, names in os.walk(top):
        here = Path(folder)
        below[:] = sorted(
            name
            for name in below
            if not name.startswith(".") and (here / name).resolve() != ours and owner(here / name) is None
        )
        pictures, films = [], []
        for name in sorted(names):
            kind = None if name.startswith(".") else kind_of(here / name)
            if kind is FileKind.PICTURE:
                pictures.append(here / name)
            elif kind is not None:
                films.append(here / name)
        if pictures and not films:
            yield _folder_item(here, pictures)
        else:
            yield from (_file_item(path) for path in sorted(films + pictures))


def _kind(path: Path) -> FileKind | None:
    """What a file found on the way is; None where it is no recording.

    A damaged film or DICOM file, known by its name, is one: it is reported, not passed over.
    """
    suffix = path.suffix.lower()
    try:
        kind = sniff(path)
    except UnreadableSourceError:
        return FileKind.FILM if suffix in _FILM_SUFFIXES else None
    if kind is FileKind.FILM and suffix not in _FILM_SUFFIXES and not _is_film(path):
        return None
    return kind


def _is_dicom(path: Path) -> bool:
    try:
        return sniff(path) is FileKind.DICOM
    except UnreadableSourceError:
        return False


def _is_film(path: Path) -> bool:
    """Whether the first bytes are those of a film's container, whatever it is called."""
    with path.open("rb") as file:
        head = file.read(256)
    transport_stream = head[:1] == head[188:189] == b"G"
    return (
        transport_stream
        or head[4:8] == b"ftyp"
        or head.startswith((b"\x1aE\xdf\xa3", b"RIFF", b"GIF8", b"\0\0\x01\xba"))
    )


def _file_item(path: Path) -> Item:
    try:
        stat = path.stat()
    except OSError:
        # It went away or may not be looked at; opening it will say so.
        return Item(str(path), path.name, _safe(path.stem), _key(path), None, "")
    stamp = f"{stat.st_size}:{stat.st_mtime_ns}"
    if _is_dicom(path) and named_after_patient(path.resolve()):
        name = f"dicom-{_key(path)[:8]}"
        return Item(str(path), name, name, _key(path), stat.st_size, stamp, nameless=True)
    return Item(str(path), path.name, _safe(path.stem), _key(path), stat.st_size, stamp)


def _folder_item(folder: Path, pictures: Sequence[Path]) -> Item:
    stats = [(path.name, path.stat()) for path in pictures]
    digest = hashlib.sha256()
    for name, stat in stats:
        digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode(errors="surrogateescape"))
    name = folder.resolve().name or "pictures"
    size = sum(stat.st_size for _, stat in stats)
    return Item(str(folder), name, _safe(name), _key(folder), size, digest.hexdigest())


def _spec_item(spec: str) -> Item:
    scheme = spec.split(":", 1)[0]
    key = hashlib.sha256(spec.encode(errors="surrogateescape")).hexdigest()
    return Item(spec, scheme, _safe(scheme), key, None, spec)


def _key(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode(errors="surrogateescape")).hexdigest()


def _safe(stem: str) -> str:
    """A stem as a folder name that every system takes."""
    kept = re.sub(r"[^\w.()+=-]+", "_", stem).strip("._ ")[:_LONGEST_NAME].rstrip("._")
    if re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", kept, re.IGNORECASE):
        return f"{kept}_"
    return kept or "recording"
