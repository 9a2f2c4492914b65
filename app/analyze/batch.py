"""Many recordings, one after the other: what is done already is skipped, what fails is noted and left."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from app.analyze import words
from app.analyze.facts import ModelFacts
from app.analyze.film import FilmWriter
from app.analyze.pictures import KeyPictures
from app.analyze.result import SUMMARY, is_current, result_folder
from app.analyze.rows import RowWriter
from app.analyze.sheet import Sheet
from app.analyze.sources import Failure, Item, folder_names
from app.analyze.summary import SettingsPart, Summary, summary_text
from app.analyze.tally import Origin, Tally
from capture.geometry import Box
from capture.source import FrameSource, SourceError
from inference.analysis import Analysis, Model, Place, Reader
from inference.outputs import EngineError

log = logging.getLogger(__name__)

CSV, PARQUET, FILM, RUN = "frames.csv", "frames.parquet", "annotated.mkv", "run.json"
FAILURES = "failures.csv"


class WriteError(Exception):
    """The results cannot be written: going on to the next recording would fail alike."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of every recording."""

    place: Place | None = None
    film: bool = True
    pictures: bool = True

    def part(self) -> SettingsPart:
        place = self.place
        region = "auto" if place is None else "whole"
        if isinstance(place, Box):
            region = f"{place.x0},{place.y0},{place.x1},{place.y1}"
        return SettingsPart(region=region, film=self.film, pictures=self.pictures)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recording."""

    item: Item
    state: Literal["done", "skipped", "failed"]
    folder: Path | None = None
    message: str = ""
    """Why it failed, in one line."""
    summary: Summary | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What runs the recordings; handed in, so that a test can do without cards, films and models."""

    open_source: Callable[[str], FrameSource]
    engine: Model
    make_reader: Callable[[], Reader]
    facts: ModelFacts
    model_key: str
    """Hash of everything of the model that a result depends on."""
    software: str


class Batch:
    """One run over some recordings into one folder.

    Args:
        tools: what runs them.
        options: what is asked of each.
        out: where results go; made if need be.
        redo: whether results that are there already are made again.
        on_frame: told (frames done, frames expected or None) after each frame.
    """

    def __init__(
        self,
        tools: Tools,
        options: Options,
        out: Path,
        *,
        redo: bool = False,
        on_frame: Callable[[int, int | None], None] = lambda done, total: None,
    ) -> None:
        self._tools = tools
        self._options = options
        self._out = out
        self._redo = redo
        self._on_frame = on_frame

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Each recording's outcome as it comes; a bad recording never stops the rest.

        Raises:
            WriteError: results cannot be written; what was whole before stays.
        """
        for item, name in zip(items, folder_names(items, self._out), strict=True):
            folder = self._out / name
            key = self._input_key(item)
            if not self._redo and is_current(folder, key):
                yield Outcome(item, "skipped", folder)
                continue
            started = time.monotonic()
            try:
                summary = self._one(item, folder, key)
            except (SourceError, EngineError, TimeoutError) as error:
                yield Outcome(item, "failed", message=named(item.name, str(error)))
            except MemoryError:
                yield Outcome(item, "failed", message=f"{item.name}: too large for this machine's memory")
            except OSError as error:
                raise WriteError(f"cannot write to {self._out}: {error.strerror or error}") from error
            except Exception as error:
                log.debug("a recording failed", exc_info=True)
                said = f"{item.name}: failed unexpectedly ({type(error).__name__})"
                yield Outcome(item, "failed", message=said)
            else:
                yield Outcome(item, "done", folder, summary=summary, seconds=time.monotonic() - started)

    def _one(self, item: Item, folder: Path, key: str) -> Summary:
        tools = self._tools
        started_s, began = time.time(), time.monotonic()
        try:
            source = tools.open_source(item.spec)
        except OSError as error:
            raise SourceError(f"cannot be read ({error.strerror or error})") from error
        with (
            Analysis(
                source, tools.engine, tools.make_reader(), place=self._options.place, keep_pictures=False
            ) as run,
            result_folder(folder) as part,
        ):
            tally, files = self._write_rows(run, part, item.name)
            if tally.frames == 0:
                raise SourceError("not one whole frame could be read")
            origin = Origin(item.name, item.bytes, item.source_key, key)
            summary = tally.summary(
                origin, run.info, run.missing, tools.facts, self._options.part(), tools.software, files
            )
            seconds = time.monotonic() - began
            about_run = {
                "source_path": str(Path(item.spec).resolve()) if item.bytes is not None else item.spec,
                "started_s": round(started_s, 3),
                "seconds": round(seconds, 3),
                "frames_per_s": round(tally.frames / seconds, 2),
            }
            (part / RUN).write_text(json.dumps(about_run, indent=2) + "\n", "utf-8")
            (part / SUMMARY).write_text(summary_text(summary), "utf-8")
        return summary

    def _write_rows(self, run: Analysis, part: Path, name: str) -> tuple[Tally, list[str]]:
        facts, options = self._tools.facts, self._options
        about = {
            "statement": words.STANDING,
            "model": f"{facts.name} {facts.version}",
            "sha256": facts.sha256,
        }
        if facts.synthetic:
            about["synthetic_note"] = words.SYNTHETIC
        frames = run.info.frames
        tally, files = Tally(), [CSV, PARQUET, SUMMARY]
        pictures = KeyPictures(part, facts) if options.pictures else None
        film = None
        if options.film:
            said = "\n".join(about.values())
            film = FilmWriter(part / FILM, Sheet(name, facts, frames), said)
        try:
            with RowWriter(part, facts.views, about) as rows:
                for row in run:
                    rows.add(row)
                    tally.add(row)
                    if pictures:
                        pictures.look(row)
                    if film:
                        film.add(row)
                    self._on_frame(tally.frames, frames)
            if pictures:
                pictures.finish()
                files += pictures.files
            if film:
                film.close()
                files.append(FILM)
        except BaseException:
            if film:
                film.abandon()
            raise
        return tally, sorted(files)

    def _input_key(self, item: Item) -> str:
        """Changes with anything that the result depends on."""
        tools = self._tools
        on = [
            item.source_key, item.stamp, tools.model_key, tools.software,
            asdict(tools.facts), self._options.part().model_dump(),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(on, sort_keys=True).encode(errors="surrogateescape")).hexdigest()


class FailureList:
    """`failures.csv` of this run: written line by line, gone where nothing failed."""

    def __init__(self, out: Path) -> None:
        self._path = out / FAILURES
        self._path.unlink(missing_ok=True)

    def add(self, failure: Failure) -> None:
        """Raises OSError where it cannot be written."""
        new = not self._path.exists()
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(("source", "message"))
            writer.writerow((failure.name, failure.message))


def named(name: str, message: str) -> str:
    """One line that begins with the recording's name."""
    line = " ".join(message.split())
    return line if line.startswith(name) else f"{name}: {line}"
