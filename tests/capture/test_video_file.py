from __future__ import annotations

import gc
import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from capture import limits, video_reader
from capture.frame import Frame
from capture.source import EndOfSource, SourceInfo, UnreadableSourceError
from capture.video_file import VideoFile
from tests.capture.media import coloured, number_of, numbered, write_film


def play(source: VideoFile) -> tuple[list[Frame], str | None]:
    frames: list[Frame] = []
    while True:
        try:
            frame = source.read(5.0)
        except EndOfSource as end:
            return frames, end.missing
        assert frame is not None
        frames.append(frame)


def info_of(path: Path) -> SourceInfo:
    with VideoFile(path) as film:
        return film.info


# name: (file, encoder, pixel format)
FORMATS = {
    "H.264 MP4": ("film.mp4", "libx264", "yuv420p"),
    "H.264 4:4:4 MOV": ("film.mov", "libx264", "yuv444p"),
    "HEVC 10 bit MKV": ("film.mkv", "libx265", "yuv420p10le"),
    "VP8 WebM": ("film.webm", "libvpx", "yuv420p"),
    "VP9 WebM": ("film.webm", "libvpx-vp9", "yuv420p"),
    "MPEG-4 AVI": ("film.avi", "mpeg4", "yuv420p"),
    "MPEG-2 program stream": ("film.mpg", "mpeg2video", "yuv420p"),
    "H.264 transport stream": ("film.ts", "libx264", "yuv420p"),
    "HuffYUV AVI": ("film.avi", "huffyuv", "yuv422p"),
    "FFV1 16 bit MKV": ("film.mkv", "ffv1", "gray16le"),
    "Motion JPEG AVI": ("film.avi", "mjpeg", "yuvj420p"),
    "raw H.264": ("film.h264", "libx264", "yuv420p"),
}


@pytest.mark.parametrize("made", FORMATS.values(), ids=FORMATS)
def test_every_frame_of_every_format_comes_in_order(made: tuple[str, str, str], tmp_path: Path) -> None:
    name, codec, pix_fmt = made
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    b_frames = 2 if codec == "libx264" else 0
    path = write_film(tmp_path / name, 20, codec=codec, pix_fmt=pix_fmt, options=options, b_frames=b_frames)
    with VideoFile(path) as film:
        frames, missing = play(film)
        assert [number_of(frame.pixels) for frame in frames] == list(range(20))
        assert missing is None
        assert film.info.frames == 20
        assert film.info.fps == pytest.approx(25, rel=0.01)
        assert film.info.duration_s == pytest.approx(0.8, rel=0.02)
        for index in (13, 4, 5, 19, 0):
            film.seek(index)
            frame = film.read(5.0)
            assert frame is not None
            assert (frame.index, number_of(frame.pixels)) == (index, index)


def test_time_stamps_are_the_films_own(tmp_path: Path) -> None:
    stamps = [0, 40, 60, 460, 500, 900]
    with VideoFile(write_film(tmp_path / "film.mkv", 6, rate=1000, stamps=stamps)) as film:
        assert film.times_s == pytest.approx([stamp / 1000 for stamp in stamps])
        assert [frame.media_s for frame in play(film)[0]] == pytest.approx(film.times_s)


def test_rates_are_measured(tmp_path: Path) -> None:
    rate = Fraction(1000000, 54241)
    assert info_of(write_film(tmp_path / "a.mkv", 30, rate=rate, codec="libx264")).fps == pytest.approx(
        18.436, rel=0.005
    )
    assert info_of(write_film(tmp_path / "b.mp4", 30, rate=240)).fps == pytest.approx(240)
    assert info_of(write_film(tmp_path / "c.mp4", 3, rate=Fraction(1, 2))).fps == pytest.approx(0.5)
    assert info_of(write_film(tmp_path / "d.mp4", 1)).fps is None


