# SPDX-License-Identifier: Apache-2.0
"""Holds what Rollcall said against what the model makes of what really happened."""

import itertools
import time
from collections import Counter
from dataclasses import dataclass, field

from .compare import are_rows, begins, is_history, says
from .conflicts import may_be_in_conflict, must_be_in_conflict
from .contacts import LAG, all_contacts
from .hearing import Ears, courses
from .incidents import Incidents
from .ledger import Ledger
from .model import World, passed
from .span import Span
from .templates import OUTAGE_GRACE, TEMPLATES, Template, seconds

# How far what is retained may be behind.
BEHIND = 1.0
# What is right, but for what nobody can help (README.md, "What the bridge can't know").
LATE, UNSTORED = "right only as heard", "said right before a kill"
# Not judged yet: something happened to it so shortly before it was read that either may be right.
RECENT = "judged later"


@dataclass
class Memory:
    """Of one device. `worlds` are those that were possible at the last checkpoint; `heard` as well, but these are right
    only in the order in which the bridge heard of things. Later it may come out that it was one of them."""

    worlds: list
    heard: list = field(default_factory=list)
    done: set = field(default_factory=set)  # keys of the events that these worlds have been through
    is_complete: bool = True  # whether all was seen since the last checkpoint at which it was judged


@dataclass
class Finding:
    device: str
    problem: str
    worlds: list = field(default_factory=list)
    streams: dict = field(default_factory=dict)
    actual: dict = field(default_factory=dict)


