from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from capture.blank import is_blank
from capture.frame import Frame, Pixels, make_frame
from capture.geometry import Box, Region, Sector
from capture.scan import Scan, Signal
from capture.signals import SURVEY, SignalMonitor

WIDTH, HEIGHT = 640, 480
REGION = Region(Box(120, 60, 520, 440), WIDTH, HEIGHT, Sector("convex", 320, -60, 120, 500, -0.55, 0.55))


@lru_cache(maxsize=256)
def acoustic(number: int, brightness: float = 40.0) -> Pixels:
    """A machine's screen with a scan of its own speckle."""
    rng = np.random.default_rng(number)
    screen = np.zeros((HEIGHT, WIDTH), np.uint8)
    speckle = rng.rayleigh(brightness, (380, 400)).clip(0, 255)
    screen[60:440, 120:520] = cv2.GaussianBlur(speckle, (5, 5), 0).astype(np.uint8)
    cv2.putText(screen, "OB 2/3  28 Hz  11 cm", (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 200, 2)
    return screen


def film(pictures: Iterator[Pixels], fps: float = 60.0, media: bool = False) -> Iterator[Frame]:
    for index, pixels in enumerate(pictures):
        yield make_frame(index, int(index / fps * 1e9), pixels, index / fps if media else None)


def watch(pictures: Iterator[Pixels], fps: float = 60.0, media: bool = False) -> list[Scan]:
    monitor = SignalMonitor()
    return [monitor.look(frame, REGION) for frame in film(pictures, fps, media)]


def with_clock(pixels: Pixels, second: int) -> Pixels:
    ticking = pixels.copy()
    cv2.putText(ticking, f"10:24:{second:02d}", (450, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    return ticking


def test_a_28_hz_scan_on_a_60_hz_output_is_counted_once_per_acoustic_picture() -> None:
    numbers = [int(i / 60 * 28) for i in range(60)]
    scans = watch(acoustic(n) for n in numbers)
    assert [scan.scan_index for scan in scans] == numbers
    assert [scan.repeat for scan in scans[1:]] == [a == b for a, b in pairwise(numbers)]
    assert {scan.signal for scan in scans} == {Signal.MOVING}


@pytest.mark.parametrize(("fps", "slowest_hz"), [(60, 3), (50, 3), (30, 3)])
def test_a_slow_scan_is_not_called_frozen(fps: float, slowest_hz: int) -> None:
    scans = watch((acoustic(int(i / fps * slowest_hz)) for i in range(int(fps * 1.4))), fps)
    assert {scan.signal for scan in scans} == {Signal.MOVING}


@pytest.mark.parametrize("fps", [60.0, 59.94, 50.0, 30.0, 25.0, 18.0])
def test_a_freeze_is_noticed_within_half_a_second_although_the_clock_goes_on(fps: float) -> None:
    still = acoustic(7)
    scans = watch((acoustic(i) if i < 5 else with_clock(still, i) for i in range(5 + int(fps))), fps)
    first_still_ns = scans[5].frame.captured_ns
    first_frozen = next(scan for scan in scans if scan.signal is Signal.FROZEN)
    assert first_frozen.frame.captured_ns - first_still_ns <= 500_000_000
    assert first_frozen.frame.index - 5 + 1 >= 8
    assert all(scan.signal is Signal.FROZEN for scan in scans[first_frozen.frame.index :])
    assert len({scan.scan_index for scan in scans[5:]}) == 1


def test_the_first_new_picture_ends_the_freeze() -> None:
    scans = watch(acoustic(1) if i < 40 else acoustic(i) for i in range(45))
    assert scans[39].signal is Signal.FROZEN
    assert {scan.signal for scan in scans[40:]} == {Signal.MOVING}
    assert [scan.scan_index for scan in scans[39:42]] == [0, 1, 2]


def test_seven_equal_frames_of_a_slow_film_are_no_freeze_and_eight_are() -> None:
    scans = watch((acoustic(1) for _ in range(8)), fps=10, media=True)
    assert [scan.signal for scan in scans] == [Signal.MOVING] * 7 + [Signal.FROZEN]


def test_eight_equal_frames_of_a_fast_film_are_no_freeze() -> None:
    scans = watch((acoustic(1) for _ in range(60)), fps=240, media=True)
    assert {scan.signal for scan in scans} == {Signal.MOVING}


def test_callipers_drawn_on_a_frozen_picture_do_not_thaw_it() -> None:
    def marked(step: int) -> Pixels:
        drawn = acoustic(3).copy()
        x, y = 250 + step * 3, 200 + step
        cv2.line(drawn, (x - 9, y), (x + 9, y), 255, 2)
        cv2.line(drawn, (x, y - 9), (x, y + 9), 255, 2)
        cv2.line(drawn, (220, 180), (x, y), 255, 1)
        return drawn

    scans = watch(marked(i) for i in range(40))
    assert scans[-1].signal is Signal.FROZEN
    assert {scan.scan_index for scan in scans} == {0}


@pytest.mark.parametrize("sigma", [0.7, 1.5, 2.0])
def test_the_noise_of_an_analogue_card_is_not_motion(sigma: float) -> None:
    rng = np.random.default_rng(5)

    def noisy(pixels: Pixels) -> Pixels:
        return (pixels + rng.normal(0, sigma, pixels.shape)).round().clip(0, 255).astype(np.uint8)

    numbers = [int(i / 60 * 28) for i in range(30)] + [99] * 30
    scans = watch(noisy(acoustic(n)) for n in numbers)
    expected = [0, *np.cumsum(np.diff(numbers) != 0)]
    assert [scan.scan_index for scan in scans] == expected
    assert scans[-1].signal is Signal.FROZEN


def test_a_quiet_scan_of_little_contrast_is_still_alive() -> None:
    scans = watch(acoustic(i, brightness=9.0) for i in range(30))
    assert not any(scan.repeat for scan in scans)


def test_motion_in_a_small_part_of_the_scan_is_motion() -> None:
    def beating(number: int) -> Pixels:
        screen = acoustic(0).copy()
        screen[200:300, 260:380] = acoustic(number)[200:300, 260:380]
        return screen

    assert not any(scan.repeat for scan in watch(beating(i) for i in range(12)))


def test_colour_that_moves_over_a_still_picture_is_motion() -> None:
    def doppler(step: int) -> Pixels:
        screen = np.dstack([acoustic(0)] * 3)
        screen[180:320, 240:400] = (200, 40, 0) if step % 2 else (0, 40, 200)
        return screen

    assert not any(scan.repeat for scan in watch(doppler(i) for i in range(10)))


def test_grey_and_coloured_frames_of_one_picture_are_the_same() -> None:
    scans = watch(np.dstack([acoustic(0)] * 3) if i % 2 else acoustic(0) for i in range(6))
    assert [scan.repeat for scan in scans] == [False, True, True, True, True, True]


def test_a_new_format_is_a_new_picture_and_finds_its_place() -> None:
    monitor = SignalMonitor()
    monitor.look(make_frame(0, 0, acoustic(0)), REGION)
    small = cv2.resize(acoustic(0), (320, 240)).astype(np.uint8)
    scan = monitor.look(make_frame(1, 1, small), REGION)
    assert not scan.repeat and scan.scan_index == 1
    assert scan.region == Region.whole(320, 240)


def test_moving_the_region_during_a_freeze_does_not_thaw_it() -> None:
    monitor = SignalMonitor()
    other = Region(Box(150, 100, 500, 420), WIDTH, HEIGHT)
    scans = [
        monitor.look(frame, REGION if frame.index < 30 else other)
        for frame in film(acoustic(0) for _ in range(33))
    ]
    assert [scan.signal for scan in scans[29:]] == [Signal.FROZEN] * 4


def test_a_replay_that_jumps_back_is_not_frozen_by_its_time_stamps() -> None:
    monitor = SignalMonitor()
    times = [5.0, 5.1, 1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06]
    scans = [monitor.look(make_frame(i, i, acoustic(0), t), REGION) for i, t in enumerate(times)]
    assert scans[-1].signal is Signal.MOVING


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 300), (40, 40)])
def test_tiny_pictures_and_regions_are_judged_too(size: tuple[int, int]) -> None:
    monitor = SignalMonitor()
    region = Region(Box(0, 0, min(size[1], 3), min(size[0], 3)), size[1], size[0])
    for i in range(3):
        monitor.look(make_frame(i, i, np.full(size, i * 40, np.uint8)), region)
    empty = Region(Box(0, 0, 0, 0), size[1], size[0])
    assert not monitor.look(make_frame(9, 9, np.full(size, 200, np.uint8)), empty).repeat
    assert monitor.look(make_frame(10, 10, np.full(size, 200, np.uint8)), empty).repeat


