"""From the words for a source to one that the capture thread can open, again after every loss."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from app.log_privacy import hide_source
from capture.clock import Clock, SystemClock
from capture.open import open_source
from capture.player import Player
from capture.sniff import FileKind, sniff
from capture.source import EndOfSource, FrameSource, SeekableSource, SourceError, UnreadableSourceError

MAX_FPS = 60.0
"""What a screen shows: of a film with 240 frames a second every fourth is played."""
DEMO = "demo"
"""The source of `philtrum demo`: the bundled loop."""
LIVE_KINDS = ("card:", "screen:", "udp:", "rtp:", "rtsp:", "rtsps:", "http:", "https:", "igtl:", "phantom:")
"""How words for a live source begin; what does not is the path of a recording."""


def is_live(spec: str) -> bool:
    return spec.lower().startswith(LIVE_KINDS)


def resolve(spec: str) -> str:
    """The words that capture understands: the demo is a shipped file."""
    if spec == DEMO:
        from resources.files import resource_path

        return str(resource_path("demo", "exam.mp4"))
    return spec


def short_name(spec: str) -> str:
    """A source in few words: a file's name, a device's address."""
    if spec == DEMO or is_live(spec):
        return spec
    return spec.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or spec


def is_remembered(spec: str) -> bool:
    """Whether it may stand among the recent sources: not a DICOM file, often called after a patient."""
    if spec == DEMO or is_live(spec):
        return True
    try:
        return sniff(Path(spec)) is not FileKind.DICOM
    except UnreadableSourceError:
        return True


class SourceOpener:
    """Call it to make the source; recordings come in a `Player`, which is kept for the transport keys."""

    def __init__(self, spec: str, clock: Clock | None = None) -> None:
        self.spec = spec
        if spec != DEMO and not is_live(spec):
            hide_source(spec)  # it may be called after a patient
        self.player: Player | None = None
        self._clock = clock or SystemClock()

    def __call__(self) -> FrameSource:
        """Not yet entered.

        Raises:
            SourceError: the words name nothing that can be opened.
        """
        source = open_source(resolve(self.spec))
        if not hasattr(type(source), "seek"):
            return source
        # isinstance cannot ask for the protocol before the source is open: `times_s` is not there yet.
        self.player = Player(cast(SeekableSource, source), self._clock, loop=True, max_fps=MAX_FPS)
        return self.player


def check_recording(spec: str) -> None:
    """Open a recording and read its first frame, so that a bad one is refused before any window opens.

    Raises:
        SourceError: it cannot be read.
    """
    with open_source(resolve(spec)) as source:
        try:
            for _ in range(40):
                if source.read(0.25) is not None:
                    return
        except EndOfSource as end:
            raise UnreadableSourceError(f"{short_name(spec)}: {end}") from end
    raise SourceError(f"{short_name(spec)}: no picture came within 10 s")
