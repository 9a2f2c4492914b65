"""How the connection to a source stands, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from capture.source import SourceInfo


class LinkState(StrEnum):
    OPENING = "opening"
    LIVE = "live"
    """Frames arrive."""
    STALLED = "stalled"
    """Open, but no frame came for the stall limit."""
    RECONNECTING = "reconnecting"
    """Lost; opened again with growing pauses."""
    ENDED = "ended"
    """A recording reached its end."""
    FAILED = "failed"
    """Given up: trying again will not help."""


@dataclass(frozen=True, slots=True)
class Link:
    """A snapshot, replaced as a whole whenever something changes."""

    state: LinkState
    since_ns: int
    message: str = ""
    """One line in the user's words; empty while all is well."""
    info: SourceInfo | None = None
    attempt: int = 0
    """How often opening was tried since the last frame."""
