"""Asking a PACS and a worklist: does it answer, who is expected, what is stored (C-ECHO, C-FIND).

Values of patients are in memory only: they are in no message, no log line, and not in a `repr`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydicom.dataset import Dataset
from pynetdicom.presentation import build_context

from capture.dicom_net.association import Connection
from capture.dicom_net.errors import PeerError
from capture.dicom_net.peer import Peer
from capture.dicom_net.services import FIND, VERIFICATION, WORKLIST
from capture.dicom_net.statuses import is_pending, may_help_again, status_words

log = logging.getLogger(__name__)

MOST_ANSWERS = 500
"""What a list can show; a search that finds more is cut off, and says so."""
STORED = "queries of what it stores"
_LONGEST = 256
"""Characters of a value that are kept."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The answers to a question."""

    items: tuple[T, ...]
    cut_off: bool = False
    """There are more."""
    unreadable: int = 0
    """Answers that could not be read."""


@dataclass(frozen=True, slots=True)
class WorklistItem:
    """One step that is planned (PS3.4 K.6.1.2)."""

    patient_name: str = field(repr=False)
    patient_id: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)
    accession_number: str = field(repr=False)
    study_uid: str = field(repr=False)
    requested_procedure_id: str = field(repr=False)
    step_id: str = field(repr=False)
    description: str = field(repr=False)
    start: datetime | None = field(repr=False)
    station: str = ""
    modality: str = ""


@dataclass(frozen=True, slots=True)
class StudyFound:
    patient_name: str = field(repr=False)
    patient_id: str = field(repr=False)
    study_uid: str = field(repr=False)
    accession_number: str = field(repr=False)
    day: date | None = field(repr=False)
    description: str = field(repr=False)
    modalities: tuple[str, ...] = ()
    instances: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesFound:
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    description: str = field(repr=False)
    modality: str = ""
    number: int | None = None
    instances: int | None = None


@dataclass(frozen=True, slots=True)
class InstanceFound:
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    instance_uid: str = field(repr=False)
    kind: str = ""
    """SOP Class UID."""
    number: int | None = None
    frames: int | None = None


def echo(peer: Peer, clock: Callable[[], float] = time.perf_counter) -> float:
    """How long a peer takes for an association and an answer, in milliseconds.

    Raises:
        PeerError: it does not answer as it should.
    """
    began = clock()
    with Connection(peer, [build_context(VERIFICATION)]) as connection:
        status = connection.association.send_c_echo().get("Status")
        if status is None:
            raise connection.broken()
        if status != 0:
            raise PeerError(f"{peer.words}: {status_words(status)}", again=may_help_again(status))
    return (clock() - began) * 1000.0


def worklist(
    peer: Peer, day: date | None = None, station: str | None = None, modality: str | None = "US"
) -> Found[WorklistItem]:
    """Who is expected.

    Args:
        peer: The worklist.
        day: Of the examination; None for any.
        station: AE title of the machine; None for any.
        modality: `US`; None for any.

    Raises:
        PeerError: no answer, or a refusal.
    """
    step = Dataset()
    step.ScheduledStationAETitle = station or ""
    step.ScheduledProcedureStepStartDate = "" if day is None else day.strftime("%Y%m%d")
    step.ScheduledProcedureStepStartTime = ""
    step.Modality = modality or ""
    step.ScheduledProcedureStepID = ""
    step.ScheduledProcedureStepDescription = ""
    query = Dataset()
    for keyword in (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "AccessionNumber",
        "StudyInstanceUID",
        "RequestedProcedureID",
        "RequestedProcedureDescription",
    ):
        setattr(query, keyword, "")
    query.ScheduledProcedureStepSequence = [step]
    return _find(peer, WORKLIST, "a worklist", query, _worklist_item)


def find_studies(
    peer: Peer,
    *,
    since: date | None = None,
    until: date | None = None,
    patient_id: str = "",
    accession_number: str = "",
    modality: str = "US",
) -> Found[StudyFound]:
    """Studies, of a range of days, a patient or an order.

    Raises:
        PeerError: no answer, or a refusal.
    """
    query = _question(
        "STUDY",
        StudyDate=date_range(since, until),
        PatientID=patient_id,
        AccessionNumber=accession_number,
        ModalitiesInStudy=modality,
        PatientName="",
        StudyInstanceUID="",
        StudyDescription="",
        NumberOfStudyRelatedInstances=None,
    )
    return _find(peer, FIND, STORED, query, read_study)


def find_series(peer: Peer, study_uid: str) -> Found[SeriesFound]:
    """The series of a study.

    Raises:
        PeerError: no answer, or a refusal.
    """
    query = _question(
        "SERIES",
        StudyInstanceUID=study_uid,
        SeriesInstanceUID="",
        SeriesDescription="",
        Modality="",
        SeriesNumber=None,
        NumberOfSeriesRelatedInstances=None,
    )
    return _find(peer, FIND, STORED, query, read_series)


def find_instances(peer: Peer, study_uid: str, series_uid: str) -> Found[InstanceFound]:
    """The objects of a series.

    Raises:
        PeerError: no answer, or a refusal.
    """
    query = _question(
        "IMAGE",
        StudyInstanceUID=study_uid,
        SeriesInstanceUID=series_uid,
        SOPInstanceUID="",
        SOPClassUID="",
        InstanceNumber=None,
        NumberOfFrames=None,
    )
    return _find(peer, FIND, STORED, query, read_instance)


