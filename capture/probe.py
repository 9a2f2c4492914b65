"""What capture sees of a source: a few frames read, measured, and told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from capture.clock import Clock, SystemClock
from capture.frame import Frame
from capture.geometry import Box, Region
from capture.region.evidence import Pool, look
from capture.region.finder import Finding, find_in
from capture.region.lettering import Ticks, depth_ticks, text_areas
from capture.region.presets import sector_json
from capture.source import EndOfSource, FrameSource, SourceInfo, SourceLostError

MOST_FRAMES = 60
MOST_S = 3.0
FILE_S = 1.2
"""A recording is not paced: what can be read in this time is enough."""
_LOOKS = 12
"""Frames the region is found on, spread evenly over those read."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found. Sizes and places are of the displayed frame."""

    info: SourceInfo
    """As the source says of itself after the frames were read."""
    fps: float | None
    """Frames a second: the recording's own time stamps, or as frames arrived from a live source."""
    fps_from: str | None
    """'time stamps' or 'arrival'."""
    region: Region
    """`origin` 'whole' where no sector was found."""
    text_areas: tuple[Box, ...]
    ticks: Ticks | None
    warnings: tuple[str, ...]
    """In words; no patient's values."""


def probe(source: FrameSource, clock: Clock | None = None) -> Probe:
    """Open a source, read at most 60 frames or 3 s, close it, and say what was seen.

    Raises:
        SourceError: it cannot be opened or read, or gave no frame.
    """
    with source:
        reading = _Reading(source, clock or SystemClock())
        reading.run()
        info = source.info
    frame = reading.last
    if frame is None:
        raise SourceLostError(f"{info.name}: no picture came within {MOST_S:g} s")
    finding = reading.find(info.claimed_region)
    region = replace(finding.region, mm_per_px=info.mm_per_px, mm_per_px_from=info.mm_per_px_from)
    if frame.mm_per_px is not None and info.mm_per_px is None:
        region = replace(region, mm_per_px=frame.mm_per_px, mm_per_px_from="source")
    warnings = [*info.warnings]
    if finding.reason is not None:
        warnings.append(f"{finding.reason}; the whole picture is used")
    if reading.missing is not None and reading.missing not in warnings:
        warnings.append(reading.missing)
    if len(reading.sizes) > 1:
        warnings.append("the size changes: " + ", ".join(f"{w}x{h}" for w, h in reading.sizes))
    fps, fps_from = reading.rate()
    if not info.live:
        fps, fps_from = info.fps, "time stamps" if info.fps is not None else None
    info = replace(info, width=frame.width, height=frame.height)
    letters = tuple(text_areas(frame.pixels, region))
    return Probe(info, fps, fps_from, region, letters, depth_ticks(frame.pixels, region), tuple(warnings))


