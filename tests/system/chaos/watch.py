# SPDX-License-Identifier: Apache-2.0
"""Who reads what Rollcall says: a permanent observer of each broker, and fresh readers of what is retained there."""

import json
import threading
import time
from dataclasses import dataclass

from rollcall_testing.mqtt import V5, Client, ConnectionLost, Refused
from rollcall_testing.waiting import wait_for


@dataclass(frozen=True)
class Said:
    """One message: `kind` is the second level of its topic. `at`: when it came (time.time())."""

    kind: str
    payload: dict
    retain: bool
    at: float


class Watch:
    """Of one broker, through all of its boots: everything below ds/, in order, and when it couldn't see."""

    def __init__(self, broker):
        self.broker = broker
        self.said, self.absences = [], []  # absences: [from, until]
        self._lock = threading.Lock()
        self._is_ended = threading.Event()
        self._client = None
        self._thread = threading.Thread(target=self._keep_on, daemon=True)

    def start(self):
        self._connect()
        self._thread.start()
        return self

    def take(self):
        """What has come since the last call."""
        with self._lock:
            taken, self.said = self.said, []
            return taken

    def misses(self, since, delivered):
        """Absences since then in which something may have been published; `delivered`: when the bridge heard this broker."""
        absences = [(start, until or float("inf")) for start, until in self.absences if (until or float("inf")) > since]
        return [(start, until) for start, until in absences if any(start < moment < until for moment in delivered)]

    def was_away_since(self, moment):
        return [start for start, until in self.absences if until is None or until > moment]

    def wait_until_bridge_is_online(self, timeout=10):
        def is_online():
            with self._lock:
                bridges = [said.payload for said in self.said if said.kind == "bridge"]
            return bridges and bridges[-1].get("online")

        wait_for(is_online, f"the bridge being online at {self.broker.folder.name}", timeout)

    def end(self):
        self._is_ended.set()
        self._thread.join(15)
        if self._client:
            self._client.end()

    def _connect(self):
        client = Client(self.broker.port, "test-watch", version=V5, keepalive=0)
        client.on_message(self._note)
        client.connect()
        client.subscribe("ds/#")
        self._client = client

    def _note(self, message):
        if message.payload:
            with self._lock:
                kind = message.topic.split("/")[1]
                self.said.append(Said(kind, json.loads(message.payload), message.retain, time.time()))

    def _keep_on(self):
        while not self._is_ended.wait(0.02):
            if self._client.is_open:
                continue
            if not self.absences or self.absences[-1][1] is not None:
                self.absences.append([time.time(), None])
            try:
                self._connect()
                self.absences[-1][1] = time.time()
            except (OSError, ConnectionLost, Refused, AssertionError):
                continue


def read_retained(broker, timeout=10.0):
    """Every retained status at this broker by device, as a reader gets it that comes now."""
    found = {}
    client = Client(broker.port, "test-reader", version=V5)

    def note(message):
        payload = json.loads(message.payload)
        found[payload["device"]] = payload

    client.on_message(note)
    client.connect(timeout)
    try:
        client.subscribe("ds/status/#", timeout=timeout)
        client.round_trip(timeout)
    finally:
        client.end()
    return found
