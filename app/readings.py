"""The words and figures of the bars above and below, from what the parts of the program say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.language import translate
from app.meter import Rates
from app.panels.status_line import Figure
from app.panels.top_bar import PictureState
from app.words import SYNTHETIC, word
from capture.link import Link, LinkState
from capture.scan import Signal
from inference.engine import EngineStatus
from inference.manifest import Manifest
from inference.worker import AiPhase, AiState

BEHIND = 0.9
"""The AI is behind when it sees less than this share of the distinct pictures."""
GAP = "   ·   "

_BY_LINK: Mapping[LinkState, PictureState] = {
    LinkState.OPENING: "opening",
    LinkState.STALLED: "lost",
    LinkState.RECONNECTING: "lost",
    LinkState.ENDED: "ended",
    LinkState.FAILED: "none",
}


@dataclass(frozen=True, slots=True)
class Ai:
    """How the AI stands, as the window knows it."""

    enabled: bool
    state: AiState | None
    manifest: Manifest | None

    @property
    def engine(self) -> EngineStatus | None:
        return None if self.state is None else self.state.engine

    @property
    def running(self) -> bool:
        return self.enabled and self.engine is not None


def picture_state(
    link: Link | None, running: bool, playing: bool | None, signal: Signal | None
) -> PictureState:
    """What the picture on the screen is.

    Args:
        link: the newest word of the source.
        running: whether there is a source.
        playing: of a recording; None for live sources.
        signal: of the newest frame shown; None before the first.
    """
    if link is None:
        return "opening" if running else "none"
    if link.state in _BY_LINK:
        return _BY_LINK[link.state]
    if playing is not None:
        return "replay" if playing else "paused"
    if signal is Signal.BLANK:
        return "lost"
    return "frozen" if signal is Signal.FROZEN else "live"


def source_words(link: Link | None, rates: Rates) -> str:
    """Name, size and rate of the source, and of the scan in it."""
    if link is None or link.info is None:
        return ""
    info = link.info
    parts = [info.name, f"{info.width}×{info.height}"]
    if info.fps:
        parts.append(f"{info.fps:.4g} Hz")
    text = "   ".join(parts)
    if rates.scan_fps is not None:
        text += GAP + translate("Readings", "scan {rate} Hz").format(rate=f"{rates.scan_fps:.0f}")
    return text


def model_words(ai: Ai) -> tuple[str, bool]:
    """The model with what it was trained on, or why there is none; and whether that is a warning."""
    synthetic = ai.manifest is not None and ai.manifest.synthetic
    if not ai.enabled:
        off = translate("Readings", "AI off")
        return (f"{off}{GAP}{word(SYNTHETIC)}" if synthetic else off), True
    if ai.state is not None and ai.state.phase is AiPhase.FAILED:
        return translate("Readings", "AI failed; the picture goes on"), True
    if ai.manifest is None or ai.state is None or ai.state.phase is AiPhase.STARTING:
        return translate("Readings", "AI is starting"), False
    name = f"{ai.manifest.name} {ai.manifest.version}"
    return (f"{name}{GAP}{word(SYNTHETIC)}", True) if synthetic else (name, False)


def figures(rates: Rates, ai: Ai, ages_ms: Mapping[str, float | None], no_sector: bool) -> tuple[Figure, ...]:
    """The line below.

    Args:
        rates: of source, scan and AI.
        ai: how it stands.
        ages_ms: overlay ages, 'p50' and 'p95'.
        no_sector: no scan was found in the picture.
    """
    ages = f"{_number(ages_ms.get('p50'), '.0f')} ms · p95 {_number(ages_ms.get('p95'), '.0f')}"
    made = [
        Figure(translate("Readings", "source"), f"{_number(rates.source_fps, '.1f')} fps"),
        Figure(translate("Readings", "lost"), str(rates.lost), rates.lost > 0),
        _ai_figure(rates, ai),
        Figure(translate("Readings", "model"), f"{_number(rates.inference_ms, '.1f')} ms"),
        Figure(translate("Readings", "overlay"), ages),
    ]
    if ai.running and ai.engine is not None:
        made.append(_place_figure(ai.engine))
    if no_sector:
        said = translate("Readings", "not found, whole picture")
        made.append(Figure(translate("Readings", "scan sector"), said, True))
    return tuple(made)


def _ai_figure(rates: Rates, ai: Ai) -> Figure:
    name = translate("Readings", "AI")
    if not ai.running:
        return Figure(name, translate("Readings", "off"))
    if rates.ai_per_s is None or rates.scan_fps is None:
        return Figure(name, "—")
    text = translate("Readings", "{ai} of {scan} scans per s")
    text = text.format(ai=f"{rates.ai_per_s:.0f}", scan=f"{rates.scan_fps:.0f}")
    if rates.ai_per_s < BEHIND * rates.scan_fps:
        return Figure(name, text + translate("Readings", ", behind"), True)
    return Figure(name, text)


def _place_figure(engine: EngineStatus) -> Figure:
    name = translate("Readings", "runs on")
    if engine.provider_key == "cpu" and engine.fallbacks:
        said = translate("Readings", "{provider} (fall-back)")
        return Figure(name, said.format(provider=engine.provider), True)
    return Figure(name, f"{engine.provider} · {engine.device}" if engine.device else engine.provider)


def _number(value: float | None, pattern: str) -> str:
    return "—" if value is None else format(value, pattern)
