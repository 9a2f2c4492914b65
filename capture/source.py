"""What every source of frames promises, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from capture.frame import Frame
from capture.geometry import Box


class SourceError(Exception):
    """A source cannot be opened or read; the message is one line that a user understands.

    Not for the ordinary end of a recording: that is `EndOfSource`.
    """


class UnreadableSourceError(SourceError):
    """Not there, not a picture or film, or damaged beyond use. Trying again will not help."""


class SourceLostError(SourceError):
    """A live source that worked has gone (cable, sender, window). Opening it again may help."""


class EndOfSource(Exception):  # noqa: N818  an end is not an error
    """There are no more frames. `missing` says in words what a damaged recording has lost, else None."""

    def __init__(self, missing: str | None = None) -> None:
        super().__init__(missing or "end of the recording")
        self.missing = missing


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source says of itself once it is open. Sizes are of the displayed frame."""

    kind: str
    """'card', 'screen', 'stream', 'igtl', 'video', 'folder', 'image', 'dicom' or 'phantom'."""
    name: str
    """Short name for people; never a patient's."""
    width: int
    height: int
    live: bool
    fps: float | None = None
    """Frames a second: measured from time stamps for files, asked for and verified for cards."""
    frames: int | None = None
    duration_s: float | None = None
    codec: str | None = None
    container: str | None = None
    rotation_deg: int = 0
    colour_range: str | None = None
    """'limited', 'full' or None where unknown; frames are always delivered full."""
    interlaced: bool = False
    mm_per_px: float | None = None
    mm_per_px_from: str | None = None
    """Where `mm_per_px` came from: 'dicom', 'header', 'phantom'."""
    claimed_region: Box | None = None
    """What a DICOM header claims to be the scan; not to be believed before it proves plausible."""
    warnings: tuple[str, ...] = ()


@runtime_checkable
class FrameSource(Protocol):
    """One stream of frames: opened, read and closed by one thread.

    `with source:` opens it (raising `SourceError`) and closes it. `read` waits at most `timeout_s` and
    answers None when nothing came in that time, so that a caller can always stop; it raises
    `EndOfSource` at the end (again on every further call) and `SourceError` on failure.
    """

    @property
    def info(self) -> SourceInfo: ...
    def read(self, timeout_s: float = 0.25) -> Frame | None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class SeekableSource(FrameSource, Protocol):
    """A recording: every frame can be reached by its index, exactly."""

    @property
    def times_s(self) -> tuple[float, ...]:
        """Media time of every frame, seconds from the first, not decreasing."""
        ...

    def seek(self, index: int) -> None:
        """The next `read` gives frame `index`.

        Raises:
            IndexError: `index` is outside the recording.
        """
        ...
