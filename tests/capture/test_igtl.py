from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyigtl
import pytest
from numpy.typing import NDArray

from capture.frame import Frame
from capture.grabber import Grabber
from capture.igtl import IgtlDriver, image_pixels, open_igtl, spacing_mm
from capture.link import Link, LinkState
from capture.live_reader import LiveSource
from capture.open import open_source
from capture.source import SourceLostError, UnreadableSourceError
from tests.capture.igtl_server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def next_frame(source: LiveSource) -> Frame:
    for _ in range(30):
        frame = source.read(0.2)
        if frame is not None:
            return frame
    raise AssertionError("no image came")


def ramp(offset: int = 0) -> NDArray[np.uint8]:
    return (np.arange(48, dtype=np.uint8)[:, None] + np.arange(64, dtype=np.uint8)[None] + offset).astype(
        np.uint8
    )


def test_images_of_pyigtls_own_server_come_through(server: Server) -> None:
    server.show(ramp(), spacing_mm=0.25)
    with open_source(f"igtl://{server.address}") as source:
        assert isinstance(source, LiveSource)
        info = source.info
        assert (info.kind, info.width, info.height, info.live) == ("igtl", 64, 48, True)
        assert info.mm_per_px == pytest.approx(0.25) and info.mm_per_px_from == "header"
        first = next_frame(source)
        assert (first.pixels == ramp()).all() and first.mm_per_px == pytest.approx(0.25)
        assert not first.pixels.flags.writeable
        colour = np.dstack([ramp(), ramp(40), ramp(90)])
        server.show(colour)
        second = next_frame(source)
        assert (second.pixels == colour).all() and second.index == first.index + 1
        assert second.mm_per_px is None


def test_colourless_rgb_becomes_grey_and_sizes_may_change(server: Server) -> None:
    server.show(np.dstack([ramp()] * 3))
    with open_igtl(server.address) as source:
        assert next_frame(source).pixels.shape == (48, 64)
        server.show(ramp()[:20, :30])
        assert next_frame(source).pixels.shape == (20, 30)
        assert (source.info.width, source.info.height) == (30, 20)


def test_the_first_device_is_kept_and_one_can_be_chosen(server: Server) -> None:
    server.show(ramp(1), "Probe")
    with open_igtl(server.address, device="Probe") as source:
        server.show(ramp(2), "Camera")
        server.send_message(pyigtl.TransformMessage(np.eye(4), device_name="Probe"), wait=False)
        server.show(ramp(3), "Probe")
        assert (next_frame(source).pixels == ramp(1)).all()
        assert (next_frame(source).pixels == ramp(3)).all()


def test_an_idle_server_is_open_and_silent() -> None:
    """As one of a frozen scanner is."""
    idle = Server()
    try:
        with open_igtl(idle.address) as source:
            assert (source.info.width, source.info.height) == (0, 0)
            assert source.read(0.05) is None
            idle.show(ramp())
            assert next_frame(source).width == 64
            assert source.info.width == 64
    finally:
        idle.close()


def test_nobody_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        source = open_igtl(f"127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(SourceLostError, match="does not answer"), source:
            pass


def test_a_server_that_goes_is_noticed_and_taken_up_again() -> None:
    first = Server()
    first.show(ramp())
    port = first.server_address[1]
    told = threading.Condition()
    links: list[Link] = []
    frames: list[Frame] = []

    def on_link(link: Link) -> None:
        with told:
            links.append(link)
            told.notify_all()

    def wait_for(state: LinkState, after: int = 0) -> Link:
        with told:
            assert told.wait_for(lambda: any(link.state is state for link in links[after:]), 8.0), links
            return next(link for link in links[after:] if link.state is state)

    grabber = Grabber(lambda: open_igtl(f"127.0.0.1:{port}"), [frames.append], on_link)
    grabber.start()
    second = None
    try:
        wait_for(LinkState.LIVE)
        first.close()
        assert "closed the connection" in wait_for(LinkState.RECONNECTING).message
        seen = len(links)
        second = Server(port)
        second.show(ramp(9))
        wait_for(LinkState.LIVE, seen)
        assert (frames[-1].pixels == ramp(9)).all()
    finally:
        grabber.stop()
        if second is not None:
            second.close()


@contextlib.contextmanager
def raw_server(answer: bytes) -> Iterator[IgtlDriver]:
    """A server that says whatever it is given, then closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        driver = IgtlDriver("127.0.0.1", listening.getsockname()[1], None, "none")
        try:
            yield driver
        finally:
            driver.close()
            thread.join(5)


def header(kind: bytes, size: int, version: int = 1) -> bytes:
    return struct.pack(">H12s20sIIQQ", version, kind, b"Image", 0, 0, size, 0)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            b"HTTP/1.1 400 Bad Request\r\nServer: not an ultrasound machine\r\n\r\n",
            "does not speak OpenIGTLink",
        ),
        (header(b"IMAGE", 2**40), "does not speak OpenIGTLink"),
        (header(b"IMAGE", 100) + b"short", "closed the connection"),
        (b"", "closed the connection"),
    ],
)
def test_what_is_not_openigtlink_is_told(answer: bytes, message: str) -> None:
    with raw_server(answer) as driver, pytest.raises(SourceLostError, match=message):
        driver.open()


def test_a_damaged_image_costs_itself_alone(caplog: pytest.LogCaptureFixture) -> None:
    good = pyigtl.ImageMessage(ramp()[None], device_name="Image").pack()
    bad = header(b"IMAGE", 80) + bytes(80)
    with raw_server(bad + header(b"STATUS", 4) + bytes(4) + good) as driver:
        info = driver.open()
        assert info.width == 64
        shot = driver.read()
        assert shot is not None and (shot.pixels == ramp()).all()
    assert "image" in caplog.text


@pytest.mark.parametrize(
    ("flip", "corner"), [("none", 0), ("vertical", 47), ("horizontal", 63), ("both", 110)]
)
def test_flips(flip: Any, corner: int) -> None:
    assert image_pixels(ramp()[None], flip)[0, 0] == corner


def test_wider_types_and_stacks_are_shown() -> None:
    stack = np.zeros((3, 20, 30), np.float32)
    stack[1] = np.linspace(-1, 3, 600).reshape(20, 30)
    shown = image_pixels(stack, "none")
    assert shown.dtype == np.uint8 and (shown[0, 0], shown[-1, -1]) == (0, 255)


@pytest.mark.parametrize("shape", [(1, 0, 5), (1, 4, 4, 2), (1, 1, 9), (1, 4, 4, 5)])
def test_images_that_are_no_pictures(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        image_pixels(np.zeros(shape, np.uint8), "none")


def test_spacing() -> None:
    assert spacing_mm(np.diag([0.2, 0.2, 1, 1])) == pytest.approx(0.2)
    assert spacing_mm(np.eye(4)) is None
    assert spacing_mm(np.diag([0.2, 0.3, 1, 1])) is None
    assert spacing_mm(np.zeros((4, 4))) is None


@pytest.mark.parametrize(
    "spec", ["igtl://", "igtl://host:port", "igtl://a b", "igtl://host?flip=up", "igtl://host?zoom=2"]
)
def test_nonsense_is_refused(spec: str) -> None:
    with pytest.raises(UnreadableSourceError):
        open_source(spec)
