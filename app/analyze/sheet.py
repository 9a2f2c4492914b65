"""One picture of the annotated film: scan with heat-map, status, score, views, and the score so far."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from app.analyze import words
from app.analyze.drawing import (
    AMBER,
    BACK,
    BRIGHT,
    CYAN,
    FAINT,
    LINE,
    PLAIN,
    QUIET,
    RULE,
    SCAN,
    STATUS_COLOUR,
    TRACK,
    VERDICT_COLOUR,
    VIOLET,
    Colour,
    put_heat,
    put_shape,
    put_words,
    scan_picture,
    wrapped,
)
from app.analyze.facts import ModelFacts
from app.live.heatmap import HeatGate, HeatLayer, heat_layer
from capture.frame import Pixels
from inference.analysis import Row
from inference.evidence_types import BARS, Evidence, Status
from inference.prediction import View

WIDTH, HEIGHT = 1280, 720
_PICTURE = (960, 632)
"""Width and height of the part with the scan, at the top left."""
_PANEL_X = 984
_RIGHT_X = WIDTH - 24
_STRIP = (24, 640, 936, 684)
"""x0, y0, x1, y1 of the score over the recording."""
_BAND = 6
"""Height of the line of views under the score."""
_ARC = (1120, 290)
_RADIUS = 82
_ARC_FROM, _ARC_SWEEP = 150.0, 240.0
"""Degrees, clockwise from image right."""
_BAND_COLOUR: dict[View, Colour] = {"lip": CYAN, "palate": VIOLET, "other": LINE}


class Sheet:
    """Draws rows in their order; keeps the score so far and the heat-map of a repeated picture."""

    def __init__(self, name: str, facts: ModelFacts, frames: int | None) -> None:
        """`frames` is the expected length of the recording, None where it is not known."""
        self._facts = facts
        self._frames = frames
        self._gate = HeatGate(facts.look_again, facts.release, facts.heat_threshold)
        self._ground = _ground(name, facts)
        self._strip = _Strip(facts, frames)
        self._heat: tuple[int, HeatLayer | None] = (-1, None)

    def draw(self, row: Row) -> Pixels:
        """RGB (HEIGHT, WIDTH, 3), the caller's own."""
        canvas = self._ground.copy()
        self._draw_scan(canvas, row)
        self._draw_state(canvas, row)
        self._draw_score(canvas, row.evidence)
        self._draw_views(canvas, row.evidence)
        self._strip.add(row)
        self._strip.draw(canvas)
        return canvas

    def _draw_scan(self, canvas: Pixels, row: Row) -> None:
        width, height = _PICTURE
        if row.scan.region.origin == "whole":
            for line, text in enumerate(words.WITHHELD):
                put_words(
                    canvas, (width // 2, height // 2 - 24 + 28 * line), text, 20, QUIET, anchor="centre"
                )
            return
        picture, scale = scan_picture(row.scan, width, height)
        if row.prediction is not None:
            shown = self._gate.opens(row.prediction, row.evidence, standing=self._frames == 1)
            layer = heat_layer(row.prediction, self._facts.heat_threshold) if shown else None
            self._heat = row.scan.scan_index, layer
        index, layer = self._heat
        if layer is not None and index == row.scan.scan_index:
            put_heat(picture, scale, row.scan.region, layer)
        x, y = (width - picture.shape[1]) // 2, (height - picture.shape[0]) // 2
        canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture

    def _draw_state(self, canvas: Pixels, row: Row) -> None:
        evidence, scan = row.evidence, row.scan
        put_shape(canvas, (_PANEL_X + 10, 104), 10, evidence.status)
        word = words.STATUS[evidence.status]
        size = 28 if len(word) < 16 else 22
        put_words(
            canvas,
            (_PANEL_X + 30, 104 - size * 5 // 8),
            word,
            size,
            STATUS_COLOUR[evidence.status],
            "SemiBold",
        )
        put_words(canvas, (_PANEL_X, 126), words.plane_words(evidence), 16, BRIGHT, "Medium")
        for line, text in enumerate(wrapped(words.hits_words(evidence), _RIGHT_X - _PANEL_X, 14)):
            put_words(canvas, (_PANEL_X, 148 + 18 * line), text, 14, QUIET)
        put_words(canvas, (_PANEL_X, 574), f"frame {scan.frame.index}", 15, PLAIN)
        if scan.frame.media_s is not None:
            put_words(canvas, (_RIGHT_X, 574), f"{scan.frame.media_s:.2f} s", 15, PLAIN, anchor="right")
        said = words.SIGNAL[scan.signal] or ("repeat" if scan.repeat else "")
        put_words(
            canvas, (_RIGHT_X, 596), said, 14, AMBER if words.SIGNAL[scan.signal] else QUIET, anchor="right"
        )
        flags = len(evidence.flags)
        if flags:
            text = f"{flags} flag{'s' if flags > 1 else ''} so far"
            put_words(canvas, (_PANEL_X, 596), text, 14, STATUS_COLOUR[Status.FLAG])

    def _draw_score(self, canvas: Pixels, evidence: Evidence) -> None:
        smoothed, colour = evidence.smoothed, STATUS_COLOUR[evidence.status]
        if smoothed is not None:
            sweep = _ARC_SWEEP * min(1.0, max(0.0, smoothed))
            _arc(canvas, 0.0, sweep, colour)
            put_words(canvas, (_ARC[0], _ARC[1] - 32), f"{smoothed:.2f}", 44, BRIGHT, "SemiBold", "centre")
        else:
            put_words(canvas, (_ARC[0], _ARC[1] - 32), "–", 44, FAINT, "SemiBold", "centre")
        for point in (self._facts.look_again, self._facts.flag):
            cv2.line(canvas, _on_arc(point, -9), _on_arc(point, 9), BRIGHT, 1, cv2.LINE_AA)
        if evidence.instant is not None:
            cv2.circle(canvas, _on_arc(evidence.instant, 0), 4, BRIGHT, -1, cv2.LINE_AA)

    def _draw_views(self, canvas: Pixels, evidence: Evidence) -> None:
        for line, view in enumerate(("lip", "palate")):
            tally = next((t for v, t in evidence.tallies.items() if v == view), None)
            y = 440 + 28 * line
            for bar in range(BARS):
                x = _PANEL_X + 70 + 17 * bar
                lit = tally is not None and bar < tally.bars
                cv2.rectangle(canvas, (x, y + 5), (x + 11, y + 12), CYAN if lit else LINE, -1)
            if tally is not None:
                colour = STATUS_COLOUR[tally.status]
                put_words(canvas, (_RIGHT_X, y - 2), words.tally_word(tally), 14, colour, anchor="right")
        verdict = words.VERDICT[evidence.verdict]
        for line, text in enumerate(wrapped(verdict, _RIGHT_X - _PANEL_X, 15, "Medium")):
            put_words(
                canvas, (_PANEL_X, 508 + 20 * line), text, 15, VERDICT_COLOUR[evidence.verdict], "Medium"
            )


class _Strip:
    """The score over the recording, drawn on from frame to frame."""

    def __init__(self, facts: ModelFacts, frames: int | None) -> None:
        x0, y0, x1, y1 = _STRIP
        self._width, self._height = x1 - x0, y1 - y0 - _BAND - 2
        self._frames = max(frames or self._width, 2)
        self._seen = 0
        self._last: tuple[int, int] | None = None
        self._picture = np.full((y1 - y0, self._width, 3), BACK, np.uint8)
        for point in (facts.look_again, facts.flag):
            for x in range(0, self._width, 12):
                self._picture[self._y(point), x : x + 5] = RULE

    def add(self, row: Row) -> None:
        if self._seen >= self._frames:
            # Longer than was said: what is drawn moves together to make room.
            half = cv2.resize(
                self._picture, (self._width // 2, self._picture.shape[0]), interpolation=cv2.INTER_AREA
            )
            self._picture[:, : self._width // 2] = half
            self._picture[:, self._width // 2 :] = BACK
            self._frames *= 2
            self._last = None
        x = self._seen * (self._width - 1) // (self._frames - 1)
        self._seen += 1
        evidence = row.evidence
        end = self._seen * (self._width - 1) // (self._frames - 1)
        self._picture[-_BAND:, x : max(x + 1, end)] = _BAND_COLOUR[
            evidence.view if evidence.status not in (Status.NOT_ASSESSED, Status.SEARCHING) else "other"
        ]
        if evidence.instant is not None and row.prediction is not None:
            self._picture[self._y(evidence.instant), x] = FAINT
        if evidence.smoothed is None:
            self._last = None
            return
        here = (x, self._y(evidence.smoothed))
        cv2.line(self._picture, self._last or here, here, STATUS_COLOUR[evidence.status], 1, cv2.LINE_AA)
        self._last = here

    def draw(self, canvas: Pixels) -> None:
        x0, y0, x1, y1 = _STRIP
        canvas[y0:y1, x0:x1] = self._picture
        x = x0 + (self._seen - 1) * (self._width - 1) // (self._frames - 1)
        cv2.line(canvas, (x, y0), (x, y1), QUIET, 1)

    def _y(self, score: float) -> int:
        return round((1.0 - min(1.0, max(0.0, score))) * (self._height - 1))


def _ground(name: str, facts: ModelFacts) -> Pixels:
    """What does not change from frame to frame."""
    canvas = np.full((HEIGHT, WIDTH, 3), BACK, np.uint8)
    canvas[: _PICTURE[1], : _PICTURE[0]] = SCAN
    cv2.line(canvas, (_PICTURE[0], 0), (_PICTURE[0], HEIGHT - 32), LINE, 1)
    put_words(canvas, (_PANEL_X, 14), "Philtrum", 18, BRIGHT, "SemiBold")
    put_words(canvas, (_RIGHT_X, 17), f"{facts.name} {facts.version}", 13, QUIET, anchor="right")
    put_words(canvas, (_PANEL_X, 40), words.SYNTHETIC if facts.synthetic else "", 14, AMBER, "Medium")
    put_words(canvas, (_PANEL_X, 64), _shortened(name, 34), 13, FAINT)
    _arc(canvas, 0.0, _ARC_SWEEP, TRACK)
    for point, word in ((facts.look_again, "look"), (facts.flag, "flag")):
        x, y = _on_arc(point, 22)
        put_words(canvas, (x, y - 8), word, 12, QUIET, anchor="centre")
    put_words(canvas, (_ARC[0], _ARC[1] + 24), "model score", 14, PLAIN, anchor="centre")
    put_words(canvas, (_ARC[0], _ARC[1] + 62), "not the probability of a cleft", 13, FAINT, anchor="centre")
    for y in (396, 498, 566):
        cv2.line(canvas, (_PANEL_X, y), (_RIGHT_X, y), LINE, 1)
    put_words(canvas, (_PANEL_X, 408), "Views", 15, QUIET)
    for line, word in enumerate(("Lip", "Palate")):
        put_words(canvas, (_PANEL_X, 436 + 28 * line), word, 16, BRIGHT, "Medium")
    put_words(canvas, (24, HEIGHT - 27), words.STANDING, 14, PLAIN)
    put_words(canvas, (_PANEL_X, 640), "score over the recording", 13, FAINT)
    canvas.flags.writeable = False
    return canvas


def _arc(canvas: Pixels, start: float, sweep: float, colour: Colour) -> None:
    outer, inner = _RADIUS + 6, _RADIUS - 6
    angles = np.radians(_ARC_FROM + np.linspace(start, start + sweep, max(2, round(sweep / 3) + 2)))
    ring: Sequence[np.ndarray] = [
        np.stack([_ARC[0] + radius * np.cos(turn), _ARC[1] + radius * np.sin(turn)], axis=1)
        for radius, turn in ((outer, angles), (inner, angles[::-1]))
    ]
    points = np.rint(np.concatenate(ring) * 16).astype(np.int32)
    cv2.fillPoly(canvas, [points], colour, cv2.LINE_AA, shift=4)


def _on_arc(score: float, out: float) -> tuple[int, int]:
    turn = math.radians(_ARC_FROM + _ARC_SWEEP * min(1.0, max(0.0, score)))
    return round(_ARC[0] + (_RADIUS + out) * math.cos(turn)), round(
        _ARC[1] + (_RADIUS + out) * math.sin(turn)
    )


def _shortened(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-(most // 2 - 1) :]}"
