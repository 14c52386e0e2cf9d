# SPDX-License-Identifier: Apache-2.0
"""The lifecycle of one device, as docs/lifecycle.md has it (rules 1-5, 8, 11-14), and with nothing of the product's code.

Moments are known within bounds only, so it isn't always known what came first. Then both are possible, and the model goes on
with two worlds. A world is one course that things may have taken; every function here takes one and returns those that follow.
"""

import copy
from dataclasses import dataclass, field

from .span import Span, between, latest

# The broker had been at work when it was stopped, and took as long to come round.
TURN = 0.15
# Two moments closer than this can't be told apart by the bridge's clock of a broker.
CLOCK = 0.3

GRACEFUL_CAUSES = ("client_disconnect", "disconnect_with_will")
GRACEFUL_WITHOUT_WILL = ("connection_closed", "unknown")


@dataclass(frozen=True)
class Row:
    kind: str
    at: Span
    source: str
    to: str
    cause: str

    def __str__(self):
        return f"{self.kind} {self.source} -> {self.to} at {self.at} ({self.cause})"


@dataclass(frozen=True)
class State:
    """What `ds/status/…` says."""

    status: str
    since: Span
    previous: str
    connected: bool
    cause: str
    graceful: bool
    next_status: str
    next_at: Span

    def __str__(self):
        came = "connected" if self.connected else f"gone by {self.cause}, graceful={self.graceful}"
        then = f", then {self.next_status} at {self.next_at}" if self.next_status else ""
        return f"{self.status} since {self.since} (before: {self.previous}), {came}{then}"


def is_graceful(cause, will_sent):
    return cause in GRACEFUL_CAUSES or (cause in GRACEFUL_WITHOUT_WILL and not will_sent)


def silence_of(cause, keepalive):
    return keepalive * 3 // 2 if cause == "keepalive_timeout" else 0


