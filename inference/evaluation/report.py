"""One report over data sets and models: what `report.json` holds."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.dataset import DataSet, LabelRow, ReaderCall
from inference.engine import Engine
from inference.evaluation.answers import Answer
from inference.evaluation.calibration import calibration
from inference.evaluation.cases import Cases, Frames
from inference.evaluation.controls import controls
from inference.evaluation.intervals import proportion
from inference.evaluation.levels import (
    ExamCall,
    exam_calls,
    exam_cases,
    frame_cases,
    listed_apart,
    performance,
    sensitivity,
    specificity,
    verdict_counts,
    view_cases,
)
from inference.evaluation.pairs import pair
from inference.evaluation.readers import ReaderStudy
from inference.evaluation.run import answer_all, answers_name
from inference.evaluation.strata import gate, heat, strata

FORMAT = "philtrum-evaluation/1"
LEVELS = ("frame", "view", "fetus")

Tell = Callable[[str, int, int], None]
"""Called with what is being run, frames done and frames in all."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """One model on one data set."""

    report: dict[str, Any]
    """Its part of `report.json`."""
    cases: Mapping[str, Cases]
    """By level."""


def evaluate(
    data: DataSet,
    engine: Engine,
    folder: Path,
    *,
    key: str,
    prevalences: Sequence[float],
    with_controls: bool = False,
    readers: Sequence[ReaderCall] = (),
    tell: Tell | None = None,
) -> Evaluated:
    """Run what has not been run yet, and work out everything.

    Args:
        data: the set.
        engine: of the model.
        folder: where answers are kept.
        key: hash of the set, from `run.set_key`.
        prevalences: at which predictive values are wanted.
        with_controls: whether to run the negative controls too.
        readers: their answers to the same set.
        tell: told of every frame.

    Raises:
        capture.source.SourceError: a picture cannot be read.
        inference.outputs.EngineError: the model failed on one.
        OSError: answers cannot be written.
    """

    def ask(part: str, rows: tuple[LabelRow, ...], pictures: Any, mask: Any = None) -> list[Answer]:
        def heard(done: int, total: int) -> None:
            if tell is not None:
                tell(part, done, total)

        path = folder / answers_name(data, key, engine, rows, part)
        return answer_all(rows, pictures, engine, path, mask=mask, on_frame=heard)

    frames = Frames(data.rows, ask("frames", data.rows, data.frames, data.mask))
    manifest = engine.manifest
    points = manifest.operating_points
    exams = exam_calls(frames, manifest)
    cases = {
        "frame": frame_cases(frames, points),
        "view": view_cases(frames, points),
        "fetus": exam_cases([call for call in exams if call.visible]),
    }
    levels: dict[str, Any] = {
        "frame": performance(cases["frame"], points, prevalences),
        "view": performance(cases["view"], points, prevalences),
        "fetus": performance(cases["fetus"], points, prevalences, by_verdict=True) if exams else None,
    }
    for view in ("lip", "palate"):
        part = frame_cases(frames, points, frames.counted & (frames.view == view))
        levels[f"frame_{view}"] = performance(part, points, prevalences)
    status = engine.status
    of_frames = cases["frame"]
    names = {part: answers_name(data, key, engine, data.rows, part) for part in ("frames", "cases")}
    write_cases(folder / names["cases"], cases.values())
    report = {
        "name": status.model,
        "version": status.version,
        "sha256": status.sha256,
        "precision": status.precision,
        "provider": status.provider,
        "synthetic": status.synthetic,
        "operating_points": points.model_dump(),
        "answers": names["frames"],
        "cases": names["cases"],
        "levels": levels,
        "exams": _exams(exams),
        "listed_apart": listed_apart(frames, points),
        "calibration": calibration(of_frames.truth, of_frames.score, of_frames.fetus),
        "heat": heat(frames) if manifest.outputs.heatmap is not None else None,
        "gate": gate(frames, points, manifest.knows_other_views()),
        "strata": strata(frames, points),
        "controls": controls(data, frames, ask) if with_controls else None,
        "readers": ReaderStudy(readers, frames, exams, points).table() if readers else None,
    }
    return Evaluated(report, cases)


def _exams(calls: Sequence[ExamCall]) -> dict[str, Any] | None:
    """What the figures of the fetus level do not show: verdicts, flags, findings that were never in sight."""
    if not calls:
        return None
    known = exam_cases(calls)
    unseen = [call for call in calls if call.truth and not call.visible]
    hidden = exam_cases(unseen)
    raised = {call.exam: call.flags > 0 for call in calls}
    flags = np.array([raised[str(name)] for name in known.name], bool)
    return {
        "exams": len(calls),
        "unlabelled": sum(call.truth is None for call in calls),
        "verdicts": verdict_counts(calls),
        "never_in_sight": len(unseen),
        "never_in_sight_suspect": proportion(hidden.flagged, hidden.fetus).as_json(),
        "all_exams": {
            "sensitivity": sensitivity(known, known.flagged).as_json(),
            "specificity": specificity(known, known.flagged).as_json(),
        },
        "any_flag": {
            "sensitivity": sensitivity(known, flags).as_json(),
            "specificity": specificity(known, flags).as_json(),
        },
    }


def data_report(data: DataSet, key: str, models: Sequence[Evaluated]) -> dict[str, Any]:
    """A data set's part of `report.json`: what it holds, each model, and all pairs of models."""
    rows = data.rows
    counts = {
        "frames": len(rows),
        "fetuses": len({row.fetus for row in rows}),
        "sites": len({row.site for row in rows}),
        "exams": len({row.exam for row in rows if row.exam}),
        **{view: sum(row.view == view for row in rows) for view in ("lip", "palate", "other")},
        "with_gap": sum(bool(row.cleft) for row in rows),
        "without_gap": sum(row.cleft is False and row.view != "other" for row in rows),
        "unlabelled": sum(row.cleft is None for row in rows),
        "not_judgeable": sum(not row.judgeable for row in rows),
    }
    pairs = [
        {"first": label(a.report), "second": label(b.report)} | pair_levels(a.cases, b.cases)
        for i, a in enumerate(models)
        for b in models[i + 1 :]
    ]
    return {
        "name": data.name,
        "synthetic": data.synthetic,
        "domain": data.domain,
        "description": data.description,
        "license": data.license,
        "key": key,
        "counts": counts,
        "models": [model.report for model in models],
        "pairs": pairs,
    }


