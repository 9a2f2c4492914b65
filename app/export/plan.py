"""What an export would write, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from capture.frame import Pixels


@dataclass(frozen=True, slots=True)
class PlannedFile:
    name: str
    what: str
    """For people."""


@dataclass(frozen=True, slots=True)
class TagLine:
    """One element of a header."""

    tag: str
    """'(0010,0010)'."""
    keyword: str
    """Empty for one that the standard does not know."""
    value: str
    """What is written; never what is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportPlan:
    """For a person to look at first: the window's dialog and `--preview` show the same."""

    files: tuple[PlannedFile, ...]
    kept: tuple[TagLine, ...]
    """The header of the first object as it will be."""
    removed: tuple[TagLine, ...]
    """Elements left out, without their values; empty for objects made anew."""
    left_out: tuple[str, ...]
    """What the exam knows beside this and is not written, in words."""
    warnings: tuple[str, ...]
    picture: Pixels | None
    """The first picture as it will be."""

    def lines(self) -> list[str]:
        """As text."""
        out = [f"would write {file.name}: {file.what}" for file in self.files]
        out += [f"keeps   {line.tag} {line.keyword}: {line.value}" for line in self.kept]
        out += [f"removes {line.tag} {line.keyword or 'private or unknown'}" for line in self.removed]
        out += [f"leaves out {words}" for words in self.left_out]
        return out + [f"note: {words}" for words in self.warnings]


THE_PATIENTS = "as the order says"
"""Stands for a patient's own values: a preview on a terminal ends in logs."""


def tag_lines(dataset: Dataset, hidden: frozenset[str] = frozenset()) -> tuple[TagLine, ...]:
    """The header for people, without pixels.

    Args:
        dataset: one object.
        hidden: keywords whose values belong to the patient.
    """
    return tuple(_line(element, hidden) for element in dataset if element.tag.group != 0x7FE0)


def _line(element: DataElement, hidden: frozenset[str]) -> TagLine:
    if element.keyword in hidden:
        shown = THE_PATIENTS if element.value else ""
    elif element.VR == "SQ":
        shown = f"{len(element.value)} items"
    elif isinstance(element.value, bytes):
        shown = f"{len(element.value)} bytes"
    else:
        text = str(element.value)
        shown = text if len(text) <= 90 else f"{text[:87]}..."
    return TagLine(tag_words(int(element.tag)), element.keyword, shown)


def tag_words(tag: int) -> str:
    return f"({tag >> 16:04x},{tag & 0xFFFF:04x})"


def removed_lines(tags: Iterable[int]) -> tuple[TagLine, ...]:
    """Elements that are left out; a private one may be named after anybody, so it has no keyword."""
    return tuple(
        TagLine(tag_words(tag), keyword_for_tag(tag) if not tag >> 16 & 1 else "", "")
        for tag in sorted(set(tags))
    )
