#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The HTTP API with many devices, and what it costs statuses.

  http_api.py PLUGIN BRIDGE [--known N] [--rounds N] [--broker VERSION]     (./dev bench http)

A bridge that knows --known devices is asked for pages, by one client that keeps its connection: medians. Then a device comes and goes,
in turn without anybody who asks and with 200 requests a second and 100 streams beside it: close → offline seen, p50 of each, and
their ratio.
"""

import argparse
import http.client
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import machine  # noqa: E402
import running  # noqa: E402
from presence import AT_ONCE, CONFIG, DEVICES  # noqa: E402
from restart import fill, judged  # noqa: E402
from rollcall_testing.broker import VERSIONS  # noqa: E402
from rollcall_testing.http import Api, address_of  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402
from rollcall_testing.waiting import wait_for  # noqa: E402

PAGES = [("a page of the list", "/api/v1/devices", 20), ("a filtered page", "/api/v1/devices?status=offline&q=77", 50),
         ("a page by time", "/api/v1/devices?sort=-since", None), ("one device", "/api/v1/devices/known-0000000077", None),
         ("the fleet's counts", "/api/v1/fleet", None), ("metrics", "/metrics", None)]  # fmt: skip
REQUESTS_A_SECOND, STREAMS = 200, 100


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench http")
    for name in ("plugin", "bridge"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--known", type=int, default=100_000, help="devices in the store (100000)")
    parser.add_argument("--rounds", type=int, default=5, help="in turn, without and with readers (5)")
    parser.add_argument("--broker", choices=VERSIONS, default="2.1", help="(2.1)")
    return parser.parse_args(arguments)


def median_ms(address, path, count=100):
    connection = http.client.HTTPConnection(*address)
    times = []
    for _ in range(count):
        began = time.perf_counter()
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        times.append((time.perf_counter() - began) * 1000)
        assert response.status == 200, body
    connection.close()
    return statistics.median(times)


def read_along(address, has_begun, is_over):
    """100 streams, and 200 requests a second, of four kinds."""
    api = Api(address)
    streams = [api.stream() for _ in range(STREAMS)]
    connection = http.client.HTTPConnection(*address)
    paths = ["/api/v1/fleet", "/api/v1/devices/known-0000000077", "/api/v1/bridge", "/api/v1/devices/known-0000000078/connected"]
    has_begun.set()
    next_at, count = time.monotonic(), 0
    while not is_over.is_set():
        connection.request("GET", paths[count % len(paths)])
        connection.getresponse().read()
        count += 1
        next_at += 1 / REQUESTS_A_SECOND
        time.sleep(max(0, next_at - time.monotonic()))
    for each in streams:
        each.close()


class Quiet:
    """A few devices of which each status is seen, and no others."""

    def __init__(self, stack):
        self.stack, self.changed, self.latest = stack, threading.Condition(), {}
        watcher = stack.tester(keepalive=0)
        watcher.on_message(self._take)
        self.devices = [f"quiet-{number}" for number in range(20)]
        for device in self.devices:
            watcher.subscribe(f"ds/status/{device}")

    def _take(self, message):
        with self.changed:
            self.latest[message.topic] = message.payload
            self.changed.notify_all()

    def _wait_for(self, device, words):
        with self.changed:
            while words not in self.latest.get(f"ds/status/{device}", b""):
                assert self.changed.wait(10), f"{device} was never seen with {words}"

    def close_times(self, count=200):
        """ms from the end of a connection until its device is seen offline."""
        times = []
        for number in range(count):
            device = self.devices[number % len(self.devices)]
            client = self.stack.connect(device)
            self._wait_for(device, b'"connected":true')
            began = time.perf_counter()
            client.close()
            self._wait_for(device, b'"status":"offline"')
            times.append((time.perf_counter() - began) * 1000)
        return times


def with_readers(quiet, address):
    has_begun, is_over = multiprocessing.Event(), multiprocessing.Event()
    readers = multiprocessing.Process(target=read_along, args=(address, has_begun, is_over))
    readers.start()
    try:
        assert has_begun.wait(20), "the readers didn't begin"
        return quiet.close_times()
    finally:
        is_over.set()
        readers.join()


def main(arguments):
    options = options_of(arguments)
    running.begin(options.plugin, options.bridge)
    about = machine.description()
    print(f"{about['date']}, {options.known:,} devices known, broker {options.broker}, load average {about['load_average']}", flush=True)
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        stack = Stack(options.broker, folder, config=CONFIG, templates={"default": AT_ONCE},
                      bridge={"devices": DEVICES, "store": {"path": "rollcall.db"}, "http": {"listen": "127.0.0.1:0"}})  # fmt: skip
        try:
            stack.start_broker()
            stack.bridge.start(stack.tester(keepalive=0))
            stack.bridge.process.end()
            fill(stack.bridge.folder / "rollcall.db", options.known)
            log_bytes = len(stack.bridge.log())
            stack.bridge.launch()
            stack.bridge.wait_for_log("its plugin answers", timeout=120, offset=log_bytes)
            found = stack.bridge.wait_for_log(r"HTTP: listening on (127\.0\.0\.1):(\d+)", offset=log_bytes)
            address = (found[1], int(found[2]))
            api = Api(address)
            wait_for(lambda: api.get("/readyz").status == 200 and api.get("/api/v1/bridge").json["backlog"] == 0, "all being published", timeout=120)
            for what, path, bar in PAGES:
                median = median_ms(address, path)
                text = f"{median:.2f} ms"
                print(f"{what}: " + (judged(text, f"< {bar} ms", median < bar) if bar else text), flush=True)
            quiet, alone, beside = Quiet(stack), [], []
            for _ in range(options.rounds):
                alone.append(statistics.median(quiet.close_times()))
                beside.append(statistics.median(with_readers(quiet, address)))
            ratio = statistics.median(beside) / statistics.median(alone)
            print(f"close → offline p50: {statistics.median(alone):.3f} ms alone, {statistics.median(beside):.3f} ms with "
                  f"{REQUESTS_A_SECOND} requests a second and {STREAMS} streams: " + judged(f"{ratio:.2f} ×", "≤ 1.2 ×", ratio <= 1.2))  # fmt: skip
        finally:
            stack.end()


if __name__ == "__main__":
    main(sys.argv[1:])
