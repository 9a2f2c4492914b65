"""Words, arcs and heat on RGB arrays, for film and pictures: no Qt, the same pixels on every machine."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.live import heatmap
from app.live.heatmap import HeatLayer
from capture.frame import Pixels
from capture.geometry import Region, region_mask
from capture.scan import Scan
from inference.evidence_types import Status, Verdict
from resources.files import resource_path

Colour = tuple[int, int, int]
Weight = Literal["Regular", "Medium", "SemiBold"]
Anchor = Literal["left", "centre", "right"]

SCAN: Colour = (5, 6, 8)
BACK: Colour = (11, 15, 19)
LINE: Colour = (35, 44, 53)
RULE: Colour = (72, 84, 96)
TRACK: Colour = (32, 42, 52)
BRIGHT: Colour = (238, 242, 246)
PLAIN: Colour = (195, 204, 213)
QUIET: Colour = (138, 150, 163)
FAINT: Colour = (117, 129, 141)
CYAN: Colour = (86, 194, 214)
AMBER: Colour = (245, 176, 65)
CORAL: Colour = (255, 90, 95)
VIOLET: Colour = (183, 154, 245)
"""The window's colours (`app.theme`), red, green, blue. Never green: no state means 'normal'."""

STATUS_COLOUR: dict[Status, Colour] = {
    Status.NOT_ASSESSED: QUIET,
    Status.SEARCHING: QUIET,
    Status.GATHERING: CYAN,
    Status.NO_SIGN: PLAIN,
    Status.LOOK_AGAIN: AMBER,
    Status.FLAG: CORAL,
}
VERDICT_COLOUR: dict[Verdict, Colour] = {
    Verdict.NOT_ASSESSED: QUIET,
    Verdict.LIP_MISSING: VIOLET,
    Verdict.PALATE_MISSING: VIOLET,
    Verdict.LIP_SUSPECT_ALONE: CORAL,
    Verdict.PALATE_SUSPECT_ALONE: CORAL,
    Verdict.SUSPECT_LIP: CORAL,
    Verdict.SUSPECT_BOTH: CORAL,
    Verdict.DISCORDANT: CORAL,
    Verdict.AMBIGUOUS: AMBER,
    Verdict.NO_SIGN_SHOWN: PLAIN,
}

HEAT_OPACITY = 0.5
_ALPHA = np.clip((np.linspace(0, 1, 256) - heatmap.FLOOR) / (1 - heatmap.FLOOR), 0, 1) * HEAT_OPACITY
"""For each level of a map, 0 to 255: clear up to the floor, then ever denser."""
_KEPT = np.rint((1 - _ALPHA) * 255).astype(np.uint8)
_ADDED = np.rint(_ALPHA[None, :, None] * np.array(heatmap.AMBER)).astype(np.uint8)
"""What is left of the scan, and what is added to it, for each level; cv2 is ten times numpy's speed here."""


@lru_cache(maxsize=32)
def _font(size: int, weight: Weight) -> ImageFont.FreeTypeFont:
    path = resource_path("fonts", f"PhiltrumSans-{weight}.ttf")
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=2048)
def _letters(words: str, size: int, weight: Weight) -> NDArray[np.uint16]:
    """The words as opacity, 0 to 256, (h, w); the base line is the same for all words of one size."""
    font = _font(size, weight)
    ascent, descent = font.getmetrics()
    width = max(1, math.ceil(font.getlength(words)))
    image = Image.new("L", (width, ascent + descent), 0)
    ImageDraw.Draw(image).text((0, 0), words, fill=255, font=font)
    opacity = np.asarray(image, np.uint16)
    opacity = opacity + (opacity >> 7)
    opacity.flags.writeable = False
    return opacity


def words_width(words: str, size: int, weight: Weight = "Regular") -> int:
    return int(_letters(words, size, weight).shape[1])


