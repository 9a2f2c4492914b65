"""What this machine can look at: capture cards, screens, OpenIGTLink servers."""

from __future__ import annotations

import logging
import os
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import av.device

from capture.address import parse_host_port

log = logging.getLogger(__name__)

_FORMATS = {"linux": "v4l2", "win32": "dshow", "darwin": "avfoundation"}
_VIDIOC_QUERYCAP = 0x80685600
_V4L2_CAP_VIDEO_CAPTURE = 0x1 | 0x1000
"""Single-planar or multi-planar (linux/videodev2.h)."""
_V4L2_CAP_DEVICE_CAPS = 0x80000000
CONNECT_S = 1.0


@dataclass(frozen=True, slots=True)
class Device:
    """Something to look at."""

    kind: Literal["card", "screen", "igtl"]
    spec: str
    """What to give to `philtrum live`."""
    name: str
    url: str
    """What its back end opens."""
    index: int = 0
    """Place in the back end's own list."""
    available: bool = True
    note: str = ""


def list_cards() -> list[Device]:
    """Capture cards and cameras, in the order of their back end."""
    back_end = _FORMATS.get(sys.platform)
    if back_end is None:
        return []
    try:
        found = av.device.enumerate_input_devices(back_end)
    except (av.error.FFmpegError, ValueError) as error:
        log.info("cards cannot be listed: %s", error)
        return []
    films = [each for each in found if not each.media_types or "video" in each.media_types]
    if sys.platform == "darwin":
        films = [each for each in films if not each.description.startswith("Capture screen")]
    cards = []
    for index, each in enumerate(films):
        if sys.platform == "linux" and not gives_pictures(each.name):
            continue
        number = each.name.removeprefix("/dev/video") if each.name.startswith("/dev/video") else str(index)
        cards.append(Device("card", f"card:{number}", each.description or each.name, each.name, index))
    return cards


def gives_pictures(path: str) -> bool:
    """Whether a V4L2 node is for pictures: a USB card has a second one for metadata, under the same name."""
    import fcntl  # Linux alone has it

    try:
        node = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return True  # busy or forbidden: opening it will tell
    try:
        answer = fcntl.ioctl(node, _VIDIOC_QUERYCAP, bytes(104))
    except OSError:
        return False
    finally:
        os.close(node)
    whole, own = struct.unpack_from("=II", answer, 84)
    return bool((own if whole & _V4L2_CAP_DEVICE_CAPS else whole) & _V4L2_CAP_VIDEO_CAPTURE)


def find_card(name: str) -> Device | None:
    """The card of that number, path, name, or part of a name; None where there is none."""
    cards = list_cards()
    if name.startswith("/dev/") or name.isdecimal():
        path = name if name.startswith("/dev/") else f"/dev/video{name}"
        for card in cards:
            if card.url == path or (name.isdecimal() and card.spec == f"card:{name}"):
                return card
        if sys.platform == "linux" and Path(path).exists():
            return Device("card", f"card:{name}", name if name.startswith("/") else f"card {name}", path)
        return None
    wanted = name.casefold()
    exact = [card for card in cards if wanted in (card.name.casefold(), card.url.casefold())]
    part = [card for card in cards if wanted in card.name.casefold()]
    return next(iter(exact + part), None)


def list_screens() -> list[Device]:
    """The screens that can be grabbed."""
    if sys.platform == "win32":
        return [Device("screen", "screen:", "the screen", "desktop")]
    if sys.platform == "darwin":
        try:
            found = av.device.enumerate_input_devices("avfoundation")
        except (av.error.FFmpegError, ValueError):
            return []
        names = [each.description for each in found if each.description.startswith("Capture screen")]
        return [Device("screen", f"screen:{i}", name, name, i) for i, name in enumerate(names)]
    display = os.environ.get("DISPLAY", "")
    if not display:
        return []
    try:
        with av.open(display, "r", format="x11grab", options={"framerate": "60"}) as screen:
            context = screen.streams.video[0].codec_context
            size = f"{context.width}x{context.height}"
    except (av.error.FFmpegError, ValueError, IndexError):
        return [Device("screen", "screen:", f"screen {display}", display, available=False, note="no answer")]
    note = "Wayland: only windows of X11 programs can be seen" if os.environ.get("WAYLAND_DISPLAY") else size
    return [Device("screen", "screen:", f"screen {display}", display, note=note)]


def list_igtl(servers: Iterable[str], timeout_s: float = CONNECT_S) -> list[Device]:
    """OpenIGTLink servers given as HOST[:PORT], each with whether it answers.

    Raises:
        UnreadableSourceError: one of them is no address.
    """
    return [_igtl(server, timeout_s) for server in servers]


def _igtl(server: str, timeout_s: float) -> Device:
    host, port = parse_host_port(server)
    address = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout_s):
            answers, note = True, "answers"
    except OSError as error:
        answers, note = False, f"no answer ({error.strerror or error})"
    return Device(
        "igtl", f"igtl://{address}", f"OpenIGTLink {address}", address, available=answers, note=note
    )
