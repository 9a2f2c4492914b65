"""Who is at the other end, how to reach it, and how long to wait for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

AE_TITLE_MOST = 16
"""Characters of an AE title (PS3.5 table 6.2-1)."""


def checked_ae_title(title: str) -> str:
    """The title without outer spaces.

    Raises:
        ValueError: it is no AE title: 1 to 16 printable ASCII characters, no backslash.
    """
    plain = title.strip(" ")
    good = plain.isascii() and plain.isprintable() and "\\" not in plain
    if not plain or len(plain) > AE_TITLE_MOST or not good:
        raise ValueError(
            f"expected an AE title: 1 to {AE_TITLE_MOST} ASCII characters, no backslash; got {title!r}"
        )
    return plain


@dataclass(frozen=True, slots=True)
class TimeOuts:
    """No wait is without an end."""

    connect_s: float = 5.0
    """For the connection itself, TLS included."""
    answer_s: float = 15.0
    """For each answer; while an object is under way, the longest time in which nothing moves."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. Without `ca` the system's authorities are trusted."""

    ca: Path | None = None
    """Who must have signed the other end's certificate."""
    certificate: Path | None = None
    """Our own, shown to the other end."""
    key: Path | None = None
    check_host: bool = True
    """Whether the certificate must name the host; machines in a hospital are often known by number alone."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One application entity that we call."""

    name: str
    """What people call it; the key in the settings."""
    ae_title: str
    host: str
    port: int
    own_ae_title: str = "PHILTRUM"
    tls: TlsFiles | None = None
    fetch: Literal["get", "move"] = "get"
    time_outs: TimeOuts = field(default_factory=TimeOuts)

    @property
    def words(self) -> str:
        """For messages: name, title and address."""
        return f"{self.name} ({self.ae_title} at {self.host}:{self.port})"


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """Where we can be called, and by whom."""

    ae_title: str = "PHILTRUM"
    host: str = "127.0.0.1"
    port: int = 11112
    """0 for any free one."""
    callers: tuple[str, ...] = ()
    """AE titles that may call; nobody else gets in. Empty for anybody."""
    tls: TlsFiles | None = None
    associations: int = 4
    answer_s: float = 15.0
    """A caller from which nothing comes for so long in the middle of something is cut off."""
    idle_s: float = 1800.0
    """And so is one that says nothing between two objects; machines stay connected for a whole exam."""
