"""Frame, view and fetus level: which cases there are, and how well a model calls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capture.frame import Frame
from capture.geometry import Box, Region
from capture.scan import Scan
from inference.evaluation.cases import Bools, Cases, Frames
from inference.evaluation.figure import Figure, rounded
from inference.evaluation.intervals import predictive, proportion
from inference.evaluation.roc import auc_figure
from inference.evidence import EvidenceReader
from inference.evidence_types import Verdict
from inference.manifest import Manifest, OperatingPoints
from inference.prediction import Placement, Prediction, View
from inference.verdict import SUSPECT

VIEWS: tuple[View, ...] = ("lip", "palate", "other")
STEADY_FRAMES = 5
"""A running mean counts for the score of an exam from so many pictures on: as many as a flag takes."""
ROC_POINTS = 200

_NO_PIXELS = np.zeros((0, 0), np.uint8)
_NOWHERE = Region(Box(0, 0, 1, 1), 1, 1)


def frame_cases(
    frames: Frames, points: OperatingPoints, which: Bools | None = None, truth: Bools | None = None
) -> Cases:
    """Lip and palate frames that count (or `which`) with their labels (or `truth`), called by their score."""
    mask = frames.counted if which is None else which
    score = frames.score[mask]
    return Cases(
        "frame",
        frames.key[mask],
        frames.fetus[mask],
        (frames.cleft if truth is None else truth)[mask],
        score,
        score >= points.flag,
        score >= points.look_again,
    )


def view_cases(frames: Frames, points: OperatingPoints) -> Cases:
    """Each view of each fetus in each exam, called by the mean score of its frames that could be judged."""
    at = np.flatnonzero(frames.counted)
    labels = [f"{frames.exam[i] or frames.fetus[i]}/{frames.view[i]}" for i in at]
    names, first, code = np.unique(labels, return_index=True, return_inverse=True)
    total = np.bincount(code, frames.score[at], len(names))
    score = total / np.maximum(np.bincount(code, minlength=len(names)), 1)
    positive = np.bincount(code, frames.cleft[at], len(names)) > 0
    return Cases(
        "view",
        names.astype(object),
        frames.fetus[at[first]],
        positive,
        score,
        score >= points.flag,
        score >= points.look_again,
    )


@dataclass(frozen=True, slots=True)
class ExamCall:
    """What the rule over both views made of one exam."""

    exam: str
    fetus: str
    truth: bool | None
    """None where some lip or palate frames are unlabelled and none is positive."""
    visible: bool
    """Some frame of the finding could be judged; True without a finding."""
    verdict: Verdict
    flags: int
    score: float
    """Highest running mean of the evidence, 0 where nothing counted."""


def exam_calls(frames: Frames, manifest: Manifest) -> list[ExamCall]:
    """Every exam, its frames in order of time, through the very evidence that the window shows."""
    by_exam: dict[str, list[int]] = {}
    for at, exam in enumerate(frames.exam):
        if exam:
            by_exam.setdefault(str(exam), []).append(at)
    return [_exam_call(frames, exam, at, manifest) for exam, at in by_exam.items()]


def _exam_call(frames: Frames, exam: str, at: list[int], manifest: Manifest) -> ExamCall:
    rows = frames.rows
    timed = sorted(at, key=lambda i: (rows[i].time_s is None, rows[i].time_s or 0.0))
    reader = EvidenceReader(manifest)
    best, steady, scan_index = 0.0, 0, -1
    clip: str | None = None
    evidence = reader.latest
    for order, i in enumerate(timed):
        if clip is not None and rows[i].clip != clip:
            reader.new_source()
            steady = 0
        clip = rows[i].clip or ""
        scan_index += 0 if frames.answers[i].repeat and order else 1
        evidence = reader.update(_prediction(frames, i, order, scan_index, manifest))
        if evidence.smoothed is None:
            steady = 0
        elif evidence.instant is not None:
            steady += 1
            if steady >= STEADY_FRAMES:
                best = max(best, evidence.smoothed)
    mine = np.array(at)
    positive = mine[frames.carrier[mine]]
    unsure = bool((frames.shown[mine] & frames.judgeable[mine] & ~frames.known[mine]).any())
    return ExamCall(
        exam=exam,
        fetus=str(frames.fetus[at[0]]),
        truth=True if len(positive) else None if unsure else False,
        visible=bool((frames.cleft & frames.counted)[positive].any()) if len(positive) else True,
        verdict=evidence.verdict,
        flags=len(evidence.flags),
        score=best,
    )


def _prediction(frames: Frames, i: int, order: int, scan_index: int, manifest: Manifest) -> Prediction:
    """The answer as the evidence takes it: without pixels and map."""
    answer, row = frames.answers[i], frames.rows[i]
    names: dict[View, str] = {}
    for view in manifest.views:
        names.setdefault(view.is_, view.name)
    chances: dict[View, float] = {"lip": answer.lip, "palate": answer.palate, "other": answer.other}
    return Prediction(
        scan=Scan(Frame(order, 0, _NO_PIXELS, row.time_s), _NOWHERE, scan_index, False, answer.signal),
        cleft=answer.cleft,
        views={names[view]: chance for view, chance in chances.items() if view in names},
        view=max(chances, key=lambda view: chances[view]),
        view_score=answer.view_score,
        quality=answer.quality,
        heatmap=None,
        placement=Placement(0, 0, 1, 1),
        started_ns=0,
        done_ns=0,
    )


def exam_cases(calls: Sequence[ExamCall]) -> Cases:
    """Exams whose truth is known, called by their verdict: suspect at the flag point, suspect or ambiguous at
    the look-again point.
    """
    known = [call for call in calls if call.truth is not None]
    verdicts = [call.verdict for call in known]
    return Cases(
        "fetus",
        np.array([call.exam for call in known], object),
        np.array([call.fetus for call in known], object),
        np.array([call.truth for call in known], bool),
        np.array([call.score for call in known], np.float64),
        np.array([verdict in SUSPECT for verdict in verdicts], bool),
        np.array([verdict in SUSPECT or verdict is Verdict.AMBIGUOUS for verdict in verdicts], bool),
    )


def verdict_counts(calls: Sequence[ExamCall]) -> dict[str, dict[str, int]]:
    """How often each verdict fell, by truth: positive, negative, unknown."""
    words = {True: "positive", False: "negative", None: "unknown"}
    counts = {verdict.value: dict.fromkeys(words.values(), 0) for verdict in Verdict}
    for call in calls:
        counts[call.verdict.value][words[call.truth]] += 1
    return counts


def performance(
    cases: Cases, points: OperatingPoints, prevalences: Sequence[float], *, by_verdict: bool = False
) -> dict[str, Any]:
    """Counts, area, and figures at both operating points.

    Args:
        cases: of one level.
        points: the model's, for the thresholds beside the figures.
        prevalences: at which predictive values are wanted.
        by_verdict: cases are called by a rule, not by a threshold of their score.
    """
    positives = int(cases.truth.sum())
    return {
        "n": len(cases),
        "positives": positives,
        "negatives": len(cases) - positives,
        "fetuses": len(np.unique(cases.fetus)),
        "auc": auc_figure(cases.truth, cases.score, cases.fetus).as_json(),
        "flag": _at_point(cases, cases.flagged, None if by_verdict else points.flag, prevalences),
        "look_again": _at_point(cases, cases.looked, None if by_verdict else points.look_again, prevalences),
        "roc": _curve(cases),
    }


def sensitivity(cases: Cases, called: Bools) -> Figure:
    return proportion(called[cases.truth], cases.fetus[cases.truth])


def specificity(cases: Cases, called: Bools) -> Figure:
    return proportion(~called[~cases.truth], cases.fetus[~cases.truth])


def _at_point(
    cases: Cases, called: Bools, threshold: float | None, prevalences: Sequence[float]
) -> dict[str, Any]:
    sens, spec = sensitivity(cases, called), specificity(cases, called)
    values = []
    for prevalence in prevalences:
        ppv, npv = predictive(sens, spec, prevalence)
        values.append({"prevalence": prevalence, "ppv": ppv.as_json(), "npv": npv.as_json()})
    return {
        "threshold": threshold,
        "sensitivity": sens.as_json(),
        "specificity": spec.as_json(),
        "at_prevalence": values,
    }


def _curve(cases: Cases) -> list[list[float | None]]:
    """(false positive rate, true positive rate), at most `ROC_POINTS` of them."""
    if not cases.truth.any() or cases.truth.all():
        return []
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(cases.truth, cases.score)
    kept = np.unique(np.linspace(0, len(false) - 1, ROC_POINTS).round().astype(int))
    return [[rounded(float(false[i])), rounded(float(true[i]))] for i in kept]


def listed_apart(frames: Frames, points: OperatingPoints) -> dict[str, Any]:
    """Lip and palate frames that the figures above do not rest on, and the figures with them counted.

    Returns:
        `not_judgeable` (a gap, or structures, that nobody could see) and `poor_planes`: frames, positives,
        how many of them reach the operating points, and the others; `unlabelled` frames; `all_frames`: area,
        sensitivity and specificity over every frame whose truth is known, a gap that nobody could see
        counted as a positive.
    """
    unseen = frames.hidden & frames.carrier
    truth = frames.cleft | unseen
    everything = frame_cases(frames, points, frames.shown & (frames.known | unseen), truth)
    return {
        "not_judgeable": _aside(frames, points, frames.hidden, truth),
        "poor_planes": _aside(frames, points, frames.poor & frames.known, truth),
        "unlabelled": int((frames.shown & frames.judgeable & ~frames.known).sum()),
        "all_frames": {
            "n": len(everything),
            "auc": auc_figure(everything.truth, everything.score, everything.fetus).as_json(),
            "sensitivity": sensitivity(everything, everything.flagged).as_json(),
            "specificity": specificity(everything, everything.flagged).as_json(),
        },
    }


def _aside(frames: Frames, points: OperatingPoints, which: Bools, truth: Bools) -> dict[str, Any]:
    cases = frame_cases(frames, points, which, truth)
    return {
        "frames": len(cases),
        "positives": int(cases.truth.sum()),
        "positives_flagged": sensitivity(cases, cases.flagged).as_json(),
        "positives_look_again": sensitivity(cases, cases.looked).as_json(),
        "others": int((~cases.truth).sum()),
        "others_not_flagged": specificity(cases, cases.flagged).as_json(),
    }
