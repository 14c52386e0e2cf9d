# SPDX-License-Identifier: Apache-2.0
"""The picture of `./dev bench presence`: Rollcall's medians as multiples of what they are compared with, and the bars."""

from picture import page, text
from presence_figures import FIGURES, NAMES, comparisons

WIDTH, LABELS, SCALE, ROW, TOP = 920, 300, 330, 22, 84
RULES = [
    ("holds", "fill: #0f8a5f", "fill: #34d399"),
    ("misses", "fill: #d0342c", "fill: #f87171"),
    ("one", "stroke: #94a3b8; stroke-dasharray: 3 3", "stroke: #64748b"),
    ("bar", "stroke: #0f172a; stroke-width: 2.5", "stroke: #f1f5f9"),
]


def picture(about, results):
    """`results`: version → rounds. An SVG as text."""
    rows = [(figure, [(version, each) for version, rounds in results.items() for each in comparisons(figure, rounds)])
            for figure in FIGURES]  # fmt: skip
    rows = [(figure, found) for figure, found in rows if found]
    most = max([3.2, *(min(each.ratio, 6.0) for _, found in rows for _, each in found)]) * 1.04
    lines, top = [], TOP
    for figure, found in rows:
        lines.append(text(20, top + 15, figure.name, "text"))
        for version, each in found:
            lines += _bar(top, version, each, most)
            top += ROW
        top += 12
    x_of_one = LABELS + SCALE / most
    height = top + 30
    head = [
        text(20, 32, "Rollcall beside the last will", "text heading"),
        text(20, 52, "Medians, as multiples of what each is compared with (dashed: 1 ×). The thick stroke is the bar. At the end, Mosquitto's version.", "small"),
        f'<line class="one" x1="{x_of_one:.1f}" x2="{x_of_one:.1f}" y1="{TOP - 8}" y2="{top}"/>',
        text(20, top + 12, f"{about['date'][:10]}, {about['cores']} cores, {about['rounds']} rounds in turn, up to {about['clients']:,} clients, "
             f"load average {about['load_average'][0]} before", "small"),
    ]  # fmt: skip
    told = "; ".join(f"{each.figure.name}, Mosquitto {version}: {each.ratio:.2f} times the {NAMES[each.against]}, "
                     f"bar {each.limit:g}" for _, found in rows for version, each in found)  # fmt: skip
    return page("presence", WIDTH, height, "Rollcall beside the last will", told, RULES, head + lines)


def _bar(top, version, each, most):
    kind = "holds" if each.holds else "misses"
    limit = LABELS + SCALE * each.limit / most
    end = LABELS + SCALE * min(each.ratio, most) / most
    sign = "≥" if each.figure.at_least else "≤"
    verdict = "" if each.holds else ", missed"
    return [
        f'<rect class="{kind}" x="{LABELS}" y="{top + 4}" width="{end - LABELS:.1f}" height="{ROW - 8}" rx="2"/>',
        f'<line class="bar" x1="{limit:.1f}" x2="{limit:.1f}" y1="{top + 1}" y2="{top + ROW - 1}"/>',
        text(max(end, limit) + 8, top + 15,
             f"{each.ratio:.{2 if each.ratio < 100 else 0}f} × {NAMES[each.against]} ({sign} {each.limit:g}{verdict}) · {version}", "small"),
    ]  # fmt: skip
