"""Saved states of a run: written whole or not at all, so that a killed run goes on from the last one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inference.training.config import TrainConfig

LAST, BEST = "last.pt", "best.pt"


@dataclass(slots=True)
class Progress:
    """How far a run is."""

    step: int = 0
    spent: float = 0.0
    """Seconds of training."""
    seen: int = 0
    """Frames, repeats counted."""
    best: float = 0.0
    """Highest validation AUC."""
    waited: int = 0
    """Validations since then."""
    over: bool = False


def save(
    path: Path,
    network: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    config: TrainConfig,
    progress: Progress,
) -> None:
    """Write a state; readers see the one before or the whole new one."""
    state = {
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
        "config": asdict(config),
        **asdict(progress),
    }
    partial = path.with_suffix(".part")
    torch.save(state, partial)
    partial.replace(path)


def resume(
    path: Path, network: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, device: str
) -> Progress:
    """Take a state up; a new run's progress where there is none."""
    if not path.exists():
        return Progress()
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location=device)
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**{name: state[name] for name in Progress.__slots__ if name in state})


def begin(run: Path, network: nn.Module, average: nn.Module) -> None:
    """Start with the averaged weights of another run of the same size.

    Raises:
        ValueError: it is of another size.
    """
    state = torch.load(run / LAST, weights_only=True, map_location="cpu")
    try:
        network.load_state_dict(state["average"])
        average.load_state_dict(state["average"])
    except RuntimeError as error:
        raise ValueError(f"expected a run of the same preset in {run}, got other weights") from error


def seen_by(run: Path) -> int:
    """Frames that a run's saved state has seen, those before its own start counted."""
    state = torch.load(run / LAST, weights_only=True, map_location="cpu")
    return int(state["seen"]) + int(state["config"].get("start_seen", 0))


def follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Move the averaged weights and statistics a little towards the network's."""
    with torch.no_grad():
        for a, b in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
            if a.dtype.is_floating_point:
                a.lerp_(b, 1 - keep)
            else:
                a.copy_(b)
