#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an event costs as there is more of everything: a thousand to nineteen thousand clients, ten thousand to ten million devices.

  growth.py LOAD PLUGIN BRIDGE ENGINE_BENCH [--clients N …] [--devices N …] [--rounds N] [--broker VERSION …]     (./dev bench growth)

Clients: in each round all connect, 64 at a time, and are all cut at once, at a broker that has just started. Printed is the CPU time
of broker and bridge for one connect and its end, the median of the rounds. Devices: that of a connect, a disconnect and a wait that
is over in the engine alone, which knows so many of them, the median of five runs (./dev bench engine says more). Ten million take
about 6 GB; what there is no memory for is left out. Beside each stands the ratio of the most to the fewest, and its bar.
build/bench/growth.json has every round, growth.svg is the picture.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import engine  # noqa: E402
import machine  # noqa: E402
import running  # noqa: E402
from growth_figures import EVENTS, event_name, faults, of_clients, of_devices, table  # noqa: E402
from growth_picture import picture  # noqa: E402
from presence import ROLLCALL, WithRollcall, load  # noqa: E402
from rollcall_testing.broker import VERSIONS  # noqa: E402

BYTES_A_DEVICE = 600  # of the process that is measured, at most


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench growth")
    for name in ("load", "plugin", "bridge", "engine_bench"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--clients", type=int, nargs="+", default=[1000, 5000, 19_000], metavar="N", help="(1000 5000 19000)")
    parser.add_argument("--devices", type=int, nargs="+", default=engine.SIZES, metavar="N", help="(10000 100000 1000000 10000000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each number of clients is measured (3)")
    parser.add_argument("--broker", nargs="+", choices=VERSIONS, default=["2.0.11", "2.1"], dest="brokers", help="(2.0.11 2.1)")
    options = parser.parse_args(arguments)
    if min(options.devices) < 1000:
        parser.error("--devices: at least 1000")
    return options


def measure(program, version, clients):
    with tempfile.TemporaryDirectory(prefix="rollcall-growth-") as folder:
        subject = WithRollcall(version, Path(folder))
        try:
            return load(program, "crowd", subject.broker.port, ROLLCALL, clients, *subject.processes)
        finally:
            subject.end()


def measure_clients(program, version, counts, rounds):
    """Rounds by the number of clients."""
    by_clients = {clients: [] for clients in counts}
    for _ in range(rounds):
        for clients in counts:
            by_clients[clients].append(measure(program, version, clients))
    return by_clients


def measure_devices(program, counts):
    """Figures by the number of devices, of those that there is memory for."""
    by_devices = {}
    for devices in counts:
        needed, available = devices * BYTES_A_DEVICE, machine.available_memory()
        if needed > available:
            print(f"{devices:,} devices are left out: they need {needed / 1e9:.1f} GB of memory, {available / 1e9:.1f} are available")
            continue
        print(f"{devices:,} devices …", file=sys.stderr, flush=True)
        by_devices[devices] = engine.measure(program, devices, quick=False, only=[event_name(each) for each in EVENTS])
    return by_devices


def main(arguments):
    options = options_of(arguments)
    room = running.begin(options.plugin, options.bridge)
    machine.go_before_others()
    about = {**machine.description(), "rounds": options.rounds}
    print(f"{about['date']}, {options.rounds} rounds, load average {about['load_average']}", flush=True)
    brokers = {}
    for version in options.brokers:
        counts = sorted({min(clients, room) for clients in options.clients})
        brokers[version] = by_clients = measure_clients(options.load, version, counts, options.rounds)
        print(f"\nMosquitto {version}", *table("clients", of_clients(by_clients)), sep="\n")
        print(f"statuses never seen, wrong, doubled or out of order: {faults(by_clients)}", flush=True)
    print("\nThe engine alone", flush=True)
    by_devices = measure_devices(options.engine_bench, sorted(set(options.devices)))
    if by_devices:
        print(*table("devices", of_devices(by_devices)), sep="\n")
    about["load_average_after"] = machine.description()["load_average"]
    running.write("growth", {**about, "brokers": brokers, "engine": by_devices})
    running.write_picture("growth", picture(about, brokers, by_devices))
    print(f"\nload average afterwards {about['load_average_after']}; build/bench/growth.json and .svg have all of it")


if __name__ == "__main__":
    main(sys.argv[1:])
