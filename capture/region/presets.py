"""Regions kept by name for a machine and an input format, found again by the look of the screen."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from capture.frame import Pixels
from capture.geometry import Box, Region, Sector, region_mask

log = logging.getLogger(__name__)

FORMAT = "philtrum-presets/1"
_CELLS = (24, 16)
"""Cells across and down of a signature: too few for any lettering to be read from it."""
_BLIND = -1
"""Stands in a signature for a cell that the scan touches."""
_LIT = 10
_LEAST_LIT = 3
"""A screen that shows less than this many lit cells round the scan cannot be told from another."""
_SAME_CELL = 14
_SAME_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Preset:
    """A region by name; `region.origin` is always 'preset'."""

    name: str
    machine: str
    """What the user calls the ultrasound machine."""
    input_format: str
    """Such as '1920x1080 59.94 NV12'; free text, part of the key with `machine` and `name`."""
    region: Region
    signature: tuple[int, ...]
    """Mean grey of coarse cells round the scan, -1 where the scan is."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.machine, self.input_format, self.name


def signature(pixels: Pixels, region: Region) -> tuple[int, ...]:
    """How the screen round the scan looks: mean grey of 24 x 16 cells, -1 for those the scan touches.

    Raises:
        ValueError: the region belongs to frames of another size.
    """
    height, width = pixels.shape[:2]
    if not region.fits(width, height):
        raise ValueError(
            f"expected a frame of {region.frame_width}x{region.frame_height}, got {width}x{height}"
        )
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(grey, _CELLS, interpolation=cv2.INTER_AREA)
    touched = cv2.resize(region_mask(region).astype(np.float32), _CELLS, interpolation=cv2.INTER_AREA) > 0
    return tuple(int(v) for v in np.where(touched, _BLIND, cells.astype(int)).ravel())


def kept(name: str, machine: str, input_format: str, region: Region, pixels: Pixels) -> Preset:
    """A preset of the region in force and the frame it is seen on.

    Raises:
        ValueError: the name is empty, or the region belongs to frames of another size.
    """
    if not name.strip():
        raise ValueError("expected a name for the preset, got none")
    fixed = replace(region, origin="preset")
    return Preset(name.strip(), machine.strip(), input_format.strip(), fixed, signature(pixels, fixed))


class PresetStore:
    """The presets in one JSON file, written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> tuple[Preset, ...]:
        """Every preset that can be read; a broken file or entry is passed over and logged."""
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            entries = document["presets"]
            if document["format"] != FORMAT or not isinstance(entries, list):
                raise ValueError(f"expected {FORMAT}, got {document['format']!r}")
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("presets not read: %s", error)
            return ()
        found: list[Preset] = []
        for number, entry in enumerate(entries):
            try:
                found.append(_from_json(entry))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                log.warning("preset %d not read: %s", number, error)
        return tuple(found)

    def save(self, preset: Preset) -> None:
        """Add a preset, in place of one with the same machine, format and name.

        Raises:
            OSError: it cannot be written; what was there stays.
        """
        self._write([*(other for other in self.all() if other.key != preset.key), preset])

    def remove(self, key: tuple[str, str, str]) -> None:
        """Forget a preset; one that is not there is no error.

        Raises:
            OSError: it cannot be written; what was there stays.
        """
        self._write([other for other in self.all() if other.key != key])

    def region_for(self, pixels: Pixels) -> Region | None:
        """The region of the preset that fits this frame: what `RegionScout` asks for."""
        preset = self.match(pixels)
        return preset.region if preset else None

    def match(self, pixels: Pixels) -> Preset | None:
        """The preset whose frame size and screen round the scan fit this frame best; None where none does."""
        height, width = pixels.shape[:2]
        best: tuple[float, Preset] | None = None
        for preset in self.all():
            if not preset.region.fits(width, height):
                continue
            share = _likeness(preset.signature, signature(pixels, preset.region))
            if share >= _SAME_SHARE and (best is None or share > best[0]):
                best = (share, preset)
        return best[1] if best else None

    def _write(self, presets: Sequence[Preset]) -> None:
        document = {"format": FORMAT, "presets": [_to_json(preset) for preset in presets]}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _likeness(kept_one: Sequence[int], seen: Sequence[int]) -> float:
    """Share of the cells round the scan that look alike, weighted to those that show anything; 0-1."""
    one, other = np.array(kept_one), np.array(seen)
    open_cells = (one != _BLIND) & (other != _BLIND)
    lit = open_cells & ((one > _LIT) | (other > _LIT))
    if np.count_nonzero(open_cells & (one > _LIT)) < _LEAST_LIT:
        return 0.0
    alike = np.abs(one - other) <= _SAME_CELL
    return float(np.count_nonzero(alike & lit) / np.count_nonzero(lit))


def _to_json(preset: Preset) -> dict[str, Any]:
    region, sector = preset.region, preset.region.sector
    return {
        "name": preset.name,
        "machine": preset.machine,
        "input_format": preset.input_format,
        "frame": [region.frame_width, region.frame_height],
        "box": [region.box.x0, region.box.y0, region.box.x1, region.box.y1],
        "sector": sector_json(sector),
        "mm_per_px": region.mm_per_px,
        "mm_per_px_from": region.mm_per_px_from,
        "signature": list(preset.signature),
    }


def _from_json(entry: Any) -> Preset:
    width, height = (int(v) for v in entry["frame"])
    x0, y0, x1, y1 = (int(v) for v in entry["box"])
    box = Box(x0, y0, x1, y1)
    if box.area == 0 or box.clipped(width, height) != box:
        raise ValueError(f"expected a box inside {width}x{height}, got {x0},{y0},{x1},{y1}")
    cells = tuple(int(v) for v in entry["signature"])
    if len(cells) != _CELLS[0] * _CELLS[1]:
        raise ValueError(f"expected {_CELLS[0] * _CELLS[1]} cells, got {len(cells)}")
    mm_per_px = entry.get("mm_per_px")
    region = Region(
        box,
        width,
        height,
        _sector_from(entry.get("sector")),
        "preset",
        float(mm_per_px) if mm_per_px is not None else None,
        entry.get("mm_per_px_from"),
    )
    return Preset(str(entry["name"]), str(entry["machine"]), str(entry["input_format"]), region, cells)


def sector_json(sector: Sector | None) -> dict[str, Any] | None:
    """A sector as JSON: kind, and either apex, radii and angles, or corners; displayed pixels, radians."""
    if sector is None:
        return None
    if sector.corners:
        return {"kind": sector.kind, "corners": [[x, y] for x, y in sector.corners]}
    return {
        "kind": sector.kind,
        "apex": [sector.apex_x, sector.apex_y],
        "radii_px": [sector.r0_px, sector.r1_px],
        "angles_rad": [sector.angle0_rad, sector.angle1_rad],
    }


def _sector_from(entry: Any) -> Sector | None:
    if entry is None:
        return None
    if entry["kind"] not in ("convex", "phased", "linear", "trapezoid"):
        raise ValueError(f"expected a kind of sector, got {entry['kind']!r}")
    if "corners" in entry:
        return Sector(entry["kind"], corners=tuple((float(x), float(y)) for x, y in entry["corners"]))
    (x, y), (r0, r1), (a0, a1) = entry["apex"], entry["radii_px"], entry["angles_rad"]
    return Sector(entry["kind"], float(x), float(y), float(r0), float(r1), float(a0), float(a1))