class _Reading:
    """The frames of one probe: looked at as they come, none kept but the last of the first size."""

    def __init__(self, source: FrameSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._pool = Pool()
        self._arrivals: list[int] = []
        self.last: Frame | None = None
        self.sizes: list[tuple[int, int]] = []
        self.missing: str | None = None

    def run(self) -> None:
        """Read until enough was seen, the time is over, or the recording ends."""
        info = self._source.info
        count = min(MOST_FRAMES, info.frames or MOST_FRAMES)
        every = max(1, count // _LOOKS)
        start = self._clock.now_ns()
        seen = 0
        while seen < MOST_FRAMES:
            # A live source may take its time to send the first picture.
            allowed = MOST_S if info.live or self.last is None else FILE_S
            if (self._clock.now_ns() - start) / 1e9 > allowed:
                return
            try:
                frame = self._source.read()
            except EndOfSource as end:
                self.missing = end.missing
                return
            if frame is not None:
                self._take(frame, seen % every == 0 and self._pool.count < _LOOKS)
                seen += 1

    def find(self, claimed: Box | None) -> Finding:
        return find_in(self._pool.evidence(), claimed)

    def rate(self) -> tuple[float | None, str | None]:
        """Frames a second as they arrived: (n - 1) over the time from first to last."""
        if len(self._arrivals) < 2 or self._arrivals[-1] <= self._arrivals[0]:
            return None, None
        return (len(self._arrivals) - 1) * 1e9 / (self._arrivals[-1] - self._arrivals[0]), "arrival"

    def _take(self, frame: Frame, wanted: bool) -> None:
        self._arrivals.append(frame.captured_ns)
        size = (frame.width, frame.height)
        if size not in self.sizes:
            self.sizes.append(size)
        if size == self.sizes[0]:
            self.last = frame
            if wanted or self._pool.count == 0:
                self._pool.add(look(frame.pixels))


def probe_json(result: Probe) -> dict[str, Any]:
    """The probe as JSON: displayed pixels, seconds, mm; null where unknown."""
    info, region = result.info, result.region
    box = region.box
    ticks = result.ticks
    found = region.origin != "whole"
    return {
        "kind": info.kind,
        "name": info.name,
        "live": info.live,
        "container": info.container,
        "codec": info.codec,
        "width": info.width,
        "height": info.height,
        "fps": result.fps,
        "fps_from": result.fps_from,
        "frames": info.frames,
        "duration_s": info.duration_s,
        "rotation_deg": info.rotation_deg,
        "colour_range": info.colour_range,
        "interlaced": info.interlaced,
        "region": [box.x0, box.y0, box.x1, box.y1] if found else None,
        "region_from": region.origin if found else None,
        "sector": sector_json(region.sector),
        "mm_per_px": region.mm_per_px,
        "mm_per_px_from": region.mm_per_px_from,
        "depth_ticks": {"x": ticks.x, "y0": ticks.y0, "spacing_px": ticks.spacing_px, "count": ticks.count}
        if ticks
        else None,
        "text_areas": [[b.x0, b.y0, b.x1, b.y1] for b in result.text_areas],
        "warnings": list(result.warnings),
    }


def probe_text(result: Probe) -> str:
    """The probe for people, one fact a line."""
    facts = probe_json(result)
    box, ticks = result.region.box, result.ticks
    lines = [
        ("source", f"{facts['name']} ({facts['kind']}{', live' if facts['live'] else ''})"),
        ("format", " / ".join(str(v) for v in (facts["container"], facts["codec"]) if v) or "not known"),
        ("size", f"{facts['width']} x {facts['height']}" + _and(_turned(result.info.rotation_deg))),
        ("rate", f"{result.fps:.3f} frames/s ({result.fps_from})" if result.fps else "not known"),
        ("frames", "not known" if facts["frames"] is None else str(facts["frames"])),
        (
            "duration",
            f"{result.info.duration_s:.3f} s" if result.info.duration_s is not None else "not known",
        ),
        (
            "range",
            (facts["colour_range"] or "not known") + _and("interlaced" if result.info.interlaced else ""),
        ),
        (
            "region",
            f"{box.x0},{box.y0} to {box.x1},{box.y1} ({facts['region_from']})"
            if facts["region"]
            else "no sector found: the whole picture",
        ),
        ("sector", _sector_words(facts["sector"])),
        (
            "scale",
            f"{result.region.mm_per_px:.4f} mm/px (from {result.region.mm_per_px_from})"
            if result.region.mm_per_px
            else "not known",
        ),
        ("ticks", f"{ticks.count} at x={ticks.x}, every {ticks.spacing_px:.1f} px" if ticks else "none read"),
        ("text", f"{len(result.text_areas)} areas outside the scan"),
    ]
    lines += [("warning", warning) for warning in result.warnings]
    return "\n".join(f"{label:<9} {text}" for label, text in lines)


def _and(text: str) -> str:
    return f", {text}" if text else ""


def _turned(degrees: int) -> str:
    return f"turned by {degrees} degrees for display" if degrees else ""


def _sector_words(sector: dict[str, Any] | None) -> str:
    if sector is None:
        return "none"
    kind = str(sector["kind"])
    if "corners" in sector:
        return kind + " " + " ".join(f"{x:.0f},{y:.0f}" for x, y in sector["corners"])
    (x, y), (r0, r1), (a0, a1) = sector["apex"], sector["radii_px"], sector["angles_rad"]
    return f"{kind}, apex {x:.0f},{y:.0f}, radii {r0:.0f} to {r1:.0f} px, angles {a0:.3f} to {a1:.3f} rad"
