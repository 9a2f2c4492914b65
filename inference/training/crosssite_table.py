"""What came of each fold and each site, as a table for people and one for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inference.dataset import DataSet

FIGURES: dict[str, tuple[str, ...]] = {
    "frame AUC": ("levels", "frame", "auc"),
    "frame sensitivity": ("levels", "frame", "flag", "sensitivity"),
    "frame specificity": ("levels", "frame", "flag", "specificity"),
    "view AUC": ("levels", "view", "auc"),
    "fetus sensitivity": ("levels", "fetus", "flag", "sensitivity"),
    "fetus specificity": ("levels", "fetus", "flag", "specificity"),
    "calibration error": ("calibration", "ece"),
    "heat-map points at the gap": ("heat", "pointing"),
    "gate AUC": ("gate", "auc_clear"),
}
"""Where a report of `evaluate` holds each figure."""


def value_of(report: Mapping[str, Any], path: Sequence[str]) -> float | None:
    """A figure of a report; None where there was nothing to work it out from."""
    found: Any = report
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found.get("value") if isinstance(found, Mapping) else None


def spread(values: Sequence[float | None]) -> dict[str, float | int | None]:
    """Mean and standard deviation (n - 1) over the folds that have the figure."""
    known = np.array([value for value in values if value is not None], float)
    return {
        "mean": round(float(known.mean()), 6) if len(known) else None,
        "deviation": round(float(known.std(ddof=1)), 6) if len(known) > 1 else None,
        "folds": len(known),
    }


def table_of(
    labelled: DataSet, folds: Sequence[frozenset[str]], reports: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Folds, their mean and spread, and every site under the network that had not seen it."""
    pictures = Counter(row.site for row in labelled.rows)
    fetuses = Counter(site for site, _ in {(row.site, row.fetus) for row in labelled.rows})
    each: list[dict[str, Any]] = []
    sites: list[dict[str, Any]] = []
    for number, (held, report) in enumerate(zip(folds, reports, strict=True), 1):
        figures = {name: value_of(report, path) for name, path in FIGURES.items()}
        each.append(
            {
                "fold": number,
                "sites": sorted(held),
                "pictures": sum(pictures[site] for site in held),
                "fetuses": sum(fetuses[site] for site in held),
                "figures": figures,
            }
        )
        for site in report["strata"]["site"]:
            name = site["name"]
            sites.append({**site, "fold": number, "pictures": pictures[name], "fetuses": fetuses[name]})
    return {
        "data": labelled.name,
        "synthetic": labelled.synthetic,
        "folds": each,
        "over_folds": {name: spread([fold["figures"][name] for fold in each]) for name in FIGURES},
        "sites": sorted(sites, key=lambda site: str(site["name"])),
    }


def markdown(table: Mapping[str, Any]) -> str:
    """The same for people."""
    folds = table["folds"]
    sites = sum(len(fold["sites"]) for fold in folds)
    kind = "pictures of a synthetic phantom" if table["synthetic"] else "pictures"
    lines = [
        f"# Cross-site evaluation on {table['data']}",
        "",
        f"{len(folds)} folds over {sites} sites, {sum(fold['pictures'] for fold in folds)} {kind} of "
        f"{sum(fold['fetuses'] for fold in folds)} fetuses. Each fold is judged by a network that has seen "
        "none of its sites. Research and training use; not a medical device, not a diagnosis.",
        "",
        "| | " + " | ".join(f"fold {fold['fold']}" for fold in folds) + " | mean ± deviation |",
        "|---" * (len(folds) + 2) + "|",
        "| sites | " + " | ".join(str(len(fold["sites"])) for fold in folds) + " | |",
        "| pictures | " + " | ".join(str(fold["pictures"]) for fold in folds) + " | |",
    ]
    for name in FIGURES:
        over = table["over_folds"][name]
        cells = [_number(fold["figures"][name]) for fold in folds]
        lines.append(
            f"| {name} | {' | '.join(cells)} | {_number(over['mean'])} ± {_number(over['deviation'])} |"
        )
    lines += [
        "",
        "| site | fold | pictures | fetuses | AUC (95 % interval) | sensitivity | specificity |",
        "|---|---|---|---|---|---|---|",
    ]
    for site in table["sites"]:
        auc, sensitivity, specificity = site["auc"], site["sensitivity"], site["specificity"]
        lines.append(
            f"| {site['name']} | {site['fold']} | {site['pictures']} | {site['fetuses']} | "
            f"{_number(auc['value'])} ({_number(auc['low'])} to {_number(auc['high'])}) | "
            f"{_number(sensitivity['value'])} of {sensitivity['n']} | "
            f"{_number(specificity['value'])} of {specificity['n']} |"
        )
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def write_tables(
    out: Path, labelled: DataSet, folds: Sequence[frozenset[str]], reports: Sequence[Mapping[str, Any]]
) -> Path:
    """Write table.json and table.md; returns the path of the latter."""
    table = table_of(labelled, folds, reports)
    (out / "table.json").write_text(json.dumps(table, indent=2) + "\n", "utf-8")
    path = out / "table.md"
    path.write_text(markdown(table), "utf-8")
    return path
