"""`philtrum evaluate DATASET...`: figures of models on labelled pictures, with intervals and controls."""

from __future__ import annotations

import argparse
import importlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import cv2
from tqdm import tqdm

from app.analyze.words import STANDING
from app.home import cache_dir
from app.refusal import Refusal
from capture.source import SourceError
from inference.dataset import DataSet, read_dataset, read_readers
from inference.engine import OnnxEngine
from inference.manifest import ModelRefusedError
from inference.outputs import EngineError
from resources.files import resource_path

if TYPE_CHECKING:
    from inference.evaluation.report import Evaluated

PREVALENCES = (0.0015, 0.01, 0.1)
"""Clefts among fetuses: at screening (1 to 1.5 in 1000), in a referral, in a clinic for clefts."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser(
        "evaluate",
        help=text,
        description="Run models on labelled pictures; write report.html and report.json. " + STANDING,
    )
    parser.add_argument("datasets", nargs="*", type=Path, metavar="DATASET", help="folder with dataset.json")
    parser.add_argument(
        "--model",
        action="append",
        metavar="JSON",
        help="manifest of a model; several are compared in pairs; default: the one that ships",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("evaluation"), metavar="DIR", help="default: evaluation"
    )
    parser.add_argument(
        "--precision", choices=("fp32", "fp16", "int8"), help="default: what suits the provider"
    )
    parser.add_argument("--provider", metavar="KEY", help="such as cuda or cpu; default: the best that works")
    parser.add_argument(
        "--readers", type=Path, metavar="CSV", help="what readers said; default: readers.csv of the data set"
    )
    parser.add_argument(
        "--prevalence",
        nargs="+",
        type=_prevalence,
        default=list(PREVALENCES),
        metavar="P",
        help="for predictive values; default: 0.0015 0.01 0.1",
    )
    parser.add_argument("--threads", type=_threads, metavar="N", help="of the CPU provider")
    parser.add_argument("--controls", action="store_true", help="run the negative controls too")
    parser.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar="DIR",
        help="two folders of earlier reports: test their models against each other, run nothing",
    )


def _prevalence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"expected a prevalence above 0 and below 1, got {text!r}")
    return value


def _threads(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"expected 1 to 256, got {text!r}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0 when the report is there."""
    if bool(args.datasets) == bool(args.compare):
        raise Refusal("expected folders of data sets, or --compare with two folders of reports")
    _need_libraries()
    cv2.setNumThreads(1)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        return _compare(args) if args.compare else _evaluate(args)
    except SourceError as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"{error.filename or args.out}: {error.strerror or error}") from error


def _need_libraries() -> None:
    """They come with an extra: whoever only scans does without them."""
    for name in ("scipy", "sklearn", "statsmodels", "matplotlib"):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise Refusal(
                f"{error.name} is missing; get it with: pip install 'philtrum[evaluation]'"
            ) from error


def _evaluate(args: argparse.Namespace) -> int:
    from inference.evaluation import report as reports
    from inference.evaluation.run import set_key

    data_sets = [read_dataset(folder) for folder in args.datasets]
    if args.readers is not None and len(data_sets) > 1:
        raise Refusal("expected one data set with --readers, got several")
    readers = [read_readers(data, args.readers) for data in data_sets]
    shipped = str(resource_path("models", "philtrum-standin.json"))
    engines = [_engine(args, path) for path in args.model or [shipped]]
    parts = []
    for data, calls in zip(data_sets, readers, strict=True):
        done: list[Evaluated] = []
        key = set_key(data)
        for engine in engines:
            with _Progress(f"{data.name}, {engine.status.model}") as progress:
                try:
                    result = reports.evaluate(
                        data,
                        engine,
                        args.out,
                        key=key,
                        prevalences=args.prevalence,
                        with_controls=args.controls,
                        readers=calls,
                        tell=progress.tell,
                    )
                except EngineError as error:
                    raise Refusal(f"{engine.status.model}: {error}") from error
            done.append(result)
            print(_line(data, result.report), flush=True)
        parts.append(reports.data_report(data, key, done))
    _write(args.out, reports.whole(parts, STANDING, _software(), args.prevalence))
    return 0


def _engine(args: argparse.Namespace, path: str) -> OnnxEngine:
    try:
        return OnnxEngine.load(
            path,
            providers=[args.provider] if args.provider else None,
            precision=args.precision,
            cache_dir=cache_dir() / "engines",
            threads=args.threads,
        )
    except (ModelRefusedError, EngineError, ValueError, FileNotFoundError) as error:
        raise Refusal(" ".join(str(error).split())) from error


