from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.export.content import ReportContent
from app.export.pictures import heated, overlaid
from app.export.report import write_report
from app.export.report_html import report_html, score_words, weeks_words
from app.export.report_json import report_json
from app.export.words import ReportWords, shipped_phrases
from app.refusal import Refusal
from app.words import STANDING, SYNTHETIC
from tests.app.export.conftest import PLANTED


@pytest.fixture(scope="module")
def page(content: ReportContent) -> str:
    return report_html(content, ReportWords("en"))


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<(style|title).*?</\1>|<[^>]*>", " ", page, flags=re.S)).split())


def test_html_is_one_file_with_everything(page: str, content: ReportContent) -> None:
    text = text_of(page)
    assert not re.search(r'(src|href)="(?!data:)', page) and "<script" not in page and "@import" not in page
    for said in (
        STANDING, SYNTHETIC, content.exam, "21+3 weeks", "Lip view suspect, palate view without a sign",
        "No flag does not mean", "Soft palate and isolated cleft palate", "Never saw a fetus",
        "look again 0.45",
        "flag 0.70", "0" * 64, "seen with Quibblesworth <b>twice</b>", "Agrees, left", "No cleft seen, 60 %",
        "changed", "for <tests> & more", "Fetus B", "Not shown", "philtrum",
    ):  # fmt: skip
        assert said in text, said
    assert "<b>twice</b>" not in page, "what was typed is text, not markup"
    assert page.count("data:image/png;base64,") >= 4


def test_no_word_says_normal(page: str, content: ReportContent) -> None:
    for language in ("en", "zh"):
        for key, phrase in shipped_phrases(language).items():
            assert not re.search(r"\bnormal\b|正常|healthy|negative|阴性", phrase, re.I), (language, key)
    assert not re.search(r"\bnormal\b", text_of(page), re.I)


def test_both_languages_have_the_same_phrases_with_the_same_places() -> None:
    english, chinese = shipped_phrases("en"), shipped_phrases("zh")
    assert english.keys() == chinese.keys()
    for key in english:
        places = [sorted(re.findall(r"{(\w+)}", text)) for text in (english[key], chinese[key])]
        assert places[0] == places[1], key


def test_chinese_has_the_windows_words(content: ReportContent) -> None:
    text = text_of(report_html(content, ReportWords("zh")))
    for said in (
        "仅供研究与培训",
        "以合成模体训练",
        "唇部切面可疑，腭部切面未见征象；请专家会诊",
        "软腭与单纯腭裂",
    ):
        assert said in text


def test_the_heat_is_drawn_only_above_the_operating_point(content: ReportContent) -> None:
    lip, palate = (view.pictures[0] for view in content.fetuses[0].views)
    assert heated(lip, content.model) and not heated(palate, content.model)
    before = lip.raw.copy()
    seen = overlaid(lip, content.model)
    assert (seen[..., 0].astype(int) - seen[..., 2]).max() > 30, "amber is there"
    assert (lip.raw == before).all()
    plain = overlaid(palate, content.model)
    assert (plain[..., 0] == plain[..., 2]).all()


def test_json_has_its_keys(content: ReportContent) -> None:
    told = json.loads(report_json(content, ReportWords("en")))
    assert told["format"] == "philtrum-report/1" and told["statement"] == STANDING and told["synthetic"]
    first, second = told["fetuses"]
    assert first["verdict"] == "suspect_lip" and second["verdict"] == "not_assessed"
    assert [view["status"] for view in first["views"]] == ["flag", "no_sign"]
    assert first["views"][0]["highest_score"] == pytest.approx(0.9, abs=0.05)
    assert "isolated_cleft_palate" in first["not_assessed"] and "lip_view" in second["not_assessed"]
    assert first["flags"][0]["overrides"][0]["call"] == "agree" and first["reads"][0]["changed"]
    documented = Path("docs/report.md").read_text("utf-8")
    for key in [*told, *first, *first["views"][0], *first["flags"][0], *told["model"]]:
        assert f"`{key}`" in documented, key


