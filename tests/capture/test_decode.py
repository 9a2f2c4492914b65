from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from capture import limits
from capture.decode import FrameConverter, clockwise_deg, likely_aspect, over_black, square, upright
from tests.capture.media import Pixels

H, W = 48, 64


def yuv(luma: int | Pixels, u: int = 128, v: int = 128, pix_fmt: str = "yuv420p") -> av.VideoFrame:
    """A frame with even chroma, in any planar 8-bit format."""
    height, width = (H, W) if isinstance(luma, int) else luma.shape
    frame = av.VideoFrame(width, height, pix_fmt)
    for i, value in enumerate((luma, u, v)):
        part = frame.planes[i]
        lines = np.zeros((part.height, part.line_size), np.uint8)
        lines[:, : part.width] = value
        part.update(lines.tobytes())
    return frame


def ramp() -> Pixels:
    return np.tile(np.arange(0, 256, 4, dtype=np.uint8), (H, 1))


def test_limited_grey_is_stretched_to_full_range() -> None:
    pixels = FrameConverter().pixels(yuv(ramp()))
    expected = np.clip(np.rint((ramp().astype(float) - 16) * 255 / 219), 0, 255)
    assert pixels.shape == (H, W)
    assert (pixels == expected).all()


def test_every_level_is_stretched_exactly() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(4, 64)
    expected = np.clip(np.rint((levels.astype(float) - 16) * 255 / 219), 0, 255)
    assert (FrameConverter().pixels(yuv(levels)) == expected).all()


def test_full_range_grey_is_left_as_it_is() -> None:
    frame = yuv(ramp())
    frame.color_range = 2
    assert (FrameConverter().pixels(frame) == ramp()).all()
    assert (FrameConverter().pixels(yuv(ramp(), pix_fmt="yuvj420p")) == ramp()).all()


def test_a_known_range_overrides_the_streams() -> None:
    assert (FrameConverter(full_range=True).pixels(yuv(ramp())) == ramp()).all()


@pytest.mark.parametrize(("u", "v", "grey"), [(128, 128, True), (126, 130, True), (128, 140, False)])
def test_neutral_chroma_makes_grey(u: int, v: int, grey: bool) -> None:
    assert (FrameConverter().pixels(yuv(120, u, v)).ndim == 2) is grey


