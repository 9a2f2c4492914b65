"""The second reader's own call, then the AI, then the final call: number keys or large buttons."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from app.language import translate
from app.panels.panel import Panel, label
from app.session.exam import Call
from app.theme import Scale

CALLS: tuple[Call, ...] = ("cleft", "no_cleft", "unsure")
CONFIDENCE = (0, 25, 50, 75, 100)
Step = Literal["own", "final"]


def call_word(call: Call) -> str:
    words: dict[Call, str] = {
        "cleft": translate("ReaderStrip", "Cleft sign"),
        "no_cleft": translate("ReaderStrip", "No cleft sign"),
        "unsure": translate("ReaderStrip", "Unsure"),
    }
    return words[call]


class ReaderStrip(Panel):
    """Asks for a call, then for how sure; `given` tells both."""

    given = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.step: Step = "own"
        self.call: Call | None = None
        self._fetus = ""
        self._ai_seen = False
        self._text, self._hint = label("strong"), label("quiet")
        self.buttons = [QPushButton() for _ in CONFIDENCE]
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._text)
        for at, button in enumerate(self.buttons):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, at=at: self.choose(at))
            self._row.addWidget(button)
        self._row.addWidget(self._hint)
        self._row.addStretch(1)
        self.hide()

    def ask(self, step: Step, fetus: str, ai_seen: bool = False) -> None:
        self.step, self.call, self._fetus, self._ai_seen = step, None, fetus, ai_seen
        self.retranslate()
        self.show()

    def choose(self, at: int) -> None:
        """By its place, as the number keys do."""
        if self.call is None:
            if at < len(CALLS):
                self.call = CALLS[at]
                self.retranslate()
        elif at < len(CONFIDENCE):
            call, self.call = self.call, None
            self.given.emit(call, CONFIDENCE[at])

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._row.setContentsMargins(scale.px(24), scale.px(8), scale.px(24), scale.px(8))
        self._row.setSpacing(scale.px(14))
        for button in self.buttons:
            button.setMinimumWidth(scale.px(130))

    def retranslate(self) -> None:
        if self.call is None:
            own = translate("ReaderStrip", "Fetus {label}: your own call. The AI is hidden.")
            if self._ai_seen:
                own = translate(
                    "ReaderStrip", "Fetus {label}: your own call. The AI was seen before; that is stored."
                )
            final = translate("ReaderStrip", "Fetus {label}: the AI is shown. Your final call:")
            self._text.setText((own if self.step == "own" else final).format(label=self._fetus))
            texts = [call_word(call) for call in CALLS]
        else:
            said = translate("ReaderStrip", "{call}. How sure are you?").format(call=call_word(self.call))
            self._text.setText(said)
            texts = [f"{value} %" for value in CONFIDENCE]
        self._hint.setText(translate("ReaderStrip", "number keys"))
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(texts))
            button.setText(f"{number + 1}   {texts[number]}" if number < len(texts) else "")