def _write(out: Path, report: dict[str, Any]) -> None:
    from inference.evaluation.page import page
    from inference.evaluation.plots import plots_of
    from inference.evaluation.report import write_json

    plots = {
        (i, j): plots_of(model, data["synthetic"] or model["synthetic"])
        for i, data in enumerate(report["data_sets"])
        for j, model in enumerate(data["models"])
    }
    folder = out / "plots"
    folder.mkdir(exist_ok=True)
    for (i, j), drawn in plots.items():
        for name, svg in drawn.items():
            (folder / f"{name}-{i + 1}-{j + 1}.svg").write_text(svg, "utf-8")
    write_json(out / "report.json", report)
    partial = out / "report.html.part"
    partial.write_text(page(report, plots), "utf-8")
    partial.replace(out / "report.html")
    print(f"{out / 'report.html'}, report.json")


def _line(data: DataSet, model: dict[str, Any]) -> str:
    """What goes to the terminal: the areas, and the figures at the flag point."""
    kind = ", synthetic phantom" if data.synthetic or model["synthetic"] else ""
    out = [f"{data.name}{kind}; {model['name']} {model['version']} {model['precision']}:"]
    for name in ("frame", "view", "fetus"):
        level = model["levels"][name]
        if level is not None:
            auc = _short(level["auc"], 3)
            sens, spec = (_short(level["flag"][each], 3) for each in ("sensitivity", "specificity"))
            out.append(f"  {name} level, n {level['n']}: AUC {auc}, sensitivity {sens}, specificity {spec}")
    for name, control in (model["controls"] or {}).items():
        words = name.replace("_", " ")
        if "not_run" in control:
            out.append(f"  control, {words}: not run ({control['not_run']})")
        else:
            said = "as it should" if control["as_it_should"] else "NOT as it should"
            out.append(f"  control, {words}: AUC {_short(control['auc'], 3)}, {said}")
    return "\n".join(out)


def _short(figure: dict[str, Any], digits: int) -> str:
    if figure["value"] is None:
        return "none"
    return f"{figure['value']:.{digits}f} ({figure['low']:.{digits}f} to {figure['high']:.{digits}f})"


def _compare(args: argparse.Namespace) -> int:
    """Paired tests of two earlier reports, on the data sets that both have."""
    from inference.evaluation.markup import p_value
    from inference.evaluation.report import FORMAT, label, pair_levels, read_cases, write_json

    first, second = ((_folder(path), _report(path, FORMAT)) for path in args.compare)
    pairs = []
    for data, other in ((a, b) for a in first[1]["data_sets"] for b in second[1]["data_sets"]):
        if data["key"] != other["key"]:
            continue
        for one in data["models"]:
            for two in other["models"]:
                if one["sha256"] == two["sha256"] and one["operating_points"] == two["operating_points"]:
                    continue
                try:
                    tests = pair_levels(
                        read_cases(first[0] / one["cases"]), read_cases(second[0] / two["cases"])
                    )
                except ValueError as error:
                    raise Refusal(str(error)) from error
                pairs.append({"data_set": data["name"], "first": label(one), "second": label(two)} | tests)
    if not pairs:
        raise Refusal("expected two reports of different models on the same data set, got none in common")
    write_json(args.out / "compare.json", {"format": FORMAT, "notice": STANDING, "pairs": pairs})
    for each in pairs:
        print(f"{each['data_set']}: {each['first']} against {each['second']}")
        for level, tests in each["levels"].items():
            d = tests["delong"]
            auc = (
                f"AUC {d['difference']:+.4f} ({d['low']:+.4f} to {d['high']:+.4f}), p {p_value(d['p'])}; "
                if d
                else ""
            )
            calls = ", ".join(f"{n} p {p_value(tests[n]['p'])}" for n in ("sensitivity", "specificity"))
            print(f"  {level} level, n {tests['n']}: {auc}{calls}")
    print(args.out / "compare.json")
    return 0


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _report(path: Path, format_: str) -> dict[str, Any]:
    file = _folder(path) / "report.json"
    try:
        report = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Refusal(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise Refusal(f"{file}: expected a report in JSON, got something else") from error
    if not isinstance(report, dict) or report.get("format") != format_:
        raise Refusal(f"{file}: expected a report of philtrum evaluate ({format_})")
    return report


class _Progress:
    """A bar on a terminal, nothing elsewhere; one for the frames and for each control."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._part = ""
        self._bar: tqdm[NoReturn] | None = None
        tqdm.monitor_interval = 0  # no thread that outlives the bar

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell(self, part: str, done: int, total: int) -> None:
        if self._bar is None or part != self._part:
            if self._bar is not None:
                self._bar.close()
            words = self._label if part == "frames" else f"{self._label}, {part.replace('-', ' ')}"
            self._bar, self._part = (
                tqdm(total=total, desc=words, unit=" frames", leave=False, disable=None),
                part,
            )
        self._bar.update(done - self._bar.n)


def _software() -> str:
    try:
        return f"philtrum {version('philtrum')}"
    except PackageNotFoundError:
        return "philtrum"
