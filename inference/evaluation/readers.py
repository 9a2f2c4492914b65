"""What people said of the same cases, in the form of the published reader table, beside the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from inference.dataset import ReaderCall
from inference.evaluation.cases import Cases, Frames
from inference.evaluation.intervals import mean
from inference.evaluation.levels import ExamCall, exam_cases, frame_cases, sensitivity, specificity
from inference.evaluation.pairs import pair
from inference.evaluation.roc import auc_figure
from inference.manifest import OperatingPoints


class ReaderStudy:
    """Readers' calls with the truth of what they read.

    Args:
        calls: of `readers.csv`.
        frames: of the data set, under the model to compare with.
        exams: of the same.
        points: of the model.
    """

    def __init__(
        self, calls: Sequence[ReaderCall], frames: Frames, exams: Sequence[ExamCall], points: OperatingPoints
    ) -> None:
        of_exams = exam_cases(exams)
        unseen = frames.hidden & frames.carrier
        of_frames = frame_cases(frames, points, frames.known | unseen, frames.cleft | unseen)
        self._model = {"exam": of_exams, "frame": of_frames}
        self._at = {level: {str(n): i for i, n in enumerate(c.name)} for level, c in self._model.items()}
        known = [call for call in calls if _subject(call) in self._at[_level(call)]]
        self._calls = known
        self.left_out = len(calls) - len(known)
        """Answers to cases whose truth is unknown."""

    def table(self) -> dict[str, Any]:
        """The whole of it.

        Returns:
            `groups`: senior and junior readers, unaided and aided, with `readers`, `sensitivity`,
            `specificity`, `auc` (pooled over readers) and `seconds`; `model`: the same of the model on what
            they read; `change`: for each seniority that read both ways, aided against unaided; `readers`:
            each reader in each mode, with the comparison against the model; `left_out`.
        """
        groups = []
        for seniority in ("senior", "junior", ""):
            for mode in ("unaided", "aided"):
                some = [c for c in self._calls if (c.seniority, c.mode) == (seniority, mode)]
                if some:
                    groups.append({"seniority": seniority, "mode": mode} | self._row(some))
        return {
            "groups": groups,
            "model": self._model_row(),
            "change": self._changes(),
            "readers": self._each(),
            "left_out": self.left_out,
        }

    def _row(self, calls: Sequence[ReaderCall]) -> dict[str, Any]:
        cases = self._cases(calls, pooled=True)
        timed = [i for i, call in enumerate(calls) if call.seconds is not None]
        seconds = np.array([calls[i].seconds for i in timed], np.float64)
        rated = all(call.confidence is not None for call in calls)
        return {
            "readers": len({call.reader for call in calls}),
            "sensitivity": sensitivity(cases, cases.flagged).as_json(),
            "specificity": specificity(cases, cases.flagged).as_json(),
            "auc": auc_figure(cases.truth, cases.score, cases.fetus).as_json() if rated else None,
            "seconds": mean(seconds, cases.fetus[timed]).as_json() if timed else None,
        }

    def _model_row(self) -> dict[str, Any]:
        cases = self._model_on(self._calls)
        return {
            "sensitivity": sensitivity(cases, cases.flagged).as_json(),
            "specificity": specificity(cases, cases.flagged).as_json(),
            "auc": auc_figure(cases.truth, cases.score, cases.fetus).as_json(),
        }

    def _changes(self) -> list[dict[str, Any]]:
        out = []
        for seniority in ("senior", "junior", ""):
            ways: dict[str, dict[str, ReaderCall]] = {"unaided": {}, "aided": {}}
            for call in self._calls:
                if call.seniority == seniority:
                    ways[call.mode][f"{call.reader}|{_subject(call)}"] = call
            both = [key for key in ways["unaided"] if key in ways["aided"]]
            if not both:
                continue
            unaided, aided = ([ways[mode][key] for key in both] for mode in ("unaided", "aided"))
            before, after = self._cases(unaided, pooled=True), self._cases(aided, pooled=True)
            spent = [
                (b.seconds - a.seconds, fetus)
                for a, b, fetus in zip(unaided, aided, before.fetus, strict=True)
                if a.seconds is not None and b.seconds is not None
            ]
            tests = pair(after, before)
            if any(call.confidence is None for call in (*unaided, *aided)):
                tests["delong"] = None
            out.append(
                {
                    "seniority": seniority,
                    "readers": len({call.reader for call in aided}),
                    "tests": tests,
                    "seconds": mean(
                        np.array([s for s, _ in spent], np.float64), np.array([f for _, f in spent], object)
                    ).as_json(),
                }
            )
        return out

    def _each(self) -> list[dict[str, Any]]:
        out = []
        for reader, seniority, mode in sorted({(c.reader, c.seniority, c.mode) for c in self._calls}):
            mine = [c for c in self._calls if (c.reader, c.mode) == (reader, mode)]
            tests = pair(self._model_on(mine), self._cases(mine, pooled=False))
            if any(call.confidence is None for call in mine):
                tests["delong"] = None
            row = {"reader": reader, "seniority": seniority, "mode": mode} | self._row(mine)
            out.append(row | {"against_model": tests})
        return out

    def _cases(self, calls: Sequence[ReaderCall], *, pooled: bool) -> Cases:
        """A reader's calls as cases; confidence is taken as confidence in the call."""
        at = [(self._model[_level(c)], self._at[_level(c)][_subject(c)]) for c in calls]
        called = np.array([call.call for call in calls], bool)
        sure = np.array([call.confidence or 0.0 for call in calls], np.float64) / 100
        names = [(f"{c.reader}|" if pooled else "") + _subject(c) for c in calls]
        return Cases(
            "reader",
            np.array(names, object),
            np.array([cases.fetus[i] for cases, i in at], object),
            np.array([cases.truth[i] for cases, i in at], bool),
            np.where(called, sure, -sure) + np.where(called, 1e-9, -1e-9),
            called,
            called,
        )

    def _model_on(self, calls: Sequence[ReaderCall]) -> Cases:
        """The model on what these calls are about, each case once."""
        seen = dict.fromkeys((_level(call), _subject(call)) for call in calls)
        at = [(self._model[level], self._at[level][subject]) for level, subject in seen]
        return Cases(
            "reader",
            np.array([subject for _, subject in seen], object),
            np.array([cases.fetus[i] for cases, i in at], object),
            np.array([cases.truth[i] for cases, i in at], bool),
            np.array([cases.score[i] for cases, i in at], np.float64),
            np.array([cases.flagged[i] for cases, i in at], bool),
            np.array([cases.looked[i] for cases, i in at], bool),
        )


def _level(call: ReaderCall) -> str:
    return "exam" if call.exam else "frame"


def _subject(call: ReaderCall) -> str:
    return call.exam or f"{call.file}#{call.frame}"