@dataclass
class World:
    template: object
    grace: float
    status: str = None
    previous: str = None
    since: Span = None
    cause: str = None
    graceful: bool = None
    now: Span = Span(float("-inf"), float("-inf"))  # of what this device has been through
    live: dict = field(default_factory=dict)  # connection: its broker
    met: dict = field(default_factory=dict)  # connection: when it connected, where rule 11 moves that
    ended_at: Span = None  # when its last connection did; None once it is connected
    plan: list = field(default_factory=list)  # (status, due) of all that comes if nothing is heard
    planned_by: str = None  # the broker at which the disconnect was
    frozen: Span = None  # since when the plan stands still
    missing_from: str = None  # the broker that took the last connection with it; until the grace is over
    lost_at: Span = None
    grace_end: Span = None  # None while that broker is away
    away: frozenset = frozenset()  # brokers of which nothing is heard, though they may go on
    aside: dict = field(default_factory=dict)  # connections there that count no more, for it was seen elsewhere
    rows: tuple = ()
    states: tuple = ()
    outages: tuple = ()  # (broker, which, how it was for this device: "missing" as yet, "back" or "gone")

    # What happens to it

    def opened(self, connection, broker, at):
        connected, at = at, latest(self.now, at)
        was_connected = self.is_connected
        self.live[connection], self.now = broker, at
        if at.hi > connected.hi:
            self.met[connection] = at
        self._leave_those_away()
        if self.missing_from is not None:
            self._end_outage("back")
        if not was_connected:
            self.plan, self.frozen, self.ended_at = [], None, None
            if self.status == "online":
                self._add_row("blip", at, "online", self.cause)
            else:
                self._enter("online", at, "connect")
        return self._told()

    def ended(self, connection, at, cause, will_sent, keepalive):
        broker, met = self.live.pop(connection, None), self.met.pop(connection, None)
        if broker is None:
            self.aside.pop(connection, None)
            return self
        if self.live and cause == "taken_over":
            return self
        at = latest(self.now, at)
        self.now = at
        if self.live:
            return self
        self.cause, self.ended_at = cause, at
        self.graceful = cause != "taken_over" and is_graceful(cause, will_sent)
        first, *later = self.template.steps(self.graceful)
        silent_since = at + -silence_of(cause, keepalive)
        if met is not None:
            silent_since = latest(met, silent_since)  # rule 3: not before its connect
        self._plan(broker, latest(at, silent_since + first[1]), first[0], later)
        return self._told()

    def lost_by_stall(self, connection, at, since, until):
        """Rule 14: the broker stood still in that time, and found its keepalive run out."""
        broker = self.live.pop(connection, None)
        self.met.pop(connection, None)
        if broker is None:
            self.aside.pop(connection, None)
            return self
        if self.live:
            return self
        self.missing_from, self.lost_at = broker, latest(self.now, Span(since - TURN, since))  # not gone before it came
        self.grace_end = latest(Span(until, until + TURN) + self.grace, at)
        self.outages = (*self.outages, (broker, (broker, since, "stalled"), "missing"))
        return self._told()

    def broker_stalled(self, broker, since, until):
        """Rule 14: waits stand still meanwhile, and so does the grace of those who are missing."""
        least, most = until - since, until - since + 2 * TURN
        if self.planned_by == broker and self.frozen is None and self.ended_at is not None:
            # As the bridge hears of it, the wait may have begun in that time, or after it.
            shortest = max(0.0, until - max(since, self.ended_at.hi))
            longest = max(0.0, until - max(since, self.ended_at.lo) + 2 * TURN)
            self.plan = [(status, Span(due.lo + shortest, due.hi + longest)) for status, due in self.plan]
        if self.missing_from == broker and self.grace_end is not None:
            self.grace_end = Span(self.grace_end.lo + least, self.grace_end.hi + most)
        return self._told()

    def broker_lost(self, broker, at, which=None):
        """Rule 14: waits stand still, and who was connected there only is missing."""
        if self.planned_by == broker and self.plan and self.frozen is None:
            self.frozen = latest(self.now, at)
        if self.missing_from == broker:
            self.grace_end = None  # lost once more: what counts is the first time
        taken = self._without(self.live, broker)
        moved = self._without(self.aside, broker)
        for connection in (*taken, *moved):
            self.met.pop(connection, None)
        if taken and not self.live:
            self.missing_from, self.lost_at = broker, latest(self.now, at)
        if taken or moved:
            self.outages = (*self.outages, (broker, which, "back" if self.live or not taken else "missing"))
        return self._told()

    def broker_back(self, broker, at):
        if self.planned_by == broker and self.frozen is not None:
            least, most = between(self.frozen, at)
            self.plan = [(status, Span(due.lo + least, due.hi + most)) for status, due in self.plan]
            self.frozen = None
        if self.missing_from == broker:
            self.grace_end = at + self.grace
        self.away -= {broker}
        return self._told()

    def broker_away(self, broker):
        """Its link is down. A device that is connected elsewhere, or will be, counts as having gone over."""
        self.away |= {broker}
        self._leave_those_away()
        return self

    def broker_found(self, broker, at):
        """It went on all the while, and says who is still there."""
        for connection in [each for each, where in self.aside.items() if where == broker]:
            self._count_again(connection)
        self.away -= {broker}
        return self._told()

    def outliving(self, connection, at):
        """Before what is told of this connection: it counts again if it outlived those elsewhere; both where that isn't known."""
        if connection not in self.aside:
            return [self]
        other = self.lost_at if self.missing_from is not None else None if self.live else self.ended_at
        found = []
        if other is None or at.hi > other.lo:
            found.append(self.copied()._count_again(connection))
        if other is not None and at.lo <= other.hi:
            found.append(self.copied())
        return found

    def copied(self):
        world = copy.copy(self)
        world.live, world.aside, world.plan, world.met = dict(self.live), dict(self.aside), list(self.plan), dict(self.met)
        return world

    # What it looks like

    @property
    def is_connected(self):
        return bool(self.live) or self.missing_from is not None

    @property
    def state(self):
        shows_next = self.plan and not self.is_connected and self.frozen is None
        next_status, next_at = self.plan[0] if shows_next else (None, None)
        connected = self.is_connected
        return State(self.status, self.since, self.previous, connected, None if connected else self.cause,
                     None if connected else self.graceful, next_status, next_at)  # fmt: skip

    @property
    def key(self):
        """Two worlds with the same key are one."""
        return (self.status, self.previous, self.since, self.cause, self.graceful, self.now, self.ended_at,
                tuple(sorted(self.live.items())), tuple((number, self.met[number]) for number in sorted(self.met)),
                tuple(self.plan), self.planned_by, self.frozen, self.missing_from, self.lost_at, self.grace_end, self.away,
                tuple(sorted(self.aside.items())), self.rows, self.states, self.outages)  # fmt: skip

    # What comes by itself

    @property
    def next_due(self):
        if self.grace_end is not None:
            return self.grace_end
        return self.plan[0][1] if self.plan and self.frozen is None else None

    def come_due(self):
        if self.grace_end is not None:
            return self._grace_is_over()
        (status, due), self.plan = self.plan[0], self.plan[1:]
        self._enter(status, due, self.cause)
        return self._told()

    def _grace_is_over(self):
        self.cause, self.graceful, self.ended_at = "broker_lost", False, self.lost_at
        self.now = latest(self.now, self.lost_at)  # what is told of it later, and was earlier, counts as then
        first, *later = self.template.steps(False)
        due = latest(self.grace_end, self.lost_at + first[1])
        self._plan(self.missing_from, due, first[0], later)
        self._end_outage("gone")
        return self._told()

    def _end_outage(self, outcome):
        self.missing_from = self.lost_at = self.grace_end = None
        # Not always the last one: a broker that it had left may have been lost after that.
        self.outages = tuple((*each[:2], outcome) if each[2] == "missing" else each for each in self.outages)

    def _count_again(self, connection):
        """It lived all along: nothing happened to the device, but what was said of it leaves a blip, with the time of that."""
        was_connected, broker = self.is_connected, self.aside.pop(connection)
        self.live[connection], self.away = broker, self.away - {broker}
        self._leave_those_away()
        if self.missing_from is not None:
            self._end_outage("back")
        if not was_connected:
            self.plan, self.frozen, self.ended_at = [], None, None
            if self.status == "online":
                self._add_row("blip", self.now, "online", self.cause)
            else:
                self._enter("online", self.now, "connect")
        return self._told()

    def _leave_those_away(self):
        if any(broker not in self.away for broker in self.live.values()):
            for broker in self.away:
                self.aside |= dict.fromkeys(self._without(self.live, broker), broker)

    @staticmethod
    def _without(connections, broker):
        """Takes those at this broker out; says which."""
        taken = [connection for connection, where in connections.items() if where == broker]
        for connection in taken:
            del connections[connection]
        return taken

    def _plan(self, broker, due, status, later):
        self.planned_by, self.frozen, self.plan = broker, None, [(status, due)]
        for key, wait in later:
            due = due + wait
            self.plan.append((key, due))

    def _enter(self, status, at, cause):
        source, self.previous, self.status, self.since = self.status, self.status, status, at
        self.now = latest(self.now, at)
        self._add_row("transition", at, source, cause)

    def _add_row(self, kind, at, source, cause):
        self.rows = (*self.rows, Row(kind, at, source, self.status, cause))

    def _told(self):
        if self.status is not None and (not self.states or self.states[-1] != self.state):
            self.states = (*self.states, self.state)
        return self


def passed(world, until, is_held=lambda broker, due: False):
    """The worlds after all that is due before `until`: two where that isn't certain.

    is_held(broker, due): whether a wait that began there can't be judged now; then it may come to pass or not.
    """
    found, going_on = [], [world]
    while going_on:
        world = going_on.pop()
        due = world.next_due
        if due is None or due.lo - CLOCK > until.hi:
            found.append(world)
            continue
        broker = world.missing_from or world.planned_by
        if due.hi + CLOCK >= until.lo or is_held(broker, due):
            found.append(world.copied())
        going_on.append(world.copied().come_due())
    return found
