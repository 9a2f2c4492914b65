"""Network streams: MPEG-TS over udp or rtp, and RTSP, with as little delay as the sender allows."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from capture.av_driver import AvDriver, Inlet
from capture.live_reader import LiveSource
from capture.pixel_formats import COLOUR_RANGES, ColourRange, LiveConverter
from capture.source import UnreadableSourceError

SCHEMES = ("udp", "rtp", "rtsp", "rtsps", "http", "https")
OPEN_S = 4.0
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
        url: `udp://HOST:PORT`, `rtp://HOST:PORT` (MPEG-TS), `rtsp://HOST[:PORT]/PATH` or `http://...`.
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
    scheme = urlsplit(url).scheme
    options = _LOW_DELAY | _BY_SCHEME.get(scheme, {})
    if scheme.startswith("rtsp"):
        options["rtsp_transport"] = transport
    name = shown_address(url)
    inlet = Inlet("stream", name, url, options=options, timeout_s=(OPEN_S, silent_s))
    driver = AvDriver(inlet, LiveConverter(cast(ColourRange | None, range)))
    return LiveSource(driver, name, open_s=OPEN_S + 1, silent_s=silent_s + 0.5)


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
    if parts.scheme in ("udp", "rtp") and not port:
        raise UnreadableSourceError(f"expected a port, as in {parts.scheme}://127.0.0.1:5000, got {url}")
    if parts.scheme not in ("udp", "rtp") and not host:
        raise UnreadableSourceError(f"expected a host, as in {parts.scheme}://192.168.0.20/live, got {url}")


def shown_address(url: str) -> str:
    """The address without user name, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
