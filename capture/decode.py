"""From a decoder's frame to the pixels that people are meant to see: full range, upright, square."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.limits import reduction

NEUTRAL_TOLERANCE = 2
"""Chroma may stray this far (of 256) from neutral and the picture still counts as grey: coding noise."""

_PLANAR = re.compile(r"(?:yuv(?P<full>j)?4\d\dp|(?P<gray>gray))(?P<bits>\d+le)?")
_COLORSPACES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
"""libavutil's AVColorSpace (ITU-T H.273 matrix coefficients) to libswscale's."""


class FrameConverter:
    """Converts the frames of one stream; keeps the scaler between frames.

    Grey scans in YUV skip colour conversion: their luma plane is the picture.
    """

    def __init__(self, pixel_aspect: Fraction | None = None, full_range: bool | None = None) -> None:
        """Set what the frames themselves do not say.

        Args:
            pixel_aspect: width of a pixel over its height; None or an unlikely value means square.
            full_range: overrides what the stream says of its range; None believes the stream.
        """
        self._aspect = likely_aspect(pixel_aspect)
        self._full_range = full_range
        self._scaler = VideoReformatter()
        self._look: tuple[int, int, int] | None = None
        self._matrix: tuple[int, int, int, int] | None = None

    def pixels(self, frame: av.VideoFrame) -> Pixels:
        """uint8 (h, w) or (h, w, 3) of the displayed size, owned by the caller.

        Raises:
            av.error.FFmpegError: the pixel format cannot be converted.
        """
        full = is_full_range(frame) if self._full_range is None else self._full_range
        picture = _grey(frame, full)
        if picture is None:
            picture = self._colour(frame, full)
        return upright(square(picture, self._aspect), self._matrix_of(frame))

    def _matrix_of(self, frame: av.VideoFrame) -> tuple[int, int, int, int] | None:
        """Looked up when something changes: each look ties the frame's memory up until garbage collection."""
        look = (frame.width, frame.height, frame.rotation)
        if look != self._look:
            self._look, self._matrix = look, display_matrix(frame)
        return self._matrix

    def _colour(self, frame: av.VideoFrame, full: bool) -> Pixels:
        factor = reduction(frame.width, frame.height)
        matrix = Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
        alpha = any(component.is_alpha for component in frame.format.components)
        rgb = self._scaler.reformat(
            frame,
            width=frame.width // factor,
            height=frame.height // factor,
            format="rgba" if alpha else "rgb24",
            src_colorspace=_COLORSPACES.get(frame.colorspace, matrix),
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA if factor > 1 else Interpolation.BILINEAR,
            threads=1,
        )
        channels = 4 if alpha else 3
        view = plane(rgb, 0)[:, : rgb.width * channels].reshape(rgb.height, rgb.width, channels)
        return over_black(view) if alpha else np.ascontiguousarray(view)


def plane(frame: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    """The bytes of a plane as (rows, bytes of a line), a view of the decoder's own memory."""
    part = frame.planes[index]
    lines = np.frombuffer(part, np.uint8)  # type: ignore[call-overload]
    rows: NDArray[np.uint8] = lines.reshape(-1, part.line_size)[: part.height]
    return rows


def over_black(rgba: NDArray[np.uint8]) -> Pixels:
    """(h, w, 4) with straight alpha laid over black."""
    rgb = cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB).astype(np.uint8, copy=False)
    alpha = np.asarray(cv2.extractChannel(rgba, 3))
    if alpha.min() == 255:
        return rgb
    return cv2.multiply(rgb, cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB), scale=1 / 255).astype(
        np.uint8, copy=False
    )


def is_full_range(frame: av.VideoFrame) -> bool:
    """Whether luma runs from 0 to 255. YUV that does not say is limited (16 to 235), as players take it."""
    if frame.color_range != ColorRange.UNSPECIFIED:
        return int(frame.color_range) == ColorRange.JPEG
    return frame.format.name.startswith(("yuvj", "gray", "ya")) or frame.format.is_rgb


def likely_aspect(aspect: Fraction | None) -> float:
    """The pixel aspect to use: 1 where there is none, where it differs by under 1 %, or is beyond belief."""
    if aspect is None or aspect <= 0:
        return 1.0
    value = float(aspect)
    return value if 0.25 <= value <= 4 and abs(value - 1) >= 0.01 else 1.0


