"""A data set by the common door as the arrays that training takes: prepared once, kept as shards.

A shard holds some fetuses of one site, whole; splits by fetus and by site are choices of shards.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from capture.frame import Pixels
from capture.geometry import Region
from capture.phantom.face import NAMES
from capture.phantom.parameters import CLEFT_KINDS, OTHER_KINDS, VIEWS
from inference.dataset import DataSet, DataSetError, LabelRow, read_dataset
from inference.dataset.splits import check_leak, deal, fold_rows, picture_digest
from inference.preprocess import prepare
from inference.training import data

PARTS = 10
"""The fetuses of a set are dealt into so many shards of each site, and shards into as many parts: one to
calibrate, one to validate, the others to learn from."""
ORIGIN = "origin.json"
_VERSION = 1
"""Of the preparation; another one prepares anew."""
_KINDS: dict[str, int] = {kind: number for number, kind in enumerate(CLEFT_KINDS)}
_KINDS |= dict.fromkeys(("unilateral", "left", "right", "ucl", "uclp"), CLEFT_KINDS.index("uni_left"))
_KINDS |= dict.fromkeys(("bcl", "bclp"), CLEFT_KINDS.index("bilateral"))
"""Words for kinds of cleft; which side it is, one picture does not show."""
UNKNOWN_KIND = -1


@dataclass(frozen=True, slots=True)
class Shard:
    """Some fetuses of one site."""

    site: str
    part: int
    """0 to `PARTS` - 1."""
    rows: tuple[LabelRow, ...]
    path: Path

    @property
    def digests(self) -> tuple[str, ...]:
        """Of each picture as the network is fed; see `picture_digest`."""
        with np.load(self.path) as stored:
            return tuple(picture_digest(picture) for picture in stored["pictures"])


def shards_of(labelled: DataSet, folder: Path, seed: int = 0) -> tuple[Shard, ...]:
    """How a set is dealt out; nothing is prepared yet.

    Raises:
        DataSetError: fewer than three fetuses.
    """
    fetuses = len({row.fetus for row in labelled.rows})
    if fetuses < 3:
        raise DataSetError(
            f"{labelled.name}: expected at least 3 fetuses (to learn from, to validate, to calibrate), "
            f"got {fetuses}"
        )
    home = folder / _key(labelled, seed)
    by_place: dict[tuple[str, int], list[LabelRow]] = defaultdict(list)
    for part, rows in enumerate(fold_rows(labelled.rows, min(PARTS, fetuses), "fetus", seed)):
        for row in rows:
            by_place[row.site, part].append(row)
    sites = {site: number for number, site in enumerate(sorted({row.site for row in labelled.rows}))}
    return tuple(
        Shard(site, part, tuple(rows), home / f"{sites[site]:04d}-{part}.npz")
        for (site, part), rows in sorted(by_place.items())
    )


def prepare_shards(labelled: DataSet, shards: Sequence[Shard]) -> None:
    """Write the shards that are not there yet, one at a time in memory, with a progress bar.

    Raises:
        DataSetError: a picture cannot be read.
        OSError: a shard cannot be written.
    """
    tqdm.monitor_interval = 0  # its watching thread would outlive the work
    missing = [shard for shard in shards if not shard.path.exists()]
    total = sum(len(shard.rows) for shard in missing)
    with tqdm(total=total, unit="picture", desc="prepare", disable=None if missing else True) as bar:
        for shard in missing:
            shard.path.parent.mkdir(parents=True, exist_ok=True)
            for _ in _written(labelled, shard):
                bar.update()


def example(
    row: LabelRow, pixels: Pixels, region: Region, gap: Pixels | None
) -> tuple[Pixels, Pixels, NDArray[Any]]:
    """Picture (256, 256), maps (6, 64, 64) and labels of one row, as `data.example` makes them.

    What nobody has said is marked as such: quality, contrast and area are NaN, the kind is `UNKNOWN_KIND`,
    maps of structures are not taught from. A frame of unknown truth is one that cannot be judged. `seed`
    stands for the fetus, so that `splits.check_seeds` finds one that is on both sides.
    """
    tensor, placement = prepare(pixels, region, data.PLAIN_SPEC)
    picture = np.rint(tensor[0, 0] * 255).astype(np.uint8)
    maps: Pixels = np.zeros((1 + len(NAMES), data.HEAT_SIDE, data.HEAT_SIDE), np.uint8)
    drawn = row.view != "other" and row.cleft is not False and gap is not None
    if drawn and gap is not None:
        maps[0] = data.at_heat_size(gap[:, :, None], placement)[0]
    cell_px = (data.SIDE / data.HEAT_SIDE) ** 2
    area = float(maps[0].sum()) / 255 * cell_px if drawn else float("nan")
    label = np.zeros((), data.LABELS)
    label["seed"] = seed_of(row.fetus)
    label["view"], label["cleft"] = VIEWS.index(row.view), bool(row.cleft)
    label["judgeable"] = row.judgeable and (row.cleft is not None or row.view == "other")
    label["kind"] = _KINDS.get(row.kind, UNKNOWN_KIND)
    other = row.column("other")
    label["other"] = next((n for n, name in enumerate(OTHER_KINDS) if name == other), -1)
    label["quality"] = (0.0 if row.view == "other" else np.nan) if row.quality is None else row.quality
    label["contrast"] = np.nan if row.contrast is None else row.contrast
    label["gap_px"] = area if row.gap_px is None else row.gap_px
    label["width_mm"] = row.width_mm or 0.0
    return picture, maps, label


def prepare_run(folder: Path, run: Path) -> tuple[str, int]:
    """Read a data set, prepare it in a run's folder and deal it out; its name and how many pictures teach.

    Raises:
        DataSetError: the set is wrong, or too small.
        OSError: a shard cannot be written.
    """
    labelled = read_dataset(folder)
    shards = shards_of(labelled, run / "prepared")
    prepare_shards(labelled, shards)
    fill_run(labelled, shards, run)
    return labelled.name, len(_rows(parts_of(shards)["train"]))


def seed_of(fetus: str) -> int:
    """A number that stands for a fetus among the phantom's seeds."""
    return int.from_bytes(hashlib.blake2b(fetus.encode(), digest_size=8).digest()) >> 1


