"""`pacs:NAME?modality=US&since=2026-11-01&until=2026-11-30`: a query of a PACS, as a source of recordings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import parse_qsl, unquote

from app.days import day_of
from app.refusal import Refusal

SCHEME = "pacs:"
KEYS = ("modality", "date", "since", "until", "patient-id", "accession-number", "study")


@dataclass(frozen=True, slots=True)
class PacsQuery:
    """What is asked for. Values that may be a patient's are in no message and no `repr`."""

    peer: str = ""
    """Its name in `pacs.json`; empty for the first one for 'query'."""
    modality: str = "US"
    since: date | None = None
    until: date | None = None
    patient_id: str = field(default="", repr=False)
    accession_number: str = field(default="", repr=False)
    study: str = field(default="", repr=False)
    """Study Instance UID; then nothing else is looked at."""

    def between(self, since: date | None, until: date | None) -> PacsQuery:
        """The same of other days."""
        return replace(self, since=since, until=until)


def is_query(spec: str) -> bool:
    return spec.startswith(SCHEME)


def parse_query(spec: str) -> PacsQuery:
    """A query as it is typed.

    Raises:
        Refusal: a key is unknown, or a day is none.
    """
    name, _, text = spec.removeprefix(SCHEME).removeprefix("//").partition("?")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    except ValueError:
        raise Refusal(f"{SCHEME}{name}: expected KEY=VALUE parted by &, got something else") from None
    given: dict[str, str] = {}
    for key, value in pairs:
        if key not in KEYS:
            raise Refusal(f"{SCHEME}{name}: expected keys among {', '.join(KEYS)}, got {key!r}")
        if key in given:
            raise Refusal(f"{SCHEME}{name}: expected {key} once, got it twice")
        given[key] = value.strip()
    days: dict[str, date | None] = {}
    for key in ("date", "since", "until"):
        try:
            days[key] = day_of(given[key]) if key in given else None
        except ValueError as error:
            raise Refusal(f"{SCHEME}{name}: {key}: {error}") from None
    if "date" in given and ("since" in given or "until" in given):
        raise Refusal(f"{SCHEME}{name}: expected date, or since and until; got both")
    since, until = days["since"] or days["date"], days["until"] or days["date"]
    if since is not None and until is not None and since > until:
        raise Refusal(f"{SCHEME}{name}: expected since before until")
    return PacsQuery(
        unquote(name),
        given.get("modality", "US"),
        since,
        until,
        given.get("patient-id", ""),
        given.get("accession-number", ""),
        given.get("study", ""),
    )
