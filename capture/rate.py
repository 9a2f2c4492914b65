"""Sizes and rates as people write them; television's rates are exact fractions."""

from __future__ import annotations

import re
from fractions import Fraction

from capture.source import UnreadableSourceError

_TELEVISION = {"23.976": 24, "23.98": 24, "29.97": 30, "47.952": 48, "59.94": 60, "119.88": 120}
"""Rates that mean 1000/1001 of a whole number (SMPTE ST 2036-1)."""

SAME_RATE = 0.002
"""Share within which two rates are one: 59.94 and 60 are not told apart by every driver."""


def parse_rate(text: str) -> Fraction:
    """Frames a second from '60', '59.94', '60000/1001' or '12.5'.

    Raises:
        UnreadableSourceError: it is no rate from 0.1 to 1000.
    """
    try:
        rate = Fraction(_TELEVISION[text] * 1000, 1001) if text in _TELEVISION else Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not Fraction(1, 10) <= rate <= 1000:
        raise UnreadableSourceError(
            f"expected frames a second from 0.1 to 1000, such as 60 or 59.94, got {text}"
        )
    return rate


def shown_rate(rate: float) -> str:
    """'60', '59.94', '12.5'."""
    return f"{rate:.2f}".rstrip("0").rstrip(".")


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) from '1920x1080'.

    Raises:
        UnreadableSourceError: it is no size from 16x16 to 8192x8192.
    """
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(16 <= side <= 8192 for side in size):
        raise UnreadableSourceError(f"expected a size from 16x16 to 8192x8192, such as 1920x1080, got {text}")
    return size
