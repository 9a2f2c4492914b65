"""From a run on a data set of one's own to a model of one's own: `python -m inference.training.site_export`.

As `inference.training.export` does it for the model that ships, but everything is fitted on the set's own
calibration fetuses, and the manifest names the set. Its stored pictures are the phantom's: no patient's
picture travels with a model.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import torch

from inference.dataset import LeakError
from inference.manifest import Precision, parse_manifest
from inference.training import data, onnx_files, stored_pictures
from inference.training.config import MEAN, STD
from inference.training.describe import manifest_of, sha256
from inference.training.evaluate import answers
from inference.training.export import (
    PARITY_PICTURES,
    RANGE_PICTURES,
    SPEC,
    load_network,
    load_state,
    write_files,
)
from inference.training.fitting import fit
from inference.training.site_data import ORIGIN
from inference.training.splits import check_seeds, first_pictures

NOT_MORE = (
    "Nobody but its makers has tried it: it says nothing of other machines, other operators, other fetuses.",
    "A gap in the lip or in the alveolar ridge only; isolated cleft palate is not excluded.",
    "Scores are comparable within this model alone and are not the probability of a cleft in this fetus.",
    "B-mode, one plane at a time; not for Doppler, M-mode, 3-D renderings or other anatomy.",
)


def export_site(run: Path, out: Path, name: str, version: str = "1", *, fp32_only: bool = False) -> Path:
    """Files, thresholds and manifest of a run; returns the manifest's path.

    Args:
        run: filled by `site_data.fill_run` and trained.
        out: folder to write.
        name: of the model and its files.
        version: of the model.
        fp32_only: leaves out the faster files.

    Raises:
        ValueError: a file differs too much from torch, or too few calibration frames.
        FileNotFoundError: the run has not been filled or trained.
        inference.dataset.LeakError: a fetus is both taught from and calibrated on.
    """
    origin: dict[str, Any] = json.loads((run / ORIGIN).read_text("utf-8"))
    check_seeds(run, ("train", "val"), ("calibration",))
    out.mkdir(parents=True, exist_ok=True)
    state, calibration = load_state(run), data.load(run / "calibration")
    network = load_network(state)
    files: dict[Precision, Path]
    if fp32_only:
        files = {"fp32": out / f"{name}.onnx"}
        parity = [f"fp32: logits differ by at most {onnx_files.write_fp32(network, files['fp32']):.1e}"]
    else:
        ranges = first_pictures(run / "train", RANGE_PICTURES)
        files, parity = write_files(network, out, name, ranges, calibration.pictures[:PARITY_PICTURES])
    fits = {
        key: fit(answers(path, calibration.pictures, MEAN, STD), calibration) for key, path in files.items()
    }
    tests = out / f"{name}-selftest.npz"
    tolerance = stored_pictures.write(tests, SPEC, files, fits)
    evaluation = {"parity": parity, "calibration_frames": fits["fp32"].frames}
    manifest = manifest_of(state["config"]["preset"], SPEC, name, version, files, fits, evaluation)
    about = (
        f"{origin['name']}: {origin['pictures']} pictures of {origin['fetuses']} fetuses at "
        f"{origin['sites']} sites{', all of a synthetic phantom' if origin['synthetic'] else ''}."
    )
    manifest |= {
        "description": f"Cleft heat-map network, trained on {origin['name']}.",
        "license": origin["license"] or "not stated",
        "synthetic": origin["synthetic"],
        "training_data": about,
        "intended_use": "Research and training use. Not a medical device, not a diagnosis.",
        "self_test": {"path": tests.name, "sha256": sha256(tests), "tolerance": tolerance},
    }
    if not origin["synthetic"]:
        manifest["limits"] = list(NOT_MORE)
    path = out / f"{name}.json"
    parse_manifest(manifest, path.name)
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description="Make a model of a run on your own data set.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument("--name", required=True, help="of the model, as in my-hospital")
    parser.add_argument("--version", default="1")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    try:
        path = export_site(args.run, args.out, args.name, args.version)
    except (ValueError, OSError, LeakError) as error:
        print(f"philtrum: {error}", file=sys.stderr)
        return 2
    print(f"{path}: look at what it can do: philtrum evaluate DATASET --model {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
