#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A bridge that knows a million devices is killed while thousands are connected, and starts again.

  restart.py LOAD PLUGIN BRIDGE [--known N] [--clients N] [--broker VERSION …]     (./dev bench restart)

First the bridge meets a broker that knows nothing, and publishes every status: how many a second, until none waits to be
acknowledged, beside the bar for statuses. Then --clients connect; the bridge is killed (SIGKILL), all of them are cut, and the bridge
starts again: how long from its start until the plugin has answered, by when all that is stored is loaded, and until each is seen
offline. Printed with the largest resident memory that each of the two had.
"""

import argparse
import json
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
from rollcall_testing.stack import Stack  # noqa: E402
from rollcall_testing.waiting import wait_for  # noqa: E402
from storms import BridgeWatch  # noqa: E402

# Devices that were there once: offline since yesterday, with nothing to wait for.
KNOWN = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO device (position, device, is_forgotten, seq, template, status, previous, since, last_seen, published_last_seen, latest,
                    heard, end_cause, end_is_graceful, end_at, end_silence, end_broker, end_client_id, end_address, is_flapping)
SELECT i, printf('known-%010d', i), 0, i, 'default', 'offline', 'online', :then, :then, :then, :then,
       :then, 'connection_closed', 1, :then, 0, 'main', printf('known-%010d', i), '127.0.0.1', 0 FROM n
"""


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench restart")
    for name in ("load", "plugin", "bridge"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--known", type=int, default=1_000_000, help="devices in the store (1000000)")
    parser.add_argument("--clients", type=int, default=19_000, help="connected (19000)")
    parser.add_argument("--broker", nargs="+", choices=VERSIONS, default=["2.0.11", "2.1"], dest="brokers", help="(2.0.11 2.1)")
    return parser.parse_args(arguments)


def most_memory_mib(process):
    """VmHWM."""
    with open(f"/proc/{process}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def fill(path, count):
    with sqlite3.connect(path) as store:
        store.execute(KNOWN, {"count": count, "then": int((time.time() - 86_400) * 1000)})
        store.execute("UPDATE meta SET seq_ceiling = max(seq_ceiling, ?)", (count,))
        store.execute("DELETE FROM broker")  # nobody has met this broker yet
    store.close()


def restart(options, version, folder):
    stack = Stack(version, folder, config=CONFIG, templates={"default": AT_ONCE}, log_topic=version.startswith("2.0"),
                  bridge={"devices": DEVICES, "store": {"path": "rollcall.db"}})  # fmt: skip
    load = None
    try:
        port = stack.broker.start().port
        stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{port}"
        stack.bridge.start(stack.tester(keepalive=0))
        stack.bridge.process.end()
        fill(stack.bridge.folder / "rollcall.db", options.known)
        stack.broker.end()
        stack.broker.start()

        watch = BridgeWatch(stack.tester(keepalive=0))
        log_bytes = len(stack.bridge.log())
        stack.bridge.launch()
        stack.bridge.wait_for_log("its plugin answers", timeout=120, offset=log_bytes)
        began = time.monotonic()
        # What is told of the backlog stands behind it.
        wait_for(lambda: any("backlog" in each for each in watch.payloads), "a backlog on ds/bridge", timeout=120)
        wait_for(watch.has_caught_up, "its end", timeout=300)
        found = {"statuses_per_s": options.known / (time.monotonic() - began),
                 "database_mib": running.database_bytes(folder) / 2**20}  # fmt: skip

        words = ["storms", port, "rollcall", options.clients, 1]
        load = subprocess.Popen([options.load, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ends = []
        for line in load.stdout:
            if json.loads(line)["begins"] == "close":
                found["first_run_mib"] = most_memory_mib(stack.bridge.process.pid)
                stack.bridge.process.kill()
            load.stdin.write("\n")
            load.stdin.flush()
            if json.loads(line)["begins"] == "close":
                time.sleep(1)  # all are cut by then
                log_bytes, started = len(stack.bridge.log()), time.monotonic()
                stack.bridge.launch()
                stack.bridge.wait_for_log("its plugin answers", timeout=120, offset=log_bytes)
                found |= {"starts_s": time.monotonic() - started, "started_mib": most_memory_mib(stack.bridge.process.pid)}
            ends.append(json.loads(load.stdout.readline()))
        # A newcomer has read everything back since: that is not the bridge's.
        found |= {"all_right_s": ends[-1]["all_seen_ms"] / 1000 - 1, "restarted_mib": most_memory_mib(stack.bridge.process.pid),
                  "missing": sum(each["missing"] for each in ends), "wrong": sum(each["retained_wrong"] for each in ends)}  # fmt: skip
        return found
    finally:
        if load:
            load.kill()
            load.wait()
        stack.end()


def judged(value, bar, holds):
    return f"{value}, bar {bar}: {'pass' if holds else 'FAIL'}"


def lines_of(found):
    rate, took = found["statuses_per_s"], found["all_right_s"]
    yield " 8 statuses published and acknowledged: " + judged(f"{rate:,.0f} a second", "≥ 50,000", rate >= 50_000)
    yield f"   from the bridge's start to the plugin's first answer: {found['starts_s']:.2f} s, {found['started_mib']:,.0f} MiB"
    seen = f"{took:.2f} s" if not found["missing"] else f"{found['missing']:,} never seen before the load gave up"
    yield "12 from the bridge's start to all seen offline: " + judged(seen, "≤ 5 s", took <= 5 and not found["missing"])
    most = found["restarted_mib"]
    yield "12 most resident memory of the bridge after that start: " + judged(f"{most:,.0f} MiB", "≤ 1,024 MiB", most <= 1024)
    yield f"   of the first one, which published every status: {found['first_run_mib']:,.0f} MiB"
    yield f"   database, before anyone came: {found['database_mib']:,.0f} MiB"
    yield f"13 never seen {found['missing']}, wrong {found['wrong']}: bar 0"


def main(arguments):
    options = options_of(arguments)
    options.clients = min(options.clients, running.begin(options.plugin, options.bridge))
    about = machine.description()
    print(f"{about['date']}, {options.known:,} devices known, {options.clients:,} connected, load average {about['load_average']}", flush=True)
    results = {}
    for version in options.brokers:
        with tempfile.TemporaryDirectory(prefix="rollcall-restart-") as folder:
            results[version] = restart(options, version, Path(folder))
        print(f"Mosquitto {version}", *lines_of(results[version]), sep="\n", flush=True)
    running.write("restart", {**about, "known": options.known, "clients": options.clients, "brokers": results})


if __name__ == "__main__":
    main(sys.argv[1:])
