# SPDX-License-Identifier: Apache-2.0
"""Waiting for conditions. No test sleeps where it can wait for something to be true."""

import time


class NeverHappened(AssertionError):
    """A condition that didn't come true in time."""


def wait_for(condition, what, timeout=5.0, interval=0.01, changed=None):
    """Returns the first true value of `condition()`.

    `what` says in words what was waited for: a text, or a function that makes one when it is too late. `changed` is a
    threading.Condition, already held, that is notified when it's worth looking again; without it we look every
    `interval` seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        left = deadline - time.monotonic()
        if left <= 0:
            raise NeverHappened(f"not within {timeout:g} s: {what() if callable(what) else what}")
        if changed is not None:
            changed.wait(left)
        else:
            time.sleep(min(interval, left))


def stays_true(condition, seconds, what, interval=0.02):
    """For what must not change for a while: fails as soon as `condition()` is false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"it changed: {what}"
        time.sleep(interval)
