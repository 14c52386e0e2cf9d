#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Everybody comes and goes, again and again, while everything else goes wrong.

  storms.py LOAD PLUGIN BRIDGE SLOW_DISK [--clients N] [--times N] [--broker VERSION …]     (./dev bench storms)

All connect, and are all cut at once, --times over. The bridge stands still (SIGSTOP) for the first three seconds of each of these,
its disk takes 50 ms for each commit, and a subscriber of ds/# reads nothing at all from the beginning on. After each, a newcomer reads back
what is retained of every device. Nothing may be missing, wrong, doubled or out of order; memory must stop growing; and
ds/bridge has to show the backlog, and its end. build/bench/storms.json has every one of them.
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import machine  # noqa: E402
import running  # noqa: E402
from presence import AT_ONCE, CONFIG, DEVICES  # noqa: E402
from rollcall_testing.broker import VERSIONS  # noqa: E402
from rollcall_testing.crowd import resident_kib  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402
from rollcall_testing.waiting import wait_for  # noqa: E402

PAUSE = 3


class BridgeWatch:
    """What ds/bridge says."""

    def __init__(self, client):
        self.payloads = []
        client.on_message(lambda message: message.payload and self.payloads.append(json.loads(message.payload)))
        client.subscribe("ds/bridge")

    def worst(self):
        """The largest backlog that was told since the last call, as one number; 0: none."""
        told, self.payloads = self.payloads, self.payloads[-1:]
        return max((sum(each.get("backlog", {}).values()) for each in told), default=0)

    def has_caught_up(self):
        return "backlog" not in self.payloads[-1]


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench storms")
    for name in ("load", "plugin", "bridge", "slow_disk"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--clients", type=int, default=19_000, help="(19000)")
    parser.add_argument("--times", type=int, default=10, help="(10)")
    parser.add_argument("--broker", nargs="+", choices=VERSIONS, default=["2.0.11", "2.1"], dest="brokers", help="(2.0.11 2.1)")
    return parser.parse_args(arguments)


def hang(port):
    """A subscriber that reads nothing."""
    reader = subprocess.Popen(["mosquitto_sub", "-p", str(port), "-t", "ds/#", "-i", "test-hangs"], stdout=subprocess.DEVNULL)
    time.sleep(1)
    reader.send_signal(signal.SIGSTOP)
    return reader


def count_rows(folder):
    """Of all timelines, as far as they are stored."""
    with sqlite3.connect(f"file:{next(folder.rglob('rollcall.db'))}?mode=ro", uri=True) as store:
        return store.execute("SELECT count(*) FROM timeline").fetchone()[0]


def storms(options, version, folder):
    stack = Stack(version, folder, config=CONFIG, templates={"default": AT_ONCE}, log_topic=version.startswith("2.0"),
                  bridge={"devices": DEVICES, "store": {"path": "rollcall.db"}})  # fmt: skip
    reader = load = None
    found = []
    try:
        port = stack.broker.start().port
        stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{port}"
        os.environ["LD_PRELOAD"] = options.slow_disk
        tester = stack.tester(keepalive=0)
        stack.bridge.start(tester)
        del os.environ["LD_PRELOAD"]
        watch = BridgeWatch(stack.tester(keepalive=0))
        wait_for(lambda: watch.payloads, "ds/bridge")
        reader = hang(port)
        words = ["storms", port, "rollcall", options.clients, options.times]
        load = subprocess.Popen([options.load, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for line in load.stdout:
            begins = json.loads(line)
            stack.bridge.process.signal(signal.SIGSTOP)
            load.stdin.write("\n")
            load.stdin.flush()
            time.sleep(PAUSE)
            stack.bridge.process.signal(signal.SIGCONT)
            ended = json.loads(load.stdout.readline())
            wait_for(watch.has_caught_up, "the end of the backlog on ds/bridge", timeout=60)
            each = {**begins, **ended, "backlog": watch.worst(),
                    "broker_mib": resident_kib(stack.broker.process.pid) / 1024,
                    "bridge_mib": resident_kib(stack.bridge.process.pid) / 1024}  # fmt: skip
            found.append({**each, "database_mib": running.database_bytes(folder) / 2**20, "rows": count_rows(folder)})
            print(f"Mosquitto {version}, storm {each['storm']}, {each['begins']:7}: all seen after {each['all_seen_ms'] / 1000:5.2f} s, missing "
                  f"{each['missing']}, wrong {each['retained_wrong']}, disordered {each['disordered']}, backlog told {each['backlog']:,}, broker "
                  f"{each['broker_mib']:.0f} MiB, bridge {each['bridge_mib']:.0f} MiB", flush=True)  # fmt: skip
        return found
    finally:
        for process in (reader, load):
            if process:
                process.kill()
                process.wait()
        stack.end()


def verdict(found):
    yield f"missing {sum(each['missing'] for each in found)}, wrong {sum(each['retained_wrong'] for each in found)}, doubled or out of order "\
          f"{found[-1]['disordered']}: bar 0"  # fmt: skip
    yield f"a backlog was told in {sum(each['backlog'] > 0 for each in found)} of {len(found)}, and its end each time"
    second, last = found[min(3, len(found) - 1)], found[-1]
    for side in ("broker_mib", "bridge_mib"):
        yield f"{side.removesuffix('_mib')}: {second[side]:.0f} MiB after the second storm, {last[side]:.0f} after the last"
    yield f"database: {last['database_mib']:.0f} MiB, with {last['rows']:,} rows of timelines"


def main(arguments):
    options = options_of(arguments)
    options.clients = min(options.clients, running.begin(options.plugin, options.bridge))
    about = machine.description()
    print(f"{about['date']}, {options.clients:,} clients, load average {about['load_average']}", flush=True)
    results = {}
    for version in options.brokers:
        with tempfile.TemporaryDirectory(prefix="rollcall-storms-") as folder:
            results[version] = storms(options, version, Path(folder))
        print(f"\nMosquitto {version}", *verdict(results[version]), "", sep="\n", flush=True)
    running.write("storms", {**about, "clients": options.clients, "brokers": results})


if __name__ == "__main__":
    main(sys.argv[1:])
