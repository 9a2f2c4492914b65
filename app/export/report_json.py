"""The report as JSON, for machines; `docs/report.md` has the keys."""

from __future__ import annotations

import json
from typing import Any

from app.export.content import FetusReport, FlagShown, ReportContent, ReportPicture, ViewShown
from app.export.words import ReportWords

FORMAT = "philtrum-report/1"


def report_json(content: ReportContent, words: ReportWords) -> str:
    """The report's text; pictures by their key in the exam, without pixels."""
    model = content.model
    body: dict[str, Any] = {
        "format": FORMAT,
        "language": words.language,
        "statement": words.standing,
        "synthetic": content.synthetic,
        "synthetic_statement": words.synthetic if content.synthetic else None,
        "exam": content.exam,
        "deidentified": content.deidentified,
        "started": content.started or None,
        "ended": content.ended or None,
        "closed": content.closed,
        "gestational_age_weeks": content.age_weeks,
        "gestational_age_outside": content.age_outside,
        "operator": content.operator or None,
        "preset": content.preset or None,
        "reading": content.reading,
        "fetuses": [_fetus(fetus, words) for fetus in content.fetuses],
        "notes": [note.model_dump(mode="json") for note in content.notes],
        "model": None
        if model is None
        else {
            "name": model.name,
            "version": model.version,
            "sha256": model.sha256,
            "synthetic": model.synthetic,
            "provider": model.provider,
            "precision": model.precision,
            "fallbacks": list(model.fallbacks),
            "operating_points": None if model.points is None else model.points.model_dump(),
            "card_known": model.known,
            "description": model.description or None,
            "training_data": model.training_data or None,
            "intended_use": model.intended_use or None,
            "license": model.license or None,
            "limits": list(model.limits),
        },
        "software": content.software,
        "frames_recorded": content.frames,
        "frames_not_recorded": content.lost,
        "troubles": list(content.troubles),
        "made": content.made or None,
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _fetus(fetus: FetusReport, words: ReportWords) -> dict[str, Any]:
    return {
        "label": fetus.label,
        "verdict": fetus.verdict.value,
        "verdict_words": words.verdict(fetus.verdict),
        "complete_s": fetus.complete_s,
        "views": [_view(view, words) for view in fetus.views],
        "not_assessed": [
            *(f"{view}_view" for view in fetus.missing),
            "soft_palate",
            "isolated_cleft_palate",
            "other_anatomy",
        ],
        "flags": [_flag(flag) for flag in fetus.flags],
        "kept": [_picture(picture) for picture in fetus.kept],
        "reads": [{**read.model_dump(mode="json"), "changed": read.changed} for read in fetus.reads],
        "answers": [answer.model_dump(mode="json") for answer in fetus.answers],
    }  # fmt: skip


def _view(view: ViewShown, words: ReportWords) -> dict[str, Any]:
    return {
        "view": view.view,
        "shown": view.shown,
        "status": view.status.value,
        "status_words": words.status(view.status),
        "frames": view.frames,
        "highest_score": view.peak,
        "pictures": [_picture(picture) for picture in view.pictures],
    }


def _flag(flag: FlagShown) -> dict[str, Any]:
    return {
        "number": flag.number,
        "view": flag.view,
        "seconds": round(flag.seconds, 3),
        "highest_score": flag.peak,
        "picture": None if flag.picture is None else _picture(flag.picture),
        "overrides": [override.model_dump(mode="json") for override in flag.overrides],
    }


def _picture(picture: ReportPicture) -> dict[str, Any]:
    return {
        "key": picture.key,
        "view": picture.view,
        "seconds": round(picture.seconds, 3),
        "score": picture.score,
        "quality": picture.quality,
        "rank": picture.rank,
        "mm_per_px": picture.mm_per_px,
    }
