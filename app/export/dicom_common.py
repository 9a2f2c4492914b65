"""What all DICOM objects of one export have in common: study, patient, words, UIDs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydicom.dataset import Dataset
from pydicom.uid import UID

from app.export.content import ReportContent
from app.export.patient import Patient
from app.export.pseudonym import Pseudonyms
from app.export.words import ReportWords

MANUFACTURER = "Philtrum"
MODEL_NAME = "Philtrum, research and training use"
SERIAL = "0"
NO_DATE, NO_TIME = "20000101", "000000"
"""Stand for dates that DICOM demands and a de-identified object must not tell."""

SeriesKind = Literal["still", "overlay", "cine", "segmentation", "report"]
SERIES: dict[SeriesKind, tuple[int, str]] = {
    "still": (9001, "Pictures as scanned"),
    "overlay": (9002, "Pictures with AI heat-map"),
    "cine": (9003, "Clips"),
    "segmentation": (9004, "AI heat-map, outlines"),
    "report": (9005, "AI report"),
}
"""Number and name; high numbers stay clear of the machine's own series."""

PATIENT_KEYWORDS = frozenset(
    {"PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "AccessionNumber",
     "ReferringPhysicianName", "StudyID", "StudyDescription", "StudyInstanceUID", "StudyDate", "StudyTime",
     "RequestAttributesSequence", "AcquisitionDateTime", "ContentDate", "ContentTime"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One exam on its way out."""

    content: ReportContent
    """Without people where there is no patient."""
    patient: Patient | None
    """None: de-identified."""
    names: Pseudonyms
    number: str
    """The exam's own name: goes into UIDs, never into an object."""

    @property
    def uid(self) -> str:
        if self.patient is not None and self.patient.study_uid:
            return self.patient.study_uid
        return self._uid("study")

    def series_uid(self, kind: SeriesKind) -> str:
        return self._uid("series", kind)

    def instance_uid(self, kind: SeriesKind, key: str, *data: bytes) -> str:
        """The same for the same content; another one when anything in it has changed."""
        digest = hashlib.sha256(b"\0".join(data)).hexdigest()
        return self._uid("instance", kind, key, digest)

    def _uid(self, *parts: str) -> str:
        """Nothing links the de-identified objects of an exam with those that bear a name."""
        whose = (
            ""
            if self.patient is None
            else f"{self.patient.issuer}\0{self.patient.id}\0{self.patient.study_uid}"
        )
        return self.names.uid(self.number, whose, *parts)

    @property
    def started(self) -> datetime | None:
        """When the exam began, local time; None where dates are left out."""
        if self.patient is None or not self.content.started:
            return None
        return datetime.fromisoformat(self.content.started).astimezone()

    def statement(self) -> str:
        """What has to be read with every picture."""
        words = ReportWords("en")
        said = f" The model was {words.synthetic} (SYNTHETIC)." if self.content.synthetic else ""
        return words.standing + said

    def patient_facts(self) -> dict[str, Any]:
        """For highdicom's constructors; without names, which it would quote in warnings: `put_names`."""
        patient, started = self.patient, self.started
        return {
            "study_instance_uid": self.uid,
            "patient_id": self.content.exam if patient is None else patient.id,
            "patient_name": None,
            "patient_birth_date": (patient.birth_date or None) if patient else None,
            "patient_sex": (patient.sex or None) if patient else None,
            "accession_number": (patient.accession_number or None) if patient else None,
            "study_id": (patient.study_id or None) if patient else None,
            "study_date": None if started is None else started.date(),
            "study_time": None if started is None else started.time().replace(microsecond=0),
        }


def finish(dataset: Dataset, study: Study, kind: SeriesKind) -> Dataset:
    """Give an object the words, the order and the marks that all have."""
    patient = study.patient
    number, name = SERIES[kind]
    model = " SYNTHETIC model" if study.content.synthetic else ""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SeriesNumber = number
    dataset.SeriesDescription = f"{name}; research use only{model}"
    dataset.Manufacturer, dataset.ManufacturerModelName = MANUFACTURER, MODEL_NAME
    dataset.SoftwareVersions = study.content.software[:64] or "philtrum"
    dataset.DeviceSerialNumber = SERIAL
    # Required where it cannot be ruled out that they apply: a fetus lies as it likes.
    if kind in ("still", "overlay", "cine"):
        dataset.Laterality = ""
    if kind != "report":
        dataset.PatientOrientation = None
    for keyword in ("StationName", "InstanceCreationDate", "InstanceCreationTime", "InstitutionName"):
        if keyword in dataset:
            delattr(dataset, keyword)
    if patient is None:
        _mark_nobody(dataset)
    else:
        dataset.PatientIdentityRemoved = "NO"
        if patient.issuer:
            dataset.IssuerOfPatientID = patient.issuer
        if patient.study_description:
            dataset.StudyDescription = patient.study_description
        if kind != "report" and (patient.requested_procedure_id or patient.scheduled_step_id):
            item = Dataset()
            if patient.requested_procedure_id:
                item.RequestedProcedureID = patient.requested_procedure_id
            if patient.scheduled_step_id:
                item.ScheduledProcedureStepID = patient.scheduled_step_id
            dataset.RequestAttributesSequence = [item]
    return dataset


def put_names(dataset: Dataset, study: Study) -> Dataset:
    """The last step of every object: whose it is. No library sees a person's name before."""
    patient = study.patient
    dataset.PatientName = f"{study.content.exam}^" if patient is None else patient.name
    dataset.ReferringPhysicianName = "" if patient is None else patient.referring_physician
    return dataset


def _mark_nobody(dataset: Dataset) -> None:
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "made by Philtrum without patient data or dates; scan area alone"
    dataset.DeidentificationMethodCodeSequence = deidentification_codes()
    dataset.LongitudinalTemporalInformationModified = "REMOVED"
    for keyword in ("StudyDate", "StudyTime", "PatientBirthDate", "PatientSex"):
        setattr(dataset, keyword, "")
    if "ContentDate" in dataset:
        dataset.ContentDate, dataset.ContentTime = NO_DATE, NO_TIME
    for keyword in ("SeriesDate", "SeriesTime", "AcquisitionDateTime", "TimezoneOffsetFromUTC"):
        if keyword in dataset:
            delattr(dataset, keyword)


def deidentification_codes() -> list[Dataset]:
    """Basic profile with its pixel option (PS3.16 CID 7050)."""
    return [
        coded("113100", "DCM", "Basic Application Confidentiality Profile"),
        coded("113101", "DCM", "Clean Pixel Data Option"),
    ]


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def uid_of(dataset: Dataset) -> UID:
    return UID(str(dataset.SOPInstanceUID))
