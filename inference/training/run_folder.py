"""A run's folder explains itself: choices, seeds, machine, course, curves, and a page for who opens it."""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import subprocess
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch

from inference.training.config import TrainConfig
from inference.training.devices import Device

PACKAGES = ("torch", "torchmetrics", "numpy", "opencv-python-headless", "onnx", "matplotlib", "tensorboard")
CURVES = (
    ("loss", ("loss",)),
    ("AUC of the cleft", ("auc", "auc_lip")),
    ("AUC of the view gate", ("gate_auc",)),
    ("heat-map points at the gap", ("pointing",)),
    ("calibration error", ("calibration_error",)),
    ("learning rate", ("rate",)),
)


class RunFolder:
    """What one process, rank 0, writes beside the saved states. Use as a context manager."""

    def __init__(self, folder: Path, config: TrainConfig, device: Device, world: int) -> None:
        self.folder, self.config = folder, config
        self._device, self._world = device, world
        self._events: Any = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_config(self.folder, self.config)
        _write(self.folder / "environment.json", environment(self._device, self._world))
        self._events = _event_writer(self.folder / "tensorboard")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._events is not None:
            self._events.close()

    def forget_after(self, step: int) -> None:
        """Drop what was logged after the state from which a run goes on."""
        path = self.folder / "log.jsonl"
        lines = [line for line in read_log(self.folder) if line["step"] <= step]
        if path.exists():
            path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")

    def note(self, figures: dict[str, Any], *, over: bool = False) -> None:
        """One validation: a line of the log, events, curves, the page; and a line for who is watching."""
        rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in figures.items()}
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(rounded) + "\n")
        print(json.dumps(rounded), flush=True)
        if self._events is not None:
            for name, value in figures.items():
                if isinstance(value, int | float):
                    self._events.add_scalar(name, value, figures["seen"])
            self._events.flush()
        lines = read_log(self.folder)
        draw_curves(lines, self.folder / "curves.png")
        (self.folder / "README.md").write_text(page(self.config, lines, over=over), "utf-8")


def write_config(folder: Path, config: TrainConfig) -> None:
    """Choices and seeds, before anything is made with them."""
    seeds = {
        "weights and order": config.seed,
        "training frames": [config.first_seed, config.first_seed + config.train_frames - 1],
        "validation frames": [config.validation_seed, config.validation_seed + config.validation_frames - 1],
    }
    _write(folder / "config.json", asdict(config) | {"seeds": seeds})


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The lines of the log; one cut short by a power cut is left out."""
    path, lines = folder / "log.jsonl", []
    for text in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return lines


def environment(device: Device, world: int) -> dict[str, Any]:
    """Versions and the machine's kind; no names of hosts, people or remotes."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "device": torch.cuda.get_device_name() if device.is_gpu else "CPU",
        "bf16": device.bf16,
        "processes": world,
        "versions": versions,
        "commit": _commit(),
    }


def page(config: TrainConfig, lines: list[dict[str, Any]], *, over: bool) -> str:
    """A few lines in Markdown."""
    best = max((line["auc"] for line in lines if not math.isnan(line["auc"])), default=math.nan)
    last = lines[-1]
    length = f"{config.epochs:g} epochs" if config.epochs else f"{config.minutes:g} minutes"
    taught = config.data or "the phantom"
    if config.start:
        taught += f", from weights that had seen {config.start_seen} frames"
    return (
        f"# A run of `inference.training.train`\n\n"
        f"Network `{config.preset}` on {config.train_frames} frames of {taught}, {length}, "
        f"{'ended' if over else 'going on'} after {last['seen']} frames seen ({last['step']} steps).\n\n"
        f"Validation: AUC {last['auc']:.4f} (best {best:.4f}), view gate {last['gate_auc']:.4f}, "
        f"heat-map at the gap {last['pointing']:.4f}.\n\n"
        "- `config.json` choices and seeds; `environment.json` machine and versions\n"
        "- `log.jsonl` one line a validation; `curves.png` the same as pictures; `tensorboard/` as events\n"
        "- `last.pt` the state to go on from: run the same command again; `best.pt` that of the best AUC\n"
        "- `train/`, `val/` the frames, as they are taught\n"
    )


def draw_curves(lines: list[dict[str, Any]], path: Path) -> None:
    """The log against frames seen; nothing where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return
    figure = Figure(figsize=(12, 6), layout="constrained")
    for place, (title, names) in enumerate(CURVES, 1):
        axes = figure.add_subplot(2, 3, place)
        for name in names:
            points = [(line["seen"], line[name]) for line in lines if name in line]
            if points:
                axes.plot(*zip(*points, strict=True), marker=".", label=name)
        axes.set_title(title)
        axes.set_xlabel("frames seen")
        axes.grid(alpha=0.3)
        if len(names) > 1 and lines:
            axes.legend()
    partial = path.with_suffix(".part.png")
    figure.savefig(partial, dpi=80)
    partial.replace(path)


def _event_writer(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit() -> str | None:
    """Of the source, with a + where it was changed since; None outside a checkout."""
    here = Path(__file__).parent
    try:
        said = [
            subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, timeout=20, check=True)
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        ]
    except (OSError, subprocess.SubprocessError):
        return None
    return said[0].stdout.strip() + ("+" if said[1].stdout.strip() else "")


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
