# SPDX-License-Identifier: Apache-2.0
"""Whether what was said is what a world of the model says."""

from rollcall_testing.times import seconds_of

# Seconds. What the model knows within bounds may be off by this beyond them.
TOLERANCE = 1.0


def near(text, span):
    if text is None or span is None:
        return text is None and span is None
    return span.covers(seconds_of(text), TOLERANCE)


def looks_like(payload, state):
    """All but what comes next: that may have been said before a wait was frozen."""
    return (
        payload["status"] == state.status
        and payload["connected"] == state.connected
        and payload["cause"] == state.cause
        and payload["graceful"] == state.graceful
        and payload["previous"] == state.previous
        and near(payload["since"], state.since)
    )


def says(payload, state):
    """Whether this status is this state."""
    coming = payload["next"] or {"status": None, "at": None}
    return looks_like(payload, state) and coming["status"] == state.next_status and near(coming["at"], state.next_at)


def tells(row, expected):
    """Whether this row of the timeline is that row."""
    return (row["kind"], row["from"], row["to"], row["cause"]) == (
        expected.kind, expected.source, expected.to, expected.cause,
    ) and near(row["at"], expected.at)  # fmt: skip


def are_rows(rows, expected, is_complete):
    """`rows` are all of the expected ones in their order; or some, if not all could be seen."""
    if is_complete and len(rows) != len(expected):
        return False
    return _is_within(rows, expected, tells, once=True)


def begins(rows, expected):
    """Whether the rows, which are complete, begin with the expected ones."""
    return len(expected) <= len(rows) and all(map(tells, rows, expected))


def is_history(payloads, states):
    """Whether each of these statuses was true at some time, in this order. States in between needn't have been said."""
    return _is_within(payloads, states, looks_like, once=False)


def _is_within(said, expected, fits, once):
    at = 0
    for each in said:
        while at < len(expected) and not fits(each, expected[at]):
            at += 1
        if at == len(expected):
            return False
        at += once
    return True
