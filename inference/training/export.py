"""From a run to the files that ship: ONNX, int8, calibration, operating points, self-test, manifest.

`python -m inference.training.export --run runs/standin --out resources/models`
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from capture.geometry import Box, Region
from capture.phantom.parameters import VIEWS
from capture.phantom.render import render
from capture.phantom.sampling import Domain, sample
from inference.manifest import parse_manifest
from inference.preprocess import InputSpec, prepare
from inference.training import data
from inference.training.evaluate import Answers, answers, normalised, report
from inference.training.metrics import at_specificity, fit_calibration
from inference.training.network import OUTPUTS, PRESETS, CleftNet
from inference.training.train import MEAN, STD

PARITY = 2e-4
"""Largest difference allowed between torch and onnxruntime, in logits."""
FLAG_SPECIFICITY, LOOK_SPECIFICITY = 0.95, 0.85
GOOD_PLANE = 0.35
"""Scores are fitted on planes of at least this quality: only such count as evidence."""
SPEC = InputSpec(height=256, width=256, fit="letterbox", gain="percentile", mean=(MEAN,), std=(STD,))
SETS: dict[str, tuple[str, int, Domain]] = {
    "test": ("same domain", 7_000_000, "train"),
    "shift": ("shifted domain", 8_000_000, "shift"),
    "plain": ("good pictures", 8_500_000, "plain"),
}
"""Evaluation splits: folder, then title, first seed and domain."""
LIMITS = (
    "Trained on a synthetic phantom alone: it has never seen a fetus; on real pictures it is untried.",
    "A gap in the lip or in the alveolar ridge only; isolated cleft palate is not excluded.",
    "Scores are comparable within this model alone and are not the probability of a cleft in this fetus.",
    "B-mode, one plane at a time; not for Doppler, M-mode, 3-D renderings or other anatomy.",
)


def load_network(run: Path) -> CleftNet:
    """The averaged weights of a run, ready to answer."""
    state = torch.load(run / "last.pt", weights_only=False, map_location="cpu")
    network = CleftNet(PRESETS[state["config"]["preset"]])
    network.load_state_dict(state["average"])
    network.eval()
    return network


def export_onnx(network: CleftNet, path: Path) -> float:
    """Write fp32 ONNX; returns the largest difference to torch over a few inputs, in logits.

    Raises:
        ValueError: the difference is above `PARITY`.
    """
    axes = {name: {0: "n"} for name in ("image", *OUTPUTS)}
    axes["image"] |= {2: "h", 3: "w"}
    axes["heatmap_logits"] |= {2: "hh", 3: "hw"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.randn(2, 1, 256, 256),),
            str(path),
            dynamo=False,
            opset_version=17,
            input_names=["image"],
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
        )
    onnx.checker.check_model(str(path))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for shape in ((1, 1, 256, 256), (3, 1, 256, 256), (1, 1, 224, 288)):
        x = torch.randn(*shape)
        with torch.no_grad():
            expected = [o.numpy() for o in network(x)]
        found = session.run(list(OUTPUTS), {"image": x.numpy()})
        worst = max(worst, *(float(np.abs(a - b).max()) for a, b in zip(expected, found, strict=True)))
    if worst > PARITY:
        raise ValueError(f"expected torch and onnxruntime to differ by at most {PARITY}, got {worst:.2e}")
    return worst


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        self._left = iter(pictures)

    def get_next(self) -> dict[str, Any] | None:
        picture = next(self._left, None)
        return None if picture is None else {"image": normalised(picture[None], MEAN, STD)}


def quantise(path: Path, out: Path, pictures: NDArray[np.uint8]) -> None:
    """Static int8 in QDQ form: weights per channel, ranges from `pictures`."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.onnx"
        quant_pre_process(str(path), str(ready))
        quantize_static(
            str(ready),
            str(out),
            _Reader(pictures),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def calibrated(got: Answers, frames: data.Dataset) -> tuple[float, float]:
    """Temperature and bias, on judgeable lip and palate frames of the calibration split."""
    labels = frames.labels
    lips = frames.judged(GOOD_PLANE)
    return fit_calibration(labels["cleft"][lips], got.cleft[lips])


def score_of(got: Answers, temperature: float, bias: float) -> NDArray[np.float32]:
    """Calibrated scores in [0, 1]."""
    return np.asarray(1 / (1 + np.exp(-(got.cleft / temperature + bias))), np.float32)


def operating_points(score: NDArray[np.float32], frames: data.Dataset) -> dict[str, float]:
    """Thresholds from the negatives of the calibration split."""
    labels = frames.labels
    lips = frames.judged(GOOD_PLANE)
    truth, shown = labels["cleft"][lips], score[lips]
    flag = float(np.clip(at_specificity(truth, shown, FLAG_SPECIFICITY), 0.3, 0.9))
    look = float(np.clip(at_specificity(truth, shown, LOOK_SPECIFICITY), 0.12, flag - 0.1))
    return {"look_again": round(look, 3), "flag": round(flag, 3), "release": round(0.5 * (look + flag), 3)}


def heat_threshold(got: Answers, frames: data.Dataset) -> float:
    """The level at which heat-map and gap overlap best."""
    positive = (frames.labels["cleft"] == 1) & frames.judged()
    gap = frames.gaps[positive] > 100
    levels = np.linspace(0.15, 0.7, 12)

    def overlap(level: float) -> float:
        hot = got.heat[positive] > level
        return float(((hot & gap).sum((1, 2)) / np.maximum((hot | gap).sum((1, 2)), 1)).mean())

    return float(levels[int(np.argmax([overlap(level) for level in levels]))])


def self_test(out: Path, files: dict[str, Path], fitted: dict[str, tuple[float, float]]) -> float:
    """Pictures with the answers that the shipped files gave, for `inference.selftest`; returns the tolerance.

    Only pictures are taken whose view both files are sure of: another processor's rounding must not turn it.
    """
    chosen: list[dict[str, Any]] = [
        {"view": "lip", "cleft": "none"},
        {"view": "lip", "cleft": "uni_left"},
        {"view": "lip", "cleft": "bilateral"},
        {"view": "palate", "cleft": "none"},
        {"view": "palate", "cleft": "uni_right"},
        *({"view": "other", "other": other} for other in ("head", "heart", "layers")),
    ]
    sessions = {
        name: onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        for name, path in files.items()
    }
    pictures, boxes, found = [], [], []
    for index, kind in enumerate(chosen):
        for seed in range(9_000_000 + 100 * index, 9_000_030 + 100 * index):
            picture, box = _on_canvas(seed, kind)
            tensor, _ = prepare(picture, Region(Box(*box), picture.shape[1], picture.shape[0]), SPEC)
            answer = {
                name: session.run(list(OUTPUTS), {"image": tensor}) for name, session in sessions.items()
            }
            sure = all(_softmax(a[1])[0, VIEWS.index(kind["view"])] > 0.75 for a in answer.values())
            if sure:
                break
        pictures.append(picture)
        boxes.append(box)
        found.append(answer)

    def scores(name: str) -> NDArray[np.float32]:
        temperature, bias = fitted[name]
        return np.array([_sigmoid(a[name][0][0, 0] / temperature + bias) for a in found], np.float32)

    def column(name: str, output: int) -> NDArray[np.float32]:
        return np.asarray(_sigmoid(np.concatenate([a[name][output] for a in found])), np.float32)

    np.savez_compressed(
        out,
        pictures=np.stack(pictures),
        boxes=np.array(boxes, np.int32),
        cleft=scores("fp32"),
        cleft_int8=scores("int8"),
        view=np.array([int(a["fp32"][1].argmax()) for a in found], np.int32),
        quality=column("fp32", 2)[:, 0],
        heatmap=np.rint(column("fp32", 3)[:, 0] * 255).astype(np.uint8),
    )
    apart = float(np.abs(column("fp32", 2) - column("int8", 2)).max())
    return round(float(np.clip(1.5 * apart + 0.02, 0.05, 0.25)), 3)


def _on_canvas(seed: int, kind: dict[str, Any]) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """A phantom picture on a canvas of fixed size, and the box of its scan."""
    made = render(sample(seed, "plain", **kind))
    picture = np.zeros((256, 320), np.uint8)
    height, width = min(256, made.pixels.shape[0]), min(320, made.pixels.shape[1])
    picture[:height, :width] = made.pixels[:height, :width]
    box = made.region.box.clipped(width, height)
    return picture, (box.x0, box.y0, box.x1, box.y1)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softmax(x: NDArray[np.float32]) -> NDArray[np.float32]:
    odds = np.exp(x - x.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True), np.float32)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export(run: Path, out: Path, name: str, version: str) -> dict[str, Any]:
    """Everything; returns the manifest."""
    out.mkdir(parents=True, exist_ok=True)
    fp32, int8, tests = out / f"{name}.onnx", out / f"{name}-int8.onnx", out / "selftest.npz"
    network = load_network(run)
    parity = export_onnx(network, fp32)
    calibration = data.load(run / "calibration")
    quantise(fp32, int8, data.load(run / "train").pictures[:128])
    state = torch.load(run / "last.pt", weights_only=False, map_location="cpu")
    sets = {title: data.load(run / split) for split, (title, _, _) in SETS.items()}
    evaluation: dict[str, Any] = {
        "note": "Synthetic phantom frames; says nothing about real fetuses.",
        "torch_onnx_parity_logit": float(f"{parity:.1e}"),
        "training": {
            "frames": state["config"]["train_frames"],
            "presentations": state["seen"],
            "steps": state["step"],
        },
    }
    fitted: dict[str, tuple[float, float]] = {}
    points: dict[str, float] = {}
    heat_at = 0.3
    for precision, path in (("fp32", fp32), ("int8", int8)):
        got = answers(path, calibration.pictures, MEAN, STD)
        fitted[precision] = calibrated(got, calibration)
        score = score_of(got, *fitted[precision])
        if precision == "fp32":
            points, heat_at = operating_points(score, calibration), heat_threshold(got, calibration)
        for title, frames in sets.items():
            found = answers(path, frames.pictures, MEAN, STD)
            shown = score_of(found, *fitted[precision])
            evaluation[f"{title}, {precision}"] = report(
                found, frames, shown, points["flag"], points["look_again"], heat_at
            )
    tolerance = self_test(tests, {"fp32": fp32, "int8": int8}, fitted)
    (t32, b32), (t8, b8) = fitted["fp32"], fitted["int8"]
    manifest: dict[str, Any] = {
        "format": "philtrum-model/1",
        "kind": "cleft-heatmap",
        "name": name,
        "version": version,
        "license": "Apache-2.0",
        "description": "Quarter-width ResNet-18 with feature pyramid, attention-guided classifier and "
        "heat-map; trained on the phantom that ships with the program.",
        "synthetic": True,
        "files": [
            {
                "precision": "fp32",
                "path": fp32.name,
                "sha256": sha256(fp32),
                "calibration": {"temperature": t32, "bias": b32},
            },
            {
                "precision": "int8",
                "path": int8.name,
                "sha256": sha256(int8),
                "calibration": {"temperature": t8, "bias": b8},
            },
        ],
        "input": SPEC.model_dump(mode="json"),
        "outputs": {
            "cleft": {"tensor": "cleft_logit", "activation": "sigmoid", "temperature": t32, "bias": b32},
            "view": {"tensor": "view_logits", "activation": "softmax", "temperature": 1.0},
            "quality": {"tensor": "quality_logit", "activation": "sigmoid"},
            "heatmap": {"tensor": "heatmap_logits", "activation": "sigmoid", "threshold": round(heat_at, 3)},
        },
        "views": [
            {"name": "lip", "is": "lip", "label": {"en": "lip view", "zh": "唇部切面"}},
            {"name": "palate", "is": "palate", "label": {"en": "palate view", "zh": "腭部切面"}},
            {"name": "other", "is": "other", "label": {"en": "not a lip or palate view", "zh": "非唇腭切面"}},
        ],
        "operating_points": points,
        "training_data": "Frames of the built-in phantom (capture/phantom); no patient, no scan of a person.",
        "intended_use": "Research and training use; to show and test the program. "
        "Not a medical device, not a diagnosis.",
        "limits": list(LIMITS),
        "evaluation": evaluation,
        "self_test": {"path": tests.name, "sha256": sha256(tests), "tolerance": tolerance},
    }
    parse_manifest(manifest)
    (out / f"{name}.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return manifest


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Export a run, fit its operating points, write its manifest."
    )
    parser.add_argument("--run", type=Path, default=Path("runs/standin"))
    parser.add_argument("--out", type=Path, default=Path("resources/models"))
    parser.add_argument("--name", default="philtrum-standin")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--frames", type=int, default=1500, help="of each evaluation split")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    data.generate(args.run / "calibration", args.frames, 6_000_000, "train")
    for split, (_, seed, domain) in SETS.items():
        data.generate(args.run / split, args.frames, seed, domain)
    manifest = export(args.run, args.out, args.name, args.version)
    print(json.dumps({"operating_points": manifest["operating_points"], **manifest["evaluation"]}, indent=2))


if __name__ == "__main__":
    main()
