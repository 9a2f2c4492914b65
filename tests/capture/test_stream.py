from __future__ import annotations

import threading

import pytest

from capture.frame import Frame
from capture.grabber import Grabber
from capture.link import Link, LinkState
from capture.live_reader import LiveSource
from capture.open import open_source
from capture.source import FrameSource, SourceLostError, UnreadableSourceError
from capture.stream import open_stream, shown_address
from tests.capture.sender import Sender, free_udp_port, level_of


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.stream.OPEN_S", 2.0)


def some_frames(source: FrameSource, count: int) -> list[Frame]:
    frames: list[Frame] = []
    for _ in range(100):
        frame = source.read(1.0)
        if frame is not None:
            frames.append(frame)
        if len(frames) == count:
            return frames
    raise AssertionError(f"expected {count} frames, got {len(frames)}")


@pytest.mark.parametrize("scheme", ["udp", "rtp"])
def test_a_sender_on_the_loopback_comes_through_and_its_end_is_noticed(scheme: str) -> None:
    url = f"{scheme}://127.0.0.1:{free_udp_port()}"
    with Sender(url) as sender, open_stream(url, silent_s=0.5) as source:
        info = source.info
        assert (info.kind, info.live, info.codec, info.name) == ("stream", True, "mpeg2video", url)
        assert (info.width, info.height) == (320, 240)
        assert info.fps == pytest.approx(50)
        frames = some_frames(source, 10)
        levels = [float(frame.pixels[200, 100]) for frame in frames]
        assert len(set(levels)) > 5, "every frame of the sender has its own brightness"
        assert all(abs(float(frame.pixels[20, 100]) - 235) < 4 for frame in frames), "full range"
        assert all(min(abs(level - level_of(n)) for n in range(80)) < 4 for level in levels)
        assert all(frame.pixels.ndim == 2 and not frame.pixels.flags.writeable for frame in frames)
        indices = [frame.index for frame in frames]
        assert indices == sorted(set(indices))
        sender.stop()
        with pytest.raises(SourceLostError, match=r"no answer in time|has sent no picture"):
            for _ in range(40):
                source.read(0.1)


def test_nobody_sends() -> None:
    url = f"udp://127.0.0.1:{free_udp_port()}"
    source = open_source(url)
    with pytest.raises(SourceLostError, match=f"nothing comes from {url}"), source:
        pass


def test_a_sender_that_comes_back_is_taken_up_again() -> None:
    url = f"udp://127.0.0.1:{free_udp_port()}"
    told = threading.Condition()
    links: list[Link] = []

    def on_link(link: Link) -> None:
        with told:
            links.append(link)
            told.notify_all()

    def wait_for(state: LinkState, after: int = 0) -> Link:
        with told:
            assert told.wait_for(lambda: any(link.state is state for link in links[after:]), 10.0), links
            return next(link for link in links[after:] if link.state is state)

    arrivals: list[Frame] = []
    grabber = Grabber(lambda: open_stream(url, silent_s=0.6), [arrivals.append], on_link)
    try:
        with Sender(url):
            grabber.start()
            wait_for(LinkState.LIVE)
        assert wait_for(LinkState.STALLED).message == f"no picture from {url}"
        wait_for(LinkState.RECONNECTING)
        seen = len(links)
        with Sender(url):
            wait_for(LinkState.LIVE, seen)
    finally:
        grabber.stop()


def test_stop_while_nobody_sends_is_quick() -> None:
    url = f"udp://127.0.0.1:{free_udp_port()}"
    opening = threading.Event()
    grabber = Grabber(lambda: open_stream(url), [], lambda link: opening.set())
    grabber.start()
    assert opening.wait(2.0)
    grabber.stop(2.0)
    assert not grabber.is_alive()


@pytest.mark.parametrize(
    "url",
    ["udp://", "udp://127.0.0.1", "udp://127.0.0.1:port", "udp://127.0.0.1:99999", "rtsp:///x", "rtp://:0"],
)
def test_addresses_that_no_sender_has_are_refused(url: str) -> None:
    with pytest.raises(UnreadableSourceError, match="expected"):
        open_source(url)


@pytest.mark.parametrize("options", [{"range": "wide"}, {"transport": "pigeon"}, {"colour": "red"}])
def test_options_that_make_no_sense_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(UnreadableSourceError):
        open_source("rtsp://127.0.0.1/live", **options)


def test_passwords_are_not_shown() -> None:
    assert shown_address("rtsp://me:secret@10.0.0.1:554/live?token=1") == "rtsp://10.0.0.1:554/live"
    source = open_source("rtsp://me:secret@10.0.0.1:554/live")
    assert isinstance(source, LiveSource) and "secret" not in source._name
