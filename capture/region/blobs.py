"""Parts of the picture that may be the scan, cleaned of what the machine draws around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from capture.region.evidence import Evidence, Mask

_STEPS = (0.6, 2.5, 7.0, 20.0)
"""Grey levels above the black around the scan at which its shape is looked for."""
_MOST_COLOURED = 0.5
_SAME_SHARE = 0.94
"""Blobs that overlap by more are one and give the same answer."""
_SLIT_SHARE, _SLIT_PX = 0.5, 2
"""Least length, of the picture's side, and width of a dark line between the scan and thumbnails or keys."""
_ASIDE_SHARE = 0.15
"""What lies wholly beside the largest part and is smaller than this share of it is no part of the scan."""


def speckle_of(evidence: Evidence) -> Mask:
    """What looks like scan anywhere, uint8 0 or 255: lit, textured, more than a bar or text."""
    dark = levels_of_black(evidence)[0]
    dense = cv2.blur(evidence.texture, (7, 7))
    light = evidence.grey > dark + 3
    lit = ((dense > 0.6) & light).astype(np.uint8) * 255
    kept = np.zeros_like(lit)
    height, width = evidence.shape
    pieces = _pieces(_majority(lit) & ~_slits(light.astype(np.uint8) * 255), evidence)
    for piece, area in pieces:
        x, y, w, h = cv2.boundingRect(piece)
        if area < _ASIDE_SHARE * pieces[0][1] and _beside((x, y, w, h), cv2.boundingRect(pieces[0][0])):
            continue
        if min(w, h) * 4 > max(w, h) or min(w / width, h / height) > 0.12:
            kept |= piece
    return kept


def blobs(evidence: Evidence, speckle: Mask) -> Iterator[Mask]:
    """Masks that may be the scan, uint8 0 or 255: what is lit above several levels, cleaned of furniture."""
    blacks = levels_of_black(evidence)
    levels = {blacks[0] + _STEPS[0], *(blacks[-1] + step for step in _STEPS)}
    seen: list[Mask] = []
    for level in sorted(levels):
        light = (evidence.grey > level).astype(np.uint8) * 255
        yield from _unions(_majority(light) & ~_slits(light), evidence, seen)
    yield from _unions(speckle, evidence, seen)


def _majority(lit: Mask) -> Mask:
    """What most of a pixel's 7x7 neighbours say: fills speckle, drops lettering, dots and thin lines."""
    return np.asarray((cv2.blur(lit, (7, 7)) > 127).astype(np.uint8) * 255)


def _slits(light: Mask) -> Mask:
    """Long straight dark lines, level or upright, 255: too narrow for `_majority`, which bridges them."""
    dark = ~light
    tall, wide = (max(1, round(_SLIT_SHARE * side)) for side in light.shape)
    level = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((_SLIT_PX, wide), np.uint8))
    upright = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((tall, _SLIT_PX), np.uint8))
    return np.asarray(cv2.bitwise_or(level, upright), np.uint8)


def _beside(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two boxes (x, y, w, h) lie clear of one another above, below, at the left or at the right."""
    return any(one[k] + one[k + 2] <= other[k] or other[k] + other[k + 2] <= one[k] for k in (0, 1))


def levels_of_black(evidence: Evidence) -> list[float]:
    """Grey levels of the black around the scan and of the black inside it; ascending, one or two."""
    counts = np.bincount(np.clip(np.rint(evidence.grey), 0, 255).astype(np.int64).ravel(), minlength=256)
    low = counts[:48] / evidence.grey.size
    if low.sum() < 0.02:
        return [0.0]
    mode = float(np.argmax(low))
    first = float(np.argmax(low > 0.08)) if (low > 0.08).any() else mode
    return sorted({first, mode})


def _pieces(lit: Mask, evidence: Evidence) -> list[tuple[Mask, int]]:
    """Connected parts that may belong to a scan, with their areas, largest first."""
    height, width = lit.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lit, connectivity=4)
    moving = _moving(evidence)
    kept: list[tuple[Mask, int]] = []
    for index in np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:8] + 1:
        x, y, w, h, area = (int(v) for v in stats[index])
        if area < 0.004 * lit.size or min(w / width, h / height) < 0.045:
            continue
        at = (slice(y, y + h), slice(x, x + w))
        inside = labels[at] == index
        bright = inside & (evidence.grey[at] > 25)
        if int(bright.sum()) > 0.1 * area and float(evidence.texture[at][bright].mean()) < 0.5:
            continue
        if float(evidence.coloured[at][inside].mean()) > _MOST_COLOURED:
            continue
        if moving is not None and float(moving[at][inside].mean()) < 0.05:
            continue
        piece = np.zeros_like(lit)
        piece[at][inside] = 255
        kept.append((piece, area))
    return kept


def _moving(evidence: Evidence) -> Mask | None:
    """Where the picture moves (1, else 0); None for a still, a frozen film, or one that hardly moves."""
    if evidence.motion is None:
        return None
    moving = (evidence.motion > 1.5).astype(np.uint8)
    return moving if moving.mean() > 0.05 else None


def _unions(lit: Mask, evidence: Evidence, seen: list[Mask]) -> Iterator[Mask]:
    """The largest part, then with the next ones: a shadow or a cyst may cut the scan in pieces."""
    union = np.zeros_like(lit)
    pieces = _pieces(lit, evidence)
    for piece, area in pieces[:4]:
        if area < 0.03 * pieces[0][1]:
            break
        union = union | piece
        if cv2.countNonZero(union) >= 0.03 * lit.size and not any(_same(union, other) for other in seen):
            seen.append(union)
            yield union


def _same(one: Mask, other: Mask) -> bool:
    both = cv2.countNonZero(cv2.bitwise_and(one, other))
    return both > _SAME_SHARE * (cv2.countNonZero(one) + cv2.countNonZero(other) - both)
