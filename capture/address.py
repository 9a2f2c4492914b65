"""HOST:PORT as people write it."""

from __future__ import annotations

from urllib.parse import urlsplit

from capture.source import UnreadableSourceError

IGTL_PORT = 18944
"""OpenIGTLink's registered port."""


def parse_host_port(text: str, default_port: int = IGTL_PORT) -> tuple[str, int]:
    """(host, port) from 'host', 'host:port' or '[v6]:port', with or without 'igtl://' before it.

    Raises:
        UnreadableSourceError: it is no address.
    """
    bare = text.removeprefix("igtl://").rstrip("/")
    try:
        parts = urlsplit(f"//{bare}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0 or parts.path or any(mark in bare for mark in " @?#"):
        raise UnreadableSourceError(f"expected an address like 192.168.0.20:{default_port}, got {text}")
    return host, port or default_port
