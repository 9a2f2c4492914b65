"""How reading labelled pictures fails; commands show the message as it is."""

from __future__ import annotations

from capture.source import UnreadableSourceError


class DataSetError(UnreadableSourceError):
    """A data set says something that cannot be; the message is one line naming file and row."""


class LeakError(DataSetError):
    """A fetus, a site, a file or a picture stands on both sides of a split."""
