"""A number that is never shown without its interval and the count behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate with its 95 % interval."""

    value: float | None
    """None where there is nothing to estimate it from."""
    low: float | None
    high: float | None
    n: int
    """Cases behind it."""
    interval: str
    """Where the interval comes from, in words."""
    hits: int | None = None
    """Of a proportion: how many of the n."""

    def as_json(self) -> dict[str, Any]:
        """For `report.json`: value, low, high, n, hits (of proportions), interval."""
        out: dict[str, Any] = {
            "value": rounded(self.value),
            "low": rounded(self.low),
            "high": rounded(self.high),
            "n": self.n,
            "interval": self.interval,
        }
        return out | ({} if self.hits is None else {"hits": self.hits})

    def holds(self, value: float) -> bool:
        """Whether the interval contains it; False without an interval."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


def nothing(n: int = 0) -> Figure:
    """No cases, or cases of one class alone: no estimate."""
    return Figure(None, None, None, n, "none")


def rounded(value: float | None) -> float | None:
    """Six digits, None for what is no number."""
    return None if value is None or not math.isfinite(value) else round(float(value), 6)
