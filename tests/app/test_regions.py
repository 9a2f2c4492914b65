from __future__ import annotations

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from app.errors import Notices
from app.live.policy import Decision, Pairing
from app.regions import RegionKeeper
from capture.frame import Pixels, make_frame
from capture.geometry import Box, Region
from capture.link import Link, LinkState
from capture.region.presets import PresetStore
from capture.scan import Scan, Signal
from capture.source import SourceInfo

LINK = Link(LinkState.LIVE, 0, info=SourceInfo("card", "HDMI 1", 640, 480, True))


def screen() -> Pixels:
    """A machine's screen: a lit border of letters round a scan."""
    pixels = np.zeros((480, 640), np.uint8)
    pixels[20:460, 20:120] = 150
    pixels[100:400, 200:600] = 90
    return pixels


def shown(pixels: Pixels) -> Decision:
    region = Region.whole(pixels.shape[1], pixels.shape[0])
    scan = Scan(make_frame(0, 0, pixels.copy()), region, 0, False, Signal.MOVING)
    return Decision(scan, Pairing.WITHOUT, None)


def test_a_region_set_by_hand_is_found_again_and_can_be_given_up(qtbot: QtBot, tmp_path: Path) -> None:
    store = PresetStore(tmp_path / "regions.json")
    by_hand = Region(Box(200, 100, 600, 400), 640, 480, origin="manual")
    RegionKeeper(store, Notices()).keep(by_hand, shown(screen()), LINK)
    keeper = RegionKeeper(PresetStore(tmp_path / "regions.json"), Notices())
    found = keeper.region_for(screen())
    assert found is not None
    assert (found.box, found.origin) == (by_hand.box, "preset")
    assert keeper.region_for(np.zeros((480, 640), np.uint8)) is None
    keeper.forget(shown(screen()))
    assert keeper.region_for(screen()) is None


def test_a_region_of_another_picture_size_is_not_kept(qtbot: QtBot, tmp_path: Path) -> None:
    store = PresetStore(tmp_path / "regions.json")
    RegionKeeper(store, Notices()).keep(Region(Box(0, 0, 9, 9), 800, 600), shown(screen()), LINK)
    assert store.all() == ()


def test_without_a_store_nothing_is_kept_and_nothing_fails(qtbot: QtBot) -> None:
    keeper = RegionKeeper(None, Notices())
    keeper.keep(Region.whole(640, 480), shown(screen()), LINK)
    keeper.forget(shown(screen()))
    assert keeper.region_for(screen()) is None


def test_a_folder_that_cannot_be_written_to_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    notices = Notices()
    keeper = RegionKeeper(PresetStore(tmp_path / "in the way" / "regions.json"), notices)
    keeper.keep(Region.whole(640, 480), shown(screen()), LINK)
    assert [notice.level for notice in notices.all()] == ["warning"]
