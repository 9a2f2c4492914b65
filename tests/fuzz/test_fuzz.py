"""Damaged input of every kind: refused in one line or read as far as it goes; no traceback, no hang.

A few fixed examples of each run with all tests. The long form, `PHILTRUM_FUZZ_S` seconds (600) for each kind:

    pytest tests/fuzz -m fuzz [-k dicom]
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import TARGETS, Target

FEW = {"manifest": 12, "settings": 40, "exam": 12, "dicom": 40, "openigtlink": 40}
"""Examples in the default run: about half a second each."""
MANY = 400
"""Examples between looks at the clock in the long form."""
LONGEST_PRINT = 2_000
LONGEST_CPU_S = 10.0
"""What one example may take of the processor; most take a few ms."""


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(os, "fsync", lambda fd: None)
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


class Drawn:
    """One example; hypothesis prints it when it fails."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        text = repr(self.value)
        return text if len(text) < LONGEST_PRINT else f"{text[:LONGEST_PRINT]}... ({len(text)} letters)"


def checked(target: Target, lasting: Path, examples: int, start: int | None) -> Callable[[], None]:
    """A run of hypothesis over one target; `start` is the seed, None for the same examples each time."""
    calm = settings(
        max_examples=examples, deadline=None, database=None, derandomize=start is None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate] if start is None else tuple(Phase),
    )  # fmt: skip

    def one(drawn: Drawn) -> None:
        with tempfile.TemporaryDirectory(dir=lasting) as folder:
            began = time.process_time()
            target.check(Path(folder), drawn.value)
            assert time.process_time() - began < LONGEST_CPU_S, "it takes too long"

    made = lasting / "good"
    made.mkdir(exist_ok=True)
    run: Callable[[], None] = calm(given(target.made(made).map(Drawn))(one))
    return run if start is None else seed(start)(run)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_damage_is_refused_in_one_line(target: Target, tmp_path: Path) -> None:
    checked(target, tmp_path, FEW[target.name], None)()


@pytest.mark.fuzz
@pytest.mark.timeout(0)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_damage_is_refused_in_one_line_for_minutes(target: Target, tmp_path: Path) -> None:
    seconds = float(os.environ.get("PHILTRUM_FUZZ_S", "600"))
    until, start = time.monotonic() + seconds, time.time_ns() % 2**32
    runs = 0
    while time.monotonic() < until:
        checked(target, tmp_path, MANY, start + runs)()
        runs += 1
    print(json.dumps({"target": target.name, "seconds": seconds, "examples": runs * MANY, "seed": start}))
