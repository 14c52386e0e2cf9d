# SPDX-License-Identifier: Apache-2.0
"""Whether a status may say that clients fight over an id, and whether it has to (docs/lifecycle.md, rule 13)."""

from collections import defaultdict

from .contacts import LAG

WITHIN, ENDS_AFTER = 10.0, 60.0  # seconds
# How far the bridge's times may be from the harness's.
TOLERANCE = 1.0


def takeovers_of(connections):
    """By broker and client id, in order: (when, the boot, whether that is certain)."""
    found = defaultdict(list)
    for connection in connections:
        causes = [connection.cause, *(cause for cause, _ in connection.also)]
        if "taken_over" in causes and connection.ended is not None:
            is_certain = causes == ["taken_over"] and connection.is_opened_certain and connection.is_ended_certain
            found[connection.broker, connection.client_id].append((connection.ended, connection.boot, is_certain))
    return {client_id: sorted(each, key=lambda takeover: takeover[0].lo) for client_id, each in found.items()}


def may_be_in_conflict(connections, read):
    """False: whatever the bridge has heard of, by then nobody fights, or not any more."""
    for takeovers in takeovers_of(connections).values():
        lasts_until = None
        for (before, *_), (after, *_) in zip(takeovers, takeovers[1:]):
            begins = after.lo - before.hi <= WITHIN + TOLERANCE
            goes_on = lasts_until is not None and after.lo <= lasts_until
            lasts_until = after.hi + ENDS_AFTER + TOLERANCE if begins or goes_on else None
        if lasts_until is not None and read.lo <= lasts_until:
            return True
    return False


def must_be_in_conflict(truth, connections, read):
    """True: a bridge that had nothing in its way has heard of a fight that isn't over."""
    for (broker, _), takeovers in takeovers_of(connections).items():
        for (before, boot, is_one_certain), (after, _, is_other_certain) in zip(takeovers, takeovers[1:]):
            is_fight = is_one_certain and is_other_certain and after.hi - before.lo <= WITHIN - TOLERANCE
            is_heard = after.hi + LAG < read.lo and is_undisturbed(truth, broker, boot, before.lo)
            if is_fight and is_heard and read.hi <= after.lo + ENDS_AFTER - TOLERANCE:
                return True
    return False


def is_undisturbed(truth, broker, boot, since):
    """Whether nothing has been between the bridge and this boot from then on."""
    at = truth.brokers[broker]
    obstacles = [*truth.bridge_obstacles, *at.obstacles, *at.pauses]
    is_clear = all(each.until is not None and each.until + TOLERANCE + LAG < since for each in obstacles)
    return is_clear and boot == at.boot and at.is_up and at.boots[boot].started.hi + TOLERANCE < since
