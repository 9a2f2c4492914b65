"""The loop of a run."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from inference.training import checkpoint, data
from inference.training.config import TrainConfig
from inference.training.devices import Device, Processes
from inference.training.lessons import batch_of, drawn, teaching_order
from inference.training.losses import total_loss
from inference.training.network import PRESETS, CleftNet
from inference.training.run_folder import RunFolder
from inference.training.schedule import EASY_SHARE, GENTLE_SHARE, EarlyStop, rate_at, share_done, sizes_at
from inference.training.validation import validate


def build(config: TrainConfig) -> CleftNet:
    """The untrained network of a run."""
    torch.manual_seed(config.seed)
    network = CleftNet(PRESETS[config.preset])
    network.to(memory_format=torch.channels_last)
    return network


def build_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """AdamW; norms and biases do not decay."""
    norms = [p for p in network.parameters() if p.ndim < 2]
    weights = [p for p in network.parameters() if p.ndim >= 2]
    groups = [{"params": weights, "weight_decay": config.decay}, {"params": norms, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.rate, betas=(0.9, 0.99))


def train(config: TrainConfig, folder: Path, rank: int = 0, world: int = 1) -> None:
    """One process of a run whose frames lie in the folder's `train` and `val`; goes on from `last.pt`."""
    here = Processes.from_environment() or Processes(rank, world)
    device = Device.best(here.rank)
    if not device.is_gpu:
        torch.set_num_threads(1)
    here.meet(device, folder)
    try:
        if here.rank:
            _Trainer(config, folder, here, device).run(None)
        else:
            with RunFolder(folder, config, device, here.world) as run:
                _Trainer(config, folder, here, device).run(run)
    finally:
        here.part()


class _Trainer:
    """The loop of one process."""

    def __init__(self, config: TrainConfig, folder: Path, here: Processes, device: Device) -> None:
        self.config, self.folder, self.here, self.device = config, folder, here, device
        self.frames = data.load(folder / "train")
        self.held = None if here.rank else data.load(folder / "val")
        self.network = build(config).to(device.name)
        self.average = copy.deepcopy(self.network)
        if config.start:
            checkpoint.begin(Path(config.start), self.network, self.average)
        self.optimizer = build_optimizer(self.network, config)
        self.progress = checkpoint.resume(
            folder / checkpoint.LAST, self.network, self.average, self.optimizer, device.name
        )
        self.stop = EarlyStop(config.patience, self.progress.best, self.progress.waited)
        self.lessons = [
            np.random.default_rng(config.seed).permutation(
                teaching_order(self.frames.labels, easy=easy, twice=config.positives <= 0)
            )
            for easy in (not config.start, False)
        ]
        if not self.frames.labels["cleft"][self.lessons[0]].any():
            self.lessons[0] = self.lessons[1]

    def run(self, run: RunFolder | None) -> None:
        """Until the time, the epochs or the patience are over; `run` is rank 0's."""
        config, progress, here = self.config, self.progress, self.here
        if run is not None:
            run.forget_after(progress.step)
        shared = here.shared(self.network, self.device)
        chance = np.random.default_rng([config.seed, here.rank, progress.step])
        generator = torch.Generator().manual_seed(config.seed * 1000 + here.rank + progress.step * 7)
        order: NDArray[Any] = np.array([], int)
        begun, checked, losses = time.monotonic() - progress.spent, time.monotonic(), 0.0
        since = progress.step
        while True:
            share = share_done(config, time.monotonic() - begun, progress.seen, len(self.lessons[1]))
            said = here.agree(torch.tensor([share, float(self.stop.over)], device=self.device.name))
            share, over = float(said[0]), bool(said[1])
            if share >= 1 or over or progress.over:
                break
            if len(order) < config.batch:
                lesson = self.lessons[share > EASY_SHARE][here.rank :: here.world]
                order = drawn(lesson, self.frames.labels["cleft"], config.positives, chance)
            index, order = order[: config.batch], order[config.batch :]
            losses += self._step(shared, index, share, chance, generator)
            if run is not None and time.monotonic() - checked > config.check_s:
                progress.spent = time.monotonic() - begun
                self._check(run, share, losses / (progress.step - since))
                checked, losses, since = time.monotonic(), 0.0, progress.step
        if run is not None and not progress.over:
            progress.spent = time.monotonic() - begun
            progress.over = True
            self._check(run, min(share, 1.0), losses / max(1, progress.step - since))

    def _step(
        self,
        shared: nn.Module,
        index: NDArray[np.int_],
        share: float,
        chance: np.random.Generator,
        generator: torch.Generator,
    ) -> float:
        """One batch; returns its loss."""
        config, progress = self.config, self.progress
        sides, zoom = sizes_at(share)
        batch = batch_of(
            self.frames,
            index,
            int(chance.choice(sides)),
            generator,
            gentle=share > GENTLE_SHARE,
            zoom=zoom,
            variety=config.variety,
        )
        batch = {name: value.to(self.device.name, non_blocking=True) for name, value in batch.items()}
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(config, progress.step, share)
        with self.device.autocast():
            outputs = shared(batch["image"])
        loss = total_loss(outputs, batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self.optimizer.step()
        keep = min(config.ema, (progress.step + 1) / (progress.step + 10))
        checkpoint.follow(self.average, self.network, keep)
        progress.step += 1
        progress.seen += len(index) * self.here.world
        return float(loss.detach())

    def _check(self, run: RunFolder, share: float, loss: float) -> None:
        """Validate the averaged weights, save, write it down."""
        assert self.held is not None
        progress = self.progress
        figures = validate(self.average, self.held, self.device)
        better = self.stop.better(figures["auc"])
        progress.best, progress.waited = self.stop.best, self.stop.waited
        progress.over |= self.stop.over
        kept = (self.network, self.average, self.optimizer, self.config, progress)
        if better:
            checkpoint.save(self.folder / checkpoint.BEST, *kept)
        checkpoint.save(self.folder / checkpoint.LAST, *kept)
        more = {
            "share": share,
            "step": progress.step,
            "seen": progress.seen,
            "seconds": progress.spent,
            "loss": loss,
            "rate": rate_at(self.config, progress.step, share),
            "sides": sizes_at(share)[0],
        }
        run.note(figures | more, over=progress.over)
