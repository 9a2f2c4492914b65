"""`philtrum analyze SOURCE... --out DIR`: every frame of recordings, results and annotated film."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from app.analyze import words
from app.analyze.batch import Batch, Crew, CrewError, FailureList, Here
from app.analyze.facts import ModelFacts
from app.analyze.lock import FolderInUseError, one_run_in
from app.analyze.loops import write_loops
from app.analyze.one import Options, Outcome, Tools, WriteError
from app.analyze.pacs_query import PacsQuery, is_query, parse_query
from app.analyze.processes import Processes, default_workers
from app.analyze.progress import Progress
from app.analyze.sources import Failure, Item, find
from app.analyze.watch import Watch
from app.home import cache_dir
from app.pacs_settings import PacsSettings, load_pacs_settings
from app.refusal import Refusal
from capture.geometry import Box
from inference.analysis import Place
from inference.engine import OnnxEngine
from inference.evidence import EvidenceReader
from inference.manifest import ModelRefusedError, Precision
from inference.outputs import EngineError
from inference.providers import cpu_threads, usable_cores
from resources.files import resource_path

if TYPE_CHECKING:
    from app.analyze.pacs_archive import PacsLoops

DONE, SOME_FAILED, NOTHING_DONE = 0, 1, 2
MOST_WORKERS = 256
MANY = 1_000_000
"""Recordings to be expected of a watched folder."""
LOOK_EVERY_S = 5.0
LOOK_SHARE = 10.0
"""A watched folder that takes long to look into is left alone for ten times as long."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser(
        "analyze",
        help=text,
        description="Run every frame of recordings; write rows, summary, key pictures and film. "
        + words.STANDING,
    )
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="film, picture, DICOM file, folder of pictures (one loop), folder of recordings, or a query of "
        "a PACS such as 'pacs:NAME?modality=US&since=2026-11-01'",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where results go")
    parser.add_argument("--model", metavar="JSON", help="manifest of the model; default: the one that ships")
    parser.add_argument("--provider", metavar="KEY", help="such as cuda or cpu; default: the best that works")
    parser.add_argument(
        "--precision", choices=("fp32", "fp16", "int8"), help="default: what suits the provider"
    )
    parser.add_argument(
        "--region",
        type=region,
        metavar="x0,y0,x1,y1",
        help="where the scan lies, in pixels of the displayed picture, or 'whole'; default: searched for",
    )
    parser.add_argument("--no-film", action="store_true", help="write no annotated film")
    parser.add_argument("--no-pictures", action="store_true", help="write no key pictures")
    parser.add_argument(
        "--workers",
        type=workers,
        metavar="N",
        help="worker processes; 0: none, in this process; default: by cores and memory",
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="have a Dask cluster run them, such as tcp://host:8786"
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="sources are folders: run what comes to lie there, once it has stopped growing, until Ctrl-C",
    )
    parser.add_argument("--redo", action="store_true", help="make results again that are there already")


def workers(text: str) -> int:
    """The argument of --workers.

    Raises:
        argparse.ArgumentTypeError: it is no such number.
    """
    if not text.isdecimal() or int(text) > MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"expected 0 to {MOST_WORKERS}, got {text!r}")
    return int(text)


def region(text: str) -> Place:
    """The argument of --region.

    Raises:
        argparse.ArgumentTypeError: it is not a box.
    """
    if text == "whole":
        return "whole"
    try:
        x0, y0, x1, y1 = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected x0,y0,x1,y1 or whole, got {text!r}") from None
    if not (0 <= x0 < x1 and 0 <= y0 < y1):
        raise argparse.ArgumentTypeError(f"expected 0 <= x0 < x1 and 0 <= y0 < y1, got {text!r}")
    return Box(x0, y0, x1, y1)


