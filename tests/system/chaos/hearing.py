# SPDX-License-Identifier: Apache-2.0
"""What the bridge can have heard of one device: the truth, less what was lost with a broker, in an order that is possible.

Each broker tells its own events in their order. Between two brokers the order is that in which the bridge hears of them,
and what one link held up is heard late.
"""

from dataclasses import dataclass, replace

from .contacts import LAG
from .model import CLOCK, passed
from .span import Span, latest

STALL = 2.0  # a broker that doesn't come round for longer has stood still
TURN = 0.15  # how long an idle one takes to come round


@dataclass(frozen=True)
class Heard:
    """kind: opened, ended, lost, back or stalled; away and found, of a link. causes: (cause, will sent), as many as are
    possible. stall: (since, until) of the broker's that the end may be the doing of, or that this is.
    """

    kind: str
    key: tuple
    broker: str
    boot: int
    at: Span
    heard: Span
    is_certain: bool = True
    connection: object = None
    causes: tuple = ()
    stall: tuple = None

    def __str__(self):
        doubt = "" if self.is_certain else ", perhaps never heard"
        what = f" #{self.connection.number}" if self.connection else ""
        cause = f" by {' or '.join(cause for cause, _ in self.causes)}" if self.causes else ""
        return f"{self.kind}{what} at {self.broker} {self.at}{cause} (heard {self.heard}{doubt})"

    def apply(self, world):
        """The worlds after it; `world` is given away."""
        if self.kind == "lost":
            return [world.broker_lost(self.broker, self.at, self.key)]
        if self.kind == "back":
            return [world.broker_back(self.broker, self.at)]
        if self.kind == "away":
            return [world.copied(), world.broker_away(self.broker)]
        if self.kind == "found":
            return [world.broker_found(self.broker, self.at)]
        if self.kind == "stalled":
            return [world.broker_stalled(self.broker, *self.stall)]
        number, keepalive = self.connection.number, self.connection.keepalive
        if self.kind == "opened":
            return [world.opened(number, self.broker, self.at)]
        return [
            before.copied().lost_by_stall(number, self.at, *self.stall)
            if cause == "broker_lost"
            else before.copied().ended(number, self.at, cause, will_sent, keepalive)
            for before in world.outliving(number, self.at)
            for cause, will_sent in self.causes
        ]


