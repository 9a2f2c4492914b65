"""What a model's manifest says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capture.phantom.face import NAMES
from inference.manifest import Precision
from inference.preprocess import InputSpec
from inference.training.fitting import Fit
from inference.training.network import KINDS

LIMITS = (
    "Trained on a synthetic phantom alone: it has never seen a fetus; on real pictures it is untried.",
    "A gap in the lip or in the alveolar ridge only; isolated cleft palate is not excluded.",
    "Scores are comparable within this model alone and are not the probability of a cleft in this fetus.",
    "B-mode, one plane at a time; not for Doppler, M-mode, 3-D renderings or other anatomy.",
)
SIZES = {
    "standin": "Quarter-width ResNet-18 with a 24-channel feature pyramid",
    "r18q": "Quarter-width ResNet-18 with a 48-channel feature pyramid",
    "r18h": "Half-width ResNet-18 with a 64-channel feature pyramid",
    "r18": "ResNet-18 with a 128-channel feature pyramid",
    "r50q": "Quarter-width ResNet-50 with a 64-channel feature pyramid",
    "r50": "ResNet-50 with a 256-channel feature pyramid",
}


def manifest_of(
    preset: str,
    spec: InputSpec,
    name: str,
    version: str,
    files: Mapping[Precision, Path],
    fits: Mapping[Precision, Fit],
    evaluation: dict[str, Any],
) -> dict[str, Any]:
    """The manifest, but for its self-test."""
    first = fits["fp32"]
    return {
        "format": "philtrum-model/1",
        "kind": "cleft-heatmap",
        "name": name,
        "version": version,
        "license": "Apache-2.0",
        "description": f"{SIZES[preset]}, attention-guided classifier and heat-map; "
        "trained on the phantom that comes with the program.",
        "synthetic": True,
        "files": [
            {"precision": key, "path": path.name, "sha256": sha256(path), **fits[key].file_entry()}
            for key, path in files.items()
        ],
        "input": spec.model_dump(mode="json"),
        "outputs": {
            "cleft": {
                "tensor": "cleft_logit",
                "activation": "sigmoid",
                "temperature": first.temperature,
                "bias": first.bias,
            },
            "view": {"tensor": "view_logits", "activation": "softmax", "temperature": 1.0},
            "quality": {"tensor": "quality_logit", "activation": "sigmoid"},
            "heatmap": {
                "tensor": "heatmap_logits",
                "activation": "sigmoid",
                "threshold": first.heat_threshold,
            },
            "anatomy": {"tensor": "anatomy_logits", "activation": "sigmoid", "names": list(NAMES)},
            "kind": {"tensor": "kind_logits", "activation": "softmax", "names": list(KINDS)},
        },
        "views": [
            {"name": "lip", "is": "lip", "label": {"en": "lip view", "zh": "唇部切面"}},
            {"name": "palate", "is": "palate", "label": {"en": "palate view", "zh": "腭部切面"}},
            {"name": "other", "is": "other", "label": {"en": "not a lip or palate view", "zh": "非唇腭切面"}},
        ],
        "operating_points": first.points(),
        "training_data": "Frames of the built-in phantom (capture/phantom); no patient, no scan of a person.",
        "intended_use": "Research and training use; to show and test the program. "
        "Not a medical device, not a diagnosis.",
        "limits": list(LIMITS),
        "evaluation": evaluation,
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
