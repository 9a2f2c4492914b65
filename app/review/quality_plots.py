"""The figures over all exams as plots; pyqtgraph is imported when the page is first opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pyqtgraph as pg
from PySide6.QtWidgets import QGridLayout, QWidget

from app.language import translate
from app.session.quality import QualityFigures, QualityRow, by, figures
from app.theme import AMBER, BACK, CYAN, LINE, PLAIN, QUIET, VIOLET, Scale

CELLS = 3
MOST_LABELS = 12
"""Bars in a plot over which there is room for their figures."""
MOST_NAMES = 5
"""Below a plot."""
LETTERS = 14
"""Of a preset's or operator's name."""
Group = Literal["preset", "operator"]


class QualityPlots(QWidget):
    """Score and quality, completeness and ambiguity, time to complete: by week, then by group."""

    def __init__(self) -> None:
        super().__init__()
        self.group: Group = "preset"
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.plots: list[pg.PlotWidget] = []
        for place in range(2 * CELLS):
            plot = pg.PlotWidget(background=BACK)
            plot.setMouseEnabled(False, False)
            plot.hideButtons()
            plot.setMenuEnabled(False)
            plot.showGrid(y=True, alpha=0.12)
            self._grid.addWidget(plot, place // CELLS, place % CELLS)
            self.plots.append(plot)

    def show_rows(self, rows: Sequence[QualityRow], scale: Scale) -> None:
        """Draw them all anew."""
        weeks = by(rows, "week")
        score, quality = translate("Quality", "score"), translate("Quality", "quality")
        shown, ambiguous = translate("Quality", "both views shown"), translate("Quality", "ambiguous")
        names = list(weeks)
        self._lines(0, translate("Quality", "Mean score and plane quality"), names, (
            (score, AMBER, [w.mean_score for w in weeks.values()]),
            (quality, CYAN, [w.mean_quality for w in weeks.values()]),
        ), scale, 1.0)  # fmt: skip
        self._lines(1, translate("Quality", "Share of fetuses"), names, (
            (shown, CYAN, [w.complete for w in weeks.values()]),
            (ambiguous, AMBER, [w.ambiguous for w in weeks.values()]),
            (translate("Quality", "discordant"), VIOLET, [w.discordant for w in weeks.values()]),
        ), scale, 1.0)  # fmt: skip
        self._lines(2, translate("Quality", "Seconds until both views were shown (median)"), names, (
            ("", PLAIN, [w.median_complete_s for w in weeks.values()]),
        ), scale, None)  # fmt: skip
        groups = by(rows, self.group)
        self._bars(3, translate("Quality", "Mean score and plane quality"), groups, (
            (score, AMBER, "mean_score"), (quality, CYAN, "mean_quality"),
        ), scale, 1.0, "{:.2f}")  # fmt: skip
        self._bars(4, translate("Quality", "Share of fetuses"), groups, (
            (shown, CYAN, "complete"), (ambiguous, AMBER, "ambiguous"),
        ), scale, 1.0, "{:.0%}")  # fmt: skip
        self._bars(5, translate("Quality", "Seconds until both views were shown (median)"), groups, (
            ("", PLAIN, "median_complete_s"),
        ), scale, None, "{:.0f}")  # fmt: skip

    def _lines(
        self,
        at: int,
        title: str,
        names: list[str],
        lines: Sequence[tuple[str, str, Sequence[float | None]]],
        scale: Scale,
        top: float | None,
    ) -> None:
        known = [value for _, _, values in lines for value in values if value is not None]
        plot = self._fresh(at, title, names, scale, top or max(known, default=1.0))
        self._legend(plot, scale)
        for name, colour, values in lines:
            y = [float("nan") if value is None else value for value in values]
            pen = pg.mkPen(colour, width=2)
            plot.plot(list(range(len(y))), y, pen=pen, symbol="o", symbolSize=7, symbolBrush=colour,
                      symbolPen=None, connect="finite", name=name or None)  # fmt: skip

    def _bars(
        self,
        at: int,
        title: str,
        groups: dict[str, QualityFigures],
        series: Sequence[tuple[str, str, str]],
        scale: Scale,
        top: float | None,
        form: str,
    ) -> None:
        """Side by side for each preset or operator; below its name stands how many fetuses it is of."""
        names = [f"{_short(name)} ({group.fetuses})" for name, group in groups.items()]
        known = [v for _, _, field in series for g in groups.values() if (v := getattr(g, field)) is not None]
        plot = self._fresh(at, title, names, scale, top or max(known, default=1.0))
        self._legend(plot, scale)
        wide = 0.7 / len(series)
        for place, (name, colour, field) in enumerate(series):
            values = [getattr(group, field) for group in groups.values()]
            x = [number + wide * (place - (len(series) - 1) / 2) for number in range(len(values))]
            heights = [0.0 if value is None else value for value in values]
            bars = pg.BarGraphItem(
                x=x, height=heights, width=wide * 0.9, brush=colour, pen=None, name=name or None
            )
            plot.addItem(bars)
            if len(values) * len(series) > MOST_LABELS:
                continue
            for where, height, value in zip(x, heights, values, strict=True):
                said = "—" if value is None else form.format(value)
                text = pg.TextItem(said, color=PLAIN, anchor=(0.5, 1.0))
                text.setFont(scale.font(15))
                text.setPos(where, height)
                plot.addItem(text)

    @staticmethod
    def _legend(plot: pg.PlotWidget, scale: Scale) -> None:
        legend = plot.addLegend(
            offset=(10, 5), labelTextColor=PLAIN, labelTextSize=f"{max(8, scale.px(13))}pt", colCount=3
        )
        legend.clear()

    def _fresh(self, at: int, title: str, names: list[str], scale: Scale, top: float) -> pg.PlotWidget:
        plot = self.plots[at]
        plot.clear()
        plot.setTitle(title, color=PLAIN, size=f"{max(9, scale.px(14))}pt")
        step = max(1, -(-len(names) // MOST_NAMES))
        ticks = [(x, name) for x, name in enumerate(names) if x % step == 0]
        for side in ("bottom", "left"):
            axis = plot.getAxis(side)
            axis.setPen(LINE)
            axis.setTextPen(QUIET)
            axis.setTickFont(scale.font(15))
            axis.setZValue(-1000)  # the grid lies below what is drawn
        plot.getAxis("bottom").setTicks([ticks])
        plot.setXRange(-0.6, max(0.6, len(names) - 0.4), padding=0)
        # Room for the legend above what is drawn.
        plot.setYRange(0.0, max(top, 1e-6) * 1.5, padding=0)
        return plot


def _short(name: str) -> str:
    if not name:
        return "—"
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def summary_words(rows: Sequence[QualityRow]) -> str:
    """All of them in one line."""
    found = figures(rows)

    def share(value: float | None) -> str:
        return "—" if value is None else f"{value:.0%}"

    said = translate(
        "Quality",
        "{count} fetuses · both views shown {complete} · ambiguous {ambiguous} · discordant {discordant}",
    )
    return said.format(
        count=found.fetuses, complete=share(found.complete), ambiguous=share(found.ambiguous),
        discordant=share(found.discordant),
    )  # fmt: skip