@pytest.mark.parametrize(
    ("height", "matrix"),
    [(480, (0.299, 0.114)), (720, (0.2126, 0.0722))],
    ids=["BT.601 below 720 lines", "BT.709 from 720 lines"],
)
def test_colour_follows_the_standard_of_its_size(height: int, matrix: tuple[float, float]) -> None:
    kr, kb = matrix
    red, green, blue = 200, 60, 40
    y = kr * red + (1 - kr - kb) * green + kb * blue
    u, v = (blue - y) / (2 * (1 - kb)), (red - y) / (2 * (1 - kr))
    luma = np.full((height, 64), round(16 + y * 219 / 255), np.uint8)
    frame = yuv(luma, round(128 + u * 224 / 255), round(128 + v * 224 / 255), "yuv444p")
    pixels = FrameConverter().pixels(frame)
    assert np.abs(pixels[height // 2, 32].astype(int) - (red, green, blue)).max() <= 3


def test_grey_and_colour_agree_where_they_meet() -> None:
    grey = FrameConverter().pixels(yuv(ramp(), pix_fmt="yuv444p"))
    nearly = FrameConverter().pixels(yuv(ramp(), 128, 131, "yuv444p"))
    assert nearly.ndim == 3
    assert np.abs(nearly.astype(int).mean(axis=2) - grey).max() <= 4


@pytest.mark.parametrize(("pix_fmt", "bits"), [("gray10le", 10), ("gray12le", 12), ("gray16le", 16)])
def test_deep_grey_comes_down_to_eight_bits(pix_fmt: str, bits: int) -> None:
    deep = (ramp().astype(np.uint16) << (bits - 8)) + (1 << (bits - 9))
    frame = av.VideoFrame(W, H, pix_fmt)
    part = frame.planes[0]
    lines = np.zeros((H, part.line_size // 2), np.uint16)
    lines[:, :W] = deep
    part.update(lines.tobytes())
    assert np.abs(FrameConverter().pixels(frame).astype(int) - ramp()).max() <= 1


def test_ten_bit_film_is_grey_at_full_range() -> None:
    frame = yuv(ramp()).reformat(format="yuv420p10le")
    expected = np.clip((ramp().astype(float) - 16) * 255 / 219, 0, 255)
    pixels = FrameConverter().pixels(frame)
    assert pixels.ndim == 2
    assert np.abs(pixels - expected).max() <= 1.5


@pytest.mark.parametrize("pix_fmt", ["nv12", "yuyv422", "uyvy422"])
def test_packed_formats_give_the_same_grey(pix_fmt: str) -> None:
    pixels = FrameConverter().pixels(yuv(ramp()).reformat(format=pix_fmt))
    assert pixels.ndim == 2
    assert (pixels == FrameConverter().pixels(yuv(ramp()))).all()


def test_odd_sizes_keep_every_pixel() -> None:
    luma = np.arange(33 * 35, dtype=np.uint8).reshape(33, 35)
    assert FrameConverter(full_range=True).pixels(yuv(luma, pix_fmt="yuv420p")).shape == (33, 35)
    assert FrameConverter().pixels(yuv(luma, 128, 160, "yuv420p")).shape == (33, 35, 3)


def test_transparency_lies_over_black() -> None:
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[..., 0], rgba[..., 3] = 200, (0, 128)
    assert over_black(rgba)[0, :, 0].tolist() == [0, 100]
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.tile(rgba, (8, 8, 1))), format="rgba")
    assert set(np.unique(FrameConverter().pixels(frame)[..., 0])) == {0, 100}


# (a, b, c, d), what the picture below becomes, clockwise degrees
TURNS: dict[str, tuple[tuple[int, int, int, int], list[list[int]], int]] = {
    "as it is": ((1, 0, 0, 1), [[1, 2, 3], [4, 5, 6]], 0),
    "90 clockwise": ((0, 1, -1, 0), [[4, 1], [5, 2], [6, 3]], 90),
    "180": ((-1, 0, 0, -1), [[6, 5, 4], [3, 2, 1]], 180),
    "270 clockwise": ((0, -1, 1, 0), [[3, 6], [2, 5], [1, 4]], 270),
    "mirrored": ((-1, 0, 0, 1), [[3, 2, 1], [6, 5, 4]], 0),
    "upside down": ((1, 0, 0, -1), [[4, 5, 6], [1, 2, 3]], 0),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_the_display_matrix_is_honoured(turn: tuple[Any, Any, int]) -> None:
    signs, expected, degrees = turn
    matrix = tuple(65536 * sign for sign in signs)
    picture = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    assert upright(picture, matrix).tolist() == expected
    assert clockwise_deg(matrix) == degrees


def test_pixels_become_square_without_losing_detail() -> None:
    picture = np.zeros((40, 40), np.uint8)
    assert square(picture, 1.5).shape == (40, 60)
    assert square(picture, 0.5).shape == (80, 40)


@pytest.mark.parametrize(
    ("aspect", "used"),
    [
        (None, 1.0),
        (Fraction(0), 1.0),
        (Fraction(52560, 52589), 1.0),
        (Fraction(16, 15), 16 / 15),
        (Fraction(50), 1.0),
    ],
)
def test_unlikely_pixel_aspects_are_not_believed(aspect: Fraction | None, used: float) -> None:
    assert likely_aspect(aspect) == pytest.approx(used)


@pytest.mark.parametrize("v", [128, 160], ids=["grey", "colour"])
def test_frames_too_large_are_made_smaller(v: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FRAME_PIXELS", H * W // 3)
    pixels = FrameConverter().pixels(yuv(120, 128, v))
    assert pixels.shape[:2] == (H // 2, W // 2)
