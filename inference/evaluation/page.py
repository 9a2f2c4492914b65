"""`report.html`: one file, made from `report.json` and its plots; reads in light and in dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from inference.evaluation.markup import both, number, table
from inference.evaluation.page_pairs import pairs_html, readers_html
from inference.evaluation.report import label

SYNTHETIC = "synthetic phantom"
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2329;--soft:#5b6670;--line:#d8dde2;--ground:#fff;--panel:#f5f7f9;
--note:#8a5a00}
@media(prefers-color-scheme:dark){:root{--ink:#e3e7ea;--soft:#9aa5ae;--line:#333b43;--ground:#14181c;
--panel:#1c2126;--note:#e0b050}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:0 auto;
max-width:66rem;padding:2rem 1.2rem}
h1{font-size:1.6rem;margin:0 0 .3rem}
h2{font-size:1.3rem;margin:2.6rem 0 .4rem;border-top:2px solid var(--line);
padding-top:1rem}h3{font-size:1.05rem;margin:1.8rem 0 .4rem}h4{font-size:.95rem;margin:1.2rem 0 .2rem}
p{margin:.4rem 0;max-width:50rem}.soft{color:var(--soft);font-size:.9rem}
.note{color:var(--note);font-weight:600}
table{border-collapse:collapse;margin:.5rem 0 .8rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.22rem .9rem .22rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:.88rem}
td .i{color:var(--soft);font-size:.86rem;white-space:nowrap}
.scroll{overflow-x:auto}.plots{display:flex;flex-wrap:wrap;gap:1.2rem}
figure{margin:0;background:var(--panel);padding:.7rem;border-radius:.4rem;max-width:100%}
figure svg{max-width:100%;height:auto;color:var(--ink)}figcaption{color:var(--soft);font-size:.88rem}
nav a{margin-right:1rem}a{color:inherit}
"""
Model = Mapping[str, Any]


def page(report: Mapping[str, Any], plots: Mapping[tuple[int, int], Mapping[str, str]]) -> str:
    """The whole page.

    Args:
        report: what `report.json` holds.
        plots: SVG by name for the model of that number on the data set of that number.
    """
    sets = report["data_sets"]
    synthetic = (
        f'<p class="note">{SYNTHETIC}: these figures say nothing of real fetuses.</p>'
        if report["synthetic"]
        else ""
    )
    links = "".join(f'<a href="#set{i}">{escape(data["name"])}</a>' for i, data in enumerate(sets))
    body = "".join(_data_set(i, data, plots, report["prevalences"]) for i, data in enumerate(sets))
    title = "Evaluation" + (f", {SYNTHETIC}" if report["synthetic"] else "")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1>{synthetic}<p><strong>{escape(report['notice'])}</strong></p>"
        f'<p class="soft">{escape(report["software"])}. In brackets 95 % intervals; n is the number of cases '
        f"behind a figure. What each figure means: docs/evaluation.md.</p>"
        f"<nav>{links}</nav>{body}</body></html>\n"
    )


def _data_set(
    i: int,
    data: Mapping[str, Any],
    plots: Mapping[tuple[int, int], Mapping[str, str]],
    prevalences: Sequence[float],
) -> str:
    c = data["counts"]
    about = ", ".join(filter(None, [data["domain"] and f"domain {data['domain']}", data["license"]]))
    kind = f' <span class="note">{SYNTHETIC}</span>' if data["synthetic"] else ""
    counts = (
        f"{c['frames']} frames of {c['fetuses']} fetuses from {c['sites']} sites, {c['exams']} exams. "
        f"{c['lip']} lip views, {c['palate']} palate views, {c['other']} others; {c['with_gap']} with a gap "
        f"that can be seen, {c['without_gap']} lip and palate views without; {c['not_judgeable']} not "
        f"judgeable, {c['unlabelled']} unlabelled."
    )
    models = "".join(_model(m, plots.get((i, j), {}), prevalences) for j, m in enumerate(data["models"]))
    return (
        f'<h2 id="set{i}">{escape(data["name"])}{kind}</h2><p class="soft">{escape(about)}</p>'
        f"<p>{escape(data['description'])}</p><p>{counts}</p>{models}{pairs_html(data['pairs'])}"
    )


