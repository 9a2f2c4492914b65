"""What the files of a run say of the model that made them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Enough to know the model again, and to draw its scores."""

    name: str
    version: str
    sha256: str
    """Of the ONNX file that was run."""
    precision: str
    provider: str
    synthetic: bool
    views: tuple[str, ...]
    look_again: float
    flag: float
    release: float
    heat_threshold: float
    """From where on a cell of the heat-map is outlined, in (0, 1)."""
