"""`python -m inference.dataset FOLDER`: read a data set, open every picture, and say what is in it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from capture.source import SourceError
from inference.dataset.folder import DataSet, read_dataset
from inference.dataset.readers import read_readers
from inference.dataset.row import VIEWS
from inference.dataset.splits import Unit, check_leak, fold_rows


def summary(data: DataSet) -> str:
    """What is in a set, in a few lines."""
    rows = data.rows
    judged = [row for row in rows if row.view != "other" and row.judgeable and row.cleft is not None]
    ill = {row.fetus for row in rows if row.cleft}
    fetuses, sites = {row.fetus for row in rows}, {row.site for row in rows}
    views = ", ".join(f"{sum(row.view == view for row in rows)} {view}" for view in VIEWS)
    return "\n".join(
        (
            f"{data.name}: {'synthetic' if data.synthetic else 'real pictures'}",
            f"  {len(rows)} pictures ({views}) of {len(fetuses)} fetuses at {len(sites)} sites",
            f"  {len(ill)} fetuses with a cleft; {sum(bool(row.cleft) for row in judged)} of {len(judged)} "
            "judgeable lip and palate pictures show one",
            f"  {len(data.exams())} exams, {len(read_readers(data))} readers' answers",
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inference.dataset", description=__doc__)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    tqdm.monitor_interval = 0
    try:
        data = read_dataset(args.folder)
        masks = 0
        for row, _, _ in tqdm(data.frames(), total=len(data.rows), unit="picture", disable=None):
            masks += data.mask(row) is not None
        print(summary(data))
        print(f"  {masks} pictures with the gap outlined; every picture could be read")
        units: tuple[Unit, ...] = ("fetus", "site")
        for unit in units:
            if len({getattr(row, unit) for row in data.rows}) >= 2:
                check_leak(fold_rows(data.rows, 2, unit), sites=unit == "site", digest=data.digest)
    except SourceError as error:
        print(f"philtrum: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
