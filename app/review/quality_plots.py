"""The figures over all exams as plots; pyqtgraph is imported when the page is first opened."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtWidgets import QGridLayout, QWidget

from app.language import translate
from app.session.quality import QualityFigures, QualityRow, by, figures
from app.theme import AMBER, BACK, CYAN, LINE, PLAIN, QUIET, VIOLET, Scale

CELLS = 3


class QualityPlots(QWidget):
    """Drift by week: score and quality, completeness and ambiguity, time to complete; then by group."""

    def __init__(self) -> None:
        super().__init__()
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
        names = list(weeks)
        self._lines(0, translate("Quality", "Mean score and plane quality"), names, (
            (translate("Quality", "score"), AMBER, [w.mean_score for w in weeks.values()]),
            (translate("Quality", "quality"), CYAN, [w.mean_quality for w in weeks.values()]),
        ), scale, 1.0)  # fmt: skip
        self._lines(1, translate("Quality", "Share of fetuses"), names, (
            (translate("Quality", "both views shown"), CYAN, [w.complete for w in weeks.values()]),
            (translate("Quality", "ambiguous"), AMBER, [w.ambiguous for w in weeks.values()]),
            (translate("Quality", "discordant"), VIOLET, [w.discordant for w in weeks.values()]),
        ), scale, 1.0)  # fmt: skip
        self._lines(2, translate("Quality", "Seconds until both views were shown (median)"), names, (
            ("", PLAIN, [w.median_complete_s for w in weeks.values()]),
        ), scale, None)  # fmt: skip
        self._bars(
            3, translate("Quality", "Both views shown, by preset"), by(rows, "preset"), "complete", scale
        )
        self._bars(
            4, translate("Quality", "Both views shown, by operator"), by(rows, "operator"), "complete", scale
        )
        self._bars(5, translate("Quality", "Ambiguous, by preset"), by(rows, "preset"), "ambiguous", scale)

    def _lines(
        self,
        at: int,
        title: str,
        names: list[str],
        lines: Sequence[tuple[str, str, Sequence[float | None]]],
        scale: Scale,
        top: float | None,
    ) -> None:
        plot = self._fresh(at, title, names, scale, top)
        legend = plot.addLegend(offset=(10, 5), labelTextColor=PLAIN, labelTextSize=f"{scale.px(13)}pt")
        legend.clear()
        for name, colour, values in lines:
            y = [float("nan") if value is None else value for value in values]
            pen = pg.mkPen(colour, width=2)
            plot.plot(list(range(len(y))), y, pen=pen, symbol="o", symbolSize=7, symbolBrush=colour,
                      symbolPen=None, connect="finite", name=name or None)  # fmt: skip

    def _bars(self, at: int, title: str, groups: dict[str, QualityFigures], field: str, scale: Scale) -> None:
        plot = self._fresh(at, title, [name or "—" for name in groups], scale, 1.0)
        values = [getattr(group, field) for group in groups.values()]
        heights = [0.0 if value is None else value for value in values]
        plot.addItem(
            pg.BarGraphItem(x=list(range(len(heights))), height=heights, width=0.5, brush=CYAN, pen=None)
        )
        for x, (value, group) in enumerate(zip(values, groups.values(), strict=True)):
            said = "—" if value is None else f"{value:.0%}"
            text = pg.TextItem(f"{said}  (n={group.fetuses})", color=PLAIN, anchor=(0.5, 1.0))
            text.setFont(scale.font(15))
            text.setPos(x, heights[x])
            plot.addItem(text)

    def _fresh(self, at: int, title: str, names: list[str], scale: Scale, top: float | None) -> pg.PlotWidget:
        plot = self.plots[at]
        plot.clear()
        plot.setTitle(title, color=PLAIN, size=f"{max(9, scale.px(14))}pt")
        step = max(1, len(names) // 6)
        ticks = [(x, name) for x, name in enumerate(names) if x % step == 0]
        for side in ("bottom", "left"):
            axis = plot.getAxis(side)
            axis.setPen(LINE)
            axis.setTextPen(QUIET)
            axis.setTickFont(scale.font(15))
        plot.getAxis("bottom").setTicks([ticks])
        plot.setXRange(-0.6, max(0.6, len(names) - 0.4), padding=0)
        if top is not None:
            plot.setYRange(0.0, top * 1.15, padding=0)
        else:
            plot.enableAutoRange("y")
        return plot


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
