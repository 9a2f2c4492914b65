"""The look: a dark room, colours that colour-blind eyes tell apart, sizes that follow the window.

The window is drawn for 1920x1080; `Scale` brings every length of that drawing to the window at hand, so that
words keep their share of a screen that is looked at from 1.2 m, whatever its size or the system's scaling.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

from inference.evidence_types import Status, Verdict
from resources.files import resource_path

DESIGN_WIDTH, DESIGN_HEIGHT = 1920, 1080
SMALLEST, LARGEST = 0.6, 2.4
"""Bounds of the scale: below 0.6 the small words (11 px) could no longer be read."""

# Backgrounds, darkest first; the scan lies on near-black so that the eye adapts to the scan alone.
SCAN = "#050608"
BACK = "#0b0f13"
PANEL = "#10151a"
RAISED = "#182028"
LINE = "#232c35"
# Words.
BRIGHT = "#eef2f6"
PLAIN = "#c3ccd5"
QUIET = "#8a96a3"
FAINT = "#75818d"
# Meanings.
CYAN = "#56c2d6"
AMBER = "#f5b041"
CORAL = "#ff5a5f"
VIOLET = "#b79af5"

STATUS_COLOUR: dict[Status, str] = {
    Status.NOT_ASSESSED: QUIET,
    Status.SEARCHING: QUIET,
    Status.GATHERING: CYAN,
    Status.NO_SIGN: PLAIN,
    Status.LOOK_AGAIN: AMBER,
    Status.FLAG: CORAL,
}
"""Never green: no state means 'normal'. Word and shape differ as well, so that colour is never needed."""

VERDICT_COLOUR: dict[Verdict, str] = {
    Verdict.NOT_ASSESSED: QUIET,
    Verdict.LIP_MISSING: VIOLET,
    Verdict.PALATE_MISSING: VIOLET,
    Verdict.LIP_SUSPECT_ALONE: CORAL,
    Verdict.PALATE_SUSPECT_ALONE: CORAL,
    Verdict.SUSPECT_LIP: CORAL,
    Verdict.SUSPECT_BOTH: CORAL,
    Verdict.DISCORDANT: CORAL,
    Verdict.AMBIGUOUS: AMBER,
    Verdict.NO_SIGN_SHOWN: PLAIN,
}

FAMILY = "Philtrum Sans"
FAMILIES = [FAMILY, "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "DejaVu Sans"]
"""The shipped face, then the system's for other scripts."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Device-independent pixels of this window for one pixel of the 1920x1080 drawing."""

    factor: float = 1.0

    @classmethod
    def of(cls, width: int, height: int) -> Scale:
        """For a window of that size, in steps of 0.02: dragging an edge must not restyle all the time."""
        factor = min(width / DESIGN_WIDTH, height / DESIGN_HEIGHT)
        return cls(round(min(max(factor, SMALLEST), LARGEST) * 50) / 50)

    def px(self, design: float) -> int:
        """A length of the drawing, at least 1."""
        return max(1, round(design * self.factor))

    def font(self, design_px: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """A face of the window; at least 10 pixels. Not to be changed: it is shared."""
        return _font(max(10, self.px(design_px)), weight)


@lru_cache(maxsize=256)
def _font(pixels: int, weight: QFont.Weight) -> QFont:
    # Kept, because finding the faces of a new QFont costs more than painting with it.
    font = QFont()
    font.setFamilies(FAMILIES)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def load_fonts() -> QFont:
    """The shipped face, digits all of one width, with the system's faces behind it for other scripts."""
    _register_fonts()
    return Scale().font(16)


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    """Once a process: every further time makes Qt look through all the system's fonts again, for a second."""
    for name in ("Regular", "Medium", "SemiBold"):
        QFontDatabase.addApplicationFont(str(resource_path("fonts", f"PhiltrumSans-{name}.ttf")))
    _font.cache_clear()


def dark_palette() -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, BACK), (roles.WindowText, PLAIN), (roles.Base, BACK), (roles.AlternateBase, PANEL),
        (roles.Text, BRIGHT), (roles.Button, RAISED), (roles.ButtonText, PLAIN), (roles.BrightText, BRIGHT),
        (roles.ToolTipBase, RAISED), (roles.ToolTipText, BRIGHT), (roles.PlaceholderText, FAINT),
        (roles.Highlight, CYAN), (roles.HighlightedText, BACK), (roles.Link, CYAN), (roles.Mid, LINE),
        (roles.Light, RAISED), (roles.Dark, SCAN), (roles.Shadow, SCAN),
    ):  # fmt: skip
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(FAINT))
    return palette


