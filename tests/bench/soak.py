#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Steady load for a long time: is everything at the end as it was at the start?

  soak.py LOAD PLUGIN BRIDGE [--minutes N] [--devices N] [--churn N] [--broker VERSION]     (./dev soak)

All --devices are connected, and each second --churn of them are cut and come back at once, each seen offline and online by one
who watches. Each minute: how soon that was seen, and the resident memory and the open files of broker and bridge, and the size
of the database. Timelines are kept for four minutes, and the plugin remembers sixteen ends of each client: once both is full nothing
may grow any more. Compared are the minutes from then on (but from half of the run at the latest) with the last ones, medians of as many as a
tenth of the run. build/bench/soak.json has every minute.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import machine  # noqa: E402
import running  # noqa: E402
from presence import AT_ONCE, CONFIG, DEVICES  # noqa: E402
from rollcall_testing.broker import VERSIONS  # noqa: E402
from rollcall_testing.crowd import resident_kib  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402

KEPT = 4  # minutes of timelines
REMEMBERED = 16  # ends of each client, by the plugin
FIGURES = [
    ("close → offline seen, p50, ms", lambda minute: minute["offline"]["p50"]),
    ("close → offline seen, p99, ms", lambda minute: minute["offline"]["p99"]),
    ("connect → online seen, p50, ms", lambda minute: minute["online"]["p50"]),
    ("connect → online seen, p99, ms", lambda minute: minute["online"]["p99"]),
    ("broker: resident memory, MiB", lambda minute: minute["broker"]["kib"] / 1024),
    ("broker: open files", lambda minute: minute["broker"]["files"]),
    ("bridge: resident memory, MiB", lambda minute: minute["bridge"]["kib"] / 1024),
    ("bridge: open files", lambda minute: minute["bridge"]["files"]),
    ("database, MiB", lambda minute: minute["database"] / 2**20),
]


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev soak")
    for name in ("load", "plugin", "bridge"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=int, default=60, help="(60)")
    parser.add_argument("--devices", type=int, default=5000, help="(5000)")
    parser.add_argument("--churn", type=int, default=50, help="how many are cut and come back each second (50)")
    parser.add_argument("--broker", choices=VERSIONS, default="2.1", help="(2.1)")
    return parser.parse_args(arguments)


def state_of(process):
    return {"kib": resident_kib(process), "files": len(os.listdir(f"/proc/{process}/fd"))}


def soak(options, folder):
    stack = Stack(options.broker, folder, config=CONFIG, templates={"default": AT_ONCE}, log_topic=options.broker.startswith("2.0"),
                  bridge={"devices": DEVICES, "store": {"path": "rollcall.db", "timeline_retention": f"{KEPT}m"}})  # fmt: skip
    minutes = []
    try:
        stack.start()
        words = ["steady", stack.broker.port, "rollcall", options.devices, options.churn, options.minutes]
        with subprocess.Popen([options.load, *map(str, words)], stdout=subprocess.PIPE, text=True) as load:
            for line in load.stdout:
                found = json.loads(line)
                if "minute" not in found:
                    return minutes, found
                found["broker"], found["bridge"] = state_of(stack.broker.process.pid), state_of(stack.bridge.process.pid)
                found["database"] = running.database_bytes(folder)
                minutes.append(found)
                print(f"minute {found['minute']}: offline p50 {found['offline']['p50']:.3f} ms, p99 {found['offline']['p99']:.2f}; broker "
                      f"{found['broker']['kib'] / 1024:.1f} MiB, bridge {found['bridge']['kib'] / 1024:.1f} MiB, database "
                      f"{found['database'] / 2**20:.1f} MiB; missing {found['missing']}", flush=True)  # fmt: skip
        raise SystemExit("the load ended early")
    finally:
        stack.end()


def table(minutes, options):
    some = max(1, len(minutes) // 10)
    full = max(KEPT, math.ceil(REMEMBERED * options.devices / options.churn / 60)) + 1
    first = min(full, len(minutes) // 2)
    start, end = minutes[first : first + some], minutes[-some:]
    yield f"{'':36} minutes {first + 1}–{first + some:<8} {len(minutes) - some + 1}–{len(minutes):<8} ratio"
    for name, figure in FIGURES:
        before, after = (statistics.median(map(figure, each)) for each in (start, end))
        yield f"{name:36} {before:14.3f} {after:14.3f} {after / before if before else 1:10.2f}"


def main(arguments):
    options = options_of(arguments)
    options.devices = min(options.devices, running.begin(options.plugin, options.bridge))
    about = {**machine.description(), **vars(options)}
    print(f"{about['date']}, Mosquitto {options.broker}, {options.devices:,} devices, {options.churn} a second cut and back, load average "
          f"{about['load_average']}", flush=True)  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="rollcall-soak-") as folder:
        minutes, end = soak(options, Path(folder))
    print(*table(minutes, options), sep="\n")
    print(f"{end['turns']:,} cut and back; never seen {minutes[-1]['missing']}, doubled or out of order {minutes[-1]['disordered']}, "
          f"wrong in the end {end['retained_wrong']}")  # fmt: skip
    running.write("soak", {**about, "minutes": minutes, "end": end})


if __name__ == "__main__":
    main(sys.argv[1:])
