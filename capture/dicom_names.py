"""Whether a DICOM file is called after its patient: then its name may be written nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pydicom

import capture.dicom_header  # noqa: F401  pydicom quotes values in its warnings: silenced there

_WHOSE = (
    "PatientName", "PatientID", "OtherPatientIDs", "OtherPatientNames", "PatientBirthName",
    "PatientMotherBirthName", "PatientBirthDate", "AccessionNumber", "StudyID", "PatientAddress",
    "ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "InstitutionName",
)  # fmt: skip
_SHORTEST, _SURE = 3, 5
"""Letters: shorter values are in any name; from the second on a value counts inside a longer word too."""


def named_after_patient(path: Path) -> bool:
    """Whether the path has a value of the patient, the order or the people; False where it cannot be read."""
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(_WHOSE))
        values = [str(header.get(keyword, "")) for keyword in _WHOSE]
    except Exception:  # pydicom raises nearly anything on garbage; opening the file will say what is wrong
        return False
    where = _plain(str(path))
    words = {_plain(word) for word in re.split(r"[\W_]+", str(path))}
    parts = {part for value in values for part in _parts(value)}
    return any(part in words or (len(part) >= _SURE and part in where) for part in parts)


def _parts(value: str) -> Iterator[str]:
    for part in re.split(r"[\^=\\\s,;\[\]']+", value):
        plain = _plain(part)
        if len(plain) >= _SHORTEST:
            yield plain


def _plain(text: str) -> str:
    """Letters and figures alone, in lower case."""
    return "".join(mark for mark in text.casefold() if mark.isalnum())