class Ears:
    """Of the bridge, for one broker."""

    def __init__(self, broker, contacts):
        self.broker, self.contacts = broker, contacts

    def hear(self, boot, at):
        """(when, whether for sure) the bridge heard of something that happened there at that time; None: never."""
        perhaps = None
        for contact in self.contacts:
            if contact.boot != boot:
                continue
            told = max(at.hi, contact.start.hi) + LAG
            if contact.end is None or told <= contact.end:
                return Span(at.lo, told), True
            if contact.is_leaky or at.lo <= contact.end + LAG:
                perhaps = Span(at.lo, max(told, contact.last_heard.hi)), False
        return perhaps

    def is_in_touch(self, at):
        """Whether the bridge surely knew at that time what goes on there."""
        return any(
            contact.start.hi <= at.lo and (contact.end is None or at.hi + LAG <= contact.end) for contact in self.contacts
        )

    def outages(self):
        """(lost, back) for each new boot that the bridge met."""
        since = None  # the last contact that was good for a list
        for one, other in zip(self.contacts, self.contacts[1:]):
            since = one if since is None or one.is_listed or since.boot != one.boot else since
            if one.boot != other.boot:
                lost = Span(since.last_heard.lo, min(one.last_heard.hi, other.start.hi))
                back, heard = self.broker.boots[other.boot].started, Span(lost.lo, other.start.hi + LAG)
                name, certain = self.broker.name, self._is_listed_from(other)
                yield Heard("lost", (name, other.boot, "lost"), name, one.boot, lost, heard)
                yield Heard("back", (name, other.boot, "back"), name, other.boot, back, heard, certain)

    def silences(self):
        """(away, found) for each time that nothing was heard of a broker that went on all the while."""
        for one, other in zip(self.contacts, self.contacts[1:]):
            if one.boot == other.boot:
                name, boot, since = self.broker.name, one.boot, Span.at(one.end)
                # Before the next silence, or not in this contact at all.
                until = Span(other.start.lo, other.start.hi + LAG).until(float("inf") if other.end is None else other.end)
                yield Heard("away", (name, other.start.lo, "away"), name, boot, since, Span(one.end, until.hi))
                yield Heard("found", (name, other.start.lo, "found"), name, boot, until, until, other.is_listed)

    def stalls(self):
        """(boot, pause, whether for sure) of each time that the broker stood still."""
        for pause in self.broker.pauses:
            if pause.until is None or pause.until - pause.since <= STALL - TURN:
                continue
            boot = max(number for number, boot in enumerate(self.broker.boots) if boot.started.lo <= pause.since)
            yield boot, pause, pause.until - pause.since >= STALL

    def _told_stalls(self):
        for boot, pause, is_certain in self.stalls():
            heard = self.hear(boot, Span(pause.until, pause.until + TURN))
            if heard is not None:
                when, is_heard = heard
                yield Heard("stalled", (self.broker.name, pause.since, "stalled"), self.broker.name, boot, Span.at(pause.since),
                            when, is_certain and is_heard, stall=(pause.since, pause.until))  # fmt: skip

    def _excused(self, connection, at, causes):
        """(causes, stall): what a broker finds by keepalive right after it stood still is its own doing."""
        pauses = [each for each in self.stalls() if each[0] == connection.boot and each[1].until <= at.hi]
        if not pauses or not connection.keepalive:
            return causes, None
        _, pause, is_certain = pauses[-1]
        sweep = pause.until + self.broker.sweep
        if at.lo > sweep + 2 * TURN:
            return causes, None
        is_certain = is_certain and at.hi < sweep - TURN
        excused = []
        for cause, will_sent in causes:
            is_blamed = cause in ("keepalive_timeout", "unknown")
            excused += [("broker_lost", will_sent)] * is_blamed
            excused += [(cause, will_sent)] * (not is_blamed or not is_certain or cause == "unknown")
        # What the client did meanwhile the broker reads when it goes on, and may look at the keepalives before that.
        if at.lo <= pause.until + 2 * TURN and at.hi - connection.opened.lo >= connection.keepalive * 3 // 2 - 1:
            excused.append(("broker_lost", connection.has_will))
        return tuple(dict.fromkeys(excused)), (pause.since, pause.until)

    def _is_listed_from(self, contact):
        """Whether this boot's list was surely heard from then on. Else a bridge may have died before it acted on anything."""
        return any(each.is_listed for each in self.contacts if each.boot == contact.boot and each.start.lo >= contact.start.lo)

    def events(self, connections, done):
        """Of these connections at this broker, and of the broker itself, in order; without those whose keys are in `done`."""
        found = [each for each in (*self.outages(), *self.silences(), *self._told_stalls()) if each.key not in done]
        for connection in connections:
            for kind in ("opened", "ended"):
                at, key = getattr(connection, kind), (connection.number, kind)
                if connection.broker != self.broker.name or at is None or key in done:
                    continue
                died = self.broker.boots[connection.boot].ended
                at = self._not_within_a_pause(at.until(died.hi) if died else at)
                heard = self.hear(connection.boot, at)
                if heard is None:
                    continue
                when, is_heard = heard
                certain = is_heard and getattr(connection, f"is_{kind}_certain")
                causes, stall = self._excused(connection, at, self.causes(connection)) if kind == "ended" else ((), None)
                found.append(Heard(kind, key, self.broker.name, connection.boot, at, when, certain, connection, causes, stall))
                if connection.cause == "taken_over" and kind == "ended" and connection.also:
                    # It may have ended by itself, right before the newcomer came.
                    causes, stall = self._excused(connection, at, connection.also)
                    found.append(replace(found[-1], key=(*key, "early"), is_certain=False, causes=causes, stall=stall))
        return sorted(found, key=_order)

    def _not_within_a_pause(self, at):
        """What may have been done before a pause, or while it lasted, was done before."""
        for pause in self.broker.pauses:
            if at.lo <= pause.since < at.hi < (pause.until or float("inf")):
                return at.until(pause.since)
        return at

    def causes(self, connection):
        """On 2.0 the plugin knows causes by the broker's log only, which it gets once the bridge has subscribed to it."""
        true = ((connection.cause, connection.will_sent), *connection.also)
        boot = self.broker.boots[connection.boot]
        if not self.broker.is_2_0 or boot.is_log_kept or connection.cause == "taken_over":
            return true
        met = [contact.start.hi for contact in self.contacts if contact.boot == connection.boot]
        if met and met[0] + LAG < connection.ended.lo:
            return true
        return tuple(dict.fromkeys((*true, *((cause, connection.will_sent) for cause in ("unknown", "connection_closed")))))


def courses(worlds, streams, ears, by_truth, is_possible=None):
    """All worlds that can follow when these streams (one for each broker) are heard.

    by_truth: in the order in which things happened, else in that in which the bridge heard of them. Worlds that aren't
    is_possible() on the way are left out, for there may be many.
    """
    names = sorted(streams)
    reached = {(0,) * len(names): {world.key: world for world in worlds}}
    if by_truth:
        streams = {name: [each for each in stream if each.kind not in ("away", "found")] for name, stream in streams.items()}
    for _ in range(sum(map(len, streams.values()))):
        further = {}
        for at, here in reached.items():
            for each in _next(names, streams, at, by_truth):
                then = tuple(number + (name == names[each]) for number, name in zip(at, names))
                into = further.setdefault(then, {})
                for world in here.values():
                    for found in _after(world, streams[names[each]][at[each]], ears, by_truth):
                        if is_possible is None or is_possible(found):
                            into[found.key] = found
        reached = further
    return [world for end in reached.values() for world in end.values()]


def _next(names, streams, at, by_truth):
    heads = {each: streams[name][at[each]] for each, name in enumerate(names) if at[each] < len(streams[name])}
    moments = {each: head.at.widened(CLOCK / 2) if by_truth else head.heard for each, head in heads.items()}
    for each, moment in moments.items():
        if not any(other.is_surely_before(moment) for other in moments.values()):
            yield each


def _after(world, event, ears, by_truth):
    owner = world.missing_from or world.planned_by
    if by_truth or owner in (None, event.broker):
        before = passed(world, latest(world.now, event.at))
    else:
        before = passed(world, latest(world.now, event.heard), lambda broker, due: not ears[broker].is_in_touch(due))
    unheard = [] if event.is_certain else [world]
    return unheard + [found for each in before for found in event.apply(each.copied())]


def _order(event):
    """Boot by boot; at a takeover the newcomer is there first."""
    if event.kind in ("lost", "back"):
        return event.boot, float("inf") if event.kind == "lost" else float("-inf"), 0
    if event.kind == "stalled":
        return event.boot, event.at.hi, 3
    return event.boot, event.at.hi, 1 if event.kind == "opened" else 0 if event.key[-1] == "early" else 2
