"""Pictures that no beam made: strips, surfaces, tables, test patterns, desktops, landscapes, static."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.phantom.others_canvas import Canvas
from capture.phantom.volume import sheet

Floats = NDArray[np.float32]
Scene = Callable[[Canvas], None]
WORDS = (
    *(
        "BPD",
        "HC",
        "AC",
        "FL",
        "EFW",
        "GA 21w",
        "5.2 cm",
        "MI 0.9",
        "TIs",
        "Vmax",
        "PI",
        "cm/s",
        "ECG",
        "Gain",
    ),
    *(
        "OK",
        "Patient",
        "13 Hz",
        "0.86",
        "18.4",
        "mm",
        "Freq",
        "Report",
        "[x]",
        "85 %",
        "import",
        "File",
        "Edit",
    ),
)


def byte(values: Floats) -> Pixels:
    """Values of 0 to 1 as grey levels."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def sketch(scene: Scene, height: int, width: int, rng: np.random.Generator) -> Pixels:
    """A scene in grey without a probe: echo, loss and speckle on a square grid."""
    wide = rng.uniform(30, 120)
    tall = wide * height / width
    x, z = np.meshgrid(
        np.linspace(-wide / 2, wide / 2, width, dtype=np.float32),
        np.linspace(0, tall, height, dtype=np.float32),
    )
    c = Canvas(x, z, rng)
    scene(c)
    level = c.echo - np.cumsum(np.clip(c.loss, -0.03, 0.4), axis=0) * np.float32(tall / height)
    level += 8 * np.abs(np.diff(c.z_map, axis=0, prepend=c.z_map[:1]))
    spread = tuple(rng.uniform(0.5, 1.6, 2))
    parts = [cv2.GaussianBlur(rng.standard_normal(x.shape, np.float32), (0, 0), *spread) for _ in range(2)]
    grain = 20 * np.log10(np.hypot(*parts) / np.std(parts[0]) + 0.02)
    return byte((1 + (level + grain - 18) / np.float32(rng.uniform(45, 65))).astype(np.float32))


def words(out: Pixels, count: int, rng: np.random.Generator, shade: int | None = None) -> None:
    """Text scattered in columns, in place."""
    h, w = out.shape
    left = int(rng.integers(0, max(1, w - 40)))
    size = float(rng.uniform(0.25, 0.55))
    for k in range(count):
        if rng.random() < 0.3:
            left = int(rng.integers(0, max(1, w - 30)))
        at = (left, int((12 + k * rng.uniform(10, 18)) % h))
        ink = int(rng.integers(100, 256)) if shade is None else shade
        cv2.putText(
            out, " ".join(rng.choice(WORDS, 2)), at, cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1, cv2.LINE_AA
        )


