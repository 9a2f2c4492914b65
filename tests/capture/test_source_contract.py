"""What every source promises (capture/source.py), asked of every source.

A new source is one more row in `RECORDINGS` or `LIVE`. A maker gets an empty folder for its files and an
`ExitStack` for whatever the source needs beside it, such as a sender.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.card import open_card
from capture.dicom_file import DicomFile
from capture.frame import Frame
from capture.igtl import open_igtl
from capture.image_folder import ImageFolder
from capture.live_reader import LiveSource, Shot
from capture.phantom.source import open_phantom
from capture.player import Player
from capture.screen import open_screen
from capture.source import EndOfSource, FrameSource, SeekableSource, SourceError
from capture.still import Still
from capture.stream import open_stream
from capture.video_file import VideoFile
from tests.capture.fake_card import CARD, FakeCard
from tests.capture.fakes import FakeDriver, HandClock, picture
from tests.capture.igtl_server import Server
from tests.capture.media import coloured, numbered, write_dicom, write_film
from tests.capture.sender import Sender, free_udp_port
from tests.capture.xvfb import Screen

Maker = Callable[[Path, ExitStack], FrameSource]


def film(folder: Path, stack: ExitStack) -> VideoFile:
    return VideoFile(write_film(folder / "film.mp4", 12))


def coloured_film(folder: Path, stack: ExitStack) -> VideoFile:
    return VideoFile(write_film(folder / "film.mkv", [coloured(i) for i in range(8)], gop=100))


def image_folder(folder: Path, stack: ExitStack) -> ImageFolder:
    for i in range(4):
        cv2.imwrite(str(folder / f"picture_{i}.png"), numbered(i))
    return ImageFolder(folder)


def still(folder: Path, stack: ExitStack) -> Still:
    cv2.imwrite(str(folder / "still.png"), numbered(3))
    return Still(folder / "still.png")


def dicom_cine(folder: Path, stack: ExitStack) -> DicomFile:
    frames = [numbered(i) for i in range(5)]
    return DicomFile(write_dicom(folder / "cine.dcm", frames, elements={"FrameTime": "40"}))


def dicom_film(folder: Path, stack: ExitStack) -> DicomFile:
    data = write_film(folder / "inner.mp4", 6, codec="libx264").read_bytes()
    path = write_dicom(
        folder / "film.dcm",
        fragments=[data],
        syntax="1.2.840.10008.1.2.4.102",
        elements={"NumberOfFrames": 6, "FrameTime": "40"},
    )
    return DicomFile(path)


def player(folder: Path, stack: ExitStack) -> Player:
    return Player(film(folder, stack), HandClock())


def live_reader(folder: Path, stack: ExitStack) -> LiveSource:
    driver = FakeDriver()
    for i in range(6):
        driver.give(Shot(picture(i), int(i / 60 * 1e9)))
    return LiveSource(driver, "the card")


def card(folder: Path, stack: ExitStack) -> LiveSource:
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    patch.setattr("capture.av_driver.av.open", lambda *where, **asked: FakeCard())
    patch.setattr("capture.card_pyav.find_card", lambda name: CARD)
    return open_card("0", size="64x48", fps="60")


def screen(folder: Path, stack: ExitStack) -> LiveSource:
    shown = Screen()
    stack.callback(shown.close)
    shown.paint((80, 80, 80))
    return open_screen(shown.display)


def stream(folder: Path, stack: ExitStack) -> LiveSource:
    url = f"udp://127.0.0.1:{free_udp_port()}"
    stack.enter_context(Sender(url))
    return open_stream(url)


def openigtlink(folder: Path, stack: ExitStack) -> LiveSource:
    server = Server()
    stack.callback(server.close)
    for i in range(6):
        server.show(picture(i))
    return open_igtl(server.address)


RECORDINGS: dict[str, Maker] = {
    "film": film,
    "coloured film": coloured_film,
    "folder": image_folder,
    "still": still,
    "dicom cine": dicom_cine,
    "dicom film": dicom_film,
    "player": player,
}


def phantom(folder: Path, stack: ExitStack) -> FrameSource:
    return open_phantom({"size": "320x240", "fps": "40", "detail": "0.5"})


LIVE: dict[str, Maker] = {
    "live reader": live_reader,
    "card": card,
    "screen": screen,
    "stream": stream,
    "openigtlink": openigtlink,
    "phantom": phantom,
}

every_source = pytest.mark.parametrize(
    "make", [*RECORDINGS.values(), *LIVE.values()], ids=[*RECORDINGS, *LIVE]
)
every_recording = pytest.mark.parametrize("make", RECORDINGS.values(), ids=RECORDINGS)
every_live_source = pytest.mark.parametrize("make", LIVE.values(), ids=LIVE)


def next_frame(source: FrameSource, patience_s: float = 5.0) -> Frame:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        frame = source.read(0.25)
        if frame is not None:
            return frame
    raise AssertionError(f"no frame came within {patience_s} s")


def all_frames(source: FrameSource) -> list[Frame]:
    frames = []
    while True:
        try:
            frames.append(next_frame(source))
        except EndOfSource:
            return frames


def seekable(source: FrameSource) -> SeekableSource:
    assert isinstance(source, SeekableSource)
    return source


@every_source
def test_it_says_what_it_is_and_gives_frames_of_that_size(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = stack.enter_context(make(tmp_path, stack))
        assert isinstance(source, FrameSource)
        frame, info = next_frame(source), source.info
        assert info.kind and info.name
        assert (frame.width, frame.height) == (info.width, info.height)
        assert all("\n" not in warning for warning in info.warnings)


@every_source
def test_frames_are_shared_safely(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        pixels = next_frame(stack.enter_context(make(tmp_path, stack))).pixels
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 2 or pixels.shape[2] == 3
        assert pixels.flags.c_contiguous
        assert not pixels.flags.writeable


@every_source
def test_index_and_time_only_go_forward(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = stack.enter_context(make(tmp_path, stack))
        before = next_frame(source)
        for _ in range(2):
            try:
                frame = next_frame(source, 0.5)
            except (EndOfSource, AssertionError):
                break
            assert frame.index > before.index
            assert frame.captured_ns >= before.captured_ns
            before = frame


@every_source
def test_read_comes_back_in_time(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = stack.enter_context(make(tmp_path, stack))
        began = time.monotonic()
        for _ in range(20):
            try:
                source.read(0.0)
            except EndOfSource:
                break
        assert time.monotonic() - began < 2.0


@every_source
def test_it_closes_unread_and_after_an_error(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        with make(tmp_path, stack):
            pass
        with pytest.raises(ZeroDivisionError), make(tmp_path, stack) as source:
            next_frame(source)
            raise ZeroDivisionError


@every_live_source
def test_a_live_source_says_so(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = stack.enter_context(make(tmp_path, stack))
        assert next_frame(source).media_s is None
        assert source.info.live


@every_recording
def test_a_recording_is_given_whole_and_ends(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = seekable(stack.enter_context(make(tmp_path, stack)))
        frames = all_frames(source)
        assert not source.info.live
        assert [frame.index for frame in frames] == list(range(source.info.frames or 0))
        assert [frame.media_s for frame in frames] == list(source.times_s)
        for _ in range(2):
            with pytest.raises(EndOfSource) as end:
                source.read(1.0)
            assert end.value.missing is None


@every_recording
def test_times_begin_at_zero_and_do_not_decrease(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        times = seekable(stack.enter_context(make(tmp_path, stack))).times_s
        assert times[0] == 0
        assert list(times) == sorted(times)


@every_recording
def test_every_frame_is_reached_exactly(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = seekable(stack.enter_context(make(tmp_path, stack)))
        frames = all_frames(source)
        order = np.random.default_rng(1).permutation(len(frames))
        for index in map(int, order):
            source.seek(index)
            frame = next_frame(source)
            assert frame.index == index
            assert (frame.pixels == frames[index].pixels).all()


@every_recording
def test_a_seek_outside_is_told(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = seekable(stack.enter_context(make(tmp_path, stack)))
        for index in (-1, len(source.times_s)):
            with pytest.raises(IndexError, match="expected an index"):
                source.seek(index)


@every_recording
def test_a_recording_can_be_opened_again(make: Maker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = make(tmp_path, stack)
        counts = []
        for _ in range(2):
            with source:
                counts.append(len(all_frames(source)))
        assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("kind", [VideoFile, Still, DicomFile, ImageFolder])
@pytest.mark.parametrize("there", [True, False], ids=["junk", "nothing"])
def test_what_cannot_be_read_is_told_in_one_line(kind: type, there: bool, tmp_path: Path) -> None:
    path = tmp_path / "junk"
    if there:
        path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(SourceError) as refused, kind(path):
        pass
    assert "\n" not in str(refused.value)
    assert "junk" in str(refused.value)
