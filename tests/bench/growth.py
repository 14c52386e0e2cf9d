#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an event costs as there are more clients: the same work with a thousand, five thousand and nineteen thousand.

  growth.py LOAD PLUGIN BRIDGE [--clients N …] [--rounds N] [--broker VERSION …]     (./dev bench growth)

In each round all connect, 64 at a time, and are all cut at once, at a broker that has just started. Printed are the CPU time of
broker and bridge for one connect and its end, and how soon half of the statuses were seen; medians of the rounds, and the ratio to
the fewest clients, beside the bar. What an event costs in the engine alone, up to ten million devices, `./dev bench engine` says.
build/bench/growth.json has every round.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import machine  # noqa: E402
import running  # noqa: E402
from presence import ROLLCALL, WithRollcall, load  # noqa: E402
from rollcall_testing.broker import VERSIONS  # noqa: E402

BAR = 2.0


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench growth")
    for name in ("load", "plugin", "bridge"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--clients", type=int, nargs="+", default=[1000, 5000, 19_000], help="(1000 5000 19000)")
    parser.add_argument("--rounds", type=int, default=3, help="(3)")
    parser.add_argument("--broker", nargs="+", choices=VERSIONS, default=["2.0.11", "2.1"], dest="brokers", help="(2.0.11 2.1)")
    return parser.parse_args(arguments)


def measure(program, version, clients):
    with tempfile.TemporaryDirectory(prefix="rollcall-growth-") as folder:
        subject = WithRollcall(version, Path(folder))
        try:
            return load(program, "crowd", subject.broker.port, ROLLCALL, clients, *subject.processes)
        finally:
            subject.end()


def cost_us(found, side):
    """CPU time for a connect and its end; side 0 is the broker, 1 the bridge."""
    return (found["connect_cpu_s"][side] + found["close_cpu_s"][side]) / found["devices"] * 1e6


FIGURES = [
    ("broker, CPU for a connect and its end, µs", lambda found: cost_us(found, 0)),
    ("bridge, CPU for a connect and its end, µs", lambda found: cost_us(found, 1)),
    ("both, µs", lambda found: cost_us(found, 0) + cost_us(found, 1)),
]


def table(by_clients):
    fewest = min(by_clients)
    yield f"{'':44}" + "".join(f"{clients:>12,}" for clients in by_clients) + "   most to fewest"
    for name, figure in FIGURES:
        medians = {clients: statistics.median(map(figure, rounds)) for clients, rounds in by_clients.items()}
        ratio = medians[max(by_clients)] / medians[fewest] if medians[fewest] else float("nan")
        verdict = f" × , bar ≤ {BAR:.0f}: {'pass' if ratio <= BAR else 'FAIL'}"
        yield f"{name:44}" + "".join(f"{each:12.1f}" for each in medians.values()) + f"   {ratio:.2f}{verdict}"
    bad = sum(found["missing"] + found["retained_wrong"] + found["disordered"] for rounds in by_clients.values() for found in rounds)
    yield f"statuses never seen, wrong, doubled or out of order: {bad}"


def main(arguments):
    options = options_of(arguments)
    room = running.begin(options.plugin, options.bridge)
    machine.go_before_others()
    about = machine.description()
    print(f"{about['date']}, {options.rounds} rounds, load average {about['load_average']}", flush=True)
    results = {}
    for version in options.brokers:
        counts = sorted({min(clients, room) for clients in options.clients})
        results[version] = {clients: [] for clients in counts}
        for _ in range(options.rounds):
            for clients in counts:
                results[version][clients].append(measure(options.load, version, clients))
        print(f"\nMosquitto {version}", *table(results[version]), sep="\n", flush=True)
    running.write("growth", {**about, "brokers": results})


if __name__ == "__main__":
    main(sys.argv[1:])
