#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the plugin takes of the way of an ordinary message, with activity being noted, and 10,000 devices whose messages are refused.

  message_path.py LOAD PLUGIN BRIDGE [VERSION…]     (./dev bench message-path)

For each broker: messages at QoS 0 through one without the plugin, and through one with plugin, bridge and a template that
asks for activity. 10,000 devices of that template are away, where messages to them are refused: each message is looked up, for its topic
could be one of theirs. They take turns, some milliseconds each, and each round starts both anew: two processes of the very same
broker differ by several per cent for as long as they live, by where their memory happens to lie. A third broker, without
the plugin too, takes the same part: what it differs by is what the measurement leaves open. Printed are the medians, and
the median of the rounds' ratios beside its bar; and what the broker's own CPU time says, which other programs on the
machine disturb less.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from machine import enter_private_network  # noqa: E402
from rollcall_testing.broker import VERSIONS, Broker  # noqa: E402
from rollcall_testing.crowd import Crowd, allow_many_files  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402
from rollcall_testing.waiting import wait_for  # noqa: E402

BAR = 0.97
ROUNDS, SLICES, PUBLISHERS, MESSAGES, WINDOW = 31, 25, 50, 2_000, 200
DENIED = 10_000
CONTENDERS = ["without", "with", "without again"]
WATCHED = {"statuses": [{"status": "online"}, {"status": "late", "after": "1h"},
                        {"status": "offline", "after": "0s", "commands": "deny"}],
           "on_graceful": {"status": "offline", "after": "0s"}, "command_topics": ["data/{device}"],
           "report_every": "1h", "on_late": "late"}  # fmt: skip


def measure(load, brokers):
    """For each, how long a message takes, and the broker's CPU time for it, in µs: medians of its slices."""
    arguments = [PUBLISHERS, MESSAGES, WINDOW, SLICES]
    for broker in brokers:
        arguments += [broker.port, broker.process.pid]
    ran = subprocess.run([load, *map(str, arguments)], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(ran.stderr)
    return [[statistics.median(kind) / MESSAGES * 1e6 for kind in zip(*slices)] for slices in json.loads(ran.stdout)]


def store_with_denied_devices(version, folder):
    """The database of a bridge that knows them."""
    stack = Stack(version, folder, templates={"default": WATCHED}).start()
    try:
        crowd = Crowd(stack.broker.port)
        for first in range(0, DENIED, 1000):
            crowd.connect(f"denied-{number}" for number in range(first, first + 1000))
            crowd.leave()
        fleet = stack.observer.latest
        wait_for(lambda: (fleet("fleet") or {})["templates"]["default"].get("offline", 0) >= DENIED,
                 lambda: f"all of them offline: {fleet('fleet')}", 120)  # fmt: skip
        stack.bridge.stop()
        return Path(shutil.copy(stack.bridge.folder / "rollcall.db", folder.parent / f"{version}.db"))
    finally:
        stack.end()


def one_round(load, version, folder, order, store):
    """By name of the contender: what measure() gives."""
    plain = {name: Broker(version, folder / name, "allow_anonymous true\n") for name in ("without", "without again")}
    stack = Stack(version, folder / "with", plugin={"activity_interval": 1}, templates={"default": WATCHED})
    try:
        brokers = {"with": stack.broker, **plain}
        for name in order:
            brokers[name].start()
        stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.broker.port}"
        shutil.copy(store, stack.bridge.folder / "rollcall.db")
        stack.bridge.start(stack.tester())
        sender = stack.tester()
        wait_for(lambda: sender.publish("data/denied-9999", b"x", qos=1) == 0x87, "messages being refused", 60)
        return dict(zip(order, measure(load, [brokers[name] for name in order])))
    finally:
        stack.end()
        for broker in plain.values():
            broker.end()


def median_ratio(rounds, contender, what):
    """As multiples of the broker without the plugin; more is better."""
    return statistics.median(each["without"][what] / each[contender][what] for each in rounds)


def main(load, plugin, bridge, *versions):
    os.environ.update(ROLLCALL_PLUGIN=plugin, ROLLCALL_BIN=bridge)
    enter_private_network()
    allow_many_files()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{SLICES} times {MESSAGES} messages of {PUBLISHERS} clients at QoS 0, {ROUNDS} rounds")
    for version in versions or VERSIONS:
        rounds = []
        home = tempfile.TemporaryDirectory(prefix="rollcall-bench-")
        store = store_with_denied_devices(version, Path(home.name) / "first")
        for number in range(ROUNDS):
            order = CONTENDERS[number % 3 :] + CONTENDERS[: number % 3]
            with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
                rounds.append(one_round(load, version, Path(folder), order, store))
        (time, ours), (cpu, our_cpu) = (
            [statistics.median(each[name][what] for each in rounds) for name in ("without", "with")] for what in (0, 1)
        )
        ratio, again, cpu_ratio, cpu_again = (
            median_ratio(rounds, name, what) for what in (0, 1) for name in ("with", "without again")
        )
        print(f"Mosquitto {version}: {1e3 / time:.1f}k/s without, {1e3 / ours:.1f}k/s with the plugin: {ratio:.3f} (bar: at "
              f"least {BAR}; another broker without it: {again:.3f}); by the broker's CPU time, {cpu:.2f} and {our_cpu:.2f} µs: "
              f"{cpu_ratio:.3f} (another: {cpu_again:.3f})")  # fmt: skip
        sys.stdout.flush()


if __name__ == "__main__":
    if not 3 <= len(sys.argv[1:]):
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(64)
    main(*sys.argv[1:])
