# SPDX-License-Identifier: Apache-2.0
"""The picture of `./dev bench presence`: Rollcall's medians as multiples of what they are compared with, and the bars."""

from xml.sax.saxutils import escape

from presence_figures import FIGURES, NAMES, comparisons

WIDTH, LABELS, SCALE, ROW, TOP = 920, 300, 330, 22, 84
STYLE = """
    .presence { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; font-size: 13px }
    .presence .page { fill: #ffffff; stroke: #d5dbe3 }
    .presence .text { fill: #0f172a }
    .presence .heading { font-size: 17px; font-weight: 700 }
    .presence .small { fill: #475569; font-size: 12px }
    .presence .holds { fill: #0f8a5f }
    .presence .misses { fill: #d0342c }
    .presence .one { stroke: #94a3b8; stroke-dasharray: 3 3 }
    .presence .bar { stroke: #0f172a; stroke-width: 2.5 }
    @media (prefers-color-scheme: dark) {
      .presence .page { fill: #0f172a; stroke: #334155 }
      .presence .text { fill: #f1f5f9 }
      .presence .small { fill: #cbd5e1 }
      .presence .holds { fill: #34d399 }
      .presence .misses { fill: #f87171 }
      .presence .one { stroke: #64748b }
      .presence .bar { stroke: #f1f5f9 }
    }
"""


def picture(about, results):
    """`results`: version → rounds. An SVG as text."""
    rows = [(figure, [(version, each) for version, rounds in results.items() for each in comparisons(figure, rounds)])
            for figure in FIGURES]  # fmt: skip
    rows = [(figure, found) for figure, found in rows if found]
    most = max([3.2, *(min(each.ratio, 6.0) for _, found in rows for _, each in found)]) * 1.04
    lines, top = [], TOP
    for figure, found in rows:
        lines.append(_text(20, top + 15, figure.name, "text"))
        for version, each in found:
            lines += _bar(top, version, each, most)
            top += ROW
        top += 12
    x_of_one = LABELS + SCALE / most
    height = top + 30
    head = [
        _text(20, 32, "Rollcall beside the last will", "text heading"),
        _text(20, 52, "Medians, as multiples of what each is compared with (dashed: 1 ×). The thick stroke is the bar. At the end, Mosquitto's version.", "small"),
        f'<line class="one" x1="{x_of_one:.1f}" x2="{x_of_one:.1f}" y1="{TOP - 8}" y2="{top}"/>',
        _text(20, top + 12, f"{about['date'][:10]}, {about['cores']} cores, {about['rounds']} rounds in turn, up to {about['clients']:,} clients, "
              f"load average {about['load_average'][0]} before", "small"),
    ]  # fmt: skip
    told = "; ".join(f"{each.figure.name}, Mosquitto {version}: {each.ratio:.2f} times the {NAMES[each.against]}, "
                     f"bar {each.limit:g}" for _, found in rows for version, each in found)  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="presence" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">\n'
        f"  <title>Rollcall beside the last will</title>\n  <desc>{escape(told)}</desc>\n  <style>{STYLE}  </style>\n"
        f'  <rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>\n'
        + "".join(f"  {line}\n" for line in head + lines)
        + "</svg>\n"
    )


def _bar(top, version, each, most):
    kind = "holds" if each.holds else "misses"
    limit = LABELS + SCALE * each.limit / most
    end = LABELS + SCALE * min(each.ratio, most) / most
    sign = "≥" if each.figure.at_least else "≤"
    verdict = "" if each.holds else ", missed"
    return [
        f'<rect class="{kind}" x="{LABELS}" y="{top + 4}" width="{end - LABELS:.1f}" height="{ROW - 8}" rx="2"/>',
        f'<line class="bar" x1="{limit:.1f}" x2="{limit:.1f}" y1="{top + 1}" y2="{top + ROW - 1}"/>',
        _text(max(end, limit) + 8, top + 15,
              f"{each.ratio:.{2 if each.ratio < 100 else 0}f} × {NAMES[each.against]} ({sign} {each.limit:g}{verdict}) · {version}", "small"),
    ]  # fmt: skip


def _text(x, y, words, kind):
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{escape(words)}</text>'
