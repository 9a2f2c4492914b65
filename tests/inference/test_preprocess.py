from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from capture.frame import Pixels
from capture.geometry import Box, Region, Sector
from inference.preprocess import GAIN_TARGET, InputSpec, prepare

SPEC = InputSpec(height=256, width=256)


def smooth(height: int, width: int, seed: int = 0) -> Pixels:
    """A picture whose detail survives shrinking, as a scan's speckle does."""
    coarse = (
        np.random.default_rng(seed).integers(20, 200, (height // 40 + 2, width // 40 + 2)).astype(np.uint8)
    )
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_shape_and_type() -> None:
    tensor, _ = prepare(smooth(600, 800), Region.whole(800, 600), SPEC)
    assert tensor.shape == (1, 1, 256, 256)
    assert tensor.dtype == np.float32
    assert tensor.flags.c_contiguous
    assert 0.0 <= tensor.min() <= tensor.max() <= 1.0


def test_letterbox_keeps_the_aspect_and_says_where_it_lies() -> None:
    region = Region(Box(100, 50, 700, 350), 800, 600)
    tensor, place = prepare(np.full((600, 800), 200, np.uint8), region, SPEC)
    rows = np.flatnonzero(tensor[0, 0].max(axis=1) > 0)
    assert (rows[0], rows[-1]) == (64, 191)
    assert (place.x0, place.width) == pytest.approx((100, 600))
    assert (place.y0, place.height) == pytest.approx((50 - 150, 600))


@pytest.mark.parametrize("size", [(300, 400), (480, 640), (1080, 1920)])
def test_a_spot_is_found_again_through_the_placement(size: tuple[int, int]) -> None:
    """What the heat-map is drawn by: the spot's place in the network's square leads back to its pixel."""
    height, width = size
    pixels = np.zeros(size, np.uint8)
    x, y = width * 0.62, height * 0.41
    cv2.circle(pixels, (round(x), round(y)), max(4, height // 40), 255, -1)
    region = Region(Box(width // 10, height // 20, width - width // 8, height - height // 9), width, height)
    tensor, place = prepare(pixels, region, SPEC)
    weights = tensor[0, 0]
    v, u = (float((grid * weights).sum() / weights.sum()) for grid in np.mgrid[0:256, 0:256])
    found_x = place.x0 + (u + 0.5) / 256 * place.width
    found_y = place.y0 + (v + 0.5) / 256 * place.height
    assert (found_x, found_y) == pytest.approx((x, y), abs=1.0 + height / 500)


def test_nothing_outside_the_fan_reaches_the_network() -> None:
    sector = Sector("convex", 200, -100, 150, 380, -math.radians(35), math.radians(35))
    region = Region(Box(0, 0, 400, 300), 400, 300, sector)
    pixels = smooth(300, 400)
    written_on = pixels.copy()
    cv2.putText(written_on, "DOE JANE", (0, 290), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 2)
    assert np.array_equal(prepare(pixels, region, SPEC)[0], prepare(written_on, region, SPEC)[0])


@pytest.mark.parametrize("share", [0.5, 0.8, 1.0])
def test_gain_brings_dark_and_bright_scans_to_one_level(share: float) -> None:
    tensor, _ = prepare((smooth(300, 400) * share).astype(np.uint8), Region.whole(400, 300), SPEC)
    inside = tensor[0, 0, 32:224]
    assert np.quantile(inside, 0.99) == pytest.approx(GAIN_TARGET, abs=0.03)


def test_an_almost_black_scan_is_not_blown_up() -> None:
    tensor, _ = prepare(np.full((300, 400), 4, np.uint8), Region.whole(400, 300), SPEC)
    assert tensor.max() < 0.06


def test_grey_as_colour_gives_the_same() -> None:
    grey = smooth(300, 400)
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    region = Region.whole(400, 300)
    assert np.array_equal(prepare(grey, region, SPEC)[0], prepare(colour, region, SPEC)[0])


@pytest.mark.parametrize(("height", "width"), [(512, 512), (1079, 1920), (1201, 1603)])
def test_halving_on_the_way_changes_next_to_nothing(height: int, width: int) -> None:
    pixels = smooth(height, width)
    spec = InputSpec(height=256, width=256, gain="none", fit="stretch")
    tensor, place = prepare(pixels, Region.whole(width, height), spec)
    assert (width - place.width, height - place.height) <= (3, 3)
    used = pixels[: round(place.height), : round(place.width)]
    direct = cv2.resize(used, (256, 256), interpolation=cv2.INTER_AREA) / 255.0
    assert np.abs(tensor[0, 0] - direct).mean() < 2 / 255


def test_whole_image_classifier_gets_the_centre_of_a_stretched_picture() -> None:
    spec = InputSpec(
        height=224, width=224, channels=3, fit="resize_crop", resize_to=(256, 256), gain="none",
        mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
    )  # fmt: skip
    pixels = np.random.default_rng(1).integers(0, 255, (256, 256, 3)).astype(np.uint8)
    tensor, place = prepare(pixels, Region.whole(256, 256), spec)
    expected = (pixels[16:240, 16:240] / 255.0 - np.array(spec.mean)) / np.array(spec.std)
    assert np.allclose(tensor[0].transpose(1, 2, 0), expected, atol=1e-5)
    assert (place.x0, place.y0, place.width, place.height) == pytest.approx((16, 16, 224, 224))


def test_one_mean_serves_three_channels() -> None:
    spec = InputSpec(height=64, width=64, channels=3, mean=(0.5,), std=(0.5,), gain="none")
    tensor, _ = prepare(np.full((64, 64), 255, np.uint8), Region.whole(64, 64), spec)
    assert tensor.shape == (1, 3, 64, 64)
    assert np.allclose(tensor, 1.0)


def test_a_region_of_another_size_or_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a frame of 800x600, got 400x300"):
        prepare(smooth(300, 400), Region.whole(800, 600), SPEC)
    with pytest.raises(ValueError, match="with an area"):
        prepare(smooth(300, 400), Region(Box(5, 5, 5, 90), 400, 300), SPEC)
