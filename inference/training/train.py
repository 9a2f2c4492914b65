"""Train a network on frames of the phantom: `python -m inference.training.train --preset standin`.

Or on a data set of one's own, with `--data DIR`.

A run is a folder: data, `config.json`, `log.jsonl` (one line a validation), `last.pt` (resumable), `best.pt`.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn

from capture.phantom.face import NAMES
from capture.source import SourceError
from inference.training import data, site_data
from inference.training.augment import augment
from inference.training.losses import total_loss
from inference.training.metrics import auc
from inference.training.network import PRESETS, CleftNet

MEAN, STD = 0.2, 0.2
CLEAR = 0.15
"""Planes of less quality are not taught from."""
EASY_SHARE = 0.12
"""Of the time, at the beginning, with plain pictures alone."""
CHECK_S = 240.0
"""Between two validations and saved states."""
KIND_OF = np.array([0, 1, 1, 2, 3, 4, -100], np.int64)
"""Of each of `CLEFT_KINDS` the index in the network's `KINDS`; of -1, an unknown one, what losses ignore."""
FAST_BF16 = bool(torch.cpu._is_avx512_bf16_supported())
"""Without the instructions bf16 is emulated, ten times slower than fp32."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """What a run is made with."""

    preset: str = "standin"
    minutes: float = 25.0
    """Of training by the wall; the learning rate falls to zero over it."""
    train_frames: int = 14000
    validation_frames: int = 1000
    first_seed: int = 1_000_000
    processes: int = 2
    batch: int = 24
    """In each process."""
    rate: float = 3e-3
    warm_up_steps: int = 120
    decay: float = 0.03
    ema: float = 0.998
    clip: float = 5.0
    seed: int = 1
    data: str = ""
    """Name of the data set that is learnt from; empty for the phantom's own frames."""


def build(config: TrainConfig) -> CleftNet:
    """The untrained network of a run."""
    torch.manual_seed(config.seed)
    network = CleftNet(PRESETS[config.preset])
    network.to(memory_format=torch.channels_last)
    return network


def sizes_at(share: float) -> tuple[list[int], tuple[float, float]]:
    """Picture sizes to draw from, and the zoom, after a share of the time.

    At first small cut-outs of about full resolution, where the structures are, at a quarter of the cost; at
    the end the whole frame at its working size.
    """
    if share < 0.45:
        return [160], (-0.75, -0.25)
    if share < 0.8:
        return [192, 224], (-0.5, 0.0)
    return [256], (-0.2, 0.1)


def teaching_order(labels: NDArray[Any], *, easy: bool = False) -> NDArray[np.int_]:
    """Frames to teach from: planes with something to see, those with a visible gap twice.

    `easy` leaves out small and faint gaps and poor planes, for the first steps. What is NaN, nobody has said.
    """
    clear = (labels["view"] == 2) | ~(labels["quality"] <= (0.5 if easy else CLEAR))
    if easy:
        clear &= (labels["cleft"] == 0) | (~(labels["contrast"] <= 1.3) & ~(labels["gap_px"] <= 200))
        clear &= labels["judgeable"] == 1
    visible = labels["cleft"] == 1
    return np.concatenate([np.flatnonzero(clear), np.flatnonzero(clear & visible)])


def aims(maps: Tensor, view: Tensor) -> Tensor:
    """(n, 2) in [-1, 1]: the middle of the upper lip or of the ridge; (0, 0) where there is none."""
    shape = maps[:, 1 + NAMES.index("upper_lip")] * (view == 0)[:, None, None]
    shape = shape + maps[:, 1 + NAMES.index("ridge")] * (view == 1)[:, None, None]
    total = shape.sum((1, 2)).clamp(min=1e-3)
    axis = torch.linspace(-1, 1, shape.shape[-1])
    x, y = (shape.sum(1) * axis).sum(1) / total, (shape.sum(2) * axis).sum(1) / total
    return torch.stack([x, y], 1)


