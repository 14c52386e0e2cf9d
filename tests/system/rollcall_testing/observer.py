# SPDX-License-Identifier: Apache-2.0
"""A subscriber of ds/#: remembers everything that it was told, by device and in order, with the time of arrival."""

import json
import threading
from dataclasses import dataclass

from .times import seconds_of
from .waiting import wait_for


def topic_level(device):
    """A device id as one topic level, worked out independently of the code under test."""
    def encoded(character):
        if character in "%/+#" or ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F:
            return "".join(f"%{byte:02X}" for byte in character.encode())
        return character

    return "".join(map(encoded, device))


@dataclass
class Seen:
    """One message: its topic, raw payload, whether it was a retained replay, and when it came (time.time())."""

    topic: str
    raw: bytes
    retain: bool
    at: float

    @property
    def payload(self):
        return json.loads(self.raw) if self.raw else None


class Observer:
    """`client` is connected; the observer subscribes it to everything under the prefix."""

    def __init__(self, client, prefix="ds"):
        self.client, self.prefix = client, prefix
        self.seen = []
        self.changed = threading.Condition()
        client.on_message(self._take)
        client.subscribe(f"{prefix}/#")

    def _take(self, message):
        with self.changed:
            self.seen.append(Seen(message.topic, message.payload, message.retain, message.at))
            self.changed.notify_all()

    # What was seen

    def on(self, topic):
        """Every message on a topic below the prefix, such as "fleet"."""
        full = f"{self.prefix}/{topic}"
        with self.changed:
            return [seen for seen in self.seen if seen.topic == full]

    def latest(self, topic):
        found = self.on(topic)
        return found[-1].payload if found else None

    def statuses(self, device):
        """Every status of the device, as Seen, in order."""
        return self.on("status/" + topic_level(device))

    def history(self, device):
        """The payloads of statuses()."""
        return [seen.payload for seen in self.statuses(device)]

    def status(self, device):
        """The latest status, or None."""
        history = self.history(device)
        return history[-1] if history else None

    def rows(self, device):
        """The rows of its timeline."""
        return [seen.payload for seen in self.on("timeline/" + topic_level(device))]

    def devices(self):
        """The latest status of every device, by device id."""
        start, latest = f"{self.prefix}/status/", {}
        with self.changed:
            for seen in self.seen:
                if seen.topic.startswith(start):
                    latest[seen.topic] = seen
        return {seen.payload["device"]: seen.payload for seen in latest.values() if seen.raw}

    # Waiting

    def wait_until(self, condition, what, timeout=5.0):
        with self.changed:
            return wait_for(condition, what, timeout, changed=self.changed)

    def wait_for_status(self, device, status=None, timeout=5.0, after=0, **fields):
        """The latest status of the device, once it is `status` and has these fields.

        after: how many messages of statuses(device) to pass over, for one that is to come after those.
        """
        wanted = dict(fields) if status is None else {"status": status, **fields}

        def matches():
            history = self.statuses(device)[after:]
            payload = history[-1].payload if history else None
            return payload if payload and all(payload.get(key) == value for key, value in wanted.items()) else None

        def what():
            lines = "\n".join(f"  {seen.at:.3f} {seen.raw.decode()}" for seen in self.statuses(device)[-12:])
            return f"{device[:80]!r} with {wanted}; its statuses were\n{lines or '  (none)'}"

        return self.wait_until(matches, what, timeout)

    def arrival(self, device, **fields):
        """When the first status of the device with these fields came (time.time())."""
        for seen in self.statuses(device):
            if all(seen.payload.get(key) == value for key, value in fields.items()):
                return seen.at
        raise AssertionError(f"{device!r} never had {fields}: {self.history(device)}")

    def check_order(self, device):
        """What holds for every history: seq grows, times are sound, online has nothing after `since` to hide."""
        history = self.history(device)
        # To the byte the same is no news: a broker that has been restarted is told all statuses again.
        history = [payload for before, payload in zip([None, *history], history) if payload != before]
        numbers = [payload["seq"] for payload in history]
        assert numbers == sorted(set(numbers)), f"seq of {device!r} must grow: {numbers}"
        for payload in history:
            if payload["status"] == "online" and payload["last_seen"] is not None:  # null: registered, never seen
                assert seconds_of(payload["last_seen"]) >= seconds_of(payload["since"]), payload
