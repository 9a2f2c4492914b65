"""A capture card through FFmpeg's own device back ends."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from fractions import Fraction

import av

from capture.av_driver import AvDriver, Inlet, why
from capture.card import CardAbsentError, CardMode, CardSettings, differences, shown_card
from capture.combing import FieldMender
from capture.devices import find_card
from capture.live_reader import Shot
from capture.pixel_formats import LiveConverter
from capture.source import SourceError, SourceInfo, SourceLostError

log = logging.getLogger(__name__)


class AvCardDriver(AvDriver):
    """V4L2 on Linux, DirectShow on Windows, AVFoundation on macOS."""

    def __init__(self, name: str, settings: CardSettings) -> None:
        super().__init__(Inlet("card", shown_card(name), ""), LiveConverter(settings.colour_range))
        self._name = name
        self._settings = settings
        self._mender: FieldMender | None = None

    def open(self) -> SourceInfo:
        device = find_card(self._name)
        if device is None:
            raise CardAbsentError(f"{shown_card(self._name)} is not connected")
        inlet = card_inlet(device.url, device.name, self._settings, sys.platform)
        self.inlet = inlet
        try:
            return super().open()
        except CardAbsentError:
            raise
        except SourceLostError as error:
            # DirectShow refuses a mode that the card lacks, where V4L2 takes the nearest one.
            if not inlet.options:
                raise
            log.info("%s; trying the mode it has", error)
            self.inlet = replace(inlet, options={})
            return super().open()

    def refusal(self, error: Exception) -> SourceError:
        name = self.inlet.name
        if isinstance(error, av.error.FileNotFoundError) or getattr(error, "errno", None) in (6, 19):
            return CardAbsentError(f"{name} is not connected")  # ENXIO, ENODEV
        if isinstance(error, av.error.PermissionError):
            return CardAbsentError(f"{name} may not be opened: is your account allowed to use cameras?")
        if getattr(error, "errno", None) == 16:  # EBUSY
            return CardAbsentError(f"{name} is in use by another program")
        return SourceLostError(f"{name} cannot be opened by FFmpeg ({why(error)})")

    def describe(self, video: av.VideoStream) -> SourceInfo:
        info = super().describe(video)
        context = video.codec_context
        wire = context.pix_fmt if context.name == "rawvideo" else context.name
        self._mender = FieldMender(self._settings.deinterlace, video.time_base or Fraction(1, 1_000_000))
        given = CardMode(info.width, info.height, info.fps, wire)
        return replace(
            info,
            codec=wire,
            fps=info.fps or (float(self._settings.fps) if self._settings.fps else None),
            colour_range=self._settings.colour_range,
            interlaced=self._mender.interlaced,
            warnings=differences(self._settings, given),
        )

    def shot(self, frame: av.VideoFrame, captured_ns: int) -> Shot | None:
        assert self._mender is not None
        mended = list(self._mender.feed(frame, captured_ns))
        if not mended:
            return None
        ready, at_ns = mended[-1]  # after a change of format two may come: the newer one counts
        pixels = self._converter.pixels(ready)
        self._mender.look(pixels)
        return Shot(pixels, at_ns, interlaced=self._mender.interlaced)


def card_inlet(url: str, name: str, settings: CardSettings, platform: str) -> Inlet:
    """What to give to FFmpeg on a system (a value of `sys.platform`)."""
    options = {}
    if settings.size is not None:
        options["video_size"] = f"{settings.size[0]}x{settings.size[1]}"
    if settings.fps is not None:
        options["framerate"] = f"{settings.fps.numerator}/{settings.fps.denominator}"
    wire = settings.wire_format
    if platform == "win32":
        if wire is not None:
            options["vcodec" if wire in ("mjpeg", "h264") else "pixel_format"] = wire
        # Two 1080p pictures of 4 MB and room for a hiccup; the default holds less than one.
        return Inlet("card", name, f"video={url}", "dshow", options | {"rtbufsize": "64M"})
    if platform == "darwin":
        if wire is not None and wire not in ("mjpeg", "h264"):
            options["pixel_format"] = wire
        return Inlet("card", name, f"{url}:none", "avfoundation", options)
    if wire is not None:
        options["input_format"] = wire
    return Inlet("card", name, url, "v4l2", options)
