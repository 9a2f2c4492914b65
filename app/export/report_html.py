"""The report as HTML: one file for a browser, or the same page for the paper that `report_pdf` draws on."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from app.export.content import FetusReport, FlagShown, ReportContent, ReportPicture, ViewShown
from app.export.pictures import data_address, heated, overlaid, png
from app.export.words import ReportWords
from app.refusal import Refusal
from app.session.exam import Override
from capture.frame import Pixels
from inference.evidence_types import Status, Verdict
from inference.verdict import SUSPECT
from resources.files import resource_path

SHOWN_MOST = 1
"""Pictures of each view: the best; more are in the exam."""
KEPT_MOST = 6
PAPER_WIDTH_PX = 672
"""Between the margins of an A4 page, at 96 pixels an inch."""
_PAIR_PX = (322, 250)
"""Most width and height of a picture on paper: two side by side."""

_PLAIN = frozenset({Verdict.NO_SIGN_SHOWN, Verdict.NOT_ASSESSED})


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture for the page."""

    source: str
    width: int
    height: int


class PageWords:
    """Values as words: what a template may call."""

    def __init__(self, content: ReportContent, words: ReportWords) -> None:
        self._content, self.words = content, words

    def helpers(self) -> dict[str, Any]:
        return {
            "time": time_words, "clock": clock_words, "score": score_words, "weeks": weeks_words,
            "tone": tone, "state_tone": state_tone, "state": self.state, "side": self.side, "by": self.by,
            "reader": self.reader, "unseen_flags": unseen_flags,
        }  # fmt: skip

    def state(self, view: ViewShown) -> str:
        return self.words.status(view.status) if view.shown else self.words("view_missing")

    def side(self, side: str) -> str:
        try:
            return self.words(f"side_{side}")
        except KeyError:
            return side

    def by(self, override: Override) -> str:
        if self._content.deidentified:
            return self.words("by_someone", who=override.who)
        return self.words("by", who=override.who or "-", at=time_words(override.at))

    def reader(self, who: str) -> str:
        return self.words("reader_number", who=who) if self._content.deidentified else who

    def facts(self) -> list[tuple[str, str]]:
        """What stands at the top, name and value."""
        content, w = self._content, self.words
        none = w("not_entered")
        rows = [
            (w("exam"), content.exam),
            (w("started"), time_words(content.started)),
            (
                w("duration"),
                "" if content.minutes is None else w("minutes", minutes=f"{content.minutes:.1f}"),
            ),
            (
                w("age"),
                none if content.age_weeks is None else w("weeks", weeks=weeks_words(content.age_weeks)),
            ),
            (w("operator"), content.operator or none),
            (w("preset"), content.preset or none),
            (w("reading_mode"), w(f"reading_{content.reading}")),
            (w("fetuses"), ", ".join(fetus.label for fetus in content.fetuses)),
        ]
        hidden = {w("started"), w("operator"), w("preset")} if content.deidentified else set()
        return [row for row in rows if row[0] not in hidden and row[1]]

    def model_rows(self) -> list[tuple[str, str]]:
        """The model card's short form, name and value."""
        model, w = self._content.model, self.words
        if model is None:
            return []
        points = "" if model.points is None else w(
            "model_points_are", look=score_words(model.points.look_again),
            flag=score_words(model.points.flag), release=score_words(model.points.release),
        )  # fmt: skip
        ran = " · ".join((f"{model.provider}, {model.precision}", *model.fallbacks))
        rows = [
            (w("model_name"), f"{model.name} {model.version}"), (w("model_description"), model.description),
            (w("model_training"), model.training_data), (w("model_use"), model.intended_use),
            (w("model_points"), points), (w("model_ran"), ran), (w("model_license"), model.license),
            (w("model_hash"), model.sha256),
        ]  # fmt: skip
        return [row for row in rows if row[1]]


