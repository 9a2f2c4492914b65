"""From pixels to a coded picture that stands alone. Measured in docs/decisions/0060-exam-video.md."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

import av
import cv2
import numpy as np

from capture.frame import Pixels

JPEG_QUALITY = 95
"""51 dB on a phantom's speckle, no grey value off by more than 9 of 255."""


class PictureEncoder(Protocol):
    """One picture in, one packet out; for one thread and one size and kind of picture."""

    codec: str
    """FFmpeg's name of what the packets hold."""
    lossless: bool

    def encode(self, pixels: Pixels) -> bytes: ...
    def close(self) -> None: ...


class Jpeg:
    """Baseline JPEG by libjpeg-turbo, full range, colour without subsampling."""

    codec = "mjpeg"
    lossless = False

    def __init__(self, quality: int = JPEG_QUALITY) -> None:
        self._options = [
            cv2.IMWRITE_JPEG_QUALITY, quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        ]  # fmt: skip

    def encode(self, pixels: Pixels) -> bytes:
        picture = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        done, data = cv2.imencode(".jpg", picture, self._options)
        if not done:
            raise OSError("the picture could not be coded")
        return data.tobytes()

    def close(self) -> None:
        """Nothing is held."""


class Ffv1:
    """Lossless: FFV1 version 1 by FFmpeg, whose pictures need no head of the stream."""

    codec = "ffv1"
    lossless = True

    def __init__(self, width: int, height: int, colour: bool) -> None:
        self._format = "bgr0" if colour else "gray"
        context = av.CodecContext.create("ffv1", "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, self._format
        context.time_base = Fraction(1, 1000)
        context.gop_size = 1
        context.thread_count = 1
        context.options = {"level": "1", "coder": "0", "context": "0"}
        context.open()
        self._context: av.VideoCodecContext | None = context

    def encode(self, pixels: Pixels) -> bytes:
        assert self._context is not None
        picture = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA)
        height, row = picture.shape[0], picture[0].nbytes
        frame = av.VideoFrame(pixels.shape[1], height, self._format)
        plane = frame.planes[0]
        into = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload]
        into[:height, :row] = picture.reshape(height, row)
        return b"".join(bytes(packet) for packet in self._context.encode(frame))

    def close(self) -> None:
        self._context = None


class FfmpegJpeg:
    """JPEG by an encoder of FFmpeg: of the graphics hardware ("mjpeg_qsv"), or its own ("mjpeg").

    Brightness alone has full resolution; meant for machines whose processor has no time to spare.
    """

    codec = "mjpeg"
    lossless = False

    def __init__(self, name: str, width: int, height: int) -> None:
        """Open the encoder.

        Raises:
            av.error.FFmpegError: this machine has none of that name.
        """
        self._width, self._height = width - width % 2, height - height % 2
        context = av.CodecContext.create(name, "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height = self._width, self._height
        context.pix_fmt = self._format = "nv12" if name.endswith("qsv") else "yuvj420p"
        context.time_base = Fraction(1, 1000)
        context.color_range = 2
        context.qmin = context.qmax = 2
        if name.endswith("qsv"):
            context.options = {"global_quality": "95", "async_depth": "1"}
        context.open()
        self._context: av.VideoCodecContext | None = context

    def encode(self, pixels: Pixels) -> bytes:
        assert self._context is not None
        part = np.ascontiguousarray(pixels[: self._height, : self._width])
        picture = av.VideoFrame.from_ndarray(part, format="gray" if part.ndim == 2 else "rgb24")
        frame = picture.reformat(format=self._format, dst_color_range=2)
        return b"".join(bytes(packet) for packet in self._context.encode(frame))

    def close(self) -> None:
        self._context = None


CODECS = ("jpeg", "ffv1", "mjpeg_qsv", "mjpeg_vaapi")
"""What the setting `codec` may be."""


def make_encoder(codec: str, width: int, height: int, colour: bool) -> tuple[PictureEncoder, str | None]:
    """An encoder, and a sentence where it is not the one asked for."""
    try:
        if codec == "ffv1":
            return Ffv1(width, height, colour), None
        if codec != "jpeg":
            return FfmpegJpeg(codec, width, height), None
    except (av.error.FFmpegError, ValueError) as error:
        why = error.strerror if isinstance(error, av.error.FFmpegError) else str(error)
        return Jpeg(), f"recording by {codec} is not possible here ({why}); the processor codes the pictures"
    return Jpeg(), None
