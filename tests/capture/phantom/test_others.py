from __future__ import annotations

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from capture.geometry import region_mask
from capture.phantom.others import OBSTETRIC, other_picture
from capture.phantom.others_canvas import Canvas, union
from capture.phantom.others_dress import dressed
from capture.phantom.others_pictures import PICTURES
from capture.phantom.parameters import LINEAR_KINDS, OTHER_KINDS, PHASED_KINDS, OtherKind
from capture.phantom.render import Sample, render
from capture.phantom.sampling import sample

DRAWN = tuple(kind for kind in OTHER_KINDS if kind not in ("profile", "orbits", "posterior"))


def made(kind: OtherKind, seed: int) -> Sample:
    p = sample(seed, view="other", other=kind)
    return render(replace(p, marks=0, machine=replace(p.machine, jpeg_quality=0)))


def canvas(side: int = 64) -> Canvas:
    x, z = np.meshgrid(
        np.linspace(-30, 30, side, dtype=np.float32), np.linspace(0, 60, side, dtype=np.float32)
    )
    return Canvas(x, z, np.random.default_rng(1))


@pytest.mark.parametrize("kind", DRAWN)
def test_a_kind_is_its_seed_s_alone_and_no_cleft(kind: OtherKind) -> None:
    first, again, other = made(kind, 4), made(kind, 4), made(kind, 5)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.region == again.region
    assert first.pixels.shape != other.pixels.shape or not np.array_equal(first.pixels, other.pixels)
    for one in (first, other):
        assert one.truth.view == "other"
        assert not one.truth.cleft
        assert one.truth.judgeable
        assert not one.truth.gap.any()
        assert not one.pixels[region_mask(one.region) == 0].any()
        assert one.region.fits(one.pixels.shape[1], one.pixels.shape[0])


@pytest.mark.parametrize("kind", [k for k in DRAWN if k not in ("noise", "air", "dark", "screen", "murk")])
def test_a_kind_shows_something(kind: OtherKind) -> None:
    """Among six seeds there is one with contrast: no kind is black or flat throughout."""
    assert any(made(kind, seed).pixels.std() > 15 for seed in range(6))


def test_every_kind_is_drawn_now_and_then() -> None:
    drawn = {sample(seed, view="other").other for seed in range(1500)}
    assert drawn == set(OTHER_KINDS)


def test_names_of_kinds_agree() -> None:
    assert set(OBSTETRIC) | set(PHASED_KINDS) | set(LINEAR_KINDS) | set(PICTURES) <= set(OTHER_KINDS)
    assert len(set(OTHER_KINDS)) == len(OTHER_KINDS)


def test_zoomed_and_whole_sectors_are_both_common() -> None:
    """What is cut off by the picture's edge must not tell the view."""
    probes = [sample(seed, view="other", other="skull").probe for seed in range(200)]
    cut = np.mean(
        [p.right_mm - p.left_mm < 1.8 * (p.radius_mm + p.depth_mm) * np.sin(p.half_angle_rad) for p in probes]
    )
    assert 0.25 < cut < 0.75


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_keep_their_longer_side(kind: OtherKind) -> None:
    for seed in range(3):
        picture = other_picture(kind, 200, np.random.default_rng(seed))
        assert max(picture.shape) == 200
        assert min(picture.shape) >= 48
        assert picture.dtype == np.uint8


def test_shapes_measure_inwards_in_mm() -> None:
    c = canvas()
    round_ = c.ellipse(0, 30, 10, 10, rough=0)
    assert round_.max() == pytest.approx(10, abs=0.8)
    assert round_[0, 0] < 0
    bar = c.bar(-10, 30, 10, 30, 3)
    assert bar.max() == pytest.approx(3, abs=0.5)
    assert np.array_equal(union([round_, bar]), np.maximum(round_, bar))
    ring = c.arc(round_, 2)
    assert ring[32, 32] < 0 < ring.max() <= 1


def test_painting_fills_inside_and_leaves_the_rest() -> None:
    c = canvas()
    before = c.echo.copy()
    shape = c.ellipse(0, 30, 10, 10, rough=0)
    c.paint(shape, -48, z=0, loss=-0.05)
    assert c.echo[shape > 2].max() < -40
    assert np.array_equal(c.echo[shape < -2], before[shape < -2])
    assert c.loss[32, 32] == pytest.approx(-0.05)


def test_dress_hides_little_of_lips_and_keeps_the_size() -> None:
    """Thin dress: over many seeds most frames are untouched, and no frame loses much."""
    scan = np.full((200, 240), 90, np.uint8)
    touched = 0
    for seed in range(120):
        over = dressed(scan, np.random.default_rng(seed), thin=True)
        assert over.shape == scan.shape
        changed = float((over != scan).mean())
        touched += changed > 0
        assert changed < 0.25
    assert 5 < touched < 50
    assert (scan == 90).all()


@pytest.mark.benchmark
def test_speed(capsys: pytest.CaptureFixture[str]) -> None:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    made("skull", 0)
    spent: dict[str, float] = {}
    for kind in DRAWN:
        begun = time.thread_time()
        for seed in range(8):
            made(kind, seed)
        spent[kind] = (time.thread_time() - begun) / 8 * 1e3
    cv2.setNumThreads(threads)
    slowest = max(spent, key=lambda kind: spent[kind])
    with capsys.disabled():
        print(f"\nother views: {np.mean(list(spent.values())):.1f} ms CPU, {slowest} {spent[slowest]:.1f} ms")
    assert spent[slowest] > 0
