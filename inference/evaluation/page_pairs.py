"""The report's tables of readers and of paired tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from inference.evaluation.markup import both, number, p_value, table


def readers_html(r: Mapping[str, Any] | None) -> str:
    """The reader table; empty where nobody read."""
    if r is None:
        return ""

    def row(words: str, each: Mapping[str, Any]) -> list[str]:
        seconds = number(each["seconds"], digits=1) if each.get("seconds") else ""
        return [words, *both(each), number(each["auc"]) if each["auc"] else "", seconds]

    groups = [row("the model, on what they read", r["model"])]
    groups += [
        row(f"{g['seniority'] or 'unnamed'} readers ({g['readers']}), {g['mode']}", g) for g in r["groups"]
    ]
    head = ["", "sensitivity", "specificity", "AUC", "seconds a case"]
    out = table(head, groups)
    for change in r["change"]:
        words = f"{change['seniority'] or 'unnamed'} readers ({change['readers']}), aided against unaided"
        out += _tests(words, "aided", "unaided", change["tests"])
        if change["seconds"]["n"]:
            out += f"<p>Seconds a case, aided less unaided: {number(change['seconds'], digits=1)}</p>"
    each = [
        row(f"{escape(e['reader'])} ({e['seniority'] or 'unnamed'}), {e['mode']}", e) for e in r["readers"]
    ]
    out += table(head, each)
    for e in r["readers"]:
        words = f"the model against {e['reader']}, {e['mode']}"
        out += _tests(words, "the model", e["reader"], e["against_model"])
    return out + (
        f"<p>{r['left_out']} answers to cases of unknown truth left out.</p>" if r["left_out"] else ""
    )


def pairs_html(pairs: Sequence[Mapping[str, Any]]) -> str:
    """The paired tests of models."""
    if not pairs:
        return ""
    out = "<h3>Models compared on the same cases</h3>"
    for each in pairs:
        for level, tests in each["levels"].items():
            words = f"{each['first']} against {each['second']}, {level} level"
            out += _tests(words, each["first"], each["second"], tests)
    return out


def _tests(words: str, first: str, second: str, tests: Mapping[str, Any]) -> str:
    rows = []
    d = tests["delong"]
    if d is not None:
        between = f"{d['auc_first']:.3f} and {d['auc_second']:.3f}, difference {d['difference']:+.4f}"
        how = escape(d["test"])
        rows.append(
            ["AUC", f"{between} ({d['low']:+.4f} to {d['high']:+.4f}; n {d['n']})", p_value(d["p"]), how]
        )
    for name in ("sensitivity", "specificity"):
        t = tests[name]
        n = t["both"] + t["first_only"] + t["second_only"] + t["neither"]
        counts = (
            f"right: both {t['both']}, only {escape(first)} {t['first_only']}, only {escape(second)} "
            f"{t['second_only']}, neither {t['neither']} (n {n})"
        )
        rows.append([f"{name} at the flag point", counts, p_value(t["p"]), "McNemar, exact"])
    note = (
        '<p class="soft">Fetuses have several cases here, of which McNemar\'s test knows nothing: its p is '
        "too small. Go by the fetus level.</p>"
        if tests["correlated"]
        else ""
    )
    return f"<p>{escape(words)}</p>" + table(["", "", "p", "test"], rows) + note
