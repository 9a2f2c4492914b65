from __future__ import annotations

import pytest


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rough intervals, quickly, for tests that look at other things."""
    monkeypatch.setattr("inference.evaluation.intervals.DRAWS", 60)
