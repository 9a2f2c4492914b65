"""A whole examination: several clips of one fetus on one machine, and what is known of every frame."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from capture.geometry import Sector
from capture.phantom.encode import told_by
from capture.phantom.film import Film, FrameLabel, sweep_of
from capture.phantom.instruments import SYNTHETIC
from capture.phantom.parameters import CleftKind
from capture.phantom.paths import HANDS
from capture.phantom.recipe import Recipe, detail_for
from capture.phantom.screen import STYLES, Style

FORMAT = "philtrum-exam/1"
BY_WORTH = (
    "lip",
    "palate",
    "profile_to_lip",
    "abdomen",
    "lip_to_palate",
    "head",
    "sweep",
    "femur",
    "profile",
    "other",
)
"""What an exam of few clips has first: the two views, how they are come by, then the rest of the fetus."""
IN_TURN = (
    "head",
    "abdomen",
    "femur",
    "other",
    "profile",
    "profile_to_lip",
    "lip",
    "lip_to_palate",
    "palate",
    "sweep",
)
"""The order in which they are recorded."""
MOST_CLIPS = 40
PAUSE_S = 35.0
"""On the machine's clock between two clips."""
COLUMNS = (
    "frame",
    "time_s",
    "view",
    "other",
    "quality",
    "cleft",
    "judgeable",
    "offset_mm",
    "tilt_deg",
    "gap_px",
    "contrast",
    "box",
    "contact",
    "moving",
)
"""Of a clip's `rows`, in the order of `FrameLabel`; `time_s` is within the clip, `box` is x0, y0, x1, y1."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of an exam."""

    name: str
    recipe: Recipe
    frames: int


def plan_exam(
    seed: int,
    cleft: CleftKind = "uni_left",
    *,
    clips: int = 5,
    seconds: float | None = None,
    age: float | None = None,
    style: Style | None = None,
    width: int = 1280,
    height: int = 960,
    fps: float = 28.0,
) -> tuple[Clip, ...]:
    """The clips of an exam in order; machine, hand and difficulty are drawn from the seed.

    Args:
        seed: of the fetus, the machine and the hand.
        cleft: its kind.
        clips: how many, 1 to 40; one alone is a whole sweep.
        seconds: the longest that a clip may be; None: each goes along its path once.
        age: weeks; None: drawn.
        style: of the machine's screen; None: drawn.
        width: of the screen, pixels.
        height: likewise.
        fps: acoustic pictures a second.

    Raises:
        ValueError: a number out of range.
    """
    if not 1 <= clips <= MOST_CLIPS:
        raise ValueError(f"expected 1 to {MOST_CLIPS} clips, got {clips}")
    if seconds is not None and not 0.1 <= seconds <= 600:
        raise ValueError(f"expected clips of 0.1 to 600 s, got {seconds:g}")
    rng = np.random.default_rng([seed, 21])
    drawn_style, hand = STYLES[int(rng.integers(len(STYLES)))], HANDS[int(rng.integers(2))]
    common = Recipe(
        seed,
        cleft,
        age=age,
        hand=hand,
        difficulty=round(float(rng.uniform(0, 0.6)), 2),
        width=width,
        height=height,
        style=style or drawn_style,
        fps=fps,
        detail=detail_for(height),
    )
    common.check()
    views = ["sweep"] if clips == 1 else list(BY_WORTH[:clips])
    while len(views) < clips:
        views.append(("lip", "palate")[len(views) % 2])
    views.sort(key=IN_TURN.index)
    out, clock = [], 0.0
    for take, view in enumerate(views):
        recipe = replace(
            common,
            view=view,
            take=take,
            clock=round(clock, 1),
            zoom=round(float(rng.uniform(0.85, 1.25)), 2) if view in ("lip", "palate", "profile") else 1.0,
            callipers=bool(rng.random() < 0.2),
        )
        whole_s = sweep_of(recipe).duration_s
        frames = max(1, round(min(seconds or whole_s, whole_s) * fps))
        out.append(Clip(f"clip-{take + 1:02d}", recipe, frames))
        clock += frames / fps + PAUSE_S
    return tuple(out)


