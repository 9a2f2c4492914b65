"""Whose name is on what goes out: the patient of a worklist, or nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from app.refusal import Refusal

Sex = Literal["", "F", "M", "O"]


@dataclass(frozen=True, slots=True, repr=False)
class Patient:
    """A patient and the order of the exam, in DICOM's own spelling. Never printed, never logged.

    The worklist gives all of it; what a hospital does not use stays empty.
    """

    name: str
    """'Family^Given'."""
    id: str
    birth_date: str = ""
    """YYYYMMDD."""
    sex: Sex = ""
    issuer: str = ""
    """Of the id (0010,0021)."""
    accession_number: str = ""
    study_uid: str = ""
    """The order's study; empty for one made from the exam."""
    study_id: str = ""
    study_description: str = ""
    referring_physician: str = ""
    requested_procedure_id: str = ""
    scheduled_step_id: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError where the values are none that DICOM can hold; values are not quoted."""
        if not self.id.strip():
            raise ValueError("expected a patient's id, got none")
        if self.birth_date and not re.fullmatch(r"\d{8}", self.birth_date):
            raise ValueError("expected a birth date as YYYYMMDD")
        if self.sex not in ("", "F", "M", "O"):
            raise ValueError("expected the sex as F, M, O or nothing")
        if self.study_uid and not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+", self.study_uid):
            raise ValueError("expected the study's UID as figures and dots")
        for field in fields(self):
            value = getattr(self, field.name)
            most = 64 if field.name in ("name", "id", "issuer", "study_uid", "study_description",
                                        "referring_physician") else 16  # fmt: skip
            if len(value) > most:
                raise ValueError(f"expected at most {most} characters of {field.name.replace('_', ' ')}")
            if "\\" in value or any(ord(letter) < 32 for letter in value):
                raise ValueError(f"expected no backslash or control character in {field.name}")

    def __repr__(self) -> str:
        """Says nothing: what is printed by mistake ends in a log."""
        return "Patient(...)"


def patient_from(values: Mapping[str, object]) -> Patient:
    """A patient out of plain values, as of a worklist entry.

    Raises:
        ValueError: a value of another kind, or one that DICOM cannot hold; values are not quoted.
    """
    names = {field.name for field in fields(Patient)}
    unknown = [key for key in values if key not in names]
    if unknown:
        raise ValueError(f"expected keys among {', '.join(sorted(names))}, got another one")
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError("expected texts as values")
    texts = {key: str(value) for key, value in values.items()}
    return Patient(texts.pop("name", ""), texts.pop("id", ""), **texts)  # type: ignore[arg-type]  # checked there


def read_patient(path: Path) -> Patient:
    """A patient from a JSON file with the keys of `Patient`.

    Raises:
        Refusal: in one line, without any of its values.
    """
    try:
        raw = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Refusal(f"the patient's file cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise Refusal("the patient's file: expected JSON, got something else") from error
    if not isinstance(raw, dict):
        raise Refusal("the patient's file: expected a JSON object")
    try:
        return patient_from(raw)
    except ValueError as error:
        # Not chained: a traceback must not carry what is in the file.
        raise Refusal(f"the patient's file: {error}") from None