def _question(level: str, **elements: str | None) -> Dataset:
    """What is asked for: a value narrows the search, an empty one is wanted in the answer (PS3.4 C.2.2.1)."""
    query = Dataset()
    query.QueryRetrieveLevel = level
    for keyword, value in elements.items():
        setattr(query, keyword, value)
    return query


def _find(peer: Peer, model: str, service: str, query: Dataset, read: Callable[[Dataset], T]) -> Found[T]:
    query.SpecificCharacterSet = "ISO_IR 192"
    items: list[T] = []
    unreadable = 0
    with Connection(peer, [build_context(model)]) as connection:
        connection.require(model, service)
        for answer, identifier in connection.association.send_c_find(query, model):
            status = answer.get("Status")
            if status is None:
                raise connection.broken()
            if is_pending(status):
                if len(items) == MOST_ANSWERS:
                    # It goes on sending until it has read a cancel; breaking off is quicker and as good.
                    connection.association.abort()
                    return Found(tuple(items), cut_off=True, unreadable=unreadable)
                try:
                    if identifier is None:
                        raise ValueError("no data")
                    items.append(read(identifier))
                except Exception as error:  # pydicom raises nearly anything on garbage
                    log.warning("%s: an answer cannot be read (%s)", peer.words, type(error).__name__)
                    unreadable += 1
            elif status != 0:
                raise PeerError(f"{peer.words}: {status_words(status)}", again=may_help_again(status))
    log.info("%s: %d answers", peer.words, len(items))
    return Found(tuple(items), unreadable=unreadable)


def _worklist_item(answer: Dataset) -> WorklistItem:
    steps = answer.get("ScheduledProcedureStepSequence")
    step = steps[0] if steps else Dataset()
    return WorklistItem(
        patient_name=_text(answer, "PatientName"),
        patient_id=_text(answer, "PatientID"),
        birth_date=_text(answer, "PatientBirthDate"),
        sex=_text(answer, "PatientSex"),
        accession_number=_text(answer, "AccessionNumber"),
        study_uid=_text(answer, "StudyInstanceUID"),
        requested_procedure_id=_text(answer, "RequestedProcedureID"),
        step_id=_text(step, "ScheduledProcedureStepID"),
        description=_text(step, "ScheduledProcedureStepDescription")
        or _text(answer, "RequestedProcedureDescription"),
        start=_moment(
            _text(step, "ScheduledProcedureStepStartDate"), _text(step, "ScheduledProcedureStepStartTime")
        ),
        station=_text(step, "ScheduledStationAETitle"),
        modality=_text(step, "Modality"),
    )


def read_study(answer: Dataset) -> StudyFound:
    moment = _moment(_text(answer, "StudyDate"), "")
    return StudyFound(
        patient_name=_text(answer, "PatientName"),
        patient_id=_text(answer, "PatientID"),
        study_uid=_needed(answer, "StudyInstanceUID"),
        accession_number=_text(answer, "AccessionNumber"),
        day=None if moment is None else moment.date(),
        description=_text(answer, "StudyDescription"),
        modalities=tuple(part for part in _text(answer, "ModalitiesInStudy").split("\\") if part),
        instances=_number(answer, "NumberOfStudyRelatedInstances"),
    )


def read_series(answer: Dataset) -> SeriesFound:
    return SeriesFound(
        study_uid=_text(answer, "StudyInstanceUID"),
        series_uid=_needed(answer, "SeriesInstanceUID"),
        description=_text(answer, "SeriesDescription"),
        modality=_text(answer, "Modality"),
        number=_number(answer, "SeriesNumber"),
        instances=_number(answer, "NumberOfSeriesRelatedInstances"),
    )


def read_instance(answer: Dataset) -> InstanceFound:
    return InstanceFound(
        study_uid=_text(answer, "StudyInstanceUID"),
        series_uid=_text(answer, "SeriesInstanceUID"),
        instance_uid=_needed(answer, "SOPInstanceUID"),
        kind=_text(answer, "SOPClassUID"),
        number=_number(answer, "InstanceNumber"),
        frames=_number(answer, "NumberOfFrames"),
    )


def _text(answer: Dataset, keyword: str) -> str:
    """A value as one short line; several values are parted by backslashes, as in DICOM."""
    value: Any = answer.get(keyword)
    if value is None:
        return ""
    several = not isinstance(value, str) and hasattr(value, "__iter__") and keyword != "PatientName"
    text = "\\".join(str(part) for part in value) if several else str(value)
    return "".join(mark for mark in text if mark.isprintable())[:_LONGEST].strip()


def _needed(answer: Dataset, keyword: str) -> str:
    text = _text(answer, keyword)
    if not text:
        raise ValueError(f"no {keyword}")
    return text


def _number(answer: Dataset, keyword: str) -> int | None:
    try:
        return int(_text(answer, keyword))
    except ValueError:
        return None


def _moment(day: str, time_of_day: str) -> datetime | None:
    """DA and TM (PS3.5 table 6.2-1) as a moment; None where the day makes no sense."""
    digits = time_of_day.partition(".")[0].ljust(6, "0")[:6]
    try:
        return datetime.strptime(day + digits, "%Y%m%d%H%M%S")
    except ValueError:
        return None


def date_range(since: date | None, until: date | None) -> str:
    """Matching of a range (PS3.4 C.2.2.2.5)."""
    if since is None and until is None:
        return ""
    if since == until and since is not None:
        return since.strftime("%Y%m%d")
    first, last = ("" if day is None else day.strftime("%Y%m%d") for day in (since, until))
    return f"{first}-{last}"
