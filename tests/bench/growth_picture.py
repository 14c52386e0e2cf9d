# SPDX-License-Identifier: Apache-2.0
"""The picture of `./dev bench growth`: what an event costs by the number of clients, and by that of devices, with the bar."""

import math
from dataclasses import dataclass

from growth_figures import BAR, Series, of_clients, of_devices
from picture import page, text

WIDTH, HEIGHT, LEFTS = 920, 404, (64, 528)
PLOT_WIDTH, PLOT_TOP, PLOT_BOTTOM = 220, 112, 322
LABEL_GAP = 16
TITLE = "What an event costs, with few and with very many"
COLOURS = ["first", "second", "third"]
RULES = [
    ("axis", "stroke: #94a3b8", "stroke: #64748b"),
    ("grid", "stroke: #e2e8f0", "stroke: #1e293b"),
    ("first", "fill: #1d4ed8; stroke: #1d4ed8", "fill: #60a5fa; stroke: #60a5fa"),
    ("second", "fill: #c2410c; stroke: #c2410c", "fill: #fb923c; stroke: #fb923c"),
    ("third", "fill: #0f8a5f; stroke: #0f8a5f", "fill: #34d399; stroke: #34d399"),
    ("line", "fill: none; stroke-width: 1.6; stroke-linejoin: round", "fill: none"),
    ("thick", "stroke-width: 3", ""),
    ("dashed", "stroke-dasharray: 5 3", ""),
    ("leader", "stroke-width: 0.8; opacity: 0.6", ""),
    ("label", "stroke: none; font-size: 12px", "stroke: none"),
    ("misses", "font-weight: 700", ""),
    ("middle", "text-anchor: middle", ""),
    ("end", "text-anchor: end", ""),
]


@dataclass(frozen=True)
class Line:
    series: Series
    label: str
    kind: str  # its colour
    stroke: str = ""


@dataclass(frozen=True)
class Panel:
    left: int
    title: str
    unit: str
    counted: str
    lines: list

    @property
    def counts(self):
        return sorted({count for line in self.lines for count in line.series.costs})

    @property
    def ticks(self):
        """From zero to what no line goes beyond, five at most above zero."""
        most = max(cost for line in self.lines for cost in line.series.costs.values()) or 1
        power = 10 ** math.floor(math.log10(most / 5))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * 5 >= most)
        return [step * i for i in range(math.ceil(most / step) + 1)]

    def x(self, count):
        fewest, most = self.counts[0], self.counts[-1]
        return self.left + PLOT_WIDTH * (math.log(count / fewest) / math.log(most / fewest) if most > fewest else 0.5)

    def y(self, cost):
        return round(PLOT_BOTTOM - (PLOT_BOTTOM - PLOT_TOP) * cost / self.ticks[-1], 1)


def picture(about, by_broker, by_devices):
    """`by_broker`: version → clients → rounds; `by_devices`: devices → figures. An SVG as text."""
    panels = [_panel_of_clients(by_broker), _panel_of_devices(by_devices)]
    lines = [line for panel in panels for line in panel.lines]
    head = [
        text(20, 32, TITLE, "text heading"),
        text(20, 52, "Medians. At the end of each line: what it costs with the most, by what it costs with the fewest. "
             f"Bar 15, at most {BAR:g} ×: {_verdict(lines)}.", "small"),
        text(20, HEIGHT - 16, f"{about['date'][:10]}, {about['cores']} cores, {about['rounds']} rounds with clients, "
             f"load average {about['load_average'][0]} before and {about['load_average_after'][0]} after", "small"),
    ]  # fmt: skip
    told = "; ".join(_told(panel, line) for panel in panels for line in panel.lines)
    return page("growth", WIDTH, HEIGHT, TITLE, told, RULES, head + [each for panel in panels for each in _drawn(panel)])


def _verdict(lines):
    compared = [line.series for line in lines if line.series.ratio is not None]
    if not compared:
        return "not measured"
    return "holds" if all(each.holds for each in compared) else "missed where bold"


def _panel_of_clients(by_broker):
    strokes = {"broker": "", "bridge": "dashed", "both": "thick"}
    lines = [Line(each, f"{each.label}, {version}", colour, strokes[each.label])
             for colour, (version, by_clients) in zip(COLOURS, by_broker.items()) for each in of_clients(by_clients)]  # fmt: skip
    return Panel(LEFTS[0], "Mosquitto and the bridge", "µs of CPU for a connect and its end", "clients", lines)


