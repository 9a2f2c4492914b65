"""`philtrum phantom dataset`: labelled pictures of synthetic fetuses at virtual sites, in the common form."""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tqdm import tqdm

from app.refusal import Refusal
from capture.frame import Pixels
from capture.phantom.dataset import DOMAINS, EXAM, Order
from capture.phantom.dataset_files import COLUMNS, write_patient
from capture.phantom.screen import SYNTHETIC
from inference.dataset.folder import FORMAT

PARTS = ".parts"
"""Rows of the fetuses that are done, until all are."""
SHEET = "contact-sheet.png"
_TILES, _ACROSS, _SIDE = 24, 6, 192


def add_parser(kinds: Any) -> None:
    parser = kinds.add_parser("dataset", help="a labelled data set; run again to go on where it stopped")
    parser.add_argument("--out", type=Path, required=True, help="the folder")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--frames", type=int, help="single pictures of this number")
    pictures = sum(count for _, count in EXAM)
    size.add_argument("--exams", type=int, help=f"exams of {len(EXAM)} clips, {pictures} pictures each")
    parser.add_argument("--per-fetus", type=int, default=8, help="single pictures of one fetus (8)")
    parser.add_argument("--sites", type=int, default=22, help="virtual hospitals (22)")
    parser.add_argument("--domain", choices=tuple(DOMAINS), default="same", help="see docs/phantom.md (same)")
    parser.add_argument("--seed", type=int, default=0, help="another data set for another number (0)")
    parser.add_argument("--positives", type=float, default=0.5, help="share of fetuses with a cleft (0.5)")
    parser.add_argument(
        "--screens", type=float, default=0.25, help="share of the sites that export whole screens (0.25)"
    )
    parser.add_argument(
        "--controls",
        action="store_true",
        help="faces with a cleft a second time without it, for the negative control of `evaluate`",
    )
    parser.add_argument("--processes", type=int, default=1, help="at work at the same time (1)")


def run(args: argparse.Namespace) -> int:
    """Write the data set, or what is missing of it; 0 when it is there."""
    order = _order(args)
    out: Path = args.out
    try:
        if (out / "dataset.json").exists():
            _check_same(out / "dataset.json", order)
            print(f"{out}: there already, nothing to do")
            return 0
        parts = out / PARTS
        parts.mkdir(parents=True, exist_ok=True)
        if (parts / "order.json").exists():
            _check_same(parts / "order.json", order)
        elif any(path.name != PARTS for path in out.iterdir()):
            raise Refusal(f"expected an empty or a new folder, got {out}, which holds something else")
        else:
            _write(parts / "order.json", json.dumps({"made_with": asdict(order)}))
        _make(out, order, args.processes)
        rows = _finish(out, order)
    except OSError as error:
        raise Refusal(f"{out}: cannot be written ({error.strerror or error})") from error
    print(f"{out}: {rows} pictures of {order.fetuses} fetuses at {order.sites} sites, {SYNTHETIC}")
    return 0