def run(args: argparse.Namespace) -> int:
    """0 all done, 1 some failed, 2 nothing could be done."""
    out: Path = args.out
    folders = _watched(args) if args.watch else []
    queries = [parse_query(source) for source in args.sources if is_query(source)]
    local = [source for source in args.sources if not is_query(source)]
    items, failures = ([], []) if args.watch else find(local, out)
    for failure in failures:
        print(failure.message, file=sys.stderr)
    if not items and not queries and not args.watch:
        return NOTHING_DONE
    settings = load_pacs_settings() if queries else PacsSettings()
    for query in queries:
        settings.one_for("query", query.peer or None)
    options = Options(args.region, film=not args.no_film, pictures=not args.no_pictures)
    cv2.setNumThreads(1)  # decoding and the model have a core each
    try:
        out.mkdir(parents=True, exist_ok=True)
        with one_run_in(out):
            run = Run(_crew(args, MANY if queries else len(items)), options, out, args.redo)
            try:
                if args.watch:
                    return watch(run, Watch(folders, out, time.monotonic))
                return run.all_of(items, failures, _pacs_loops(settings, queries, out))
            finally:
                run.crew.stop()
    except (FolderInUseError, CrewError) as error:
        raise Refusal(str(error)) from error
    except (WriteError, OSError) as error:
        raise Refusal(_said(error, out)) from error


def _watched(args: argparse.Namespace) -> list[Path]:
    if args.redo:
        raise Refusal("--watch goes on where it stopped: leave --redo out")
    if any(is_query(source) for source in args.sources):
        raise Refusal(
            "--watch: expected folders, got a query of a PACS; have the PACS send, and `pacs listen`"
        )
    folders = [Path(source) for source in args.sources]
    for folder in folders:
        if not folder.is_dir():
            raise Refusal(f"--watch: expected a folder, got {folder.name or folder}")
    return folders


def _pacs_loops(settings: PacsSettings, queries: Sequence[PacsQuery], out: Path) -> list[PacsLoops]:
    if not queries:
        return []
    from app.analyze.pacs_archive import open_loops  # the network's libraries take a second to load

    return [open_loops(settings, query, out) for query in queries]


def _crew(args: argparse.Namespace, recordings: int) -> Crew:
    """Who runs the recordings; one recording needs nobody else."""
    if args.scheduler:
        if args.workers is not None:
            raise Refusal("expected --workers or --scheduler, got both: the cluster has its own workers")
        from app.analyze.cluster import Cluster

        model = args.model and str(Path(args.model).absolute())
        make_tools = partial(load_tools, model, args.provider, args.precision, threads=1)
        return Cluster(args.scheduler, make_tools, args.out)
    workers: int | None = args.workers
    if workers is None:
        many = MANY if args.watch else recordings
        workers = default_workers(many) if many > 1 else 0
    if workers == 0:
        return Here(load_tools(args.model, args.provider, args.precision))
    make_tools = partial(
        load_tools, args.model, args.provider, args.precision, threads=cpu_threads(usable_cores() // workers)
    )
    return Processes(make_tools, workers)


class Run:
    """What one call of the command does, said line by line as it comes."""

    def __init__(self, crew: Crew, options: Options, out: Path, redo: bool = False) -> None:
        self.crew = crew
        self._batch = Batch(crew, options, out, redo=redo)
        self._out = out
        self._noted = FailureList(out)
        self._good = 0

    def all_of(
        self, items: list[Item], failures: Sequence[Failure], archives: Sequence[PacsLoops] = ()
    ) -> int:
        """Run the recordings; the exit status."""
        for failure in failures:
            self._noted.add(failure)
        order = list(items)
        try:
            if items:
                self.some(items)
            for archive in archives:
                self._archive(archive, order)
        finally:
            self._noted.settle(order)
            self._list()
        bad = len(self._noted.entries)
        if archives or len(items) + len(failures) > 1:
            print(self.words())
        if not bad and (self._good or not archives):
            return DONE
        return SOME_FAILED if self._good else NOTHING_DONE

    def _archive(self, archive: PacsLoops, order: list[Item]) -> None:
        """Run what a PACS has, a few recordings at a time; `order` grows by them."""
        before = len(order) + len(self._noted.entries)
        try:
            for batch in archive.batches():
                self._note(batch.failures)
                missing = self._batch.missing(batch.items)
                order += batch.items
                with archive.brought(missing) as (here, failures):
                    self._note(failures)
                    lost = {failure.source_key for failure in failures}
                    self.some(
                        [here.get(it.source_key, it) for it in batch.items if it.source_key not in lost]
                    )
            if len(order) + len(self._noted.entries) == before:
                print(f"{archive.name}: there is no recording of this query", file=sys.stderr)
        finally:
            archive.close()

    def _note(self, failures: Sequence[Failure]) -> None:
        for failure in failures:
            self._noted.add(failure)
            print(failure.message, file=sys.stderr, flush=True)

    def some(self, items: list[Item], *, quiet: bool = False) -> None:
        """Run some recordings; quiet: say nothing of those that were done before."""
        here = isinstance(self.crew, Here)
        with Progress(len(items), together=not here) as progress:
            if isinstance(self.crew, Here):
                self.crew.on_frame = progress.frame
            for outcome in self._batch.run(items):
                item = outcome.item
                self._noted.forget(item.source_key)
                if outcome.state == "failed":
                    self._noted.add(Failure(item.name, outcome.message, item.source_key))
                    progress.say(outcome.message, sys.stderr)
                else:
                    self._good += 1
                    if not (quiet and outcome.state == "skipped"):
                        progress.say(_line(outcome), sys.stdout)
                progress.next()

    def watched(self, items: list[Item]) -> None:
        """Run what has settled, and bring the table up to date."""
        try:
            self.some(items, quiet=True)
        finally:
            self._list()

    def words(self) -> str:
        bad = len(self._noted.entries)
        failed = f", {bad} failed: see failures.csv" if bad else ""
        return f"{self._good} of {self._good + bad} done{failed}"

    def status(self) -> int:
        return SOME_FAILED if self._noted.entries else DONE

    def _list(self) -> None:
        write_loops(self._out, self._noted.entries)


def watch(
    run: Run,
    watch: Watch,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], object] = time.sleep,
) -> int:
    """Run what comes to lie in folders until Ctrl-C, which is how this ends well."""
    print("watching; Ctrl-C ends", flush=True)
    away: tuple[Path, ...] = ()
    try:
        while True:
            began = clock()
            items = watch.look()
            looked_s = clock() - began
            for folder in watch.away:
                if folder not in away:
                    print(f"{folder.name}: cannot be looked into; waiting for it", file=sys.stderr)
            away = watch.away
            if items:
                run.watched(items)
            pause(max(LOOK_EVERY_S, LOOK_SHARE * looked_s))
    except KeyboardInterrupt:
        print(run.words())
    return run.status()


