from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.session.clips import ClipGate, Coded, Mode, Wanted
from capture.geometry import Region

MS = 1_000_000
REGION = Region.whole(8, 8)


def coded(at_ms: int, size: int = 10) -> Coded:
    return Coded(b"x" * size, 0, at_ms * MS, at_ms, at_ms, 0, REGION, "mjpeg", False, 8, 8, False)


def gate(mode: Mode = "clips", ring_bytes: int = 10**6) -> ClipGate:
    return ClipGate(mode, 1000 * MS, 10_000 * MS, ring_bytes)


def times(wanted: list[Wanted]) -> list[int]:
    return [one.coded.captured_ns // MS for one in wanted]


def test_a_mark_takes_what_is_round_it() -> None:
    ring = gate()
    for at in range(0, 5000, 100):
        assert ring.feed(coded(at)) == []
    taken = ring.mark(4500 * MS)
    assert times(taken) == list(range(3500, 5000, 100))
    assert [one.starts for one in taken] == [True] + [False] * 14
    after = [one for at in range(5000, 7000, 100) for one in ring.feed(coded(at))]
    assert times(after) == list(range(5000, 5600, 100))
    assert not any(one.starts for one in after)


def test_a_picture_that_stood_still_before_a_mark_is_taken_too() -> None:
    ring = gate()
    ring.feed(coded(0))
    ring.feed(coded(60_000))
    assert times(ring.mark(60_000 * MS)) == [0, 60_000], "it was on the screen a second before"


def test_what_is_held_back_is_bounded_by_time_and_size() -> None:
    ring = gate()
    for at in range(0, 60_000, 100):
        ring.feed(coded(at))
    assert ring.held_bytes <= 10 * 102
    small = gate(ring_bytes=50)
    for at in range(0, 2000, 100):
        small.feed(coded(at))
    assert small.held_bytes <= 50
    assert small.unwanted == 15


@settings(max_examples=60, deadline=None)
@given(marks=st.lists(st.tuples(st.integers(0, 90), st.integers(-40, 5)), max_size=6))
def test_every_picture_is_stored_once_or_let_go(marks: list[tuple[int, int]]) -> None:
    """Marks may come late, early and over one another."""
    ring = gate()
    stored: list[Wanted] = []
    at_frame = dict(marks)
    for frame in range(100):
        stored += ring.feed(coded(frame * 100))
        if frame in at_frame:
            stored += ring.mark((frame + at_frame[frame]) * 100 * MS)
    ring.end()
    indices = [one.coded.frame_index for one in stored]
    assert len(set(indices)) == len(indices)
    assert len(indices) + ring.unwanted == 100
    wanted = {
        f * 100 for f in range(100) for frame, shift in at_frame.items()
        if abs(f - (frame + shift)) <= 10 and f * 100 > frame * 100 - 10_000
    }  # fmt: skip
    assert wanted <= set(indices)


def test_all_is_stored_without_holding_back() -> None:
    ring = gate("exam")
    stored = [one for at in range(0, 500, 100) for one in ring.feed(coded(at))]
    assert times(stored) == [0, 100, 200, 300, 400]
    assert [one.starts for one in stored] == [True, False, False, False, False]
    assert ring.held_bytes == 0
    ring.set_mode("off")
    assert ring.feed(coded(500)) == [] and ring.unwanted == 1
    ring.set_mode("exam")
    assert [one.starts for one in ring.feed(coded(600))] == [True]
