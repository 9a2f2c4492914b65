"""From a run to the files that ship: `python -m inference.training.export --run runs/standin`.

ONNX in fp32, fp16 and int8, each checked against torch; temperature, operating points and heat threshold
fitted on each of them; figures on splits of their own; stored pictures; the manifest.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from capture.phantom.parameters import Domain
from inference.manifest import Precision, parse_manifest
from inference.preprocess import InputSpec
from inference.training import data, onnx_files, stored_pictures
from inference.training.config import MEAN, STD
from inference.training.describe import manifest_of, sha256
from inference.training.evaluate import Answers, Pictures, answers, normalised, report
from inference.training.fitting import Fit, fit
from inference.training.network import PRESETS, CleftNet
from inference.training.splits import check_seeds, first_pictures

SPEC = InputSpec(height=256, width=256, fit="letterbox", gain="percentile", mean=(MEAN,), std=(STD,))
CALIBRATION_SEED = 6_000_000
SETS: dict[str, tuple[str, int, Domain]] = {
    "test": ("same domain", 7_000_000, "train"),
    "shift": ("shifted domain", 8_000_000, "shift"),
    "plain": ("good pictures", 8_500_000, "plain"),
}
"""Evaluation splits: folder, then title, first seed and domain. No seed is one of training's."""
FRESH: dict[str, tuple[str, int, Domain]] = {"fresh": ("fresh domain", 9_500_000, "fresh")}
"""Looked at once, when everything else is settled."""
SHIP_MIB = 8.0
RANGE_PICTURES = 128
"""Training pictures from which int8 takes the ranges of its activations."""
PARITY_PICTURES = 48


def load_state(run: Path, weights: str = "last") -> dict[str, Any]:
    """What a run saved: `last`, or its `best` validation."""
    state: dict[str, Any] = torch.load(run / f"{weights}.pt", weights_only=True, map_location="cpu")
    return state


def load_network(state: dict[str, Any]) -> CleftNet:
    """The averaged weights of a saved state, ready to answer."""
    network = CleftNet(PRESETS[state["config"]["preset"]])
    network.load_state_dict(state["average"])
    network.eval()
    return network


def write_files(
    network: CleftNet, out: Path, name: str, ranges: Pictures, checks: Pictures
) -> tuple[dict[Precision, Path], list[str]]:
    """The three files and what the comparison with torch found; prepared uint8 pictures (n, h, w).

    Raises:
        ValueError: a file is further from torch than its precision allows.
    """
    files: dict[Precision, Path] = {
        "fp32": out / f"{name}.onnx",
        "fp16": out / f"{name}-fp16.onnx",
        "int8": out / f"{name}-int8.onnx",
    }
    logit = onnx_files.write_fp32(network, files["fp32"])
    onnx_files.write_fp16(files["fp32"], files["fp16"])
    onnx_files.write_int8(files["fp32"], files["int8"], normalised(ranges, MEAN, STD))
    said = [f"fp32: logits of random input differ by at most {logit:.1e}"]
    seen = normalised(checks, MEAN, STD)
    said += [str(onnx_files.check_parity(network, path, key, seen)) for key, path in files.items()]
    return files, said


def export(
    run: Path,
    out: Path,
    name: str,
    version: str,
    *,
    weights: str = "last",
    fresh: bool = False,
    most_mib: float | None = SHIP_MIB,
) -> dict[str, Any]:
    """Everything, from the shards in the run's folder; returns the manifest.

    Raises:
        ValueError: parity, size or the number of calibration frames is not what it has to be.
        inference.dataset.LeakError: a frame is both taught from and judged on.
    """
    sets = SETS | (FRESH if fresh else {})
    check_seeds(run, ("train", "val"), ("calibration", *sets))
    out.mkdir(parents=True, exist_ok=True)
    calibration = data.load(run / "calibration")
    ranges = first_pictures(run / "train", RANGE_PICTURES)
    state = load_state(run, weights)
    files, parity = write_files(
        load_network(state), out, name, ranges, calibration.pictures[:PARITY_PICTURES]
    )
    print(*parity, sep="\n", flush=True)
    onnx_files.check_sizes(files.values(), most_mib)
    fits = {
        key: fit(answers(path, calibration.pictures, MEAN, STD), calibration) for key, path in files.items()
    }
    evaluation: dict[str, Any] = {
        "note": "Synthetic phantom frames; says nothing about real fetuses.",
        "parity": parity,
        "calibration_frames": fits["fp32"].frames,
        "training": _history(state),
    }
    for split, (title, _, _) in sets.items():
        frames = data.load(run / split)
        for key, path in files.items():
            evaluation[f"{title}, {key}"] = _judged(
                answers(path, frames.pictures, MEAN, STD), frames, fits[key]
            )
    if fresh:
        evaluation["looks at the fresh domain"] = note_look(run, files["fp32"])
    tests = out / "selftest.npz"
    tolerance = stored_pictures.write(tests, SPEC, files, fits)
    manifest = manifest_of(state["config"]["preset"], SPEC, name, version, files, fits, evaluation)
    manifest["self_test"] = {"path": tests.name, "sha256": sha256(tests), "tolerance": tolerance}
    _write_manifest(out / f"{name}.json", manifest)
    return manifest


