from __future__ import annotations

import pytest

from app.live.notice import STALE_MS, NoticeKind, notice
from app.live.presenter import Presenter
from capture.link import Link, LinkState
from capture.scan import Signal
from capture.source import SourceInfo


def link(state: LinkState = LinkState.LIVE, *, live: bool = True, attempt: int = 0, **more: object) -> Link:
    info = SourceInfo("card", "HDMI 1", 1920, 1080, live, **more)  # type: ignore[arg-type]
    return Link(state, 0, "unplugged" if state is not LinkState.LIVE else "", info, attempt)


def test_a_living_picture_needs_no_words() -> None:
    assert notice(link(), Signal.MOVING, 17.0) is None


def test_stale_live_picture_is_covered_even_if_capture_says_all_is_well() -> None:
    found = notice(link(), Signal.MOVING, STALE_MS + 1)
    assert found is not None and found.kind is NoticeKind.NO_FRAMES and found.covers
    assert notice(link(), Signal.MOVING, STALE_MS - 1) is None


def test_worst_case_is_within_500_ms() -> None:
    assert STALE_MS + Presenter.WATCH_MS <= 500


def test_paused_recording_is_not_stale() -> None:
    assert notice(link(live=False), Signal.MOVING, 60_000.0) is None
    assert notice(link(LinkState.STALLED, live=False), Signal.MOVING, 60_000.0) is None


def test_slow_live_source_gets_the_time_it_needs() -> None:
    assert notice(link(fps=4.0), Signal.MOVING, 600.0) is None
    found = notice(link(fps=4.0), Signal.MOVING, 626.0)
    assert found is not None and found.kind is NoticeKind.NO_FRAMES


def test_lost_connection_counts_its_attempts() -> None:
    found = notice(link(LinkState.RECONNECTING, attempt=3), Signal.MOVING, 900.0)
    assert found is not None
    assert (found.kind, found.covers, found.attempt, found.message) == (NoticeKind.LOST, True, 3, "unplugged")


@pytest.mark.parametrize(
    ("given", "signal", "silent_ms", "kind", "covers"),
    [
        (None, None, None, NoticeKind.NO_SOURCE, True),
        (link(LinkState.OPENING), None, None, NoticeKind.OPENING, True),
        (link(LinkState.FAILED), Signal.MOVING, 5.0, NoticeKind.FAILED, True),
        (link(LinkState.STALLED), Signal.MOVING, 300.0, NoticeKind.NO_FRAMES, True),
        (link(), Signal.BLANK, 5.0, NoticeKind.NO_SIGNAL, True),
        (link(), Signal.FROZEN, 5.0, NoticeKind.FROZEN, False),
        (link(LinkState.ENDED, live=False), Signal.MOVING, 5000.0, NoticeKind.ENDED, False),
    ],
)
def test_every_state_has_its_words(
    given: Link | None, signal: Signal | None, silent_ms: float | None, kind: NoticeKind, covers: bool
) -> None:
    found = notice(given, signal, silent_ms)
    assert found is not None and (found.kind, found.covers) == (kind, covers)


def test_a_single_picture_is_still_not_frozen() -> None:
    assert notice(link(live=False, frames=1), Signal.FROZEN, 5.0) is None
