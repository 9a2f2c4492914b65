"""Where chance comes in: a seed and a domain give the parameters of a frame."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from capture.phantom.parameters import (
    LINEAR_KINDS,
    OTHER_KINDS,
    PHASED_KINDS,
    Cleft,
    CleftExtent,
    CleftKind,
    Domain,
    Fetus,
    OtherKind,
    Parameters,
    PhantomView,
    ProbeKind,
)
from capture.phantom.sampling_machine import far_machine, fresh_machine, sample_machine, sample_probe
from capture.phantom.sampling_plane import sample_pose, sample_surround

_KIND_ODDS: tuple[tuple[CleftKind, float], ...] = (
    ("uni_left", 0.25),
    ("uni_right", 0.25),
    ("bilateral", 0.17),
    ("median", 0.11),
    ("notch", 0.22),
)
_OTHER_ODDS: tuple[tuple[OtherKind, float], ...] = (
    ("profile", 10),
    ("orbits", 8),
    ("posterior", 8),
    ("head", 12),
    ("abdomen", 9),
    ("femur", 7),
    ("spine", 6),
    ("placenta", 8),
    ("limbs", 9),
    ("heart", 9),
    ("layers", 10),
    ("targets", 5),
    ("noise", 4),
    ("air", 3),
    ("screen", 6),
    ("skull", 18),
    ("ribs", 4),
    ("hands", 7),
    ("cord", 7),
    ("cervix", 4),
    ("apical", 10),
    ("parasternal", 8),
    ("eye", 9),
    ("vessels", 6),
    ("muscle", 5),
    ("lung", 6),
    ("organ", 7),
    ("bladder", 6),
    ("follicles", 6),
    ("bowel", 5),
    ("holes", 14),
    ("even", 4),
    ("murk", 7),
    ("strip", 3),
    ("surface", 4),
    ("split", 5),
    ("table", 2),
    ("pattern", 3),
    ("desktop", 3),
    ("nature", 3),
    ("static", 2),
    ("dark", 2),
)

_Kind = TypeVar("_Kind", bound=str)


def _pick(rng: np.random.Generator, odds: tuple[tuple[_Kind, float], ...]) -> _Kind:
    weights = np.array([weight for _, weight in odds])
    return odds[int(rng.choice(len(odds), p=weights / weights.sum()))][0]


def sample(
    seed: int,
    domain: Domain = "train",
    *,
    view: PhantomView | None = None,
    other: OtherKind | None = None,
    cleft: CleftKind | None = None,
) -> Parameters:
    """Parameters drawn from `seed`; `view`, `other` and `cleft` fix what would be drawn."""
    rng = np.random.default_rng([seed, 0])
    any_machine = float(rng.random()) if rng.random() < 0.5 else 0.25
    hard = {
        "train": any_machine,
        "wide": any_machine,
        "plain": 0.2,
        "shift": 0.8,
        "fresh": 0.6,
    }[domain]
    chosen: PhantomView = view or ("lip", "palate", "other")[int(rng.choice(3, p=[0.42, 0.24, 0.34]))]
    kind: OtherKind | None = None
    if chosen == "other":
        kind = other or _pick(rng, _OTHER_ODDS)
        assert kind in OTHER_KINDS
    far = domain == "wide" and bool(rng.random() < 0.33)
    fetus = sample_fetus(rng, seed, chosen, cleft, open_mouths=0.5 if domain == "wide" else 0.25)
    machine = sample_machine(rng, hard)
    if far:
        machine = far_machine(rng, machine)
    elif domain == "fresh":
        machine = fresh_machine(rng, machine)
    probe_kind: ProbeKind = "convex"
    if kind in PHASED_KINDS or (far and rng.random() < 0.4):
        probe_kind = "phased"
    elif (kind in LINEAR_KINDS and rng.random() < 0.75) or (far and rng.random() < 0.4):
        probe_kind = "linear"
    elif kind is not None and rng.random() < 0.1:
        probe_kind = "phased" if rng.random() < 0.5 else "linear"
    elif rng.random() < 0.05:
        probe_kind = "phased"
    anatomy = kind is None or kind in ("profile", "orbits", "posterior")
    probe, z_mm = sample_probe(rng, probe_kind, hard, domain, face=anatomy)
    pose, offset, tilt = sample_pose(rng, fetus, chosen, kind, z_mm, hard)
    surround = sample_surround(rng, pose, z_mm, hard)
    written = 0.6 if kind == "screen" or far or domain == "fresh" else 0.15
    marks = int(rng.integers(1, 5)) if rng.random() < written else 0
    width_mm, height_mm = probe.right_mm - probe.left_mm, probe.bottom_mm - probe.top_mm
    longest = max(width_mm, height_mm)
    size = [max(48, round(256 * side / longest)) for side in (height_mm, width_mm)]
    return Parameters(
        seed,
        domain,
        chosen,
        kind,
        fetus,
        surround,
        pose,
        probe,
        machine,
        offset,
        tilt,
        marks,
        size[0],
        size[1],
    )


def sample_fetus(
    rng: np.random.Generator,
    seed: int,
    view: PhantomView,
    cleft: CleftKind | None,
    *,
    open_mouths: float = 0.25,
) -> Fetus:
    """A face, with a cleft half of the time unless `cleft` says; a share of the mouths is open."""
    kind: CleftKind = cleft or ("none" if rng.random() < 0.5 else _pick(rng, _KIND_ODDS))
    extent: CleftExtent = ("lip", "alveolus", "palate")[int(rng.choice(3, p=[0.35, 0.3, 0.35]))]
    if view == "palate" and kind not in ("none", "notch") and rng.random() < 0.75:
        extent = "alveolus" if rng.random() < 0.5 else "palate"
    width = {
        "none": 0.0,
        "notch": rng.uniform(0.9, 2.6),
        "median": rng.uniform(2.5, 7.0),
        "bilateral": rng.uniform(1.4, 4.8),
    }.get(kind, rng.uniform(1.4, 6.0))
    height = (
        rng.uniform(0.3, 0.75) if kind == "notch" else (1.0 if rng.random() < 0.8 else rng.uniform(0.6, 1.0))
    )
    mouth = rng.uniform(1.0, 4.5) if rng.random() < open_mouths else rng.uniform(0.1, 0.7)
    return Fetus(
        seed=seed,
        age_weeks=float(rng.uniform(18, 28)),
        scale=float(rng.normal(1, 0.06)),
        cleft=Cleft(
            kind,
            extent,
            float(width),
            float(height),
            float(rng.choice([-1, 1])),
            float(rng.uniform(0.3, 1.3)),
        ),
        nose=float(rng.normal(1, 0.12)),
        lips=float(rng.normal(1, 0.14)),
        chin=float(rng.normal(1, 0.15)),
        width=float(rng.normal(1, 0.08)),
        philtrum_mm=float(rng.uniform(0.3, 1.8)),
        mouth_open_mm=float(mouth),
        asymmetry=float(rng.normal(0, 0.04)),
    )


def with_isolated_palate(parameters: Parameters, width_mm: float) -> Parameters:
    """The same frame of the same fetus with a hole in the hard palate alone, `width_mm` across."""
    return replace(
        parameters,
        fetus=replace(parameters.fetus, cleft=Cleft("median", "isolated", width_mm, deformity=0.0)),
    )


def without_cleft(parameters: Parameters) -> Parameters:
    """The same frame of the same fetus, had it no cleft."""
    return replace(parameters, fetus=replace(parameters.fetus, cleft=Cleft()))