def export_untrained(preset: str, out: Path, name: str) -> dict[str, Any]:
    """The files of a network that has learnt nothing, to time them; int8 takes its ranges from noise."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    noise = np.random.default_rng(1).integers(0, 256, (8, SPEC.height, SPEC.width), np.uint8)
    files, parity = write_files(CleftNet(PRESETS[preset]).eval(), out, name, noise, noise[:4])
    print(*parity, sep="\n", flush=True)
    plain = Fit(1.0, 0.0, 0.3, 0.5, 0.4, 0.5, 0)
    note = {"note": "Untrained weights: for timing alone."}
    manifest = manifest_of(preset, SPEC, name, "0", files, dict.fromkeys(files, plain), note)
    _write_manifest(out / f"{name}.json", manifest)
    return manifest


def _judged(got: Answers, frames: data.Dataset, fitted: Fit) -> dict[str, Any]:
    return report(got, frames, fitted.score(got.cleft), fitted.flag, fitted.look_again, fitted.heat_threshold)


def _history(state: dict[str, Any]) -> dict[str, Any]:
    config = state["config"]
    before = int(config.get("start_seen", 0))
    return {
        "frames": config["train_frames"],
        "presentations": before + state["seen"],
        "of them before this run": before,
        "steps": state["step"],
    }


def note_look(run: Path, file: Path) -> int:
    """Write down that the fresh domain was looked at; how many different networks were shown it so far."""
    notes = run / "fresh-looks.txt"
    seen = set(notes.read_text().split()) if notes.exists() else set()
    seen.add(sha256(file))
    notes.write_text("\n".join(sorted(seen)) + "\n")
    return len(seen)


def _write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    parse_manifest(manifest, path.name)
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Export a run, fit its thresholds, write its manifest.")
    parser.add_argument("--run", type=Path, default=Path("runs/standin"))
    parser.add_argument("--weights", choices=("last", "best"), default="last", help="of the run (last)")
    parser.add_argument("--out", type=Path, default=Path("resources/models"))
    parser.add_argument("--name", default="philtrum-standin")
    parser.add_argument("--version", default="0.3.0")
    parser.add_argument("--frames", type=int, default=1500, help="of each evaluation split (1500)")
    parser.add_argument(
        "--calibration-frames", type=int, default=3000, help="of the calibration split (3000)"
    )
    parser.add_argument("--processes", type=int, default=2, help="that make the splits (2)")
    parser.add_argument("--fresh", action="store_true", help="look at the fresh domain too: once, at the end")
    parser.add_argument(
        "--large", action="store_true", help=f"allow files above {SHIP_MIB:g} MiB; do not ship them"
    )
    parser.add_argument(
        "--untrained", choices=sorted(PRESETS), help="export this size with random weights, to time it"
    )
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    if args.untrained:
        export_untrained(args.untrained, args.out, args.name)
        return
    sets = SETS | (FRESH if args.fresh else {})
    data.generate(
        args.run / "calibration", args.calibration_frames, CALIBRATION_SEED, "train", args.processes
    )
    for split, (_, seed, domain) in sets.items():
        data.generate(args.run / split, args.frames, seed, domain, args.processes)
    manifest = export(
        args.run,
        args.out,
        args.name,
        args.version,
        weights=args.weights,
        fresh=args.fresh,
        most_mib=None if args.large else SHIP_MIB,
    )
    print(json.dumps({"files": manifest["files"], **manifest["evaluation"]}, indent=2))


if __name__ == "__main__":
    main()