def test_without_people_nothing_typed_is_left(content: ReportContent, tmp_path: Path) -> None:
    bare = content.without_people("P-TEST")
    written = write_report(bare, tmp_path, ("html", "json"))
    forbidden = (*PLANTED, content.exam, content.started[:10])
    for path in written.files:
        text = path.read_text("utf-8")
        assert path.name.startswith("P-TEST-report")
        assert not [word for word in forbidden if word in text]
    assert "Reader 1" in (tmp_path / "P-TEST-report.html").read_text("utf-8")


def test_pdf_says_on_every_page_what_has_to_be_said(content: ReportContent) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    from app.export.report_pdf import chinese_family, report_pdf

    for language in ("en", "zh"):
        if language == "zh" and chinese_family() is None:
            continue
        words = ReportWords(language)
        document = pdfium.PdfDocument(report_pdf(content, words))
        pages = [document[number].get_textpage().get_text_range() for number in range(len(document))]
        assert len(pages) >= 2
        needed = (STANDING, SYNTHETIC, content.exam) if language == "en" else (content.exam,)
        for text in pages:
            flat = " ".join(text.split())
            assert all(said in flat for said in needed)
        if language == "en":
            assert "Lip view suspect, palate view without a sign" in " ".join(" ".join(pages).split())
            headings = {shipped_phrases("en")[key] for key in ("not_assessed", "flags", "limits", "readers")}
            for text in pages:
                last = [line for line in text.splitlines() if line.strip()][-4:-2]
                assert not headings & set(last), "no heading is left alone at the foot"
            assert "Report made" in pages[-1], "nothing after the last page"
            assert "Never saw a fetus" in "".join(pages)
        picture = document[0].render(scale=0.5).to_numpy()
        assert picture.mean() > 150, "light paper"
        document.close()


def test_without_a_chinese_font_the_pdf_alone_is_missing(
    content: ReportContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.export.report_pdf.chinese_family", lambda: None)
    written = write_report(content, tmp_path, ("pdf", "html"), "zh")
    assert [path.suffix for path in written.files] == [".html"]
    (line,) = written.troubles
    assert "no font with Chinese letters" in line and "\n" not in line


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("report.html", "{{ w.standing }}{{ w.synthetic }}{% for %}", "report.html, line 1"),
        ("report.html", "{{ w.standing }}\n{{ nothing.here }}", "report.html"),
        ("report.html", "{{ w.standing }}{{ 1 / 0 }}", "ZeroDivisionError"),
        ("report.html", "<html>own page</html>", "leaves out the sentence"),
        ("report.html", "<!-- {{ w.standing }} {{ w.synthetic }} -->", "leaves out the sentence"),
        ("report.html", "{{ ''.__class__.__mro__ }}", "report.html"),
        ("report.html", "{{ w('no such phrase') }}", "KeyError"),
        ("style.css", "{% if %}", "style.css, line 1"),
        ("words.en.json", "[", "words.en.json"),
        ("words.en.json", '{"nonsense": "x"}', "nonsense"),
        ("words.en.json", '{"fetus": "{who}"}', "fetus"),
    ],
)
def test_a_bad_template_is_one_line(
    content: ReportContent, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(Refusal) as refused:
        report_html(content, ReportWords("en", tmp_path), tmp_path)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_a_clinics_own_template_and_words_are_taken(content: ReportContent, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(
        "<h1>Our clinic</h1>{{ w.standing }} {{ w.synthetic }} {{ w('title') }}", "utf-8"
    )
    (tmp_path / "words.en.json").write_text('{"title": "Face report"}', "utf-8")
    text = text_of(report_html(content, ReportWords("en", tmp_path), tmp_path))
    assert text == f"Our clinic {STANDING} {SYNTHETIC} Face report"


def test_an_unknown_model_is_said_to_be_unknown(content: ReportContent) -> None:
    assert content.model is not None
    unknown = replace(content, model=replace(content.model, points=None, known=False, limits=()))
    assert "model card was not at hand" in text_of(report_html(unknown, ReportWords("en")))
    assert "No model ran" in text_of(report_html(replace(content, model=None), ReportWords("en")))


def test_words_of_values() -> None:
    assert (score_words(None), score_words(0.706)) == ("–", "0.71")
    assert weeks_words(21 + 3 / 7) == "21+3" and weeks_words(20.99) == "21+0"