def batch_of(
    frames: data.Dataset,
    index: NDArray[np.int_],
    side: int,
    g: torch.Generator,
    gentle: bool,
    zoom: tuple[float, float],
) -> dict[str, Tensor]:
    """An augmented batch, normalised."""
    pictures = torch.from_numpy(frames.pictures[index]).float()[:, None] / 255
    gaps = torch.from_numpy(frames.gaps[index]).float()[:, None] / 255
    maps = torch.cat([gaps, torch.from_numpy(frames.parts[index]).float() / 255], 1)
    labels = frames.labels[index]
    view = torch.from_numpy(labels["view"].astype(np.int64))
    pictures, maps = augment(pictures, maps, side, g, zoom, aims(maps, view), gentle=gentle)
    moved = maps[:, :1]
    batch = {
        name: torch.from_numpy(labels[name].astype(np.float32))
        for name in ("cleft", "judgeable", "quality", "mapped")
    }
    batch["kind"] = torch.from_numpy(KIND_OF[labels["kind"]])
    batch["parts"] = maps[:, 1:].clamp(0, 1)
    batch["view"] = view
    batch["image"] = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
    batch["gap"] = moved.clamp(0, 1)
    # A gap that was moved out of the picture is neither a positive nor a negative.
    lost = moved.mean((1, 2, 3)) < 0.4 * gaps.mean((1, 2, 3))
    batch["judgeable"] *= 1 - lost.float() * batch["cleft"]
    return batch


def predict(network: nn.Module, pictures: NDArray[np.uint8], batch: int = 32) -> list[NDArray[np.float32]]:
    """Outputs in float32 for prepared uint8 pictures (n, 256, 256)."""
    network.eval()
    parts = []
    for at in range(0, len(pictures), batch):
        x = (torch.from_numpy(pictures[at : at + batch]).float()[:, None] / 255 - MEAN) / STD
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=FAST_BF16):
            out = network(x.contiguous(memory_format=torch.channels_last))
        parts.append([o.float().numpy() for o in out])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def validate(network: nn.Module, frames: data.Dataset) -> dict[str, float]:
    """The figures by which a run is followed."""
    cleft, view, quality, heat, *_ = predict(network, frames.pictures)
    labels = frames.labels
    lips = frames.judged()
    peak = heat.reshape(len(heat), -1).argmax(1)
    near = np.asarray(frames.gaps, np.float32).reshape(len(heat), -1)[np.arange(len(heat)), peak] > 25
    clear = (labels["view"] == 2) | ~(labels["quality"] <= 0.3)
    gate = -np.log(np.maximum(np.exp(view[:, 2]) / np.exp(view).sum(1), 1e-9))
    positive = lips & (labels["cleft"] == 1) & frames.gaps.any((1, 2))
    return {
        "auc": auc(labels["cleft"][lips], cleft[lips, 0]),
        "auc_lip": auc(labels["cleft"][lips & (labels["view"] == 0)], cleft[lips & (labels["view"] == 0), 0]),
        "gate_auc": auc((labels["view"][clear] != 2).astype(int), gate[clear]),
        "view_right": float((view.argmax(1) == labels["view"])[clear].mean()),
        "pointing": float(near[positive].mean()),
        "quality_error": float(np.nanmean(np.abs(1 / (1 + np.exp(-quality[:, 0])) - labels["quality"]))),
    }


