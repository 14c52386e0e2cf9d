# SPDX-License-Identifier: Apache-2.0
"""The figures of `./dev bench growth`: what an event costs by the number of clients, or of devices, and the bar.

Of clients, results are a dict, number of clients → rounds as presence_load prints them; of devices, number of devices → figures as
engine.py measures them.
"""

import statistics
from dataclasses import dataclass

import engine_figures

BAR = 2.0  # bar 15: at most so many times what it is with the fewest
EVENTS = [figure for figure in engine_figures.FIGURES if figure.growth]


@dataclass(frozen=True)
class Series:
    label: str  # short
    name: str  # with what it is and its unit
    costs: dict  # by number of clients or devices

    @property
    def ratio(self):
        """With the most, by that with the fewest. None: it was measured with one number alone."""
        fewest, most = self.costs[min(self.costs)], self.costs[max(self.costs)]
        return most / fewest if len(self.costs) > 1 and fewest else None

    @property
    def holds(self):
        return self.ratio is None or self.ratio <= BAR


def event_name(figure):
    """The benchmark's, in engine_bench."""
    return figure.key.partition("/")[0]


def of_clients(by_clients):
    """CPU time for a connect and its end, µs: the broker's, the bridge's, both."""
    sides = {"broker": (0,), "bridge": (1,), "both": (0, 1)}
    return [Series(label, f"{label}, CPU for a connect and its end, µs",
                   {clients: statistics.median(_cost_us(found, processes) for found in rounds) for clients, rounds in by_clients.items()})
            for label, processes in sides.items()]  # fmt: skip


def of_devices(by_devices):
    """CPU time of an event in the engine, ns: each of EVENTS."""
    return [Series(event_name(event), f"{event.name}, {event.unit}", {devices: found[event.key] for devices, found in by_devices.items()})
            for event in EVENTS if by_devices]  # fmt: skip


def faults(by_clients):
    """Statuses that were never seen, wrong, doubled or out of order; there must be none."""
    return sum(found["missing"] + found["retained_wrong"] + found["disordered"] for rounds in by_clients.values() for found in rounds)


def table(counted, series):
    """Lines of text: each series by what is `counted`, and its bar."""
    yield f"{counted:44}" + "".join(f"{count:>12,}" for count in series[0].costs) + "   most to fewest"
    for each in series:
        costs = "".join(f"{cost:12,.{1 if cost < 1000 else 0}f}" for cost in each.costs.values())
        verdict = "" if each.ratio is None else f"   {each.ratio:.2f} ×, bar ≤ {BAR:g}: {'pass' if each.holds else 'FAIL'}"
        yield f"{each.name:44}{costs}{verdict}"


def _cost_us(found, processes):
    return sum(found["connect_cpu_s"][each] + found["close_cpu_s"][each] for each in processes) / found["devices"] * 1e6
