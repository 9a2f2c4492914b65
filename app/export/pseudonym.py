"""Names and UIDs of what goes out: always the same for the same thing, and not to be traced back.

A key of this installation goes into each of them: without it nobody can try through all exam names or
all UIDs of a PACS.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from app.refusal import Refusal

KEY_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for a figure."""


class Pseudonyms:
    """Makes names from one key."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError(f"expected a key of at least 16 bytes, got {len(key)}")
        self._key = key

    def alias(self, exam_id: str) -> str:
        """An exam's name outside of this machine: 'P-' and ten letters, without its day."""
        number = int.from_bytes(self._digest("alias", exam_id)[:8], "big")
        letters = ""
        for _ in range(10):
            number, at = divmod(number, 32)
            letters += _ALPHABET[at]
        return f"P-{letters}"

    def uid(self, *parts: str) -> str:
        """A UID for something: under 2.25, the root for UUIDs (PS3.5 B.2)."""
        digest = bytearray(self._digest("uid", *parts)[:16])
        digest[6] = digest[6] & 0x0F | 0x80  # version 8 and variant of RFC 9562
        digest[8] = digest[8] & 0x3F | 0x80
        return f"2.25.{int.from_bytes(digest, 'big')}"

    def _digest(self, *parts: str) -> bytes:
        return hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).digest()


def own_pseudonyms(home: Path) -> Pseudonyms:
    """With the key of this installation; it is made at the first export.

    Raises:
        Refusal: it can be neither read nor made.
    """
    path = home / "export.key"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(file, "wb") as out:
                out.write(secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise Refusal(f"the key for pseudonyms cannot be read or made ({error.strerror})") from error
    if len(key) != KEY_BYTES:
        raise Refusal(f"export.key: expected {KEY_BYTES} bytes, got {len(key)}; its exports had other names")
    return Pseudonyms(key)