def train(config: TrainConfig, folder: Path, rank: int, world: int) -> None:
    """One process of a run."""
    torch.set_num_threads(1)
    if world > 1:
        store = distributed.FileStore(str(folder / f"store-{os.getppid()}"), world)
        distributed.init_process_group("gloo", store=store, rank=rank, world_size=world)
    frames = data.load(folder / "train")
    held = data.load(folder / "val") if rank == 0 else None
    network = build(config)
    average = copy.deepcopy(network)
    norms = [p for p in network.parameters() if p.ndim < 2]
    weights = [p for p in network.parameters() if p.ndim >= 2]
    groups = [{"params": weights, "weight_decay": config.decay}, {"params": norms, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=config.rate, betas=(0.9, 0.99))
    lessons = [
        np.random.default_rng(config.seed).permutation(teaching_order(frames.labels, easy=easy))
        for easy in (True, False)
    ]
    if not frames.labels["cleft"][lessons[0]].any():
        lessons[0] = lessons[1]
    step, spent, seen, best = 0, 0.0, 0, 0.0
    last = folder / "last.pt"
    if last.exists():
        state = torch.load(last, weights_only=False)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent, seen, best = state["step"], state["spent"], state["seen"], state["best"]
    chance = np.random.default_rng([config.seed, rank, step])
    generator = torch.Generator().manual_seed(config.seed * 1000 + rank + step * 7)
    order = np.array([], int)
    total = config.minutes * 60
    begun, checked = time.monotonic() - spent, time.monotonic()
    progress = torch.tensor([spent / total])
    while True:
        if rank == 0:
            progress[0] = (time.monotonic() - begun) / total
        if world > 1:
            distributed.broadcast(progress, 0)
        share = float(progress[0])
        if share >= 1:
            break
        if len(order) < config.batch:
            order = chance.permutation(lessons[share > EASY_SHARE][rank::world])
        index, order = order[: config.batch], order[config.batch :]
        sides, zoom = sizes_at(share)
        batch = batch_of(frames, index, int(chance.choice(sides)), generator, gentle=share > 0.92, zoom=zoom)
        network.train()
        for group in optimizer.param_groups:
            group["lr"] = (
                config.rate
                * min(1, (step + 1) / config.warm_up_steps)
                * 0.5
                * (1 + math.cos(math.pi * share))
            )
        with torch.autocast("cpu", torch.bfloat16, enabled=FAST_BF16):
            outputs = network(batch["image"])
        loss = total_loss(outputs, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        _shared_gradient(network, world)
        nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimizer.step()
        _follow(average, network, min(config.ema, (step + 1) / (step + 10)))
        step, seen = step + 1, seen + config.batch * world
        if rank == 0 and held is not None and time.monotonic() - checked > CHECK_S:
            figures: dict[str, Any] = validate(average, held)
            figures |= {
                "share": round(share, 3),
                "step": step,
                "seen": seen,
                "loss": float(loss.detach()),
                "sides": sides,
            }
            best = max(best, figures["auc"])
            with (folder / "log.jsonl").open("a") as log:
                log.write(json.dumps(figures) + "\n")
            print(
                json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}),
                flush=True,
            )
            _save(last, network, average, optimizer, config, step, time.monotonic() - begun, seen, best)
            checked = time.monotonic()
    if rank == 0:
        assert held is not None
        _save(last, network, average, optimizer, config, step, total, seen, best)
        print(json.dumps(validate(average, held)), flush=True)
    if world > 1:
        distributed.destroy_process_group()


def _shared_gradient(network: nn.Module, world: int) -> None:
    """The mean gradient over the processes, in one flat message."""
    if world == 1:
        return
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    distributed.all_reduce(flat)
    flat /= world
    at = 0
    for g in gradients:
        g.copy_(flat[at : at + g.numel()].view_as(g))
        at += g.numel()


def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Move the averaged weights and statistics a little towards the network's."""
    for a, b in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if a.dtype.is_floating_point:
            a.lerp_(b, 1 - keep)
        else:
            a.copy_(b)


def _save(
    path: Path,
    network: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    config: TrainConfig,
    step: int,
    spent: float,
    seen: int,
    best: float,
) -> None:
    state = {
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
        "config": asdict(config),
        "step": step,
        "spent": spent,
        "seen": seen,
        "best": best,
    }
    partial = path.with_suffix(".part")
    torch.save(state, partial)
    partial.replace(path)


def _worker(rank: int, config: TrainConfig, folder: Path) -> None:
    train(config, folder, rank, config.processes)


def main() -> None:
    standard = TrainConfig()
    parser = argparse.ArgumentParser(description="Train a network on the phantom; run again to resume.")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="standin")
    parser.add_argument("--run", type=Path, default=Path("runs/standin"))
    parser.add_argument("--minutes", type=float, default=standard.minutes)
    parser.add_argument("--frames", type=int, default=standard.train_frames)
    parser.add_argument("--processes", type=int, default=standard.processes)
    parser.add_argument("--batch", type=int, default=standard.batch)
    parser.add_argument("--data", type=Path, help="learn from this data set (docs/bring-your-own-data.md)")
    args = parser.parse_args()
    config = TrainConfig(
        preset=args.preset,
        minutes=args.minutes,
        train_frames=args.frames,
        processes=args.processes,
        batch=args.batch,
    )
    args.run.mkdir(parents=True, exist_ok=True)
    if args.data:
        try:
            name, taught = site_data.prepare_run(args.data, args.run)
        except (SourceError, OSError) as error:
            parser.exit(2, f"philtrum: {error}\n")
        config = replace(config, data=name, train_frames=taught)
    (args.run / "config.json").write_text(json.dumps(asdict(config), indent=2) + "\n")
    if not args.data:
        data.generate(
            args.run / "train", config.train_frames, config.first_seed, "train", config.processes, twins=True
        )
        data.generate(
            args.run / "val",
            config.validation_frames,
            config.first_seed + 4_000_000,
            "train",
            config.processes,
        )
    if config.processes == 1:
        train(config, args.run, 0, 1)
    else:
        torch.multiprocessing.spawn(_worker, (config, args.run), nprocs=config.processes)


if __name__ == "__main__":
    main()
