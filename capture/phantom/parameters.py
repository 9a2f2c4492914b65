"""What a phantom picture is made of; every number that matters is here, frozen, and kept with the sample.

The fetal frame is in mm: u to the fetus's left, v towards the crown, w out of the face; its origin lies
behind the closed lips. The probe's plane has x to the image's right and z away from the probe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Domain = Literal["train", "wide", "plain", "shift", "fresh"]
"""train: half plain, half the whole range. plain: a good machine and a willing fetus. shift: narrow sectors,
coarse speckle, noise and shadows. wide: taught from, never judged on; train with more open mouths, and a
third of it by linear and phased probes, with a flat point spread, strong smoothing, other grey maps and hard
JPEG. fresh: micro-convex probes of wide angle, a point spread longer than any trained on, reverberation, more
compounding, dynamic ranges outside the trained ones, WebP, more writing. Never tuned on: looked at once."""
CleftKind = Literal["none", "uni_left", "uni_right", "bilateral", "median", "notch"]
CLEFT_KINDS: tuple[CleftKind, ...] = ("none", "uni_left", "uni_right", "bilateral", "median", "notch")
CleftExtent = Literal["lip", "alveolus", "palate", "isolated"]
"""How far back a cleft goes; `isolated`: a hole in the hard palate alone, behind a whole lip and ridge."""
PhantomView = Literal["lip", "palate", "other"]
VIEWS: tuple[PhantomView, ...] = ("lip", "palate", "other")
ProbeKind = Literal["convex", "phased", "linear"]
OtherKind = Literal[
    "profile",
    "orbits",
    "posterior",
    "head",
    "abdomen",
    "femur",
    "spine",
    "placenta",
    "limbs",
    "heart",
    "layers",
    "targets",
    "noise",
    "air",
    "screen",
    "skull",
    "ribs",
    "hands",
    "cord",
    "cervix",
    "apical",
    "parasternal",
    "eye",
    "vessels",
    "muscle",
    "lung",
    "organ",
    "bladder",
    "follicles",
    "bowel",
    "holes",
    "even",
    "murk",
    "strip",
    "surface",
    "split",
    "table",
    "pattern",
    "desktop",
    "nature",
    "static",
    "dark",
]
OTHER_KINDS: tuple[OtherKind, ...] = get_args(OtherKind)
PHASED_KINDS: tuple[OtherKind, ...] = ("heart", "apical", "parasternal")
"""Other views of a phased probe."""
LINEAR_KINDS: tuple[OtherKind, ...] = ("layers", "targets", "eye", "vessels", "muscle", "even")
"""Other views mostly of a linear probe."""
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Cleft:
    """A gap in the upper lip, and how far back it goes."""

    kind: CleftKind = "none"
    extent: CleftExtent = "lip"
    width_mm: float = 0.0
    """At the free border of the lip."""
    height: float = 1.0
    """Share of the way from the lip's border to the nostril floor, 0 to 1; below 1 it is incomplete."""
    side: float = 1.0
    """+1 fetal left, -1 right; for notches and unilateral clefts."""
    deformity: float = 1.0
    """Flattened nostril, shifted columella, protruding premaxilla: 0 none, 1 typical."""


@dataclass(frozen=True, slots=True)
class Fetus:
    """One face. Lengths follow gestational age (see `face`) times `scale` and its own proportions."""

    seed: int
    age_weeks: float = 22.0
    scale: float = 1.0
    cleft: Cleft = Cleft()
    nose: float = 1.0
    lips: float = 1.0
    chin: float = 1.0
    width: float = 1.0
    philtrum_mm: float = 0.8
    """Depth of the philtral groove."""
    mouth_open_mm: float = 0.3
    scar_mm: float = 0.0
    """Depth of the groove where a cleft of the lip healed before birth; negative on the right."""
    asymmetry: float = 0.0
    """Lateral shear of the face, mm per mm of height."""


