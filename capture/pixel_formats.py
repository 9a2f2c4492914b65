"""From a decoded picture in any wire format to what a person is meant to see: full-range grey or RGB."""

from __future__ import annotations

from typing import Literal, get_args

import av
import cv2
import numpy as np

from capture.frame import Pixels

ColourRange = Literal["limited", "full"]
COLOUR_RANGES: tuple[str, ...] = get_args(ColourRange)

CHROMA_NOISE = 12
"""Levels by which chroma may stray from neutral in a grey picture; analogue cards wander by up to 10,
the faintest colour map of a machine by more than 20."""

_PLANAR = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21"}
_PACKED_LUMA = {"yuyv422": 0, "yvyu422": 0, "uyvy422": 1}
"""Byte of the luma in each pair of bytes."""
_RGB_ORDER = {
    "rgb24": (3, 0, 1, 2),
    "bgr24": (3, 2, 1, 0),
    "rgb0": (4, 0, 1, 2),
    "rgba": (4, 0, 1, 2),
    "bgr0": (4, 2, 1, 0),
    "bgra": (4, 2, 1, 0),
    "0rgb": (4, 1, 2, 3),
    "argb": (4, 1, 2, 3),
    "0bgr": (4, 3, 2, 1),
    "abgr": (4, 3, 2, 1),
}
"""Bytes of a pixel, and where red, green and blue lie in it."""

_FAST_DETOUR = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yvyu422": "yuv422p",
}
"""Only planar YUV has a quick way to RGB in swscale: 1.5 instead of 8 CPU ms at 1080p."""

_EXPAND: Pixels = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)
_EXPAND.flags.writeable = False


def expand_limited(pixels: Pixels) -> Pixels:
    """Levels 16-235 (ITU-R BT.601 and BT.709, studio range) stretched to 0-255; a new array."""
    return np.asarray(cv2.LUT(pixels, _EXPAND), np.uint8)


def colour_range_of(frame: av.VideoFrame) -> ColourRange:
    """What the frame says of its range; where it says nothing, YUV is limited and RGB and grey are full."""
    if frame.color_range in (1, 2):  # AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG
        return "limited" if frame.color_range == 1 else "full"
    name = frame.format.name
    return (
        "limited"
        if name.startswith(("yuv", "nv", "yuyv", "uyvy", "yvyu", "p0")) and "j" not in name
        else "full"
    )


def displayed(frame: av.VideoFrame, colour_range: ColourRange | None = None) -> Pixels:
    """The frame as uint8 (h, w) where it is colourless, else (h, w, 3) RGB; full range; a new array.

    `colour_range` overrules what the frame says of itself: many cards claim the wrong one.
    """
    asked = colour_range or colour_range_of(frame)
    name = frame.format.name
    if any(plane.line_size < 0 for plane in frame.planes):  # bottom-up, as DirectShow gives RGB
        return _by_swscale(frame, asked)
    if name == "gray":
        return _full(_rows(frame, 0, 1), asked)
    if name in _PLANAR:
        neutral = all(
            _is_neutral(_rows(frame, i, 2 if name[:2] == "nv" else 1)) for i in _chroma_planes(name)
        )
        return _full(_rows(frame, 0, 1), asked) if neutral else _by_swscale(frame, asked)
    if name in _PACKED_LUMA:
        pairs = _rows(frame, 0, 2)
        at = _PACKED_LUMA[name]
        if _is_neutral(np.asarray(cv2.extractChannel(pairs, 1 - at), np.uint8)):
            return _full(np.asarray(cv2.extractChannel(pairs, at), np.uint8), asked)
        return _by_swscale(frame, asked)
    if name in _RGB_ORDER:
        return _from_rgb(frame, asked)
    return _by_swscale(frame, asked)


def _chroma_planes(name: str) -> tuple[int, ...]:
    return (1,) if name.startswith("nv") else (1, 2)


def _rows(frame: av.VideoFrame, plane_index: int, channels: int) -> Pixels:
    """The plane as (h, w) or (h, w, channels) without copying; it lives as long as the frame."""
    plane = frame.planes[plane_index]
    rows: Pixels = np.frombuffer(memoryview(plane), np.uint8)  # type: ignore[arg-type]  # av hides its buffer
    strides = (plane.line_size, channels, 1)
    shape = (plane.height, plane.width, channels)
    view: Pixels = np.lib.stride_tricks.as_strided(rows, shape, strides, writeable=False)
    return view[:, :, 0] if channels == 1 else view


def _is_neutral(chroma: Pixels) -> bool:
    low, high = cv2.minMaxLoc(chroma.reshape(chroma.shape[0], -1) if chroma.ndim == 3 else chroma)[:2]
    return low >= 128 - CHROMA_NOISE and high <= 128 + CHROMA_NOISE


def _full(grey: Pixels, asked: ColourRange) -> Pixels:
    return expand_limited(grey) if asked == "limited" else grey.copy()


def _from_rgb(frame: av.VideoFrame, asked: ColourRange) -> Pixels:
    size, *order = _RGB_ORDER[frame.format.name]
    view = _rows(frame, 0, size)
    if _is_grey(view, order):
        out = cv2.extractChannel(view, order[1])
    elif size == 3:
        out = cv2.cvtColor(view, cv2.COLOR_BGR2RGB) if order == [2, 1, 0] else view.copy()
    else:
        out = np.empty((*view.shape[:2], 3), np.uint8)
        cv2.mixChannels([view], [out], [order[0], 0, order[1], 1, order[2], 2])
    return expand_limited(np.asarray(out, np.uint8)) if asked == "limited" else np.asarray(out, np.uint8)


def _is_grey(rgb: Pixels, order: list[int]) -> bool:
    some = rgb[::4]  # a quarter of the rows tells as much for a quarter of the time
    red, green, blue = (cv2.extractChannel(some, i) for i in order)
    return max(cv2.minMaxLoc(cv2.absdiff(green, other))[1] for other in (red, blue)) <= CHROMA_NOISE


def _by_swscale(frame: av.VideoFrame, asked: ColourRange) -> Pixels:
    """By FFmpeg's own converter, which knows every format; where the matrix is not told, HD means BT.709."""
    told = frame.colorspace not in (2, 5)  # unspecified is 2, SWS_CS_DEFAULT 5
    planar = frame.reformat(format=_FAST_DETOUR.get(frame.format.name, frame.format.name))
    rgb = planar.reformat(
        format="rgb24",
        src_colorspace=None if told else ("ITU709" if frame.height >= 720 else "ITU601"),
        src_color_range="MPEG" if asked == "limited" else "JPEG",
        dst_color_range="JPEG",
    ).to_ndarray()
    out = np.asarray(rgb, np.uint8)
    return np.asarray(cv2.extractChannel(out, 1), np.uint8) if _is_grey(out, [0, 1, 2]) else out
