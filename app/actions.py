"""Every action of the window, in one table: its name, its key, its pedal, its place in the menu.

Menu, tooltips, shortcut sheet, key bindings and the table in `docs/window.md` are all made from it. Foot
pedals with a USB plug are keyboards to the system: a pedal is one more key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget

from app.language import QT_TRANSLATE_NOOP, translate

KEPT_KEYS = 8
"""How many kept frames, and tiles of the picker, have a number key."""

Group = Literal["AI", "Picture", "Exam", "Replay", "Window"]
GROUPS: Mapping[Group, str] = {
    "AI": QT_TRANSLATE_NOOP("Actions", "AI"),
    "Picture": QT_TRANSLATE_NOOP("Actions", "Picture"),
    "Exam": QT_TRANSLATE_NOOP("Actions", "Exam"),
    "Replay": QT_TRANSLATE_NOOP("Actions", "Replay"),
    "Window": QT_TRANSLATE_NOOP("Actions", "Window"),
}


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One row of the table. `handler` names a method of `app.handlers.Handlers`."""

    id: str
    group: Group
    text: str
    tip: str
    key: str
    """As `QKeySequence` writes it, such as 'H', 'F11', 'Ctrl+Q'."""
    handler: str
    pedal: str = ""
    argument: int | None = None
    """Handed to the handler where one method serves several rows."""
    checkable: bool = False
    hold: bool = False
    """The handler is called with True when the key goes down and with False when it comes up."""
    repeat: bool = False
    """Holding the key repeats it."""
    replay_only: bool = False