@pytest.mark.parametrize(("delay", "interval_s"), [(3, 0.03), (0, 0.1)])
def test_a_gif_without_delays_plays_as_browsers_play_it(
    delay: int, interval_s: float, tmp_path: Path
) -> None:
    path = write_film(tmp_path / "film.gif", 4, codec="gif", pix_fmt="gray", rate=100, stamps=[0, 3, 6, 9])
    data = path.read_bytes()
    path.write_bytes(_with_delay(data, delay))
    with VideoFile(path) as film:
        assert np.diff(film.times_s) == pytest.approx([interval_s] * (len(film.times_s) - 1))


def _with_delay(gif: bytes, hundredths: int) -> bytes:
    out, at = bytearray(gif), 0
    while (at := out.find(b"\x21\xf9\x04", at)) >= 0:
        out[at + 4 : at + 6] = hundredths.to_bytes(2, "little")
        at += 8
    return bytes(out)


def test_what_the_header_says_is_told(tmp_path: Path) -> None:
    info = info_of(write_film(tmp_path / "film.mkv", 3, codec="libx264", full_range=True, pix_fmt="yuvj420p"))
    assert (info.kind, info.name, info.codec, info.container) == ("video", "film.mkv", "h264", "matroska")
    assert (info.width, info.height, info.colour_range) == (96, 64, "full")
    assert not info.live
    assert not info.interlaced


def test_grey_stays_grey_and_colour_colour(tmp_path: Path) -> None:
    with VideoFile(write_film(tmp_path / "grey.mp4", 2)) as film:
        assert play(film)[0][0].pixels.shape == (64, 96)
    with VideoFile(write_film(tmp_path / "colour.mp4", [coloured(0)] * 2)) as film:
        pixels = play(film)[0][0].pixels
        assert pixels.shape == (64, 96, 3)
        assert np.abs(pixels[60, 8].astype(int) - (220, 30, 30)).max() < 25


def test_a_turned_film_is_shown_upright(tmp_path: Path) -> None:
    with VideoFile(write_film(tmp_path / "film.mp4", 3, rotation_deg=-90)) as film:
        assert film.info.rotation_deg == 90
        assert (film.info.width, film.info.height) == (64, 96)
        frame = film.read()
        assert frame is not None
        assert frame.pixels.shape[:2] == (96, 64)


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    info = info_of(write_film(tmp_path / "film.mkv", 3, aspect=Fraction(4, 3)))
    assert (info.width, info.height) == (128, 64)
    assert any("not square" in warning for warning in info.warnings)


def interlaced_film(path: Path, count: int = 10) -> Path:
    """A white bar that moves between the two fields of a frame: woven, it has teeth."""
    pictures = []
    for i in range(count):
        picture = np.full((64, 96), 60, np.uint8)
        picture[0::2, 8 * i : 8 * i + 16] = 220
        picture[1::2, 8 * i + 4 : 8 * i + 20] = 220
        pictures.append(picture)
    options = {"flags": "+ildct+ilme", "top": "1"}
    return write_film(path, pictures, codec="mpeg2video", options=options, gop=4)


def test_interlaced_film_loses_its_teeth_but_no_frame(tmp_path: Path) -> None:
    with VideoFile(interlaced_film(tmp_path / "film.mpg")) as film:
        assert film.info.interlaced
        frames, missing = play(film)
        assert [frame.index for frame in frames] == list(range(10))
        assert missing is None
        for frame in frames[1:-1]:
            rows = frame.pixels.astype(int)
            teeth = np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean()
            assert teeth < 2.0  # woven: more than 6
        for index in (7, 3, 4):  # what the filter makes of a frame depends on the one before
            film.seek(index)
            again = film.read(5.0)
            assert again is not None
            assert (again.pixels == frames[index].pixels).all()


def test_a_change_of_size_in_mid_stream_is_delivered(tmp_path: Path) -> None:
    parts = [
        write_film(tmp_path / "a.h264", 4, codec="libx264"),
        write_film(tmp_path / "b.h264", [numbered(i, (96, 128)) for i in range(4, 8)], codec="libx264"),
    ]
    both = tmp_path / "both.h264"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    with VideoFile(both) as film:
        frames, _ = play(film)
        assert [(frame.width, frame.height) for frame in frames] == [(96, 64)] * 4 + [(128, 96)] * 4
        assert [number_of(frame.pixels) for frame in frames] == list(range(8))


