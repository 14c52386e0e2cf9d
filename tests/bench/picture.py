# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks' pictures have in common: the page, its words, and colours for light and dark."""

from xml.sax.saxutils import escape

FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; font-size: 13px"
RULES = [  # class, what it looks like, what of that is different in the dark
    ("page", "fill: #ffffff; stroke: #d5dbe3", "fill: #0f172a; stroke: #334155"),
    ("text", "fill: #0f172a", "fill: #f1f5f9"),
    ("heading", "font-size: 17px; font-weight: 700", ""),
    ("small", "fill: #475569; font-size: 12px", "fill: #cbd5e1"),
]


def page(name, width, height, title, told, rules, lines):
    """An SVG as text. `name`: its class; `told`: for who can't see it; `rules`: as RULES, in addition to them."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">\n'
        f"  <title>{escape(title)}</title>\n  <desc>{escape(told)}</desc>\n  <style>{_style(name, RULES + rules)}  </style>\n"
        f'  <rect class="page" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>\n'
        + "".join(f"  {line}\n" for line in lines)
        + "</svg>\n"
    )


def text(x, y, words, kind):
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{escape(words)}</text>'


def _style(name, rules):
    light = "".join(f"    .{name} .{kind} {{ {look} }}\n" for kind, look, _ in rules)
    dark = "".join(f"      .{name} .{kind} {{ {look} }}\n" for kind, _, look in rules if look)
    return f"\n    .{name} {{ {FONT} }}\n{light}    @media (prefers-color-scheme: dark) {{\n{dark}    }}\n"