# --- no signal ---------------------------------------------------------------------------------------------


def flat(colour: tuple[int, int, int]) -> Pixels:
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


def notice(colour: tuple[int, int, int]) -> Pixels:
    screen = flat(colour)
    cv2.putText(screen, "NO SIGNAL", (230, 240), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    return screen


def bars() -> Pixels:
    colours = [[level >> bit & 1 for bit in (1, 2, 0)] for level in range(7, -1, -1)]
    screen = np.repeat(np.array(colours, np.uint8) * 219 + 16, WIDTH // 8, axis=0)[None].repeat(
        HEIGHT, axis=0
    )
    screen[HEIGHT * 3 // 4 :] = 30
    return screen


BLANKS = {
    "black": flat((0, 0, 0))[..., 0],
    "black in limited range": flat((16, 16, 16)),
    "blue": flat((0, 0, 200)),
    "grey": flat((128, 128, 128)),
    "notice on blue": notice((0, 0, 160)),
    "notice on grey": notice((110, 110, 110)),
    "notice on black": notice((0, 0, 0)),
    "colour bars": bars(),
    "grey bars": np.asarray(cv2.cvtColor(bars(), cv2.COLOR_RGB2GRAY), np.uint8),
}


@pytest.mark.parametrize("kind", BLANKS)
@pytest.mark.parametrize("sigma", [0.0, 1.5])
def test_pictures_of_no_signal_are_told_at_the_first_frame(kind: str, sigma: float) -> None:
    rng = np.random.default_rng(1)
    pixels = (BLANKS[kind] + rng.normal(0, sigma, BLANKS[kind].shape)).round().clip(0, 255).astype(np.uint8)
    monitor = SignalMonitor()
    assert monitor.look(make_frame(0, 0, acoustic(0)), REGION).signal is Signal.MOVING
    assert monitor.look(make_frame(1, 1, pixels), REGION).signal is Signal.BLANK
    assert monitor.look(make_frame(2, 2, acoustic(1)), REGION).signal is Signal.MOVING


def test_a_blank_first_frame_sets_the_state() -> None:
    assert SignalMonitor().look(make_frame(0, 0, flat((0, 0, 200))), REGION).signal is Signal.BLANK


@pytest.mark.parametrize("brightness", [40.0, 15.0, 8.0])
def test_a_dark_scan_is_a_scan(brightness: float) -> None:
    assert watch(acoustic(i, brightness) for i in range(2))[1].signal is Signal.MOVING


def test_a_dark_scan_without_any_text_is_a_scan() -> None:
    screen = np.zeros((HEIGHT, WIDTH), np.uint8)
    screen[100:380, 180:460] = np.random.default_rng(2).rayleigh(9, (280, 280)).astype(np.uint8)
    assert not is_blank(screen[:: HEIGHT // SURVEY, :: WIDTH // SURVEY][:SURVEY, :SURVEY])


@pytest.mark.parametrize("colour", [False, True])
def test_a_look_costs_little(colour: bool) -> None:
    """Loose, for slow machines: the figure asked for is 0.5 ms."""
    region = Region(Box(300, 80, 1620, 960), 1920, 1080, Sector("convex", 960, -200, 300, 1150, -0.6, 0.6))
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (1080, 1920, 3) if colour else (1080, 1920), np.uint8) for _ in range(2)]
    monitor = SignalMonitor()
    frames = [make_frame(i, i, pictures[i % 2]) for i in range(60)]
    monitor.look(frames[0], region)
    start = time.thread_time()
    for frame in frames:
        monitor.look(frame, region)
    assert (time.thread_time() - start) / len(frames) < 0.003
