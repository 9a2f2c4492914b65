"""How well the region is found on the real media beside the checkout, as a table.

Run it with `python tests/benchmarks/region_score.py [FOLDER]`; the folder holds MANIFEST.tsv and the files.
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from capture.geometry import Box
from capture.open import open_source
from capture.probe import probe
from capture.source import SourceError

QUALITIES = ("good", "approx", "loose", "negative")
NEGATIVE = ("none(negative)", "none(multi)", "none")


@dataclass(frozen=True, slots=True)
class Scored:
    file: str
    quality: str
    """'good', 'approx', 'loose', or 'negative' where there is nothing to find."""
    truth: Box | None
    found: Box | None
    kind: str
    reason: str
    seconds: float

    @property
    def iou(self) -> float:
        """Of the boxes; for a negative 1 where nothing was found, else 0."""
        if self.truth is None:
            return float(self.found is None)
        return self.truth.iou(self.found) if self.found is not None else 0.0


def score(folder: Path, qualities: Container[str] = QUALITIES) -> Iterator[Scored]:
    """Every file of the manifest of these qualities that can be opened."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    for row in rows:
        corners = row["sector_bbox_x0_y0_x1_y1"]
        negative = not corners and row["sector_type"] in NEGATIVE
        quality = "negative" if negative else row["bbox_quality"].split("(")[0]
        if quality not in qualities or not (corners or negative) or row["file"].startswith("bad/"):
            continue
        began = time.perf_counter()
        try:
            result = probe(open_source(str(folder / row["file"])))
        except SourceError as error:
            print(f"{row['file']}: {error}", file=sys.stderr)
            continue
        region = result.region
        truth = Box(*(int(v) for v in corners.split(","))) if corners else None
        yield Scored(
            row["file"],
            quality,
            truth,
            region.box if region.origin != "whole" else None,
            region.sector.kind if region.sector else "",
            next((w for w in result.warnings if w.startswith("no sector")), ""),
            time.perf_counter() - began,
        )


def main() -> int:
    folder = (
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "shared" / "data"
    )
    scored = list(score(folder))
    for one in scored:
        box = one.found
        where = f"{box.x0},{box.y0},{box.x1},{box.y1}" if box else one.reason or "none"
        print(f"{one.quality:<9} {one.iou:.3f}  {one.kind:<9} {one.seconds:5.2f} s  {one.file}  {where}")
    for quality in QUALITIES:
        marks = [one.iou for one in scored if one.quality == quality]
        if marks:
            print(f"{quality}: {len(marks)} files, mean {statistics.mean(marks):.3f}, least {min(marks):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
