"""Which view the probe is in, without flicker: in and out at different levels, each for some frames."""

from __future__ import annotations

from collections.abc import Mapping

from inference.prediction import View

SHOWN_VIEWS: tuple[View, View] = ("lip", "palate")


class ViewGate:
    """Follows the chances of the views from one distinct picture to the next.

    Args:
        enter: chance, in [0, 1], from which a view is entered.
        leave: chance below which it is left.
        enter_frames: pictures in a row that it takes to enter.
        leave_frames: pictures in a row that it takes to leave.
    """

    def __init__(self, enter: float, leave: float, enter_frames: int, leave_frames: int) -> None:
        self._enter = enter
        self._leave = leave
        self._enter_frames = enter_frames
        self._leave_frames = leave_frames
        self.reset()

    def reset(self) -> None:
        """Back to no view."""
        self.view: View = "other"
        self._candidate: View = "other"
        self._streak = 0
        self._away = 0

    def feed(self, chances: Mapping[View, float]) -> View:
        """The view after one more picture; "other" while it is neither of the two."""
        likeliest = max(SHOWN_VIEWS, key=lambda view: chances.get(view, 0.0))
        candidate: View = likeliest if chances.get(likeliest, 0.0) >= self._enter else "other"
        self._streak = self._streak + 1 if candidate == self._candidate else 1
        self._candidate = candidate
        if self.view != "other":
            self._away = 0 if self.holds(chances) else self._away + 1
            if self._away >= self._leave_frames:
                self.view, self._away = "other", 0
        if self.view == "other" and candidate != "other" and self._streak >= self._enter_frames:
            self.view = candidate
        return self.view

    def holds(self, chances: Mapping[View, float]) -> bool:
        """Whether one picture by itself belongs to the current view."""
        return self.view != "other" and chances.get(self.view, 0.0) >= self._leave
