"""Cards without a card: fakes at the border to FFmpeg and OpenCV that behave as real drivers do."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
import pytest

from capture.card import CardSettings, open_card
from capture.card_opencv import as_frame
from capture.card_pyav import card_inlet
from capture.frame import Frame
from capture.grabber import Grabber
from capture.link import Link, LinkState
from capture.live_reader import LiveSource
from capture.open import open_source
from capture.source import SourceLostError, UnreadableSourceError
from tests.capture.fake_card import CARD, FakeCard, grey_picture, wire_frame


class Opener:
    """Stands for `av.open`; answers in turn, and keeps what it was asked."""

    def __init__(self, *answers: FakeCard | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, url: str, mode: str, **asked: Any) -> FakeCard:
        self.asked.append({"url": url, **asked})
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Opener]:
    """Plug in cards: what each opening of the device finds."""

    def plugged(*answers: FakeCard | Exception) -> Opener:
        opener = Opener(*answers)
        monkeypatch.setattr("capture.av_driver.av.open", opener)
        monkeypatch.setattr("sys.platform", "linux")
        for module in ("card_pyav", "card_opencv"):
            monkeypatch.setattr(
                f"capture.{module}.find_card", lambda name: CARD if name in ("0", "Grabby") else None
            )
        return opener

    return plugged


def frames_of(source: LiveSource, count: int) -> list[Frame]:
    found: list[Frame] = []
    for _ in range(50 * count):
        frame = source.read(1.0)
        if frame is not None:
            found.append(frame)
        if len(found) == count:
            return found
    raise AssertionError("the card gave no pictures")


def test_settings_go_to_the_driver_and_agreement_is_silent(plug: Callable[..., Opener]) -> None:
    card = FakeCard(
        (1920, 1080, Fraction(60000, 1001), "rawvideo", "nv12"), lambda i: wire_frame(grey_picture(i), "nv12")
    )
    opener = plug(card)
    with open_source("card:0?size=1920x1080&fps=59.94&format=nv12") as source:
        assert opener.asked[0]["url"] == "/dev/video0" and opener.asked[0]["format"] == "v4l2"
        assert opener.asked[0]["options"] == {
            "video_size": "1920x1080", "framerate": "60000/1001", "input_format": "nv12",
        }  # fmt: skip
        info = source.info
        assert (info.kind, info.name, info.codec) == ("card", "Grabby HD", "nv12")
        assert info.fps == pytest.approx(59.94, abs=0.001)
        assert info.warnings == ()
    assert card.closed.is_set()


def test_what_the_card_does_instead_is_told_in_words(plug: Callable[..., Opener]) -> None:
    plug(
        FakeCard(
            (1280, 720, Fraction(30), "mjpeg", "yuvj422p"), lambda i: wire_frame(grey_picture(i), "yuvj422p")
        )
    )
    with open_card("0", size="1920x1080", fps="60", format="yuyv") as source:
        assert source.info.warnings == (
            "asked for 1920x1080 at 60, the card gives 1280x720 at 30: is it in a slow USB port?",
            "asked for yuyv422, the card gives mjpeg",
        )


def test_a_card_of_60_for_5994_is_no_reason_to_complain(plug: Callable[..., Opener]) -> None:
    plug(FakeCard())
    with open_card("0", fps="59.94") as source:
        assert source.info.warnings == () and source.info.fps == 60.0


@pytest.mark.parametrize(
    ("wire", "given", "claims_full"),
    [
        ("yuyv422", None, False),
        ("nv12", None, False),
        ("yuvj422p", None, True),
        ("yuyv422", "full", True),
        ("nv12", "limited", False),
        ("yuvj422p", "limited", False),
    ],
)
def test_wire_formats_and_ranges(
    plug: Callable[..., Opener], wire: str, given: str | None, claims_full: bool
) -> None:
    luma = grey_picture(1)
    plug(FakeCard((64, 48, Fraction(60), "rawvideo", wire), lambda i: wire_frame(luma, wire)))
    with open_card("Grabby", range=given) as source:
        pixels = frames_of(source, 1)[0].pixels.astype(int)
    expected = luma.astype(int) if claims_full else np.rint((luma.astype(float) - 16) * 255 / 219).astype(int)
    assert pixels.shape == luma.shape and np.abs(pixels - expected).max() <= 1


def test_colour_survives(plug: Callable[..., Opener]) -> None:
    rgb = np.zeros((48, 64, 3), np.uint8)
    rgb[:, 32:] = (200, 40, 40)

    def frame(index: int) -> av.VideoFrame:
        return av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuyv422")

    plug(FakeCard(frames=frame))
    with open_card("0") as source:
        pixels = frames_of(source, 2)[1].pixels
    assert pixels.shape == (48, 64, 3)
    assert np.abs(pixels[24, 56].astype(int) - (200, 40, 40)).max() < 6 and pixels[24, 8].max() < 4


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (av.error.FileNotFoundError(errno.ENOENT, "No such file"), "Grabby HD is not connected"),
        (av.error.OSError(errno.ENODEV, "No such device"), "Grabby HD is not connected"),
        (av.error.PermissionError(errno.EACCES, "Permission denied"), "may not be opened"),
        (av.error.OSError(errno.EBUSY, "Device or resource busy"), "in use by another program"),
    ],
)
def test_why_a_card_cannot_be_opened(plug: Callable[..., Opener], error: Exception, message: str) -> None:
    opener = plug(error)
    with pytest.raises(SourceLostError, match=message), open_card("0", size="1920x1080"):
        pass
    assert len(opener.asked) == 1, "no other way can help"


def test_a_card_that_is_not_there(plug: Callable[..., Opener]) -> None:
    plug()
    with pytest.raises(SourceLostError, match="Blaster is not connected"), open_card("Blaster"):
        pass


def test_a_mode_the_card_lacks_falls_back_to_its_own(plug: Callable[..., Opener]) -> None:
    """DirectShow refuses where V4L2 takes the nearest mode."""
    opener = plug(
        av.error.OSError(errno.EIO, "I/O error"), FakeCard((64, 48, Fraction(25), "rawvideo", "yuyv422"))
    )
    with open_card("0", size="1920x1080", fps="60") as source:
        assert opener.asked[1]["options"] == {}
        assert source.info.warnings[0].startswith("asked for 1920x1080 at 60, the card gives 64x48 at 25")


def test_a_pulled_card_is_lost_and_taken_up_again(plug: Callable[..., Opener]) -> None:
    plug(FakeCard(count=5), av.error.FileNotFoundError(errno.ENOENT, "No such file"), FakeCard())
    told = threading.Condition()
    links: list[Link] = []

    def on_link(link: Link) -> None:
        with told:
            links.append(link)
            told.notify_all()

    grabber = Grabber(lambda: open_card("0"), [], on_link)
    grabber.start()
    try:
        with told:
            assert told.wait_for(lambda: len(links) > 3 and links[-1].state is LinkState.LIVE, 8.0), links
    finally:
        grabber.stop()
    assert [link.state for link in links[:5]] == [
        LinkState.OPENING, LinkState.LIVE, LinkState.RECONNECTING, LinkState.RECONNECTING, LinkState.LIVE,
    ]  # fmt: skip
    assert (
        links[2].message.startswith("Grabby HD has gone") and links[3].message == "Grabby HD is not connected"
    )


def woven(index: int) -> av.VideoFrame:
    """A bright block in motion, each field from its own instant; the frame does not say it is interlaced."""
    fields = []
    for field in (0, 1):
        luma = np.full((96, 128), 40, np.uint8)
        at = (index * 2 + field) * 7 % 90
        luma[20:76, at : at + 30] = 200
        fields.append(luma)
    weave = fields[0].copy()
    weave[1::2] = fields[1][1::2]
    return wire_frame(weave, "yuyv422")


def test_combs_that_nobody_tells_of_are_found_and_mended(plug: Callable[..., Opener]) -> None:
    plug(FakeCard((128, 96, Fraction(25), "rawvideo", "yuyv422"), woven))
    with open_card("0") as source:
        for _ in range(100):
            frames_of(source, 1)
            if source.info.interlaced:
                break
        assert source.info.interlaced
        frames_of(source, 3)
        lines = frames_of(source, 1)[0].pixels[30:66].astype(int)
        assert np.abs(np.diff(lines, axis=0)).mean() < 2, "no combs are left"


def test_deinterlacing_can_be_forced_and_forbidden(plug: Callable[..., Opener]) -> None:
    plug(FakeCard((128, 96, Fraction(25), "rawvideo", "yuyv422"), woven))
    with open_card("0", deinterlace="on") as source:
        assert source.info.interlaced
        lines = frames_of(source, 3)[2].pixels[30:66].astype(int)
        assert np.abs(np.diff(lines, axis=0)).mean() < 2
    plug(FakeCard((128, 96, Fraction(25), "rawvideo", "yuyv422"), woven))
    with open_card("0", deinterlace="off") as source:
        combed = frames_of(source, 40)
        assert not source.info.interlaced
        assert np.abs(np.diff(combed[-1].pixels[30:66].astype(int), axis=0)).mean() > 5


def test_a_new_format_in_mid_stream_passes(plug: Callable[..., Opener]) -> None:
    plug(
        FakeCard(frames=lambda i: wire_frame(grey_picture(i, *((48, 64) if i < 10 else (32, 40))), "yuyv422"))
    )
    with open_card("0") as source:
        while frames_of(source, 1)[0].width != 40:
            pass
        assert (source.info.width, source.info.height) == (40, 32)


class FakeCapture:
    """What `cv2.VideoCapture` gives for a card."""

    def __init__(
        self, fourcc: str = "YUYV", raw: Any = None, size: tuple[int, int] = (64, 48), fps: float = 30.0
    ) -> None:
        self.properties = {
            cv2.CAP_PROP_FOURCC: float(int.from_bytes(fourcc.encode(), "little")),
            cv2.CAP_PROP_FRAME_WIDTH: float(size[0]),
            cv2.CAP_PROP_FRAME_HEIGHT: float(size[1]),
            cv2.CAP_PROP_FPS: fps,
        }
        luma = grey_picture(3)
        self.raw = np.dstack([luma, np.full_like(luma, 128)]) if raw is None else raw
        self.left = 200
        self.settings: list[int] = []
        self.released = False

    def isOpened(self) -> bool:
        return True

    def getBackendName(self) -> str:
        return "V4L2"

    def set(self, key: int, value: float) -> bool:
        self.settings.append(key)
        return True

    def get(self, key: int) -> float:
        return self.properties.get(key, 0.0)

    def read(self) -> tuple[bool, Any]:
        self.left -= 1
        return (True, self.raw) if self.left >= 0 else (False, None)

    def release(self) -> None:
        self.released = True


def test_opencv_steps_in_where_ffmpeg_fails(
    plug: Callable[..., Opener], monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(av.error.OSError(errno.EIO, "I/O error"))
    capture = FakeCapture()
    opened: list[Any] = []

    def open_capture(*where: Any) -> FakeCapture:
        opened.append(where)
        return capture

    monkeypatch.setattr(cv2, "VideoCapture", open_capture)
    with open_card("0") as source:
        assert opened == [("/dev/video0", cv2.CAP_V4L2)]
        info = source.info
        assert (info.codec, info.container, info.fps) == ("yuyv422", "v4l2", 30.0)
        assert "opened by OpenCV, because Grabby HD cannot be opened by FFmpeg" in info.warnings[0]
        expected = np.rint((grey_picture(3).astype(float) - 16) * 255 / 219)
        assert np.abs(frames_of(source, 1)[0].pixels - expected).max() <= 1
        with pytest.raises(SourceLostError, match="card 0 has gone"):
            while True:
                source.read(0.5)
    assert capture.released


def test_opencv_settings_are_read_back_too(
    plug: Callable[..., Opener], monkeypatch: pytest.MonkeyPatch
) -> None:
    plug()
    capture = FakeCapture("MJPG", cv2.imencode(".jpg", grey_picture(4))[1].reshape(1, -1))
    monkeypatch.setattr(cv2, "VideoCapture", lambda *where: capture)
    with open_card("0", backend="opencv", size="1920x1080", fps="59.94", format="mjpeg") as source:
        assert capture.settings[0] == cv2.CAP_PROP_FOURCC
        assert source.info.warnings == (
            "asked for 1920x1080 at 59.94, the card gives 64x48 at 30: is it in a slow USB port?",
        )
        pixels = frames_of(source, 1)[0].pixels
        assert pixels.shape == (48, 64)


def test_the_shapes_that_opencv_gives() -> None:
    luma = grey_picture(5)
    nv12, converted = as_frame(np.vstack([luma, np.full((24, 64), 128, np.uint8)]), "nv12", (64, 48))
    assert (nv12.format.name, nv12.width, nv12.height, converted) == ("nv12", 64, 48, False)
    bgr, converted = as_frame(np.dstack([luma] * 3), "yuyv422", (64, 48))
    assert (bgr.format.name, converted) == ("bgr24", True)
    bgr, converted = as_frame(np.dstack([luma] * 3), "bgr24", (64, 48))
    assert not converted
    assert as_frame(luma, None, (64, 48))[0].format.name == "gray"
    odd = np.dstack([luma[:, :63], luma[:, :63]])
    assert as_frame(odd, "uyvy422", (63, 48))[0].format.name == "uyvy422"
    with pytest.raises(SourceLostError, match="damaged"):
        as_frame(np.frombuffer(b"\xff\xd8\xff\xe0rubbish", np.uint8)[None], "mjpeg", (64, 48))
    with pytest.raises(SourceLostError, match="no picture"):
        as_frame(np.zeros((4, 4), np.uint16), None, (4, 4))


def test_what_the_other_systems_are_asked_for() -> None:
    settings = CardSettings((1920, 1080), Fraction(60000, 1001), "mjpeg")
    windows = card_inlet("Grabby HD", "Grabby HD", settings, "win32")
    assert (windows.url, windows.format) == ("video=Grabby HD", "dshow")
    assert windows.options["vcodec"] == "mjpeg" and windows.options["framerate"] == "60000/1001"
    mac = card_inlet("0", "Grabby HD", CardSettings(wire_format="nv12"), "darwin")
    assert (mac.url, mac.format, dict(mac.options)) == ("0:none", "avfoundation", {"pixel_format": "nv12"})


WORDS = "size=1920 size=9x9 size fps=fast fps=1e9 format=png range=wide deinterlace=yes backend=vlc zoom=2"


@pytest.mark.parametrize("words", WORDS.split())
def test_nonsense_is_refused_in_one_line(words: str) -> None:
    with pytest.raises(UnreadableSourceError) as refused:
        open_source(f"card:0?{words}")
    assert "\n" not in str(refused.value)
