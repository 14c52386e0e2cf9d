# SPDX-License-Identifier: Apache-2.0
"""What really happened, as far as the harness knows it: connections, broker boots, and what kept bridge and broker apart.

Nothing here comes from the product. A client's deed is confirmed by the broker's answer (CONNACK; the end of the TCP
connection), so it lies between the deed and the answer; what no answer confirmed may have happened or not.
"""

import time
from collections import defaultdict
from dataclasses import dataclass, field

from .clock import NOTICED_WITHIN
from .span import Span


@dataclass
class Connection:
    """One MQTT connection of a device. `ended` is None while it lives, or if it went down with its broker."""

    number: int
    client_id: str
    broker: str
    boot: int
    version: int
    keepalive: int
    has_will: bool
    opened: Span = None
    is_opened_certain: bool = True
    ended: Span = None
    is_ended_certain: bool = True
    cause: str = None
    will_sent: bool = False
    also: tuple = ()  # further (cause, will sent) that may have come first
    notes: list = field(default_factory=list)

    @property
    def device(self):
        return self.client_id.split(":", 1)[1]

    @property
    def template(self):
        return self.client_id.split(":", 1)[0]


@dataclass
class Boot:
    """One life of a broker. `started`: from the start of the process to the first connection that it took."""

    started: Span
    ended: Span = None
    is_log_kept: bool = True  # whether the bridge's session, and with it the log for the plugin, outlived the boot before


@dataclass
class Obstacle:
    """From `since` on nothing gets through; `until` is None while it lasts. `what`: one of the kinds in contacts.py."""

    what: str
    since: float
    until: float = None


class BrokerTruth:
    def __init__(self, name, version):
        self.name, self.is_2_0 = name, version.startswith("2.0")
        # How long after any moment it may still find keepalives that had run out by then.
        self.sweep = 7.0 if version == "2.0.11" else 2.0
        self.boots, self.pauses, self.obstacles = [], [], []
        self.delivered = []  # when something of the stream went through the link to the bridge

    @property
    def boot(self):
        return len(self.boots) - 1

    @property
    def is_up(self):
        return bool(self.boots) and self.boots[-1].ended is None

    def heard_last(self, sent, seen):
        """When it had last read something by `seen`, of a client that sent its last at `sent`: not while it was paused."""
        for pause in self.pauses:
            if pause.since < seen and seen - 1.0 < (pause.until or seen):
                return min(sent, pause.since)
        return sent

    def is_dying(self, boot, moment):
        """Whether an end that a client saw at `moment` may be the boot's own end."""
        ended = self.boots[boot].ended
        return ended is not None and moment >= ended.lo

    def earliest(self, sent):
        """When a packet sent at `sent` can have been handled first: not while the broker was paused."""
        for pause in self.pauses:
            if pause.since <= sent and sent < (pause.until or time.time()):
                return pause.until or time.time()
        return sent


class Truth:
    def __init__(self):
        self.brokers = {}
        self.by_device = defaultdict(list)  # connections, in the order in which they were asked for
        self.bridge_obstacles = []
        self.clock_steps = []  # when the bridge's clock was set
        self.faults, self.anomalies = [], []  # lines for people
        self.ticks = [time.time()] * 3  # the latest, of the loop on which all clients live
        self._numbers = 0

    def new_connection(self, client_id, broker, version, keepalive, has_will):
        self._numbers += 1
        connection = Connection(self._numbers, client_id, broker, self.brokers[broker].boot, version, keepalive, has_will)
        self.by_device[connection.device].append(connection)
        return connection

    def opened(self, connection, sent, answered):
        connection.opened = Span(self.brokers[connection.broker].earliest(sent), answered)

    def ended(self, connection, cause, since, seen, will_sent=False):
        """It was seen to end at `seen`, by what was done at `since`; unless the broker died over it."""
        broker = self.brokers[connection.broker]
        connection.cause, connection.will_sent = cause, will_sent
        if broker.is_dying(connection.boot, seen):
            died = broker.boots[connection.boot].ended
            connection.is_ended_certain, connection.ended = False, Span(since, max(since, died.hi))
        else:
            connection.ended = Span(min(broker.earliest(since), seen), seen)

    def tick(self):
        self.ticks = [*self.ticks[1:], time.time()]

    @property
    def not_before(self):
        """When what a client sees now can have happened first: the loop may have been busy with something else."""
        return min(time.time() - 0.02, self.ticks[0])

    def clock_steps_between(self, since, until):
        """How often the clock was set between two things that were heard; each may have been heard late."""
        return sum(min(since, until) - NOTICED_WITHIN <= each <= max(since, until) for each in self.clock_steps)

    def fault(self, text):
        self.faults.append(f"{Span.at(time.time())} {text}")

    def anomaly(self, text):
        """What no client and no broker should do: the harness is wrong then, or the broker."""
        self.anomalies.append(f"{Span.at(time.time())} {text}")
