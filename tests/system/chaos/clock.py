# SPDX-License-Identifier: Apache-2.0
"""The bridge's wall clock, which gets set: what it said while the clock was wrong, as if that had been right."""

from datetime import datetime, timezone

from rollcall_testing.times import seconds_of

# A clock is wrong by some of these, each many times as long as a run: so a time tells by how many.
STEP = 12 * 3600
MOST_STEPS = 2 * 365 * 5


def as_if_right(payload, now):
    """A status or a row that was told, or read, at `now` (time.time())."""
    return {key: _right(key, value, now) for key, value in payload.items()}


def _right(key, value, now):
    if value is None:
        return None
    if key == "next":
        return {**value, "at": _right("at", value["at"], now)}
    if key not in ("at", "since", "last_seen"):
        return value
    moment = seconds_of(value)
    steps = round((moment - now) / STEP)
    if not steps:
        return value
    moment = datetime.fromtimestamp(round(moment - steps * STEP, 3), timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
