"""From the pipeline to the panels: slowly enough to be read, too cheap to disturb the picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.kept import KeptFrames
from app.language import translate
from app.live.presenter import Presenter
from app.meter import Meter, Rates
from app.opening import SourceOpener
from app.panels.status_line import Figure
from app.panels.timeline_data import LoopTrack, Mark
from app.panels.top_bar import PictureState, TopBarText
from app.pipeline import Pipeline
from app.words import SYNTHETIC, word
from capture.link import Link, LinkState
from capture.scan import Signal
from inference.evidence_types import Evidence
from inference.manifest import Manifest
from inference.worker import AiPhase, AiState

if TYPE_CHECKING:
    from app.main_window import MainWindow

PANEL_MS = 100
"""Arc and timeline at ten a second."""
TEXT_EVERY = 2
"""Words and figures at every second beat: five a second."""
BEHIND = 0.9
"""The AI is behind when it sees less than this share of the distinct pictures."""


class Feed(QObject):
    """Pulls on a timer; what the pipeline tells in between is only remembered."""

    def __init__(
        self,
        window: MainWindow,
        pipeline: Pipeline,
        presenter: Presenter,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        super().__init__(window)
        self._window, self._pipeline, self._presenter = window, pipeline, presenter
        self._clock_ns = clock_ns
        self.kept = KeptFrames()
        self.meter = Meter()
        self.manifest: Manifest | None = None
        self.opener: SourceOpener | None = None
        self.exam_number = 1
        self.exam_started = time.strftime("%H:%M")
        self._evidence: Evidence | None = None
        self._ages: dict[str, float | None] = {}
        self._beat = 0
        self._told_engine: object = None
        pipeline.add_scan_sink(self.meter.scan)
        pipeline.add_answer_sink(self.meter.answer)
        pipeline.evidence_changed.connect(self._on_evidence)
        pipeline.model_ready.connect(self._on_model)
        pipeline.ai_changed.connect(self._on_ai)
        pipeline.link_changed.connect(self._on_link)
        self._timer = QTimer(self)
        self._timer.setInterval(PANEL_MS)
        self._timer.timeout.connect(self.beat)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._pipeline.remove_scan_sink(self.meter.scan)
        self._pipeline.remove_answer_sink(self.meter.answer)

    def new_source(self, opener: SourceOpener) -> None:
        """Another source: its own exam, its own timeline."""
        self.opener = opener
        self.meter.reset()
        self._window.timeline.show_live()
        self._window.actions_.set_replay(False)
        self.clear()

    def clear(self) -> None:
        """Nothing seen before counts."""
        self._evidence = None
        self.kept.clear()
        self._window.timeline.clear()
        self._show_evidence()
        self.show_kept()

    def show_kept(self) -> None:
        self._window.kept.show_frames(self.kept.frames)
        self._mark()

    # What the pipeline tells -------------------------------------------------------------------------------

    def _on_evidence(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def _on_model(self, manifest: Manifest) -> None:
        self.manifest = manifest
        points = manifest.operating_points
        self._window.arc.set_points(points.look_again, points.flag)
        self._window.timeline.set_points(points.look_again, points.flag)

    def _on_ai(self, state: AiState) -> None:
        notices = self._window.notices
        if state.message:
            notices.tell(state.message, "error" if state.phase is AiPhase.FAILED else "warning")
        if state.engine is not None and state.engine is not self._told_engine:
            self._told_engine = state.engine
            if state.engine.fallbacks:
                said = translate("Feed", "AI runs on {provider}: {why}")
                why = "; ".join(state.engine.fallbacks)
                notices.tell(said.format(provider=state.engine.provider, why=why), "info")

    def _on_link(self, link: Link) -> None:
        if link is not self._pipeline.link:
            return  # overtaken on its way, or of a source that was left
        if link.state is LinkState.FAILED:
            self._window.notices.tell(link.message or translate("Feed", "the source cannot be opened"))
        if link.state is LinkState.LIVE and self.opener is not None:
            self._window.remember_source(self.opener.spec)
        player = None if self.opener is None else self.opener.player
        times = () if player is None or link.state is not LinkState.LIVE else player.state.times_s
        if times and not isinstance(self._window.timeline.track, LoopTrack):
            self._window.timeline.show_loop(times)
            self._window.actions_.set_replay(True)

    # On the timer ------------------------------------------------------------------------------------------

    def beat(self) -> None:
        """One turn of the timer."""
        self._beat += 1
        timeline = self._window.timeline
        loop = isinstance(timeline.track, LoopTrack)
        for point in self._pipeline.take_points():
            at_s = point.captured_ns / 1e9 if not loop else point.media_s
            if at_s is not None:
                timeline.track.add(point, at_s)
        timeline.refresh(self._clock_ns() / 1e9)
        self._show_position()
        self._window.arc.show_evidence(self._evidence)
        if self._beat % TEXT_EVERY == 0:
            self.words()

    def words(self) -> None:
        """Everything that is read rather than glanced at."""
        self._show_evidence()
        if self._evidence is not None and self.kept.follow(self._evidence, time.time()):
            self.show_kept()
        now_ns = self._clock_ns()
        rates = self.meter.rates(now_ns)
        if self._beat % (5 * TEXT_EVERY) == 0 or not self._ages:
            self._ages = self._presenter.statistics.overlay_age_ms.summary()
        self._window.top_bar.show_text(self._top_bar(rates))
        self._window.status_line.show_figures(self._figures(rates))

    def _show_evidence(self) -> None:
        self._window.status_panel.show_evidence(self._evidence)
        self._window.checklist.show_evidence(self._evidence)
        self._window.arc.show_evidence(self._evidence)

    def _show_position(self) -> None:
        player = None if self.opener is None else self.opener.player
        timeline = self._window.timeline
        if player is None or not isinstance(timeline.track, LoopTrack):
            return
        state = player.state
        if not state.times_s:
            return
        index = min(max(state.index, 0), len(state.times_s) - 1)
        at_s, end_s = state.times_s[index], state.times_s[-1]
        frame = translate("Feed", "frame {index} of {count}").format(
            index=index + 1, count=len(state.times_s)
        )
        speed = f"   {state.speed:g}×" if state.speed != 1.0 else ""
        timeline.show_position(at_s, f"{at_s:.2f} / {end_s:.2f} s   {frame}{speed}", state.playing)
        self._window.actions_["loop"].setChecked(state.loop)

    def _mark(self) -> None:
        """Flags and frames kept by hand, over the timeline."""
        loop = isinstance(self._window.timeline.track, LoopTrack)
        marks = []
        for kept in self.kept.frames:
            if kept.kind == "best":
                continue
            frame = kept.scan.frame
            at_s = frame.media_s if loop else frame.captured_ns / 1e9
            if at_s is not None:
                text = time.strftime("%H:%M:%S", time.localtime(kept.at_s)) if not loop else ""
                marks.append(Mark(at_s, kept.kind == "flag", text))
        self._window.timeline.marks = tuple(marks)

    # Words -------------------------------------------------------------------------------------------------

    def picture_state(self) -> PictureState:
        """What the picture on the screen is."""
        link = self._pipeline.link
        if link is None:
            return "opening" if self._pipeline.running else "none"
        plain: dict[LinkState, PictureState] = {
            LinkState.OPENING: "opening",
            LinkState.STALLED: "lost",
            LinkState.RECONNECTING: "lost",
            LinkState.ENDED: "ended",
            LinkState.FAILED: "none",
        }
        if link.state in plain:
            return plain[link.state]
        player = None if self.opener is None else self.opener.player
        if player is not None:
            return "replay" if player.state.playing else "paused"
        shown = self._window.scan_view.current
        signal = None if shown is None else shown.scan.signal
        return "lost" if signal is Signal.BLANK else "frozen" if signal is Signal.FROZEN else "live"

    def _top_bar(self, rates: Rates) -> TopBarText:
        link = self._pipeline.link
        source = ""
        if link is not None and link.info is not None:
            info = link.info
            parts = [info.name, f"{info.width}×{info.height}"]
            if info.fps:
                parts.append(f"{info.fps:.4g} Hz")
            source = "   ".join(parts)
            if rates.scan_fps is not None:
                source += "   ·   " + translate("Feed", "scan {rate} Hz").format(rate=f"{rates.scan_fps:.0f}")
        model, warn = self._model_words()
        exam = translate("Feed", "Exam {number}   ·   since {time}")
        exam = exam.format(number=self.exam_number, time=self.exam_started)
        return TopBarText(self.picture_state(), source, exam, model, warn)

    @property
    def _synthetic(self) -> bool:
        return self.manifest is not None and self.manifest.synthetic

    def _model_words(self) -> tuple[str, bool]:
        state = self._pipeline.ai_state
        if not self._pipeline.ai_enabled:
            off = translate("Feed", "AI off")
            return (f"{off}   ·   {word(SYNTHETIC)}" if self._synthetic else off), True
        if state is not None and state.phase is AiPhase.FAILED:
            return translate("Feed", "AI failed; the picture goes on"), True
        if self.manifest is None or state is None or state.phase is AiPhase.STARTING:
            return translate("Feed", "AI is starting"), False
        name = f"{self.manifest.name} {self.manifest.version}"
        return (f"{name}   ·   {word(SYNTHETIC)}", True) if self._synthetic else (name, False)

    def _figures(self, rates: Rates) -> tuple[Figure, ...]:
        state = self._pipeline.ai_state
        engine = None if state is None else state.engine
        running = self._pipeline.ai_enabled and engine is not None
        behind = (
            running and rates.ai_per_s is not None and rates.scan_fps is not None
            and rates.ai_per_s < BEHIND * rates.scan_fps
        )  # fmt: skip
        ai = _or_dash(rates.ai_per_s, ".0f")
        if running and rates.ai_per_s is not None:
            said = translate("Feed", "{ai} of {scan} scans per s")
            ai = said.format(ai=ai, scan=_or_dash(rates.scan_fps, ".0f"))
        if behind:
            ai += translate("Feed", ", behind")
        figures = [
            Figure(translate("Feed", "source"), f"{_or_dash(rates.source_fps, '.1f')} fps"),
            Figure(translate("Feed", "lost"), str(rates.lost), rates.lost > 0),
            Figure(translate("Feed", "AI"), ai if running else translate("Feed", "off"), behind),
            Figure(translate("Feed", "model"), f"{_or_dash(rates.inference_ms, '.1f')} ms"),
        ]
        p50, p95 = self._ages.get("p50"), self._ages.get("p95")
        ages = f"{_or_dash(p50, '.0f')} ms · p95 {_or_dash(p95, '.0f')}"
        figures.append(Figure(translate("Feed", "overlay"), ages))
        if engine is not None:
            fell_back = engine.provider_key == "cpu" and bool(engine.fallbacks)
            where = f"{engine.provider} · {engine.device}" if engine.device else engine.provider
            if fell_back:
                where = translate("Feed", "{provider} (fall-back)").format(provider=engine.provider)
            figures.insert(5, Figure(translate("Feed", "runs on"), where, fell_back))
        return tuple(figures)


def _or_dash(value: float | None, pattern: str) -> str:
    return "—" if value is None else format(value, pattern)
