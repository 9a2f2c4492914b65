"""How far the phantom's frames look like real ones: grey levels, spectra and speckle sizes of both.

All is measured on what a network is fed: the scan cut out, 256 x 256, gain evened out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Region
from capture.open import open_source
from capture.phantom.parameters import OtherKind, PhantomView
from capture.phantom.render import render
from capture.phantom.sampling import sample
from capture.region.tracker import RegionTracker
from capture.source import EndOfSource, SourceError
from inference.preprocess import prepare
from inference.training.data import PLAIN_SPEC

Floats = NDArray[np.float64]
PATCH = 64
"""Side of the squares that texture is measured in, px of 256."""
LAGS = 16
TREND_PX = 6.0
"""Sigma of the blur that is taken off before speckle is measured: anatomy, not texture."""
DARK, FLUID = 8, 40
"""Grey levels below which a pixel is black, and a square holds nothing to measure."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Figures of one picture, or the medians of many."""

    histogram: Floats
    """(256,) share of the scan's pixels at each grey level."""
    spectrum: Floats
    """(PATCH // 2,) radial power of unit sum; index / PATCH is in cycles per px."""
    across: Floats
    """(LAGS,) autocorrelation along rows, 1 at lag 0; in the middle of a sector, across the beams."""
    down: Floats
    """(LAGS,) the same along columns."""

    @property
    def figures(self) -> dict[str, float]:
        """Numbers for a table: grey levels 0-255, lengths in px of 256."""
        levels, k = np.arange(256), np.arange(len(self.spectrum))
        mean = float(self.histogram @ levels)
        fine = k >= 0.125 * PATCH
        return {
            "mean grey": mean,
            "deviation of grey": float(np.sqrt(self.histogram @ (levels - mean) ** 2)),
            "black, %": 100 * float(self.histogram[:DARK].sum()),
            "speckle across, px": width_at_half(self.across),
            "speckle down, px": width_at_half(self.down),
            "power above 1/8 px, %": 100 * float(self.spectrum[fine].sum()),
        }


def width_at_half(correlation: Floats) -> float:
    """Full width at half height of an autocorrelation given from lag 0 on, px."""
    below = np.flatnonzero(correlation < 0.5)
    if not len(below):
        return 2.0 * len(correlation)
    last = int(below[0]) - 1
    step = (correlation[last] - 0.5) / (correlation[last] - correlation[last + 1])
    return 2 * float(last + step)


