"""How hypothesis damages what was good: JSON values, texts and bytes."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = (
    "",
    "\0",
    "\ud800",
    "a" * 300,
    "../../x",
    "E-20260131-7KQ2",
    "nan",
    "2026-13-45T99:99:99",
    "\n",
    "é",
)
ODD_NUMBERS = (
    0, -1, 1, 255, 256, 2**15, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, -(2**63), 10**30, 0.5, -0.0, 1e-300,
    1e300, float("inf"), float("-inf"), float("nan"),
)  # fmt: skip
ODD_FILES = (
    b"",
    b"\0" * 64,
    b"[" * 100_000,
    b"9" * 5_000,
    b'{"a":' * 3_000,
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
)
"""Whole files that parsers stumble over."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from(ODD_NUMBERS)
    | st.integers()
    | st.floats()
    | st.sampled_from(ODD_TEXTS)
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, part in inner for place in ((*here, key), *places(part, (*here, key)))]


@st.composite
def damaged_json(draw: st.DrawFn, good: Any) -> Any:
    """A JSON value with one to four of its parts replaced, taken out, doubled or added to."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 4))):
        there = places(value)
        if not there:
            return draw(VALUES)
        *way, last = draw(st.sampled_from(there))
        parent = value
        for step in way:
            parent = parent[step]
        deed = draw(st.sampled_from(("replace", "replace", "remove", "add", "swap")))
        if deed == "replace":
            parent[last] = draw(VALUES)
        elif deed == "remove":
            del parent[last]
        elif deed == "swap":
            other = draw(st.sampled_from(there))
            part = value
            for step in other:
                part = part[step] if step in _keys(part) else None
            parent[last] = copy.deepcopy(part)
        elif isinstance(parent, dict):
            parent[draw(st.text(max_size=5))] = draw(VALUES)
        else:
            parent.insert(last, draw(VALUES))
    return value


def _keys(value: Any) -> Any:
    return value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()


def as_text(value: Any) -> bytes:
    """JSON as another program might write it: lone surrogates as escapes, NaN as it is."""
    return json.dumps(value).encode()


@st.composite
def damaged_bytes(draw: st.DrawFn, good: bytes, within: int | None = None) -> bytes:
    """Bytes with one to six places changed, cut out, doubled or filled in; or cut off; or something else.

    Args:
        draw: hypothesis'.
        good: what it begins with.
        within: only so many of the first bytes are changed; None for all.
    """
    if draw(st.integers(0, 19)) == 0:
        return draw(st.sampled_from(ODD_FILES) | st.binary(max_size=200))
    data, end = bytearray(good), min(len(good), within or len(good))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, min(end, len(data)) - 1)))
        deed = draw(st.sampled_from(("flip", "number", "cut", "double", "insert", "end")))
        size = draw(st.sampled_from((1, 2, 4, 8)))
        if deed == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif deed == "number":
            odd = draw(
                st.sampled_from((0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1))
            )
            order = draw(st.sampled_from(("little", "big")))
            data[at : at + size] = (odd % 256**size).to_bytes(size, "little" if order == "little" else "big")
        elif deed == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif deed == "double":
            piece = data[at : at + draw(st.integers(1, 64))]
            data[at:at] = piece
        elif deed == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
        elif deed == "end" and draw(st.integers(0, 3)) == 0:
            del data[at:]
    return bytes(data)
