"""All DICOM objects of an exam: planned, made one by one, written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydicom.dataset import Dataset

from app.export.chosen import write_file
from app.export.content import FetusReport, ReportContent, ReportPicture
from app.export.dicom_cine import cines
from app.export.dicom_common import PATIENT_KEYWORDS, SeriesKind, Study, put_names
from app.export.dicom_report import structured_report
from app.export.dicom_segmentation import segmentation
from app.export.dicom_still import overlay, still
from app.export.patient import Patient
from app.export.plan import ExportPlan, PlannedFile, tag_lines
from app.export.pseudonym import Pseudonyms
from app.session.reader import ExamReader


@dataclass(frozen=True, slots=True)
class DicomChoice:
    """What is asked for."""

    patient: Patient | None = None
    """The worklist's; None: de-identified."""
    stills: bool = True
    overlays: bool = True
    cines: bool = True
    segmentation: Literal["none", "binary", "fractional"] = "binary"
    report: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One object, not written yet."""

    kind: SeriesKind
    name: str
    """Of the file: the exam's own name or its alias, and a number."""
    what: str
    dataset: Dataset


class DicomExport:
    """One exam on its way out. Nothing is written but by `write`."""

    def __init__(
        self, reader: ExamReader, content: ReportContent, choice: DicomChoice, names: Pseudonyms
    ) -> None:
        exam = reader.exam.id
        shown = content.without_people(names.alias(exam)) if choice.patient is None else content
        self._reader, self._choice = reader, choice
        self._whole = content
        self.study = Study(shown, choice.patient, names, exam)

    def plan(self) -> ExportPlan:
        """What would be written; makes one object for its header, and no file."""
        pictures = self._pictures()
        files: list[PlannedFile] = []
        for number, picture in enumerate(pictures, 1):
            words = f"fetus {picture.fetus}, {picture.view}, {picture.key.partition(':')[0]}"
            if self._choice.stills:
                files.append(PlannedFile(self._name("still", number), f"picture as scanned: {words}"))
            if self._choice.overlays:
                files.append(PlannedFile(self._name("overlay", number), f"picture with heat-map: {words}"))
            if self._choice.segmentation != "none" and picture.heatmap is not None:
                what = f"{self._choice.segmentation} segmentation, where the heat-map is above its threshold"
                files.append(PlannedFile(self._name("segmentation", number), f"{what}: {words}"))
        if self._choice.cines:
            files += [
                PlannedFile(self._name("cine", clip.number), f"clip of fetus {clip.fetus}, {clip.why}")
                for clip in self._reader.exam.clips
            ]
        if self._choice.report:
            files += [
                PlannedFile(self._name("report", number), f"structured report of fetus {fetus.label}")
                for number, fetus in enumerate(self.study.content.fetuses, 1)
                if _pictures(fetus)
            ]
        first = put_names(still(self.study, pictures[0], 1), self.study) if pictures else None
        hidden: frozenset[str] = frozenset() if self._choice.patient is None else PATIENT_KEYWORDS
        return ExportPlan(
            tuple(files), () if first is None else tag_lines(first, hidden), (), self._left_out(), (),
            pictures[0].raw if pictures else None,
        )  # fmt: skip

    def objects(self) -> Iterator[Made]:
        """Every object: pictures, segmentations, reports, clips."""
        for made in [*self._seen()]:
            put_names(made.dataset, self.study)
            yield made
        if self._choice.cines:
            yield from self._cines()

    def _seen(self) -> Iterator[Made]:
        """Those that refer to each other, each after what it refers to; without names."""
        stills: dict[str, Dataset] = {}
        outlines: dict[str, Dataset] = {}
        choice = self._choice
        for number, picture in enumerate(self._pictures(), 1):
            whose = f"fetus {picture.fetus}, {picture.view}"

            def made(
                kind: SeriesKind, what: str, dataset: Dataset, at: int = number, of: str = whose
            ) -> Made:
                return Made(kind, self._name(kind, at), f"{what}: {of}", dataset)

            source = still(self.study, picture, number)
            if choice.stills:
                stills[picture.key] = source
                yield made("still", "picture as scanned", source)
            if choice.overlays:
                yield made("overlay", "picture with heat-map", overlay(self.study, picture, number))
            if choice.segmentation != "none" and choice.stills:
                outline = segmentation(self.study, picture, source, number, choice.segmentation)
                if outline is not None:
                    outlines[picture.key] = outline
                    yield made("segmentation", "segmentation", outline)
        if choice.report:
            yield from self._reports(stills, outlines)

    def write(self, folder: Path) -> Iterator[Path]:
        """Write the objects one by one.

        Raises:
            Refusal: one cannot be written; those before it are there.
        """
        for made in self.objects():
            out = io.BytesIO()
            made.dataset.save_as(out, enforce_file_format=True)
            path = folder / made.name
            write_file(path, out.getvalue())
            yield path

    def _cines(self) -> Iterator[Made]:
        number = 1
        for clip in self._reader.exam.clips:
            for dataset in cines(self.study, self._reader, clip, number):
                yield Made(
                    "cine", self._name("cine", number), f"clip of fetus {clip.fetus}, {clip.why}", dataset
                )
                number += 1

    def _reports(self, stills: dict[str, Dataset], outlines: dict[str, Dataset]) -> Iterator[Made]:
        for number, fetus in enumerate(self.study.content.fetuses, 1):
            keys = {picture.key for picture in _pictures(fetus)}
            mine = {key: one for key, one in stills.items() if key in keys}
            if not mine:
                continue
            traced = {key: one for key, one in outlines.items() if key in keys}
            dataset = structured_report(self.study, fetus, mine, traced, number)
            yield Made(
                "report", self._name("report", number), f"structured report of fetus {fetus.label}", dataset
            )

    def _name(self, kind: SeriesKind, number: int) -> str:
        return f"{self.study.content.exam}-{kind}-{number:03d}.dcm"

    def _pictures(self) -> list[ReportPicture]:
        return [picture for fetus in self.study.content.fetuses for picture in _pictures(fetus)]

    def _left_out(self) -> tuple[str, ...]:
        if self._choice.patient is not None:
            return ("notes and comments: they are in the report as PDF or HTML",)
        whole = self._whole
        typed = len(whole.notes) + sum(
            bool(text)
            for fetus in whole.fetuses
            for text in (
                *(o.comment for flag in fetus.flags for o in flag.overrides),
                *(read.comment for read in fetus.reads),
            )
        )
        return (
            "the exam's own name",
            "all dates and times of day",
            "the operator, the preset, the readers' names",
            f"{typed} typed notes and comments",
        )


def _pictures(fetus: FetusReport) -> list[ReportPicture]:
    """Best of each view, of each flag, and kept by hand; each once."""
    found = [picture for view in fetus.views for picture in view.pictures]
    found += [flag.picture for flag in fetus.flags if flag.picture is not None]
    return [*found, *fetus.kept]