def put_words(
    canvas: Pixels,
    at: tuple[int, int],
    words: str,
    size: int,
    colour: Colour = PLAIN,
    weight: Weight = "Regular",
    anchor: Anchor = "left",
) -> None:
    """Write onto `canvas` (h, w, 3); `at` is x of the anchor and y of the line's top. Cut at the edges."""
    if not words:
        return
    opacity = _letters(words, size, weight)
    left = at[0] - {"left": 0, "centre": opacity.shape[1] // 2, "right": opacity.shape[1]}[anchor]
    x0, y0 = max(0, left), max(0, at[1])
    x1 = min(canvas.shape[1], left + opacity.shape[1])
    y1 = min(canvas.shape[0], at[1] + opacity.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = opacity[y0 - at[1] : y1 - at[1], x0 - left : x1 - left, None]
    under = canvas[y0:y1, x0:x1].astype(np.uint16)
    canvas[y0:y1, x0:x1] = ((under * (256 - part) + np.array(colour, np.uint16) * part) >> 8).astype(np.uint8)


def wrapped(words: str, width: int, size: int, weight: Weight = "Regular") -> list[str]:
    """The words broken into lines of at most `width` pixels."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and words_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def put_shape(canvas: Pixels, centre: tuple[int, int], radius: int, status: Status) -> None:
    """The status as a shape, so that its colour is never needed."""
    x, y = centre
    colour = STATUS_COLOUR[status]
    if status is Status.FLAG:
        corners = [(x, y - radius), (x + radius, y + radius), (x - radius, y + radius)]
    elif status is Status.LOOK_AGAIN:
        corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
    else:
        if status is Status.NOT_ASSESSED:
            cv2.line(canvas, (x - radius, y), (x + radius, y), colour, 3, cv2.LINE_AA)
        else:
            cv2.circle(canvas, (x, y), radius - 2, colour, 2, cv2.LINE_AA)
        if status is Status.GATHERING:
            cv2.ellipse(canvas, (x, y), (radius - 2, radius - 2), -90, 0, 180, colour, -1, cv2.LINE_AA)
        return
    cv2.fillPoly(canvas, [np.array(corners, np.int32)], colour, cv2.LINE_AA)


def scan_picture(scan: Scan, width: int, height: int, *, enlarge: bool = True) -> tuple[Pixels, float]:
    """The scan alone, everything outside it black, fitted into a size.

    Returns:
        RGB (h, w, 3), at most `height` by `width`, aspect kept; and its pixels for one pixel of the frame.
    """
    frame, box = scan.frame, scan.region.box.clipped(scan.frame.width, scan.frame.height)
    scale = min(width / box.width, height / box.height)
    scale = scale if enlarge else min(1.0, scale)
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    crop = masked_crop(frame.pixels, scan.region)
    if size != (box.width, box.height):
        # From half size down a bilinear sample passes pixels over: a fine gap could vanish.
        how = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
        crop = np.asarray(cv2.resize(crop, size, interpolation=how), np.uint8)
    if crop.ndim == 2:
        crop = np.asarray(cv2.cvtColor(crop, cv2.COLOR_GRAY2RGB), np.uint8)
    return crop, scale


def masked_crop(pixels: Pixels, region: Region) -> Pixels:
    """The box of the scan out of a frame, a copy, with everything outside the scan black."""
    box = region.box.clipped(pixels.shape[1], pixels.shape[0])
    inside = np.s_[box.y0 : box.y1, box.x0 : box.x1]
    crop = pixels[inside]
    if region.sector is None:
        return crop.copy()
    out = np.zeros_like(crop)
    cv2.copyTo(crop, region_mask(region)[inside], out)
    return out


def put_heat(picture: Pixels, scale: float, region: Region, layer: HeatLayer) -> None:
    """Paint a heat-map and its outline onto a picture from `scan_picture`, inside the scan only."""
    if layer.box is None:
        return
    rows, columns = layer.levels.shape
    box = region.box.clipped(region.frame_width, region.frame_height)
    place = layer.placement
    cell_x, cell_y = place.width / columns * scale, place.height / rows * scale
    left, top = (place.x0 - box.x0) * scale, (place.y0 - box.y0) * scale
    x0 = max(0, math.floor(left + layer.box[0] * cell_x))
    y0 = max(0, math.floor(top + layer.box[1] * cell_y))
    x1 = min(picture.shape[1], math.ceil(left + layer.box[2] * cell_x))
    y1 = min(picture.shape[0], math.ceil(top + layer.box[3] * cell_y))
    if x0 >= x1 or y0 >= y1:
        return
    # The centre of cell 0 lies half a cell in from the edge of the map.
    matrix = np.array([[cell_x, 0, left + cell_x / 2 - 0.5 - x0], [0, cell_y, top + cell_y / 2 - 0.5 - y0]])
    levels = cv2.warpAffine(layer.levels, matrix, (x1 - x0, y1 - y0))
    planes = cv2.merge([levels] * 3)
    part = picture[y0:y1, x0:x1]
    part[:] = cv2.add(cv2.multiply(part, cv2.LUT(planes, _KEPT), scale=1 / 255), cv2.LUT(planes, _ADDED))
    size = np.array([place.width * scale, place.height * scale])
    for outline in layer.outlines:
        points = outline * size + (left - 0.5, top - 0.5)
        cv2.polylines(picture, [np.rint(points * 16).astype(np.int32)], True, AMBER, 2, cv2.LINE_AA, shift=4)
