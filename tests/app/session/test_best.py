from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.session.best import PER_VIEW, BestPictures, Ranked
from capture.geometry import Region
from inference.evidence import EvidenceReader
from inference.manifest import parse_manifest
from tests.inference.scans import prediction_of, scan_of
from tests.inference.tiny_models import tiny_manifest, write_tiny_model

Show = Callable[..., Ranked | None]


@pytest.fixture
def best() -> BestPictures:
    return BestPictures()


@pytest.fixture
def show(best: BestPictures, tmp_path: Path) -> Show:
    """Shows a lip view, by itself a second after the one before."""
    write_tiny_model(tmp_path)
    latest = EvidenceReader(parse_manifest(tiny_manifest(tmp_path, [("fp32", "tiny.onnx")]))).latest
    frames = itertools.count(step=30)

    def one(
        quality: float, cleft: float = 0.1, after: int | None = None, region: Region | None = None
    ) -> Any:
        index = next(frames) if after is None else after
        prediction = prediction_of(scan_of(index=index, region=region), cleft, quality=quality)
        return best.consider(prediction, replace(latest, view="lip", instant=cleft))

    return one


def qualities(best: BestPictures) -> list[float | None]:
    return [one.prediction.quality for one in best.ranked("lip")]


def test_the_best_are_ranked_and_replaced(best: BestPictures, show: Show) -> None:
    for quality in (0.5, 0.9, 0.7):
        assert show(quality) is not None
    assert qualities(best) == [0.9, 0.7, 0.5] and len(qualities(best)) == PER_VIEW
    assert show(0.45) is None
    better = show(0.8)
    assert better is not None and better.slot == 1, "in the place of the worst"
    assert qualities(best) == [0.9, 0.8, 0.7]


def test_two_looks_at_one_moment_are_one(best: BestPictures, show: Show) -> None:
    show(0.5, after=0)
    assert show(0.4, after=3) is None
    assert show(0.6, after=5) is not None
    assert qualities(best) == [0.6]


def test_a_finding_lifts_a_picture_but_no_poor_plane_above_a_good_one(best: BestPictures, show: Show) -> None:
    show(0.6, cleft=0.1)
    show(0.6, cleft=0.9)
    show(0.9, cleft=0.0)
    assert [one.prediction.cleft for one in best.ranked("lip")] == [0.0, 0.9, 0.1]


def test_a_picture_of_which_nothing_may_be_stored_gives_way(best: BestPictures, show: Show) -> None:
    for _ in range(PER_VIEW):
        assert show(0.95, region=Region.whole(8, 8)) is not None, "better than none"
    assert show(0.99, region=Region.whole(8, 8)) is None
    assert show(0.5) is not None
    assert qualities(best)[0] == 0.5
