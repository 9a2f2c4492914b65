"""A region of a screen: x11grab on Linux, gdigrab on Windows, AVFoundation on macOS."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import av

from capture.av_driver import AvDriver, Inlet
from capture.live_reader import LiveSource, Shot
from capture.pixel_formats import LiveConverter
from capture.rate import parse_rate, parse_size
from capture.source import SourceError, SourceInfo, SourceLostError, UnreadableSourceError

DEFAULT_FPS = "60"
ASK_S = 0.25
"""How often an X server is asked whether it lives."""
_TARGET = re.compile(r"(?P<screen>.*?)(?:\+(?P<x>\d+),(?P<y>\d+))?")


@dataclass(frozen=True, slots=True)
class ScreenPart:
    """What to grab. An empty `screen` is the primary one; no `size` means all of it."""

    screen: str = ""
    x: int = 0
    y: int = 0
    size: tuple[int, int] | None = None


def open_screen(
    target: str = "", *, size: str | None = None, fps: str = DEFAULT_FPS, mouse: str = "off"
) -> LiveSource:
    """A screen or a part of it, not yet opened.

    Args:
        target: `[SCREEN][+X,Y]`. SCREEN is an X display such as `:0.0` on Linux, `title=WINDOW` or nothing on
            Windows, the number of a screen on macOS. X and Y are the top left corner in pixels.
        size: `WIDTHxHEIGHT` of the part; everything right and below of the corner where not given
            (on Linux and Windows only without a corner).
        fps: frames a second.
        mouse: 'on' or 'off', whether the pointer is in the picture.

    Raises:
        UnreadableSourceError: the words make no sense, or there is no screen on this system.
    """
    parts = _TARGET.fullmatch(target)
    if parts is None:
        raise UnreadableSourceError(f"expected a screen like :0.0+100,50, got {target}")
    part = ScreenPart(
        parts["screen"],
        int(parts["x"] or 0),
        int(parts["y"] or 0),
        None if size is None else parse_size(size),
    )
    if mouse not in ("on", "off"):
        raise UnreadableSourceError(f"expected mouse to be on or off, got {mouse}")
    rate = parse_rate(fps)
    options = {"framerate": f"{rate.numerator}/{rate.denominator}"}
    inlet = screen_inlet(part, options, mouse == "on", sys.platform)
    driver = ScreenDriver(inlet, part if inlet.format == "avfoundation" else None)
    return LiveSource(driver, inlet.name, open_s=5.0)


def screen_inlet(part: ScreenPart, options: dict[str, str], mouse: bool, platform: str) -> Inlet:
    """What to give to FFmpeg on a system (a value of `sys.platform`)."""
    pointer = str(int(mouse))
    if part.size is not None and platform != "darwin":
        options["video_size"] = f"{part.size[0]}x{part.size[1]}"
    if platform == "win32":
        options |= {"draw_mouse": pointer}
        if part.x or part.y or part.size:
            options |= {"offset_x": str(part.x), "offset_y": str(part.y)}
        return Inlet("screen", part.screen or "the screen", part.screen or "desktop", "gdigrab", options)
    if platform == "darwin":
        options |= {"capture_cursor": pointer, "pixel_format": "bgr0"}
        number = part.screen or "0"
        return Inlet("screen", f"screen {number}", f"Capture screen {number}:none", "avfoundation", options)
    display = part.screen or os.environ.get("DISPLAY", "")
    if not display:
        raise UnreadableSourceError("there is no X display: set DISPLAY, or name one, as in screen::0.0")
    options |= {"draw_mouse": pointer}
    return Inlet("screen", f"screen {display}", f"{display}+{part.x},{part.y}", "x11grab", options)


def crashing_library() -> str | None:
    """The library of another package that would crash FFmpeg's X11 grabber, if it was loaded first."""
    try:
        loaded = Path("/proc/self/maps").read_text("utf-8", "replace")
    except OSError:
        return None
    found = re.search(r"\S*opencv_python\.libs/libxcb-shm\S*", loaded)
    return None if found is None else found[0]


def local_x_socket(display: str) -> str | None:
    """Where a display of this machine listens; None for one on another machine."""
    found = re.match(r"(?:unix)?:(\d+)", display)
    return None if found is None else f"/tmp/.X11-unix/X{found[1]}"  # noqa: S108  X.org's own place


def answers(path: str) -> bool:
    """Whether somebody listens at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(path) == 0


class ScreenDriver(AvDriver):
    """A screen by FFmpeg; cut to its part where the grabber cannot do that itself."""

    def __init__(self, inlet: Inlet, cut: ScreenPart | None) -> None:
        super().__init__(inlet, LiveConverter())
        self._cut = cut
        self._x_socket: str | None = None
        self._asked_ns = 0

    def open(self) -> SourceInfo:
        library = crashing_library() if self.inlet.format == "x11grab" else None
        if library is not None:
            raise UnreadableSourceError(
                f"{self.inlet.name} cannot be grabbed after OpenCV's {Path(library).name} was loaded: "
                "import av before cv2, or install opencv-python-headless in place of opencv-python"
            )
        info = super().open()
        path = local_x_socket(self.inlet.url) if self.inlet.format == "x11grab" else None
        self._x_socket = path if path is not None and answers(path) else None
        return info

    def refusal(self, error: Exception) -> SourceError:
        if isinstance(error, av.error.ArgumentError | ValueError) and not isinstance(
            error, av.error.ExitError
        ):
            return UnreadableSourceError(f"{self.inlet.name}: the part to grab lies outside of it")
        return SourceLostError(f"{self.inlet.name} cannot be grabbed: is it there, and may you look at it?")

    def describe(self, video: av.VideoStream) -> SourceInfo:
        info = super().describe(video)
        if os.environ.get("WAYLAND_DISPLAY") and self.inlet.format == "x11grab":
            told = "this is a Wayland session: only windows of X11 programs can be seen"
            info = replace(info, warnings=(*info.warnings, told))
        return info

    def read(self) -> Shot | None:
        """The next picture.

        FFmpeg's X11 grabber does not notice that its server has died: it hands out the last picture for
        ever. So the server is asked whether it still listens.
        """
        now_ns = time.monotonic_ns()
        if self._x_socket is not None and now_ns - self._asked_ns > ASK_S * 1e9:
            self._asked_ns = now_ns
            if not answers(self._x_socket):
                raise SourceLostError(f"{self.inlet.name} has gone")
        return super().read()

    def shot(self, frame: av.VideoFrame, captured_ns: int) -> Shot | None:
        shot = super().shot(frame, captured_ns)
        cut = self._cut
        if shot is None or cut is None:
            return shot
        width, height = cut.size or (frame.width, frame.height)
        pixels = shot.pixels[cut.y : cut.y + height, cut.x : cut.x + width]
        if not pixels.size:
            raise UnreadableSourceError(f"{self.inlet.name}: the part to grab lies outside of it")
        return Shot(pixels.copy(), captured_ns)
