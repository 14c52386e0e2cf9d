# SPDX-License-Identifier: Apache-2.0
"""What a person needs to see of a mismatch: expected, actual, and what really happened to that device."""

import json

from .contacts import all_contacts
from .span import Span

SHOWN = 5  # devices in full


def report(findings, judge, rig, heading):
    lines = [heading, f"{len(findings)} of {len(judge.memories)} devices are not as they should be"]
    lines += [f"  {finding.device}: {finding.problem}" for finding in findings[:40]]
    for finding in findings[:SHOWN]:
        lines += ["", f"== {finding.device}: {finding.problem}", *_about(finding, judge, rig)]
    lines += ["", "== faults", *rig.truth.faults, "", "== contacts"]
    for name, found in all_contacts(rig.truth).items():
        for contact in found[-12:]:
            end = f"until {_time(contact.end)}" if contact.end else ""
            lines.append(f"{name}, boot {contact.boot}: from {contact.start} {end}, last heard {contact.last_heard}")
    lines += ["", "== anomalies", *rig.truth.anomalies]
    return "\n".join(lines)


def _about(finding, judge, rig):
    for broker, payload in finding.actual.items():
        yield f"retained at {broker}: {json.dumps(payload)}"
    memory = judge.memories.get(finding.device)
    if memory is None:
        return
    yield "expected, one of:"
    for world in finding.worlds[:6]:
        yield f"  {world.state}"
        for row in world.rows:
            yield f"     row: {row}"
    account = judge.ledger.accounts[finding.device]
    yield "said since the last checkpoint:"
    for seq, row in sorted(account.rows.items()):
        yield f"  {_time(account.arrivals[seq])} {seq} row {_row(row)}"
    for seq, row in sorted(account.stored.items()):
        yield f"  {seq} stored {_row(row)}"
    for seq, status in sorted(account.statuses.items()):
        yield (f"  {_time(account.arrivals[seq])} {seq} {status['status']} since {status['since']} connected={status['connected']} "
               f"cause={status['cause']} graceful={status['graceful']} next={json.dumps(status['next'])}")  # fmt: skip
    yield "begun with, one of:"
    for world in memory.worlds[:3]:
        yield f"  {world.state}" if world.status else "  unknown"
    yield "what happened since:"
    for name, stream in finding.streams.items():
        for event in stream:
            yield f"  {name}: {event}"
    yield "all of its connections, the latest 12:"
    for each in rig.truth.by_device.get(finding.device, [])[-12:]:
        yield (f"  #{each.number} {each.client_id} at {each.broker} boot {each.boot} v{each.version} keepalive {each.keepalive} "
               f"will={each.has_will}: opened {each.opened} ended {each.ended} by {each.cause} {' '.join(each.notes)}")  # fmt: skip


def _row(row):
    return f"{row['kind']} {row['from']} -> {row['to']} at {row['at']} ({row['cause']}, {row['broker']})"


def _time(moment):
    return str(Span.at(moment))
