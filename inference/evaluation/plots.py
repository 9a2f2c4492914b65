"""Plots as SVG that takes its ink from the page around it, so that it reads in light and in dark."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Canvas

INK = "#010203"
"""Drawn in this colour, which no line has, and turned into the page's own."""
LINES = ("#2f7fd1", "#d1742f", "#3f9a62")
"""Blue, orange, green of the same lightness: readable on white and on near-black."""
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "philtrum",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
}


def plots_of(model: Mapping[str, Any], synthetic: bool) -> dict[str, str]:
    """All plots of one model on one data set, by name, from its part of the report; SVG texts.

    Args:
        model: its part.
        synthetic: whether the data set or the model is; it is said in every plot.
    """
    out = {}
    levels = [(f"{name} level", model["levels"].get(name)) for name in ("frame", "view", "fetus")]
    with matplotlib.rc_context(_STYLE):
        curves = [(name, level["roc"]) for name, level in levels if level and level["roc"]]
        if curves:
            out["roc"] = _roc(curves, synthetic)
        if model["calibration"]["points"]:
            out["reliability"] = _reliability(model["calibration"]["points"], synthetic)
        if model["strata"]["width_mm"]:
            out["width"] = _width(model["strata"]["width_mm"], model["strata"]["width_curve"], synthetic)
        if len(model["strata"]["site"]) > 1:
            out["sites"] = _sites(model["strata"]["site"], synthetic)
    return out


def _roc(curves: Sequence[tuple[str, Sequence[Sequence[float]]]], synthetic: bool) -> str:
    canvas, axes = _canvas(4.2, 4.0)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6, linestyle=":")
    for (name, points), colour in zip(curves, LINES, strict=False):
        axes.plot([p[0] for p in points], [p[1] for p in points], color=colour, label=name, linewidth=1.6)
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(loc="lower right")
    return _svg(canvas, synthetic)


def _reliability(points: Sequence[Mapping[str, Any]], synthetic: bool) -> str:
    canvas, axes = _canvas(4.2, 4.0)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6, linestyle=":")
    at = [point["score"] for point in points]
    _whiskers(axes, at, [point["share"] for point in points], LINES[0])
    axes.set(
        xlabel="mean score of the bin", ylabel="share with a gap", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02)
    )
    return _svg(canvas, synthetic)


def _width(bins: Sequence[Mapping[str, Any]], curve: Mapping[str, Any] | None, synthetic: bool) -> str:
    canvas, axes = _canvas(5.4, 3.6)
    at = [(b["low"] + b["high"]) / 2 if b["high"] is not None else b["low"] + 0.5 for b in bins]
    if curve is not None:
        mm, fit, low, high = zip(*curve["points"], strict=True)
        axes.fill_between(mm, low, high, color=LINES[1], alpha=0.2, linewidth=0)
        axes.plot(mm, fit, color=LINES[1], linewidth=1.6, label="fitted")
    _whiskers(axes, at, [b["sensitivity"] for b in bins], LINES[0], "bins")
    axes.set(xlabel="width of the gap, mm", ylabel="sensitivity", ylim=(-0.02, 1.02), xlim=(0, None))
    axes.legend(loc="lower right")
    return _svg(canvas, synthetic)


def _sites(sites: Sequence[Mapping[str, Any]], synthetic: bool) -> str:
    canvas, axes = _canvas(5.4, 1.0 + 0.26 * len(sites))
    order = list(reversed(sites))
    for offset, name, colour in ((0.12, "sensitivity", LINES[0]), (-0.12, "specificity", LINES[1])):
        for at, site in enumerate(order):
            figure = site[name]
            if figure["value"] is not None:
                y = at + offset
                axes.plot([figure["low"], figure["high"]], [y, y], color=colour, linewidth=1.2)
                axes.plot(figure["value"], y, "o", color=colour, markersize=4, label=None if at else name)
    axes.set_yticks(range(len(order)), [str(site["name"])[:24] for site in order])
    axes.set(xlim=(-0.02, 1.02), xlabel="at the flag point")
    canvas.legend(loc="outside upper right", ncols=2)
    return _svg(canvas, synthetic)


def _whiskers(
    axes: Any,
    at: Sequence[float],
    figures: Sequence[Mapping[str, Any]],
    colour: str,
    label: str | None = None,
) -> None:
    shown = [(x, f) for x, f in zip(at, figures, strict=True) if f["value"] is not None]
    if shown:
        values = [f["value"] for _, f in shown]
        below = [max(0.0, f["value"] - f["low"]) for _, f in shown]
        above = [max(0.0, f["high"] - f["value"]) for _, f in shown]
        axes.errorbar(
            [x for x, _ in shown],
            values,
            [below, above],
            fmt="o",
            color=colour,
            markersize=4,
            linewidth=1.2,
            label=label,
        )


def _canvas(width: float, height: float) -> tuple[Canvas, Any]:
    canvas = Canvas(figsize=(width, height), layout="constrained")
    return canvas, canvas.subplots()


def _svg(canvas: Canvas, synthetic: bool) -> str:
    if synthetic:
        canvas.text(0.01, 0.01, "synthetic phantom", fontsize=7, va="bottom")
    out = io.StringIO()
    canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :].replace(INK, "currentColor")