def stylesheet(scale: Scale) -> str:
    """Rules by the `role` property of labels and by object name; sizes in the window's pixels."""
    px = scale.px

    def small(design: float) -> int:
        return max(11, px(design))

    return f"""
QWidget {{ color: {PLAIN}; font-size: {small(18)}px; }}
QMainWindow, #body {{ background: {BACK}; }}
QFrame[role="bar"] {{ background: {BACK}; border: 0; }}
QFrame[role="side"] {{ background: {PANEL}; border: 0; border-left: 1px solid {LINE}; }}
QFrame[role="card"] {{ background: {PANEL}; border: 1px solid {LINE}; border-radius: {px(10)}px; }}
QFrame[role="rule"] {{ background: {LINE}; border: 0; max-height: 1px; min-height: 1px; }}
QLabel {{ background: transparent; }}
QLabel[role="name"] {{ color: {BRIGHT}; font-size: {small(22)}px; font-weight: 600; }}
QLabel[role="heading"] {{ color: {BRIGHT}; font-size: {small(30)}px; font-weight: 600; }}
QLabel[role="title"] {{ color: {BRIGHT}; font-size: {small(20)}px; font-weight: 500; }}
QLabel[role="strong"] {{ color: {BRIGHT}; font-size: {small(18)}px; font-weight: 500; }}
QLabel[role="plain"] {{ color: {PLAIN}; font-size: {small(18)}px; }}
QLabel[role="quiet"] {{ color: {QUIET}; font-size: {small(17)}px; }}
QLabel[role="faint"] {{ color: {FAINT}; font-size: {small(16)}px; }}
QLabel[role="warn"] {{ color: {AMBER}; font-size: {small(18)}px; font-weight: 500; }}
QLabel[role="value"] {{ color: {BRIGHT}; font-size: {small(17)}px; font-weight: 500; }}
QLabel[role="value"][warn="true"] {{ color: {AMBER}; }}
QPushButton, QToolButton {{
  background: {RAISED}; border: 1px solid {LINE}; border-radius: {px(6)}px; color: {PLAIN};
  padding: {px(7)}px {px(16)}px; min-height: {px(26)}px; font-size: {small(18)}px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {QUIET}; color: {BRIGHT}; }}
QPushButton:focus, QToolButton:focus, QLineEdit:focus {{ border-color: {CYAN}; }}
QPushButton:checked, QToolButton:checked {{ background: #14343b; border-color: {CYAN}; color: {CYAN}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {FAINT}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QPushButton[role="segment"] {{ padding: {px(5)}px {px(4)}px; min-width: {px(60)}px; }}
QPushButton[role="tile"] {{ text-align: left; padding: {px(12)}px; }}
QComboBox {{
  background: {BACK}; border: 1px solid {LINE}; border-radius: {px(6)}px; color: {BRIGHT};
  padding: {px(8)}px {px(12)}px; font-size: {small(18)}px; }}
QComboBox:focus {{ border-color: {CYAN}; }}
QComboBox QAbstractItemView {{
  background: {RAISED}; border: 1px solid {LINE}; color: {BRIGHT}; selection-background-color: #14343b; }}
QLineEdit {{
  background: {BACK}; border: 1px solid {LINE}; border-radius: {px(6)}px; color: {BRIGHT};
  padding: {px(8)}px {px(12)}px; font-size: {small(18)}px; selection-background-color: {CYAN}; }}
QMenu {{ background: {PANEL}; border: 1px solid {LINE}; padding: {px(6)}px; }}
QMenu::item {{ padding: {px(8)}px {px(28)}px; border-radius: {px(4)}px; }}
QMenu::item:selected {{ background: #14343b; color: {BRIGHT}; }}
QMenu::item:disabled {{ color: {FAINT}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: {px(5)}px 0; }}
QToolTip {{ background: {RAISED}; color: {BRIGHT}; border: 1px solid {LINE}; padding: {px(6)}px; }}
QSlider::groove:horizontal {{ height: {px(5)}px; background: {LINE}; border-radius: {px(2)}px; }}
QSlider::sub-page:horizontal {{ background: {CYAN}; border-radius: {px(2)}px; }}
QSlider::handle:horizontal {{
  width: {px(20)}px; height: {px(20)}px; margin: -{px(8)}px 0;
  border-radius: {px(20) // 2}px; background: {BRIGHT}; }}
QSlider:focus {{ border: 1px solid {CYAN}; border-radius: {px(6)}px; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: {px(12)}px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: {px(5)}px; min-height: {px(40)}px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  height: 0; background: none; }}
"""


def mixed(colour: str, alpha: float) -> QColor:
    """The colour with an opacity in [0, 1]."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


ALIGN_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
ALIGN_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ALIGN_CENTRE = Qt.AlignmentFlag.AlignCenter
