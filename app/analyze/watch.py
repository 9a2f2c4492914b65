"""Folders that fill: a recording is handed on once it has stopped growing, and once only.

By looking again and again, not by the system's notices: those do not come for what others write to a share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from app.analyze.sources import Item, Kinds, walk

SETTLE_S = 10.0
"""How long a recording must have been as it is."""


class Watch:
    """Looks into folders; belongs to one thread.

    Args:
        folders: watched with all that is below them.
        out: where results go; left out.
        settle_s: how long a recording must not have changed before it is handed on.
        clock: monotonic seconds.
    """

    def __init__(
        self, folders: Sequence[Path], out: Path, clock: Callable[[], float], settle_s: float = SETTLE_S
    ) -> None:
        self._folders = folders
        self._out = out
        self._clock = clock
        self._settle_s = settle_s
        self._since: dict[str, tuple[str, float]] = {}
        """By source key: the stamp, and since when."""
        self._given: dict[str, str] = {}
        """By source key: the stamp it had when it was handed on."""
        self._kinds = Kinds()
        self.away: tuple[Path, ...] = ()
        """Folders that could not be looked into, at the last look."""

    def look(self) -> list[Item]:
        """The recordings that have settled since the last look, in order."""
        now, settled = self._clock(), []
        seen: dict[str, tuple[str, float]] = {}
        away = []
        for folder in self._folders:
            try:
                found = list(walk(folder, self._out, self._kinds)) if folder.is_dir() else None
            except OSError:
                found = None
            if found is None:
                away.append(folder)
                continue
            for item in found:
                if item.source_key in seen:
                    continue
                stamp, since = self._since.get(item.source_key, ("", now))
                seen[item.source_key] = (item.stamp, since if stamp == item.stamp else now)
                still_s = now - seen[item.source_key][1]
                if still_s >= self._settle_s and self._given.get(item.source_key) != item.stamp:
                    self._given[item.source_key] = item.stamp
                    settled.append(item)
        if away:  # what lies there has not changed by being out of sight
            seen = {**self._since, **seen}
        self._since, self.away = seen, tuple(away)
        return settled
