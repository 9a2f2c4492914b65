"""An exam as a source: opened in the capture thread, played like any recording."""

from __future__ import annotations

from app.opening import MAX_FPS, SourceOpener
from app.review.opened_exam import OpenedExam
from capture.clock import SystemClock
from capture.player import Player
from capture.source import FrameSource

PREFIX = "exam:"


class ExamOpener(SourceOpener):
    """Begins paused: a review starts with a look, not with a run."""

    def __init__(self, opened: OpenedExam) -> None:
        super().__init__(f"{PREFIX}{opened.exam.id}")
        self._opened = opened

    def __call__(self) -> FrameSource:
        video = self._opened.reader.source()
        self.player = Player(video, SystemClock(), loop=True, playing=False, max_fps=MAX_FPS)
        return self.player
