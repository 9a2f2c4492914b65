"""`philtrum phantom loop`: one clip on a machine's screen, as a film or a DICOM cine."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from app.commands.phantom_sheet import page_of, write_page
from app.refusal import Refusal
from capture.frame import Pixels
from capture.open import open_source
from capture.phantom.dicom import STORED
from capture.phantom.encode import CODECS, made_from, told_by, write_clip
from capture.phantom.film import Film, Picture
from capture.phantom.instruments import SYNTHETIC
from capture.phantom.parameters import CLEFT_KINDS
from capture.phantom.paths import HANDS
from capture.phantom.recipe import EXTENTS, VIEWS, Recipe, detail_for, read_size
from capture.phantom.screen import STYLES
from capture.source import EndOfSource, SeekableSource, SourceError

ENDINGS = (*CODECS, ".dcm")


def add_parser(kinds: Any) -> None:
    loop = kinds.add_parser("loop", help="a scan on a machine's screen, as a film or DICOM cine")
    loop.add_argument("--out", type=Path, required=True, help="the file: " + ", ".join(ENDINGS))
    loop.add_argument("--seed", type=int, default=0, help="another fetus for another number (0)")
    loop.add_argument("--seconds", type=float, default=None, help="length (once along the path)")
    loop.add_argument("--cleft", choices=CLEFT_KINDS, default="uni_left")
    loop.add_argument("--extent", choices=EXTENTS, default=None, help="how far back the cleft goes")
    loop.add_argument("--age", type=float, default=None, help="weeks, 18 to 28 (drawn from the seed)")
    loop.add_argument(
        "--view",
        choices=VIEWS,
        default="sweep",
        metavar="VIEW",
        help=f"{', '.join(VIEWS)} (sweep: search, profile, lip, palate, lip)",
    )
    loop.add_argument("--hand", choices=HANDS, default="consultant", help="whose speed and tremor")
    loop.add_argument("--speed", type=float, default=None, help="of the probe, mm/s (the hand's own)")
    loop.add_argument("--liveliness", type=float, default=1.0, help="of the fetus; 0 is asleep (1)")
    loop.add_argument("--difficulty", type=float, default=0.0, help="0 a good picture, 1 a poor one (0)")
    loop.add_argument("--zoom", type=float, default=1.0)
    add_look(loop, style="a")
    loop.add_argument("--callipers", action="store_true", help="something has been measured")
    loop.add_argument("--start", type=float, default=0.0, help="seconds into the path (0)")
    loop.add_argument("--take", type=int, default=0, help="other movements of the same fetus (0)")
    loop.add_argument("--megabytes", type=float, default=None, help="no larger than about this; films alone")
    loop.add_argument("--stored", choices=tuple(STORED), default="jpeg", help="pixels of a DICOM file (jpeg)")
    loop.add_argument("--sheet", type=Path, default=None, metavar="PNG", help="a contact sheet as well")
    loop.add_argument("--redo", action="store_true", help="make it again even where it is there already")


def add_look(parser: Any, *, style: str | None) -> None:
    """Options of the screen, for loops and exams alike."""
    parser.add_argument(
        "--style",
        choices=(*STYLES, "none"),
        default=style,
        help="the machine's screen; none: the bare scan" + ("" if style else " (drawn from the seed)"),
    )
    parser.add_argument("--size", default="1280x960", metavar="WxH")
    parser.add_argument("--fps", type=float, default=28.0, help="acoustic pictures a second (28)")


def size_of(args: argparse.Namespace) -> tuple[int, int]:
    """An even width and height, as films need them.

    Raises:
        Refusal: no size.
    """
    try:
        width, height = read_size(args.size)
    except ValueError as error:
        raise Refusal(str(error)) from error
    return width // 2 * 2, height // 2 * 2


def run(args: argparse.Namespace) -> int:
    """Write the loop, or keep the one that is there; 0 when it is there."""
    out: Path = args.out
    if out.suffix.lower() not in ENDINGS:
        raise Refusal(f"expected a file ending in {', '.join(ENDINGS)}, got {out.name}")
    if args.sheet is not None and not args.sheet.parent.is_dir():
        raise Refusal(f"{args.sheet.parent}: there is no such folder")
    if args.megabytes is not None and not 0.05 <= args.megabytes <= 4000:
        raise Refusal(f"expected 0.05 to 4000 megabytes, got {args.megabytes:g}")
    if args.seconds is not None and not 0 < args.seconds <= 3600:
        raise Refusal(f"expected 0 to 3600 seconds, got {args.seconds:g}")
    cv2.setNumThreads(1)
    try:
        recipe = _recipe(args)
        film = Film(recipe)
        seconds = film.sweep.duration_s if args.seconds is None else args.seconds
        count = max(1, round(seconds * recipe.fps))
        if is_there(out, recipe, count) and not args.redo:
            print(f"{out}: done before")
        else:
            write_clip(
                [out],
                film,
                count,
                progress=partial(_bar, count),
                megabytes=args.megabytes,
                stored=args.stored,
            )
            print(f"{out}: {count} frames, {out.stat().st_size / 1e6:.1f} MB, {SYNTHETIC}")
        if args.sheet is not None:
            write_page(args.sheet, page_of(film_tiles(out, film), columns=4, width=320))
    except ValueError as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"{out}: cannot be written ({error.strerror or error})") from error
    return 0


def _recipe(args: argparse.Namespace) -> Recipe:
    width, height = size_of(args)
    recipe = Recipe(
        seed=args.seed,
        cleft=args.cleft,
        extent=args.extent,
        age=args.age,
        view=args.view,
        hand=args.hand,
        speed=args.speed,
        liveliness=args.liveliness,
        difficulty=args.difficulty,
        zoom=args.zoom,
        width=width,
        height=height,
        style=None if args.style == "none" else args.style,
        callipers=args.callipers,
        fps=args.fps,
        start=args.start,
        take=args.take,
        detail=detail_for(height),
    )
    recipe.check()
    return recipe


def is_there(path: Path, recipe: Recipe, count: int) -> bool:
    """Whether the very clip is there already.

    Raises:
        Refusal: something is there that the phantom did not make.
    """
    if not path.exists():
        return False
    words = told_by(path)
    if words is None:
        raise Refusal(f"{path}: is there already and none of the phantom's: choose another name")
    return words == made_from(recipe, count)


def _bar(count: int, pictures: Iterable[Picture]) -> Iterable[Picture]:
    """The pictures, with a bar on a terminal."""
    return tqdm(pictures, total=count, unit=" frames", leave=False, disable=None)


def film_tiles(path: Path, film: Film, count: int = 24) -> list[tuple[Pixels, str]]:
    """Up to `count` frames of the finished file, each with its time and view.

    Raises:
        Refusal: the file cannot be read back.
    """
    tiles = []
    try:
        with open_source(str(path)) as source:
            assert isinstance(source, SeekableSource)
            times = source.times_s
            for index in np.unique(np.linspace(0, len(times) - 1, min(count, len(times))).round()):
                source.seek(int(index))
                frame = source.read(10.0)
                if frame is None:
                    continue
                at_s = times[int(index)]
                seen = film.sweep.parameters_at(film.recipe.start + at_s)
                what = seen.view if seen.view != "other" else seen.other or "other"
                tiles.append((frame.pixels, f"{at_s:.1f} s {what}"))
    except (SourceError, EndOfSource) as error:
        raise Refusal(f"{path}: cannot be read back ({error})") from error
    return tiles