def test_stamps_that_start_again_in_mid_stream_are_counted_out_instead(tmp_path: Path) -> None:
    parts = []
    for name, first in (("a.ts", 0), ("b.ts", 6)):
        pictures = [numbered(i) for i in range(first, first + 6)]
        parts.append(write_film(tmp_path / name, pictures, codec="mpeg2video").read_bytes())
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(parts))
    with VideoFile(both) as film:
        frames, _ = play(film)
        assert [number_of(frame.pixels) for frame in frames] == list(range(12))
        assert film.info.fps == pytest.approx(25)
        assert any("no usable time stamps" in warning for warning in film.info.warnings)
        film.seek(7)
        frame = film.read(5.0)
        assert frame is not None
        assert number_of(frame.pixels) == 7


# Containers whose header comes first, so that a cut leaves something to play
CUT = {
    "MKV": ("film.mkv", {}),
    "AVI": ("film.avi", {}),
    "MPEG-TS": ("film.ts", {}),
    "MPEG-PS": ("film.mpg", {}),
    "MP4, index first": ("film.mp4", {"movflags": "faststart"}),
    "MP4, fragmented": ("film.mp4", {"movflags": "frag_keyframe+empty_moov"}),
}


@pytest.mark.parametrize("made", CUT.values(), ids=CUT)
def test_a_cut_film_plays_its_whole_frames_and_no_others(
    made: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    name, options = made
    codec = "mpeg2video" if name.endswith((".mpg", ".ts")) else "mpeg4"
    pictures = [np.random.default_rng(i).integers(0, 255, (64, 96), np.uint8) for i in range(24)]
    path = write_film(tmp_path / name, pictures, codec=codec, container_options=options)
    with VideoFile(path) as film:
        whole = [frame.pixels for frame in play(film)[0]]
    assert len(whole) == 24
    data = path.read_bytes()
    for share in (0.3, 0.45, 0.61, 0.83):
        path.write_bytes(data[: int(len(data) * share)])
        with VideoFile(path) as film:
            frames, missing = play(film)
            warnings = film.info.warnings
        assert 1 <= len(frames) <= 24 * share + 1
        assert all((frame.pixels == whole[frame.index]).all() for frame in frames)
        if name in ("film.mkv", "film.avi") or "faststart" in str(options):
            assert missing == f"the file ends early: {len(frames)} of 24 frames could be read"
            assert missing in warnings


@pytest.mark.parametrize(
    ("codec", "options"),
    [("libx264", {"sc_threshold": "0", "coder": "vlc"}), ("mpeg4", {})],  # arithmetic coding hides damage
)
def test_damage_in_the_middle_costs_no_more_than_up_to_the_next_key_frame(
    codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    pictures = [np.random.default_rng(i).integers(0, 255, (64, 96), np.uint8) for i in range(30)]
    path = write_film(tmp_path / "film.mp4", pictures, codec=codec, gop=10, options=options)
    with VideoFile(path) as film:
        whole = [frame.pixels for frame in play(film)[0]]
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        sizes = {p.pts or 0: (p.pos, p.size) for p in container.demux(video=0) if p.size}
    at, size = sizes[sorted(sizes)[13]]
    assert at is not None
    rng = np.random.default_rng(0)
    data[at + size // 3 : at + size // 2] = rng.integers(0, 255, size // 2 - size // 3, np.uint8).tobytes()
    path.write_bytes(data)
    with VideoFile(path) as film:
        frames, missing = play(film)
    shown = [frame.index for frame in frames]
    assert set(range(10)) <= set(shown)
    assert set(range(20, 30)) <= set(shown)
    assert 13 not in shown
    assert all((frame.pixels == whole[frame.index]).all() for frame in frames)
    assert missing == f"{30 - len(frames)} of 30 frames are damaged and were left out"


def test_the_name_of_a_film_says_nothing(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 3)
    for name in ("no_extension", "film.avi"):
        path = tmp_path / name
        path.write_bytes(film.read_bytes())
        assert info_of(path).container == "mov"


def test_a_film_can_lie_in_memory(tmp_path: Path) -> None:
    data = write_film(tmp_path / "film.mp4", 5).read_bytes()
    with VideoFile(io.BytesIO(data), "memory") as film:
        assert [number_of(frame.pixels) for frame in play(film)[0]] == list(range(5))


def sound_only(path: Path) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)


def cut_before_the_index(path: Path) -> None:
    write_film(path, 12)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"moov") - 4])


