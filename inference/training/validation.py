"""The figures by which a run is followed."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchmetrics.functional.classification import binary_auroc, binary_calibration_error

from inference.training import data
from inference.training.config import MEAN, STD
from inference.training.devices import Device


def predict(
    network: nn.Module, pictures: NDArray[np.uint8], device: Device | None = None, batch: int = 32
) -> list[Tensor]:
    """Outputs in float32, on the CPU, for prepared uint8 pictures (n, h, w)."""
    device = device or Device.cpu()
    network.eval()
    parts = []
    for at in range(0, len(pictures), batch):
        x = (torch.from_numpy(pictures[at : at + batch]).float()[:, None] / 255 - MEAN) / STD
        with torch.no_grad(), device.autocast():
            out = network(x.contiguous(memory_format=torch.channels_last).to(device.name))
        parts.append([o.float().cpu() for o in out])
    return [torch.cat(column) for column in zip(*parts, strict=True)]


def validate(network: nn.Module, frames: data.Dataset, device: Device | None = None) -> dict[str, float]:
    """AUCs, calibration, pointing of the heat-map, and how far off the plane quality is.

    Figures of the cleft are over judgeable frames of good planes; a class that is missing gives NaN.
    """
    cleft, view, quality, heat, *_ = predict(network, frames.pictures, device)
    labels = frames.labels
    lips = frames.judged()
    truth = torch.from_numpy(labels["cleft"].astype(np.int64))
    lip = lips & (labels["view"] == 0)
    peak = heat.reshape(len(heat), -1).argmax(1).numpy()
    near = np.asarray(frames.gaps, np.float32).reshape(len(heat), -1)[np.arange(len(heat)), peak] > 25
    clear = (labels["view"] == 2) | ~(labels["quality"] <= 0.3)
    shown = torch.from_numpy((labels["view"] != 2).astype(np.int64))
    right = view.argmax(1).numpy() == labels["view"]
    positive = lips & (labels["cleft"] == 1) & frames.gaps.any((1, 2))
    graded = torch.sigmoid(quality[:, 0]).numpy()
    score = torch.sigmoid(cleft[:, 0])
    return {
        "auc": area(cleft[lips, 0], truth[lips]),
        "auc_lip": area(cleft[lip, 0], truth[lip]),
        "calibration_error": float(binary_calibration_error(score[lips], truth[lips], n_bins=15)),
        "gate_auc": area(-torch.log_softmax(view, 1)[clear, 2], shown[clear]),
        "view_right": float(right[clear].mean()),
        "pointing": float(near[positive].mean()) if positive.any() else float("nan"),
        "quality_error": float(np.nanmean(np.abs(graded - labels["quality"]))),
    }


def area(score: Tensor, truth: Tensor) -> float:
    """Area under the ROC curve, by rank; NaN where one class is missing."""
    if len(truth.unique()) < 2:
        return float("nan")
    # torchmetrics squeezes logits through a sigmoid, which ties large ones; ranks keep their order.
    ranks = torch.unique(score, return_inverse=True)[1]
    return float(binary_auroc(ranks.double() / len(score), truth))
