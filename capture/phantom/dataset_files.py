"""A data set's pictures, masks and rows on disk, one fetus at a time, all marked as synthetic."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from capture.frame import Pixels
from capture.geometry import Box, Region
from capture.phantom.beam import region_of
from capture.phantom.dataset import Order, Shot, patient_of, shots_of
from capture.phantom.others_pictures import PICTURES
from capture.phantom.parameters import Machine, Parameters, Probe
from capture.phantom.render import Truth, render
from capture.phantom.sampling import without_cleft
from capture.phantom.screen import SYNTHETIC, Screen, Setting, moved_region, scan_box
from capture.phantom.site import Site, look_alikes

COLUMNS = (
    *("file", "frame", "fetus", "site", "exam", "clip", "time_s", "view", "cleft", "judgeable"),
    *("kind", "extent", "quality", "width_mm", "gap_px", "contrast", "look_alikes", "mm_per_px"),
    *("x0", "y0", "x1", "y1", "sector", "mask", "box_x0", "box_y0", "box_x1", "box_y1"),
    *("domain", "other", "seed", "offset_mm", "tilt_deg", "age_weeks", "style", "twin"),
)
"""Of labels.csv; the last line's are the phantom's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """A picture as its site hands it out."""

    pixels: Pixels
    region: Region
    gap: Pixels
    """(h, w) of the picture, 0-255."""
    truth: Truth


def exported(shot: Shot, site: Site, seed: int) -> Exported:
    """The bare scan, or the whole screen of the site's machine with the scan on it."""
    p = shot.parameters
    if site.style is None or p.other in PICTURES:
        made = render(p, moving=shot.moving)
        return Exported(made.pixels, made.region, made.truth.gap, made.truth)
    box = scan_box(site.style, site.width, site.height)
    scale = min(box.width / p.width, box.height / p.height)
    width, height = int(p.width * scale), int(p.height * scale)
    made = render(replace(p, width=width, height=height), moving=shot.moving)
    x0, y0 = (box.width - width) // 2, (box.height - height) // 2
    inner = moved_region(
        region_of(p.probe, height, width), Box(x0, y0, x0 + width, y0 + height), box.width, box.height
    )
    scan = np.zeros((box.height, box.width), np.uint8)
    scan[y0 : y0 + height, x0 : x0 + width] = made.pixels
    screen = _screen(site, p.probe, p.machine, p.fetus.age_weeks, seed, inner)
    gap = np.zeros((site.height, site.width), np.uint8)
    x0, y0 = x0 + box.x0, y0 + box.y0
    gap[y0 : y0 + height, x0 : x0 + width] = cv2.resize(
        made.truth.gap, (width, height), interpolation=cv2.INTER_LINEAR
    )
    region = moved_region(inner, box, site.width, site.height)
    truth = replace(made.truth, mm_per_px=(p.probe.right_mm - p.probe.left_mm) / width)
    return Exported(screen.show(scan, shot.time_s or 0.0), region, gap, truth)


@lru_cache(maxsize=2)
def _screen(
    site: Site, probe: Probe, machine: Machine, age_weeks: float, seed: int, region: Region
) -> Screen:
    """Kept from one picture of a clip to the next: drawing it anew takes longer than the scan."""
    assert site.style is not None
    setting = Setting(
        region=region,
        depth_mm=probe.depth_mm,
        focus_mm=machine.focus_mm,
        gain_db=machine.gain_db,
        dynamic_range_db=machine.dynamic_range_db,
        tgc_db=machine.tgc_db,
        fps=28.0,
        age_weeks=age_weeks,
        seed=seed,
    )
    return Screen(site.style, site.width, site.height, setting)


def write_patient(folder: Path, order: Order, number: int) -> str:
    """Write the pictures of one fetus; returns its rows of labels.csv, without a header."""
    cv2.setNumThreads(1)
    patient = patient_of(order, number)
    home = f"{patient.site.name}/{patient.name}"
    (folder / home).mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    for at, shot in enumerate(shots_of(order, patient)):
        name = f"{home}/{at + 1:04d}"
        made = exported(shot, patient.site, patient.fetus.seed)
        _write_png(folder / f"{name}.png", made.pixels)
        row: dict[str, object] = {
            "file": f"{name}.png",
            "frame": 0,
            "fetus": patient.name,
            "site": patient.site.name,
            "exam": "" if order.frames else f"E{patient.number + 1:05d}",
            "clip": shot.clip,
            "time_s": "" if shot.time_s is None else f"{shot.time_s:.3f}",
            "domain": order.domain,
            "style": patient.site.style or "none",
        }
        row |= dict(_labels(shot.parameters, made))
        if made.truth.view != "other" and made.gap.max() > 127:
            row["mask"] = f"{name}-gap.png"
            _write_png(folder / f"{name}-gap.png", np.where(made.gap > 127, np.uint8(255), np.uint8(0)))
        if order.twins and made.truth.view != "other" and patient.fetus.cleft.kind != "none":
            row["twin"] = f"{name}-twin.png"
            twin = replace(shot, parameters=without_cleft(shot.parameters))
            _write_png(folder / f"{name}-twin.png", exported(twin, patient.site, patient.fetus.seed).pixels)
        table.writerow(row)
    return text.getvalue()


def _labels(p: Parameters, made: Exported) -> Iterator[tuple[str, object]]:
    t, region, cleft = made.truth, made.region, p.fetus.cleft
    yield from (("view", t.view), ("cleft", int(t.cleft)), ("judgeable", int(t.judgeable)))
    yield from (
        ("kind", cleft.kind),
        ("mm_per_px", f"{t.mm_per_px:.5f}"),
        ("look_alikes", ";".join(look_alikes(p))),
    )
    if cleft.kind != "none":
        yield from (("extent", cleft.extent), ("width_mm", f"{cleft.width_mm:.2f}"))
    if t.view != "other":
        yield from (("quality", f"{min(1.0, t.quality):.3f}"), ("gap_px", f"{t.gap_px:.1f}"))
        yield from (("offset_mm", f"{p.offset_mm:.2f}"), ("tilt_deg", f"{p.tilt_deg:.1f}"))
    if t.cleft:
        yield ("contrast", f"{t.contrast:.3f}")
        rows, columns = np.nonzero(made.gap > 127)
        if rows.size:
            yield from (("box_x0", columns.min()), ("box_y0", rows.min()))
            yield from (("box_x1", columns.max() + 1), ("box_y1", rows.max() + 1))
    box, sector = region.box, region.sector
    yield from (("x0", box.x0), ("y0", box.y0), ("x1", box.x1), ("y1", box.y1))
    if sector is not None:
        if sector.corners:
            numbers = [f"{value:.3f}" for corner in sector.corners for value in corner]
        else:
            numbers = [f"{v:.3f}" for v in (sector.apex_x, sector.apex_y, sector.r0_px, sector.r1_px)]
            numbers += [f"{sector.angle0_rad:.6f}", f"{sector.angle1_rad:.6f}"]
        yield ("sector", ";".join((sector.kind, *numbers)))
    yield from (("other", p.other or ""), ("seed", p.seed), ("age_weeks", f"{p.fetus.age_weeks:.1f}"))


def _write_png(path: Path, pixels: Pixels) -> None:
    """Lossless, and saying what it is."""
    note = PngInfo()
    note.add_text("Title", SYNTHETIC)
    note.add_text("Comment", f"{SYNTHETIC}: made by philtrum phantom, no patient")
    Image.fromarray(pixels).save(path, pnginfo=note)
