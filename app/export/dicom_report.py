"""The report of one fetus as a structured report of TID 1500, by highdicom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from app.export.content import FetusReport, FlagShown, ModelCard, ViewShown
from app.export.dicom_common import MANUFACTURER, MODEL_NAME, SERIES, Study, finish
from app.export.dicom_segmentation import HIGHLIGHT, SCHEME
from app.export.words import ReportWords

_VIEW = {"lip": "Lip view", "palate": "Palate view", "other": "Other view"}
VERDICT = Code("VERDICT", SCHEME, "Verdict over both views")
STATE = Code("STATE", SCHEME, "State of the view")
SCORE = Code("SCORE", SCHEME, "Highest smoothed model score")
PICTURES = Code("PICTURES", SCHEME, "Pictures that counted")
PERSON = Code("PERSON", SCHEME, "What a person said of the flag")
USE = Code("USE", SCHEME, "Intended use")
LIMIT = Code("LIMIT", SCHEME, "Limit")
_CALLS = {"agree": "Agrees", "disagree": "Disagrees", "unsure": "Unsure"}


def structured_report(
    study: Study, fetus: FetusReport, stills: Mapping[str, Dataset], segmentations: Mapping[str, Dataset],
    number: int,
) -> Dataset:  # fmt: skip
    """The findings of one fetus, each with the pictures and the segmentation that show it.

    Args:
        study: of the exam.
        fetus: one of it.
        stills: the still of each picture, by the picture's key; at least one.
        segmentations: likewise, where there is one.
        number: of the instance.

    Raises:
        ValueError: there is no still to refer to.
    """
    import highdicom

    if not stills:
        raise ValueError("expected at least one picture for a structured report, got none")
    groups = [
        _verdict(study, fetus),
        *(_view(study, view, stills) for view in fetus.views),
        *(_flag(study, fetus, flag, stills, segmentations) for flag in fetus.flags),
    ]
    device = highdicom.sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=highdicom.sr.DeviceObserverIdentifyingAttributes(
            uid=study.instance_uid("report", "device"), name="Philtrum", manufacturer_name=MANUFACTURER,
            model_name=MODEL_NAME,
        ),
    )  # fmt: skip
    subject = highdicom.sr.SubjectContext(
        subject_class=codes.DCM.Fetus,
        subject_class_specific_context=highdicom.sr.SubjectContextFetus(subject_id=fetus.label),
    )
    used = [*stills.values(), *segmentations.values()]
    content = highdicom.sr.MeasurementReport(
        observation_context=highdicom.sr.ObservationContext(
            observer_device_context=device, subject_context=subject
        ),
        procedure_reported=codes.SCT.UltrasoundScanObstetric,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=list(stills.values()),
    )
    dataset = highdicom.sr.ComprehensiveSR(
        evidence=used, content=content, series_instance_uid=study.series_uid("report"),
        series_number=SERIES["report"][0],
        sop_instance_uid=study.instance_uid(
            "report", fetus.label, content[0].to_json().encode(),
            *(str(one.SOPInstanceUID).encode() for one in used),
        ),
        instance_number=number, manufacturer=MANUFACTURER, is_complete=True,
    )  # fmt: skip
    _either_frame_or_segment(dataset)
    return finish(dataset, study, "report")


def _either_frame_or_segment(dataset: Dataset) -> None:
    """A reference names a frame or a segment, not both (PS3.3 table 10-3); highdicom writes both."""

    def mend(item: Dataset, element: DataElement) -> None:
        if element.keyword == "ReferencedSegmentNumber" and "ReferencedFrameNumber" in item:
            del item.ReferencedSegmentNumber

    dataset.walk(mend)


def _verdict(study: Study, fetus: FetusReport) -> Any:
    """The verdict, with the sentences that have to be read with it: SR has no other place for them."""
    words = ReportWords("en")
    evaluations = [
        (VERDICT, fetus.verdict.value.upper(), words.verdict(fetus.verdict)),
        (USE, "RESEARCH", "Research and training use. Not a medical device"),
        (USE, "NODIAG", "Not a diagnosis; no flag does not mean no cleft"),
        (LIMIT, "ICP", "Isolated cleft palate is not excluded"),
    ]
    if study.content.synthetic:
        evaluations.append((LIMIT, "SYNTHETIC", f"SYNTHETIC: model {words.synthetic}"))
    return _group(
        study,
        fetus,
        "Fetus",
        Code("FETUS", SCHEME, f"Fetus {fetus.label}, lip and palate"),
        [],
        evaluations,
        [],
    )


def _view(study: Study, view: ViewShown, stills: Mapping[str, Dataset]) -> Any:
    words = ReportWords("en")
    name = _VIEW[view.view]
    state = (
        (view.status.value.upper(), words.status(view.status)) if view.shown else ("NOT_SHOWN", "Not shown")
    )
    measured: list[tuple[Code, float]] = [(PICTURES, float(view.frames))]
    if view.peak is not None:
        measured.append((SCORE, view.peak))
    pictures = [stills[picture.key] for picture in view.pictures if picture.key in stills]
    return _group(
        study, None, name, Code(view.view.upper(), SCHEME, name), measured, [(STATE, *state)], pictures
    )


def _flag(
    study: Study, fetus: FetusReport, flag: FlagShown, stills: Mapping[str, Dataset],
    segmentations: Mapping[str, Dataset],
) -> Any:  # fmt: skip
    name = f"Flag {flag.number}, {_VIEW[flag.view].lower()}"
    said = [(PERSON, o.call.upper(), _CALLS[o.call]) for o in flag.overrides]
    key = "" if flag.picture is None else flag.picture.key
    measured = [(SCORE, flag.peak)]
    if key in segmentations and key in stills:
        return _region(study, fetus, name, measured, said, stills[key], segmentations[key])
    return _group(study, fetus, name, HIGHLIGHT, measured, said, [stills[key]] if key in stills else [])


def _group(
    study: Study, fetus: FetusReport | None, name: str, finding: Code, measured: Sequence[tuple[Code, float]],
    said: Sequence[tuple[Code, str, str]], pictures: Sequence[Dataset],
) -> Any:  # fmt: skip
    import highdicom

    return highdicom.sr.MeasurementsAndQualitativeEvaluations(
        **_common(study, fetus, name, finding, measured, said),
        source_images=[
            highdicom.sr.SourceImageForMeasurementGroup(one.SOPClassUID, one.SOPInstanceUID)
            for one in pictures
        ]
        or None,
    )


def _region(
    study: Study, fetus: FetusReport, name: str, measured: Sequence[tuple[Code, float]],
    said: Sequence[tuple[Code, str, str]], picture: Dataset, segment: Dataset,
) -> Any:  # fmt: skip
    import highdicom

    return highdicom.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        **_common(study, fetus, name, HIGHLIGHT, measured, said),
        referenced_segment=highdicom.sr.ReferencedSegmentationFrame(
            segment.SOPClassUID, segment.SOPInstanceUID, frame_number=1, segment_number=1,
            source_image=highdicom.sr.SourceImageForSegmentation(picture.SOPClassUID, picture.SOPInstanceUID),
        ),
    )  # fmt: skip


def _common(
    study: Study, fetus: FetusReport | None, name: str, finding: Code,
    measured: Sequence[tuple[Code, float]], said: Sequence[tuple[Code, str, str]],
) -> dict[str, Any]:  # fmt: skip
    import highdicom

    model = study.content.model
    whose = "" if fetus is None else fetus.label
    return {
        "tracking_identifier": highdicom.sr.TrackingIdentifier(
            uid=study.instance_uid("report", f"track:{whose}:{name}"), identifier=name
        ),
        "finding_type": finding,
        "algorithm_id": None if model is None else _algorithm(model),
        "measurements": [
            highdicom.sr.Measurement(code, round(value, 4), codes.UCUM.NoUnits) for code, value in measured
        ]
        or None,
        "qualitative_evaluations": [
            highdicom.sr.QualitativeEvaluation(code, Code(value[:16], SCHEME, meaning[:64]))
            for code, value, meaning in said
        ]
        or None,
    }


def _algorithm(model: ModelCard) -> Any:
    import highdicom

    points = model.points
    parameters = [f"precision {model.precision}", f"sha256 {model.sha256}"]
    if points is not None:
        parameters.append(f"operating points: look again {points.look_again:.3f}, flag {points.flag:.3f}")
    if model.synthetic:
        parameters.append(f"{ReportWords('en').synthetic}")
    return highdicom.sr.AlgorithmIdentification(model.name, model.version, parameters)
