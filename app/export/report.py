"""A report in every form that is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.export.chosen import write_file
from app.export.content import ReportContent
from app.export.report_html import report_html
from app.export.report_json import report_json
from app.export.words import ReportWords
from app.session.second_look import value_lines

FORMATS = ("pdf", "html", "json")


def preview_lines(content: ReportContent, formats: Sequence[str]) -> list[str]:
    """What a report would say, one value a line; for a person to look at before it is written."""
    said = json.loads(report_json(content, ReportWords("en")))
    lines = [f"would write {content.exam}-report.{name}" for name in formats]
    lines += [f"says {line}" for line in value_lines(said)]
    if content.deidentified:
        lines.append(
            "leaves out the exam's own name, dates, operator, preset, readers' names, all that was typed"
        )
    return lines


@dataclass(frozen=True, slots=True)
class Written:
    files: tuple[Path, ...]
    troubles: tuple[str, ...]
    """A line for each form that could not be made."""


def write_report(
    content: ReportContent,
    folder: Path,
    formats: Sequence[str] = FORMATS,
    language: str = "en",
    templates: Path | None = None,
) -> Written:
    """Write `<exam>-report.<format>` for each format; the name is the exam's own or its alias.

    Args:
        content: of the report.
        folder: is there.
        formats: of `FORMATS`.
        language: 'en' or 'zh'.
        templates: a clinic's own.

    Raises:
        Refusal: a template is at fault or a file cannot be written.
    """
    words = ReportWords(language, templates)
    files: list[Path] = []
    troubles: list[str] = []
    for name in formats:
        path = folder / f"{content.exam}-report.{name}"
        if name == "json":
            data = report_json(content, words).encode()
        elif name == "html":
            data = report_html(content, words, templates).encode()
        else:
            from app.export.report_pdf import NoFontError, report_pdf

            try:
                data = report_pdf(content, words, templates)
            except NoFontError as error:
                troubles.append(f"no PDF: {error}")
                continue
        write_file(path, data)
        files.append(path)
    return Written(tuple(files), tuple(troubles))
