"""Kept pictures as Secondary Capture objects (PS3.3 A.8.1), by highdicom."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from app.analyze.drawing import BRIGHT, SCAN, put_words, wrapped
from app.export.content import ReportPicture
from app.export.dicom_common import MANUFACTURER, SERIES, SeriesKind, Study, finish
from app.export.pictures import heated, overlaid
from app.export.report_html import clock_words, score_words
from app.export.words import ReportWords
from capture.frame import Pixels


def still(study: Study, picture: ReportPicture, number: int) -> Dataset:
    """The picture as it was scanned; nothing is written into its pixels."""
    return _capture(study, "still", picture, picture.raw, number, _words(picture))


def overlay(study: Study, picture: ReportPicture, number: int) -> Dataset:
    """The picture with the model's heat-map, and below it what has to be read with it."""
    words = ReportWords("en")
    model = study.content.model
    said = f"{_words(picture)} {words('overlaid') if heated(picture, model) else words('overlaid_none')}."
    pixels = with_words(overlaid(picture, model), [said, study.statement()])
    return _capture(study, "overlay", picture, pixels, number, said)


def with_words(pixels: Pixels, paragraphs: list[str]) -> Pixels:
    """A picture with lines of text on black below it, RGB."""
    size = max(11, min(20, pixels.shape[1] // 44))
    lines = [line for words in paragraphs for line in wrapped(words, pixels.shape[1] - 16, size)]
    step = size * 3 // 2
    below = np.full((len(lines) * step + 12, pixels.shape[1], 3), SCAN, np.uint8)
    for number, line in enumerate(lines):
        put_words(below, (8, 6 + number * step), line, size, BRIGHT)
    return np.concatenate([pixels, below])


def _words(picture: ReportPicture) -> str:
    words = ReportWords("en")
    quality = (
        "" if picture.quality is None else f" {words('picture_quality', quality=f'{picture.quality:.2f}')}"
    )
    return (
        f"{words.view(picture.view)}, {clock_words(picture.seconds)}. "
        f"{words('picture_score', score=score_words(picture.score))}{quality}"
    )


def _capture(
    study: Study, kind: SeriesKind, picture: ReportPicture, pixels: Pixels, number: int, words: str
) -> Dataset:
    import highdicom  # seconds to import, and only an export needs it

    grey = pixels.ndim == 2
    spacing = picture.mm_per_px
    dataset = highdicom.sc.SCImage(
        pixel_array=pixels,
        photometric_interpretation="MONOCHROME2" if grey else "RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),  # asked for; how a fetus lies is not known, see below
        series_instance_uid=study.series_uid(kind),
        series_number=SERIES[kind][0],
        sop_instance_uid=study.instance_uid(
            kind, picture.key, pixels.tobytes(), words.encode(), study.statement().encode()
        ),
        instance_number=number,
        manufacturer=MANUFACTURER,
        pixel_spacing=None if spacing is None else (spacing, spacing),
        **study.patient_facts(),
    )
    dataset.Modality = "US"
    dataset.ConversionType = "DV"
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.DerivationDescription = f"Scan area of a video picture; outside of it black. {study.statement()}"
    dataset.ImageComments = f"Fetus {picture.fetus}. {words} {study.statement()}"
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"
    return finish(dataset, study, kind)
