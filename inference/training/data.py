"""Training sets made by the phantom, through the very pre-processing that the engine uses."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Box, Region
from capture.phantom.marks import burn_marks
from capture.phantom.parameters import CLEFT_KINDS, OTHER_KINDS, VIEWS, Domain
from capture.phantom.render import Sample, render
from capture.phantom.sampling import sample, without_cleft
from inference.prediction import Placement
from inference.preprocess import InputSpec, prepare

SIDE = 256
HEAT_SIDE = 64
PLAIN_SPEC = InputSpec(height=SIDE, width=SIDE, fit="letterbox", gain="percentile", mean=(0.0,), std=(1.0,))
SHARD = 1000
ARRAYS = ("pictures", "gaps", "parts", "labels")
FEW_SHARDS = 20
"""More of them are not held in memory."""
GOOD_PLANE = 0.35
"""Planes below this quality count neither as evidence in the program nor in the figures."""
LABELS = np.dtype(
    [
        ("seed", "i8"),
        ("view", "i1"),
        ("cleft", "i1"),
        ("judgeable", "i1"),
        ("kind", "i1"),
        ("other", "i1"),
        ("quality", "f4"),
        ("contrast", "f4"),
        ("gap_px", "f4"),
        ("width_mm", "f4"),
        ("tubes", "i1"),
        ("open_mm", "f4"),
        ("mapped", "i1"),
        ("twin", "i1"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Arrays over n frames; those of a large set are memory-mapped."""

    pictures: NDArray[np.uint8]
    """(n, 256, 256), pre-processed but for mean and deviation."""
    gaps: NDArray[np.uint8]
    """(n, 64, 64): share of each cell that the cleft took, 0-255."""
    parts: NDArray[np.uint8]
    """(n, 5, 64, 64): share of each cell that belongs to the structures of `face.NAMES`, 0-255."""
    labels: NDArray[Any]
    """(n,) of `LABELS`."""

    def judged(self, least_quality: float = GOOD_PLANE) -> NDArray[np.bool_]:
        """(n,) lip and palate frames that count: structures in sight, no gap that nobody could see."""
        labels = self.labels
        # A quality that nobody gave is NaN, and taken for a good one.
        shown = (labels["judgeable"] == 1) & ~(labels["quality"] <= least_quality)
        return np.asarray((labels["view"] != VIEWS.index("other")) & shown, np.bool_)

    def __len__(self) -> int:
        return len(self.labels)


def placed(sample_: Sample, rng: np.random.Generator) -> tuple[Pixels, Region, Pixels]:
    """The picture as it may reach the network: region a little off, or on a whole machine screen.

    Returns the pixels, the region in them, and maps (h, w, 6) of the same size: gap, then the structures.
    """
    pixels, region = sample_.pixels, sample_.region
    gap: Pixels = np.ascontiguousarray(
        np.concatenate([sample_.truth.gap[None], sample_.truth.parts]).transpose(1, 2, 0)
    )
    height, width = pixels.shape
    dice = rng.random()
    if sample_.parameters.other == "screen" or dice < 0.04:
        pad = rng.integers(4, 90, 4)
        shape = (height + int(pad[0] + pad[1]), width + int(pad[2] + pad[3]))
        light = rng.random() < 0.25
        screen = np.full(shape, int(rng.integers(170, 255)) if light else int(rng.integers(0, 40)), np.uint8)
        spread = np.zeros((*shape, gap.shape[2]), np.uint8)
        if sample_.parameters.other == "screen":
            for _ in range(int(rng.integers(0, 7))):
                x, y = int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0]))
                corner = (x + int(rng.integers(8, 160)), y + int(rng.integers(4, 90)))
                cv2.rectangle(
                    screen, (x, y), corner, int(rng.integers(0, 256)), -1 if rng.random() < 0.7 else 1
                )
        at = (slice(int(pad[0]), int(pad[0]) + height), slice(int(pad[2]), int(pad[2]) + width))
        screen[at], spread[at] = pixels, gap
        whole = Region.whole(shape[1], shape[0])
        if rng.random() < 0.8:
            aside = burn_marks(screen, whole, int(rng.integers(2, 14)), rng)
            if sample_.parameters.other != "screen":
                aside[at] = pixels
            screen = aside
        return screen, whole, spread
    if dice < 0.25:
        nudge = np.rint(rng.normal(0, 0.02, 4) * max(height, width)).astype(int)
        box = region.box
        moved = Box(box.x0 + nudge[0], box.y0 + nudge[1], box.x1 + nudge[2], box.y1 + nudge[3]).clipped(
            width, height
        )
        if moved.area > 0.6 * box.area:
            region = replace(region, box=moved, sector=None if rng.random() < 0.5 else region.sector)
    return pixels, region, gap