def clip_truth(clip: Clip, files: Sequence[str], film: Film, labels: Sequence[FrameLabel]) -> dict[str, Any]:
    """What is known of a clip, for `exam.json`."""
    region, box = film.region, film.region.box
    return {
        "name": clip.name,
        "files": list(files),
        "view": clip.recipe.view,
        "recipe": clip.recipe.text(),
        "clock_s": clip.recipe.clock,
        "fps": clip.recipe.fps,
        "frames": clip.frames,
        "width": clip.recipe.width,
        "height": clip.recipe.height,
        "mm_per_px": region.mm_per_px,
        "region": [box.x0, box.y0, box.x1, box.y1],
        "sector": sector_words(region.sector),
        "frames_by_view": dict(sorted(Counter(label.view for label in labels).items())),
        "frames_with_cleft": sum(label.cleft for label in labels),
        "columns": list(COLUMNS),
        "rows": [_row(label) for label in labels],
    }


def sector_words(sector: Sector | None) -> str:
    """`convex;apex_x;apex_y;r0;r1;angle0;angle1`, pixels and radians; empty for what is no fan."""
    if sector is None or sector.corners:
        return ""
    numbers = (
        sector.apex_x,
        sector.apex_y,
        sector.r0_px,
        sector.r1_px,
        sector.angle0_rad,
        sector.angle1_rad,
    )
    return ";".join([sector.kind, *(f"{value:.5g}" for value in numbers)])


def _row(label: FrameLabel) -> list[Any]:
    row: list[Any] = [round(value, 4) if isinstance(value, float) else value for value in astuple(label)]
    row[COLUMNS.index("box")] = None if label.box is None else list(astuple(label.box))
    row[COLUMNS.index("moving")] = list(label.moving)
    return row


