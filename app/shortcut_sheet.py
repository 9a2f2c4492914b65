"""F1: every key and pedal, made from the table of actions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.action_table import GROUPS, TABLE, ActionSpec, Group
from app.actions import action_text, group_text
from app.language import translate
from app.panels.overlay import Overlay
from app.panels.panel import BOLD, MEDIUM, REGULAR, Panel, label, put_text
from app.theme import ALIGN_CENTRE, BRIGHT, CYAN, FAINT, LINE, PLAIN, RAISED

KeysOf = Callable[[str], list[str]]
COLUMNS: tuple[tuple[Group, ...], ...] = (("AI", "Picture"), ("Exam", "Review"), ("Replay", "Window"))


def rows_of(group: Group, keys_of: KeysOf) -> list[tuple[str, list[str]]]:
    """Text and keys of a group's actions; the number keys of kept frames as one row."""
    rows: list[tuple[str, list[str]]] = []
    looks: list[ActionSpec] = []
    for spec in TABLE:
        if spec.group != group:
            continue
        if spec.handler == "look_at":
            looks.append(spec)
            if len(looks) == 1:
                rows.append(("", []))
                place = len(rows) - 1
            continue
        rows.append((action_text(spec), keys_of(spec.id)))
    if looks:
        ends = [keys_of(looks[0].id), keys_of(looks[-1].id)]
        span = " – ".join(keys[0] for keys in ends if keys)
        rows[place] = (translate("Actions", looks[0].text), [span] if span else [])
    return rows


class KeyTable(Panel):
    """The columns of the sheet, painted: as large as the room allows."""

    def __init__(self, keys_of: KeysOf) -> None:
        super().__init__()
        self._keys_of = keys_of
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(self.scale.px(1500), self.scale.px(700))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        columns = [[(group, rows_of(group, self._keys_of)) for group in groups] for groups in COLUMNS]
        most = max(sum(len(rows) + 2 for _, rows in column) for column in columns)
        step = min(self.scale.px(42), self.height() // most)
        gap = self.scale.px(60)
        width = (self.width() - gap * (len(columns) - 1)) // len(columns)
        for number, column in enumerate(columns):
            x, y = number * (width + gap), 0
            for group, rows in column:
                title = QRect(x, y, width, step)
                put_text(painter, title, group_text(group), self.scale.font(20, BOLD), CYAN)
                y += round(step * 1.1)
                for text, keys in rows:
                    self._row(painter, QRect(x, y, width, step), text, keys)
                    y += step
                y += round(step * 0.6)

    def _row(self, painter: QPainter, row: QRect, text: str, keys: list[str]) -> None:
        px = self.scale.px
        font = self.scale.font(17, MEDIUM)
        metrics = QFontMetrics(font)
        right = row.right()
        for key in reversed(keys):
            wide = max(metrics.horizontalAdvance(key) + px(20), px(38))
            cap = QRectF(right - wide, row.y() + row.height() * 0.1, wide, row.height() * 0.8)
            painter.setPen(QPen(QColor(LINE), 1))
            painter.setBrush(QColor(RAISED))
            painter.drawRoundedRect(cap, px(5), px(5))
            put_text(painter, cap, key, font, BRIGHT, ALIGN_CENTRE)
            right -= wide + px(8)
        if not keys:
            put_text(
                painter, row, "—", font, FAINT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            right -= px(30)
        words = QRect(row.x(), row.y(), right - row.x() - px(8), row.height())
        put_text(painter, words, text, self.scale.font(18, REGULAR), PLAIN)


class ShortcutSheet(Overlay):
    """Opened and closed with F1; Escape closes it too."""

    def __init__(
        self, parent: QWidget, keys_of: KeysOf, above: QWidget | None = None, below: QWidget | None = None
    ) -> None:
        super().__init__(parent, above, below)
        self._title, self._foot = label("heading"), label("faint")
        self._table = KeyTable(keys_of)
        self.column.addWidget(self._title)
        self.column.addWidget(self._table, 1)
        self.column.addWidget(self._foot)
        assert sorted(group for column in COLUMNS for group in column) == sorted(GROUPS)

    def fill(self) -> None:
        self._title.setText(translate("ShortcutSheet", "Keys and pedals"))
        self._foot.setText(
            translate("ShortcutSheet", "A USB foot pedal sends keys: F13, F14 and F15 are its usual ones. "
                      "Others are set in settings.json under keys and pedals.")
        )  # fmt: skip

    def retranslate(self) -> None:
        self.fill()
        self._table.update()
