#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an event costs in the engine, with ten thousand devices and with millions; and its timers beside std::multimap.

  engine.py ENGINE_BENCH [--devices N] [--quick]     (./dev bench engine)

For each size up to N (10,000, 100,000, 1,000,000, 10,000,000, and N itself): a process that holds so many devices, all of them known, in which a device
that nobody foresees connects, disconnects, or has waited long enough. 10,000,000 take about 10 GB, with the timers that they
are compared with. Printed is each figure, the median of several runs, beside its bar; build/bench/engine.json has all of them. It never
fails because of a bar.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import machine
from engine_figures import table

SIZES = [10_000, 100_000, 1_000_000, 10_000_000]
RESULT = Path("build/bench/engine.json")


def measure(program, devices, quick, only=()):
    """Figures by "benchmark/counter", such as "connect/ns": medians where it was run several times. `only`: names of benchmarks; it is
    these that are run, and "memory", which makes the devices for all of them."""
    options = ["--benchmark_format=json", "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true",
               f"--benchmark_min_time={0.01 if quick else 0.1}"]  # fmt: skip
    if only:
        options.append(f"--benchmark_filter=^({'|'.join(['memory', *only])})/")
    done = subprocess.run([program, str(devices), *options], stdout=subprocess.PIPE, check=True)
    own = {"name", "family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations",
           "real_time", "cpu_time"}  # fmt: skip
    figures = {}
    for each in json.loads(done.stdout)["benchmarks"]:
        if each.get("aggregate_name", "median") != "median":
            continue
        for counter, value in each.items():
            if counter not in own and isinstance(value, (int, float)):
                figures[f"{each['run_name'].split('/')[0]}/{counter}"] = value
    return figures


def main():
    parser = argparse.ArgumentParser(prog="./dev bench engine")
    parser.add_argument("program")
    parser.add_argument("--devices", type=int, default=1_000_000, metavar="N", help="the largest size, at least 1,000 (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="shorter runs: whether it works")
    arguments = parser.parse_args()
    if arguments.devices < 1000:
        parser.error("--devices: at least 1000")

    about = machine.description()
    machine.go_before_others()
    sizes = sorted({size for size in SIZES if size < arguments.devices} | {arguments.devices})
    results = {}
    for size in sizes:
        print(f"{size:,} devices …", file=sys.stderr, flush=True)
        results[size] = measure(arguments.program, size, arguments.quick)
    about["load_average_after"] = machine.description()["load_average"]
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"machine": about, "by_devices": results}, indent=1) + "\n")
    print("\n".join(table(results)))
    print(f"{about['date']}, {about['cores']} cores, load average {about['load_average'][0]} before and "
          f"{about['load_average_after'][0]} after; {RESULT}")  # fmt: skip


if __name__ == "__main__":
    main()