def exam_truth(clips: Sequence[Clip], made: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """`exam.json`, with the clips that are there so far."""
    first = clips[0].recipe
    fetus = sweep_of(first).still.fetus
    return {
        "format": FORMAT,
        "synthetic": True,
        "words": f"{SYNTHETIC}: computed, no patient",
        "complete": len(made) == len(clips),
        "seed": first.seed,
        "fetus": {
            "age_weeks": round(fetus.age_weeks, 2),
            "cleft": fetus.cleft.kind,
            "extent": fetus.cleft.extent if fetus.cleft.kind != "none" else "",
            "width_mm": round(fetus.cleft.width_mm, 2),
        },
        "machine": {"style": first.style, "difficulty": first.difficulty},
        "hand": first.hand,
        "clips": list(made),
    }


def exam_text(truth: dict[str, Any]) -> str:
    """JSON with each frame on a line of its own."""
    rows = {f"@{clip['name']}@": clip["rows"] for clip in truth["clips"]}
    shown = {**truth, "clips": [{**clip, "rows": f"@{clip['name']}@"} for clip in truth["clips"]]}
    text = json.dumps(shown, indent=1)
    for mark, lines in rows.items():
        text = text.replace(
            f'"{mark}"', "[\n" + ",\n".join(f"   {json.dumps(line)}" for line in lines) + "\n  ]"
        )
    return text + "\n"


def labels_text(truth: dict[str, Any]) -> str:
    """`labels.csv` of `philtrum-dataset/1`: the same frames, so that an exam can be evaluated."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ["file", "frame", "fetus", "site", "exam", "clip", "time_s", "view", "cleft", "judgeable"]
    head += ["kind", "extent", "quality", "width_mm", "gap_px", "contrast", "look_alikes", "mm_per_px"]
    writer.writerow([*head, "x0", "y0", "x1", "y1", "sector", "box_x0", "box_y0", "box_x1", "box_y1"])
    fetus = truth["fetus"]
    for clip in truth["clips"]:
        for values in clip["rows"]:
            row = dict(zip(clip["columns"], values, strict=True))
            alike = {"mouth": "open_mouth", "turn": "motion", "limb": "hand", "cord": "cord"}
            writer.writerow(
                [
                    clip["files"][0],
                    row["frame"],
                    f"phantom-{truth['seed']}",
                    f"phantom-{truth['machine']['style'] or 'bare'}",
                    f"exam-{truth['seed']}",
                    clip["name"],
                    round(clip["clock_s"] + row["time_s"], 4),
                    row["view"],
                    int(row["cleft"]),
                    int(row["judgeable"]),
                    fetus["cleft"],
                    fetus["extent"],
                    row["quality"],
                    fetus["width_mm"],
                    row["gap_px"],
                    row["contrast"],
                    ";".join(alike[name] for name in row["moving"]),
                    clip["mm_per_px"],
                    *clip["region"],
                    clip["sector"],
                    *(row["box"] or ("",) * 4),
                ]
            )
    return out.getvalue()


def about_text(truth: dict[str, Any]) -> str:
    """`dataset.json` beside it."""
    about = {
        "format": "philtrum-dataset/1",
        "name": f"{SYNTHETIC} exam, seed {truth['seed']}",
        "synthetic": True,
        "description": "One exam made by philtrum phantom; see exam.json",
        "license": "CC0-1.0",
        "domain": "cine",
    }
    return json.dumps(about, indent=1) + "\n"


MakeClip = Callable[[Clip, Film, list[Path]], list[FrameLabel]]
"""Draws and writes a clip to the given files."""


def write_exam(
    folder: Path, clips: Sequence[Clip], endings: Sequence[str], make: MakeClip, *, redo: bool = False
) -> tuple[int, int]:
    """Make what is not there yet; how many clips were kept, and how many made.

    `exam.json` is written after each clip, so that a stopped exam goes on with the clip at which it stopped.

    Raises:
        OSError: something cannot be written.
        ValueError: the folder holds another exam.
    """
    place, kept = folder / "exam.json", 0
    before = _clips_before(place, clips) if not redo else {}
    made: list[dict[str, Any]] = []
    for clip in clips:
        files = [f"{clip.name}{ending}" for ending in endings]
        old = before.get(clip.name)
        if old is not None and old["files"] == files and all(whole(folder / name, clip) for name in files):
            made.append(old)
            kept += 1
            continue
        film = Film(clip.recipe)
        labels = make(clip, film, [folder / name for name in files])
        made.append(clip_truth(clip, files, film, labels))
        _replace(place, exam_text(exam_truth(clips, made)))
    truth = exam_truth(clips, made)
    _replace(place, exam_text(truth))
    _replace(folder / "labels.csv", labels_text(truth))
    _replace(folder / "dataset.json", about_text(truth))
    return kept, len(clips) - kept


def whole(path: Path, clip: Clip) -> bool:
    """Whether the file is there and was made from this very recipe."""
    words = told_by(path) if path.is_file() else None
    return words is not None and words.endswith(f"phantom:{clip.recipe.text()}&frames={clip.frames}")


def _clips_before(place: Path, clips: Sequence[Clip]) -> dict[str, dict[str, Any]]:
    if not place.exists():
        return {}
    try:
        truth = json.loads(place.read_text("utf-8"))
        known = {str(clip["name"]): clip for clip in truth["clips"]}
        same = truth["format"] == FORMAT
    except (ValueError, KeyError, TypeError):
        known, same = {}, False
    if not same:
        raise ValueError(f"expected an exam of the phantom or an empty folder, got another {place.name}")
    recipes = {clip.name: clip.recipe.text() for clip in clips}
    if any(clip["recipe"] != recipes.get(name) for name, clip in known.items()):
        raise ValueError("expected the exam begun in this folder, got other settings: choose another folder")
    return known


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