TABLE: tuple[ActionSpec, ...] = (
    ActionSpec(
        "toggle_ai", "AI", QT_TRANSLATE_NOOP("Actions", "AI on or off"),
        QT_TRANSLATE_NOOP("Actions", "Switch the model on or off; the picture is not touched"),
        "A", "toggle_ai", pedal="F14", checkable=True,
    ),
    ActionSpec(
        "cycle_heatmap", "AI", QT_TRANSLATE_NOOP("Actions", "Heat-map off, contour, fill"),
        QT_TRANSLATE_NOOP("Actions", "Change how the heat-map is drawn"),
        "H", "cycle_heatmap",
    ),
    ActionSpec(
        "opacity_up", "AI", QT_TRANSLATE_NOOP("Actions", "Heat-map stronger"),
        QT_TRANSLATE_NOOP("Actions", "Make the heat-map more opaque"),
        "=", "opacity_up", repeat=True,
    ),
    ActionSpec(
        "opacity_down", "AI", QT_TRANSLATE_NOOP("Actions", "Heat-map weaker"),
        QT_TRANSLATE_NOOP("Actions", "Make the heat-map more transparent"),
        "-", "opacity_down", repeat=True,
    ),
    ActionSpec(
        "peek", "AI", QT_TRANSLATE_NOOP("Actions", "Hold to see the bare scan"),
        QT_TRANSLATE_NOOP("Actions", "Everything drawn on the scan is hidden while the key is down"),
        "Space", "peek", pedal="F15", hold=True,
    ),
    ActionSpec(
        "toggle_view", "Picture", QT_TRANSLATE_NOOP("Actions", "Scan or whole picture"),
        QT_TRANSLATE_NOOP("Actions", "Show the scan alone, or all that the machine shows"),
        "V", "toggle_view",
    ),
    ActionSpec(
        "edit_region", "Picture", QT_TRANSLATE_NOOP("Actions", "Set the scan region by hand"),
        QT_TRANSLATE_NOOP("Actions", "Drag the edges of the scan; kept for this machine and picture size"),
        "G", "edit_region",
    ),
    ActionSpec(
        "find_region", "Picture", QT_TRANSLATE_NOOP("Actions", "Find the scan region again"),
        QT_TRANSLATE_NOOP("Actions", "Forget the region set by hand and look for the scan"),
        "Shift+G", "find_region",
    ),
    ActionSpec(
        "patient_safe", "Picture", QT_TRANSLATE_NOOP("Actions", "Patient-safe view"),
        QT_TRANSLATE_NOOP("Actions", "The scan alone: no scores, no heat-map, no words about the fetus"),
        "B", "toggle_patient_safe", checkable=True,
    ),
    ActionSpec(
        "keep_frame", "Exam", QT_TRANSLATE_NOOP("Actions", "Keep this frame"),
        QT_TRANSLATE_NOOP("Actions", "Keep the frame on the screen among the kept frames"),
        "K", "keep_frame", pedal="F13",
    ),
    ActionSpec(
        "dismiss_flag", "Exam", QT_TRANSLATE_NOOP("Actions", "Dismiss the newest flag"),
        QT_TRANSLATE_NOOP("Actions", "Take the newest flag off the timeline and the kept frames"),
        "D", "dismiss_flag",
    ),
    ActionSpec(
        "new_exam", "Exam", QT_TRANSLATE_NOOP("Actions", "New exam"),
        QT_TRANSLATE_NOOP("Actions", "Clear evidence, kept frames and timeline for the next fetus"),
        "N", "new_exam",
    ),
    *(
        ActionSpec(
            f"look_{number}", "Exam", QT_TRANSLATE_NOOP("Actions", "Look at a kept frame"),
            QT_TRANSLATE_NOOP("Actions", "Show that kept frame beside the live picture"),
            str(number), "look_at", argument=number - 1,
        )
        for number in range(1, KEPT_KEYS + 1)
    ),
    ActionSpec(
        "play_pause", "Replay", QT_TRANSLATE_NOOP("Actions", "Play or pause"),
        QT_TRANSLATE_NOOP("Actions", "Run or hold the recording"),
        "P", "play_pause", replay_only=True,
    ),
    ActionSpec(
        "step_back", "Replay", QT_TRANSLATE_NOOP("Actions", "One frame back"),
        QT_TRANSLATE_NOOP("Actions", "Hold and go one frame back"),
        ",", "step", argument=-1, repeat=True, replay_only=True,
    ),
    ActionSpec(
        "step_forward", "Replay", QT_TRANSLATE_NOOP("Actions", "One frame on"),
        QT_TRANSLATE_NOOP("Actions", "Hold and go one frame on"),
        ".", "step", argument=1, repeat=True, replay_only=True,
    ),
    ActionSpec(
        "jog_back", "Replay", QT_TRANSLATE_NOOP("Actions", "Half a second back"),
        QT_TRANSLATE_NOOP("Actions", "Jump half a second back"),
        "J", "jog", argument=-1, repeat=True, replay_only=True,
    ),
    ActionSpec(
        "jog_forward", "Replay", QT_TRANSLATE_NOOP("Actions", "Half a second on"),
        QT_TRANSLATE_NOOP("Actions", "Jump half a second on"),
        "L", "jog", argument=1, repeat=True, replay_only=True,
    ),
    ActionSpec(
        "slower", "Replay", QT_TRANSLATE_NOOP("Actions", "Slower"),
        QT_TRANSLATE_NOOP("Actions", "Play slower, down to a tenth"),
        "[", "change_speed", argument=-1, replay_only=True,
    ),
    ActionSpec(
        "faster", "Replay", QT_TRANSLATE_NOOP("Actions", "Faster"),
        QT_TRANSLATE_NOOP("Actions", "Play faster, up to four times"),
        "]", "change_speed", argument=1, replay_only=True,
    ),
    ActionSpec(
        "to_start", "Replay", QT_TRANSLATE_NOOP("Actions", "To the start"),
        QT_TRANSLATE_NOOP("Actions", "Go to the first frame"),
        "Home", "to_end", argument=0, replay_only=True,
    ),
    ActionSpec(
        "to_end", "Replay", QT_TRANSLATE_NOOP("Actions", "To the end"),
        QT_TRANSLATE_NOOP("Actions", "Go to the last frame"),
        "End", "to_end", argument=1, replay_only=True,
    ),
    ActionSpec(
        "loop", "Replay", QT_TRANSLATE_NOOP("Actions", "Loop"),
        QT_TRANSLATE_NOOP("Actions", "Start again at the end"),
        "R", "toggle_loop", checkable=True, replay_only=True,
    ),
    ActionSpec(
        "next_flag", "Replay", QT_TRANSLATE_NOOP("Actions", "Next flag"),
        QT_TRANSLATE_NOOP("Actions", "Go to the next flag, round the end"),
        "F", "next_flag", replay_only=True,
    ),
    ActionSpec(
        "jump_to_peak", "Replay", QT_TRANSLATE_NOOP("Actions", "Highest score"),
        QT_TRANSLATE_NOOP("Actions", "Hold at the frame with the highest score so far"),
        "T", "jump_to_peak", replay_only=True,
    ),
    ActionSpec(
        "open_source", "Window", QT_TRANSLATE_NOOP("Actions", "Choose a source"),
        QT_TRANSLATE_NOOP("Actions", "Capture card, screen, stream, file or the demo"),
        "O", "open_picker",
    ),
    ActionSpec(
        "show_errors", "Window", QT_TRANSLATE_NOOP("Actions", "Messages"),
        QT_TRANSLATE_NOOP("Actions", "All messages since the start, and where the log is"),
        "E", "toggle_messages",
    ),
    ActionSpec(
        "shortcuts", "Window", QT_TRANSLATE_NOOP("Actions", "Keys"),
        QT_TRANSLATE_NOOP("Actions", "This sheet of keys and pedals"),
        "F1", "toggle_sheet",
    ),
    ActionSpec(
        "menu", "Window", QT_TRANSLATE_NOOP("Actions", "Menu"),
        QT_TRANSLATE_NOOP("Actions", "Everything the window can do"),
        "F10", "open_menu",
    ),
    ActionSpec(
        "full_screen", "Window", QT_TRANSLATE_NOOP("Actions", "Full screen"),
        QT_TRANSLATE_NOOP("Actions", "Fill the screen, without borders"),
        "F11", "toggle_full_screen", checkable=True,
    ),
    ActionSpec(
        "next_screen", "Window", QT_TRANSLATE_NOOP("Actions", "To the other screen"),
        QT_TRANSLATE_NOOP("Actions", "Move the window to the next screen"),
        "F9", "next_screen",
    ),
    ActionSpec(
        "language", "Window", QT_TRANSLATE_NOOP("Actions", "English or Chinese"),
        QT_TRANSLATE_NOOP("Actions", "Change the language of the window"),
        "F8", "next_language",
    ),
    ActionSpec(
        "close", "Window", QT_TRANSLATE_NOOP("Actions", "Close what is open"),
        QT_TRANSLATE_NOOP("Actions", "Close the sheet, list or kept frame in front, else leave full screen"),
        "Esc", "close_front",
    ),
    ActionSpec(
        "quit", "Window", QT_TRANSLATE_NOOP("Actions", "Quit"),
        QT_TRANSLATE_NOOP("Actions", "Stop the source and close the program"),
        "Ctrl+Q", "quit",
    ),
)  # fmt: skip

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
