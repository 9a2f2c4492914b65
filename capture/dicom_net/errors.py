"""How a PACS, a worklist or a machine fails, in one line each."""

from __future__ import annotations

from capture.source import SourceError


class PeerError(SourceError):
    """Something went wrong with a peer; the message names it and says what, without any patient value."""

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again
        """Whether trying again later may help."""


class PeerSettingsError(SourceError):
    """A peer cannot even be asked: what is written of it is wrong, or a file that it needs is missing."""
