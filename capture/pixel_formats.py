"""Wire formats of cards and screens to full-range grey or RGB, at the least cost for live work.

What decoders of files give as well is left to `capture.decode`.
"""

from __future__ import annotations

from typing import Literal, get_args

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from capture.decode import FrameConverter, plane
from capture.frame import Pixels

ColourRange = Literal["limited", "full"]
COLOUR_RANGES: tuple[str, ...] = get_args(ColourRange)

GREY_LEVELS = 12
"""Difference between the channels up to which a screen counts as grey; the faintest colour map of a machine
strays by more than 20."""

_RGB_ORDER = {
    "bgr0": (4, 2, 1, 0),
    "bgra": (4, 2, 1, 0),
    "bgr24": (3, 2, 1, 0),
    "rgb0": (4, 0, 1, 2),
    "rgb24": (3, 0, 1, 2),
    "0rgb": (4, 1, 2, 3),
    "0bgr": (4, 3, 2, 1),
}
"""Bytes of a pixel, and where red, green and blue lie in it. A screen's alpha means nothing."""

_FAST_DETOUR = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yvyu422": "yuv422p",
}
"""Only planar YUV has a quick way to RGB in swscale: 2 instead of 8 CPU ms at 1080p."""

_EXPAND: Pixels = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)
_EXPAND.flags.writeable = False


def expand_limited(pixels: Pixels) -> Pixels:
    """Levels 16-235 (studio range of ITU-R BT.601 and BT.709) stretched to 0-255; a new array."""
    return cv2.LUT(pixels, _EXPAND).astype(np.uint8, copy=False)


class LiveConverter:
    """Converts the frames of one live stream."""

    def __init__(self, colour_range: ColourRange | None = None) -> None:
        """Say what is known of the range; None believes the frames, but many cards claim the wrong one."""
        self._expand_rgb = colour_range == "limited"
        full = None if colour_range is None else colour_range == "full"
        self._converter = FrameConverter(full_range=full)
        self._unpacker = VideoReformatter()
        self._in_colour = False

    def pixels(self, frame: av.VideoFrame) -> Pixels:
        """uint8 (h, w) where the picture is colourless, else (h, w, 3) RGB; a new array."""
        name = frame.format.name
        if name in _RGB_ORDER and frame.planes[0].line_size > 0:  # below 0: bottom-up, as DirectShow gives it
            pixels = grey_or_rgb(_pixel_view(frame, _RGB_ORDER[name][0]), _RGB_ORDER[name][1:])
            return expand_limited(pixels) if self._expand_rgb else pixels
        if name in _FAST_DETOUR and self._in_colour:  # grey is quickest without it
            frame = self._unpacker.reformat(frame, format=_FAST_DETOUR[name], threads=1)
        pixels = self._converter.pixels(frame)
        self._in_colour = pixels.ndim == 3
        return pixels


def grey_or_rgb(view: Pixels, order: tuple[int, ...]) -> Pixels:
    """(h, w, 3 or 4) with red, green and blue at the places `order`, as a new array; grey if colourless."""
    red, green, blue = order
    some = view[::4]  # a quarter of the rows tells as much in a quarter of the time
    channels = [np.asarray(cv2.extractChannel(some, i)) for i in order]
    if max(cv2.minMaxLoc(cv2.absdiff(channels[1], channels[i]))[1] for i in (0, 2)) <= GREY_LEVELS:
        out = cv2.extractChannel(view, green)
    elif order == (2, 1, 0):
        out = cv2.cvtColor(view, cv2.COLOR_BGR2RGB if view.shape[2] == 3 else cv2.COLOR_BGRA2RGB)
    else:
        out = np.empty((*view.shape[:2], 3), np.uint8)
        cv2.mixChannels([view], [out], [red, 0, green, 1, blue, 2])
    return np.asarray(out, np.uint8)


def _pixel_view(frame: av.VideoFrame, channels: int) -> Pixels:
    """(h, w, channels), a view of the frame's own memory."""
    lines = plane(frame, 0)
    shape, strides = (frame.height, frame.width, channels), (lines.strides[0], channels, 1)
    return np.lib.stride_tricks.as_strided(lines, shape, strides, writeable=False)
