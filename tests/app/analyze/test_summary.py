from __future__ import annotations

import json

from app.analyze.summary import Summary, summary_schema
from resources.files import resource_path


def test_the_shipped_schema_is_current() -> None:
    shipped = resource_path("schemas", "summary.json").read_text("utf-8")
    assert shipped == summary_schema(), "run: python -m app.analyze.summary > resources/schemas/summary.json"


def test_every_key_is_required_and_no_other_is_allowed() -> None:
    schema = json.loads(summary_schema())
    assert set(schema["required"]) == set(schema["properties"]) - {"format"}
    assert schema["additionalProperties"] is False
    wanted = {"frames", "flags", "verdict", "views", "best_frames", "rates", "region", "model", "warnings"}
    assert wanted <= set(Summary.model_fields)
