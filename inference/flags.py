"""Latched findings: opened, followed, closed, and the same one again when it comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inference.evidence_types import Flag
from inference.prediction import Prediction, View


class FlagKeeper:
    """The flags of one exam; at most one is open.

    Args:
        reopen_frames: counted pictures within which a finding that comes back is the same flag.
    """

    def __init__(self, reopen_frames: int) -> None:
        self._reopen_frames = reopen_frames
        self._flags: list[Flag] = []
        self._spans: dict[int, _Span] = {}
        self._open: int | None = None

    @property
    def flags(self) -> tuple[Flag, ...]:
        return tuple(self._flags)

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def new_source(self) -> None:
        """Frame indices mean other pictures from now on."""
        self.close()
        self._spans.clear()

    def open(self, view: View, prediction: Prediction, smoothed: float, counted: int) -> None:
        """Latch a finding, or open again the flag it belongs to.

        Args:
            view: where it was found.
            prediction: at which it was found.
            smoothed: the running mean there.
            counted: how many pictures have counted so far.
        """
        for at, flag in enumerate(self._flags):
            span = self._spans.get(flag.number)
            if (
                flag.view == view
                and span is not None
                and span.takes(prediction, counted, self._reopen_frames)
            ):
                self._flags[at] = replace(flag, open=True)
                self._open = at
                self.follow(prediction, smoothed, counted)
                return
        number, index = len(self._flags) + 1, prediction.scan.frame.index
        self._flags.append(Flag(number, view, prediction.scan.scan_index, smoothed, prediction, True))
        self._spans[number] = _Span(index, index, counted)
        self._open = len(self._flags) - 1

    def follow(self, prediction: Prediction, smoothed: float, counted: int) -> None:
        """The open flag goes on: keep its peak and the picture that shows it best."""
        if self._open is None:
            raise ValueError("expected an open flag to follow, got none")
        flag, index = self._flags[self._open], prediction.scan.frame.index
        best = prediction if _worth(prediction) > _worth(flag.best) else flag.best
        self._flags[self._open] = replace(flag, peak=max(flag.peak, smoothed), best=best)
        span = self._spans[flag.number]
        self._spans[flag.number] = _Span(min(span.first, index), max(span.last, index), counted)

    def close(self) -> None:
        """The open flag, if any, is over; it stays."""
        if self._open is not None:
            self._flags[self._open] = replace(self._flags[self._open], open=False)
        self._open = None


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a flag was open: frame indices, and how many pictures had counted at its end."""

    first: int
    last: int
    counted: int

    def takes(self, prediction: Prediction, counted: int, reopen_frames: int) -> bool:
        """Whether a finding now is still the same one: soon after, or the same place of a recording again."""
        frame = prediction.scan.frame
        # A lap may meet a finding a little earlier than the one before did.
        again = frame.media_s is not None and self.first - reopen_frames <= frame.index <= self.last
        return again or counted - self.counted <= reopen_frames


def plane_quality(prediction: Prediction) -> float:
    """Of the plane, in [0, 1]; a model without that output is taken at its certainty of the view."""
    return prediction.view_score if prediction.quality is None else prediction.quality


def clarity(prediction: Prediction) -> tuple[bool, float]:
    """To compare pictures of a view: of one without a found scan nothing may be stored, so it comes last."""
    return prediction.scan.region.origin != "whole", plane_quality(prediction)


def _worth(prediction: Prediction) -> tuple[bool, float]:
    """How well a picture shows its finding, to compare."""
    found, quality = clarity(prediction)
    return found, prediction.cleft * quality