def _panel_of_devices(by_devices):
    lines = [Line(each, each.label, colour) for colour, each in zip(COLOURS, of_devices(by_devices))]
    return Panel(LEFTS[1], "The bridge's engine alone", "ns of CPU for an event", "devices that it knows", lines)


def _drawn(panel):
    yield text(panel.left - 44, PLOT_TOP - 30, panel.title, "text")
    yield text(panel.left - 44, PLOT_TOP - 13, panel.unit if panel.lines else "not measured", "small")
    if panel.lines:
        yield from _axes(panel)
        yield from _curves(panel)
        yield from _labels(panel)


def _axes(panel):
    right = panel.left + PLOT_WIDTH
    for cost in panel.ticks:
        y = panel.y(cost)
        yield f'<line class="{"grid" if cost else "axis"}" x1="{panel.left}" x2="{right}" y1="{y}" y2="{y}"/>'
        yield text(panel.left - 8, round(y + 4, 1), f"{cost:,.10g}", "small end")
    for count in panel.counts:
        yield f'<line class="axis" x1="{panel.x(count):.1f}" x2="{panel.x(count):.1f}" y1="{PLOT_BOTTOM}" y2="{PLOT_BOTTOM + 4}"/>'
    for count in _with_room(panel):
        yield text(panel.x(count), PLOT_BOTTOM + 19, _short(count), "small middle")
    yield text(panel.left + PLOT_WIDTH / 2, PLOT_BOTTOM + 37, panel.counted, "small middle")


def _with_room(panel):
    """The counts whose ticks can have words: from the largest down, those that are far enough from the one before."""
    chosen = []
    for count in reversed(panel.counts):
        if not chosen or panel.x(chosen[-1]) - panel.x(count) >= 36:
            chosen.append(count)
    return chosen


def _curves(panel):
    for line in panel.lines:
        points = [(panel.x(count), panel.y(cost)) for count, cost in sorted(line.series.costs.items())]
        yield f'<polyline class="{line.kind} line {line.stroke}" points="{" ".join(f"{x:.1f},{y}" for x, y in points)}"/>'
        yield from (f'<circle class="{line.kind}" cx="{x:.1f}" cy="{y}" r="2.4"/>' for x, y in points)


def _labels(panel):
    """Beside the lines' ends, and moved apart where these are close to each other."""
    ends = sorted((panel.y(line.series.costs[max(line.series.costs)]), i) for i, line in enumerate(panel.lines))
    for (y, i), label_y in zip(ends, _apart([y for y, _ in ends])):
        line = panel.lines[i]
        x = panel.x(max(line.series.costs))
        ratio = "" if line.series.ratio is None else f" · {line.series.ratio:.2f} ×"
        kind = f"{line.kind} label{'' if line.series.holds else ' misses'}"
        yield f'<line class="{line.kind} leader" x1="{x + 5:.1f}" x2="{x + 17:.1f}" y1="{y}" y2="{label_y:.1f}"/>'
        yield text(x + 21, round(label_y + 4, 1), line.label + ratio, kind)


def _apart(heights):
    """`heights`, which ascend, with at least LABEL_GAP between two, and each as near to where it was as that lets it."""
    apart = list(heights)
    for _ in range(200):
        for i in range(len(apart) - 1):
            lack = max(0.0, LABEL_GAP - (apart[i + 1] - apart[i]))
            apart[i] -= lack / 2
            apart[i + 1] += lack / 2
    return apart


def _told(panel, line):
    costs = ", ".join(f"{cost:,.0f} with {count:,}" for count, cost in sorted(line.series.costs.items()))
    ratio = "" if line.series.ratio is None else f"; {line.series.ratio:.2f} times, bar {BAR:g}{'' if line.series.holds else ', missed'}"
    return f"{line.label}, {panel.unit}, by {panel.counted}: {costs}{ratio}"


def _short(count):
    return f"{count / 1e6:g}M" if count >= 1_000_000 else f"{count / 1e3:g}k" if count >= 1000 else f"{count}"
