"""Actions of one window, made from the table: keys, pedals, words, and keys that are held down."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget

from app.action_table import GROUPS, TABLE, ActionSpec, Group
from app.language import translate

BY_ID: Mapping[str, ActionSpec] = {spec.id: spec for spec in TABLE}


def action_text(spec: ActionSpec) -> str:
    text = translate("Actions", spec.text)
    return f"{text} {spec.key}" if spec.handler == "look_at" else text


def action_tip(spec: ActionSpec) -> str:
    return translate("Actions", spec.tip)


def group_text(group: Group) -> str:
    return translate("Actions", GROUPS[group])


def _key(text: str) -> Qt.Key:
    """The key of a one-key sequence, without its modifiers."""
    combination: QKeyCombination = QKeySequence(text)[0]  # type: ignore[index]  # missing in the stubs
    return combination.key()


def bindings(keys: Mapping[str, str], pedals: Mapping[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """The keys of every action: the table's, with the user's in place of them.

    Args:
        keys: action id to key, where it differs from the table; empty unbinds.
        pedals: the same for pedals.

    Returns:
        Action id to its keys in Qt's portable writing, key first and pedal second; and a warning for each
        entry that cannot be used.
    """
    warnings: list[str] = []
    wanted: dict[str, list[str]] = {}
    for spec in TABLE:
        wanted[spec.id] = [keys.get(spec.id, spec.key), pedals.get(spec.id, spec.pedal)]
    for name, entries in (("keys", keys), ("pedals", pedals)):
        warnings += [f"settings: {name}: unknown action {key!r}" for key in entries if key not in BY_ID]
    owner: dict[str, str] = {}
    bound: dict[str, list[str]] = {spec.id: [] for spec in TABLE}
    # The user's own choices first: a key taken from another action takes it away there.
    order = sorted(TABLE, key=lambda spec: spec.id not in keys and spec.id not in pedals)
    for spec in order:
        for text in wanted[spec.id]:
            if not text:
                continue
            portable = QKeySequence(text).toString(QKeySequence.SequenceFormat.PortableText)
            if not portable or _key(text) == Qt.Key.Key_unknown:
                warnings.append(f"settings: {spec.id}: expected a key such as 'F2', got {text!r}")
            elif portable in owner:
                warnings.append(f"settings: {spec.id}: key {portable} is taken by {owner[portable]}")
            else:
                owner[portable] = spec.id
                bound[spec.id].append(portable)
    return bound, warnings


class ActionBook(QObject):
    """The table as QActions of one window, wired to a handler object; holds the keys that are held down."""

    def __init__(self, window: QWidget, handlers: object, bound: Mapping[str, list[str]]) -> None:
        super().__init__(window)
        self._window = window
        self.bound = dict(bound)
        self.actions: dict[str, QAction] = {}
        self._held: dict[int, Callable[[bool], None]] = {}
        self._down: set[int] = set()
        for spec in TABLE:
            method = getattr(handlers, spec.handler)
            action = QAction(window)
            action.setObjectName(spec.id)
            action.setCheckable(spec.checkable)
            action.setAutoRepeat(spec.repeat)
            if spec.hold:
                self._held.update({int(_key(text)): method for text in bound[spec.id]})
                action.triggered.connect(lambda _checked=False, m=method: self._tap(m))
            else:
                action.setShortcuts([QKeySequence(text) for text in bound[spec.id]])
                action.triggered.connect(
                    lambda _checked=False, m=method, a=spec.argument: m() if a is None else m(a)
                )
            window.addAction(action)
            self.actions[spec.id] = action
        self.retranslate()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def __getitem__(self, action_id: str) -> QAction:
        return self.actions[action_id]

    def retranslate(self) -> None:
        for spec in TABLE:
            action = self.actions[spec.id]
            action.setText(action_text(spec))
            keys = ", ".join(self.keys_of(spec.id))
            action.setToolTip(f"{action_tip(spec)}  ({keys})" if keys else action_tip(spec))

    def keys_of(self, action_id: str) -> list[str]:
        """Its keys as this system writes them."""
        native = QKeySequence.SequenceFormat.NativeText
        return [QKeySequence(text).toString(native) for text in self.bound[action_id]]

    def set_replay(self, replay: bool) -> None:
        """Actions of a recording work on recordings alone."""
        for spec in TABLE:
            if spec.replay_only:
                self.actions[spec.id].setEnabled(replay)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate and watched is self._window:
            self._release_all()
        if kind not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) or not isinstance(event, QKeyEvent):
            return False
        key = event.key()
        method = self._held.get(key)
        if method is None or not isinstance(watched, QWidget) or watched.window() is not self._window:
            return False
        if isinstance(watched, QLineEdit | QAbstractSpinBox):
            return False
        if event.isAutoRepeat():
            return True
        if kind == QEvent.Type.KeyPress:
            if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                return False
            self._down.add(key)
            method(True)
        elif key in self._down:
            self._down.discard(key)
            method(False)
        return True

    def _release_all(self) -> None:
        """A key that comes up while another window has the keyboard would stay down for ever."""
        for key in list(self._down):
            self._down.discard(key)
            self._held[key](False)

    @staticmethod
    def _tap(method: Callable[[bool], None]) -> None:
        """From the menu there is no key to hold: on and off again."""
        method(True)
        method(False)
