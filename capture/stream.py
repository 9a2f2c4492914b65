"""Network streams: MPEG-TS over udp or rtp, and RTSP, with as little delay as the sender allows."""

from __future__ import annotations

import math
import socket
from contextlib import suppress
from typing import cast
from urllib.parse import parse_qs, urlsplit

from capture.av_driver import AvDriver, Inlet
from capture.live_reader import LiveSource
from capture.pixel_formats import COLOUR_RANGES, ColourRange, LiveConverter
from capture.source import UnreadableSourceError

SCHEMES = ("udp", "rtp", "rtsp", "rtsps", "http", "https")
OPEN_S = 4.0
LISTEN_S = 30.0
"""How long one try waits for a machine that pushes; then the port is let go and taken again."""
SILENT_S = 2.0
"""A sender that is silent for so long has gone."""

_LOW_DELAY = {
    # Enough for the header of one key frame; by default FFmpeg holds a stream back for up to 5 s.
    "probesize": "100000",
    "analyzeduration": "200000",
    "fflags": "nobuffer",
    "flags": "low_delay",
}
_BY_SCHEME = {
    "udp": {"overrun_nonfatal": "1", "fifo_size": "50000", "reuse": "1"},
    "rtp": {"reorder_queue_size": "16"},
}


def open_stream(
    url: str, *, range: str | None = None, transport: str = "tcp", silent_s: float = SILENT_S
) -> LiveSource:
    """A network stream, not yet opened.

    Args:
        url: `udp://HOST:PORT`, `rtp://HOST:PORT` (MPEG-TS), `rtsp://HOST[:PORT]/PATH` or `http://...`;
            `rtsp://HOST:PORT/PATH?listen=1` waits at an address of this machine for one that pushes.
        range: 'limited' or 'full' where the stream tells the wrong one.
        transport: of RTSP, 'tcp' or 'udp'; over udp a busy network loses packets without a word.
        silent_s: after so long without a packet the sender counts as gone.

    Raises:
        UnreadableSourceError: the address makes no sense.
    """
    check_address(url)
    if range is not None and range not in COLOUR_RANGES:
        raise UnreadableSourceError(f"expected range to be one of {', '.join(COLOUR_RANGES)}, got {range}")
    if transport not in ("tcp", "udp"):
        raise UnreadableSourceError(f"expected transport to be tcp or udp, got {transport}")
    name = shown_address(url)
    converter = LiveConverter(cast(ColourRange | None, range))
    parts = urlsplit(url)
    options = _LOW_DELAY | _BY_SCHEME.get(parts.scheme, {})
    if parts.scheme.startswith("rtsp"):
        options["rtsp_transport"] = transport
    if not listens(url):
        driver = AvDriver(_inlet(name, url, options, OPEN_S, silent_s), converter)
        return LiveSource(driver, name, open_s=OPEN_S + 1, silent_s=silent_s + 0.5)
    # FFmpeg's own default for the second one, -1, is out of its own range (release 8).
    options |= {"rtsp_flags": "listen", "listen_timeout": str(math.ceil(LISTEN_S))}
    bare = parts._replace(query="").geturl()
    listener = ListeningDriver(_inlet(name, bare, options, LISTEN_S, silent_s), converter)
    return LiveSource(listener, name, open_s=LISTEN_S + 1, silent_s=silent_s + 0.5)


def _inlet(name: str, url: str, options: dict[str, str], open_s: float, silent_s: float) -> Inlet:
    return Inlet("stream", name, url, options=options, timeout_s=(open_s, silent_s))


def listens(url: str) -> bool:
    """Whether the program waits for the sender, rather than ask a server."""
    parts = urlsplit(url)
    return parts.scheme == "rtsp" and parse_qs(parts.query).get("listen") == ["1"]


class ListeningDriver(AvDriver):
    """Waits for a sender to connect."""

    def interrupt(self) -> None:
        """Knock at the own door, then go: FFmpeg takes that for a sender that went, and waits no longer."""
        parts = urlsplit(self.inlet.url)
        with suppress(OSError):
            socket.create_connection((parts.hostname, parts.port), 0.5).close()


def check_address(url: str) -> None:
    """Refuse an address that no sender can have.

    Raises:
        UnreadableSourceError: it names no host or no port.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UnreadableSourceError(
            f"expected an address like udp://127.0.0.1:5000, got {url} ({error})"
        ) from None
    if parts.scheme not in SCHEMES:
        raise UnreadableSourceError(f"expected an address of {', '.join(SCHEMES)}, got {url}")
    if (parts.scheme in ("udp", "rtp") or listens(url)) and not port:
        raise UnreadableSourceError(f"expected a port, as in {parts.scheme}://127.0.0.1:5000, got {url}")
    if parts.scheme not in ("udp", "rtp") and not host:
        raise UnreadableSourceError(f"expected a host, as in {parts.scheme}://192.168.0.20/live, got {url}")


def shown_address(url: str) -> str:
    """The address without user name, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
