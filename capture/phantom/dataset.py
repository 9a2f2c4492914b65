"""What is in a data set of the phantom: fetuses dealt to sites, and their frames or exams."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from capture.phantom.parameters import Domain, Fetus, Parameters
from capture.phantom.paths import Station
from capture.phantom.site import Site, fetus_of, frame_at, site_of
from capture.phantom.sweep import Sweep

DomainName = Literal["same", "shifted", "fresh", "plain"]
DOMAINS: dict[DomainName, Domain] = {"same": "train", "shifted": "shift", "fresh": "fresh", "plain": "plain"}
"""As data sets name them: same as what networks are trained on."""
EXAM: tuple[tuple[Literal["lip", "palate", "profile", "other"], int], ...] = (
    ("lip", 18),
    ("palate", 18),
    ("other", 8),
    ("lip", 18),
    ("palate", 18),
    ("profile", 10),
)
"""Clips of an exam, and pictures of each: 90 together."""
CLIP_GAP_S = 4.0


@dataclass(frozen=True, slots=True)
class Order:
    """All that a data set depends on: equal orders, equal files."""

    seed: int
    domain: DomainName
    sites: int
    fetuses: int
    positives: float
    """Share of the fetuses that have a cleft."""
    frames: int
    """Of all fetuses together; 0: each has an exam of several clips."""
    screens: float
    """Share of the sites that export whole screens."""
    twins: bool
    """Each frame with a visible gap is there a second time without it."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture that is to be made."""

    parameters: Parameters
    moving: bool = False
    clip: str = ""
    time_s: float | None = None
    """Within the exam."""


@dataclass(frozen=True, slots=True)
class Patient:
    """One fetus, its site and whether it is one of the positives."""

    number: int
    name: str
    site: Site
    fetus: Fetus


def patient_of(order: Order, number: int) -> Patient:
    """Fetus `number`, from 0. Fetuses are dealt to sites in turn; every site gets its share of clefts."""
    rounds = math.ceil(order.fetuses / order.sites)
    place = number % order.sites * rounds + number // order.sites
    cleft = math.floor((place + 1) * order.positives + 0.5) > math.floor(place * order.positives + 0.5)
    domain = DOMAINS[order.domain]
    site = site_of(number % order.sites, order.seed, domain, order.screens)
    fetus = fetus_of(_seed(order, number), domain, cleft=cleft)
    return Patient(number, f"F{number + 1:05d}", site, fetus)


def shots_of(order: Order, patient: Patient) -> Iterator[Shot]:
    """The pictures of a fetus, in order."""
    if order.frames:
        begin = patient.number * order.frames // order.fetuses
        end = (patient.number + 1) * order.frames // order.fetuses
        for number in range(end - begin):
            yield Shot(frame_at(patient.site, patient.fetus, _seed(order, patient.number, number)))
    else:
        yield from _exam(order, patient)


def _seed(order: Order, number: int, frame: int = 0) -> int:
    """Far from the seeds of training frames, and the same for no two frames of any order."""
    return (order.seed + 1) * 10**9 + number * 10**4 + frame


def _exam(order: Order, patient: Patient) -> Iterator[Shot]:
    begun = 0.0
    for number, (plane, count) in enumerate(EXAM):
        clip, seed = f"{number + 1}", _seed(order, patient.number, 1000 * (number + 1))
        if plane == "other":
            duration = 1.5
            for at in range(count):
                still = frame_at(patient.site, patient.fetus, seed + at, view="other")
                yield Shot(still, False, clip, round(begun + at * duration / count, 3))
        else:
            sweep = _sweep(patient, seed, plane)
            duration = sweep.duration_s
            for at in range(count):
                time_s = at * duration / count
                yield Shot(sweep.parameters_at(time_s), True, clip, round(begun + time_s, 3))
        begun += duration + CLIP_GAP_S


def _sweep(patient: Patient, seed: int, plane: Literal["lip", "palate", "profile"]) -> Sweep:
    """A hand that comes to a plane, stays, and leaves; it stays in a good plane, not a perfect one."""
    rng = np.random.default_rng([seed, 21])
    still = frame_at(
        patient.site,
        patient.fetus,
        seed,
        view="other" if plane == "profile" else plane,
        other="profile" if plane == "profile" else None,
        near=True,
    )
    # Nobody measures while moving.
    still = replace(still, marks=0)
    spin = float(rng.uniform(-180, 180) if plane == "lip" else rng.normal(0, 40))
    aside = float(rng.choice([-1, 1]))

    def station(offset: float, tilt: float, spread: float, dwell_s: float) -> Station:
        return Station(
            plane,
            offset + float(rng.normal(0, 0.3)),
            (tilt * aside + float(rng.normal(0, spread)), float(rng.normal(0, spread))),
            spin + float(rng.normal(0, 4)),
            still.pose.z_mm,
            still.pose.x_mm,
            dwell_s,
        )

    return Sweep(
        still, (station(3.0 * aside, 9, 4, 0.2), station(0, 0, 3, 2.0), station(-2.4 * aside, 7, 4, 0))
    )
