from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from capture.frame import Frame
from capture.geometry import Region
from capture.grabber import Grabber
from capture.link import Link, LinkState
from capture.open import open_source
from capture.scan import Signal
from capture.screen import ScreenPart, open_screen, screen_inlet
from capture.signals import SignalMonitor
from capture.source import FrameSource, SourceLostError, UnreadableSourceError
from tests.capture.xvfb import Screen


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.close()


def next_frame(source: FrameSource) -> Frame:
    frame = source.read(2.0)
    assert frame is not None, "a screen gives a frame every time"
    return frame


def frame_where(source: FrameSource, right: Callable[[Frame], bool]) -> Frame:
    for _ in range(200):
        frame = next_frame(source)
        if right(frame):
            return frame
    raise AssertionError("the screen never showed it")


def test_what_is_painted_comes_through_grey_or_in_colour(screen: Screen) -> None:
    screen.paint((90, 90, 90))
    with open_source(f"screen:{screen.display}?fps=60") as source:
        info = source.info
        assert (info.kind, info.width, info.height, info.live, info.fps) == ("screen", 320, 240, True, 60.0)
        grey = frame_where(source, lambda frame: bool(frame.pixels.mean() == 90))
        assert grey.pixels.shape == (240, 320) and not grey.pixels.flags.writeable
        screen.paint((200, 20, 60), 10, 20, 100, 50)
        colour = frame_where(source, lambda frame: frame.pixels.ndim == 3)
        assert colour.index > grey.index and colour.captured_ns > grey.captured_ns
        assert colour.pixels[45, 60].tolist() == [200, 20, 60]
        assert colour.pixels[200, 300].tolist() == [90, 90, 90]


def test_a_part_of_the_screen(screen: Screen) -> None:
    screen.paint((0, 0, 0))
    screen.paint((250, 250, 250), 100, 50, 64, 32)
    with open_screen(f"{screen.display}+100,50", size="64x32") as source:
        frame = source.read(2.0)
        assert frame is not None and frame.pixels.shape == (32, 64)
        assert (frame.pixels == 250).all()


def test_a_part_outside_of_the_screen_is_refused(screen: Screen) -> None:
    with (
        pytest.raises(UnreadableSourceError, match="lies outside"),
        open_screen(f"{screen.display}+9999,0", size="64x32"),
    ):
        pass


def test_a_screen_that_is_not_there_may_come() -> None:
    with pytest.raises(SourceLostError, match="screen :4711 cannot be grabbed"), open_screen(":4711"):
        pass


def test_no_display_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UnreadableSourceError, match="no X display"):
        open_source("screen:")


@pytest.mark.parametrize(
    "words", ["screen:?size=big", "screen:?fps=0", "screen:?mouse=maybe", "screen:?colour=1"]
)
def test_nonsense_is_refused_in_one_line(words: str) -> None:
    with pytest.raises(UnreadableSourceError) as refused:
        open_source(f"screen::0{words}")
    assert "\n" not in str(refused.value)


def test_a_dying_screen_is_noticed_and_the_next_one_taken_up(screen: Screen) -> None:
    """The whole way, with the real clock: picture, loss within 500 ms, a new screen, picture."""
    told = threading.Condition()
    links: list[Link] = []
    arrivals: list[Frame] = []
    displays = [screen.display]

    def on_link(link: Link) -> None:
        with told:
            links.append(link)
            told.notify_all()

    def wait_for(state: LinkState, after: int) -> Link:
        with told:
            assert told.wait_for(lambda: any(link.state is state for link in links[after:]), 8.0), links
            return next(link for link in links[after:] if link.state is state)

    grabber = Grabber(lambda: open_screen(displays[-1]), [arrivals.append], on_link)
    grabber.start()
    second = None
    try:
        wait_for(LinkState.LIVE, 0)
        screen.pull_the_plug()
        lost = wait_for(LinkState.RECONNECTING, 0)
        assert lost.message
        assert lost.since_ns - arrivals[-1].captured_ns < 500_000_000
        seen = len(links)
        second = Screen()
        displays.append(second.display)
        wait_for(LinkState.LIVE, seen)
    finally:
        grabber.stop()
        if second is not None:
            second.close()
    assert not grabber.is_alive()


def test_freeze_and_blank_of_a_real_device_are_noticed_within_half_a_second(screen: Screen) -> None:
    monitor = SignalMonitor()
    rng = np.random.default_rng(3)

    def mosaic() -> None:
        for y in range(0, 240, 12):
            for x in range(0, 320, 12):
                level = int(rng.integers(20, 220))
                screen.paint((level, level, level), x, y, 12, 12)

    with open_screen(screen.display, fps="60") as source:
        mosaic()
        first = source.read(1.0)
        assert first is not None
        region = Region.whole(first.width, first.height)
        last_new = first
        for _ in range(6):
            mosaic()
            last_new = next_frame(source)
            assert monitor.look(last_new, region).signal is Signal.MOVING
        signal = Signal.MOVING
        while signal is Signal.MOVING:
            frame = next_frame(source)
            scan = monitor.look(frame, region)
            signal = scan.signal
            last_new = last_new if scan.repeat else frame
            assert frame.captured_ns - last_new.captured_ns < 500_000_000
        assert signal is Signal.FROZEN
        screen.paint((0, 0, 160))
        blue = frame_where(source, lambda frame: frame.pixels.ndim == 3)
        assert monitor.look(blue, region).signal is Signal.BLANK


def test_a_screen_survives_whichever_library_comes_first() -> None:
    """OpenCV loaded before FFmpeg used to crash the program; our packages load FFmpeg first."""
    for package in ("capture", "inference", "app"):
        code = f"import {package}, cv2; from capture.screen import crashing_library as c; print(c())"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "None"


def test_what_the_other_systems_are_asked_for() -> None:
    part = ScreenPart("", 100, 50, (640, 480))
    windows = screen_inlet(part, {"framerate": "60/1"}, False, "win32")
    assert (windows.url, windows.format) == ("desktop", "gdigrab")
    assert windows.options == {
        "framerate": "60/1", "video_size": "640x480", "draw_mouse": "0", "offset_x": "100", "offset_y": "50",
    }  # fmt: skip
    mac = screen_inlet(replace(part, screen="1"), {"framerate": "60/1"}, True, "darwin")
    assert (mac.url, mac.format) == ("Capture screen 1:none", "avfoundation")
    assert "video_size" not in mac.options and mac.options["capture_cursor"] == "1"
