"""`philtrum phantom`: synthetic loops and contact sheets; no patient is in them."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from app.commands import phantom_dataset
from app.refusal import Refusal
from capture.phantom.film import PATHS, Film
from capture.phantom.parameters import CLEFT_KINDS, VIEWS
from capture.phantom.render import render
from capture.phantom.sampling import sample
from capture.phantom.screen import STYLES, SYNTHETIC

CODECS = {
    ".mp4": ("libx264", {"crf": "21", "preset": "slow"}),
    ".webm": ("libvpx-vp9", {"crf": "32", "b": "0", "cpu-used": "4"}),
}
"""By the file's ending; without libx264 in the FFmpeg at hand, MPEG-4 part 2 is written."""


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser("phantom", help=text, description=text)
    kinds = parser.add_subparsers(dest="kind", metavar="what", required=True)
    loop = kinds.add_parser("loop", help="a sweep on a machine's screen, as a film")
    loop.add_argument("--out", type=Path, required=True, help="the film: .mp4 or .webm")
    loop.add_argument("--seed", type=int, default=0, help="another fetus for another number (0)")
    loop.add_argument("--seconds", type=float, default=25.6, help="length (25.6: one sweep)")
    loop.add_argument("--cleft", choices=CLEFT_KINDS, default="uni_left")
    loop.add_argument(
        "--view", choices=tuple(PATHS), default="sweep", help="sweep: profile, lip, palate, lip"
    )
    loop.add_argument(
        "--style", choices=(*STYLES, "none"), default="a", help="the machine; none: the bare scan"
    )
    loop.add_argument("--size", default="1280x960", metavar="WxH")
    loop.add_argument("--fps", type=float, default=28.0, help="acoustic pictures a second (28)")
    loop.add_argument("--megabytes", type=float, default=None, help="no larger than about this")
    phantom_dataset.add_parser(kinds)
    sheet = kinds.add_parser("sheet", help="a contact sheet of random training frames, as a PNG")
    sheet.add_argument("--out", type=Path, required=True)
    sheet.add_argument("--seed", type=int, default=0, help="of the first frame")
    sheet.add_argument("--count", type=int, default=24)
    sheet.add_argument("--cleft", choices=CLEFT_KINDS, default=None)
    sheet.add_argument("--view", choices=VIEWS, default=None)


def run(args: argparse.Namespace) -> int:
    """Write what was asked for; 0 when it is there."""
    tqdm.monitor_interval = 0  # its watching thread would outlive the command
    if not args.out.parent.is_dir():
        raise Refusal(f"{args.out.parent}: there is no such folder")
    if args.kind == "dataset":
        return phantom_dataset.run(args)
    if args.kind == "sheet":
        _write_sheet(args)
    else:
        _write_loop(args)
    return 0


def _write_loop(args: argparse.Namespace) -> None:
    if args.out.suffix.lower() not in CODECS:
        raise Refusal(f"expected a film ending in {' or '.join(CODECS)}, got {args.out.name}")
    width, _, height = args.size.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise Refusal(f"expected a size as WIDTHxHEIGHT, got {args.size}")
    if args.megabytes is not None and not 0.05 <= args.megabytes <= 4000:
        raise Refusal(f"expected 0.05 to 4000 megabytes, got {args.megabytes:g}")
    if not 0 < args.seconds <= 3600:
        raise Refusal(f"expected 0 to 3600 seconds, got {args.seconds:g}")
    style = None if args.style == "none" else args.style
    try:
        film = Film(
            args.seed,
            args.cleft,
            path=args.view,
            width=int(width) // 2 * 2,
            height=int(height) // 2 * 2,
            style=style,
            fps=args.fps,
            detail=1.7,
        )
    except ValueError as error:
        raise Refusal(str(error)) from error
    count = max(1, round(args.seconds * args.fps))
    partial = args.out.with_name(f".{args.out.stem}.part{args.out.suffix}")
    try:
        write_film(partial, film, count, args.megabytes)
        partial.replace(args.out)
    except OSError as error:
        raise Refusal(f"{args.out}: cannot be written ({error.strerror or error})") from error
    finally:
        partial.unlink(missing_ok=True)
    print(f"{args.out}: {count} frames, {args.out.stat().st_size / 1e6:.1f} MB, {SYNTHETIC}")


def write_film(path: Path, film: Film, count: int, megabytes: float | None = None) -> None:
    """Encode the first `count` pictures; metadata says that they are synthetic."""
    codec, options = CODECS[path.suffix.lower()]
    if codec not in av.codecs_available:
        codec, options = "mpeg4", {"qscale": "4"}
    if megabytes is not None:
        options = {"preset": "slow"} if codec == "libx264" else {}
    with av.open(str(path), "w") as container:
        container.metadata["title"] = f"{SYNTHETIC}, no patient"
        container.metadata["comment"] = f"Made by philtrum phantom; {SYNTHETIC}"
        stream: Any = container.add_stream(
            codec, rate=Fraction(film.fps).limit_denominator(1001), options=options
        )
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        if megabytes is not None:
            stream.bit_rate = round(0.93 * megabytes * 8e6 * film.fps / count)
        for number in tqdm(range(count), unit="frame", disable=None):
            pixels = film.picture(number).pixels
            rgb = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, 2)
            if number == 0:
                stream.height, stream.width = rgb.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def _write_sheet(args: argparse.Namespace) -> None:
    if not 1 <= args.count <= 400:
        raise Refusal(f"expected 1 to 400 frames, got {args.count}")
    tiles: list[NDArray[np.uint8]] = []
    for number in tqdm(range(args.count), unit="frame", disable=None):
        made = render(sample(args.seed + number, view=args.view, cleft=args.cleft))
        tile = np.zeros((276, 256), np.uint8)
        height, width = made.pixels.shape
        tile[:height, :width] = made.pixels
        kind = made.parameters.other or made.parameters.fetus.cleft.kind
        cv2.putText(
            tile,
            f"{args.seed + number} {made.truth.view} {kind}",
            (4, 270),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.4,
            200,
            1,
        )
        tiles.append(tile)
    columns = min(6, len(tiles))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    page = np.vstack(rows)
    cv2.putText(page, SYNTHETIC, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    done, png = cv2.imencode(".png", page)
    try:
        args.out.write_bytes(png.tobytes() if done else b"")
    except OSError as error:
        raise Refusal(f"{args.out}: cannot be written ({error.strerror or error})") from error
    print(f"{args.out}: {args.count} frames, {SYNTHETIC}")