def example(seed: int, domain: Domain, *, twin: bool = False) -> tuple[Pixels, Pixels, NDArray[Any]]:
    """One training example: picture (256, 256), maps (6, 64, 64) and its row of labels.

    `twin`: the same frame of the same fetus, had it no cleft.
    """
    parameters = sample(seed, domain)
    made = render(without_cleft(parameters) if twin else parameters)
    pixels, region, maps = placed(made, np.random.default_rng([seed, 3]))
    tensor, placement = prepare(pixels, region, PLAIN_SPEC)
    picture = np.rint(tensor[0, 0] * 255).astype(np.uint8)
    small = at_heat_size(maps, placement)
    p, t = made.parameters, made.truth
    if p.view == "other":
        small[0] = 0
    row = np.zeros((), LABELS)
    row["seed"], row["view"], row["cleft"], row["judgeable"] = seed, VIEWS.index(p.view), t.cleft, t.judgeable
    row["kind"] = CLEFT_KINDS.index(p.fetus.cleft.kind)
    row["other"] = -1 if p.other is None else OTHER_KINDS.index(p.other)
    row["mapped"], row["twin"] = True, twin
    row["quality"], row["contrast"], row["gap_px"] = t.quality, t.contrast, t.gap_px
    row["width_mm"], row["tubes"], row["open_mm"] = (
        p.fetus.cleft.width_mm,
        len(p.surround.tubes),
        p.fetus.mouth_open_mm,
    )
    return picture, small, row


def at_heat_size(maps: Pixels, placement: Placement) -> Pixels:
    """Maps (h, w, c) of the frame as (c, 64, 64) over the network's square, averaged over each cell."""
    fine = 2 * HEAT_SIDE
    across, down = fine / placement.width, fine / placement.height
    # Pixel centres lie on halves: x of the frame shows at (x + 0.5 - x0) * across - 0.5.
    to_square = np.array(
        [
            [across, 0, (0.5 - placement.x0) * across - 0.5],
            [0, down, (0.5 - placement.y0) * down - 0.5],
        ]
    )
    shrunk = [
        cv2.resize(
            cv2.warpAffine(
                np.ascontiguousarray(maps[..., c]), to_square, (fine, fine), flags=cv2.INTER_LINEAR
            ),
            (HEAT_SIDE, HEAT_SIDE),
            interpolation=cv2.INTER_AREA,
        )
        for c in range(maps.shape[2])
    ]
    return np.asarray(np.stack(shrunk), np.uint8)


def _shard(job: tuple[Path, int, int, Domain, bool]) -> Path:
    path, first, count, domain, twins = job
    cv2.setNumThreads(1)
    if path.exists():
        return path
    made = []
    for seed in range(first, first + count):
        made.append(example(seed, domain))
        if twins and made[-1][2]["cleft"]:
            made.append(example(seed, domain, twin=True))
    partial = path.with_suffix(f".{os.getpid()}.part.npz")
    np.savez(
        partial,
        pictures=np.stack([m[0] for m in made]),
        gaps=np.stack([m[1][0] for m in made]),
        parts=np.stack([m[1][1:] for m in made]),
        labels=np.stack([m[2] for m in made]),
    )
    partial.rename(path)
    return path


def generate(
    folder: Path, count: int, first_seed: int, domain: Domain, processes: int = 2, *, twins: bool = False
) -> None:
    """Write `count` examples as shards into `folder`; shards that are there already are kept.

    `twins` adds to each frame with a visible gap the same frame without it: what differs is the cleft alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        (folder / f"{first_seed + at:08d}.npz", first_seed + at, min(SHARD, count - at), domain, twins)
        for at in range(0, count, SHARD)
    ]
    begun = time.monotonic()
    if processes <= 1:
        for job in jobs:
            _shard(job)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for done, path in enumerate(pool.imap_unordered(_shard, jobs), 1):
            print(f"{path.name}: {done} of {len(jobs)} shards, {time.monotonic() - begun:.0f} s", flush=True)


def load(folder: Path) -> Dataset:
    """All shards of a folder in the order of their seeds.

    Large sets are laid out flat in `flat/` beside the shards once, so that several processes share one copy.

    Raises:
        FileNotFoundError: there are none.
    """
    paths = sorted(p for p in folder.glob("*.npz") if ".part" not in p.name)
    if not paths:
        raise FileNotFoundError(f"expected shards (*.npz) in {folder}, found none")
    if len(paths) > FEW_SHARDS:
        return _load_flat(folder / "flat", paths)
    shards = [np.load(path) for path in paths]
    return Dataset(*(np.concatenate([shard[name] for shard in shards]) for name in ARRAYS))


def _load_flat(flat: Path, paths: list[Path]) -> Dataset:
    flat.mkdir(exist_ok=True)
    made_of = "\n".join(f"{path.name} {path.stat().st_size}" for path in paths)
    note = flat / "made-of.txt"
    if not note.exists() or note.read_text() != made_of:
        note.unlink(missing_ok=True)
        counts = [len(np.load(path)["labels"]) for path in paths]
        for name in ARRAYS:
            with np.load(paths[0]) as first:
                kind, shape = first[name].dtype, first[name].shape[1:]
            out = np.lib.format.open_memmap(
                flat / f"{name}.npy", mode="w+", dtype=kind, shape=(sum(counts), *shape)
            )
            at = 0
            for path, count in zip(paths, counts, strict=True):
                with np.load(path) as shard:
                    out[at : at + count] = shard[name]
                at += count
            out.flush()
        note.write_text(made_of)
    return Dataset(*(np.load(flat / f"{name}.npy", mmap_mode="r") for name in ARRAYS))


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a training set made by the phantom.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=16000)
    parser.add_argument("--first-seed", type=int, default=1_000_000)
    parser.add_argument("--domain", choices=get_args(Domain), default="train")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    generate(args.folder, args.count, args.first_seed, args.domain, args.processes)


if __name__ == "__main__":
    main()
