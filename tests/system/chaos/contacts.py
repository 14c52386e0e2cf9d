# SPDX-License-Identifier: Apache-2.0
"""When the bridge could hear of a broker, worked out from what the harness did to both and to the link between them."""

from bisect import bisect_left
from dataclasses import dataclass

from .span import Span
from .truth import Obstacle

# From the moment at which the broker noticed something to that at which the bridge has surely acted on it, if nothing is in
# the way. Most take a few milliseconds; the machine may be busy.
LAG = 0.5
# How old the bridge's last news may be when all falls silent: it asks after 2 s at the latest.
NEWS_EVERY = 2.5
# What the bridge asks at a connect is answered within this time of the first thing that came through.
LISTED_WITHIN = 1.0
# A bridge that starts acts on nothing before it has the lists of all brokers, but waits for them no longer than this.
GATHERED_WITHIN = 5.0

# What can be in the way. A link that is cut, and a broker that dies, is noticed by a bridge that runs...
CUT, BROKER_DOWN = "link cut", "broker down"
# ... what is in a stalled link, or before a paused bridge, may come through later, though the broker be dead by then...
LINK_STALLED, BRIDGE_PAUSED = "link stalled", "bridge paused"
# ... and of these nobody hears anything.
BROKER_PAUSED, BRIDGE_DOWN = "broker paused", "bridge down"


@dataclass(frozen=True)
class Contact:
    """Bridge and this boot of the broker heard each other from `start` on, until `end` (None: still).

    last_heard: when the bridge will believe that the boot was lost, if this was the last contact with it. is_leaky: whether
    something of what came after `end` may have been heard even so, before the next contact.
    """

    boot: int
    start: Span
    end: float = None
    last_heard: Span = None
    is_leaky: bool = False

    @property
    def is_listed(self):
        """Whether the bridge surely came to hear everything while it lasted."""
        return self.end is None or self.start.hi < self.end


def all_contacts(truth):
    """With each broker, by name."""
    starts = [each.until for each in truth.bridge_obstacles if each.what == BRIDGE_DOWN and each.until]
    gatherings = []
    for start in starts:
        heard = [_first(broker, start) for broker in truth.brokers.values()]
        gatherings.append((start, min(start + GATHERED_WITHIN, max(heard)) + LISTED_WITHIN))
    return {name: contacts(broker, truth.bridge_obstacles, gatherings) for name, broker in truth.brokers.items()}


def _first(broker, since):
    """The first thing that came through from then on."""
    at = bisect_left(broker.delivered, since)
    return broker.delivered[at] if at < len(broker.delivered) else float("inf")


def contacts(broker, bridge_obstacles, gatherings=()):
    """All contacts with a BrokerTruth, in order. gatherings: (since, until) of each start of the bridge."""
    obstacles = [*_times_down(broker), *broker.obstacles, *broker.pauses, *bridge_obstacles]
    obstacles.sort(key=lambda each: each.since)
    found, free_since = [], float("-inf")  # (start, boot, obstacle that ended it)
    for obstacle in [*obstacles, None]:
        if free_since < (obstacle.since if obstacle else float("inf")):
            found += _start(broker, free_since, obstacle, gatherings)
        if obstacle:
            free_since = max(free_since, float("inf") if obstacle.until is None else obstacle.until)
    starts_of_next = [start.lo for start, _, _ in found[1:]] + [float("inf")]
    return [_contact(*each, obstacles, next_start) for each, next_start in zip(found, starts_of_next)]


def _times_down(broker):
    ends = [boot.ended and boot.ended.lo for boot in broker.boots]
    starts = [boot.started.lo for boot in broker.boots[1:]] + [None]
    return [Obstacle(BROKER_DOWN, end, start) for end, start in zip(ends, starts) if end is not None]


def _start(broker, since, obstacle, gatherings):
    first = _first(broker, since)
    if first >= (obstacle.since if obstacle else float("inf")):
        return []  # nothing came through in this time
    boot = max(number for number, boot in enumerate(broker.boots) if boot.started.lo <= first)
    listed = max([first + LISTED_WITHIN, *(until for begun, until in gatherings if begun <= first < until)])
    return [(Span(max(since, broker.boots[boot].started.lo), listed), boot, obstacle)]


def _contact(start, boot, obstacle, obstacles, next_start):
    if not obstacle:
        return Contact(boot, start)
    end = obstacle.since
    is_leaky = any(
        each.what in (LINK_STALLED, BRIDGE_PAUSED) and each.since < next_start and (each.until or float("inf")) > end
        for each in obstacles
    )
    if is_leaky:
        last_heard = Span(end - NEWS_EVERY, next_start + LAG)
    elif obstacle.what in (CUT, BROKER_DOWN):
        last_heard = Span(end - 0.1, end + LAG)
    else:
        # While a broker is paused its link may break: then that is when a bridge that runs lost it.
        later = [each for each in obstacles if end < each.since < next_start and each.what in (CUT, BROKER_DOWN, BRIDGE_DOWN)]
        breaks = obstacle.what == BROKER_PAUSED and later and later[0].what != BRIDGE_DOWN
        last_heard = Span(end - NEWS_EVERY, later[0].since + LAG if breaks else end)
    return Contact(boot, start, end, last_heard, is_leaky)
