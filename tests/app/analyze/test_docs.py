"""The documentation names every column and key there is."""

from __future__ import annotations

from pathlib import Path

import app
from app.analyze.rows import COLUMNS
from app.analyze.summary import FlagPart, ModelPart, RegionPart, SourcePart, Summary, ViewPart
from inference.evidence_types import Status, Verdict

PAGE = Path(app.__file__).resolve().parents[1] / "docs" / "analysis.md"


def test_every_column_and_key_is_documented() -> None:
    page = PAGE.read_text("utf-8")
    named = [*COLUMNS, *Status, *Verdict]
    for part in (Summary, SourcePart, RegionPart, ViewPart, FlagPart, ModelPart):
        named += part.model_fields
    missing = [name for name in named if f"`{name}`" not in page]
    assert not missing
