"""What is being reviewed, in a strip under the top bar: exam, fetus, the flag in hand, annotation."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout

from app.language import QT_TRANSLATE_NOOP, translate
from app.panels.panel import Panel, label, say
from app.review.judging import KINDS, SIDES, Judgement, Word
from app.theme import Scale

SIDE_WORDS = (
    QT_TRANSLATE_NOOP("ReviewStrip", "side: not said"), QT_TRANSLATE_NOOP("ReviewStrip", "image left"),
    QT_TRANSLATE_NOOP("ReviewStrip", "image right"), QT_TRANSLATE_NOOP("ReviewStrip", "both sides"),
    QT_TRANSLATE_NOOP("ReviewStrip", "median"),
)  # fmt: skip
KIND_WORDS = (
    QT_TRANSLATE_NOOP("ReviewStrip", "kind: not said"), QT_TRANSLATE_NOOP("ReviewStrip", "lip"),
    QT_TRANSLATE_NOOP("ReviewStrip", "lip and alveolus"), QT_TRANSLATE_NOOP("ReviewStrip", "lip and palate"),
    QT_TRANSLATE_NOOP("ReviewStrip", "palate alone"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviewText:
    """What the strip says."""

    exam: str = ""
    fetus: str = ""
    """The one of the frame; empty where the exam has one alone."""
    flag: str = ""
    """The flag in hand and the last word on it; empty without flags."""
    warn: str = ""
    note: str = ""
    """That of the frame, or how many there are."""


class ReviewStrip(Panel):
    """Two lines; the second one, for side, kind and comment, is opened by its key."""

    judged = Signal(object)
    """A `Judgement`."""
    noted = Signal(str)
    """The words of a note."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._exam, self._fetus, self._flag = label("strong"), label("plain"), label("strong")
        self._warn, self._note = label("warn"), label("quiet")
        self._noting = False
        self.side, self.kind, self.comment = QComboBox(), QComboBox(), QLineEdit()
        self.comment.setMaxLength(400)
        self.buttons: dict[Word, QPushButton] = {}
        self.call: Word = "unsure"
        head = self._head = QHBoxLayout()
        head.addWidget(self._exam)
        head.addWidget(self._fetus)
        for part in (self._warn, self._note):
            # Whatever they say, the flag and its keys keep their room.
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            head.addWidget(part, 1)
        head.addStretch(0)
        head.addWidget(self._flag)
        for call in ("agree", "disagree", "unsure"):
            button = QPushButton()
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, call=call: self._say(call))
            self.buttons[call] = button
            head.addWidget(button)
        self._more = Panel()
        row = self._line = QHBoxLayout(self._more)
        for field in (self.side, self.kind, self.comment):
            row.addWidget(field, 1 if field is self.comment else 0)
        self._save = QPushButton()
        self._save.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._save.clicked.connect(self._store)
        row.addWidget(self._save)
        self._column = QVBoxLayout(self)
        self._column.addLayout(head)
        self._column.addWidget(self._more)
        self._keys: dict[Word, str] = {}
        self.retranslate()
        self._more.hide()
        self.hide()

    @property
    def note(self) -> str:
        """What it says of notes."""
        return self._note.text()

    @property
    def annotating(self) -> bool:
        return not self._more.isHidden()

    def set_keys(self, keys: dict[Word, str]) -> None:
        self._keys = keys
        self.retranslate()

    def show_text(self, text: ReviewText) -> None:
        say(self._exam, text.exam)
        say(self._fetus, text.fetus)
        say(self._flag, text.flag)
        say(self._warn, text.warn)
        say(self._note, text.note)
        for part in (self._fetus, self._warn, self._note):
            part.setVisible(bool(part.text()))
        for button in self.buttons.values():
            button.setVisible(bool(text.flag))

    def annotate(self, known: Judgement) -> None:
        """Open the second line on what was said so far."""
        self._begin(noting=False)
        self.call = known.call
        self.side.setCurrentIndex(SIDES.index(known.side) if known.side in SIDES else 0)
        self.kind.setCurrentIndex(KINDS.index(known.kind) if known.kind in KINDS else 0)
        self.comment.setText(known.comment)

    def ask_note(self) -> None:
        """Open the second line for words on a frame alone."""
        self._begin(noting=True)
        self.comment.clear()

    def _begin(self, noting: bool) -> None:
        self._noting = noting
        for box in (self.side, self.kind):
            box.setVisible(not noting)
        if not self._exam.text():
            # Live there is no flag in hand.
            for button in self.buttons.values():
                button.hide()
        self._more.show()
        self.show()
        self.comment.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        holder = self.window().focusWidget()
        if holder is not None and self.isAncestorOf(holder):
            self.window().setFocus()
        self._more.hide()

    def judgement(self, call: Word) -> Judgement:
        """With what stands in the second line while that is open."""
        if not self.annotating or self._noting:
            return Judgement(call)
        side, kind = SIDES[self.side.currentIndex()], KINDS[self.kind.currentIndex()]
        return Judgement(call, self.comment.text().strip(), side, kind)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.annotating:
            self._store()
            return
        if event.key() == Qt.Key.Key_Escape and self.annotating:
            self.leave()
            return
        super().keyPressEvent(event)

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._column.setContentsMargins(scale.px(24), scale.px(6), scale.px(24), scale.px(6))
        for row in (self._head, self._line):
            row.setSpacing(scale.px(14))
        self._line.setContentsMargins(0, 0, 0, 0)

    def retranslate(self) -> None:
        words: dict[Word, str] = {
            "agree": translate("ReviewStrip", "Agree"),
            "disagree": translate("ReviewStrip", "Disagree"),
            "unsure": translate("ReviewStrip", "Unsure"),
        }
        for call, button in self.buttons.items():
            button.setText(f"{words[call]}  {self._keys.get(call, '')}")
        for box, texts in ((self.side, SIDE_WORDS), (self.kind, KIND_WORDS)):
            at = max(0, box.currentIndex())
            box.clear()
            box.addItems([translate("ReviewStrip", text) for text in texts])
            box.setCurrentIndex(at)
        self.comment.setPlaceholderText(translate("ReviewStrip", "Comment, stored with the exam; no names"))
        self._save.setText(translate("ReviewStrip", "Store  ⏎"))

    def _store(self) -> None:
        if not self._noting:
            self._say(self.call)
            return
        said = self.comment.text().strip()
        self.leave()
        if said:
            self.noted.emit(said)

    def _say(self, call: Word) -> None:
        said = self.judgement(call)
        self.leave()
        self.judged.emit(said)
