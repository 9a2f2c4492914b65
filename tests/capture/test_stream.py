from __future__ import annotations

import contextlib
import threading
import time
from urllib.parse import urlsplit

import pytest

from capture.frame import Frame
from capture.grabber import Grabber
from capture.link import Link, LinkState
from capture.live_reader import LiveSource
from capture.open import open_source
from capture.source import FrameSource, SourceLostError, UnreadableSourceError
from capture.stream import open_stream, shown_address
from tests.capture.rtsp_push import Pusher
from tests.capture.rtsp_server import RtspServer
from tests.capture.sender import Sender, free_tcp_port, free_udp_port, level_of


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.stream.OPEN_S", 2.0)


class Links:
    """What a grabber tells, to be waited for."""

    def __init__(self) -> None:
        self.seen: list[Link] = []
        self._told = threading.Condition()

    def add(self, link: Link) -> None:
        with self._told:
            self.seen.append(link)
            self._told.notify_all()

    def wait_for(self, state: LinkState, after: int = 0) -> Link:
        with self._told:
            assert self._told.wait_for(lambda: any(link.state is state for link in self.seen[after:]), 10.0)
            return next(link for link in self.seen[after:] if link.state is state)


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


def test_nobody_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.stream.OPEN_S", 0.5)
    url = f"udp://127.0.0.1:{free_udp_port()}"
    source = open_source(url)
    with pytest.raises(SourceLostError, match=f"nothing comes from {url}"), source:
        pass


def test_a_sender_that_comes_back_is_taken_up_again() -> None:
    url = f"udp://127.0.0.1:{free_udp_port()}"
    links = Links()
    arrivals: list[Frame] = []
    grabber = Grabber(lambda: open_stream(url, silent_s=0.6), [arrivals.append], links.add)
    try:
        with Sender(url):
            grabber.start()
            links.wait_for(LinkState.LIVE)
        assert links.wait_for(LinkState.STALLED).message == f"no picture from {url}"
        links.wait_for(LinkState.RECONNECTING)
        seen = len(links.seen)
        with Sender(url):
            links.wait_for(LinkState.LIVE, seen)
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


def wait_for_loss(source: FrameSource) -> str:
    """What is said of it."""
    with pytest.raises(SourceLostError) as lost:
        for _ in range(40):
            source.read(0.1)
    return str(lost.value)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_an_rtsp_server_is_asked_and_its_silence_is_noticed(transport: str) -> None:
    with RtspServer() as server, open_stream(server.url, transport=transport, silent_s=0.4) as source:
        info = source.info
        assert (info.kind, info.live, info.codec, info.name) == ("stream", True, "mpeg2video", server.url)
        assert (info.width, info.height) == (320, 240)
        frames = some_frames(source, 10)
        levels = [float(frame.pixels[200, 100]) for frame in frames]
        assert len(set(levels)) > 5, "every frame of the sender has its own brightness"
        assert all(min(abs(level - level_of(n)) for n in range(80)) < 4 for level in levels)
        server.mute = True
        silent = time.monotonic()
        assert wait_for_loss(source) in (
            f"{server.url} has gone (no answer in time)",
            f"{server.url} has sent no picture for 0.9 s",
        )
        assert time.monotonic() - silent < 2.0


def test_an_rtsp_connection_that_breaks_is_taken_up_again() -> None:
    links = Links()
    with RtspServer() as server:
        grabber = Grabber(lambda: open_stream(server.url), [], links.add)
        try:
            grabber.start()
            links.wait_for(LinkState.LIVE)
            broken = time.monotonic()
            server.drop()
            assert links.wait_for(LinkState.RECONNECTING).message == f"{server.url} has gone (it ended)"
            assert time.monotonic() - broken < 0.5
            links.wait_for(LinkState.LIVE, len(links.seen))
        finally:
            grabber.stop()
        assert not grabber.is_alive()


@pytest.mark.parametrize(
    ("refusal", "error", "words"),
    [
        (None, SourceLostError, "nothing comes from rtsp://127.0.0.1:{port}/scan (Connection refused)"),
        ("404 Not Found", SourceLostError, "404 Not Found"),
        ("401 Unauthorized", UnreadableSourceError, "401 Unauthorized"),
    ],
)
def test_an_rtsp_server_that_refuses_is_one_line(
    refusal: str | None, error: type[Exception], words: str
) -> None:
    with contextlib.ExitStack() as stack:
        if refusal is None:
            url = f"rtsp://127.0.0.1:{free_tcp_port()}/scan"
        else:
            url = stack.enter_context(RtspServer(refusal)).url
        with pytest.raises(error) as refused, open_stream(url):
            pass
    assert words.format(port=urlsplit(url).port) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_machine_that_pushes_is_listened_to() -> None:
    address = f"rtsp://127.0.0.1:{free_tcp_port()}/scan"
    with Pusher(address) as pusher, open_source(f"{address}?listen=1", silent_s=0.4) as source:
        assert (source.info.name, source.info.codec) == (address, "mpeg2video")
        levels = [float(frame.pixels[200, 100]) for frame in some_frames(source, 10)]
        assert len(set(levels)) > 5
        assert all(min(abs(level - level_of(n)) for n in range(80)) < 4 for level in levels)
        pusher.kill()
        assert wait_for_loss(source).startswith(f"{address} has ")


def test_stop_while_nobody_pushes_is_quick() -> None:
    opening = threading.Event()
    address = f"rtsp://127.0.0.1:{free_tcp_port()}/scan?listen=1"
    grabber = Grabber(lambda: open_stream(address), [], lambda link: opening.set())
    grabber.start()
    assert opening.wait(2.0)
    grabber.stop(1.0)
    assert not grabber.is_alive()


@pytest.mark.parametrize(
    "url",
    [
        "udp://",
        "udp://127.0.0.1",
        "udp://127.0.0.1:port",
        "udp://127.0.0.1:99999",
        "rtsp:///x",
        "rtp://:0",
        "rtsp://127.0.0.1/x?listen=1",
    ],
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
