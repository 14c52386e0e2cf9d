# SPDX-License-Identifier: Apache-2.0
"""The figures of `./dev bench presence`: where each comes from, what it is compared with, and its bar.

A round is a dict, contender → what was measured: {"quiet": …, "storm": …, "everybody": …} as presence_load prints them. "storm" is
the crowd of 10,000; "everybody" the largest, where there is a larger one.
"""

import statistics
from dataclasses import dataclass
from typing import Callable

BARE, WILL, ROLLCALL = CONTENDERS = ["bare", "will", "rollcall"]
NAMES = {BARE: "bare broker", WILL: "last will", ROLLCALL: "Rollcall"}


@dataclass(frozen=True)
class Figure:
    key: str
    number: int  # of the bar
    name: str
    unit: str
    value: Callable  # of one contender in one round; None: it has none
    bars: tuple  # (contender to compare with, limit); larger is better where the limit is a minimum
    at_least: bool = False


def _of(phase, *path):
    def value(measured):
        found = measured.get(phase)
        for key in path:
            found = (found or {}).get(key)
        return found

    return value


def _all_offline(phase):
    def value(measured):
        found = measured.get(phase)
        return found["all_offline_ms"] if found and found["offline"]["count"] == found["devices"] else None

    return value


def _cpu(measured):
    storm = measured["storm"]
    return sum(storm["connect_cpu_s"]) * 10_000 / storm["devices"]


FIGURES = [
    Figure("quiet_offline_p50", 1, "quiet: close → offline seen, p50", "ms", _of("quiet", "offline", "p50"), ((WILL, 2.2),)),
    Figure("quiet_offline_p99", 1, "quiet: close → offline seen, p99", "ms", _of("quiet", "offline", "p99"), ((WILL, 3.0),)),
    Figure("quiet_online_p50", 2, "quiet: connect → online seen, p50", "ms", _of("quiet", "online", "p50"), ((WILL, 1.7),)),
    Figure("storm_rate", 3, "storm: connects a second", "/s", _of("storm", "connects_per_s"), ((BARE, 0.90), (WILL, 1.0)), True),
    Figure("storm_online_p99", 4, "storm: connect → online seen, p99", "ms", _of("storm", "online", "p99"), ((WILL, 1.5),)),
    Figure("all_offline", 5, "closed at once: all seen offline", "ms", _all_offline("storm"), ((WILL, 1.0),)),
    Figure("all_offline_everybody", 5, "everybody closed at once: all seen offline", "ms", _all_offline("everybody"), ((WILL, 1.0),)),
    Figure("cpu", 6, "CPU for 10,000 connects", "s", _cpu, ((WILL, 1.3),)),
]  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    figure: Figure
    against: str
    limit: float
    ratio: float

    @property
    def holds(self):
        return self.ratio >= self.limit if self.figure.at_least else self.ratio <= self.limit


def values(figure, rounds, contender):
    """One for each round that has it."""
    found = [figure.value(each[contender]) for each in rounds if contender in each]
    return [value for value in found if value is not None]


def comparisons(figure, rounds):
    """Of the medians: Rollcall's by that of whom it is compared with. Empty where one of them has no value."""
    ours = values(figure, rounds, ROLLCALL)
    found = []
    for against, limit in figure.bars:
        theirs = values(figure, rounds, against)
        if ours and theirs:
            found.append(Comparison(figure, against, limit, statistics.median(ours) / max(1e-9, statistics.median(theirs))))
    return found


def faults(rounds, contender):
    """What must be 0, over all rounds: statuses never seen, retained ones that are wrong, doubled or out of order; late samples."""
    total = dict.fromkeys(["missing", "retained_wrong", "disordered", "late"], 0)
    for measured in (each[contender] for each in rounds if contender in each):
        for phase in measured.values():
            for key in total:
                total[key] += phase.get(key, 0)
        if quiet := measured.get("quiet"):
            total["late"] += quiet["offline"].get("late", 0) + quiet["online"].get("late", 0)
    return total


def table(rounds):
    """Lines of text: each figure of each contender as minimum, median and maximum of the rounds, and the bars."""
    lines = [f"bar {'figure':43} {'':12} {'min':>9} {'median':>9} {'max':>9}"]
    for figure in FIGURES:
        title = f"{figure.number:3} {figure.name:43}"
        for contender in CONTENDERS:
            if found := values(figure, rounds, contender):
                of_rounds = (min(found), statistics.median(found), max(found))
                lines.append(f"{title} {NAMES[contender]:12}" + "".join(f" {_short(each):>9}" for each in of_rounds) + f" {figure.unit}")
                title = " " * len(title)
        lines += [f"{'':47} → {each.ratio:.2f} × {NAMES[each.against]}, bar {'≥' if figure.at_least else '≤'} {each.limit:.2f}: "
                  f"{_verdict(each.holds)}" for each in comparisons(figure, rounds)]  # fmt: skip
    for contender in CONTENDERS[1:]:
        found = faults(rounds, contender)
        is_right = not (found["missing"] or found["retained_wrong"] or found["disordered"])
        lines.append(f"  1 {NAMES[contender]}: {found['late']} quiet samples of 38 ms or more: {_verdict(not found['late'])}")
        lines.append(f" 13 {NAMES[contender]}: {found['missing']} statuses never seen, {found['retained_wrong']} retained ones wrong, "
                     f"{found['disordered']} doubled or out of order: {_verdict(is_right)}")  # fmt: skip
    return lines


def _verdict(holds):
    return "pass" if holds else "FAIL"


def _short(number):
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}" if number >= 1 else f"{number:.3f}"
