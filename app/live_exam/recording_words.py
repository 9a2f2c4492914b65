"""How recording stands, in words with a shape and a colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.language import translate
from app.session.writer import WriterState
from app.theme import AMBER, CORAL, QUIET

Shape = Literal["dot", "triangle", "square", "ring"]
LOW_S = 15 * 60
"""With less room on the disk than for so long, the line says so."""


@dataclass(frozen=True, slots=True)
class RecordingWords:
    """Dot: it runs. Triangle: it runs, with something to know. Square: it has stopped. Ring: switched off."""

    shape: Shape
    text: str
    colour: str


def recording_words(state: WriterState | None, live: bool, failed: bool = False) -> RecordingWords | None:
    """What the status line says; None where there is nothing to record.

    Args:
        state: of the exam's writer; None before the exam has begun.
        live: whether the source makes an exam.
        failed: the exam could not be begun.
    """
    if not live:
        return None
    if state is None:
        if failed:
            return RecordingWords("square", translate("Recording", "NOT RECORDING"), CORAL)
        return RecordingWords("ring", translate("Recording", "exam begins with the picture"), QUIET)
    if state.mode == "off":
        return RecordingWords("ring", translate("Recording", "RECORDING IS OFF"), AMBER)
    if not state.recording:
        return RecordingWords("square", _stopped(state), CORAL)
    clock = f"{int(state.seconds) // 60}:{int(state.seconds) % 60:02d}"
    said = [translate("Recording", "REC {time}").format(time=clock)]
    if state.mode == "clips":
        said = [translate("Recording", "REC clips {time}").format(time=clock)]
    more = []
    if state.counts.lost:
        more.append(translate("Recording", "{count} frames lost").format(count=state.counts.lost))
    if state.disk_left_s is not None and state.disk_left_s < LOW_S:
        left = max(0, round(state.disk_left_s / 60))
        more.append(translate("Recording", "disk low: {minutes} min left").format(minutes=left))
    if state.trouble:
        more.append(translate("Recording", "disk trouble"))
    return RecordingWords("triangle" if more else "dot", " · ".join(said + more), AMBER if more else CORAL)


def _stopped(state: WriterState) -> str:
    if "almost full" in state.trouble:
        return translate("Recording", "STOPPED: disk full")
    return translate("Recording", "STOPPED: disk")
