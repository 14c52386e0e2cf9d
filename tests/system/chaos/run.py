# SPDX-License-Identifier: Apache-2.0
"""One run: chaos, then a quiet checkpoint, again and again until the time is over."""

import asyncio
import time

from .contacts import LAG, LISTED_WITHIN, all_contacts
from .faults import Faults
from .fleet import Fleet
from .judge import Judge
from .report import report
from .rig import Rig
from .span import Span
from .watch import read_retained

CHAOS = 12.0  # seconds between two checkpoints
RECONNECTED_WITHIN = 25.0  # the bridge tries again after 10 s at the latest
RIGHT_WITHIN = 5.0  # of the reconnect
LONG = 60.0


class Mismatch(AssertionError):
    pass


async def run(versions, folder, *, seed, seconds, clients, faults, say=print):
    """Raises Mismatch; the logs of all are in `folder`."""
    rig = Rig(versions, folder, with_store="bridge" in faults, with_clock="clock" in faults)
    fleet = None
    heading = f"seed {seed}, brokers {', '.join(versions)}, {clients} clients, faults {', '.join(faults)}, logs in {folder}"
    try:
        await asyncio.to_thread(rig.start)
        fleet, trouble, judge = Fleet(seed, clients, rig.truth, rig), Faults(seed, rig, faults), Judge(rig)
        fleet.start()
        ticker = asyncio.create_task(_tick(rig.truth))
        until, number = time.time() + seconds, 0
        while time.time() < until:
            number += 1
            trouble.start()
            await asyncio.sleep(min(CHAOS, max(1.0, until - time.time())))
            await asyncio.gather(fleet.rest(), trouble.heal())
            await asyncio.sleep(LAG)  # until the bridge has acted on what it heard last
            took = await _checkpoint(rig, judge, f"checkpoint {number} of {heading}")
            say(f"checkpoint {number}: {len(judge.memories)} devices are right {took:.1f} s after the last reconnect; "
                f"so far {judge.summary}")  # fmt: skip
            if fleet.failure:
                raise fleet.failure
            fleet.go_on()
        await fleet.rest()
        await asyncio.sleep(LAG)
        await _settle(judge, lambda: _checkpoint(rig, judge, f"end of {heading}"))
        if findings := judge.judge_incidents():
            _fail(findings, judge, rig, f"end of {heading}")
        say(f"the end: all waits are over, {len(judge.memories)} devices are right; {judge.summary}")
    finally:
        if fleet:
            ticker.cancel()
            await fleet.end()
        await asyncio.to_thread(rig.end)


async def _tick(truth):
    """What clients see is seen by this loop, which may be busy; then it happened since the last tick."""
    while True:
        truth.tick()
        await asyncio.sleep(0.02)


async def _checkpoint(rig, judge, heading):
    healed = time.time()
    if rig.bridge.clock:
        # A broker that has just been met is told every status anew: none of them would be judged now.
        while _reconnected(rig) is None and time.time() < healed + RECONNECTED_WITHIN:
            await asyncio.sleep(0.1)
        await asyncio.sleep(2 * LAG)
    while True:
        since = time.time()
        found = await asyncio.gather(*(asyncio.to_thread(read_retained, broker) for broker in rig.brokers.values()))
        read = Span(since, time.time())
        findings = await asyncio.to_thread(judge.judge, dict(zip(rig.brokers, found)), read)
        reconnected = _reconnected(rig)
        if not findings:
            return max(0.0, read.hi - max(healed, reconnected or 0))
        limit = healed + RECONNECTED_WITHIN if reconnected is None else max(healed, reconnected) + RIGHT_WITHIN
        if read.lo > limit:
            _fail(findings, judge, rig, heading)
        await asyncio.sleep(0.2)


def _fail(findings, judge, rig, heading):
    text = report(findings, judge, rig, heading)
    (rig.folder / "mismatch.txt").write_text(text + "\n")
    raise Mismatch(text)


async def _settle(judge, checkpoint):
    """Until nothing is waited for any more, but for those whose waits outlast the test."""
    while True:
        await checkpoint()
        left = [due.hi - time.time() for due in judge.pending() if due.lo < time.time() + LONG]
        if not left and not judge.postponed:
            return
        await asyncio.sleep(max([0.2, *left]))


def _reconnected(rig):
    """When the bridge had met every broker again; None: it hasn't."""
    latest = [found[-1:] for found in all_contacts(rig.truth).values()]
    if not all(found and found[0].end is None for found in latest):
        return None
    return max(found[0].start.hi - LISTED_WITHIN for found in latest)
