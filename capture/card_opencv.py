"""A capture card through OpenCV, for drivers that FFmpeg does not get on with."""

from __future__ import annotations

import sys
import time
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np

from capture.card import CardAbsentError, CardMode, CardSettings, differences, shown_card
from capture.combing import FieldMender
from capture.devices import find_card
from capture.live_reader import Shot
from capture.pixel_formats import LiveConverter
from capture.source import SourceInfo, SourceLostError

_APIS = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}
_FOURCC = {
    "yuyv422": "YUYV",
    "uyvy422": "UYVY",
    "nv12": "NV12",
    "mjpeg": "MJPG",
    "bgr24": "BGR3",
    "h264": "H264",
}
_WIRE = {code: wire for wire, code in _FOURCC.items()} | {"YUY2": "yuyv422"}
_MICROSECONDS = Fraction(1, 1_000_000)


class OpenCvCardDriver:
    """Asks for the pictures as they are on the wire, and takes BGR where OpenCV insists on it."""

    def __init__(self, name: str, settings: CardSettings) -> None:
        self._name = name
        self._settings = settings
        self._capture: Any = None
        self._wire: str | None = None
        self._size = (0, 0)
        self._converter = LiveConverter(settings.colour_range)
        self._converted = LiveConverter()
        self._mender = FieldMender(settings.deinterlace, _MICROSECONDS)

    def open(self) -> SourceInfo:
        name = shown_card(self._name)
        device = find_card(self._name)
        if device is None:
            raise CardAbsentError(f"{name} is not connected")
        # DirectShow and AVFoundation count in OpenCV as they do in the list of cards.
        where: str | int = device.url if sys.platform == "linux" else device.index
        self._capture = capture = cv2.VideoCapture(where, _APIS.get(sys.platform, cv2.CAP_ANY))
        if not capture.isOpened():
            raise SourceLostError(f"{device.name} cannot be opened by OpenCV")
        asked = self._settings
        if asked.wire_format in _FOURCC:  # first: other settings depend on it
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*_FOURCC[asked.wire_format]))
        if asked.size is not None:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, asked.size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, asked.size[1])
        if asked.fps is not None:
            capture.set(cv2.CAP_PROP_FPS, float(asked.fps))
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        return self._read_back(device.name)

    def _read_back(self, name: str) -> SourceInfo:
        capture, asked = self._capture, self._settings
        width, height = (
            int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )
        rate = float(capture.get(cv2.CAP_PROP_FPS))
        code = (
            int(capture.get(cv2.CAP_PROP_FOURCC))
            .to_bytes(4, "little", signed=True)
            .decode("ascii", "replace")
        )
        self._wire, self._size = _WIRE.get(code.upper()), (width, height)
        fps = rate if 0 < rate <= 1000 else None
        return SourceInfo(
            kind="card",
            name=name,
            width=width,
            height=height,
            live=True,
            fps=fps or (float(asked.fps) if asked.fps else None),
            codec=self._wire,
            container=str(capture.getBackendName()).lower(),
            colour_range=asked.colour_range,
            interlaced=self._mender.interlaced,
            warnings=differences(asked, CardMode(width, height, fps, self._wire)),
        )

    def read(self) -> Shot | None:
        ok, raw = self._capture.read()
        captured_ns = time.monotonic_ns()
        if not ok or raw is None:
            raise SourceLostError(f"{shown_card(self._name)} has gone")
        frame, by_opencv = as_frame(raw, self._wire, self._size)
        frame.pts = captured_ns // 1000
        frame.time_base = _MICROSECONDS
        mended = list(self._mender.feed(frame, captured_ns))
        if not mended:
            return None
        ready, at_ns = mended[-1]  # after a change of format two may come: the newer one counts
        pixels = (self._converted if by_opencv else self._converter).pixels(ready)
        self._mender.look(pixels)
        return Shot(pixels, at_ns, interlaced=self._mender.interlaced)

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()

    def interrupt(self) -> None:
        """OpenCV gives up by itself after 10 s."""


def as_frame(raw: Any, wire: str | None, size: tuple[int, int]) -> tuple[av.VideoFrame, bool]:
    """OpenCV's array as an FFmpeg frame, and whether OpenCV has already made full-range colours of it.

    Args:
        raw: uint8, (h, w, 3) BGR, (h, w, 2) packed YUV, (h * 3 / 2, w) NV12, (h, w) grey, or one JPEG.
        wire: FFmpeg's name of what the card says it sends.
        size: width and height that the card says it sends.

    Raises:
        SourceLostError: it is none of these.
    """
    raw = np.ascontiguousarray(raw)
    if raw.dtype == np.uint8:
        if (
            raw.size > 2
            and raw.reshape(-1)[:2].tobytes() == b"\xff\xd8"
            and (wire == "mjpeg" or 1 in raw.shape[:2])
        ):
            raw, wire = cv2.imdecode(raw.reshape(-1), cv2.IMREAD_COLOR), "mjpeg"
            if raw is None:
                raise SourceLostError("the card sends damaged pictures")
        if raw.ndim == 3 and raw.shape[2] == 3:
            return av.VideoFrame.from_ndarray(raw, "bgr24"), wire not in ("bgr24", "rgb24")
        if raw.ndim == 3 and raw.shape[2] == 2:
            frame = av.VideoFrame(raw.shape[1], raw.shape[0], "uyvy422" if wire == "uyvy422" else "yuyv422")
            rows = raw.reshape(raw.shape[0], -1)
            line = frame.planes[0].line_size
            frame.planes[0].update(np.pad(rows, ((0, 0), (0, line - rows.shape[1]))).tobytes())
            return frame, False
        if raw.ndim == 2 and wire == "nv12" and raw.shape[0] * 2 == size[1] * 3:
            return av.VideoFrame.from_ndarray(raw, "nv12"), False
        if raw.ndim == 2 and min(raw.shape) > 1:
            return av.VideoFrame.from_ndarray(raw, "gray"), False
    raise SourceLostError(f"the card sends {raw.dtype} {raw.shape}, which is no picture")
