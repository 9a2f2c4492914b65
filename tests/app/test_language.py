from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.language import chosen_language, set_language, translate
from resources.files import resource_path

ROOT = Path(__file__).parents[2]
TS = ROOT / "resources" / "translations" / "philtrum_zh.ts"
TOOLS = Path(sys.executable).parent


def run_tool(name: str, *arguments: str) -> None:
    tool = TOOLS / name
    if not tool.exists():
        pytest.skip(f"{name} is not beside this Python")
    found = subprocess.run([str(tool), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert found.returncode == 0, found.stderr


def messages(text: str) -> set[tuple[str, str]]:
    """(context, source) of every message of a .ts file."""
    found = set()
    for context in re.findall(r"<context>(.*?)</context>", text, re.DOTALL):
        name = re.search(r"<name>(.*?)</name>", context)
        assert name is not None
        found |= {(name[1], source) for source in re.findall(r"<source>(.*?)</source>", context, re.DOTALL)}
    return found


def test_the_translation_knows_every_text_of_the_source_and_no_other(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.ts"
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "app").rglob("*.py"))
    run_tool(
        "pyside6-lupdate", "-locations", "none", *sources, "-ts", str(fresh), "-target-language", "zh_CN"
    )
    now, committed = messages(fresh.read_text("utf-8")), messages(TS.read_text("utf-8"))
    assert now - committed == set(), "run `make translations` and translate these"
    assert committed - now == set(), "run `make translations`: these are gone"


def test_every_text_is_translated_and_keeps_its_places_to_fill_in() -> None:
    text = TS.read_text("utf-8")
    assert 'type="unfinished"' not in text
    pairs = re.findall(r"<source>(.*?)</source>\s*<translation>(.*?)</translation>", text, re.DOTALL)
    assert len(pairs) > 200
    for source, translation in pairs:
        assert translation, source
        assert set(re.findall(r"{\w+}", source)) == set(re.findall(r"{\w+}", translation)), source


def test_the_compiled_translation_is_in_step(tmp_path: Path) -> None:
    compiled = tmp_path / "philtrum_zh.qm"
    run_tool("pyside6-lrelease", str(TS), "-qm", str(compiled))
    assert compiled.read_bytes() == resource_path("translations", "philtrum_zh.qm").read_bytes()


def test_language_is_switched_to_and_fro(qtbot: QtBot) -> None:
    assert translate("Words", "Look again") == "Look again"
    set_language("zh")
    try:
        assert translate("Words", "Look again") == "请再看"
        set_language("zh")
        assert translate("Words", "Look again") == "请再看"
    finally:
        set_language("en")
    assert translate("Words", "Look again") == "Look again"


def test_a_language_the_program_does_not_speak_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="expected one of en, zh, got 'fr'"):
        set_language("fr")
    assert chosen_language("zh") == "zh"
    assert chosen_language("auto") in ("en", "zh")