def _model(m: Model, plots: Mapping[str, str], prevalences: Sequence[float]) -> str:
    trained = "; trained on a synthetic phantom" if m["synthetic"] else ""
    points = m["operating_points"]
    head = (
        f"<h3>{escape(label(m))}</h3><p class='soft'>{escape(m['provider'])}, sha256 {m['sha256'][:12]}"
        f"{trained}; flag point {points['flag']:g}, look-again point {points['look_again']:g}</p>"
    )
    captions = {
        "roc": "ROC curves",
        "reliability": "Reliability: a calibrated score lies on the line",
        "width": "Sensitivity against the width of the gap, flag point",
        "sites": "Sites",
    }
    drawn = "".join(
        f"<figure>{plots[name]}<figcaption>{text}</figcaption></figure>"
        for name, text in captions.items()
        if name in plots
    )
    parts = [
        ("Levels", _levels(m)),
        ("Predictive values at stated prevalences", _predictive(m, prevalences)),
        ("Exams", _exams(m)),
        ("Listed apart", _apart(m)),
        ("Calibration", _calibration(m)),
        ("Heat-map", _heat(m)),
        ("View gate", _gate(m)),
        ("Where gaps are found", _strata(m)),
        ("Negative controls", _controls(m)),
        ("Readers", readers_html(m["readers"])),
    ]
    body = "".join(f"<h4>{title}</h4>{text}" for title, text in parts if text)
    return f'{head}<div class="plots">{drawn}</div>{body}'


_LEVELS = {
    "frame": "frame level",
    "frame_lip": "frame level, lip view",
    "frame_palate": "frame level, palate view",
    "view": "view level",
    "fetus": "fetus level",
}


def _levels(m: Model) -> str:
    rows = []
    for key, words in _LEVELS.items():
        level = m["levels"].get(key)
        if level is None:
            rows.append([words, "no exams in this data set", "", "", "", ""])
            continue
        cells = [words, number(level["auc"])]
        for point in ("flag", "look_again"):
            cells += [number(level[point][name], percent=True) for name in ("sensitivity", "specificity")]
        rows.append(cells)
    head = [
        "",
        "AUC",
        "sensitivity, flag",
        "specificity, flag",
        "sensitivity, look again",
        "specificity, look again",
    ]
    return table(head, rows)


def _predictive(m: Model, prevalences: Sequence[float]) -> str:
    rows = []
    for key in ("frame", "view", "fetus"):
        level = m["levels"].get(key)
        if level is None:
            continue
        for i, prevalence in enumerate(prevalences):
            at = level["flag"]["at_prevalence"][i]
            values = [number(at["ppv"], percent=True), number(at["npv"], percent=True)]
            rows.append([_LEVELS[key], f"{prevalence * 1000:g} in 1000", *values])
    return table(["", "prevalence", "PPV, flag", "NPV, flag"], rows)


def _exams(m: Model) -> str:
    exams = m["exams"]
    if not exams:
        return ""
    verdicts = table(
        ["verdict", "with a cleft", "without", "unlabelled"],
        (
            [escape(name.replace("_", " ")), str(n["positive"]), str(n["negative"]), str(n["unknown"])]
            for name, n in exams["verdicts"].items()
        ),
    )
    rows = [
        ["all exams, findings never in sight counted", *both(exams["all_exams"])],
        ["called positive on any flag, whatever the verdict", *both(exams["any_flag"])],
    ]
    suspect = number(exams["never_in_sight_suspect"], percent=True)
    return (
        f"<p>{exams['exams']} exams, {exams['unlabelled']} unlabelled. In {exams['never_in_sight']} exams "
        f"with a cleft no frame shows it; of these suspect: {suspect}</p>"
        + table(["", "sensitivity", "specificity"], rows)
        + verdicts
    )


