"""Which pictures a model gets most wrong: `python -m inference.training.mistakes --run RUN --out PNG`.

Left half: gaps that were missed, with their outline. Right half: intact lips and ridges that scored highest,
with the spot that the heat-map points at. A figure that is not reached is best understood by looking.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.phantom.parameters import CLEFT_KINDS, VIEWS
from inference.manifest import load_model
from inference.training import data
from inference.training.evaluate import Answers, answers

Pixels = NDArray[np.uint8]
YELLOW, RED, CYAN = (0, 220, 255), (60, 60, 255), (255, 220, 60)


def worst(
    frames: data.Dataset, got: Answers, count: int
) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.float64]]:
    """Indices of the `count` lowest judgeable clefts and highest judgeable negatives; and all logits' ranks.

    The rank of a frame is the share of judgeable negatives that score below it, 0 to 1.
    """
    lips, truth = frames.judged(), frames.labels["cleft"] == 1
    missed = np.flatnonzero(lips & truth)
    alarms = np.flatnonzero(lips & ~truth)
    negatives = np.sort(got.cleft[alarms])
    rank = np.searchsorted(negatives, got.cleft) / max(len(negatives), 1)
    return (
        missed[np.argsort(got.cleft[missed])][:count],
        alarms[np.argsort(-got.cleft[alarms])][:count],
        np.asarray(rank, np.float64),
    )


def panel(frames: data.Dataset, got: Answers, index: int, rank: float) -> Pixels:
    """One picture (276, 256, 3) with gap, the heat-map's peak and a line of facts."""
    label = frames.labels[index]
    out = np.zeros((276, 256, 3), np.uint8)
    out[:256] = frames.pictures[index][..., None]
    gap = cv2.resize(frames.gaps[index], (256, 256), interpolation=cv2.INTER_LINEAR)
    outlines, _ = cv2.findContours((gap > 100).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(out, outlines, -1, RED, 1)
    y, x = divmod(int(got.heat[index].argmax()), data.HEAT_SIDE)
    if got.heat[index].max() > 0.1:
        cv2.circle(out, (x * 4 + 2, y * 4 + 2), 9, CYAN, 1, cv2.LINE_AA)
    kind = CLEFT_KINDS[int(label["kind"])].replace("_", " ")
    facts = f"{VIEWS[int(label['view'])]}, {kind}, {label['gap_px']:.0f} px, c {label['contrast']:.1f}"
    line = f"{facts}, rank {rank:.2f}"
    cv2.putText(out, line, (3, 270), cv2.FONT_HERSHEY_SIMPLEX, 0.36, YELLOW, 1, cv2.LINE_AA)
    return out


def sheet(frames: data.Dataset, got: Answers, rows: int = 4, columns: int = 3) -> Pixels:
    """Misses on the left, false alarms on the right: uint8 (h, w, 3), blue, green, red."""
    missed, alarms, rank = worst(frames, got, rows * columns)

    def half(chosen: NDArray[np.int_]) -> Pixels:
        tiles: list[Any] = [panel(frames, got, int(i), float(rank[i])) for i in chosen]
        tiles += [np.zeros((276, 256, 3), np.uint8)] * (rows * columns - len(tiles))
        lines = [np.hstack(tiles[at : at + columns]) for at in range(0, rows * columns, columns)]
        return np.asarray(np.vstack(lines), np.uint8)

    bar = np.full((276 * rows, 6, 3), 90, np.uint8)
    return np.asarray(np.hstack([half(missed), bar, half(alarms)]), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description="The worst misses and false alarms of a model on a split.")
    parser.add_argument("--run", type=Path, default=Path("runs/standin"))
    parser.add_argument("--split", default="test", help="folder of the run (test)")
    parser.add_argument("--model", type=Path, default=Path("resources/models/philtrum-standin.json"))
    parser.add_argument("--out", type=Path, default=Path("mistakes.png"))
    args = parser.parse_args()
    model = load_model(args.model)
    frames = data.load(args.run / args.split)
    spec, path = model.manifest.input, model.folder / model.manifest.files[0].path
    got = answers(path, frames.pictures, spec.mean[0], spec.std[0])
    cv2.imwrite(str(args.out), sheet(frames, got))
    print(args.out)


if __name__ == "__main__":
    main()