def strip(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """Spectral Doppler or M-mode along time, at times under a small scan."""
    t = np.linspace(0, rng.uniform(1, 9), w, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, h, dtype=np.float32)[:, None]
    beat = np.exp(-((t % 1) * rng.uniform(2, 5))) * (0.7 + 0.3 * np.sin(12 * t))
    noise = rng.random((h, w), np.float32)
    if rng.random() < 0.5:
        base, high = rng.uniform(0.4, 0.9), rng.uniform(0.2, 0.7)
        curve = base - high * beat
        lit = (y > curve) & (y < base)
        out = np.where(lit, 0.25 + 0.5 * noise + 0.4 * np.exp(-(((y - curve) / 0.05) ** 2)), 0.05 * noise)
        out[int(base * (h - 1))] = 0.8
    else:
        lines = sheet((h, 2), (rng.uniform(6, 30), 2), rng)[:, :1]
        path = (y + 0.05 * rng.uniform(0, 1.5) * beat * np.sin(np.pi * y)) * (h - 1)
        grid = np.broadcast_to(np.zeros_like(t), (h, w))
        rows = np.repeat(lines, 2, 1).astype(np.float32)
        out = 0.35 + 0.3 * cv2.remap(
            rows, np.ascontiguousarray(grid), path.astype(np.float32), cv2.INTER_LINEAR
        )
        out = out * (0.6 + 0.5 * noise)
    picture = byte(np.asarray(out, np.float32))
    if rng.random() < 0.5:
        upper = int(h * rng.uniform(0.3, 0.6))
        picture[:upper] = 0
        narrow = int(w * rng.uniform(0.4, 1))
        picture[:upper, (w - narrow) // 2 : (w - narrow) // 2 + narrow] = sketch(scene, upper, narrow, rng)
    return picture


def surface(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """A lit surface as 3-D machines render it: smooth lumps on black."""
    field: Floats = 2 * sheet((h, w), (rng.uniform(1, 4), rng.uniform(1, 4)), rng)
    for scale in (2, 5, 12):
        field += sheet((h, w), (2.0 * scale, 2.0 * scale), rng) * np.float32(rng.uniform(0.2, 1.2) / scale)
    field = np.asarray(cv2.GaussianBlur(field, (0, 0), rng.uniform(1, 3)), np.float32)
    gx, gy = cv2.Sobel(field, cv2.CV_32F, 1, 0), cv2.Sobel(field, cv2.CV_32F, 0, 1)
    steep = np.float32(rng.uniform(3, 12))
    lx, ly = rng.uniform(-1, 1, 2)
    light = (0.8 - steep * (gx * lx + gy * ly) / 8) / np.sqrt(1 + steep**2 * (gx**2 + gy**2) / 16)
    solid = np.clip((field - np.float32(rng.uniform(-2, 1))) * 4, 0, 1)
    return byte(light * solid * np.float32(rng.uniform(0.6, 1)) + 0.03 * rng.random((h, w), np.float32))


def split(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """Two to six scans side by side, with bars and text between them."""
    rows, columns = ((1, 2), (2, 2), (2, 3), (1, 3), (2, 1))[int(rng.integers(5))]
    out = np.full((h, w), int(rng.choice([0, 0, 20, 200])), np.uint8)
    gap = int(rng.integers(0, 10))
    ch, cw = h // rows - gap, w // columns - gap
    for k in range(rows * columns):
        y, x = (k // columns) * (ch + gap), (k % columns) * (cw + gap)
        tile = sketch(scene, ch, cw, rng)
        if rng.random() < 0.5:
            fan = np.zeros((ch, cw), np.uint8)
            cv2.ellipse(fan, (cw // 2, -ch // 8), (ch, ch), 90, -40, 40, 255, -1)
            tile = np.asarray(cv2.bitwise_and(tile, fan), np.uint8)
        out[y : y + ch, x : x + cw] = tile
    words(out, int(rng.integers(0, 6)), rng)
    return out


def table(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """Biometry in rows: dark on light or light on dark, with lines and growth curves."""
    ground = int(rng.choice([0, 15, 40, 235, 255]))
    ink = 255 if ground < 128 else 10
    out = np.full((h, w), ground, np.uint8)
    for y in range(14, h, int(rng.integers(12, 24))):
        for x in range(4, w, max(24, w // int(rng.integers(2, 6)))):
            word = str(rng.choice(WORDS))
            cv2.putText(out, word, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.36, ink, 1, cv2.LINE_AA)
        if rng.random() < 0.3:
            cv2.line(out, (0, y + 3), (w, y + 3), ink, 1)
    if rng.random() < 0.4:
        bends = np.cumsum(rng.uniform(0, 0.2, 12)) * 0.5
        points = np.stack([np.linspace(0, w, 12), h * (1 - bends)], 1).astype(np.int32)
        cv2.polylines(out, [points], False, ink, 2, cv2.LINE_AA)
    return out


def pattern(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """Bars, checks, grids, wedges, rings: what monitors and cards are tested with."""
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    n = rng.integers(2, 16)
    style = rng.integers(6)
    if style == 0:
        out = rng.permutation(np.linspace(0, 1, int(n)))[np.minimum((x * n / w).astype(int), n - 1)]
    elif style == 1:
        out = ((x * n / w).astype(int) + (y * n / w).astype(int)) % 2 * rng.uniform(0.3, 1)
    elif style == 2:
        out = np.where(((x % (w / n)) < 1.5) | ((y % (w / n)) < 1.5), 0.9, rng.uniform(0, 0.6))
    elif style == 3:
        out = x / w * (rng.random() < 0.5) + y / h * rng.uniform(-1, 1)
    elif style == 4:
        out = 0.5 + 0.5 * np.sin(np.hypot(x - w / 2, y - h / 2) * rng.uniform(0.05, 0.8))
    else:
        out = 0.5 + 0.5 * np.sin(x * rng.uniform(0.02, 1.5) + y * rng.uniform(-0.5, 0.5))
    picture = byte(np.asarray(out, np.float32))
    if rng.random() < 0.4:
        ink, line = int(rng.integers(0, 256)), -1 if rng.random() < 0.4 else 2
        cv2.circle(picture, (w // 2, h // 2), int(h * rng.uniform(0.2, 0.5)), ink, line)
    for _ in range(int(rng.integers(0, 4))):
        a, b = (int(v) for v in rng.integers(0, max(2, min(h, w)), 2))
        corner = (a + int(rng.integers(8, 90)), b + int(rng.integers(4, 60)))
        cv2.rectangle(picture, (a, b), corner, int(rng.integers(0, 256)), -1)
    return picture


def desktop(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """Windows, menus and text, now and then a scan among them."""
    out = np.full((h, w), int(rng.integers(0, 256)), np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        x, y = int(rng.integers(0, w - 16)), int(rng.integers(0, h - 16))
        x1, y1 = min(w, x + int(rng.integers(30, w))), min(h, y + int(rng.integers(24, h)))
        cv2.rectangle(out, (x, y), (x1, y1), int(rng.choice([0, 30, 128, 240, 255])), -1)
        cv2.rectangle(out, (x, y), (x1, min(h, y + 10)), int(rng.integers(40, 200)), -1)
        if rng.random() < 0.35 and x1 - x > 40 and y1 - y > 40:
            out[y + 12 : y1, x:x1] = sketch(scene, y1 - y - 12, x1 - x, rng)
        page = out[y + 10 : y1, x:x1] if min(x1 - x, y1 - y) > 40 else out
        words(page, int(rng.integers(2, 14)), rng, int(rng.choice([0, 255])))
    return out


def nature(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """Noise of all scales with edges, as a camera's pictures have: rooms, landscapes, logos."""
    out = np.zeros((h, w), np.float32)
    for k in range(1, 7):
        out += sheet((h, w), (2.0**k, 2.0**k), rng) * np.float32(rng.uniform(0.3, 1) / 2**k)
    for _ in range(int(rng.integers(0, 6))):
        spots = np.zeros((h, w), np.float32)
        at = (int(rng.integers(0, w)), int(rng.integers(0, h)))
        axes = (int(rng.integers(6, w)), int(rng.integers(6, h)))
        cv2.ellipse(spots, at, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        out += cv2.GaussianBlur(spots, (0, 0), rng.uniform(0.5, 6)) * np.float32(rng.normal(0, 0.6))
    return byte(np.asarray(0.5 + out * np.float32(rng.uniform(0.3, 1)) + rng.normal(0, 0.2), np.float32))


def static(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """No signal: snow, rolling bars, blocks of a broken stream."""
    style = int(rng.integers(4))
    snow = rng.random((h, w), np.float32)
    if style == 1:
        soft = cv2.GaussianBlur(snow - 0.5, (0, 0), rng.uniform(0.6, 8), sigmaY=rng.uniform(0.4, 3))
        snow = np.asarray(0.5 + soft / (4 * np.std(soft)), np.float32)
    elif style == 2:
        cell = int(rng.integers(3, 40))
        snow = snow[: h // cell + 1, : w // cell + 1].repeat(cell, 0).repeat(cell, 1)[:h, :w]
    elif style == 3:
        bars = np.sin(np.arange(h) * rng.uniform(0.02, 0.6))[:, None] > 0
        snow = snow * np.float32(0.4) + bars * np.float32(0.5)
    return byte(np.asarray(snow * np.float32(rng.uniform(0.2, 1)), np.float32))


def dark(h: int, w: int, rng: np.random.Generator, scene: Scene) -> Pixels:
    """Black or all but black, or one level all over; a word or a dot at most."""
    out = byte(np.full((h, w), rng.choice([0.0, 0.0, 0.02, 0.06, rng.uniform(0, 1)]), np.float32))
    if rng.random() < 0.5:
        hiss = rng.integers(0, int(rng.integers(2, 12)), (h, w)).astype(np.uint8)
        out = np.maximum(out, hiss)
    if rng.random() < 0.4:
        words(out, int(rng.integers(1, 4)), rng)
    return out


PICTURES: dict[str, Callable[[int, int, np.random.Generator, Scene], Pixels]] = {
    "strip": strip,
    "surface": surface,
    "split": split,
    "table": table,
    "pattern": pattern,
    "desktop": desktop,
    "nature": nature,
    "static": static,
    "dark": dark,
}
