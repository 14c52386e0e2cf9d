# SPDX-License-Identifier: Apache-2.0
"""A moment that is known within bounds only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Not before `lo`, not after `hi`; in seconds since 1970, as time.time() has them."""

    lo: float
    hi: float

    @classmethod
    def at(cls, moment):
        return cls(moment, moment)

    def __add__(self, seconds):
        return Span(self.lo + seconds, self.hi + seconds)

    def widened(self, before, after=None):
        return Span(self.lo - before, self.hi + (before if after is None else after))

    def until(self, moment):
        """The part of it that isn't after that."""
        return Span(min(self.lo, moment), min(self.hi, moment))

    def is_surely_before(self, other):
        return self.hi < other.lo

    def covers(self, moment, tolerance=0.0):
        return self.lo - tolerance <= moment <= self.hi + tolerance

    def __str__(self):
        from datetime import datetime, timezone

        def text(moment):
            if abs(moment) == float("inf"):
                return "never" if moment > 0 else "always"
            return datetime.fromtimestamp(moment, timezone.utc).strftime("%H:%M:%S.%f")[:-3]

        return text(self.lo) if self.hi - self.lo < 0.0005 else f"{text(self.lo)}..{text(self.hi)[-6:]}"


def latest(one, other):
    """The later of two."""
    return Span(max(one.lo, other.lo), max(one.hi, other.hi))


def between(start, end):
    """How long it is from `start` to `end`, at least and at most."""
    return max(0.0, end.lo - start.hi), max(0.0, end.hi - start.lo)
