"""Figures, tables and p values as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any


def number(figure: Mapping[str, Any] | None, *, percent: bool = False, digits: int = 3) -> str:
    """A figure with its interval and count, as HTML."""
    if not figure or figure["value"] is None:
        n = f", n {figure['n']}" if figure and figure["n"] else ""
        return f'<span class="i">none{n}</span>'
    scale, digits = (100, 1) if percent else (1, digits)
    unit = " %" if percent else ""
    n = f"{figure['hits']} of {figure['n']}" if "hits" in figure else f"n {figure['n']}"
    low, high = figure["low"], figure["high"]
    between = f"{low * scale:.{digits}f} to {high * scale:.{digits}f}" if low is not None else "no interval"
    text = f"{figure['value'] * scale:.{digits}f}{unit}"
    return f'{text} <span class="i" title="{escape(figure["interval"])}">({between}; {n})</span>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already."""
    top = "".join(f"<th>{escape(word)}</th>" for word in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def both(figures: Mapping[str, Any]) -> list[str]:
    return [number(figures["sensitivity"], percent=True), number(figures["specificity"], percent=True)]


def p_value(p: float | None) -> str:
    if p is None:
        return "not to be had"
    return "below 0.0001" if p < 0.0001 else f"{p:.4f}"