def report_html(
    content: ReportContent, words: ReportWords, folder: Path | None = None, *, paper: bool = False
) -> str:
    """The page.

    Args:
        content: of the report.
        words: in its language.
        folder: a clinic's own templates: any of report.html, pair.html, style.css, paper.css in it
            replaces the shipped one.
        paper: for `report_pdf`, in the plain HTML that Qt's text documents know.

    Raises:
        Refusal: a template is at fault, in one line.
    """
    if folder is not None and not folder.is_dir():
        raise Refusal(f"{folder}: expected a folder with templates")
    page = PageWords(content, words)
    environment = SandboxedEnvironment(
        loader=FileSystemLoader([*([] if folder is None else [folder]), resource_path("report")]),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=False,
    )  # fmt: skip
    environment.globals.update(page.helpers())
    common: dict[str, Any] = {
        "report": content, "w": words, "lang": "zh-CN" if words.language == "zh" else words.language,
        "paper": paper, "facts": page.facts(), "model_rows": page.model_rows(), "shown_most": SHOWN_MOST,
        "kept_most": KEPT_MOST,
    }  # fmt: skip

    def pair(picture: ReportPicture, title: str = "") -> Markup:
        seen = overlaid(picture, content.model)
        values = {
            "picture": picture, "title": title, "raw": _shown(picture.raw, picture, content, words),
            "seen": _shown(seen, picture, content, words), "heated": heated(picture, content.model),
        }  # fmt: skip
        # Autoescaped where it was rendered.
        return Markup(environment.get_template("pair.html").render(common | values))  # noqa: S704

    try:
        style = environment.get_template("paper.css" if paper else "style.css").render(common)
        html = environment.get_template("report.html").render(common | {"pair": pair, "style": Markup(style)})  # noqa: S704
    except TemplateSyntaxError as error:
        raise Refusal(f"template {error.name}, line {error.lineno}: {_line(error)}") from error
    except TemplateError as error:
        raise Refusal(f"template {_where(error)}: {_line(error)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("a template cannot be read: expected text in UTF-8") from error
    except Exception as error:
        # A template calls what it likes with what it likes: any error may come out of it.
        raise Refusal(f"template {_where(error)}: {type(error).__name__}: {_line(error)}") from error
    _check_standing(html, content, words)
    return html


def _check_standing(html: str, content: ReportContent, words: ReportWords) -> None:
    """A clinic's template may look as it likes, but it says what has to be said."""
    text = " ".join(
        re.sub(r"<(style|title)\b.*?</\1>|<!--.*?-->|<[^>]*>", " ", html, flags=re.DOTALL).split()
    )
    for needed in (words.standing, *((words.synthetic,) if content.synthetic else ())):
        if str(Markup.escape(needed)) not in text:
            raise Refusal(f"template report.html leaves out the sentence {needed!r}")


def _shown(pixels: Pixels, picture: ReportPicture, content: ReportContent, words: ReportWords) -> Shown:
    height, width = pixels.shape[:2]
    scale = min(_PAIR_PX[0] / width, _PAIR_PX[1] / height)
    title = f"{content.exam} {words.view(picture.view)}. {words.standing}"
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return Shown(data_address(png(pixels, title)), *size)


def unseen_flags(fetus: FetusReport) -> list[FlagShown]:
    """Flags whose picture is none of those that stand for a view already."""
    above = {picture.captured_ns for view in fetus.views for picture in view.pictures[:SHOWN_MOST]}
    return [f for f in fetus.flags if f.picture is not None and f.picture.captured_ns not in above]


def tone(fetus: FetusReport) -> str:
    """The look of the verdict's box; no tone means 'normal'."""
    if fetus.verdict in SUSPECT:
        return "suspect"
    return "plain" if fetus.verdict in _PLAIN else "open"


def state_tone(status: Status) -> str:
    """The look of a view's state."""
    tones: Mapping[Status, str] = {Status.FLAG: "suspect", Status.LOOK_AGAIN: "open"}
    return tones.get(status, "quiet")


def time_words(at: str) -> str:
    """'2026-01-31 10:41 UTC'; empty where there is none."""
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""


def clock_words(seconds: float) -> str:
    """Minutes and seconds into the exam: '3:07'."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def score_words(score: float | None) -> str:
    """A score with two decimals, never as a percentage: that reads as the probability of a cleft."""
    return "–" if score is None else f"{score:.2f}"


def weeks_words(weeks: float) -> str:
    """Weeks and days: '21+3'."""
    days = round(weeks * 7)
    return f"{days // 7}+{days % 7}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _where(error: Exception) -> str:
    """The innermost template and line of a failed rendering, as jinja2 writes them into the traceback."""
    found, trace = "report.html", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if trace.tb_frame.f_globals.get("__jinja_template__") is not None or name.endswith((".html", ".css")):
            found = f"{os.path.basename(name)}, line {trace.tb_lineno}"  # noqa: PTH119  not a path that is used
        trace = trace.tb_next
    return found