def _order(args: argparse.Namespace) -> Order:
    limits = {
        "frames": (1, 10_000_000),
        "exams": (1, 100_000),
        "per_fetus": (1, 1000),
        "sites": (1, 1000),
        "seed": (0, 1000),
        "positives": (0, 1),
        "screens": (0, 1),
        "processes": (1, 256),
    }
    for name, (low, high) in limits.items():
        value = getattr(args, name)
        if value is not None and not low <= value <= high:
            raise Refusal(f"expected --{name.replace('_', '-')} from {low} to {high}, got {value:g}")
    fetuses = args.exams or -(-args.frames // args.per_fetus)
    if not args.sites <= fetuses <= 100_000:
        got = f"{args.exams} exams" if args.exams else f"{args.frames} frames, {args.per_fetus} of each fetus"
        raise Refusal(f"expected from {args.sites} (a fetus at each site) to 100000 fetuses, got {got}")
    return Order(
        seed=args.seed,
        domain=args.domain,
        sites=args.sites,
        fetuses=fetuses,
        positives=args.positives,
        frames=args.frames or 0,
        screens=args.screens,
        twins=args.controls,
    )


def _check_same(path: Path, order: Order) -> None:
    """Only an unfinished data set of the same order can be gone on with."""
    try:
        there = json.loads(path.read_text())["made_with"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path.parent}: holds another data set") from error
    for name, wanted in asdict(order).items():
        if there.get(name) != wanted:
            raise Refusal(
                f"{path}: was begun with {name} {there.get(name)}, got {wanted}; name another folder"
            )


def _make(out: Path, order: Order, processes: int) -> None:
    """Every fetus that is not there yet; its rows are written last, so that they say that it is."""
    missing = [n for n in range(order.fetuses) if not _part(out, n).exists()]
    done = order.fetuses - len(missing)
    with tqdm(total=order.fetuses, initial=done, unit="fetus", disable=None) as bar:
        for number, rows in _results(out, order, missing, processes):
            _write(_part(out, number), rows)
            bar.update()


def _results(out: Path, order: Order, numbers: list[int], processes: int) -> Iterator[tuple[int, str]]:
    job = partial(_fetus, out, order)
    if processes == 1 or len(numbers) < 2:
        yield from map(job, numbers)
        return
    with multiprocessing.get_context("spawn").Pool(min(processes, len(numbers))) as pool:
        yield from pool.imap_unordered(job, numbers)


def _fetus(out: Path, order: Order, number: int) -> tuple[int, str]:
    return number, write_patient(out, order, number)


def _finish(out: Path, order: Order) -> int:
    """The table, the contact sheet and dataset.json, in this order; then the parts go."""
    rows = "".join(_part(out, number).read_text() for number in range(order.fetuses))
    _write(out / "labels.csv", ",".join(COLUMNS) + "\n" + rows)
    with (out / "labels.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    _write_sheet(out, table)
    about = {
        "format": FORMAT,
        "name": f"phantom-{order.domain}-{order.seed}",
        "synthetic": True,
        "description": f"{SYNTHETIC}: made by `philtrum phantom dataset`; no patient is in it.",
        "license": "Apache-2.0",
        "domain": order.domain,
        "made_with": asdict(order),
    }
    _write(out / "dataset.json", json.dumps(about, indent=2) + "\n")
    shutil.rmtree(out / PARTS)
    return len(table)


def _write_sheet(out: Path, table: list[dict[str, str]]) -> None:
    """Pictures from the whole set, the gap's outline at the corner of those that have one."""
    picked = [table[i] for i in np.unique(np.linspace(0, len(table) - 1, _TILES).astype(int))]
    tiles = [_tile(out, row) for row in picked]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _ACROSS)
    page = np.vstack([np.hstack(tiles[at : at + _ACROSS]) for at in range(0, len(tiles), _ACROSS)])
    head = np.zeros((24, page.shape[1]), np.uint8)
    cv2.putText(head, SYNTHETIC, (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1, cv2.LINE_AA)
    note = PngInfo()
    note.add_text("Title", SYNTHETIC)
    Image.fromarray(np.vstack([head, page])).save(out / SHEET, pnginfo=note)


def _tile(out: Path, row: dict[str, str]) -> Pixels:
    with Image.open(out / row["file"]) as image:
        image.thumbnail((_SIDE, _SIDE))
        small = np.asarray(image.convert("L"), np.uint8)
    tile = np.zeros((_SIDE + 18, _SIDE + 4), np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    if row["mask"]:
        with Image.open(out / row["mask"]) as image:
            gap = np.asarray(image.resize(small.shape[::-1]), np.uint8).copy()
        outline, _ = cv2.findContours(gap, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(tile, outline, -1, 255, 1)
    words = f"{row['site']} {row['fetus']} {row['other'] or row['view']} {row['kind'] if row['mask'] else ''}"
    cv2.putText(tile, words, (3, _SIDE + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.34, 190, 1, cv2.LINE_AA)
    return tile


def _part(out: Path, number: int) -> Path:
    return out / PARTS / f"{number:06d}.csv"


def _write(path: Path, text: str) -> None:
    """All of it or nothing."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(path)
