#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How soon it is seen that a device has come or gone, and what that costs: a bare broker, last wills, Rollcall.

  presence.py LOAD PLUGIN BRIDGE [--clients N] [--rounds N] [--broker VERSION …] [--quick]     (./dev bench presence)

For each broker, round after round, the three in turn, each at a broker that has just started: one device after the other
connects and is cut ("quiet"); 10,000 connect, 64 at a time ("storm"), and are all closed at once; the same with all --clients. After
each of these a newcomer reads every retained status back. Printed are minimum, median and maximum of the rounds and the ratio of
the medians beside its bar; build/bench has the same as JSON, every round of it, and a picture. docs/performance.md says more.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import machine  # noqa: E402
from presence_figures import BARE, CONTENDERS, FIGURES, ROLLCALL, comparisons, faults, table  # noqa: E402
from presence_picture import picture  # noqa: E402
from rollcall_testing.broker import VERSIONS, Broker  # noqa: E402
from rollcall_testing.crowd import allow_many_files  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402

STORM = 10_000
ALLOWANCE = 300  # files that aren't clients
WITHOUT_NETWORK = 5_000  # the host may track connections, and has room for so many
CONFIG = "allow_anonymous true\nmax_connections -1\n"
AT_ONCE = {"statuses": [{"status": "online"}, {"status": "offline", "after": "0s"}]}
DEVICES = [{"client_id": "test-*", "ignore": True}, {"client_id": "{device}"}]


class Plain:
    """A broker with nothing of ours: for the bare one, and for last wills."""

    def __init__(self, version, folder):
        self.broker = Broker(version, folder, CONFIG, log_topic=False).start()
        self.processes = [self.broker.process.pid]

    def end(self):
        self.broker.end()


class WithRollcall:
    """As the README says it is to be set up."""

    def __init__(self, version, folder):
        self.stack = Stack(version, folder, config=CONFIG, templates={"default": AT_ONCE}, bridge={"devices": DEVICES},
                           log_topic=version.startswith("2.0"))  # fmt: skip
        try:
            self.broker = self.stack.broker.start()
            self.stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{self.broker.port}"
            tester = self.stack.tester(keepalive=0)
            self.stack.bridge.start(tester)
            tester.end()
            # Two seconds long it reads what statuses are left over, and is sent every new one as well.
            time.sleep(3)
        except BaseException:
            self.end()
            raise
        self.processes = [self.broker.process.pid, self.stack.bridge.process.pid]

    def end(self):
        self.stack.end()


def load(program, *words):
    ran = subprocess.run([program, *map(str, words)], capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    return json.loads(ran.stdout)


def measure(program, version, contender, folder, options):
    """One contender in one round."""
    subject = (WithRollcall if contender == ROLLCALL else Plain)(version, folder)
    try:
        port = subject.broker.port
        # At the bare broker there is nothing to see; but whoever comes to the storm has been warmed up.
        found = {"quiet": load(program, "quiet", port, contender, options.samples)}
        storm = min(STORM, options.clients)
        found["storm"] = load(program, "crowd", port, contender, storm, *subject.processes)
        if options.clients > storm and contender != BARE:
            found["everybody"] = load(program, "crowd", port, contender, options.clients, *subject.processes)
        return found
    finally:
        subject.end()


def compare(program, version, options):
    rounds = []
    for number in range(options.rounds):
        turn = number % len(CONTENDERS)
        measured = {}
        for contender in CONTENDERS[turn:] + CONTENDERS[:turn]:
            print(f"Mosquitto {version}, round {number + 1} of {options.rounds}: {contender}", file=sys.stderr)
            with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
                measured[contender] = measure(program, version, contender, Path(folder), options)
        rounds.append(measured)
    return rounds


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench presence")
    for name in ("load", "plugin", "bridge"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--clients", type=int, help="how many there are at most (19000)")
    parser.add_argument("--rounds", type=int, help="how often each is measured (5)")
    parser.add_argument("--broker", nargs="+", choices=VERSIONS, default=["2.0.11", "2.1"], dest="brokers", help="(2.0.11 2.1)")
    parser.add_argument("--quick", action="store_true", help="2,000 clients, two rounds, few samples: whether it works")
    options = parser.parse_args(arguments)
    options.clients = options.clients or (2000 if options.quick else 19_000)
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.samples = 200 if options.quick else 500
    return options


def conditions(options):
    """Gets the best that this machine gives us. Returns lines that say what that is."""
    room = allow_many_files() - ALLOWANCE
    lines = []
    if not machine.enter_private_network():
        room = min(room, WITHOUT_NETWORK)
        lines.append(f"no network namespace of our own: plain loopback, at most {WITHOUT_NETWORK} clients")
    if not machine.go_before_others():
        lines.append("no priority: other programs on this machine show in these figures")
    if options.clients > room:
        lines.append(f"{room} clients instead of {options.clients}")
        options.clients = room
    return lines


def main(arguments):
    options = options_of(arguments)
    os.environ.update(ROLLCALL_PLUGIN=options.plugin, ROLLCALL_BIN=options.bridge)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    about = {**machine.description(), "conditions": conditions(options), "clients": options.clients, "rounds": options.rounds}
    print(f"{about['date']}, {about['cores']} cores, {about['memory_gib']} GiB, Linux {about['kernel']}, "
          f"load average {about['load_average']}\n{options.rounds} rounds in turn; the storm has {min(STORM, options.clients):,} "
          f"clients, everybody is {options.clients:,}; births and wills are retained, at QoS 0")  # fmt: skip
    print("".join(line + "\n" for line in about["conditions"]), end="", flush=True)
    results = {}
    for version in options.brokers:
        results[version] = compare(options.load, version, options)
        print(f"\nMosquitto {version}", *table(results[version]), sep="\n", flush=True)
    write(about, results)


def write(about, results):
    folder = Path(__file__).resolve().parents[2] / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    about["load_average_after"] = machine.description()["load_average"]
    brokers = {
        version: {
            "ratios": [{"figure": each.figure.key, "against": each.against, "ratio": each.ratio, "bar": each.limit, "holds": each.holds}
                       for figure in FIGURES for each in comparisons(figure, rounds)],
            "faults": {contender: faults(rounds, contender) for contender in CONTENDERS},
            "rounds": rounds,
        }
        for version, rounds in results.items()
    }  # fmt: skip
    (folder / "presence.json").write_text(json.dumps({**about, "brokers": brokers}, indent=1) + "\n")
    (folder / "presence.svg").write_text(picture(about, results))
    print(f"\nload average afterwards {about['load_average_after']}; build/bench/presence.json and .svg have all of it")


if __name__ == "__main__":
    main(sys.argv[1:])
