#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A keepalive runs out: how long after the broker has noticed is the device seen offline?

  keepalive.py PLUGIN BRIDGE [--clients N] [--broker VERSION …]     (./dev bench keepalive)

--clients devices with a keepalive of 2 s say nothing after their CONNECT. When the broker notices, it closes their sockets: from then
on it is Rollcall's time, until one who watches sees `"connected":false`. Twice: where nothing else happens at the broker, which then
sleeps up to 100 ms before it sends what a plugin has published; and where somebody publishes a message every 10 ms.
"""

import argparse
import json
import os
import select
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import machine  # noqa: E402
from presence import AT_ONCE, CONFIG, DEVICES  # noqa: E402
from rollcall_testing.broker import VERSIONS  # noqa: E402
from rollcall_testing.packets import V311, connect  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402
from rollcall_testing.waiting import wait_for  # noqa: E402

BAR_MS = 100


def publish_until(ended, client):
    while not ended.wait(0.01):
        client.publish("other/traffic", b"x")


def measure(version, folder, count, is_busy):
    stack = Stack(version, folder, config=CONFIG, templates={"default": AT_ONCE}, bridge={"devices": DEVICES},
                  log_topic=version.startswith("2.0"))  # fmt: skip
    sockets = {}
    closed, seen = {}, {}
    ended = threading.Event()

    def note(message):
        status = json.loads(message.payload) if message.payload else {}
        if status.get("connected") is False:
            seen[message.topic.rpartition("/")[2]] = message.at

    try:
        stack.start()
        watch = stack.tester(keepalive=0)
        watch.on_message(note)
        watch.subscribe("ds/status/#")
        if is_busy:
            threading.Thread(target=publish_until, args=(ended, stack.tester(keepalive=0))).start()
        for number in range(count):
            device = f"silent-{number}"
            sock = socket.create_connection(("127.0.0.1", stack.broker.port))
            sock.sendall(connect(device, V311, 2, True))
            sock.recv(4)
            sockets[sock] = device
            time.sleep(0.03)
        while sockets:
            for sock in select.select(list(sockets), [], [], 20)[0]:
                if not sock.recv(100):
                    closed[sockets.pop(sock)] = time.time()
                    sock.close()
        wait_for(lambda: len(seen) == count, "all of them offline")
        return sorted((seen[device] - closed[device]) * 1000 for device in closed)
    finally:
        ended.set()
        for sock in sockets:
            sock.close()
        stack.end()


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench keepalive")
    parser.add_argument("plugin", help=argparse.SUPPRESS)
    parser.add_argument("bridge", help=argparse.SUPPRESS)
    parser.add_argument("--clients", type=int, default=50, help="(50)")
    parser.add_argument("--broker", nargs="+", choices=VERSIONS, default=["2.0.11", "2.1"], dest="brokers", help="(2.0.11 2.1)")
    options = parser.parse_args(arguments)
    os.environ.update(ROLLCALL_PLUGIN=options.plugin, ROLLCALL_BIN=options.bridge)
    about = machine.description()
    print(f"{about['date']}, load average {about['load_average']}", flush=True)
    for version in options.brokers:
        for is_busy in (False, True):
            with tempfile.TemporaryDirectory(prefix="rollcall-keepalive-") as folder:
                late = measure(version, Path(folder), options.clients, is_busy)
            print(f"14 Mosquitto {version}, {'100 messages a second' if is_busy else 'nothing else happens'}: {len(late)} keepalives ran out; from "
                  f"the broker's notice to offline seen: median {statistics.median(late):.1f} ms, most {late[-1]:.1f}, bar ≤ {BAR_MS}: "
                  f"{'pass' if late[-1] <= BAR_MS else 'FAIL'}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
