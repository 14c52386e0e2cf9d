# SPDX-License-Identifier: Apache-2.0
"""What Rollcall said of each device since the last checkpoint, from all brokers and from the store together, by seq."""

import time
from collections import defaultdict
from dataclasses import dataclass, field

from rollcall_testing.times import seconds_of

from .clock import are_the_same, as_if_right
from .contacts import BRIDGE_DOWN, LAG, LINK_STALLED
from .store import rows_after

AT_ONCE = 0.1


@dataclass
class Account:
    """Of one device. `through`: the highest seq that was dealt with at the last checkpoint."""

    through: int = 0
    statuses: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    stored: dict = field(default_factory=dict)  # rows in the bridge's store
    arrivals: dict = field(default_factory=dict)  # when each status and each row came first
    came_to: dict = field(default_factory=dict)  # and to which broker


class Ledger:
    def __init__(self, rig):
        self.rig = rig
        self.accounts = defaultdict(Account)
        self.notices = []
        self.problems = []  # what is wrong whatever the truth is
        self._latest = {}  # (broker, device): the last status there
        self._stored_seq = 0

    def listen(self):
        """Takes in what the watches have seen, and what is stored."""
        for name, watch in self.rig.watches.items():
            for said in watch.take():
                if said.kind == "incident":
                    self.notices.append(said.payload)
                elif said.kind == "timeline":
                    self._note(self.accounts[said.payload["device"]].rows, name, said)
                elif said.kind == "status" and not said.retain:  # else said before, perhaps in the broker's earlier life
                    self._check_order(name, said.payload)
                    self._note(self.accounts[said.payload["device"]].statuses, name, said)
        for row in rows_after(self.rig.store_path, self._stored_seq):
            self._stored_seq = row["seq"]
            self.accounts[row["device"]].stored[row["seq"]] = as_if_right(row, time.time())

    def _check_order(self, broker, payload):
        """seq grows; a broker that was started anew is told the same again."""
        key = broker, payload["device"]
        last = self._latest.get(key, payload)
        if payload["seq"] < last["seq"]:
            self.problems.append(f"at {broker} {payload} came after {last}")
        self._latest[key] = payload

    def _note(self, into, broker, said):
        seq, account, payload = said.payload["seq"], self.accounts[said.payload["device"]], as_if_right(said.payload, said.at)
        if seq <= account.through:
            return  # told again: rows are, after a restart, to a broker that may have missed them
        first, since = into.setdefault(seq, payload), account.arrivals.get(seq, said.at)
        if first != payload and not are_the_same(first, payload, self.rig.truth.clock_steps_between(since, said.at)):
            self.problems.append(f"at {broker} {said.payload} has the seq of {into[seq]}")
        if said.at < account.arrivals.get(seq, float("inf")):
            account.arrivals[seq], account.came_to[seq] = said.at, broker

    def said(self, device, is_forgiving):
        """(statuses, rows, stored rows); forgiving: but for what a bridge said right before it was killed, and hadn't stored."""
        account = self.accounts[device]
        kills = [each.since for each in self.rig.truth.bridge_obstacles if each.what == BRIDGE_DOWN]

        def counts(seq):
            came, broker = account.arrivals[seq], self.rig.truth.brokers[account.came_to[seq]]
            return not is_forgiving or seq in account.stored or not any(
                kill - LAG <= came <= held_until(broker, kill) + AT_ONCE for kill in kills
            )

        statuses = [status for seq, status in sorted(account.statuses.items()) if counts(seq)]
        rows = [row for seq, row in sorted(account.rows.items()) if counts(seq)]
        return statuses, rows, [row for _, row in sorted(account.stored.items())]

    def is_replacing(self, device, payloads, since):
        """Whether the newest of these statuses, each retained at another broker, came after `since`: others may follow."""
        account, newest = self.accounts[device], max(payload["seq"] if payload else 0 for payload in payloads)
        return newest > account.through and account.arrivals.get(newest, float("inf")) > since

    def has_row_since(self, device, moment):
        """Whether something is stored that happened to it later than that."""
        return any(seconds_of(row["at"]) > moment for row in self.accounts[device].stored.values())

    def close(self, device):
        """The account is right: the next one begins. Says how many rows it had."""
        account = self.accounts[device]
        seqs = (account.through, *account.statuses, *account.rows, *account.stored)
        self.accounts[device] = Account(through=max(seqs))
        return len(account.rows)


def held_until(broker, moment):
    """Until when what was on its way to this broker then may have been held up: in a stalled link, or before a pause."""
    stalls = [each for each in broker.obstacles if each.what == LINK_STALLED]
    until = moment
    for each in sorted([*stalls, *broker.pauses], key=lambda obstacle: obstacle.since):
        if each.since <= until + AT_ONCE and (each.until or float("inf")) > until:
            until = each.until or float("inf")
    return until + LAG if until > moment else moment
