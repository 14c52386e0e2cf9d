#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What strangers and large numbers cost: each figure as a ratio to the same run without the attack, beside its bar.

  attacks.py PLUGIN BRIDGE [--quick] [--broker VERSION …]     (./dev bench attacks)

topics        an ordinary publish on a topic of 4,000 bytes, with 3,000 report_topic rules of many stars; as with ten rules
declarations  a declaration of a client with an id of 1,000 bytes, with 9,000 device rules of many stars; as with ten rules
floods        connect until online is seen, while four devices declare at line rate; as without them
wills         the keepalives of clients with wills run out at once: how long the broker answers nobody; as a broker without plugin and bridge
"""

import argparse
import os
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import machine  # noqa: E402
from rollcall_testing.broker import VERSIONS, Broker  # noqa: E402
from rollcall_testing.crowd import Crowd, allow_many_files  # noqa: E402
from rollcall_testing.mqtt import V311, Client, Will  # noqa: E402
from rollcall_testing.packets import connect, publish  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402

CONFIG = "allow_anonymous true\nmax_queued_messages 100000\n"
KEEPALIVE = 12  # seconds: all of them can connect within it
TESTERS = [{"client_id": "test-*", "ignore": True}]


def cpu_seconds(pid):
    """Of its main thread; to the nanosecond, unlike /proc/PID/stat."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def running(version, folder, devices):
    return Stack(version, folder, config=CONFIG, bridge={"devices": [*TESTERS, *devices, {"client_id": "{device}"}]}).start()


def broker_cost(stack, client_id, topic, count):
    """CPU time of the broker for one publish on `topic`, in µs."""
    client = Client(stack.broker.port, client_id, version=V311, keepalive=0).connect()
    batch, done = publish(topic, b"x", V311) * 50, 0
    before = cpu_seconds(stack.broker.process.pid)
    while done < count:
        client.send_raw(batch)
        client.round_trip(timeout=120)
        done += 50
    spent = cpu_seconds(stack.broker.process.pid) - before
    client.disconnect()
    return spent / count * 1e6


def starry(number, what):
    return f"*a*{number:05}*b*{{{what}}}*c*"


def by_rules(version, folder, make_rules, client_id, topic, count):
    costs = []
    for number, rules in enumerate((make_rules(10), make_rules(None))):
        stack = running(version, folder / str(number), rules)
        try:
            stack.fence()
            costs.append(broker_cost(stack, client_id, topic, count))
        finally:
            stack.end()
    return costs


def topics(version, folder, quick):
    def rules(count):
        return [{"report_topic": starry(number, "device")} for number in range(count or 3000)]

    return by_rules(version, folder, rules, "test-writer", ("ab c-" * 800), 2_000 if quick else 20_000), "µs", 1.2


def declarations(version, folder, quick):
    def rules(count):
        return [{"client_id": starry(number, "device")} for number in range(count or 9000)]

    client_id = ("abc-" * 250)[:1000]
    return by_rules(version, folder, rules, client_id, "ds/declare/x", 2_000 if quick else 20_000), "µs", 1.2


def seen_online(stack, watcher, prefix, count):
    """Median time from CONNECT until `online` is seen, in ms."""
    found = []
    for number in range(count):
        began = time.monotonic()
        client = stack.connect(f"{prefix}-{number}")
        watcher.wait_for_message(f"ds/status/{prefix}-{number}", timeout=20)
        found.append((time.monotonic() - began) * 1000)
        client.disconnect()
        time.sleep(0.02)
    return statistics.median(found)


def floods(version, folder, quick):
    stack = running(version, folder, [])
    ended, count = threading.Event(), 20 if quick else 100
    try:
        watcher = stack.tester(keepalive=0)
        watcher.subscribe("ds/status/+")
        without = seen_online(stack, watcher, "before", count)
        floods = [stack.device(f"flood-{number}", keepalive=0) for number in range(4)]
        stack.observer.client.end()  # it reads ds/#: all that is declared, too

        def flood(client):
            batch = publish(f"ds/declare/{client.client_id}", b'{"status":"offline","for":"1h"}', V311) * 200
            while not ended.is_set():
                try:
                    client.send_raw(batch)
                except OSError:
                    return

        threads = [threading.Thread(target=flood, args=(client,), daemon=True) for client in floods]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        during = seen_online(stack, watcher, "during", count)
        return [without, during], "ms", 2
    finally:
        ended.set()
        stack.end()


def longest_silence(broker):
    """The longest time that a ping waits for its answer from when the broker finds that all keepalives have run out, in ms."""
    pinger = socket.create_connection(("127.0.0.1", broker.port))
    pinger.sendall(connect("test-pinger", V311, 0, True))
    pinger.recv(4)
    broker.process.pause()
    time.sleep(1.5 * KEEPALIVE + 1)
    broker.process.resume()
    began, longest = time.monotonic(), 0.0
    while time.monotonic() - began < 5:
        asked = time.monotonic()
        pinger.sendall(b"\xc0\x00")
        pinger.recv(2)
        longest = max(longest, time.monotonic() - asked)
        time.sleep(0.002)
    pinger.close()
    return longest * 1000


def wills(version, folder, quick):
    count = min(3_000 if quick else 15_000, allow_many_files() - 300)
    names, found = [f"device-{number}" for number in range(count)], []
    bare = Broker(version, folder / "bare", CONFIG).start()
    try:
        found.append(statistics.median(one_end(bare, names) for _ in range(1 if quick else 3)))
    finally:
        bare.end()
    stack = running(version, folder / "with", [])
    try:
        found.append(statistics.median(one_end(stack.broker, names) for _ in range(1 if quick else 3)))
    finally:
        stack.end()
    return found, "ms", 1.3


def one_end(broker, names):
    crowd = Crowd(broker.port, will=Will("wills/all", b"gone"), keepalive=KEEPALIVE)
    crowd.connect(names)
    longest = longest_silence(broker)
    crowd.vanish()
    return longest


ATTACKS = {each.__name__: each for each in (topics, declarations, floods, wills)}


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench attacks")
    parser.add_argument("plugin", help=argparse.SUPPRESS)
    parser.add_argument("bridge", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="whether it works: fewer of everything")
    parser.add_argument("--broker", nargs="+", choices=VERSIONS, default=VERSIONS, dest="brokers")
    parser.add_argument("--only", nargs="+", choices=ATTACKS, default=ATTACKS)
    options = parser.parse_args(arguments)
    os.environ.update(ROLLCALL_PLUGIN=options.plugin, ROLLCALL_BIN=options.bridge)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    machine.enter_private_network()
    allow_many_files()
    about = machine.description()
    print(f"{about['date']}, {about['cores']} cores, load average {about['load_average']}", flush=True)
    for version in options.brokers:
        for name in options.only:
            with tempfile.TemporaryDirectory(prefix="rollcall-attacks-") as folder:
                (without, attacked), unit, bar = ATTACKS[name](version, Path(folder), options.quick)
            ratio = attacked / max(without, 1e-9)
            print(f"Mosquitto {version}, {name}: {without:.1f} {unit} without, {attacked:.1f} {unit} with: {ratio:.2f} "
                  f"(bar: at most {bar}): {'pass' if ratio <= bar else 'FAIL'}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
