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
from app.panels.timeline_data import LoopTrack, Mark
from app.panels.top_bar import PictureState, TopBarText
from app.pipeline import Pipeline
from app.readings import Ai, figures, model_words, picture_state, source_words
from app.words import running_words
from capture.frame import Frame
from capture.link import Link, LinkState
from inference.evidence_types import Evidence
from inference.manifest import Manifest
from inference.prediction import Prediction
from inference.worker import AiPhase, AiState

if TYPE_CHECKING:
    from app.main_window import MainWindow

PANEL_MS = 50
"""Timeline and arc in turn, each at ten a second: both at once would take half a frame's time."""
TEXT_EVERY = 4
"""Words at every fourth beat: five a second. A change of state does not wait for them."""
FIGURES_EVERY = 10
"""Figures at every tenth: two a second, so that they can be read."""
FINDING_NS = 2_000_000_000
"""How long the region finder is given before the window says that it found nothing."""


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
        self.exam_started = time.strftime("%H:%M")
        self._evidence: Evidence | None = None
        self._rates = Rates()
        self._beat = 0
        self._kept_of = ""
        self._told_engine: object = None
        self._told_source: set[str] = set()
        self._whole_since_ns: int | None = None
        pipeline.add_scan_sink(self.meter.scan)
        pipeline.add_answer_sink(self.meter.answer)
        pipeline.evidence_changed.connect(self._on_evidence)
        pipeline.model_ready.connect(self._on_model)
        pipeline.ai_changed.connect(self._on_ai)
        pipeline.scored.connect(self._on_scored)
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
        self._rates = Rates()
        self._told_source.clear()
        self._whole_since_ns = None
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
        review = self._window.review
        if review.opened is not None:
            self._window.kept.show_frames(review.opened.kept_of(review.opened.fetus_at(review.index)))
            return
        self._window.kept.show_frames(self.kept.frames)
        self._mark()

    # What the pipeline tells -------------------------------------------------------------------------------

    def _on_evidence(self, evidence: Evidence) -> None:
        before, self._evidence = self._evidence, evidence
        if before is None or _state(before) != _state(evidence):
            self._show_evidence()

    def _on_model(self, manifest: Manifest) -> None:
        self.manifest = manifest
        points = manifest.operating_points
        self._window.arc.set_points(points.look_again, points.flag)
        self._window.timeline.set_points(points.look_again, points.flag)

    def _on_scored(self, prediction: Prediction) -> None:
        if self.kept.scored(prediction):
            self.show_kept()

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
        if link.state is LinkState.LIVE and self.opener is not None and not self._window.review.is_open:
            self._window.remember_source(self.opener.spec)
        if link.info is not None:
            for line in link.info.warnings:
                self._tell_once(line)
        player = None if self.opener is None else self.opener.player
        times = () if player is None or link.state is not LinkState.LIVE else player.state.times_s
        if times and not isinstance(self._window.timeline.track, LoopTrack):
            self._window.timeline.show_loop(times)
            self._window.actions_.set_replay(True)
            self._window.review.fill()

    def _tell_once(self, line: str) -> None:
        """Once a source, however often it is reconnected or starts again."""
        if line not in self._told_source:
            self._told_source.add(line)
            self._window.notices.tell(line, "warning")

    # On the timer ------------------------------------------------------------------------------------------

    def beat(self) -> None:
        """One turn of the timer."""
        self._beat += 1
        if self._beat % 2:
            self._window.arc.show_evidence(self._shown_evidence)
            return
        self._draw_timeline()
        if self._beat % TEXT_EVERY == 0:
            self.words()
        if self._beat % FIGURES_EVERY == 0:
            self.measure()

    def _draw_timeline(self) -> None:
        timeline = self._window.timeline
        loop = isinstance(timeline.track, LoopTrack)
        for point in self._pipeline.take_points():
            at_s = point.captured_ns / 1e9 if not loop else point.media_s
            if at_s is not None and not self._window.review.is_open:
                timeline.track.add(point, at_s)
        timeline.refresh(self._clock_ns() / 1e9)
        self._show_position()

    def words(self) -> None:
        """The states."""
        self._show_evidence()
        self._window.desk.refresh()
        self._window.review.refresh()
        self._window.drop_what_has_no_room()
        self._window.top_bar.show_text(self._top_bar())

    def measure(self) -> None:
        """Rates and ages; and what is kept, since a thumbnail costs as much as a line of figures."""
        review = self._window.review.is_open
        best = self._window.desk.best
        if review and self._window.review.fetus != self._kept_of:
            self._kept_of = self._window.review.fetus
            self.show_kept()
        if not review and self._evidence and self.kept.follow(self._evidence, best):
            self.show_kept()
        self._rates = self.meter.rates(self._clock_ns())
        ages_ms = self._presenter.statistics.overlay_age_ms.summary()
        shown = figures(self._rates, self.ai, ages_ms, self._no_sector())
        own = (*self._window.desk.figures(), *self._window.pacs.figures())
        self._window.status_line.show_figures((*own, *shown))

    @property
    def _shown_evidence(self) -> Evidence | None:
        """In review what was said then; else what is said now."""
        review = self._window.review
        return review.evidence if review.is_open else self._evidence

    def _show_evidence(self) -> None:
        evidence = self._shown_evidence
        self._window.status_panel.show_evidence(evidence)
        live = self._window.desk.live
        self._window.checklist.show_evidence(evidence, None if live is None else live.record)
        self._window.arc.show_evidence(evidence)

    def _show_position(self) -> None:
        player = None if self.opener is None else self.opener.player
        timeline = self._window.timeline
        self._window.scan_view.set_paused(player is not None and not player.state.playing)
        if player is None or not isinstance(timeline.track, LoopTrack):
            return
        state = player.state
        if not state.times_s:
            return
        if state.missing:
            self._tell_once(state.missing)
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
                # Over a loop its place says it.
                marks.append(Mark(at_s, kept.kind == "flag", "" if loop else self.time_words(frame)))
        self._window.timeline.marks = tuple(marks)

    # Words -------------------------------------------------------------------------------------------------

    @property
    def ai(self) -> Ai:
        return Ai(self._pipeline.ai_enabled, self._pipeline.ai_state, self.manifest)

    def picture_state(self) -> PictureState:
        """What the picture on the screen is."""
        player = None if self.opener is None else self.opener.player
        shown = self._window.scan_view.current
        return picture_state(
            self._pipeline.link,
            self._pipeline.running,
            None if player is None else player.state.playing,
            None if shown is None else shown.scan.signal,
        )

    def time_words(self, frame: Frame) -> str:
        """A frame's own time: in its exam, else in its film, else on the clock."""
        opened = self._window.review.opened
        exam = self._window.desk.exam if opened is None else opened.exam
        if exam is not None:
            return running_words(exam.seconds(frame.captured_ns))
        if frame.media_s is not None:
            return running_words(frame.media_s)
        ago_s = (self._clock_ns() - frame.captured_ns) / 1e9
        return time.strftime("%H:%M:%S", time.localtime(time.time() - ago_s))

    def _top_bar(self) -> TopBarText:
        exam = self._window.desk.words()
        if self._window.review.is_open:
            exam = translate("Feed", "Review")
        elif not exam:
            exam = translate("Feed", "No exam   ·   counted since {time}").format(time=self.exam_started)
        source = source_words(self._pipeline.link, self._rates)
        return TopBarText(self.picture_state(), source, exam, *model_words(self.ai))

    def _no_sector(self) -> bool:
        """Whether the whole picture has been in use for longer than finding takes; told once a source."""
        shown, now_ns = self._window.scan_view.current, self._clock_ns()
        if shown is None or shown.scan.region.origin != "whole":
            self._whole_since_ns = None
            return False
        if self._whole_since_ns is None:
            self._whole_since_ns = now_ns
        if now_ns - self._whole_since_ns < FINDING_NS:
            return False
        self._tell_once(translate("Feed", "No scan sector was found: the whole picture is used"))
        return True


def _state(evidence: Evidence) -> tuple[object, ...]:
    """What is told at once when it changes; scores and counts have their beat."""
    return evidence.status, evidence.view, evidence.verdict
