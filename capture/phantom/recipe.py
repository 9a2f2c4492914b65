"""What a clip is made from: a few words and numbers, written as `phantom:` takes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

from capture.phantom.parameters import CLEFT_KINDS, CleftExtent, CleftKind, OtherKind
from capture.phantom.paths import HANDS, PATHS, Hand
from capture.phantom.screen import STYLES, Style

DRAWN: tuple[OtherKind, ...] = ("head", "abdomen", "femur", "spine", "heart", "placenta", "limbs")
"""Other parts of the body that a clip can show instead of the face."""
VIEWS: tuple[str, ...] = (*PATHS, *DRAWN)
"""What a clip can be of: paths over the face, and other parts of the body."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a clip depends on: equal recipes, equal frames."""

    seed: int = 0
    cleft: CleftKind = "uni_left"
    extent: CleftExtent | None = None
    """How far back the cleft goes; None: what is usual with its kind."""
    age: float | None = None
    """Weeks; None: drawn from the seed."""
    view: str = "sweep"
    hand: Hand = "consultant"
    speed: float | None = None
    """Mean speed of the probe, mm/s; None: the hand's own."""
    liveliness: float = 1.0
    difficulty: float = 0.0
    zoom: float = 1.0
    width: int = 800
    height: int = 600
    style: Style | None = None
    """None shows the bare scan."""
    callipers: bool = False
    """Somebody has measured something: crosses in the scan, placed by chance."""
    fps: float = 28.0
    start: float = 0.0
    """Seconds into the path at which the clip begins."""
    clock: float = 0.0
    """On the machine's clock then, seconds past 10:41."""
    take: int = 0
    """The same fetus looked at once more."""
    persistence: float = 0.3
    """Share of the picture before that stays."""
    detail: float = 1.0
    """Samples and beams against those of a training frame."""

    def check(self) -> None:
        """Look at the numbers.

        Raises:
            ValueError: one is out of range.
        """
        if not (160 <= self.width <= 4096 and 120 <= self.height <= 4096):
            raise ValueError(f"expected a size from 160x120 to 4096x4096, got {self.width}x{self.height}")
        if self.view not in VIEWS:
            raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {self.view}")
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"expected {name} from {low:g} to {high:g}, got {value:g}")

    def text(self) -> str:
        """`key=value&...` of what differs from a plain clip; `read_recipe` reads it back."""
        plain = Recipe()
        pairs = [f"seed={self.seed}"]
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in ("seed", "width", "height") or value == getattr(plain, each.name):
                continue
            word = f"{value:g}" if isinstance(value, float) else str(value)
            pairs.append(f"{each.name}={int(value) if isinstance(value, bool) else word}")
        pairs.append(f"size={self.width}x{self.height}")
        return "&".join(pairs)


def detail_for(height: int) -> float:
    """Samples enough for a screen of that height, no more."""
    return round(min(max(height / 565, 0.6), 2.4), 2)


_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**31),
    "take": (0, 10000),
    "age": (18, 28),
    "speed": (2, 80),
    "liveliness": (0, 5),
    "difficulty": (0, 1),
    "zoom": (0.4, 2),
    "fps": (1, 240),
    "start": (0, 86400),
    "clock": (0, 86400),
    "persistence": (0, 0.9),
    "detail": (0.4, 4),
}


def read_whole(key: str, word: str) -> int:
    if not word.isdecimal():
        raise ValueError(f"expected a whole number for {key}, got {word}")
    return int(word)


def read_number(key: str, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"expected a number for {key}, got {word}")
    return value


def read_yes(key: str, word: str) -> bool:
    if word.lower() not in ("0", "1", "true", "false", "yes", "no"):
        raise ValueError(f"expected 1 or 0 for {key}, got {word}")
    return word.lower() in ("1", "true", "yes")


def one_of(words: tuple[str, ...]) -> Callable[[str, str], str]:
    def read(key: str, word: str) -> str:
        if word not in words:
            raise ValueError(f"expected {key} among {', '.join(words)}, got {word}")
        return word

    return read


def read_size(word: str) -> tuple[int, int]:
    """Width and height of WIDTHxHEIGHT."""
    width, _, height = word.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ValueError(f"expected a size as WIDTHxHEIGHT, got {word}")
    return int(width), int(height)


EXTENTS: tuple[CleftExtent, ...] = get_args(CleftExtent)
READERS: dict[str, Callable[[str, str], Any]] = {
    "seed": read_whole,
    "cleft": one_of(CLEFT_KINDS),
    "extent": one_of(EXTENTS),
    "age": read_number,
    "view": one_of(VIEWS),
    "hand": one_of(HANDS),
    "speed": read_number,
    "liveliness": read_number,
    "difficulty": read_number,
    "zoom": read_number,
    "style": one_of((*STYLES, "none")),
    "callipers": read_yes,
    "fps": read_number,
    "start": read_number,
    "clock": read_number,
    "take": read_whole,
    "persistence": read_number,
    "detail": read_number,
}
"""Every key but `size`, with what reads its word."""


def read_recipe(words: Mapping[str, str]) -> Recipe:
    """A recipe from keys and values.

    Raises:
        ValueError: a key or value that makes no sense.
    """
    known: dict[str, Any] = {}
    for key, word in words.items():
        if key == "size":
            known["width"], known["height"] = read_size(word)
        elif key in READERS:
            known[key] = READERS[key](key, word)
        else:
            raise ValueError(f"expected keys among {', '.join([*READERS, 'size'])}, got {key}")
    if known.get("style") == "none":
        known["style"] = None
    recipe = Recipe(**known)
    recipe.check()
    return recipe
