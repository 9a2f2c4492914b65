from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.analyze.pacs_query import PacsQuery, parse_query
from app.refusal import Refusal


def test_what_is_asked_for() -> None:
    assert parse_query("pacs:") == PacsQuery()
    asked = parse_query("pacs:main?modality=SC&since=2026-11-01&until=2026-11-30&patient-id=P%261")
    assert asked == PacsQuery("main", "SC", date(2026, 11, 1), date(2026, 11, 30), "P&1")
    assert "P&1" not in repr(asked)
    yesterday = date.today() - timedelta(days=1)
    assert parse_query("pacs:main?date=yesterday") == PacsQuery("main", "US", yesterday, yesterday)
    assert parse_query("pacs:?study=1.2.3").study == "1.2.3"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("pacs:main?day=today", "pacs:main: expected keys among modality, date, .*, got 'day'"),
        ("pacs:main?date=22.11.2026", "pacs:main: date: expected YYYY-MM-DD, today or any, got '22.11.2026'"),
        ("pacs:main?date=today&since=today", "expected date, or since and until; got both"),
        ("pacs:main?since=2026-11-02&until=2026-11-01", "expected since before until"),
        ("pacs:main?study=1&study=2", "expected study once, got it twice"),
        ("pacs:main?Quibblesworth", "expected KEY=VALUE parted by &, got something else"),
    ],
)
def test_what_makes_no_sense_is_one_line(spec: str, said: str) -> None:
    with pytest.raises(Refusal, match=said) as caught:
        parse_query(spec)
    assert "Quibblesworth" not in str(caught.value)