def load_tools(
    model: str | None, provider: str | None, precision: Precision | None, threads: int | None = None
) -> Tools:
    """The engine and all that goes with it; `threads` of the model on the CPU, None: by the cores.

    Raises:
        Refusal: the model or the provider cannot be used.
    """
    from capture.open import open_source

    try:
        path = Path(model) if model else resource_path("models", "philtrum-standin.json")
        engine = OnnxEngine.load(
            path,
            providers=[provider] if provider else None,
            precision=precision,
            cache_dir=cache_dir() / "engines",
            threads=threads,
        )
    except (ModelRefusedError, EngineError, ValueError, FileNotFoundError) as error:
        raise Refusal(" ".join(str(error).split())) from error
    manifest = engine.manifest
    return Tools(
        open_source=open_source,
        engine=engine,
        make_reader=lambda: EvidenceReader(manifest),
        facts=facts_of(engine),
        model_key=hashlib.sha256(manifest.model_dump_json(by_alias=True).encode()).hexdigest(),
        software=f"philtrum {_version()}",
    )


def facts_of(engine: OnnxEngine) -> ModelFacts:
    manifest, status = engine.manifest, engine.status
    points, heat = manifest.operating_points, manifest.outputs.heatmap
    return ModelFacts(
        name=status.model,
        version=status.version,
        sha256=status.sha256,
        precision=status.precision,
        provider=status.provider,
        synthetic=status.synthetic,
        views=tuple(view.name for view in manifest.views),
        look_again=points.look_again,
        flag=points.flag,
        release=points.release,
        heat_threshold=heat.threshold if heat else 0.5,
    )


def _line(outcome: Outcome) -> str:
    if outcome.state == "skipped" or outcome.summary is None:
        return f"{outcome.item.name}: done before"
    summary = outcome.summary
    frames, flags = _count(summary.frames, "frame"), _count(len(summary.flags), "flag")
    rate = f"{summary.frames / outcome.seconds:.0f} frames/s" if outcome.seconds else ""
    missing = f"; {summary.source.missing}" if summary.source.missing else ""
    return (
        f"{outcome.item.name}: {frames}, {flags}; {summary.verdict_words}{missing}"
        f" -> {outcome.folder} ({rate})"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _said(error: Exception, out: Path) -> str:
    if isinstance(error, OSError):
        return f"cannot write to {out}: {error.strerror or error}"
    return str(error)


def _version() -> str:
    try:
        return version("philtrum")
    except PackageNotFoundError:
        return "0"
