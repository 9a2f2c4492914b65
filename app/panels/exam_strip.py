"""The exam's optional entries in a strip under the top bar: never a dialog, never in front of the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton

from app.language import translate
from app.panels.panel import Panel, label, say
from app.session.exam import Exam, age_warning
from app.theme import Scale

NARROW, WIDE = 110, 210
"""Widths of an entry in the 1920x1080 drawing."""


def weeks_of(text: str) -> float | None:
    """'20', '20.5', '20,5' or '20+3' (weeks and days) as weeks; None for an empty entry.

    Raises:
        ValueError: it is none of these, or no age that a fetus can have.
    """
    said = text.strip().replace(",", ".")
    if not said:
        return None
    whole, plus, days = said.partition("+")
    weeks = float(whole) + (float(days) / 7 if plus else 0.0)
    if not 4 <= weeks <= 45 or (plus and not 0 <= float(days) <= 6):
        raise ValueError(f"expected 4 to 45 weeks, got {text}")
    return round(weeks, 2)


def age_text(weeks: float | None) -> str:
    """Weeks and days, as they are spoken of: '20+3'; empty without an age."""
    if weeks is None:
        return ""
    days = round(weeks * 7)
    return f"{days // 7}+{days % 7}"


class ExamStrip(Panel):
    """Shows what is known of the exam and takes what she wants to add; everything may stay empty."""

    age_given = Signal(object)
    """Weeks, or None."""
    operator_given = Signal(str)
    preset_given = Signal(str)
    fetus_chosen = Signal(str)
    fetus_added = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._exam: Exam | None = None
        self._age = ""
        """As it was last shown: what stands there unchanged is not taken again, and not rounded to days."""
        self._fetus = "A"
        self._title, self.warning = label("strong"), label("warn")
        self._age_name, self._operator_name, self._preset_name = (
            label("quiet"),
            label("quiet"),
            label("quiet"),
        )
        self._fetus_name = label("quiet")
        self.age, self.operator, self.preset = QLineEdit(), QLineEdit(), QLineEdit()
        self.operator.setMaxLength(40)
        self.preset.setMaxLength(40)
        self.fetuses: list[QPushButton] = []
        self._add, self._done = QPushButton("+"), QPushButton()
        self._buttons = QHBoxLayout()
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._title)
        for name, entry in (
            (self._age_name, self.age),
            (self._operator_name, self.operator),
            (self._preset_name, self.preset),
        ):
            self._row.addWidget(name)
            self._row.addWidget(entry)
            entry.editingFinished.connect(self._entered)
        self._row.addWidget(self._fetus_name)
        self._row.addLayout(self._buttons)
        self._row.addWidget(self._add)
        # Two lines rather than half a sentence where there is little room.
        self.warning.setWordWrap(True)
        self._row.addWidget(self.warning, 1)
        self._row.addWidget(self._done)
        for button in (self._add, self._done):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._add.clicked.connect(self.fetus_added.emit)
        self._done.clicked.connect(self.put_away)
        self.retranslate()
        self.hide()

    def open(self, focus: bool) -> None:
        """Show it; with `focus` the age waits for figures, else the keys go on doing what they do."""
        self.show()
        if focus:
            self.age.setFocus(Qt.FocusReason.OtherFocusReason)
            self.age.selectAll()

    def put_away(self) -> None:
        self._entered()
        holder = self.window().focusWidget()
        if holder is not None and self.isAncestorOf(holder):
            self.window().setFocus()
        self.hide()

    def show_exam(self, exam: Exam | None, fetus: str) -> None:
        if (exam, fetus) == (self._exam, self._fetus):
            return
        fresh = exam is None or self._exam is None or exam.id != self._exam.id
        self._exam, self._fetus = exam, fetus
        say(self._title, "" if exam is None else exam.id)
        self._age = "" if exam is None else age_text(exam.gestational_age_weeks)
        for entry, text in (
            (self.age, self._age),
            (self.operator, "" if exam is None else exam.operator),
            (self.preset, "" if exam is None else exam.preset),
        ):
            if fresh or not entry.hasFocus():
                entry.setText(text)
            entry.setEnabled(exam is not None)
        self._warn()
        labels = () if exam is None else exam.fetuses
        if [button.text() for button in self.fetuses] != list(labels):
            self._make_buttons(labels)
        for button in self.fetuses:
            button.setChecked(button.text() == fetus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            entries = [self.age, self.operator, self.preset]
            at = next((n for n, entry in enumerate(entries) if entry.hasFocus()), len(entries))
            if at + 1 < len(entries) and not entries[at + 1].text():
                entries[at + 1].setFocus(Qt.FocusReason.TabFocusReason)
            else:
                self.put_away()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
            return
        super().keyPressEvent(event)

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self.setFixedHeight(max(scale.px(64), 42))
        self._row.setContentsMargins(scale.px(24), scale.px(6), scale.px(24), scale.px(6))
        self._row.setSpacing(scale.px(12))
        self.age.setFixedWidth(scale.px(NARROW))
        self.operator.setFixedWidth(scale.px(WIDE))
        self.preset.setFixedWidth(scale.px(WIDE))

    def retranslate(self) -> None:
        self._age_name.setText(translate("ExamStrip", "Weeks"))
        self.age.setPlaceholderText(translate("ExamStrip", "20+3"))
        self._operator_name.setText(translate("ExamStrip", "Operator"))
        self._preset_name.setText(translate("ExamStrip", "Machine preset"))
        self._fetus_name.setText(translate("ExamStrip", "Fetus"))
        self._done.setText(translate("ExamStrip", "Done"))
        self._warn()

    def _make_buttons(self, labels: tuple[str, ...]) -> None:
        for button in self.fetuses:
            self._buttons.removeWidget(button)
            button.deleteLater()
        self.fetuses = []
        for name in labels:
            button = QPushButton(name)
            button.setCheckable(True)
            button.setProperty("role", "segment")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, name=name: self.fetus_chosen.emit(name))
            self._buttons.addWidget(button)
            self.fetuses.append(button)

    def _entered(self) -> None:
        """Tell what differs from what is known; an age that makes no sense is said and not taken."""
        if self._exam is None:
            return
        try:
            weeks = weeks_of(self.age.text())
        except ValueError:
            self._warn()
        else:
            if self.age.text() != self._age and weeks != self._exam.gestational_age_weeks:
                self.age_given.emit(weeks)
        if self.operator.text().strip() != self._exam.operator:
            self.operator_given.emit(self.operator.text().strip())
        if self.preset.text().strip() != self._exam.preset:
            self.preset_given.emit(self.preset.text().strip())

    def _warn(self) -> None:
        try:
            weeks = weeks_of(self.age.text())
        except ValueError:
            say(self.warning, translate("ExamStrip", "expected weeks, such as 20 or 20+3"))
            return
        say(self.warning, age_words(weeks))


def age_words(weeks: float | None) -> str:
    """A sentence where the age is outside of what the views are judged at; else empty."""
    if weeks is None or age_warning(weeks) is None:
        return ""
    return translate("ExamStrip", "Outside 18 to 28 weeks: do not rely on the scores")