def label(model: Mapping[str, Any]) -> str:
    return f"{model['name']} {model['version']} {model['precision']}"


def pair_levels(first: Mapping[str, Cases], second: Mapping[str, Cases]) -> dict[str, Any]:
    """The paired tests on every level that both have cases of.

    Raises:
        ValueError: they disagree on the truth of a case.
    """
    return {
        "levels": {
            level: pair(first[level], second[level])
            for level in LEVELS
            if level in first and level in second and len(first[level]) and len(second[level])
        }
    }


def whole(
    data_sets: Sequence[dict[str, Any]], notice: str, software: str, prevalences: Sequence[float]
) -> dict[str, Any]:
    """`report.json`."""
    synthetic = any(d["synthetic"] or any(m["synthetic"] for m in d["models"]) for d in data_sets)
    return {
        "format": FORMAT,
        "notice": notice,
        "synthetic": synthetic,
        "software": software,
        "prevalences": list(prevalences),
        "data_sets": list(data_sets),
    }


def write_json(path: Path, report: Mapping[str, Any]) -> None:
    """Whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
    partial.replace(path)


_CASE_COLUMNS = ["level", "name", "fetus", "truth", "score", "flag", "look_again"]


def write_cases(path: Path, levels: Any) -> None:
    """Every case that figures rest on, one line each: for other programs, and for `--compare`."""
    partial = path.with_suffix(".part")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_CASE_COLUMNS)
        for cases in levels:
            for i in range(len(cases)):
                calls = (
                    int(cases.truth[i]),
                    repr(float(cases.score[i])),
                    int(cases.flagged[i]),
                    int(cases.looked[i]),
                )
                writer.writerow([cases.level, cases.name[i], cases.fetus[i], *calls])
    partial.replace(path)


def read_cases(path: Path) -> dict[str, Cases]:
    """Cases by level.

    Raises:
        OSError: no such file.
        ValueError: another kind of file.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        if next(lines, None) != _CASE_COLUMNS:
            raise ValueError(f"{path.name}: expected cases of philtrum evaluate, got another table")
        by_level: dict[str, list[list[str]]] = {}
        for line in lines:
            by_level.setdefault(line[0], []).append(line)
    return {
        level: Cases(
            level,
            np.array([line[1] for line in some], object),
            np.array([line[2] for line in some], object),
            np.array([line[3] == "1" for line in some], bool),
            np.array([float(line[4]) for line in some], np.float64),
            np.array([line[5] == "1" for line in some], bool),
            np.array([line[6] == "1" for line in some], bool),
        )
        for level, some in by_level.items()
    }
