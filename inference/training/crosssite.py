"""Cross-site evaluation: `python -m inference.training.crosssite --data DIR --folds 5 --minutes M`.

Every site stands in one fold. For each fold a network learns from the fetuses of the others (a part of them
validates and calibrates it), is exported, and judged on the fold's sites by the functions of `philtrum
evaluate`. A stopped run goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import torch
from tqdm import tqdm

from capture.source import SourceError
from inference.dataset import DataSet, LabelRow, read_dataset
from inference.dataset.splits import check_leak, fold_rows
from inference.engine import OnnxEngine
from inference.evaluation.report import evaluate
from inference.evaluation.run import set_key
from inference.training import train
from inference.training.crosssite_table import write_tables
from inference.training.network import PRESETS
from inference.training.site_data import Shard, fill_run, prepare_shards, shards_of
from inference.training.site_export import export_site

PREVALENCES = (0.0015, 0.01, 0.1)
SETTINGS = "crosssite.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made with; a run can only be gone on with under the same plan."""

    data: str
    pictures: int
    prepared: str
    """Changes with any label or picture."""
    folds: int
    seed: int
    minutes: float
    preset: str
    batch: int


def sites_of(folds: Sequence[Sequence[LabelRow]]) -> list[frozenset[str]]:
    """The sites of each fold."""
    return [frozenset(row.site for row in fold) for fold in folds]


def check_pictures(shards: Sequence[Shard], sites: Sequence[frozenset[str]]) -> None:
    """No fetus, site, file or picture may stand in two folds; pictures are compared as the network is fed.

    Raises:
        LeakError: one does.
    """
    digests = {
        (row.file, row.frame): digest
        for shard in shards
        for row, digest in zip(shard.rows, shard.digests, strict=True)
    }
    parts = [[row for shard in shards if shard.site in fold for row in shard.rows] for fold in sites]
    check_leak(parts, sites=True, digest=lambda row: digests[row.file, row.frame])


def run_fold(
    labelled: DataSet, shards: Sequence[Shard], held: frozenset[str], plan: Plan, folder: Path
) -> dict[str, Any]:
    """Train without the sites in `held`, evaluate on them; returns the report of `evaluate`."""
    done = folder / "report.json"
    if done.exists():
        report: dict[str, Any] = json.loads(done.read_text("utf-8"))
        return report
    run = folder / "run"
    taught = [shard for shard in shards if shard.site not in held]
    fill_run(labelled, taught, run)
    config = train.TrainConfig(
        preset=plan.preset,
        minutes=plan.minutes,
        train_frames=sum(len(shard.rows) for shard in taught),
        processes=1,
        batch=plan.batch,
        seed=plan.seed + 1,
    )
    train.train(config, run, 0, 1)
    manifest = export_site(run, folder / "model", folder.name, fp32_only=True)
    engine = OnnxEngine.load(manifest, providers=["cpu"], threads=1)
    judged = replace(labelled, rows=tuple(row for row in labelled.rows if row.site in held))
    with tqdm(total=len(judged.rows), unit="picture", desc=folder.name, disable=None) as bar:

        def tell(_part: str, count: int, _total: int) -> None:
            bar.update(count - bar.n)

        found = evaluate(
            judged, engine, folder / "answers", key=set_key(judged), prevalences=PREVALENCES, tell=tell
        )
    _write(done, found.report)
    return found.report


def cross_site(
    data: Path, out: Path, *, folds: int, minutes: float, preset: str, batch: int, seed: int
) -> Path:
    """Everything; returns the path of the table.

    Raises:
        SourceError: the data set is wrong, leaks, or `out` holds a run under another plan.
        ValueError: a fold has too few fetuses to learn from or to be calibrated on.
    """
    labelled = read_dataset(data)
    dealt = sites_of(fold_rows(labelled.rows, folds, "site", seed))
    shards = shards_of(labelled, out / "prepared", seed)
    plan = Plan(
        data=labelled.name,
        pictures=len(labelled.rows),
        prepared=shards[0].path.parent.name,
        folds=folds,
        seed=seed,
        minutes=minutes,
        preset=preset,
        batch=batch,
    )
    _begin(out, plan)
    prepare_shards(labelled, shards)
    check_pictures(shards, dealt)
    reports = []
    for number, held in enumerate(dealt):
        folder = out / f"fold-{number + 1}"
        folder.mkdir(exist_ok=True)
        (folder / "answers").mkdir(exist_ok=True)
        reports.append(run_fold(labelled, shards, held, plan, folder))
    return write_tables(out, labelled, dealt, reports)


def _begin(out: Path, plan: Plan) -> None:
    """Start a folder, or make sure that it was begun under the same plan."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / SETTINGS
    wanted = {name: getattr(plan, name) for name in Plan.__slots__}
    if not path.exists():
        _write(path, wanted)
        return
    there = json.loads(path.read_text("utf-8"))
    for name, value in wanted.items():
        if there.get(name) != value:
            raise SourceError(
                f"{path}: was begun with {name} {there.get(name)}, got {value}; name another folder"
            )


def _write(path: Path, content: Any) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    unfinished.replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Train and evaluate across sites; run again to resume. Research and training use."
    )
    parser.add_argument("--data", type=Path, required=True, help="data set folder")
    parser.add_argument("--out", type=Path, default=Path("runs/crosssite"), help="(runs/crosssite)")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=45.0, help="of training, for each fold (45)")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="standin", help="size of the network")
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0, help="other folds for another number (0)")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    tqdm.monitor_interval = 0
    try:
        table = cross_site(
            args.data,
            args.out,
            folds=args.folds,
            minutes=args.minutes,
            preset=args.preset,
            batch=args.batch,
            seed=args.seed,
        )
    except (SourceError, ValueError, OSError) as error:
        print(f"philtrum: {error}", file=sys.stderr)
        return 2
    print(table.read_text("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
