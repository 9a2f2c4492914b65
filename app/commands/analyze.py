"""`philtrum analyze SOURCE... --out DIR`: every frame of recordings, results and annotated film."""

from __future__ import annotations

import argparse
import hashlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn, TextIO

import cv2
from tqdm import tqdm

from app.analyze import words
from app.analyze.batch import Batch, FailureList, Options, Outcome, Tools, WriteError
from app.analyze.facts import ModelFacts
from app.analyze.lock import FolderInUseError, one_run_in
from app.analyze.sources import Failure, Item, find
from app.home import cache_dir
from app.refusal import Refusal
from capture.geometry import Box
from inference.analysis import Place
from inference.engine import OnnxEngine
from inference.evidence import EvidenceReader
from inference.manifest import ModelRefusedError, Precision
from inference.outputs import EngineError
from resources.files import resource_path

DONE, SOME_FAILED, NOTHING_DONE = 0, 1, 2


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
        help="film, picture, DICOM file, folder of pictures (one loop), or folder of recordings",
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
    parser.add_argument("--redo", action="store_true", help="make results again that are there already")


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
    items, failures = find(args.sources, out)
    for failure in failures:
        print(failure.message, file=sys.stderr)
    if not items:
        return NOTHING_DONE
    tools = load_tools(args.model, args.provider, args.precision)
    cv2.setNumThreads(1)  # decoding and the model have a core each
    options = Options(args.region, film=not args.no_film, pictures=not args.no_pictures)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with one_run_in(out):
            return _run(items, failures, tools, options, out, args.redo)
    except FolderInUseError as error:
        raise Refusal(str(error)) from error
    except (WriteError, OSError) as error:
        raise Refusal(_said(error, out)) from error


def _run(
    items: list[Item], failures: list[Failure], tools: Tools, options: Options, out: Path, redo: bool
) -> int:
    noted = FailureList(out)
    for failure in failures:
        noted.add(failure)
    good, bad = 0, len(failures)
    with _Progress(len(items)) as progress:
        batch = Batch(tools, options, out, redo=redo, on_frame=progress.frame)
        for outcome in batch.run(items):
            if outcome.state == "failed":
                bad += 1
                noted.add(Failure(outcome.item.name, outcome.message))
                progress.say(outcome.message, sys.stderr)
            else:
                good += 1
                progress.say(_line(outcome), sys.stdout)
            progress.next()
    if len(items) + len(failures) > 1:
        print(f"{good} of {good + bad} done" + (f", {bad} failed: see failures.csv" if bad else ""))
    if not bad:
        return DONE
    return SOME_FAILED if good else NOTHING_DONE


def load_tools(model: str | None, provider: str | None, precision: Precision | None) -> Tools:
    """The engine and all that goes with it.

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


class _Progress:
    """A bar on a terminal, nothing elsewhere: frames of the recording at hand, recordings done before it."""

    def __init__(self, recordings: int) -> None:
        self._recordings = recordings
        self._done = 0
        self._bar: tqdm[NoReturn] | None = None
        tqdm.monitor_interval = 0  # no thread that outlives the bar

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def frame(self, done: int, total: int | None) -> None:
        if self._bar is None:
            label = f"{self._done + 1}/{self._recordings}" if self._recordings > 1 else None
            self._bar = tqdm(
                total=total, desc=label, unit=" frames", leave=False, disable=None, file=sys.stderr
            )
        self._bar.update(done - self._bar.n)

    def say(self, line: str, stream: TextIO) -> None:
        self._close()
        print(line, file=stream, flush=True)

    def next(self) -> None:
        self._done += 1
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


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