REFUSED = {
    "sound": (sound_only, "only sound"),
    "no index": (cut_before_the_index, "cut off before it was finished"),
    "zeros": (lambda path: path.write_bytes(b"\0" * 5000), "expected a film"),
    "not there": (lambda path: None, "cannot be read"),
    "play list": (lambda path: path.write_text("ffconcat version 1.0\nfile other.mp4\n"), "expected a film"),
}


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
def test_what_is_no_film_is_refused_in_one_line(made: tuple[object, str], tmp_path: Path) -> None:
    write, words = made
    path = tmp_path / "file.mp4"
    write(path)  # type: ignore[operator]
    with pytest.raises(UnreadableSourceError, match=words) as refused, VideoFile(path):
        pass
    assert str(refused.value).startswith("file.mp4: ")
    assert "\n" not in str(refused.value)


def test_8k_film_is_shown_smaller_and_larger_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_film(
        tmp_path / "film.avi", [np.full((4320, 7680), 90, np.uint8)], codec="mjpeg", pix_fmt="yuvj420p"
    )
    with VideoFile(path) as film:
        assert (film.info.width, film.info.height) == (3840, 2160)
        assert any("1/2 of its size" in warning for warning in film.info.warnings)
        frame = film.read(5.0)
        assert frame is not None
        assert abs(int(frame.pixels.mean()) - 90) <= 2
    monkeypatch.setattr(limits, "MAX_PICTURE_PIXELS", 20_000_000)
    with pytest.raises(UnreadableSourceError, match="too large"), VideoFile(path):
        pass
    monkeypatch.undo()
    monkeypatch.setattr(video_reader, "MAX_FILM_FRAME_BYTES", 20_000_000)
    with pytest.raises(UnreadableSourceError, match="too large"), VideoFile(path):
        pass


@pytest.mark.parametrize("name", ["bitrot_middle.mp4", "rotated90_metadata.mp4", "mp4_no_extension"])
def test_real_odd_files_play(name: str, shared_data: Path) -> None:
    with VideoFile(shared_data / "bad" / name) as film:
        frames, missing = play(film)
        assert frames
        if name.startswith("bitrot"):
            assert missing == "43 of 60 frames are damaged and were left out"
            assert len(frames) == 17
        elif name.startswith("rotated"):
            assert (film.info.width, film.info.height, film.info.rotation_deg) == (600, 800, 90)


def test_real_films_are_exact_to_the_frame(shared_data: Path) -> None:
    for name in ("butterfly_ocular_vfr.mkv", "plax_interlaced_mpeg2.mpg", "plax_doppler_hevc10.mkv"):
        with VideoFile(shared_data / name) as film:
            frames, missing = play(film)
            assert missing is None
            assert len(frames) == film.info.frames
            for index in (len(frames) // 2, len(frames) // 3):
                film.seek(index)
                frame = film.read(5.0)
                assert frame is not None
                assert (frame.pixels == frames[index].pixels).all()


def decoded_frames_alive() -> int:
    return sum(type(thing) is av.VideoFrame for thing in gc.get_objects())


def test_decoded_frames_do_not_wait_for_garbage_collection(tmp_path: Path) -> None:
    """Each holds several megabytes: a thousand of them would fill the memory before Python looks."""
    with VideoFile(write_film(tmp_path / "film.mp4", [coloured(i) for i in range(20)])) as film:
        gc.collect()
        gc.disable()
        try:
            before = decoded_frames_alive()
            play(film)
            added = decoded_frames_alive() - before
        finally:
            gc.enable()
    assert added <= 4
