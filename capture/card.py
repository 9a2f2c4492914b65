"""Capture cards: FFmpeg's V4L2, DirectShow and AVFoundation first, OpenCV where that fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, cast, get_args

from capture.combing import DEINTERLACE, Deinterlace
from capture.live_reader import Driver, LiveSource, Shot
from capture.pixel_formats import COLOUR_RANGES, ColourRange
from capture.rate import SAME_RATE, parse_rate, parse_size, shown_rate
from capture.source import SourceError, SourceInfo, SourceLostError, UnreadableSourceError

log = logging.getLogger(__name__)

BackEnd = Literal["auto", "pyav", "opencv"]
BACK_ENDS: tuple[str, ...] = get_args(BackEnd)

FORMATS = {
    "yuyv": "yuyv422",
    "yuy2": "yuyv422",
    "uyvy": "uyvy422",
    "nv12": "nv12",
    "mjpeg": "mjpeg",
    "mjpg": "mjpeg",
    "bgr": "bgr24",
    "rgb": "rgb24",
    "yuv420p": "yuv420p",
    "h264": "h264",
}
"""What people call wire formats, to FFmpeg's names of pixel formats and codecs."""


class CardAbsentError(SourceLostError):
    """The card is not connected, in use, or forbidden: another back end cannot open it either."""


@dataclass(frozen=True, slots=True)
class CardSettings:
    """What to ask of a card; None leaves it to the driver."""

    size: tuple[int, int] | None = None
    fps: Fraction | None = None
    wire_format: str | None = None
    colour_range: ColourRange | None = None
    deinterlace: Deinterlace = "auto"


@dataclass(frozen=True, slots=True)
class CardMode:
    """What a card says it gives."""

    width: int
    height: int
    fps: float | None
    wire_format: str | None


def open_card(
    name: str,
    *,
    size: str | None = None,
    fps: str | None = None,
    format: str | None = None,
    range: str | None = None,
    deinterlace: str = "auto",
    backend: str = "auto",
) -> LiveSource:
    """A capture card, not yet opened.

    Args:
        name: the card's number from 0, its name or a part of it, or the path of its device.
        size: such as '1920x1080'.
        fps: such as '60' or '59.94'.
        format: of the wire: yuyv, uyvy, nv12, mjpeg, bgr, rgb, yuv420p, h264.
        range: 'limited' or 'full', where the card claims the wrong one.
        deinterlace: 'auto', 'on' or 'off'.
        backend: 'auto', 'pyav' or 'opencv'.

    Raises:
        UnreadableSourceError: a word that makes no sense.
    """
    _check("deinterlace", deinterlace, DEINTERLACE)
    _check("backend", backend, BACK_ENDS)
    if range is not None:
        _check("range", range, COLOUR_RANGES)
    if format is not None:
        _check("format", format.lower(), tuple(FORMATS))
    settings = CardSettings(
        size=None if size is None else parse_size(size),
        fps=None if fps is None else parse_rate(fps),
        wire_format=None if format is None else FORMATS[format.lower()],
        colour_range=cast(ColourRange | None, range),
        deinterlace=cast(Deinterlace, deinterlace),
    )
    name = name.strip() or "0"
    return LiveSource(CardDriver(name, settings, cast(BackEnd, backend)), shown_card(name))


def shown_card(name: str) -> str:
    """The card's name in a sentence."""
    return f"card {name}" if name.isdecimal() else name


def _check(what: str, word: str, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        raise UnreadableSourceError(f"expected {what} to be one of {', '.join(allowed)}, got {word}")


class CardDriver:
    """The first back end that opens the card."""

    def __init__(self, name: str, settings: CardSettings, backend: BackEnd = "auto") -> None:
        self._name = name
        self._settings = settings
        self._backend = backend
        self._driver: Driver | None = None

    def open(self) -> SourceInfo:
        first: SourceError | None = None
        for make in self._makers():
            self._driver = driver = make(self._name, self._settings)
            try:
                info = driver.open()
            except (CardAbsentError, UnreadableSourceError):
                raise
            except SourceError as error:
                driver.close()
                log.info("%s", error)
                first = first or error
                continue
            if first is not None:
                info = replace(info, warnings=(*info.warnings, f"opened by OpenCV, because {first}"))
            return info
        raise first or SourceLostError(f"{shown_card(self._name)} cannot be opened")

    def _makers(self) -> list[Callable[[str, CardSettings], Driver]]:
        from capture.card_opencv import OpenCvCardDriver
        from capture.card_pyav import AvCardDriver

        every: dict[str, list[Callable[[str, CardSettings], Driver]]] = {
            "auto": [AvCardDriver, OpenCvCardDriver],
            "pyav": [AvCardDriver],
            "opencv": [OpenCvCardDriver],
        }
        return every[self._backend]

    def read(self) -> Shot | None:
        return None if self._driver is None else self._driver.read()

    def close(self) -> None:
        if self._driver is not None:
            self._driver.close()

    def interrupt(self) -> None:
        """Nothing helps against a driver that waits for its card."""


def differences(asked: CardSettings, given: CardMode) -> tuple[str, ...]:
    """Where the card does not do what it was asked for, in words."""
    told = []
    size = (given.width, given.height)
    slower = (
        asked.fps is not None and given.fps is not None and given.fps < float(asked.fps) * (1 - SAME_RATE)
    )
    other_rate = (
        asked.fps is not None
        and given.fps is not None
        and abs(given.fps - float(asked.fps)) > SAME_RATE * float(asked.fps)
    )
    smaller = asked.size is not None and size[0] * size[1] < asked.size[0] * asked.size[1]
    if other_rate or (asked.size is not None and asked.size != size):
        hint = ": is it in a slow USB port?" if slower or smaller else ""
        told.append(
            f"asked for {_mode(asked.size, asked.fps)}, the card gives {_mode(size, given.fps)}{hint}"
        )
    if asked.wire_format and given.wire_format and asked.wire_format != given.wire_format:
        told.append(f"asked for {asked.wire_format}, the card gives {given.wire_format}")
    return tuple(told)


def _mode(size: tuple[int, int] | None, fps: Fraction | float | None) -> str:
    parts = [] if size is None else [f"{size[0]}x{size[1]}"]
    if fps is not None:
        parts.append(f"at {shown_rate(float(fps))}" if parts else f"{shown_rate(float(fps))} frames a second")
    return " ".join(parts)
