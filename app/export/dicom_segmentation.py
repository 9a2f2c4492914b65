"""The heat-map of a picture as a Segmentation object (PS3.3 A.51), by highdicom."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from app.export.content import ModelCard, ReportPicture
from app.export.dicom_common import MANUFACTURER, MODEL_NAME, SERIAL, SERIES, Study, finish
from app.export.pictures import heat_on_picture, heated

SegmentationKind = Literal["binary", "fractional"]
SCHEME = "99PHILTRUM"
HIGHLIGHT = Code("HEAT", SCHEME, "Region highlighted by the model, cleft sign suspected")


def segmentation(
    study: Study, picture: ReportPicture, source: Dataset, number: int, kind: SegmentationKind
) -> Dataset | None:
    """Where the model saw the sign; None where it may not be shown or nothing reaches the threshold.

    Args:
        study: of the exam.
        picture: with its heat-map.
        source: the still of the picture, which the segmentation refers to.
        number: of the instance.
        kind: 'binary', what reaches the model's threshold; 'fractional', the map itself.
    """
    import highdicom

    model = study.content.model
    heat = heat_on_picture(picture)
    if model is None or heat is None or not heated(picture, model):
        return None
    inside = heat >= model.heat_threshold
    if not inside.any():
        return None
    array = inside.astype(np.uint8) if kind == "binary" else heat.astype(np.float64)
    dataset = highdicom.seg.Segmentation(
        source_images=[source],
        pixel_array=array[None],
        segmentation_type=kind.upper(),
        segment_descriptions=[_segment(study, picture, model)],
        series_instance_uid=study.series_uid("segmentation"),
        series_number=SERIES["segmentation"][0],
        sop_instance_uid=study.instance_uid("segmentation", f"{picture.key}:{kind}", array.tobytes(),
                                            str(source.SOPInstanceUID).encode()),
        instance_number=number,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MODEL_NAME,
        software_versions=study.content.software[:64] or "philtrum",
        device_serial_number=SERIAL,
        content_label="HEATMAP",
        content_description="AI heat-map; research use, not a diagnosis",
    )  # fmt: skip
    return finish(dataset, study, "segmentation")


def _segment(study: Study, picture: ReportPicture, model: ModelCard) -> Any:
    import highdicom

    return highdicom.seg.SegmentDescription(
        segment_number=1,
        segment_label="AI heat-map (SYNTHETIC model)" if model.synthetic else "AI heat-map",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=HIGHLIGHT,
        algorithm_type="AUTOMATIC",
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=model.name, family=codes.cid7162.ArtificialIntelligence, version=model.version,
            source=MANUFACTURER,
        ),
        tracking_uid=study.instance_uid("segmentation", f"track:{picture.key}"),
        tracking_id=picture.key,
    )  # fmt: skip
