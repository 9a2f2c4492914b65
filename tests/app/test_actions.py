from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from app.action_table import GROUPS, TABLE
from app.actions import BY_ID, action_text, bindings
from app.handlers import Handlers
from app.shortcut_sheet import COLUMNS, rows_of

PAGE = Path(__file__).parents[2] / "docs" / "window.md"


def test_every_row_is_whole_and_has_a_handler() -> None:
    assert len(BY_ID) == len(TABLE)
    for spec in TABLE:
        assert callable(getattr(Handlers, spec.handler)), spec.id
        assert spec.text, spec.id
        assert spec.tip, spec.id
        assert spec.group in GROUPS
        assert spec.key, f"{spec.id}: everything has a key"


def test_every_handler_that_the_table_could_name_is_named() -> None:
    named = {spec.handler for spec in TABLE}
    helpers = {"set_ai", "set_heatmap", "set_opacity", "region_edited", "seek", "player"}
    helpers |= {"begin_exam", "calibrate_to", "store_length", "leave_what_moves"}
    classes = [one for one in Handlers.__mro__ if one.__module__.startswith("app.")]
    own = {name for one in classes for name in vars(one) if not name.startswith("_")} - {"staticMetaObject"}
    assert own - helpers == named


def test_keys_are_single_and_different() -> None:
    bound, warnings = bindings({}, {})
    assert warnings == []
    keys = [key for row in bound.values() for key in row]
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert QKeySequence(key).count() == 1
    scanning = {"toggle_ai", "cycle_heatmap", "peek", "keep_frame", "patient_safe", "toggle_view", "new_exam"}
    for name in scanning:
        assert "+" not in bound[name][0], f"{name}: one hand is on the probe"


def test_pedals_are_keys_too() -> None:
    bound, _ = bindings({}, {})
    assert bound["keep_frame"] == ["K", "F13"]
    assert bound["toggle_ai"] == ["A", "F14"]
    assert bound["peek"] == ["Space", "F15"]


def test_the_user_rebinds_unbinds_and_takes_keys_over() -> None:
    bound, warnings = bindings({"keep_frame": "F2", "new_exam": "", "jump_to_peak": "H"}, {"peek": "PgDown"})
    assert bound["keep_frame"] == ["F2", "F13"]
    assert bound["new_exam"] == []
    assert bound["peek"] == ["Space", "PgDown"]
    assert bound["jump_to_peak"] == ["H"]
    assert bound["cycle_heatmap"] == []
    assert warnings == ["settings: cycle_heatmap: key H is taken by jump_to_peak"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"fly": "F2"}, "unknown action 'fly'"),
        ({"peek": "banana split"}, "expected a key such as 'F2'"),
    ],
)
def test_bindings_that_make_no_sense_are_told(keys: dict[str, str], said: str) -> None:
    bound, warnings = bindings(keys, {})
    assert len(warnings) == 1
    assert said in warnings[0]
    assert "fly" not in bound


def test_the_sheet_shows_every_action_once(qtbot: QtBot) -> None:
    bound, _ = bindings({}, {})
    shown = [row for column in COLUMNS for group in column for row in rows_of(group, bound.__getitem__)]
    texts = [text for text, _ in shown]
    looks = [spec for spec in TABLE if spec.handler == "look_at"]
    assert len(texts) == len(TABLE) - len(looks) + 1
    for spec in TABLE:
        if spec not in looks:
            assert (action_text(spec), bound[spec.id]) in shown
    assert ("Look at a kept frame", ["1 – 8"]) in shown


def test_the_page_about_the_window_has_the_same_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    expected = [
        (spec.id, spec.text, f"`{spec.key}`", f"`{spec.pedal}`" if spec.pedal else "") for spec in TABLE
    ]
    assert rows == expected
