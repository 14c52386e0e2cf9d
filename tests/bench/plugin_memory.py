#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the broker's memory grows with what has come and gone: after ten thousand connects, and after a million.

  plugin_memory.py VISITORS PLUGIN BRIDGE [CONNECTS [VERSION…]]     (./dev bench plugin-memory)

For each broker, three crowds come and go, each at a broker that has just started, with the plugin and a bridge. Nobody is
connected when memory (VmRSS) is read, and all that was to be said of them has been published. Every fourth visitor is cut, the
others say DISCONNECT.

The plugin remembers ends by design: of each client id the latest 16, of all together 100,000 (docs/protocol.md). Memory grows
until it has as many, and no further:

  500 devices        each comes again and again. All that is remembered of them is there after 10,000 connects, so this is the
                     comparison by the letter: after 10,000 and after CONNECTS.
  10,000 devices     the same with ten thousand. 100,000 ends are there after 100,000 connects; compared are 110,000 and CONNECTS.
  never the same     visitors that are no devices, each with a client id of its own. Compared are 110,000 and CONNECTS. (Devices
                     would each leave a retained status behind: a million of these take the broker a gigabyte, whoever publishes.)

What was there after the first 10,000 is printed as well, and the bare broker with the last crowd. The bar is for the plugin: at
most 5 % more.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from machine import enter_private_network  # noqa: E402
from rollcall_testing.broker import VERSIONS, Broker  # noqa: E402
from rollcall_testing.crowd import resident_kib  # noqa: E402
from rollcall_testing.mqtt import Client  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402
from rollcall_testing.waiting import wait_for  # noqa: E402

EARLY = 10_000
REMEMBERED = 100_000  # ends of client ids
BAR = 1.05
CONFIG = "allow_anonymous true\nmax_queued_messages 100000\n"
AT_ONCE = 50_000  # visits, after which the broker's log is emptied and what the bridge has to say is waited for


@dataclass(frozen=True)
class Crowd:
    """They are PREFIX0 to PREFIX<IDS-1>. fills: after how many visits the plugin remembers as many ends as it ever will."""

    name: str
    prefix: str
    ids: int
    fills: int = 0


CROWDS = [
    Crowd("500 devices", "device-", 500),
    Crowd("10,000 devices", "device-", 10_000, REMEMBERED),
    Crowd("never the same", "stranger-", 1 << 62, REMEMBERED),
]


class Bare:
    """A broker with nothing of ours."""

    words = ", bare"

    def __init__(self, version, folder):
        self.broker = Broker(version, folder, CONFIG)

    def start(self):
        self.broker.start()

    def settle(self):
        pass

    def end(self):
        self.broker.end()


class WithPlugin:
    words = ""

    def __init__(self, version, folder):
        devices = [{"client_id": name, "ignore": True} for name in ("test-*", "stranger-*")]
        self.stack = Stack(version, folder, config=CONFIG, bridge={"devices": [*devices, {"client_id": "{device}"}]})
        self.broker = self.stack.broker

    def start(self):
        self.broker.start()
        self.stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{self.broker.port}"
        tester = self.stack.tester(keepalive=0)
        self.stack.bridge.start(tester)
        tester.end()

    def settle(self):
        """Events are in order: when the bridge has said that the newcomer is there and has gone, it has said all else."""
        watcher, newcomer = self.stack.tester(keepalive=0), Client(self.broker.port, "fence")
        watcher.subscribe("ds/status/fence")
        for is_there, act in ((True, newcomer.connect), (False, newcomer.disconnect)):
            watcher.messages.clear()
            act()
            watcher.wait_for_message("ds/status/fence", lambda message: json.loads(message.payload)["connected"] == is_there, 300)
        watcher.end()

    def end(self):
        self.stack.end()


def settled_kib(broker):
    """VmRSS, once it has stood still for two seconds."""
    seen = []

    def stands_still():
        seen.append(resident_kib(broker.process.pid))
        return len(seen) > 8 and max(seen[-8:]) == min(seen[-8:])

    wait_for(stands_still, lambda: f"memory that stands still; it was {seen[-8:]} KiB", 60, 0.25)
    return seen[-1]


class Visits:
    def __init__(self, program, subject, crowd):
        self.program, self.subject, self.crowd, self.made = program, subject, crowd, 0

    def memory_after(self, total):
        """In KiB, when so many visits have been made."""
        while self.made < total:
            count = min(total - self.made, AT_ONCE)
            command = [self.program, self.subject.broker.port, self.crowd.prefix, self.made, count, self.crowd.ids]
            subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
            self.subject.settle()
            os.truncate(self.subject.broker.log_path, 0)  # three lines for each visit
            self.made += count
        return settled_kib(self.subject.broker)


def measure(kind, version, crowd, visitors, connects):
    """Memory after each number of connects, and connects a second."""
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        subject = kind(version, Path(folder))
        try:
            subject.start()
            visits, since = Visits(visitors, subject, crowd), time.monotonic()
            totals = dict.fromkeys([EARLY, crowd.fills + EARLY, connects])
            found = {total: visits.memory_after(total) for total in totals}
            return found, connects / (time.monotonic() - since)
        finally:
            subject.end()


def main(visitors, plugin, bridge, connects="1000000", *versions):
    os.environ.update(ROLLCALL_PLUGIN=plugin, ROLLCALL_BIN=bridge)
    connects = int(connects)
    if connects <= REMEMBERED + EARLY:
        sys.exit(f"more than {REMEMBERED + EARLY} connects, please: else there is nothing to compare")
    enter_private_network()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"memory of the broker in MiB; the bar for the plugin is {BAR}")
    is_within = True
    for version in versions or VERSIONS:
        print(f"\nMosquitto {version}")
        for crowd, kind in [*((crowd, WithPlugin) for crowd in CROWDS), (CROWDS[-1], Bare)]:
            found, rate = measure(kind, version, crowd, visitors, connects)
            ratio = found[connects] / found[crowd.fills + EARLY]
            is_within = is_within and (kind is Bare or ratio <= BAR)
            readings = ", ".join(f"{kib / 1024:.2f} after {total}" for total, kib in found.items())
            missed = " MISSED" if kind is WithPlugin and ratio > BAR else ""
            print(f"  {crowd.name + kind.words:22} {readings}: x {ratio:.3f}{missed}  ({rate:.0f} connects/s)", flush=True)
    return 0 if is_within else 1


if __name__ == "__main__":
    if len(sys.argv) < 4:
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(64)
    sys.exit(main(*sys.argv[1:]))
