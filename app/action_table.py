"""Every action of the window, in one table: its name, its key, its pedal, its place in the menu.

Menu, tooltips, shortcut sheet, key bindings and the table in `docs/window.md` are all made from it. Foot
pedals with a USB plug are keyboards to the system: a pedal is one more key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.language import QT_TRANSLATE_NOOP

KEPT_KEYS = 8
"""How many kept frames, and tiles of the picker, have a number key."""

Group = Literal["AI", "Picture", "Exam", "Review", "Replay", "Window"]
GROUPS: Mapping[Group, str] = {
    "AI": QT_TRANSLATE_NOOP("Actions", "AI"),
    "Picture": QT_TRANSLATE_NOOP("Actions", "Picture"),
    "Exam": QT_TRANSLATE_NOOP("Actions", "Exam"),
    "Review": QT_TRANSLATE_NOOP("Actions", "Review"),
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
        QT_TRANSLATE_NOOP("Actions", "End this exam and begin the next; nothing seen before counts in it"),
        "N", "new_exam",
    ),
    ActionSpec(
        "next_fetus", "Exam", QT_TRANSLATE_NOOP("Actions", "Next fetus"),
        QT_TRANSLATE_NOOP("Actions", "Another fetus of the same exam: A, B, and so on"),
        "Shift+N", "next_fetus",
    ),
    ActionSpec(
        "exam_entries", "Exam", QT_TRANSLATE_NOOP("Actions", "Age, operator, fetus"),
        QT_TRANSLATE_NOOP("Actions", "Optional entries of the exam, in a strip above the picture"),
        "W", "exam_entries",
    ),
    ActionSpec(
        "say_yes", "Exam", QT_TRANSLATE_NOOP("Actions", "Yes"),
        QT_TRANSLATE_NOOP("Actions", "Another patient: begin a new exam. In review: agree with the flag"),
        "Y", "say_yes",
    ),
    ActionSpec(
        "say_no", "Exam", QT_TRANSLATE_NOOP("Actions", "No"),
        QT_TRANSLATE_NOOP("Actions", "The same patient: go on. In review: disagree with the flag"),
        "X", "say_no",
    ),
    ActionSpec(
        "exams", "Review", QT_TRANSLATE_NOOP("Actions", "Exams"),
        QT_TRANSLATE_NOOP("Actions", "All exams on this machine; Enter opens one"),
        "Shift+O", "toggle_exams",
    ),
    ActionSpec(
        "queue", "Review", QT_TRANSLATE_NOOP("Actions", "Exams for a second look"),
        QT_TRANSLATE_NOOP("Actions", "Ambiguous and discordant exams, with the reason; export for an expert"),
        "Q", "open_queue",
    ),
    ActionSpec(
        "quality", "Review", QT_TRANSLATE_NOOP("Actions", "Quality over all exams"),
        QT_TRANSLATE_NOOP("Actions", "Drift, completeness, time, by preset and operator; CSV"),
        "Shift+Q", "open_quality",
    ),
    ActionSpec(
        "worklist", "Exam", QT_TRANSLATE_NOOP("Actions", "Worklist"),
        QT_TRANSLATE_NOOP("Actions", "Who is expected; Enter begins a new exam for an entry"),
        "Shift+W", "open_worklist",
    ),
    ActionSpec(
        "studies", "Review", QT_TRANSLATE_NOOP("Actions", "Studies in the PACS"),
        QT_TRANSLATE_NOOP("Actions", "Look for a study and bring its cines for review"),
        "Shift+F", "open_studies",
    ),
    ActionSpec(
        "send_exam", "Review", QT_TRANSLATE_NOOP("Actions", "Send an exam to the PACS"),
        QT_TRANSLATE_NOOP("Actions", "See what would be sent, send it, and how the queue stands"),
        "Shift+S", "open_sending",
    ),
    ActionSpec(
        "say_unsure", "Review", QT_TRANSLATE_NOOP("Actions", "Unsure about the flag"),
        QT_TRANSLATE_NOOP("Actions", "In review: neither agree nor disagree with the flag in hand"),
        "U", "say_unsure",
    ),
    ActionSpec(
        "annotate", "Review", QT_TRANSLATE_NOOP("Actions", "Side, kind, comment"),
        QT_TRANSLATE_NOOP("Actions", "In review: say more about the flag in hand"),
        "C", "annotate",
    ),
    ActionSpec(
        "note", "Exam", QT_TRANSLATE_NOOP("Actions", "Note on this frame"),
        QT_TRANSLATE_NOOP("Actions", "A few words, stored with the exam, live or in review"),
        "Shift+C", "take_note",
    ),
    ActionSpec(
        "read_second", "Review", QT_TRANSLATE_NOOP("Actions", "Read as second reader"),
        QT_TRANSLATE_NOOP("Actions", "Own call first, with the AI hidden; then the AI, then the final call"),
        "I", "read_second",
    ),
    ActionSpec(
        "reading", "Review", QT_TRANSLATE_NOOP("Actions", "Live exams with or without the AI seen"),
        QT_TRANSLATE_NOOP("Actions", "From the next exam on: concurrent reading, or second reader"),
        "Shift+I", "next_reading",
    ),
    ActionSpec(
        "side_by_side", "Picture", QT_TRANSLATE_NOOP("Actions", "Bare scan beside it"),
        QT_TRANSLATE_NOOP("Actions", "The same picture twice: bare on the left, drawn on on the right"),
        "S", "side_by_side", checkable=True,
    ),
    ActionSpec(
        "ruler", "Picture", QT_TRANSLATE_NOOP("Actions", "Ruler"),
        QT_TRANSLATE_NOOP("Actions", "Measure on a picture that stands: arrows and Tab, Enter stores"),
        "M", "ruler",
    ),
    ActionSpec(
        "calibrate", "Picture", QT_TRANSLATE_NOOP("Actions", "Scale from two points"),
        QT_TRANSLATE_NOOP("Actions", "Tell the ruler how far its ends are apart"),
        "Shift+M", "calibrate",
    ),
    ActionSpec(
        "recording", "Exam", QT_TRANSLATE_NOOP("Actions", "Record the exam, clips, or nothing"),
        QT_TRANSLATE_NOOP("Actions", "What of the video is stored; predictions and kept frames always are"),
        "Z", "next_recording",
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
