# SPDX-License-Identifier: Apache-2.0
"""Holds the notices on ds/incident against what the model says of how many devices an outage of a broker touched."""

from collections import defaultdict


class Incidents:
    """Counts over a whole run: for each broker how many devices were gone in the end, and how many came back in time."""

    def __init__(self):
        self.notices = {}
        self.counts = defaultdict(lambda: [0, 0])  # (broker, outcome): at least, at most

    def note(self, payload):
        """The same notice comes from every broker."""
        self.notices[payload["what"], payload["id"]] = payload

    def add(self, worlds):
        """Of one device: what is over in its outages is counted, and taken out of its worlds."""
        outcomes = [[(broker, outcome) for broker, _, outcome in world.outages if outcome != "missing"] for world in worlds]
        for each in {outcome for outcomes_of_one in outcomes for outcome in outcomes_of_one}:
            numbers = [outcomes_of_one.count(each) for outcomes_of_one in outcomes]
            self.counts[each][0] += min(numbers)
            self.counts[each][1] += max(numbers)
        for world in worlds:
            world.outages = tuple(outage for outage in world.outages if outage[2] == "missing")

    def problems(self, boots, could_see_all):
        """When all outages are over. boots: by broker, how many new ones the bridge met."""
        for notice in self.notices.values():
            if notice["kind"] != "broker" or not 0 <= notice["back"] <= notice["devices"] or not notice["devices"]:
                yield f"a notice that doesn't add up: {notice}"
        for broker, met in boots.items():
            notices = [notice for (name, _), notice in self.notices.items() if name == broker]
            if len(notices) > met:
                yield f"{len(notices)} notices about {broker}, which was away {met} times: {notices}"
            if len({notice["began"] for notice in notices}) < len(notices):
                yield f"two notices about one outage of {broker}: {notices}"
            missing = lambda notice: notice["devices"] - notice["back"]  # noqa: E731
            for field, outcome, count in (("missing", "gone", missing), ("back", "back", lambda notice: notice["back"])):
                told = sum(count(notice) for notice in notices)
                least, most = self.counts[broker, outcome]
                # Who came back before a second loss within the grace isn't in the one notice that sums up both.
                if told > most or (told < least and could_see_all and outcome == "gone"):
                    yield f"{told} devices {field} in all notices about {broker}; it should be {least} to {most}: {notices}"
