from __future__ import annotations

import cv2
import numpy as np

from app.session.banner import BannerWatch
from capture.frame import make_frame
from capture.geometry import Box, Region
from capture.scan import Scan, Signal

WIDTH, HEIGHT = 1280, 720
REGION = Region(Box(200, 120, 1100, 700), WIDTH, HEIGHT)


def screen(name: str, at: int, clock: bool = True, menu: bool = False, region: Region = REGION) -> Scan:
    rng = np.random.default_rng(at)
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[120:700, 200:1100] = rng.integers(0, 255, (580, 900))
    cv2.putText(pixels, "HOSPITAL  OB 2/3  C5-1", (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    cv2.putText(pixels, name, (10, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
    if clock:
        cv2.putText(pixels, f"12:00:{at % 60:02d}", (1080, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    if menu:
        pixels[10:110, 300:900] = 128
    pixels = np.clip(pixels.astype(int) + rng.integers(-3, 4, pixels.shape), 0, 255).astype(np.uint8)
    return Scan(make_frame(at, at, pixels), region, at, False, Signal.MOVING)


FIRST, SECOND = "DOE JANE  ID 4711  22w3d  1990-01-01", "ROE MARY ANN  ID 98  19w0d  1985-12-24"


def asked(watch: BannerWatch, names: list[str], start: int = 0) -> list[int]:
    return [at for at, name in enumerate(names, start) if watch.look(screen(name, at))]


def test_another_name_that_stays_is_asked_about_once() -> None:
    watch = BannerWatch()
    assert asked(watch, [FIRST] * 30) == [], "the clock runs"
    assert asked(watch, [SECOND] * 30, 30) == [33]
    assert asked(watch, [FIRST] * 10, 60) == [63]


def test_what_passes_is_not_asked_about() -> None:
    watch = BannerWatch()
    assert asked(watch, [FIRST] * 20 + [SECOND] * 2 + [FIRST] * 20) == []
    assert not any(watch.look(screen(FIRST, 50 + at, menu=at in (3, 4))) for at in range(20))


def test_a_new_exam_takes_the_banner_as_it_is() -> None:
    watch = BannerWatch()
    asked(watch, [FIRST] * 20)
    watch.reset()
    assert asked(watch, [SECOND] * 20, 20) == []


def test_without_a_scan_sector_or_with_other_frames_it_does_not_ask() -> None:
    watch = BannerWatch()
    asked(watch, [FIRST] * 10)
    whole = Region.whole(WIDTH, HEIGHT)
    assert not any(watch.look(screen(SECOND, at, region=whole)) for at in range(10, 20))
    small = Region(Box(10, 20, 90, 70), 96, 72)
    pixels = np.full((72, 96), 200, np.uint8)
    other = Scan(make_frame(0, 0, pixels), small, 0, False, Signal.MOVING)
    assert not any(watch.look(other) for _ in range(10))


def test_nothing_that_could_be_read_is_held() -> None:
    watch = BannerWatch()
    asked(watch, [FIRST] * 10)
    sizes = [value.size for value in vars(watch).values() if isinstance(value, np.ndarray)]
    # Letters of 22 px in a picture of 1280 x 720, in cells of 7 px.
    assert sizes and max(sizes) == 192 * 108


def fields(at: int, **other: str) -> Scan:
    """As on a machine: each fact at its own place, most of them the same for every patient."""
    said = {
        "hospital": "St Mary Women's Hospital", "name": "DOE, JANE", "id": "4711-88-20", "age": "20w3d",
        "preset": "C5-1 OB 2/3", "time": "23.11.2026 10:34", "index": "MI 0.9 TIs 0.3",
    }  # fmt: skip
    places = ((10, 30), (10, 70), (420, 30), (420, 70), (700, 30), (960, 30), (960, 70))
    scan = screen("", at, clock=False)
    pixels = scan.frame.pixels.copy()
    pixels[:120] = 8
    for place, text in zip(places, (said | other).values(), strict=True):
        cv2.putText(pixels, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 220, 2)
    return Scan(make_frame(at, at, pixels), REGION, at, False, Signal.MOVING)


def test_a_name_among_much_that_stays_is_noticed() -> None:
    watch = BannerWatch()
    assert not any(watch.look(fields(at)) for at in range(10))
    assert any(watch.look(fields(at, name="LEE, MAY", id="9023-11-07")) for at in range(10, 20))


def test_a_minute_an_index_and_an_age_are_no_other_patient() -> None:
    watch = BannerWatch()
    assert not any(watch.look(fields(at)) for at in range(10))
    later = {"time": "23.11.2026 10:35", "index": "MI 1.2 TIs 0.5", "age": "20w4d"}
    assert not any(watch.look(fields(at, **later)) for at in range(10, 20))


def test_a_deeper_scan_is_no_other_patient() -> None:
    watch = BannerWatch()
    tall = Region(Box(200, 60, 1100, 700), WIDTH, HEIGHT)

    def look(at: int, region: Region) -> bool:
        scan = screen("", at, clock=False)
        pixels = scan.frame.pixels.copy()
        pixels[40 : region.box.y0] = 8
        pixels[region.box.y0 : 700, 200:1100] = np.random.default_rng(at).integers(
            0, 255, (700 - region.box.y0, 900)
        )
        return watch.look(Scan(make_frame(at, at, pixels), region, at, False, Signal.MOVING))

    assert not any(look(at, tall) for at in range(10))
    assert not any(look(at, REGION) for at in range(10, 20))
