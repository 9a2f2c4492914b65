"""Whole pictures from interlaced ones, one for one; progressive frames pass untouched."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import av.filter


class Deinterlacer:
    """Feeds frames through libavfilter's bwdif once the first interlaced frame has come.

    bwdif looks one frame ahead, so each frame comes out after the next one went in, and the last ones
    come out of `flush`. It looks one frame back, too: what it makes of a frame depends on its neighbours.
    """

    def __init__(self, time_base: Fraction, always: bool = False) -> None:
        """Set the units of time.

        Args:
            time_base: of the frames' pts.
            always: treat every frame as interlaced, also those that say they are not.
        """
        self._time_base = time_base
        self._always = always
        self._graph: av.filter.Graph | None = None
        self._shape: tuple[int, int, str] | None = None

    def feed(self, frame: av.VideoFrame) -> Iterator[tuple[int | None, av.VideoFrame]]:
        """(pts in the stream's time base, frame), for every frame that became ready."""
        if self._graph is None and not (self._always or frame.interlaced_frame):
            yield frame.pts, frame
            return
        shape = (frame.width, frame.height, frame.format.name)
        if shape != self._shape:
            yield from self.flush()
        if self._graph is None:
            self._graph, self._shape = self._build(frame), shape
        self._graph.push(frame)
        yield from self._ready(self._graph)

    def flush(self) -> Iterator[tuple[int | None, av.VideoFrame]]:
        """What is still inside; afterwards the deinterlacer is as new."""
        if self._graph is not None:
            graph, self._graph = self._graph, None
            graph.push(None)
            yield from self._ready(graph)

    def _build(self, frame: av.VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=self._time_base
        )
        bwdif = graph.add(
            "bwdif", f"mode=send_frame:parity=auto:deint={'all' if self._always else 'interlaced'}"
        )
        sink = graph.add("buffersink")
        source.link_to(bwdif)
        bwdif.link_to(sink)
        graph.configure()
        return graph

    def _ready(self, graph: av.filter.Graph) -> Iterator[tuple[int | None, av.VideoFrame]]:
        while True:
            try:
                frame = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if not isinstance(frame, av.VideoFrame):
                raise TypeError(f"expected a picture from bwdif, got {type(frame).__name__}")
            pts = frame.pts
            if pts is not None and frame.time_base:  # bwdif counts in half ticks
                pts = round(pts * frame.time_base / self._time_base)
            yield pts, frame
