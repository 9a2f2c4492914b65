from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.geometry import Box, Region, Sector
from capture.region.presets import Preset, PresetStore, kept, signature
from tests.capture.region.screens import HEIGHT, WIDTH, box_of, fan, rectangle, screen

FOUND = Region(box_of(fan()), WIDTH, HEIGHT, fan(), "found", 0.21, "dicom")


@pytest.fixture
def store(tmp_path: Path) -> PresetStore:
    return PresetStore(tmp_path / "home" / "presets.json")


def preset(name: str = "fan", machine: str = "Room 2", region: Region = FOUND) -> Preset:
    return kept(name, machine, "960x720 60", region, screen(fan()))


@pytest.mark.parametrize("sector", [fan(), rectangle(), None], ids=["fan", "rectangle", "box alone"])
def test_what_is_saved_is_read_again(store: PresetStore, sector: Sector | None) -> None:
    one = preset(region=replace(FOUND, sector=sector))
    store.save(one)
    assert store.all() == (one,)
    assert one.region.origin == "preset"


def test_the_same_machine_format_and_name_replace(store: PresetStore) -> None:
    store.save(preset())
    store.save(preset(machine="Room 3"))
    moved = preset(region=replace(FOUND, box=Box(10, 50, 800, 700)))
    store.save(moved)
    assert {one.machine for one in store.all()} == {"Room 2", "Room 3"}
    assert moved in store.all()
    store.remove(moved.key)
    assert [one.machine for one in store.all()] == ["Room 3"]


def test_the_screen_it_was_made_on_is_known_again(store: PresetStore) -> None:
    one = preset()
    store.save(one)
    later = screen(fan(), seed=3, clock="23:59:59", gain=0.5)
    assert store.match(later) == one
    assert store.region_for(later) == one.region


def test_another_screen_or_size_is_not(store: PresetStore) -> None:
    store.save(preset())
    other = screen(fan())
    other[:, :220] = 200
    assert store.match(other) is None
    assert store.region_for(np.ascontiguousarray(screen(fan())[:600])) is None


def test_a_screen_without_furniture_is_never_chosen(store: PresetStore) -> None:
    bare = screen(fan(), furniture=False)
    store.save(kept("bare", "Room 2", "", FOUND, bare))
    assert store.match(bare) is None


def test_no_lettering_survives_in_a_signature() -> None:
    cells = signature(screen(fan()), FOUND)
    assert len(cells) == 24 * 16
    renamed = screen(fan(), clock="OTHER NAME")
    assert np.abs(np.array(cells) - np.array(signature(renamed, FOUND))).max() <= 14


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other/1", "presets": []}', '{"presets": 3}'])
def test_a_broken_file_is_passed_over(store: PresetStore, tmp_path: Path, text: str) -> None:
    path = tmp_path / "home" / "presets.json"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    assert store.all() == ()
    store.save(preset())
    assert len(store.all()) == 1


@pytest.mark.parametrize(
    "damage",
    [
        {"box": [0, 0, 5000, 10]},
        {"box": "all"},
        {"signature": [1, 2]},
        {"sector": {"kind": "round", "corners": []}},
        {"frame": None},
    ],
)
def test_a_broken_entry_costs_itself_alone(
    store: PresetStore, tmp_path: Path, damage: dict[str, Any]
) -> None:
    store.save(preset())
    store.save(preset(name="second"))
    path = tmp_path / "home" / "presets.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["presets"][0].update(damage)
    path.write_text(json.dumps(document), encoding="utf-8")
    assert [one.name for one in store.all()] == ["second"]


def test_a_write_that_fails_leaves_what_was_there(
    store: PresetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(preset())

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("capture.region.presets.os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        store.save(preset(name="second"))
    assert [one.name for one in store.all()] == ["fan"]
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["presets.json"]


def test_a_preset_needs_a_name() -> None:
    with pytest.raises(ValueError, match="expected a name"):
        kept("  ", "Room 2", "", FOUND, screen(fan()))


def test_a_frame_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a frame of 960x720, got 960x700"):
        signature(screen(fan())[:700], FOUND)
