"""From what a user types or drops to a source: a path, `card:...`, `screen:`, an address, `phantom:`."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.request import url2pathname

from capture.sniff import FileKind, sniff
from capture.source import FrameSource, UnreadableSourceError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
"""At least two letters, so that C:\\film.mp4 is a path."""

_TARGETS = {
    "card": ("capture.card", "open_card"),
    "screen": ("capture.screen", "open_screen"),
    "igtl": ("capture.igtl", "open_igtl"),
}
"""`kind:TARGET?option=value&...` or `kind://TARGET...`; called with the target and the options by name."""

_STREAMS = dict.fromkeys(("udp", "rtp", "rtsp", "rtsps", "http", "https"), ("capture.stream", "open_stream"))
"""Called with the whole address, whose query belongs to the sender."""

_PHANTOM = ("capture.phantom.source", "open_phantom")
"""`phantom:key=value&...`; called with the keys and values."""

KINDS = "a file, a folder, card:, screen:, udp://, rtp://, rtsp://, igtl:// or phantom:"


def open_source(spec: str, **options: Any) -> FrameSource:
    """The source that a text names, not yet entered.

    Files are told apart by their content, never by their name. Which options there are depends on the
    kind of source; an option that was typed into the text wins over one given here.

    Raises:
        UnreadableSourceError: nothing of that name, a file of another kind, or options that make no sense.
    """
    spec = spec.strip()
    if not spec:
        raise UnreadableSourceError(f"expected a source: {KINDS}; got nothing")
    parts = _SCHEME.fullmatch(spec)
    if parts is None or _exists(spec):
        return _open_path(Path(spec).expanduser(), **options)
    scheme, rest = parts[1].lower(), parts[2]
    if scheme == "file":
        return _open_path(Path(url2pathname(unquote(urlsplit(spec).path))), **options)
    if scheme in _TARGETS:
        target, _, query = rest.removeprefix("//").partition("?")
        return _make(spec, _TARGETS[scheme], target, **{**options, **_pairs(spec, query)})
    if scheme in _STREAMS:
        return _make(spec, _STREAMS[scheme], spec, **options)
    if scheme == "phantom":
        return _make(spec, _PHANTOM, {**options, **_pairs(spec, rest.lstrip("?"))})
    raise UnreadableSourceError(
        f"{_shown(spec)}: there is no such file, and no kind of source called {scheme} ({KINDS})"
    )


def _open_path(path: Path, **options: Any) -> FrameSource:
    try:
        if not path.exists():
            raise UnreadableSourceError(f"{_shown(str(path))}: there is no such file or folder")
        if path.is_dir():
            return _make(str(path), ("capture.image_folder", "ImageFolder"), path, **options)
    except (OSError, ValueError) as error:
        raise UnreadableSourceError(f"{_shown(str(path))}: cannot be read ({_reason(error)})") from error
    kind = sniff(path)
    where = {
        FileKind.DICOM: ("capture.dicom_file", "DicomFile"),
        FileKind.PICTURE: ("capture.still", "Still"),
        FileKind.FILM: ("capture.video_file", "VideoFile"),
    }
    return _make(str(path), where[kind], path, **options)


def _make(spec: str, where: tuple[str, str], *arguments: Any, **options: Any) -> FrameSource:
    """Import and call a factory; only kinds that are used are loaded."""
    spec = _shown(spec)
    factory: Callable[..., FrameSource] = getattr(import_module(where[0]), where[1])
    try:
        return factory(*arguments, **options)
    except TypeError as error:
        unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
        if unknown is None:
            raise
        raise UnreadableSourceError(
            f"{spec}: this kind of source has no option called {unknown[1]}"
        ) from error


def _pairs(spec: str, query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise UnreadableSourceError(
            f"{_shown(spec)}: expected options like key=value&key=value, got {_shown(query)}"
        ) from error
    return dict(pairs)


def _shown(text: str) -> str:
    """For messages: one line of a bearable length."""
    line = "".join(mark if mark.isprintable() else "?" for mark in text)
    return line if len(line) <= 100 else f"{line[:60]}...{line[-30:]}"


def _reason(error: OSError | ValueError) -> str:
    return error.strerror or "" if isinstance(error, OSError) else str(error)


def _exists(spec: str) -> bool:
    try:
        return Path(spec).exists()
    except (OSError, ValueError):
        return False
