"""Train a network on frames of the phantom: `python -m inference.training.train --preset standin`.

Or on a data set of one's own, with `--data DIR`. Run the same command again to go on after a stop; under
`torchrun` for several GPUs or machines. `docs/training.md` says what a run leaves behind.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch

from capture.source import SourceError
from inference.training import data, site_data
from inference.training.checkpoint import LAST, seen_by
from inference.training.config import TrainConfig
from inference.training.devices import Processes
from inference.training.lessons import KIND_OF, teaching_order
from inference.training.network import PRESETS
from inference.training.run_folder import write_config
from inference.training.trainer import build, train

__all__ = ["KIND_OF", "TrainConfig", "build", "teaching_order", "train"]


def _worker(rank: int, config: TrainConfig, folder: Path) -> None:
    train(config, folder, rank, config.processes)


def prepare(config: TrainConfig, folder: Path) -> None:
    """Make the phantom's frames that a run learns from and is followed by; those already there are kept."""
    makers = max(1, config.processes)
    usual = round(config.train_frames * (1 - config.wide))
    data.generate(folder / "train", usual, config.first_seed, "train", makers, twins=True)
    data.generate(
        folder / "train",
        config.train_frames - usual,
        config.first_seed + usual,
        "wide",
        makers,
        twins=True,
    )
    data.generate(folder / "val", config.validation_frames, config.validation_seed, "train", makers)
    data.load(folder / "train")  # lays it out once, before several processes want it


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    standard = TrainConfig()
    parser = argparse.ArgumentParser(description="Train a network; run again to go on. Research use.")
    parser.add_argument("--preset", choices=sorted(PRESETS), default=standard.preset, help="size (standin)")
    # The second names are for torchrun, which under Python 3.11 takes `--run` and `--start` for its own.
    parser.add_argument(
        "--run", "--run-folder", type=Path, default=Path("runs/standin"), help="folder (runs/standin)"
    )
    parser.add_argument("--minutes", type=float, default=standard.minutes, help="of training (25)")
    parser.add_argument("--epochs", type=float, default=0.0, help="in place of --minutes; the paper's are 50")
    parser.add_argument(
        "--patience",
        type=int,
        help="validations without a better AUC before an early end (8 with --epochs, else never)",
    )
    parser.add_argument("--check-every", type=float, default=standard.check_s, help="seconds (240)")
    parser.add_argument("--positives", type=float, default=0.0, help="share of clefts drawn, such as 0.02")
    parser.add_argument("--variety", type=float, default=1.0, help="of deformation, gain, shadow, grain (1)")
    parser.add_argument("--frames", type=int, default=standard.train_frames, help="of training (14000)")
    parser.add_argument(
        "--wide", type=float, default=standard.wide, help="share of them of the widest range (0.5)"
    )
    parser.add_argument("--validation-frames", type=int, default=standard.validation_frames)
    gpus = torch.cuda.device_count()
    parser.add_argument("--processes", type=int, default=gpus or 2, help="one a GPU, or on the CPU (2)")
    parser.add_argument("--batch", type=int, default=standard.batch, help="in each process (24)")
    parser.add_argument("--rate", type=float, default=standard.rate, help="highest learning rate (0.003)")
    parser.add_argument(
        "--start", "--start-folder", type=Path, help="begin with the averaged weights of this run"
    )
    parser.add_argument("--seed", type=int, default=standard.seed)
    parser.add_argument("--data", type=Path, help="learn from this data set (docs/bring-your-own-data.md)")
    args = parser.parse_args(arguments)
    for name, low, high in (
        ("positives", 0, 0.99),
        ("variety", 0, 2),
        ("epochs", 0, 1e4),
        ("batch", 2, 4096),
        ("rate", 1e-7, 1),
        ("wide", 0, 1),
    ):
        if not low <= getattr(args, name) <= high:
            parser.error(f"--{name}: expected {low} to {high}, got {getattr(args, name)}")
    if args.start and not (args.start / LAST).is_file():
        parser.error(f"--start: expected a run with a saved state, found no {LAST} in {args.start}")
    return args


def main() -> None:
    args = parse()
    config = TrainConfig(
        preset=args.preset,
        minutes=args.minutes,
        epochs=args.epochs,
        patience=(8 if args.epochs else 0) if args.patience is None else args.patience,
        train_frames=args.frames,
        wide=args.wide,
        validation_frames=args.validation_frames,
        processes=args.processes,
        batch=args.batch,
        positives=args.positives,
        variety=args.variety,
        check_s=args.check_every,
        rate=args.rate,
        start=str(args.start or ""),
        start_seen=seen_by(args.start) if args.start else 0,
        seed=args.seed,
    )
    launched = Processes.from_environment()
    if launched is not None:
        config = replace(config, processes=launched.world)
    args.run.mkdir(parents=True, exist_ok=True)
    if launched is None or launched.rank == 0:
        # The others wait for this one where they meet.
        if args.data:
            try:
                name, taught = site_data.prepare_run(args.data, args.run)
            except (SourceError, OSError) as error:
                print(f"philtrum: {error}", file=sys.stderr)
                sys.exit(2)
            config = replace(config, data=name, train_frames=taught)
        else:
            prepare(config, args.run)
        write_config(args.run, config)
    if launched is not None or config.processes == 1:
        train(config, args.run)
    else:
        torch.multiprocessing.spawn(_worker, (config, args.run), nprocs=config.processes)


if __name__ == "__main__":
    main()