def _apart(m: Model) -> str:
    apart = m["listed_apart"]
    words = {
        "not_judgeable": "not judgeable: a gap, or structures, that nobody could see",
        "poor_planes": "planes too poor to count",
    }
    rows = [
        [
            text,
            str(apart[key]["frames"]),
            str(apart[key]["positives"]),
            number(apart[key]["positives_flagged"], percent=True),
            number(apart[key]["positives_look_again"], percent=True),
            number(apart[key]["others_not_flagged"], percent=True),
        ]
        for key, text in words.items()
    ]
    everything = apart["all_frames"]
    head = ["", "frames", "positives", "of these flagged", "or look again", "others not flagged"]
    return table(head, rows) + table(
        ["every lip and palate frame counted", "AUC", "sensitivity, flag", "specificity, flag"],
        [[f"n {everything['n']}", number(everything["auc"]), *both(everything)]],
    )


def _calibration(m: Model) -> str:
    c = m["calibration"]
    rows = [[number(c["ece"], digits=4), number(c["brier"], digits=4)]]
    return table(["expected calibration error", "Brier score"], rows)


def _heat(m: Model) -> str:
    heat = m["heat"]
    if heat is None:
        return "<p>This model gives no heat-map.</p>"
    rows = [[number(heat["pointing"], percent=True), number(heat["iou"]), str(heat["without_mask"])]]
    return table(
        ["peak in the gap or next to it", "IoU at the drawn threshold", "positives without a mask"], rows
    )


def _gate(m: Model) -> str:
    g = m["gate"]
    rows = [
        [f"{c['view']} view", *(str(n) for n in c["taken_for"].values()), number(c["right"], percent=True)]
        for c in g["confusion"]
    ]
    areas = table(
        ["AUC, all frames", "AUC, clear frames", "other views flagged"],
        [
            [
                number(g["auc"], digits=4),
                number(g["auc_clear"], digits=4),
                number(g["others_flagged"], percent=True),
            ]
        ],
    )
    return areas + table(["labelled", "taken for lip", "for palate", "for other", "right"], rows)


def _strata(m: Model) -> str:
    s = m["strata"]
    out = []
    words = {
        "width_mm": "width of the gap",
        "kind": "kind",
        "extent": "extent",
        "look_alike": "look-alike",
        "site": "site",
        "quality": "quality of the plane",
        "gap_px": "area of the gap at 256 px",
        "contrast": "contrast of the gap",
    }
    for key, title in words.items():
        entries = s[key]
        if not entries:
            continue
        columns = [c for c in ("auc", "sensitivity", "specificity") if c in entries[0]]
        head = [title, *("AUC" if c == "auc" else f"{c}, flag" for c in columns)]
        rows = []
        for entry in entries:
            row = [escape(str(entry["name"]))]
            row += [number(entry[c], percent=c != "auc") for c in columns]
            if "not_judgeable" in entry:
                row.append(str(entry["not_judgeable"]))
            rows.append(row)
        out.append(table([*head, "not judgeable"] if "not_judgeable" in entries[0] else head, rows))
    curve = s["width_curve"]
    if curve is not None:
        half = f"; half are found at {curve['half_mm']:.2f} mm" if curve["half_mm"] is not None else ""
        out.append(
            f"<p>Fitted curve: log odds {curve['slope']:+.2f} per mm "
            f"({curve['low']:.2f} to {curve['high']:.2f}; n {curve['n']}){half}.</p>"
        )
    return "".join(out)


def _controls(m: Model) -> str:
    controls = m["controls"]
    if controls is None:
        return "<p>Not run; <code>--controls</code> runs them.</p>"
    words = {
        "gaps_removed": "gaps removed",
        "furniture_only": "machine furniture only",
        "labels_shuffled": "labels shuffled",
    }
    rows = []
    for key, text in words.items():
        c = controls[key]
        if "not_run" in c:
            rows.append([text, "not run", "", escape(c["not_run"])])
        else:
            said = "as it should" if c["as_it_should"] else '<span class="note">NOT as it should</span>'
            how = escape(c["how"])
            if "auc_counted" in c:
                how += f"; of those frames alone whose gap could be seen: {number(c['auc_counted'])}"
            rows.append([text, number(c["auc"]), said, how])
    return table(["", "AUC, to be 0.5", "", ""], rows)
