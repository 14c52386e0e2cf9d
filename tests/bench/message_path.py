#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the plugin takes of the way of an ordinary message, with activity being noted.

  message_path.py LOAD PLUGIN BRIDGE [VERSION…]     (./dev bench message-path)

For each broker, in turn and round after round: messages at QoS 0 through a broker without the plugin, and through one with
plugin, bridge, and a template that asks for activity. Both stand all the time; the one that isn't measured is idle. Printed
are the medians, and the median of the rounds' ratios beside its bar; and what the broker's own CPU time says, which other
programs on the machine disturb less.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from machine import enter_private_network  # noqa: E402
from rollcall_testing.broker import VERSIONS, Broker  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402

BAR = 0.97
ROUNDS, PUBLISHERS, MESSAGES, WINDOW = 41, 50, 40_000, 200  # many short ones: medians of few jump by a tenth
WATCHED = {"statuses": [{"status": "online"}, {"status": "late", "after": "1h"}, {"status": "offline", "after": "1h"}],
           "report_every": "1h", "on_late": "late"}  # fmt: skip


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(load, broker):
    """Messages per second, and the broker's CPU time in µs for each."""
    before = cpu_seconds(broker.process.pid)
    ran = subprocess.run([load, *map(str, (broker.port, PUBLISHERS, MESSAGES, WINDOW))], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(ran.stderr)
    found = json.loads(ran.stdout)
    cpu = cpu_seconds(broker.process.pid) - before
    return found["messages"] / found["seconds"], cpu / (found["messages"] * 1.1) * 1e6


def compare(load, version, folder):
    without = Broker(version, folder / "without", "allow_anonymous true\n").start()
    stack = Stack(version, folder / "with", plugin={"activity_interval": 1}, templates={"default": WATCHED})
    try:
        stack.broker.start()
        stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.broker.port}"
        stack.bridge.start(stack.tester())
        rounds = []
        for number in range(ROUNDS):
            brokers = [without, stack.broker]
            results = [measure(load, broker) for broker in (brokers if number % 2 == 0 else brokers[::-1])]
            rounds.append(results if number % 2 == 0 else results[::-1])
        return rounds
    finally:
        stack.end()
        without.end()


def main(load, plugin, bridge, *versions):
    os.environ.update(ROLLCALL_PLUGIN=plugin, ROLLCALL_BIN=bridge)
    enter_private_network()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{MESSAGES} messages of {PUBLISHERS} clients at QoS 0, {ROUNDS} rounds in turn")
    for version in versions or VERSIONS:
        with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
            rounds = compare(load, version, Path(folder))
        plain, ours = ([statistics.median(each[side][what] for each in rounds) for what in (0, 1)] for side in (0, 1))
        ratio = statistics.median(with_it[0] / without[0] for without, with_it in rounds)
        cpu = statistics.median(without[1] / with_it[1] for without, with_it in rounds)
        print(f"Mosquitto {version}: {plain[0] / 1e3:.1f}k/s without, {ours[0] / 1e3:.1f}k/s with the plugin: "
              f"{ratio:.3f} (bar: at least {BAR}); by the broker's CPU time, {plain[1]:.2f} and {ours[1]:.2f} µs: {cpu:.3f}")  # fmt: skip
        sys.stdout.flush()


if __name__ == "__main__":
    if not 3 <= len(sys.argv[1:]):
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(64)
    main(*sys.argv[1:])