class Judge:
    def __init__(self, rig):
        self.rig, self.truth = rig, rig.truth
        self.templates = {name: Template.of(definition) for name, definition in TEMPLATES.items()}
        self.ledger, self.incidents = Ledger(rig), Incidents()
        self.memories = {}
        self.since = time.time()  # of the last checkpoint
        self.saw_all = True
        self.excused, self.rows_judged, self.compared = Counter(), 0, 0
        self.conflicts = 0  # statuses that say so
        self.postponed = []  # devices that the last checkpoint couldn't judge yet

    def judge(self, retained, read):
        """Findings; none means that all is as it should be, and the next segment begins here.

        retained: by broker, the statuses by device. read: the Span in which they were.
        """
        self.ledger.listen()
        ears, complete = self._ears(), self._could_see_everything()
        findings = [Finding("(any)", text) for text in self.ledger.problems]
        outcomes = {}
        for device in sorted({*self.truth.by_device, *itertools.chain(*retained.values())}):
            actual = {name: statuses.get(device) for name, statuses in retained.items()}
            outcome = self._judge_device(device, actual, read, ears, complete)
            if isinstance(outcome, Finding):
                findings.append(outcome)
            else:
                outcomes[device] = outcome
        if not findings:
            self.saw_all = self.saw_all and complete
            self._next_segment(outcomes, complete)
        return findings

    def judge_incidents(self):
        """Once all outages are over."""
        for notice in self.ledger.notices:
            self.incidents.note(notice)
        boots = {
            name: sum(1 for heard in each.outages() if heard.kind == "lost") + len(list(each.stalls()))
            for name, each in self._ears().items()
        }
        return [Finding("ds/incident", problem) for problem in self.incidents.problems(boots, self.saw_all)]

    def pending(self):
        """What is still to come by itself, in any world."""
        worlds = itertools.chain(*((*memory.worlds, *memory.heard) for memory in self.memories.values()))
        return [due for due in (world.next_due for world in worlds) if due is not None]

    @property
    def summary(self):
        excused = ", ".join(f"{number} {what}" for what, number in sorted(self.excused.items())) or "nothing"
        connections = sum(map(len, self.truth.by_device.values()))
        return f"{connections} connections, {self.rows_judged} rows, {self.compared} statuses; {self.conflicts} in conflict; excused: {excused}"

    def memory(self, device):
        if device not in self.memories:
            connections = self.truth.by_device.get(device)
            template = connections[0].template if connections else "default"
            self.memories[device] = Memory([World(self.templates[template], seconds(OUTAGE_GRACE))])
        return self.memories[device]

    def _ears(self):
        return {name: Ears(self.truth.brokers[name], each) for name, each in all_contacts(self.truth).items()}

    def _could_see_everything(self):
        """Whether there is no row that no watch was there for, or that went down with its broker."""
        watches = self.rig.watches
        away = {name: watch.was_away_since(self.since) for name, watch in watches.items()}
        if not all(away.values()):
            return True
        if any(watch.misses(self.since, self.truth.brokers[name].delivered) for name, watch in watches.items()):
            return False
        starts = sorted(itertools.chain(*away.values()))
        return all(then - before > 1.0 for before, then in zip(starts, starts[1:]))

    def _judge_device(self, device, actual, read, ears, complete):
        """(excuses, worlds, worlds as heard, events done), RECENT, or a Finding."""
        memory = self.memory(device)
        streams = {name: each.events(self.truth.by_device.get(device, []), memory.done) for name, each in ears.items()}
        events = [event for stream in streams.values() for event in stream]
        if any(event.connection and event.at.hi + LAG > read.lo for event in events):
            return RECENT
        if self.ledger.has_row_since(device, read.lo - LAG):  # its status may not have been read with it
            return RECENT
        payload, *others = actual.values()
        if any(other != payload for other in others):
            if self.ledger.is_replacing(device, actual.values(), read.lo - LAG):
                return RECENT
            return Finding(device, "brokers differ", [], streams, actual)
        connections = self.truth.by_device.get(device, [])
        is_marked = payload is not None and payload["conflict"]
        if is_marked and not may_be_in_conflict(connections, read):
            return Finding(device, "in no conflict", [], streams, actual)
        if payload and not is_marked and must_be_in_conflict(self.truth, connections, read):
            return Finding(device, "in a conflict", [], streams, actual)
        self.conflicts += is_marked
        complete = complete and memory.is_complete
        possible, expected = [], []
        for begun, by_truth in ((memory.worlds, True), ([*memory.worlds, *memory.heard], False)):
            fitting, is_forgiven, worlds = self._fitting(device, begun, by_truth, streams, ears, payload, read, complete)
            expected = expected or worlds
            possible.append((fitting, is_forgiven))
        (true, forgiven), (heard, _) = possible
        if not true and not heard:
            return Finding(device, "not as expected", expected, streams, actual)
        if not true:
            (true, forgiven), heard = possible[1], []
            excuses = [LATE]
        else:
            excuses = []
        known = {world.key for world in true}
        heard = [world for world in heard if world.key not in known]
        return excuses + [UNSTORED] * forgiven, true, heard, memory.done | {event.key for event in events}

    def _fitting(self, device, begun, by_truth, streams, ears, payload, read, complete):
        """(worlds that are as was said, whether something had to be forgiven, all worlds)."""
        all_said = [self.ledger.said(device, is_forgiving) for is_forgiving in (False, True)]
        stored = all_said[0][2]
        is_possible = (lambda world: begins(stored, world.rows)) if self.rig.has_store and not by_truth else None
        worlds = courses(begun, streams, ears, by_truth, is_possible=is_possible)
        worlds = [then for world in worlds for then in passed(world, Span(read.lo - BEHIND, read.hi))]
        for is_forgiven, said in enumerate(all_said):
            fitting = [world for world in worlds if self._fits(world, payload, said, complete)]
            if fitting:
                return fitting, is_forgiven, worlds
        return [], 0, worlds

    def _fits(self, world, payload, said, complete):
        statuses, rows, stored = said
        if world.status is None or payload is None:
            return world.status is None and payload is None and not rows and not stored
        return (
            says(payload, world.state)
            and are_rows(rows, world.rows, complete)
            and (not self.rig.has_store or are_rows(stored, world.rows, True))
            and is_history(statuses, world.states)
        )

    def _next_segment(self, outcomes, complete):
        self.since = time.time()
        self.postponed = [device for device, outcome in outcomes.items() if outcome == RECENT]
        for device, outcome in outcomes.items():
            if outcome == RECENT:
                self.excused[RECENT] += 1
                self.memories[device].is_complete &= complete
                continue
            excuses, worlds, heard, done = outcome
            self.excused.update(excuses)
            self.rows_judged += self.ledger.close(device)
            self.compared += 1
            self.incidents.add([*worlds, *heard])
            for world in (*worlds, *heard):
                world.rows, world.states = (), (world.state,) if world.status else ()
            self.memories[device] = Memory(_distinct(worlds), _distinct(heard), done)


def _distinct(worlds):
    return list({world.key: world for world in worlds}.values())
