from __future__ import annotations

from typing import cast

import av
import numpy as np
import pytest

from capture.frame import Pixels
from capture.pixel_formats import ColourRange, LiveConverter, expand_limited, grey_or_rgb

WIDTH, HEIGHT = 70, 44  # lines of this width are padded in FFmpeg's memory


def ramp() -> Pixels:
    return np.tile(np.linspace(0, 255, WIDTH).round().astype(np.uint8), (HEIGHT, 1))


def scene() -> Pixels:
    picture = np.dstack([ramp()] * 3)
    picture[10:30, 20:50] = (200, 40, 80)
    return picture


def sent(picture: Pixels, wire: str, full: bool | None = None) -> av.VideoFrame:
    """The picture as FFmpeg itself brings it into a wire format."""
    yuv = wire.startswith(("yu", "uy", "nv"))
    full = ("j" in wire or not yuv) if full is None else full
    source = av.VideoFrame.from_ndarray(picture, "rgb24")
    return source.reformat(
        format=wire,
        src_color_range="JPEG",
        dst_color_range="JPEG" if full else "MPEG",
        dst_colorspace="ITU601",
    )


WIRES = [
    "yuyv422",
    "uyvy422",
    "nv12",
    "nv21",
    "yuv420p",
    "yuvj422p",
    "yuvj420p",
    "bgr0",
    "bgra",
    "bgr24",
    "rgb24",
    "rgb0",
    "0rgb",
]


@pytest.mark.parametrize("wire", WIRES)
def test_a_grey_picture_comes_out_grey_and_exact(wire: str) -> None:
    pixels = LiveConverter().pixels(sent(np.dstack([ramp()] * 3), wire))
    assert pixels.shape == (HEIGHT, WIDTH) and pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - ramp()).max() <= 2


@pytest.mark.parametrize("wire", WIRES)
def test_a_coloured_picture_keeps_its_colours(wire: str) -> None:
    converter = LiveConverter()
    for _ in range(2):  # the second frame takes the way that is quick for colours
        pixels = converter.pixels(sent(scene(), wire))
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        inner = pixels[14:26, 26:44].astype(int)
        assert np.abs(inner - (200, 40, 80)).max() <= 5
    grey = converter.pixels(sent(np.dstack([ramp()] * 3), wire))
    assert grey.ndim == 2 and np.abs(grey.astype(int) - ramp()).max() <= 2


@pytest.mark.parametrize("wire", ["bgr0", "rgb24"])
def test_rgb_in_limited_range_is_stretched_when_told(wire: str) -> None:
    studio = (16 + ramp().astype(float) * 219 / 255).round().astype(np.uint8)
    told = LiveConverter("limited").pixels(sent(np.dstack([studio] * 3), wire))
    untold = LiveConverter().pixels(sent(np.dstack([studio] * 3), wire))
    assert np.abs(told.astype(int) - ramp()).max() <= 1
    assert (untold == studio).all()


@pytest.mark.parametrize(("claim", "truth"), [(False, "full"), (True, "limited")])
def test_a_wrong_claim_of_range_is_overruled(claim: bool, truth: str) -> None:
    levels = np.full((HEIGHT, WIDTH), 126, np.uint8)
    frame = sent(np.dstack([levels] * 3), "yuv420p", full=claim)
    luma = int(np.frombuffer(memoryview(frame.planes[0]), np.uint8)[0])
    pixels = LiveConverter(cast(ColourRange, truth)).pixels(frame)
    expected = luma if truth == "full" else round((luma - 16) * 255 / 219)
    assert abs(int(pixels[5, 5]) - expected) <= 1


def test_what_is_returned_is_the_callers_own() -> None:
    frame = sent(scene(), "bgr0")
    converter = LiveConverter()
    first = converter.pixels(frame)
    copy = first.copy()
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    assert (first == copy).all()
    assert first.flags.c_contiguous and first.flags.owndata


def test_a_faint_cast_is_grey_and_a_colour_map_is_colour() -> None:
    cast_ = np.dstack([ramp(), ramp(), np.clip(ramp().astype(int) + 8, 0, 255).astype(np.uint8)])
    assert grey_or_rgb(cast_, (0, 1, 2)).ndim == 2
    sepia = (np.dstack([ramp()] * 3) * np.array([1.0, 0.88, 0.7])).astype(np.uint8)
    assert grey_or_rgb(sepia, (0, 1, 2)).ndim == 3


def test_expanding_limits_at_both_ends() -> None:
    levels = np.array([[0, 16, 126, 235, 255]], np.uint8)
    assert expand_limited(levels).tolist() == [[0, 0, 128, 255, 255]]
