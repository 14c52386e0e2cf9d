# SPDX-License-Identifier: Apache-2.0
"""The figures of `./dev bench engine`: where each comes from, and its bar.

Results are a dict, number of devices → figures as engine.py measures them.
"""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True)
class Figure:
    key: str
    name: str
    unit: str
    bar: int = 0  # its number; 0: it has none
    limits: tuple = ()  # (from so many devices on, limit): the last that applies
    growth: float = 0  # at most so many times what it is with the fewest devices (bar 15); 0: as it likes


EVENT = ((0, 500), (10 * MILLION, 800))
FIGURES = [
    Figure("connect/ns", "connect → state, row, payload", "ns", 9, EVENT, growth=2),
    Figure("disconnect/ns", "disconnect → state, timer, payload", "ns", 9, EVENT, growth=2),
    Figure("wait due/ns", "wait due → state, row, timer, payload", "ns", 9, EVENT, growth=2),
    Figure("connect/allocations", "allocations a connect", "", 9, ((0, 0),)),
    Figure("disconnect/allocations", "allocations a disconnect", "", 9, ((0, 0),)),
    Figure("wait due/allocations", "allocations a wait due", "", 9, ((0, 0),)),
    Figure("record for the store/ns", "record of a change for the store", "ns"),
    Figure("record for the store/allocations", "allocations a record", ""),
    Figure("memory/away_bytes", "memory a device that is away", "bytes", 10, ((0, 160),)),
    Figure("memory/connected_bytes", "memory a device, all of them connected", "bytes"),
    Figure("due together/longest_ms", "all due in one millisecond: the longest call", "ms", 11, ((0, 50),)),
    Figure("due together/ns", "all due in one millisecond: each", "ns"),
]
TIMERS = [
    ("schedule_ns", "set", "ns"),
    ("reschedule_ns", "set anew", "ns"),
    ("cancel_ns", "cancel", "ns"),
    ("expire_ns", "come due", "ns"),
    ("bytes", "memory each", "bytes"),
]


def table(results):
    """Lines of text: each figure by the number of devices, and its bars; then the timers beside std::multimap."""
    sizes = sorted(results)
    heads = "".join(f" {_count(size):>9}" for size in sizes)
    lines = [f"bar {'devices':46}{heads}"]
    for figure in FIGURES:
        values = [results[size].get(figure.key) for size in sizes]
        line = f"{figure.bar or '':3} {figure.name:46}" + "".join(f" {_short(value):>9}" for value in values)
        lines.append(f"{line} {figure.unit:5} {', '.join(_verdicts(figure, sizes, values))}".rstrip())
    lines.append(f"    {'timers, beside std::multimap':46}{heads}")
    for counter, name, unit in TIMERS:
        pairs = (f"{_short(results[size].get('Timers/' + counter))}/{_short(results[size].get('std::multimap/' + counter))}" for size in sizes)
        lines.append(f"    {name:46}" + "".join(f" {pair:>9}" for pair in pairs) + f" {unit}")
    return lines


def _verdicts(figure, sizes, values):
    known = [(size, value) for size, value in zip(sizes, values) if value is not None]
    if not known:
        return
    for i, (since, limit) in enumerate(figure.limits):
        until = figure.limits[i + 1][0] if i + 1 < len(figure.limits) else float("inf")
        found = [value for size, value in known if since <= size < until]
        if found:
            at = f" from {_count(since)} on" if since else ""
            yield f"bar ≤ {limit}{at}: {_verdict(max(found) <= limit)}"
    if figure.growth and len(known) > 1:
        ratio = known[-1][1] / known[0][1]
        yield f"bar 15 ≤ {figure.growth:g} ×: {ratio:.1f} {_verdict(ratio <= figure.growth)}"


def _verdict(holds):
    return "pass" if holds else "FAIL"


def _count(number):
    return f"{number:,}"


def _short(number):
    if number is None:
        return "–"
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}".rstrip("0").rstrip(".") or "0"
