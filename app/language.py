"""The languages of the window: English in the source, others by Qt translations."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from resources.files import resource_path

translate = QCoreApplication.translate
"""`translate(context, english)`: found by lupdate; answers English where nothing else is installed."""


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:
    """Marks a text of a table for lupdate, which knows this name; PySide6's own is typed `object`."""
    return text


LANGUAGES = {"en": "English", "zh": "中文"}

_installed: list[QTranslator] = []


def chosen_language(wanted: str) -> str:
    """'en' or 'zh' for a setting that may say 'auto': then the system's language, English if not known."""
    if wanted != "auto":
        return wanted
    return "zh" if QLocale.system().language() == QLocale.Language.Chinese else "en"


def set_language(code: str) -> None:
    """Make every later `translate` answer in that language; windows get a LanguageChange event.

    Raises:
        ValueError: the program does not speak it.
    """
    if code not in LANGUAGES:
        raise ValueError(f"expected one of {', '.join(LANGUAGES)}, got {code!r}")
    while _installed:
        QCoreApplication.removeTranslator(_installed.pop())
    if code == "en":
        return
    own, qt = QTranslator(), QTranslator()
    if not own.load(str(resource_path("translations", f"philtrum_{code}.qm"))):
        raise ValueError(f"expected a readable translation philtrum_{code}.qm, got a damaged one")
    # Qt's own words (file dialog): the wheel may not carry them, then they stay English.
    if qt.load(f"qtbase_{code}_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        QCoreApplication.installTranslator(qt)
        _installed.append(qt)
    QCoreApplication.installTranslator(own)
    _installed.append(own)
