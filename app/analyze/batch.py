"""Many recordings: what is done already is skipped, what fails is noted and left; a crew runs them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from app.analyze.one import Identity, Job, OnFrame, Options, Outcome, Tools, analyze_one, input_key
from app.analyze.result import is_current
from app.analyze.sources import Failure, Item, folder_names

FAILURES = "failures.csv"


class CrewError(Exception):
    """Those who should run the recordings cannot; in one line. What is done stays done."""


class Crew(Protocol):
    """Runs recordings: this process, others beside it, or a cluster."""

    def identity(self) -> Identity:
        """What makes the scores.

        Raises:
            CrewError: nobody can run anything.
            Refusal: the model or the provider cannot be used.
        """
        ...

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Each outcome as it comes, in any order; leaving early calls off what is in hand.

        Raises:
            CrewError: those who run them are gone.
            WriteError: results cannot be written.
        """
        ...

    def stop(self) -> None:
        """Let everything go; nothing half made stays."""
        ...


class Here:
    """A crew of one: our own process, one recording after the other."""

    def __init__(self, tools: Tools, on_frame: OnFrame = lambda done, total: None) -> None:
        self._tools = tools
        self.on_frame = on_frame

    def identity(self) -> Identity:
        return self._tools.identity

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        for job in jobs:
            yield analyze_one(self._tools, job, self.on_frame)

    def stop(self) -> None:
        """Nothing to let go."""


class Batch:
    """Runs of recordings into one folder.

    Args:
        crew: who runs them.
        options: what is asked of each.
        out: where results go; made if need be.
        redo: whether results that are there already are made again.
    """

    def __init__(self, crew: Crew, options: Options, out: Path, *, redo: bool = False) -> None:
        self._crew = crew
        self._options = options
        self._out = out
        self._redo = redo

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Each recording's outcome as it comes; a bad recording never stops the rest.

        Raises:
            CrewError: nobody is left to run them.
            WriteError: results cannot be written; what was whole before stays.
        """
        todo = []
        for job in self._jobs(items):
            if self._is_done(job):
                yield Outcome(job.item, "skipped", job.folder)
            else:
                todo.append(job)
        if todo:
            yield from self._crew.run(todo)

    def missing(self, items: Sequence[Item]) -> list[Item]:
        """Those that `run` would run, for whoever has to bring them first.

        Raises:
            CrewError: nobody is there to run them.
        """
        return [job.item for job in self._jobs(items) if not self._is_done(job)]

    def _jobs(self, items: Sequence[Item]) -> Iterator[Job]:
        identity = self._crew.identity()
        for item, name in zip(items, folder_names(items, self._out), strict=True):
            yield Job(item, self._options, self._out / name, input_key(item, identity, self._options))

    def _is_done(self, job: Job) -> bool:
        return not self._redo and is_current(job.folder, job.key)


class FailureList:
    """`failures.csv`: written line by line, in order once `settle`d, gone where nothing failed."""

    def __init__(self, out: Path) -> None:
        self._path = out / FAILURES
        self._path.unlink(missing_ok=True)
        self.entries: list[Failure] = []

    def add(self, failure: Failure) -> None:
        """Raises OSError where it cannot be written."""
        new = not self._path.exists()
        self.entries.append(failure)
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(("source", "message"))
            writer.writerow((failure.name, failure.message))

    def forget(self, source_key: str) -> None:
        """The recording gave a result after all."""
        kept = [entry for entry in self.entries if entry.source_key != source_key]
        if len(kept) < len(self.entries):
            self._rewrite(kept)

    def settle(self, order: Sequence[Item]) -> None:
        """Put the list in the order of the recordings, whoever failed first; other entries lead."""
        rank = {item.source_key: number for number, item in enumerate(order)}
        ordered = sorted(self.entries, key=lambda entry: rank.get(entry.source_key, -1))
        if ordered != self.entries:
            self._rewrite(ordered)

    def _rewrite(self, entries: list[Failure]) -> None:
        self.entries = []
        self._path.unlink(missing_ok=True)
        for entry in entries:
            self.add(entry)
