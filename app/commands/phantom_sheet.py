"""`philtrum phantom sheet`: a page of random training frames; and the pages of other commands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tqdm import tqdm

from app.refusal import Refusal
from capture.frame import Pixels
from capture.phantom.instruments import SYNTHETIC
from capture.phantom.parameters import CLEFT_KINDS, VIEWS
from capture.phantom.render import render
from capture.phantom.sampling import sample

_FOOT = 22
"""Pixels for the words under each picture, and for those above them all."""


def add_parser(kinds: Any) -> None:
    sheet = kinds.add_parser("sheet", help="a contact sheet of random training frames, as a PNG")
    sheet.add_argument("--out", type=Path, required=True)
    sheet.add_argument("--seed", type=int, default=0, help="of the first frame")
    sheet.add_argument("--count", type=int, default=24)
    sheet.add_argument("--cleft", choices=CLEFT_KINDS, default=None)
    sheet.add_argument("--view", choices=VIEWS, default=None)


def run(args: argparse.Namespace) -> int:
    """Write the page; 0 when it is there."""
    if not 1 <= args.count <= 400:
        raise Refusal(f"expected 1 to 400 frames, got {args.count}")
    tiles = []
    for number in tqdm(range(args.count), unit=" frames", leave=False, disable=None):
        made = render(sample(args.seed + number, view=args.view, cleft=args.cleft))
        kind = made.parameters.other or made.parameters.fetus.cleft.kind
        tiles.append((made.pixels, f"{args.seed + number} {made.truth.view} {kind}"))
    write_page(args.out, page_of(tiles, columns=6, width=256))
    print(f"{args.out}: {args.count} frames, {SYNTHETIC}")
    return 0


def page_of(tiles: Sequence[tuple[Pixels, str]], *, columns: int, width: int) -> Pixels:
    """Pictures with words under them, RGB, `columns` side by side.

    Args:
        tiles: grey (h, w) or RGB (h, w, 3) pictures of any size, with their words.
        columns: at most so many in a row.
        width: of a tile, pixels; its height is that of the tallest picture.
    """
    columns = min(columns, len(tiles))
    tall = max(round(width * min(pixels.shape[0] / pixels.shape[1], 1.2)) for pixels, _ in tiles)
    rows = -(-len(tiles) // columns)
    page = np.zeros((_FOOT + rows * (tall + _FOOT), columns * width, 3), np.uint8)
    for number, (pixels, words) in enumerate(tiles):
        y, x = _FOOT + (number // columns) * (tall + _FOOT), (number % columns) * width
        scale = min(width / pixels.shape[1], tall / pixels.shape[0])
        size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
        small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        page[y : y + size[1], x : x + size[0]] = small if small.ndim == 3 else small[:, :, None]
        at = (x + 6, y + tall + _FOOT - 7)
        cv2.putText(page, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (210, 214, 220), 1, cv2.LINE_AA)
    cv2.putText(page, SYNTHETIC, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 214, 120), 1, cv2.LINE_AA)
    return page


def write_page(path: Path, page: Pixels) -> None:
    """Save a page as PNG; its metadata say that it is synthetic.

    Raises:
        Refusal: it cannot be written.
    """
    words = PngInfo()
    words.add_text("Title", f"{SYNTHETIC}, no patient")
    try:
        Image.fromarray(page).save(path, "PNG", pnginfo=words, optimize=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Refusal(f"{path}: cannot be written ({reason})") from error