def look(picture: Pixels, mask: Pixels) -> Look:
    """Figures of a picture (256, 256) whose scan is where `mask` is above 127.

    Raises:
        ValueError: no square of the scan is bright enough to be measured.
    """
    inside = mask > 127
    histogram = np.bincount(picture[inside], minlength=256) / max(int(inside.sum()), 1)
    window = np.hanning(PATCH)[:, None] * np.hanning(PATCH)[None, :]
    flat = picture.astype(np.float64)
    speckle = flat - cv2.GaussianBlur(flat, (0, 0), TREND_PX)
    power, grain = np.zeros((2, PATCH, PATCH))
    found = 0
    for y in range(0, picture.shape[0] - PATCH + 1, PATCH // 2):
        for x in range(0, picture.shape[1] - PATCH + 1, PATCH // 2):
            square = np.s_[y : y + PATCH, x : x + PATCH]
            if inside[square].all() and flat[square].mean() > FLUID:
                found += 1
                power += np.abs(np.fft.fft2((flat[square] - flat[square].mean()) * window)) ** 2
                grain += np.abs(np.fft.fft2(speckle[square] * window)) ** 2
    if not found:
        raise ValueError(f"expected a square of {PATCH} px with echoes in the scan, found none")
    cycles = np.fft.fftfreq(PATCH) * PATCH
    radius = np.rint(np.hypot(cycles[:, None], cycles[None, :])).astype(int)
    radial = np.bincount(radius.ravel(), power.ravel())[: PATCH // 2]
    correlation = np.fft.ifft2(grain).real
    correlation /= correlation[0, 0]
    return Look(histogram, radial / radial.sum(), correlation[0, :LAGS], correlation[:LAGS, 0])


def median(looks: Sequence[Look]) -> Look:
    """The middle of many, curve by curve."""
    return Look(
        *(
            np.median([getattr(one, name) for one in looks], axis=0)
            for name in ("histogram", "spectrum", "across", "down")
        )
    )


def grey_distance(one: Look, other: Look) -> float:
    """How many grey levels a pixel has to move on average to make one histogram of the other."""
    return float(
        np.abs(np.cumsum(one.histogram / one.histogram.sum() - other.histogram / other.histogram.sum())).sum()
    )


def prepared(pixels: Pixels, region: Region) -> tuple[Pixels, Pixels]:
    """Picture and mask of the scan, both (256, 256), as a network is fed."""
    tensor, _ = prepare(pixels, region, PLAIN_SPEC)
    full = np.full(pixels.shape[:2], 255, np.uint8)
    mask, _ = prepare(full, region, PLAIN_SPEC.model_copy(update={"gain": "none"}))
    return np.rint(tensor[0, 0] * 255).astype(np.uint8), np.rint(mask[0, 0] * 255).astype(np.uint8)


def phantom_frames(
    count: int, view: PhantomView, kinds: Sequence[OtherKind | None], seed: int
) -> Iterator[tuple[Pixels, Pixels]]:
    """Frames of the training domain, the kinds in turn, without marks."""
    for k in range(count):
        drawn = sample(seed + k, "train", view=view, other=kinds[k % len(kinds)])
        made = render(replace(drawn, marks=0))
        yield prepared(made.pixels, made.region)


def real_frames(folder: Path, pattern: str) -> Iterator[tuple[Pixels, Pixels]]:
    """The first frame of every file in a folder that matches; what cannot be read is named and left out."""
    for path in sorted(p for p in folder.glob(pattern) if p.is_file()):
        try:
            with open_source(str(path)) as source:
                frame = source.read(5.0)
        except (SourceError, EndOfSource) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        if frame is not None:
            yield prepared(frame.pixels, RegionTracker(None).feed(frame))


def looks_of(frames: Sequence[tuple[Pixels, Pixels]]) -> list[Look]:
    """Figures of all frames that have anything to measure."""
    found = []
    for picture, mask in frames:
        try:
            found.append(look(picture, mask))
        except ValueError:
            continue
    return found


def draw(path: Path, rows: dict[str, list[Pixels]], looks: dict[str, list[Look]]) -> None:
    """Pictures above, curves of all sets below: median, and the middle 80 % shaded."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure: Any = pyplot.figure(figsize=(12, 3.0 + 1.75 * len(rows)), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(1.75 * len(rows), 3.0))
    grid = upper.subplots(len(rows), max(len(row) for row in rows.values()), squeeze=False)
    for axes, (name, row) in zip(grid, rows.items(), strict=True):
        for axis in axes:
            axis.axis("off")
        axes[0].set_title(name, fontsize=9, loc="left")
        for axis, picture in zip(axes, row, strict=False):
            axis.imshow(picture, cmap="gray", vmin=0, vmax=255)
    axes = lower.subplots(1, 4)
    for number, (name, set_) in enumerate(looks.items()):
        cycles = np.arange(PATCH // 2) / PATCH
        for axis, x, curve in (
            (axes[0], np.arange(256), "histogram"),
            (axes[1], cycles, "spectrum"),
            (axes[2], np.arange(LAGS), "across"),
            (axes[3], np.arange(LAGS), "down"),
        ):
            values = np.array([getattr(one, curve) for one in set_])
            if curve == "histogram":
                values = cv2.blur(values, (9, 1))
            low, middle, high = np.percentile(values, [10, 50, 90], axis=0)
            axis.plot(x, middle, color=f"C{number}", label=f"{name} ({len(set_)})", lw=1.4)
            axis.fill_between(x, low, high, color=f"C{number}", alpha=0.15, lw=0)
    for axis, title, unit in zip(
        axes,
        ("share of the scan", "radial power", "correlation across", "correlation down"),
        ("grey level", "cycles / px", "lag, px of 256", "lag, px of 256"),
        strict=True,
    ):
        axis.set_title(title, fontsize=9)
        axis.set_xlabel(unit, fontsize=8)
        axis.tick_params(labelsize=7)
    axes[0].set_yscale("log")
    axes[0].set_ylim(1e-4, 1)
    axes[1].set_yscale("log")
    axes[0].legend(fontsize=7)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def table(looks: dict[str, list[Look]]) -> str:
    """Medians of every set's figures as a Markdown table, with the 10th and 90th percentile."""
    names = list(looks)
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    figures = {name: [one.figures for one in set_] for name, set_ in looks.items()}
    for row in next(iter(figures.values()))[0]:
        cells = []
        for name in names:
            low, middle, high = np.percentile([one[row] for one in figures[name]], [10, 50, 90])
            cells.append(f"{middle:.1f} ({low:.1f} to {high:.1f})")
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    first = median(looks[names[0]])
    cells = [f"{grey_distance(first, median(looks[name])):.1f}" for name in names]
    lines.append(f"| grey levels from {names[0]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Set frames of the phantom beside real ones.")
    parser.add_argument("--real", type=Path, required=True, help="folder of real pictures or films")
    parser.add_argument("--match", default="*", help="which of its files, as in 'hc18_*'")
    parser.add_argument("--out", type=Path, required=True, help="figure to write (png, svg, pdf)")
    parser.add_argument("--count", type=int, default=60, help="phantom frames of each set")
    parser.add_argument("--seed", type=int, default=700_000)
    parser.add_argument("--without-pictures", action="store_true", help="leave real pixels out of the figure")
    args = parser.parse_args(arguments)
    if not args.real.is_dir():
        parser.error(f"expected a folder after --real, got {args.real}")
    real = list(real_frames(args.real, args.match))
    heads = cast("tuple[OtherKind, ...]", ("skull", "head"))
    sets = {
        "real": real,
        "phantom heads": list(phantom_frames(args.count, "other", heads, args.seed)),
        "phantom lip views": list(phantom_frames(args.count, "lip", (None,), args.seed)),
    }
    looks = {name: looks_of(frames) for name, frames in sets.items()}
    if not looks["real"]:
        parser.error(f"expected pictures with echoes in {args.real} ({args.match}), found none")
    shown = {
        name: [picture for picture, _ in frames[:6]]
        for name, frames in sets.items()
        if name != "real" or not args.without_pictures
    }
    draw(args.out, shown, looks)
    print(table(looks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
