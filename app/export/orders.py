"""The order of an exam: which patient of the worklist it was begun for. Never in the exam's own folder.

An exam is pseudonymous; its objects may still go out under the patient's name, if that is asked for. For
so long the order is kept apart, readable by this user alone, and forgotten after a month.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from app.export.patient import Patient, patient_from
from app.refusal import Refusal

KEPT_S = 30 * 86400.0


class Orders:
    """Files named after exams, in a folder of their own."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock

    def keep(self, exam_id: str, patient: Patient) -> None:
        """Remember whose exam it is.

        Raises:
            Refusal: it cannot be written; no value is quoted.
        """
        path = self._path(exam_id)
        fresh = path.with_suffix(".new")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            with os.fdopen(
                os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", -1, "utf-8"
            ) as out:
                json.dump(asdict(patient), out)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(path)
        except OSError as error:
            raise Refusal(f"the order of {exam_id} cannot be kept ({error.strerror})") from error

    def of(self, exam_id: str) -> Patient | None:
        """The patient of an exam; None where none was chosen, or the file is damaged."""
        try:
            return patient_from(json.loads(self._path(exam_id).read_text("utf-8")))
        except (OSError, ValueError, AttributeError, RecursionError):
            return None

    def tidy(self) -> None:
        """Forget what is old."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                with suppress(OSError):
                    if self._clock() - path.stat().st_mtime > KEPT_S:
                        path.unlink()

    def _path(self, exam_id: str) -> Path:
        return self._folder / f"{Path(exam_id).name}.json"


def orders(home: Path) -> Orders:
    """Those of this installation."""
    return Orders(home / "orders")
