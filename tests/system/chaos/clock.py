# SPDX-License-Identifier: Apache-2.0
"""The bridge's wall clock, which gets set: what it said while the clock was wrong, as if that had been right."""

from datetime import datetime, timezone

from rollcall_testing.times import seconds_of

# A clock is wrong by some of these, each many times as long as a run: so a time tells by how many.
STEP = 12 * 3600
MOST_STEPS = 2 * 365 * 5
# A bridge that has just begun, and has met no broker yet, doesn't look at the clock.
NOTICED_WITHIN = 25.0
TIMES = ("at", "since", "last_seen")
EXACT_TO = 0.002  # of one step: both clocks are read in whole milliseconds


def as_if_right(payload, now):
    """A status or a row that was told, or read, at `now` (time.time())."""
    return {key: _right(key, value, now) for key, value in payload.items()}


def are_the_same(one, other, steps=0):
    """Two payloads as if right, said before and after so many steps of the clock: times moved along by each as it was measured."""
    return one.keys() == other.keys() and all(_is_the_same(key, one[key], other[key], steps) for key in one)


def _is_the_same(key, one, other, steps):
    if one == other:
        return True
    if one is None or other is None:
        return False
    if key == "next":
        return are_the_same(one, other, steps)
    return key in TIMES and abs(seconds_of(one) - seconds_of(other)) < steps * EXACT_TO + 0.0005


def _right(key, value, now):
    if value is None:
        return None
    if key == "next":
        return {**value, "at": _right("at", value["at"], now)}
    if key not in TIMES:
        return value
    moment = seconds_of(value)
    steps = round((moment - now) / STEP)
    if not steps:
        return value
    moment = datetime.fromtimestamp(round(moment - steps * STEP, 3), timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
