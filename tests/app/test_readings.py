from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.meter import Rates
from app.panels.top_bar import PictureState
from app.readings import Ai, figures, model_words, picture_state, source_words
from app.words import SYNTHETIC
from capture.link import Link, LinkState
from capture.scan import Signal
from capture.source import SourceInfo
from inference.engine import EngineStatus
from inference.selftest import SelfTestResult
from inference.worker import AiPhase, AiState
from tests.app.window_fakes import manifest

RATES = Rates(59.94, 28.2, 27.9, 4.26, 0)
AGES = {"p50": 14.2, "p95": 21.8}


def ai(provider: str = "cuda", fallbacks: tuple[str, ...] = (), phase: AiPhase = AiPhase.RUNNING) -> Ai:
    device = "RTX 3060" if provider == "cuda" else ""
    engine = EngineStatus(
        "m", "1", "0" * 64, True, provider.upper(), provider, device, "fp16", 1, fallbacks,
        SelfTestResult(None, ""), 1.0,
    )  # fmt: skip
    return Ai(True, AiState(phase, 0, engine=engine), manifest())


@pytest.mark.parametrize(
    ("state", "playing", "signal", "expected"),
    [
        (LinkState.LIVE, None, Signal.MOVING, "live"),
        (LinkState.LIVE, None, None, "live"),
        (LinkState.LIVE, None, Signal.FROZEN, "frozen"),
        (LinkState.LIVE, None, Signal.BLANK, "lost"),
        (LinkState.LIVE, True, Signal.FROZEN, "replay"),
        (LinkState.LIVE, False, Signal.FROZEN, "paused"),
        (LinkState.STALLED, None, Signal.MOVING, "lost"),
        (LinkState.RECONNECTING, None, Signal.MOVING, "lost"),
        (LinkState.OPENING, None, None, "opening"),
        (LinkState.ENDED, False, Signal.MOVING, "ended"),
        (LinkState.FAILED, None, None, "none"),
    ],
)
def test_the_state_of_the_picture(
    state: LinkState, playing: bool | None, signal: Signal | None, expected: PictureState
) -> None:
    assert picture_state(Link(state, 0), True, playing, signal) == expected


def test_every_state_of_a_link_is_a_state_of_the_picture() -> None:
    for state in LinkState:
        assert picture_state(Link(state, 0), True, None, Signal.MOVING)
    assert picture_state(None, False, None, None) == "none"
    assert picture_state(None, True, None, None) == "opening"


def test_the_line_below_reads_as_it_should(qtbot: QtBot) -> None:
    shown = [(figure.name, figure.value, figure.warn) for figure in figures(RATES, ai(), AGES, False)]
    assert shown == [
        ("source", "59.9 fps", False),
        ("lost", "0", False),
        ("AI", "28 of 28 scans per s", False),
        ("model", "4.3 ms", False),
        ("overlay", "14 ms · p95 22", False),
        ("runs on", "CUDA · RTX 3060", False),
    ]


def test_what_is_behind_lost_or_fallen_back_warns(qtbot: QtBot) -> None:
    slow = Rates(59.9, 28.0, 20.0, 49.0, 3)
    warned = {f.name: f.value for f in figures(slow, ai("cpu", ("CUDA not used",)), AGES, True) if f.warn}
    assert warned == {
        "lost": "3",
        "AI": "20 of 28 scans per s, behind",
        "runs on": "CPU (fall-back)",
        "scan sector": "not found, whole picture",
    }
    chosen = figures(RATES, ai("cpu"), AGES, False)
    assert [figure.value for figure in chosen if figure.name == "runs on"] == ["CPU"]
    assert not any(figure.warn for figure in chosen)


def test_a_model_that_is_switched_off_runs_nowhere(qtbot: QtBot) -> None:
    off = replace(ai("cpu", ("CUDA not used",)), enabled=False)
    shown = {figure.name: figure for figure in figures(RATES, off, AGES, False)}
    assert shown["AI"].value == "off"
    assert "runs on" not in shown
    assert not any(figure.warn for figure in shown.values())


def test_what_is_not_known_is_a_dash(qtbot: QtBot) -> None:
    shown = [figure.value for figure in figures(Rates(), Ai(False, None, None), {}, False)]
    assert shown == ["— fps", "0", "off", "— ms", "— ms · p95 —"]


def test_the_training_on_a_phantom_is_said_whatever_the_ai_does(qtbot: QtBot) -> None:
    text, warn = model_words(ai())
    assert text == f"test-model 1   ·   {SYNTHETIC}"
    assert warn
    off = model_words(Ai(False, ai().state, manifest()))
    assert SYNTHETIC in off[0]
    assert model_words(Ai(True, None, None)) == ("AI is starting", False)
    assert model_words(ai(phase=AiPhase.FAILED)) == ("AI failed; the picture goes on", True)
    real = Ai(True, ai().state, manifest().model_copy(update={"synthetic": False}))
    assert model_words(real) == ("test-model 1", False)


def test_the_source_is_named_with_its_rates() -> None:
    info = SourceInfo("card", "HDMI 1", 1920, 1080, True, 59.94)
    assert (
        source_words(Link(LinkState.LIVE, 0, info=info), RATES)
        == "HDMI 1   1920×1080   59.94 Hz   ·   scan 28 Hz"
    )
    assert source_words(None, RATES) == ""
