"""Days as people type them."""

from __future__ import annotations

from datetime import date, timedelta

_NEAR = {"today": 0, "yesterday": -1, "tomorrow": 1}


def day_of(text: str) -> date | None:
    """'2026-11-22', 'today', 'yesterday' or 'tomorrow' as a day; None for 'any'.

    Raises:
        ValueError: it is none of these.
    """
    if text in _NEAR:
        return date.today() + timedelta(days=_NEAR[text])
    if text == "any":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected YYYY-MM-DD, today or any, got {text!r}") from None