def parts_of(shards: Sequence[Shard]) -> dict[str, list[Shard]]:
    """Shards to learn from (`train`), to validate (`val`) and to calibrate (`calibration`), about 8 : 1 : 1.

    Each of a small set gets fetuses with a cleft and without as long as there are any.

    Raises:
        DataSetError: fewer than three shards.
    """
    if len(shards) < 3:
        raise DataSetError(f"expected fetuses to learn from, to validate and to calibrate, got {len(shards)}")
    ill = sum(any(row.cleft for row in shard.rows) for shard in shards)
    count = int(np.clip(min(ill, len(shards) - ill) or len(shards), 3, PARTS))
    calibration, validation, *taught = deal([shard.rows for shard in shards], count)
    return {
        "train": [shards[at] for part in taught for at in part],
        "val": [shards[at] for at in validation],
        "calibration": [shards[at] for at in calibration],
    }


def fill_run(labelled: DataSet, shards: Sequence[Shard], run: Path) -> None:
    """Put shards into a run's folders `train`, `val` and `calibration`, by fetus, without copying them.

    `ORIGIN` beside them says whose pictures they are.

    Raises:
        DataSetError: the run has pictures of another set already, or there are too few fetuses.
    """
    dealt = parts_of(shards)
    check_leak([_rows(part) for part in dealt.values()], sites=False)
    for name, part in dealt.items():
        there = {path.name for path in (run / name).glob("*.npz")}
        wanted = {f"{shard.path.parent.name}-{shard.path.name}": shard.path for shard in part}
        if there - wanted.keys():
            raise DataSetError(f"{run / name}: holds pictures of another data set; name another run")
        (run / name).mkdir(parents=True, exist_ok=True)
        for file in wanted.keys() - there:
            _link(wanted[file], run / name / file)
    origin = {
        "name": labelled.name,
        "synthetic": labelled.synthetic,
        "license": labelled.license,
        "pictures": sum(len(shard.rows) for shard in shards),
        "fetuses": len({row.fetus for row in _rows(shards)}),
        "sites": len({shard.site for shard in shards}),
    }
    (run / ORIGIN).write_text(json.dumps(origin, indent=2) + "\n", "utf-8")


def _rows(shards: Iterable[Shard]) -> list[LabelRow]:
    return [row for shard in shards for row in shard.rows]


def _key(labelled: DataSet, seed: int) -> str:
    """Changes with the labels, the files, and the way they are prepared."""
    digest = hashlib.blake2b(f"{_VERSION} {seed} {data.PLAIN_SPEC!r} {data.LABELS!r}".encode(), digest_size=8)
    names = sorted({name for row in labelled.rows for name in (row.file, row.mask) if name})
    for row in labelled.rows:
        digest.update(repr(row).encode())
    for name in names:
        stat = (labelled.folder / name).stat()
        digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _written(labelled: DataSet, shard: Shard) -> Iterator[LabelRow]:
    """Prepare and write a shard; gives each row when its picture is ready."""
    place = {(row.file, row.frame): at for at, row in enumerate(shard.rows)}
    made: dict[int, tuple[Pixels, Pixels, NDArray[Any]]] = {}
    for row, pixels, region in labelled.frames(shard.rows):
        made[place[row.file, row.frame]] = example(row, pixels, region, labelled.mask(row))
        yield row
    kept = [made[at] for at in range(len(shard.rows))]
    partial = shard.path.with_suffix(f".{os.getpid()}.part.npz")
    np.savez(
        partial,
        pictures=np.stack([picture for picture, _, _ in kept]),
        gaps=np.stack([maps[0] for _, maps, _ in kept]),
        parts=np.stack([maps[1:] for _, maps, _ in kept]),
        labels=np.stack([label for _, _, label in kept]),
    )
    partial.replace(shard.path)


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system has no such links."""
    try:
        os.link(source, target)
    except OSError:
        unfinished = target.with_suffix(".part")
        shutil.copyfile(source, unfinished)
        unfinished.replace(target)