@dataclass(frozen=True, slots=True)
class Tube:
    """A cord, finger or limb: a straight capsule in the fetal frame, mm."""

    start: Vector
    end: Vector
    radius_mm: float
    kind: Literal["cord", "finger", "limb"]


@dataclass(frozen=True, slots=True)
class Surround:
    """What lies between the probe and the face, and behind it."""

    near_mm: float = 18.0
    """Maternal wall under the probe."""
    pocket_mm: float = 10.0
    """Fluid left around the face; small and irregular in life."""
    pocket_noise: float = 0.5
    tissue_db: float = 0.0
    """Echo of the uterine wall against fetal soft tissue."""
    streaks_db: float = 5.0
    turbidity_db: float = -48.0
    """Echo of the fluid."""
    tubes: tuple[Tube, ...] = ()


@dataclass(frozen=True, slots=True)
class Pose:
    """The plane that is imaged: fetal point `origin` lies at (`x_mm`, `z_mm`) of the probe's plane."""

    origin: Vector
    lateral: Vector
    axial: Vector
    x_mm: float
    z_mm: float


@dataclass(frozen=True, slots=True)
class Probe:
    """Transducer and window. `left_mm`..`bottom_mm` is the displayed rectangle of the probe's plane."""

    kind: ProbeKind
    radius_mm: float
    half_angle_rad: float
    half_width_mm: float
    depth_mm: float
    left_mm: float
    top_mm: float
    right_mm: float
    bottom_mm: float
    flip: bool = False

    @property
    def window(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what is shown, mm."""
        return self.left_mm, self.top_mm, self.right_mm, self.bottom_mm


@dataclass(frozen=True, slots=True)
class Shadow:
    """A dark band along the beams, from a depth on."""

    at: float
    """Across the beams, 0 to 1."""
    width: float
    start: float
    """Down the beam, 0 to 1."""
    drop_db: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What beam-forming and the user's knobs do to the echoes."""

    axial_mm: float = 0.22
    """Sigma of the point spread along the beam."""
    lateral_mm: float = 0.45
    """Sigma across the beams at the focus."""
    focus_mm: float = 50.0
    looks: int = 1
    """Compounded speckle pictures."""
    dynamic_range_db: float = 58.0
    gain_db: float = 0.0
    tgc_db: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    side_gain_db: float = 0.0
    """Tilt of the gain across the beams."""
    noise_db: float = -52.0
    haze_db: float = -60.0
    specular_db: float = 10.0
    ring_db: float = 14.0
    """First of the lines that the probe's own face makes near it, over the haze."""
    reverberation: float = 0.0
    """Share of an interface's echo that comes again from twice its depth, by way of the probe's face."""
    persistence: float = 0.0
    """Share of the picture before that stays in this one; it shows where `motion_mm` moves things."""
    gamma: float = 1.0
    knee: float = 0.0
    """S-shape of the grey map, 0 straight to 1."""
    smooth: float = 0.0
    """Speckle reduction, 0 to 1."""
    sharpen: float = 0.0
    jpeg_quality: int = 0
    """Of the compression on the way, 1 to 100; 0 for none."""
    webp_quality: int = 0
    """Of lossy WebP in its place."""
    shadows: tuple[Shadow, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything a frame depends on. `render(parameters)` gives the same picture each time."""

    seed: int
    domain: str
    view: PhantomView
    other: OtherKind | None
    fetus: Fetus
    surround: Surround
    pose: Pose
    probe: Probe
    machine: Machine
    offset_mm: float = 0.0
    """Distance from the view's standard plane."""
    tilt_deg: float = 0.0
    marks: int = 0
    """Callipers and text burnt into the picture."""
    height: int = 256
    width: int = 256
    motion_mm: Vector = (0.0, 0.0, 0.0)
    """How far the fetus moves from one picture to the next: along x and z of the probe's plane, and out of
    it. Beams are sent one after the other, so shapes lean; persistence smears them."""
