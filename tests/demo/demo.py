# SPDX-License-Identifier: Apache-2.0
"""./dev demo: 60 MQTT clients that do what devices do, so that the console is alive. Ctrl-C ends them."""

import argparse
import http.client
import json
import random
import re
import signal
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from rollcall_testing.mqtt import Client, ConnectionLost, Refused  # noqa: E402

STEADY, METERS, FLAPPERS, CRASHERS, FROZEN = 30, 15, 4, 6, 4  # and the gateway; a thread each
CHILDREN = 5
ENDED = threading.Event()


class Device:
    """One device, whose life is a series of connections. Each life returns when it is over; then it begins again."""

    def __init__(self, port, name, life):
        self.port, self.name, self.life = port, name, life
        self.random = random.Random(name)
        self.client = None

    def run(self):
        self.wait(0, 5)  # not all at the same moment
        while not ENDED.is_set():
            try:
                self.life(self)
            except (ConnectionLost, Refused, OSError, AssertionError):
                self.wait(1, 4)  # the broker is away: devices come back by and by
        if self.client:
            self.client.end()

    def connect(self, **options):
        if self.client:
            self.client.end()
        self.client = Client(self.port, self.name, **options).connect()

    def wait(self, least, most):
        """Returns early when the demo ends."""
        ENDED.wait(self.random.uniform(least, most))

    def wait_while_open(self, least, most):
        left = self.random.uniform(least, most)
        while left > 0 and self.client.is_open and not ENDED.is_set():
            ENDED.wait(min(left, 1))
            left -= 1


def steady(device):
    device.connect()
    device.wait_while_open(3600, 7200)


def meter(device):
    """Wakes up, says goodbye, sleeps; now and then it sleeps too long."""
    device.connect()
    device.wait(5, 15)
    device.client.disconnect()
    device.wait(30, 90) if device.random.random() < 0.8 else device.wait(180, 260)


def flapper(device):
    for _ in range(8):
        device.connect()
        device.wait(1, 3)
        device.client.close()
        device.wait(10.5, 14)
    device.connect()
    device.wait(120, 240)


def crasher(device):
    device.connect()
    device.wait_while_open(40, 160)
    device.client.reset()
    device.wait(5, 60)


def frozen(device):
    """Its network goes: nobody closes anything, and its keepalive runs out."""
    device.connect(keepalive=10)
    device.wait_while_open(60, 150)
    device.client.fall_silent()
    device.wait(30, 90)


def gateway(device):
    """Speaks for its children; the last one has an empty battery half of the time. Announces that it restarts."""
    device.connect()
    for turn in range(12):
        if ENDED.is_set():
            return
        for child in range(CHILDREN if turn < 6 else CHILDREN - 1):
            device.client.publish(f"demo/gateway/demo-child-{child + 1}", b"21.5")
        device.wait_while_open(20, 30)
    device.client.publish(f"ds/declare/{device.name}", json.dumps({"status": "offline", "for": "20s"}).encode())
    device.wait(0.2, 0.5)
    device.client.disconnect()
    device.wait(10, 15)


LIVES = [("lamp", steady, STEADY), ("meter", meter, METERS), ("door", flapper, FLAPPERS), ("pump", crasher, CRASHERS),
         ("camera", frozen, FROZEN), ("gateway", gateway, 1)]  # fmt: skip


def forget(state):
    """Of all of them; some may be noticed as gone only after a while."""

    def act(**expect):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(state / "rollcall.db.control"))
        body = {"action": "forget", "filter": {"q": "demo-"}, **expect}
        connection.request("POST", "/api/v1/devices/actions", json.dumps(body), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    for _ in range(40):
        left = act()["matched"]
        if left == 0:
            break
        act(expect=left)
        threading.Event().wait(0.5)


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("state", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--forget", action="store_true", help="at the end the devices are forgotten, too")
    options = parser.parse_args()
    config = (options.state / "rollcall.json").read_text()
    port = int(re.search(r"mqtt://127\.0\.0\.1:(\d+)", config)[1])
    page = re.search(r'"listen":\s*"([^"]+)"', config)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ENDED.set())
    devices = [Device(port, f"demo-{kind}-{each + 1}", life) for kind, life, count in LIVES for each in range(count)]
    threads = [threading.Thread(target=each.run, daemon=True) for each in devices]
    for each in threads:
        each.start()
    where = f": http://{page[1]}/" if page else ""
    print(f"{len(devices)} devices and the {CHILDREN} children of a gateway{where}; Ctrl-C ends them", flush=True)
    ENDED.wait()
    for each in threads:
        each.join(10)
    if options.forget:
        forget(options.state)
    print("ended, and their devices are forgotten" if options.forget else "ended; their devices stay (--forget forgets them)")


if __name__ == "__main__":
    main()
