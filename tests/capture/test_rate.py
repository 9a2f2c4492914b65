from __future__ import annotations

from fractions import Fraction

import pytest

from capture.rate import parse_rate, parse_size, shown_rate
from capture.source import UnreadableSourceError


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("60", Fraction(60)),
        ("59.94", Fraction(60000, 1001)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("60000/1001", Fraction(60000, 1001)),
    ],
)
def test_rates(text: str, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "0", "-5", "1/0", "1e9", "nan"])
def test_no_rates(text: str) -> None:
    with pytest.raises(UnreadableSourceError, match="expected frames a second"):
        parse_rate(text)


@pytest.mark.parametrize(("rate", "text"), [(60.0, "60"), (60000 / 1001, "59.94"), (12.5, "12.5")])
def test_rates_as_people_write_them(rate: float, text: str) -> None:
    assert shown_rate(rate) == text


def test_sizes() -> None:
    assert parse_size("1920x1080") == (1920, 1080)
    for text in ("", "1920", "x", "0x0", "9999x99", "1920X1080", "12345x100"):
        with pytest.raises(UnreadableSourceError, match="expected a size"):
            parse_size(text)
