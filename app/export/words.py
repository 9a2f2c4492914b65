"""The words of a report, in its own language, whatever the window speaks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from PySide6.QtCore import QTranslator

from app.language import LANGUAGES
from app.refusal import Refusal
from app.words import STANDING, STATUS, SYNTHETIC, VERDICT, VIEW
from inference.evidence_types import Status, Verdict
from inference.prediction import View
from resources.files import resource_path


class ReportWords:
    """Phrases of `resources/report/words.<language>.json`, and the window's own words for states.

    Attributes:
        language: 'en' or 'zh'.
    """

    def __init__(self, language: str, folder: Path | None = None) -> None:
        """Read the phrases.

        Args:
            language: of the report.
            folder: a clinic's own templates; a words file in it replaces phrases one by one.

        Raises:
            Refusal: the language is not spoken, or the clinic's file is none.
        """
        if language not in LANGUAGES:
            raise Refusal(f"expected a language among {', '.join(LANGUAGES)}, got {language}")
        self.language = language
        self._phrases = dict(shipped_phrases(language))
        own = None if folder is None else folder / f"words.{language}.json"
        if own is not None and own.is_file():
            self._phrases.update(_own_phrases(own, self._phrases))

    def __call__(self, key: str, **values: object) -> str:
        """A phrase, with its places filled.

        Raises:
            KeyError: there is no such phrase.
        """
        return self._phrases[key].format(**values)

    @property
    def standing(self) -> str:
        """The sentence that is on every page."""
        return _window_word(self.language, STANDING)

    @property
    def synthetic(self) -> str:
        """What is on every page as well while the model has learned from a phantom alone."""
        return _window_word(self.language, SYNTHETIC)

    def status(self, status: Status) -> str:
        return _window_word(self.language, STATUS[status])

    def view(self, view: View) -> str:
        word = _window_word(self.language, VIEW[view])
        return word[:1].upper() + word[1:]

    def verdict(self, verdict: Verdict) -> str:
        """The verdict without its 'Fetus:', which the heading says."""
        sentence = _window_word(self.language, VERDICT[verdict]).replace("：", ": ").partition(": ")[2]
        return sentence[:1].upper() + sentence[1:]


@cache
def shipped_phrases(language: str) -> Mapping[str, str]:
    raw = json.loads(resource_path("report", f"words.{language}.json").read_text("utf-8"))
    return {str(key): str(value) for key, value in raw.items()}


def _own_phrases(path: Path, known: Mapping[str, str]) -> dict[str, str]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Refusal(f"template {path.name}: expected JSON, key to phrase") from error
    if not isinstance(raw, dict):
        raise Refusal(f"template {path.name}: expected JSON, key to phrase")
    for key, value in raw.items():
        if key not in known:
            raise Refusal(f"template {path.name}: there is no phrase {key!r}")
        if not isinstance(value, str) or _places(value) != _places(known[key]):
            raise Refusal(f"template {path.name}: {key}: expected a text with the places of {known[key]!r}")
    return raw


def _places(phrase: str) -> set[str] | None:
    """The names in braces; None where the braces make no sense."""
    from string import Formatter

    try:
        return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}
    except ValueError:
        return None


@cache
def _translator(language: str) -> QTranslator | None:
    """The window's translation, not installed: the window may speak another language."""
    if language == "en":
        return None
    translator = QTranslator()
    if not translator.load(str(resource_path("translations", f"philtrum_{language}.qm"))):
        raise Refusal(f"expected a readable translation philtrum_{language}.qm, got a damaged one")
    return translator


def _window_word(language: str, english: str) -> str:
    translator = _translator(language)
    return english if translator is None else translator.translate("Words", english) or english