def square(pixels: Pixels, aspect: float) -> Pixels:
    """The picture with square pixels; the longer side of the pixel sets the scale, so no detail is lost."""
    if aspect == 1.0:
        return pixels
    height, width = pixels.shape[:2]
    size = (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def display_matrix(frame: av.VideoFrame) -> tuple[int, int, int, int] | None:
    """(a, b, c, d) of x' = a x + c y, y' = b x + d y (libavutil/display.h); None: show as it is."""
    data: Any = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return None
    matrix = np.frombuffer(data, "<i4")
    return int(matrix[0]), int(matrix[1]), int(matrix[3]), int(matrix[4])


def clockwise_deg(matrix: tuple[int, int, int, int] | None) -> int:
    """By how much `upright` turns the picture clockwise: 0, 90, 180 or 270; mirroring is not counted."""
    if matrix is None:
        return 0
    a, b, c, d = matrix
    if abs(a) >= abs(b):
        return 180 if a < 0 and d < 0 else 0
    return 90 if b > 0 or (c < 0 and b == 0) else 270


def upright(pixels: Pixels, matrix: tuple[int, int, int, int] | None) -> Pixels:
    """The picture turned and mirrored by a display matrix, to the nearest quarter turn."""
    if matrix is None:
        return pixels
    a, b, c, d = matrix
    if abs(a) >= abs(b):
        mirror_x, mirror_y = a < 0, d < 0
    else:
        pixels = cv2.transpose(pixels).astype(np.uint8, copy=False)
        mirror_x, mirror_y = c < 0, b < 0
    if not (mirror_x or mirror_y):
        return pixels
    code = -1 if mirror_x and mirror_y else (1 if mirror_x else 0)
    return cv2.flip(pixels, code).astype(np.uint8, copy=False)


def _grey(frame: av.VideoFrame, full: bool) -> Pixels | None:
    """The luma of a frame without colour, at full range; None where there is colour."""
    name = frame.format.name
    if any(part.line_size <= 0 for part in frame.planes):
        return None  # stored bottom-up; the scaler turns it
    if name in ("nv12", "nv21"):
        depth, chroma = 8, [plane(frame, 1)[:, : (frame.width + 1) // 2 * 2]]
    elif name in ("yuyv422", "uyvy422"):
        pairs = plane(frame, 0)[:, : frame.width * 2].reshape(frame.height, frame.width, 2)
        first = 0 if name == "yuyv422" else 1
        if not _neutral(cv2.extractChannel(pairs, 1 - first), 8):
            return None
        return _levelled(np.asarray(cv2.extractChannel(pairs, first)), 8, full)
    else:
        parts = _PLANAR.fullmatch(name)
        if parts is None:
            return None
        depth = int(parts["bits"][:-2]) if parts["bits"] else 8
        chroma = [] if parts["gray"] else [_samples(frame, i, depth) for i in (1, 2)]
    if not all(_neutral(part, depth) for part in chroma):
        return None
    return _levelled(_samples(frame, 0, depth), depth, full)


def _samples(frame: av.VideoFrame, index: int, depth: int) -> NDArray[Any]:
    data = plane(frame, index)
    width = frame.planes[index].width
    return data[:, :width] if depth == 8 else data[:, : width * 2].view("<u2")


def _neutral(chroma: Any, depth: int) -> bool:
    middle, tolerance = 1 << (depth - 1), NEUTRAL_TOLERANCE << (depth - 8)
    return bool(chroma.min() >= middle - tolerance and chroma.max() <= middle + tolerance)


def _levelled(luma: NDArray[Any], depth: int, full: bool) -> Pixels:
    factor = reduction(luma.shape[1], luma.shape[0])
    if factor > 1:
        size = (luma.shape[1] // factor, luma.shape[0] // factor)
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA))
    if depth == 8:
        if full:
            return luma.copy()
        # The same as `_levels(8, False)[luma]`, a third faster.
        stretched = cv2.addWeighted(luma, 255 / 219, luma, 0, -16 * 255 / 219)
        return stretched.astype(np.uint8, copy=False)
    if full and depth == 16:
        return (luma >> 8).astype(np.uint8)
    return np.take(_levels(depth, full), luma, mode="clip")


@lru_cache(maxsize=16)
def _levels(depth: int, full: bool) -> NDArray[np.uint8]:
    """Table from stored luma to 0-255; limited range runs from 16 to 235 of 256 (ITU-R BT.601, BT.709)."""
    top = (1 << depth) - 1
    low, high = (0, top) if full else (16 << (depth - 8), 235 << (depth - 8))
    values = (np.arange(top + 1, dtype=np.float64) - low) * (255 / (high - low))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
