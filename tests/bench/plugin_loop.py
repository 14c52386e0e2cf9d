#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the plugin takes of the broker's loop and memory, with as many clients as a machine's file limit allows.

  plugin_loop.py PLUGIN BRIDGE [CLIENTS [VERSION…]]     (./dev bench plugin-loop)

PLUGIN is the measured one of this folder. For each broker: all connect; all vanish and come back at once, twice;
the bridge is killed and starts anew with the whole list; the bridge is stopped (SIGSTOP: it never answers) while all vanish
and come back; some have ids of 65,000 bytes. Printed are the plugin's share of each turn of the loop, and the broker's
memory with the plugin and without.
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from machine import enter_private_network  # noqa: E402
from rollcall_testing.broker import VERSIONS, Broker  # noqa: E402
from rollcall_testing.crowd import Crowd, allow_many_files, resident_kib  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402
from rollcall_testing.waiting import wait_for  # noqa: E402

LONG_IDS = 500
ALLOWANCE = 300  # files that aren't clients


def give_priority(pid):
    """So that no other program on this machine gets between; only root can do that."""
    try:
        os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    return True


def long_ids():
    return [f"{number:05}".ljust(65000, "x") for number in range(LONG_IDS)]


def memory_without(version, folder, names):
    broker = Broker(version, folder, "allow_anonymous true\nmax_queued_messages 100000\n", log_topic=True).start()
    found, crowd = {}, Crowd(broker.port)
    try:
        crowd.connect(names)
        found["everybody"] = resident_kib(broker.process.pid)
        crowd.vanish()
        crowd.connect(long_ids())
        found["long ids"] = resident_kib(broker.process.pid)
    finally:
        crowd.vanish()
        broker.end()
    return found


class Run:
    def __init__(self, version, folder, names):
        self.names, self.times = names, folder / "times"
        self.stack = Stack(version, folder, config="allow_anonymous true\nmax_queued_messages 100000\n",
                           environment={"ROLLCALL_LOOP_TIMES": str(self.times)})  # fmt: skip
        self.memory = {}

    def phase(self, name):
        self.tester.publish("bench/phase/" + name, b"", qos=1)

    def fleet(self):
        self.tester.messages.clear()
        self.tester.subscribe("ds/fleet")
        return self.tester.wait_for_message("ds/fleet", timeout=30).payload

    def wait_for_connected(self, count):
        wait_for(lambda: json.loads(self.fleet())["connected"] == count, lambda: f"{count} connected; {self.fleet()}", 120, 0.5)

    def note_memory(self, name):
        self.memory[name] = resident_kib(self.stack.broker.process.pid)

    def go(self):
        stack, names = self.stack, self.names
        stack.broker.start()
        stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.broker.port}"
        self.has_priority = give_priority(stack.broker.process.pid)
        self.tester = stack.tester(keepalive=0)
        stack.bridge.start(self.tester)
        crowd = Crowd(stack.broker.port)
        self.phase("everybody connects")
        crowd.connect(names)
        self.wait_for_connected(len(names))
        self.note_memory("everybody")
        self.phase("everybody vanishes and comes back, twice")
        for _ in range(2):
            self.at_once(crowd.vanish)
            crowd.connect(names)
        self.wait_for_connected(len(names))
        self.note_memory("after storms")
        self.phase("a new bridge lists everybody")
        stack.bridge.kill()
        stack.bridge.start(self.tester, timeout=60)
        self.wait_for_connected(len(names))
        self.phase("the same with a bridge that never answers")
        stack.bridge.process.pause()
        self.at_once(crowd.vanish)
        crowd.connect(names)
        self.note_memory("a bridge that never answers")
        self.phase("that bridge goes on")
        stack.bridge.process.resume()
        self.wait_for_connected(len(names))
        self.phase("everybody leaves")
        self.at_once(crowd.leave)
        self.wait_for_connected(0)
        self.phase(f"{LONG_IDS} ids of 65,000 bytes")
        crowd.connect(long_ids())
        self.note_memory("long ids")
        self.phase("they vanish")
        self.at_once(crowd.vanish)
        self.tester.round_trip(timeout=30)

    def at_once(self, end):
        """The broker finds all of it when it looks next: turns of its loop as full as they can be."""
        self.stack.broker.process.pause()
        end()
        self.stack.broker.process.resume()

    def end(self):
        self.stack.bridge.end()
        self.stack.broker.stop()
        self.stack.end()
        return [json.loads(line) for line in self.times.read_text().splitlines()]


def main(plugin, bridge, count="19000", *versions):
    os.environ.update(ROLLCALL_PLUGIN=plugin, ROLLCALL_BIN=bridge)
    room = allow_many_files() - ALLOWANCE
    enter_private_network()
    names = [f"device-{number:05}" for number in range(min(int(count), room))]
    print(f"{len(names)} clients; times in ms, of the plugin in one turn of the broker's loop")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for version in versions or VERSIONS:
        with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
            without = memory_without(version, Path(folder) / "without", names)
            run = Run(version, Path(folder) / "with", names)
            try:
                run.go()
            finally:
                phases = run.end()
        print(f"\nMosquitto {version}" + ("" if run.has_priority else "; NOT with priority: other programs show in these times"))
        for phase in phases[1:]:
            print(f"  {phase['phase']:42} {phase['turns']:6} turns, {phase['callbacks']:7} callbacks of {phase['sum_us'] / max(1, phase['callbacks']):4.1f} µs; "
                  f"99.9 %: {phase['turn_p999_us'] / 1e3:5.2f}, most: {phase['turn_max_us'] / 1e3:5.2f}")  # fmt: skip
        for name, kib in run.memory.items():
            plain = f", without the plugin {without[name] / 1024:.0f}" if name in without else ""
            print(f"  memory of the broker, {name}: {kib / 1024:.0f} MiB{plain}")
        sys.stdout.flush()


if __name__ == "__main__":
    if not 2 <= len(sys.argv[1:]):
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(64)
    main(*sys.argv[1:])
