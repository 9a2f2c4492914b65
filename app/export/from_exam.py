"""From an exam on disk to what its report shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.export.content import (
    FetusReport,
    FlagShown,
    ModelCard,
    ReportContent,
    ReportPicture,
    ViewShown,
)
from app.session.errors import SessionError
from app.session.exam import Exam, FetusRecord, ModelUsed, age_warning
from app.session.reader import ExamReader, KeptOnDisk
from app.session.sector import cropped_region, region_from
from app.session.table import COUNTED, VIEWS
from capture.frame import Pixels
from capture.geometry import Region
from inference.manifest import Manifest, ModelRefusedError, load_model
from inference.prediction import View
from resources.files import resource_path

FETUSES = "ABCDEFGH"


def content_of(reader: ExamReader, manifests: Iterable[Path] = ()) -> ReportContent:
    """What a report of this exam shows; what is damaged in it is left out and named under troubles.

    Args:
        reader: the exam, open.
        manifests: where the model's card may be, beside those that ship.
    """
    exam = reader.exam
    troubles = list(exam.troubles)
    pictures = {
        kept.facts.key: picture for kept in reader.kept() if (picture := _picture(exam, kept, troubles))
    }
    peaks = _peaks(reader)
    troubles += [line for line in reader.problems if line not in troubles]
    started = datetime.fromisoformat(exam.started)
    ended = None if exam.ended is None else datetime.fromisoformat(exam.ended)
    return ReportContent(
        exam=exam.id,
        started=exam.started,
        ended=exam.ended or "",
        minutes=None if ended is None else (ended - started).total_seconds() / 60,
        closed=exam.state == "closed",
        age_weeks=exam.gestational_age_weeks,
        age_outside=age_warning(exam.gestational_age_weeks) is not None,
        operator=exam.operator,
        preset=exam.preset,
        reading=exam.reading,
        fetuses=tuple(_fetus(exam, label, pictures, peaks) for label in exam.fetuses),
        notes=exam.notes,
        model=None if exam.model is None else model_card(exam.model, manifests),
        software=exam.software,
        troubles=tuple(troubles),
        frames=exam.counts.stored,
        lost=exam.counts.lost + exam.counts.stopped,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def model_card(used: ModelUsed, manifests: Iterable[Path] = ()) -> ModelCard:
    """The card of the model that was in use: from the manifest that names its file, if that is at hand."""
    bare = ModelCard(
        used.name, used.version, used.sha256, used.synthetic, used.provider, used.precision,
        fallbacks=used.fallbacks, known=False,
    )  # fmt: skip
    manifest = _manifest(used, manifests)
    if manifest is None:
        return bare
    precise = [file for file in manifest.files if file.precision == used.precision]
    file = next(
        (file for file in manifest.files if file.sha256 == used.sha256), (*precise, manifest.files[0])[0]
    )
    running = manifest.running(file)
    heatmap = running.outputs.heatmap
    return ModelCard(
        used.name, used.version, used.sha256, used.synthetic or manifest.synthetic, used.provider,
        used.precision, fallbacks=used.fallbacks, points=running.operating_points,
        heat_threshold=bare.heat_threshold if heatmap is None else heatmap.threshold,
        description=manifest.description, license=manifest.license, training_data=manifest.training_data,
        intended_use=manifest.intended_use, limits=manifest.limits,
    )  # fmt: skip


def _manifest(used: ModelUsed, more: Iterable[Path]) -> Manifest | None:
    """The manifest whose own hash, or that of one of its files, is the one in the exam."""
    for path in (*more, *sorted(resource_path("models").glob("*.json"))):
        try:
            manifest = load_model(path).manifest
            own = hashlib.sha256(path.read_bytes()).hexdigest()
        except (ModelRefusedError, OSError):
            continue
        if used.sha256 == own or any(file.sha256 == used.sha256 for file in manifest.files):
            return manifest
    return None


def _picture(exam: Exam, kept: KeptOnDisk, troubles: list[str]) -> ReportPicture | None:
    facts = kept.facts
    try:
        raw = kept.pixels()
        if raw is None:
            return None
        heatmap = kept.heatmap()
    except SessionError as error:
        troubles.append(str(error))
        return None
    return ReportPicture(
        facts.key, facts.fetus, facts.view, facts.status, exam.seconds(facts.captured_ns), facts.score,
        facts.quality, facts.rank, raw, _region(exam, facts.captured_ns, raw), heatmap, facts.captured_ns,
    )  # fmt: skip


def _region(exam: Exam, captured_ns: int, raw: Pixels) -> Region:
    """The scan's place in a kept picture: of the video around it where the sizes agree, else the whole."""
    height, width = raw.shape[:2]
    before = [segment for segment in exam.segments if segment.first_ns <= captured_ns]
    for segment in (*reversed(before), *exam.segments):
        if (segment.width, segment.height) == (width, height):
            try:
                region = cropped_region(region_from(segment.region))
            except ValueError:
                continue
            if region.fits(width, height):
                return region
    return Region.whole(width, height)


def _peaks(reader: ExamReader) -> dict[tuple[str, View], float]:
    """The highest smoothed score of each fetus and view among the pictures that counted."""
    rows = reader.prediction_rows()
    counted = rows[(rows["flags"] & COUNTED) != 0]
    found: dict[tuple[str, View], float] = {}
    for number, label in enumerate(FETUSES):
        for at, view in enumerate(VIEWS[:2]):
            mine = counted[(counted["fetus"] == number) & (counted["in_view"] == at)]["smoothed"]
            mine = mine[~np.isnan(mine)]
            if len(mine):
                found[label, view] = float(mine.max())
    return found


def _fetus(
    exam: Exam, label: str, pictures: dict[str, ReportPicture], peaks: dict[tuple[str, View], float]
) -> FetusReport:
    record = exam.verdicts.get(label) or FetusRecord(label=label)
    mine = [picture for picture in pictures.values() if picture.fetus == label]

    def view(name: View) -> ViewShown:
        told = record.lip if name == "lip" else record.palate
        best = [p for p in mine if p.view == name and p.key.startswith("best:")]
        best = sorted(best, key=lambda picture: picture.rank)
        return ViewShown(name, told.status, told.frames, peaks.get((label, name)), tuple(best))

    return FetusReport(
        label,
        record.verdict,
        record.complete_s,
        (view("lip"), view("palate")),
        tuple(
            FlagShown(
                flag.number, flag.view, exam.seconds(flag.first_ns), flag.peak,
                pictures.get(f"flag:{label}:{flag.number}"),
                tuple(o for o in exam.overrides if o.fetus == label and o.flag == flag.number),
            )
            for flag in exam.flags
            if flag.fetus == label
        ),
        tuple(picture for picture in mine if picture.key.startswith("hand:")),
        tuple(read for read in exam.reads if read.fetus == label),
        tuple(answer for answer in exam.answers if answer.fetus == label),
    )  # fmt: skip
