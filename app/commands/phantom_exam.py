"""`philtrum phantom exam`: several clips of one fetus, with what is known of every frame."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from app.commands.phantom_loop import add_look, film_tiles, size_of
from app.commands.phantom_sheet import page_of, write_page
from app.refusal import Refusal
from capture.frame import Pixels
from capture.phantom.encode import write_clip
from capture.phantom.exam import MOST_CLIPS, Clip, plan_exam, write_exam
from capture.phantom.film import Film, FrameLabel, Picture
from capture.phantom.instruments import SYNTHETIC
from capture.phantom.parameters import CLEFT_KINDS

ENDINGS = {"mp4": (".mp4",), "mkv": (".mkv",), "dcm": (".dcm",), "both": (".mp4", ".dcm")}


def add_parser(kinds: Any) -> None:
    exam = kinds.add_parser("exam", help="a folder of clips of one fetus, with the truth of every frame")
    exam.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder")
    exam.add_argument("--seed", type=int, default=0, help="another fetus and machine for another number (0)")
    exam.add_argument("--cleft", choices=CLEFT_KINDS, default="uni_left")
    exam.add_argument("--age", type=float, default=None, help="weeks, 18 to 28 (drawn from the seed)")
    exam.add_argument("--clips", type=int, default=5, help=f"1 to {MOST_CLIPS} (5)")
    exam.add_argument("--seconds", type=float, default=None, help="the longest that a clip may be")
    exam.add_argument("--format", choices=tuple(ENDINGS), default="mp4", help="both: mp4 and dcm (mp4)")
    add_look(exam, style=None)
    exam.add_argument("--sheet", action="store_true", help="a contact sheet.png as well")
    exam.add_argument("--redo", action="store_true", help="make clips again that are there already")


def run(args: argparse.Namespace) -> int:
    """Write the exam, or what is missing of it; 0 when it is there."""
    out: Path = args.out
    cv2.setNumThreads(1)
    width, height = size_of(args)
    try:
        clips = plan_exam(
            args.seed,
            args.cleft,
            clips=args.clips,
            seconds=args.seconds,
            age=args.age,
            style=None if args.style == "none" else args.style,
            width=width,
            height=height,
            fps=args.fps,
        )
        if args.style == "none":
            clips = tuple(replace(clip, recipe=replace(clip.recipe, style=None)) for clip in clips)
        out.mkdir(exist_ok=True)
        kept, made = write_exam(out, clips, ENDINGS[args.format], _make, redo=args.redo)
        if args.sheet:
            write_page(out / "sheet.png", _page(out, clips, ENDINGS[args.format][0]))
    except ValueError as error:
        raise Refusal(f"{out}: {error}") from error
    except OSError as error:
        raise Refusal(f"{out}: cannot be written ({error.strerror or error})") from error
    print(f"{out}: {len(clips)} clips ({made} made, {kept} there before), exam.json, {SYNTHETIC}")
    return 0


def _make(clip: Clip, film: Film, paths: list[Path]) -> list[FrameLabel]:
    return write_clip(paths, film, clip.frames, progress=partial(_bar, clip))


def _bar(clip: Clip, pictures: Iterable[Picture]) -> Iterable[Picture]:
    return tqdm(pictures, total=clip.frames, desc=clip.name, unit=" frames", leave=False, disable=None)


def _page(folder: Path, clips: tuple[Clip, ...], ending: str) -> Pixels:
    """A row of four frames of each clip, from the finished files."""
    tiles = []
    for clip in clips:
        for pixels, words in film_tiles(folder / f"{clip.name}{ending}", Film(clip.recipe), count=4):
            tiles.append((pixels, f"{clip.name} {words}"))
    return page_of(tiles, columns=4, width=320)
