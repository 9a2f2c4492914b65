from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest

from capture.phantom.source import PhantomSource, open_phantom
from capture.source import EndOfSource, FrameSource, SourceLostError, UnreadableSourceError

SMALL = {"size": "240x180", "detail": "0.4", "view": "lip", "seed": "2"}


class HandClock:
    """Time passes only while somebody waits."""

    def __init__(self) -> None:
        self.ns = 5_000_000_000

    def now_ns(self) -> int:
        return self.ns

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.ns += round(timeout_s * 1e9)
        return event.is_set()


def source(**options: str) -> tuple[PhantomSource, HandClock]:
    clock = HandClock()
    return open_phantom({**SMALL, **options, "clock": clock}), clock


def test_it_is_a_live_source_in_real_time() -> None:
    phantom, clock = source(fps="25")
    assert isinstance(phantom, FrameSource)
    with phantom:
        begun = clock.now_ns()
        frames = [phantom.read() for _ in range(6)]
    assert [f.index for f in frames if f] == [0, 1, 2, 3, 4, 5]
    assert clock.now_ns() - begun == pytest.approx(0.2e9, rel=0.01)
    assert phantom.info.live
    assert phantom.info.kind == "phantom"
    first = frames[0]
    assert first is not None
    assert first.pixels.shape == (180, 240)
    assert first.mm_per_px == pytest.approx(phantom.info.mm_per_px)


def test_nothing_comes_before_its_time() -> None:
    phantom, _ = source(fps="2")
    with phantom:
        assert phantom.read() is not None
        assert phantom.read(timeout_s=0.1) is None
        assert phantom.read(timeout_s=1.0) is not None


def test_frames_not_read_in_time_are_lost() -> None:
    phantom, clock = source(fps="20")
    with phantom:
        phantom.read()
        clock.ns += 1_000_000_000
        late = phantom.read()
    assert late is not None
    assert late.index == 20


def test_a_faster_wire_repeats_acoustic_pictures() -> None:
    phantom, _ = source(fps="28", video_fps="56", paced="0")
    with phantom:
        frames = [phantom.read() for _ in range(8)]
    pixels = [f.pixels for f in frames if f is not None]
    same = [np.array_equal(a, b) for a, b in pairwise(pixels)]
    assert same == [True, False, True, False, True, False, True]


def test_it_drops_the_same_frames_each_time() -> None:
    runs = []
    for _ in range(2):
        phantom, _ = source(drop="0.3", paced="0", frames="30")
        seen = []
        with phantom, pytest.raises(EndOfSource):
            while True:
                frame = phantom.read()
                assert frame is not None
                seen.append(frame.index)
        runs.append(seen)
    assert runs[0] == runs[1]
    assert 12 <= len(runs[0]) <= 27


def test_it_stalls_and_goes_on() -> None:
    phantom, clock = source(fps="20", stall_at="3", stall_s="2")
    with phantom:
        got = [phantom.read(0.25) for _ in range(3)]
        assert all(got)
        begun, empty = clock.now_ns(), 0
        while (frame := phantom.read(0.25)) is None:
            empty += 1
            assert empty < 20
    assert clock.now_ns() - begun == pytest.approx(2e9, rel=0.2)
    assert frame.index >= 40


def test_it_fails_when_told_and_works_again_when_opened_again() -> None:
    phantom, _ = source(fail_at="2", paced="0")
    for _ in range(2):
        with phantom:
            assert phantom.read() is not None
            assert phantom.read() is not None
            with pytest.raises(SourceLostError):
                phantom.read()


@pytest.mark.parametrize(
    "bad",
    [
        {"colour": "1"},
        {"size": "big"},
        {"size": "10x10"},
        {"cleft": "oblique"},
        {"drop": "2"},
        {"fps": "nan"},
        {"seed": "-1"},
        {"paced": "maybe"},
        {"video_fps": "5"},
    ],
)
def test_nonsense_is_refused_in_one_line(bad: dict[str, str]) -> None:
    with pytest.raises(UnreadableSourceError, match="expected") as caught:
        open_phantom({**SMALL, **bad})
    assert "\n" not in str(caught.value)
