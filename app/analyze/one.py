"""One recording, from file to result; where and how often this runs is others' business."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from app.analyze import words
from app.analyze.facts import ModelFacts
from app.analyze.film import FilmWriter
from app.analyze.pictures import KeyPictures
from app.analyze.result import RUN, SUMMARY, result_folder
from app.analyze.rows import RowWriter
from app.analyze.sheet import Sheet
from app.analyze.sources import Item
from app.analyze.summary import SettingsPart, Summary, summary_text
from app.analyze.tally import Origin, Tally
from capture.geometry import Box
from capture.source import FrameSource, SourceError
from inference.analysis import Analysis, Model, Place, Reader
from inference.outputs import EngineError

log = logging.getLogger(__name__)

CSV, PARQUET, FILM = "frames.csv", "frames.parquet", "annotated.mkv"

OnFrame: TypeAlias = Callable[[int, int | None], None]
"""Told (frames done, frames expected or None) after each frame; what it raises ends the recording."""


class WriteError(Exception):
    """The results cannot be written: going on to the next recording would fail alike."""


class StoppedError(BaseException):
    """The recording in hand was called off; like KeyboardInterrupt it is nobody's to swallow."""


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
class Identity:
    """What makes the scores: the same everywhere that one batch runs."""

    facts: ModelFacts
    model_key: str
    """Hash of everything of the model that a result depends on."""
    software: str


@dataclass(frozen=True, slots=True)
class Tools:
    """What runs the recordings; handed in, so that a test can do without cards, films and models."""

    open_source: Callable[[str], FrameSource]
    engine: Model
    make_reader: Callable[[], Reader]
    facts: ModelFacts
    model_key: str
    software: str

    @property
    def identity(self) -> Identity:
        return Identity(self.facts, self.model_key, self.software)


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to run; goes to other processes and machines as it is."""

    item: Item
    options: Options
    folder: Path
    """Where its result goes."""
    key: str
    """`input_key` of the result."""


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


def analyze_one(tools: Tools, job: Job, on_frame: OnFrame = lambda done, total: None) -> Outcome:
    """Run one recording and put its result in place; a bad recording is an outcome, not an error.

    Raises:
        WriteError: results cannot be written; what was whole before stays.
    """
    item, started = job.item, time.monotonic()
    try:
        summary = _one(tools, job, on_frame)
    except (SourceError, EngineError, TimeoutError) as error:
        said = str(error)
        if item.nameless:
            said = said.replace(item.spec, item.name).replace(Path(item.spec).name, item.name)
        return Outcome(item, "failed", message=named(item.name, said))
    except MemoryError:
        return Outcome(item, "failed", message=f"{item.name}: too large for this machine's memory")
    except OSError as error:
        raise WriteError(f"cannot write to {job.folder.parent}: {error.strerror or error}") from error
    except Exception as error:
        log.debug("a recording failed", exc_info=True)
        said = f"{item.name}: failed unexpectedly ({type(error).__name__})"
        return Outcome(item, "failed", message=said)
    return Outcome(item, "done", job.folder, summary=summary, seconds=time.monotonic() - started)


def _one(tools: Tools, job: Job, on_frame: OnFrame) -> Summary:
    item, options = job.item, job.options
    started_s, began = time.time(), time.monotonic()
    try:
        source = tools.open_source(item.spec)
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror or error})") from error
    with (
        Analysis(source, tools.engine, tools.make_reader(), place=options.place, keep_pictures=False) as run,
        result_folder(job.folder) as part,
    ):
        tally, files = _write_rows(run, part, job, tools.facts, on_frame)
        if tally.frames == 0:
            raise SourceError("not one whole frame could be read")
        origin = Origin(item.name, item.bytes, item.source_key, job.key)
        summary = tally.summary(
            origin, run.info, run.missing, tools.facts, options.part(), tools.software, files
        )
        seconds = time.monotonic() - began
        about_run = {
            "source_path": _where(item),
            "started_s": round(started_s, 3),
            "seconds": round(seconds, 3),
            "frames_per_s": round(tally.frames / seconds, 2),
        }
        (part / RUN).write_text(json.dumps(about_run, indent=2) + "\n", "utf-8")
        (part / SUMMARY).write_text(summary_text(summary), "utf-8")
    return summary


def _where(item: Item) -> str:
    if item.nameless:
        return item.name
    return str(Path(item.spec).resolve()) if item.bytes is not None else item.spec


def _write_rows(
    run: Analysis, part: Path, job: Job, facts: ModelFacts, on_frame: OnFrame
) -> tuple[Tally, list[str]]:
    options = job.options
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
        film = FilmWriter(part / FILM, Sheet(job.item.name, facts, frames), said)
    try:
        with RowWriter(part, facts.views, about) as rows:
            for row in run:
                rows.add(row)
                tally.add(row)
                if pictures:
                    pictures.look(row)
                if film:
                    film.add(row)
                on_frame(tally.frames, frames)
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


def input_key(item: Item, identity: Identity, options: Options) -> str:
    """Changes with anything that the result depends on."""
    on = [
        item.source_key, item.stamp, identity.model_key, identity.software,
        asdict(identity.facts), options.part().model_dump(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(on, sort_keys=True).encode(errors="surrogateescape")).hexdigest()


def named(name: str, message: str) -> str:
    """One line that begins with the recording's name."""
    line = " ".join(message.split())
    return line if line.startswith(name) else f"{name}: {line}"
