# SPDX-License-Identifier: Apache-2.0
"""The templates of the chaos fleet, with waits so short that everything happens often, and what the model makes of them."""

import re
from dataclasses import dataclass

OUTAGE_GRACE = "4s"

TEMPLATES = {
    "default": {
        "statuses": [
            {"status": "online"},
            {"status": "offline", "after": "3s"},
            {"status": "inactive", "after": "15s"},
        ]
    },
    "branch": {
        "on_graceful": {"status": "standby", "after": "2s"},
        "on_non_graceful": {"status": "offline", "after": "4s"},
        "statuses": [
            {"status": "online"},
            {"status": "standby", "after": "2s"},
            {"status": "offline", "after": "6s"},
            {"status": "inactive", "after": "12s"},
        ],
    },
    "patient": {"statuses": [{"status": "online"}, {"status": "offline", "after": "10m"}]},
}


def seconds(duration):
    """ "1m30s" is 90."""
    factors = {"h": 3600, "m": 60, "s": 1}
    return sum(int(number) * factors[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))


@dataclass(frozen=True)
class Template:
    """`chain`: the keys of the statuses. `after`: each one's wait, by key. `branches`: by graceful, (status, wait)."""

    chain: tuple
    after: dict
    branches: dict

    @classmethod
    def of(cls, definition):
        """From the form that rollcall.json has."""
        statuses = definition["statuses"]
        after = {each["status"]: seconds(each["after"]) for each in statuses[1:]}

        def branch(key):
            given = definition.get(key, {})
            status = given.get("status", statuses[1]["status"])
            return status, seconds(given["after"]) if "after" in given else after[status]

        chain = tuple(each["status"] for each in statuses)
        return cls(chain, after, {True: branch("on_graceful"), False: branch("on_non_graceful")})

    def steps(self, graceful):
        """The whole way after a disconnect: (status, wait) one after another."""
        first, wait = self.branches[graceful]
        later = self.chain[self.chain.index(first) + 1 :]
        return [(first, wait), *((key, self.after[key]) for key in later)]
