"""What stands in place of, or over, a picture that is not alive: pure, by the clock alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from capture.link import Link, LinkState
from capture.scan import Signal

STALE_MS = 400.0
"""A live picture older than this is taken down; with a 50 ms tick it is gone within 500 ms."""


class NoticeKind(StrEnum):
    NO_SOURCE = "no_source"
    OPENING = "opening"
    NO_FRAMES = "no_frames"
    """Nothing comes, whatever the capture thread says or fails to say."""
    LOST = "lost"
    NO_SIGNAL = "no_signal"
    """The card's or machine's own black or blue picture."""
    FROZEN = "frozen"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One state in words; the view has the words."""

    kind: NoticeKind
    covers: bool
    """Stands in place of the picture; else as a banner over it."""
    message: str = ""
    """The source's own line."""
    attempt: int = 0


def notice(link: Link | None, signal: Signal | None, silent_ms: float | None) -> Notice | None:
    """What has to be said now.

    Args:
        link: the newest word of the capture thread; None before there is a source.
        signal: of the newest frame; None before the first.
        silent_ms: since the newest frame arrived; None before the first.

    Returns:
        None while a living picture is on the screen.
    """
    if link is None:
        return Notice(NoticeKind.NO_SOURCE, covers=True)
    if link.state is LinkState.FAILED:
        return Notice(NoticeKind.FAILED, True, link.message)
    if link.state is LinkState.RECONNECTING:
        return Notice(NoticeKind.LOST, True, link.message, link.attempt)
    if silent_ms is None:
        return Notice(NoticeKind.OPENING, True, link.message, link.attempt)
    live = link.info is None or link.info.live
    if live and (link.state is LinkState.STALLED or silent_ms > stale_ms(link)):
        return Notice(NoticeKind.NO_FRAMES, True, link.message)
    if signal is Signal.BLANK:
        return Notice(NoticeKind.NO_SIGNAL, True)
    if link.state is LinkState.ENDED:
        return Notice(NoticeKind.ENDED, False, link.message)
    still = link.info is not None and link.info.frames == 1
    if signal is Signal.FROZEN and not still:
        return Notice(NoticeKind.FROZEN, False)
    return None


def stale_ms(link: Link) -> float:
    """How old the newest live picture may grow: `STALE_MS`, or 2.5 periods of a source slower than that."""
    fps = link.info.fps if link.info is not None else None
    return max(STALE_MS, 2500.0 / fps) if fps else STALE_MS
