# SPDX-License-Identifier: Apache-2.0
"""The worked examples 1 to 6 of docs/lifecycle.md with real clients: what is a minute there is a second here.

All of them run at once against one broker (the fixture `played`); each test then looks at its own devices. A keepalive
can't be scaled below whole seconds: 2 s, of which floor(1.5 × 2) = 3 s is the silence, stands for the 45 s there.
"""

import time
from dataclasses import dataclass

import pytest
from conftest import Makers

from rollcall_testing.observer import Observer
from rollcall_testing.stack import Stack
from rollcall_testing.times import seconds_of

KEEPALIVE, SILENCE = 2, 3
ON_TIME = 0.25  # seconds: what the scheduling of a busy machine may cost
ROUNDING = 0.02  # of what the bridge works out from ages in milliseconds


def template(after, *more, **fields):
    statuses = [{"status": "online"}, {"status": "offline", "after": after}, *more]
    return {"statuses": statuses, **fields}


TEMPLATES = {
    "five": template("5s"),
    "six": template("6s"),
    "one": template("1s"),
    "chain": {
        "statuses": [
            {"status": "online"}, {"status": "standby", "after": "1s"}, {"status": "offline", "after": "2s"},
            {"status": "inactive", "after": "1s"}, {"status": "retired", "after": "520w"},
        ]
    },
    "branching": {
        "on_graceful": {"status": "standby", "after": "1s"}, "on_non_graceful": {"status": "offline", "after": "2s"},
        "statuses": [{"status": "online"}, {"status": "standby", "after": "5m"}, {"status": "offline", "after": "1s"}],
    },
    "zero": template("0s"),
}  # fmt: skip


@dataclass
class Played:
    observer: Observer
    broker_version: str
    did: dict  # device: the times at which the test did something to it, in order

    def statuses(self, device):
        return [seen.payload["status"] for seen in self.observer.statuses(device)]

    def check_transitions(self, device):
        """Every status came when the payload before it said, never early and not late."""
        seen = self.observer.statuses(device)
        for before, after in zip(seen, seen[1:]):
            if after.payload["status"] == before.payload["status"]:
                continue
            if after.payload["status"] == "online":
                assert after.payload["next"] is None
                continue
            due = seconds_of(after.payload["since"])
            assert 0 <= after.at - due + 0.002 <= ON_TIME, f"{device}: due {due}, came {after.at}"
            if before.payload["next"]:
                assert before.payload["next"] == {"status": after.payload["status"], "at": after.payload["since"]}
            assert after.payload["previous"] == before.payload["status"]
        self.observer.check_order(device)


@pytest.fixture(scope="module")
def played(request, tmp_path_factory, broker_version):
    makers = Makers(request, tmp_path_factory, broker_version)
    stack = makers.keep(Stack(broker_version, makers.next_folder("stack"), templates=TEMPLATES)).start()
    did, script = {}, []

    def at(seconds, device, action):
        script.append((seconds, device, action))

    clients = {}

    def connect(device, kind, **options):
        def action():
            clients[device] = stack.connect(f"{kind}:{device}", **options)
        return action

    def disconnect(device):
        return lambda: clients[device].disconnect()

    def lose(device):
        # A fresh packet first, so that the silence begins here and not with some earlier ping.
        return lambda: (clients[device].round_trip(), clients[device].fall_silent())

    at(0, "example-1", connect("example-1", "five"))
    at(0.5, "example-1", disconnect("example-1"))
    at(0, "example-2", connect("example-2", "five"))
    at(0.5, "example-2", disconnect("example-2"))
    at(2.48, "example-2", connect("example-2", "five"))
    at(0, "example-3", connect("example-3", "five"))
    at(0.5, "example-3", disconnect("example-3"))
    at(2.48, "example-3", connect("example-3", "five"))
    at(2.5, "example-3", disconnect("example-3"))
    for device, kind in (("example-4", "six"), ("example-5", "one")):
        at(0, device, connect(device, kind, keepalive=KEEPALIVE))
        at(0.6, device, lose(device))
    at(0, "chain", connect("chain", "chain"))
    at(0.7, "chain", disconnect("chain"))
    at(0, "chain-and-back", connect("chain-and-back", "chain"))
    at(0.7, "chain-and-back", disconnect("chain-and-back"))
    at(2.7, "chain-and-back", connect("chain-and-back", "chain"))
    at(0, "graceful", connect("graceful", "branching"))
    at(0.8, "graceful", disconnect("graceful"))
    at(0, "broken", connect("broken", "branching"))
    at(0.8, "broken", lambda: clients["broken"].send_raw(b"\xf0\x00"))
    at(0, "no-wait", connect("no-wait", "zero"))
    at(0.9, "no-wait", disconnect("no-wait"))

    begin = time.time()
    for seconds, device, action in sorted(script, key=lambda step: step[0]):
        time.sleep(max(0.0, begin + seconds - time.time()))
        did.setdefault(device, []).append(time.time())
        action()
    played = Played(stack.observer, broker_version, did)
    for device, last in [("example-1", "offline"), ("example-3", "offline"), ("chain", "inactive"), ("graceful", "offline"),
                         ("broken", "offline"), ("no-wait", "offline"), ("example-5", "offline"), ("example-4", "offline"),
                         ]:  # fmt: skip
        stack.observer.wait_for_status(device, last, timeout=20)
    yield played
    makers.end()


def test_example_1_graceful_goes_offline_after_the_whole_wait(played):
    online, waiting, offline = played.observer.history("example-1")
    _, left = played.did["example-1"]
    assert (online["status"], waiting["status"], offline["status"]) == ("online", "online", "offline")
    assert (waiting["connected"], waiting["cause"], waiting["graceful"]) == (False, "client_disconnect", True)
    assert waiting["since"] == online["since"], "it stays online during the wait"
    assert left + 5 - ROUNDING <= seconds_of(waiting["next"]["at"]) <= left + 5 + ON_TIME
    assert offline["since"] == waiting["next"]["at"]
    assert (offline["cause"], offline["graceful"], offline["connected"]) == ("client_disconnect", True, False)
    assert offline["next"] is None
    played.check_transitions("example-1")


def test_example_2_a_reconnect_within_the_wait_never_changes_the_status(played):
    online, waiting, back = played.observer.history("example-2")
    assert played.statuses("example-2") == ["online"] * 3
    assert [status["connected"] for status in (online, waiting, back)] == [True, False, True]
    assert (back["cause"], back["graceful"], back["next"]) == (None, None, None)
    assert back["since"] == online["since"]
    played.check_transitions("example-2")


def test_example_3_the_next_disconnect_starts_a_full_new_wait(played):
    history = played.observer.history("example-3")
    assert played.statuses("example-3") == ["online"] * 4 + ["offline"]
    second_leaving = played.did["example-3"][3]
    due = seconds_of(history[-1]["since"])
    assert second_leaving + 5 - ROUNDING <= due <= second_leaving + 5 + ON_TIME
    played.check_transitions("example-3")


def test_example_4_the_silence_counts_against_the_first_wait(played):
    online, waiting, offline = played.observer.history("example-4")
    noticed = played.observer.arrival("example-4", connected=False)
    assert (waiting["status"], waiting["cause"], waiting["graceful"]) == ("online", "keepalive_timeout", False)
    due = seconds_of(waiting["next"]["at"])
    assert noticed + 6 - SILENCE - ON_TIME <= due <= noticed + 6 - SILENCE + ROUNDING
    assert offline["since"] == waiting["next"]["at"]
    played.check_transitions("example-4")


def test_example_5_silence_beyond_the_wait_is_offline_at_the_moment_it_is_noticed(played):
    seen = played.observer.statuses("example-5")
    assert seen[-1].payload["status"] == "offline"
    assert seen[-1].payload["cause"] == "keepalive_timeout"
    assert not [status for status in seen if status.payload["status"] == "online" and not status.payload["connected"]]
    assert 0 <= seen[-1].at - seconds_of(seen[-1].payload["since"]) + 0.002 <= ON_TIME
    assert seen[-1].payload["next"] is None


def test_example_6_a_loss_is_noticed_after_one_and_a_half_keepalives(played):
    """2.0.11 looks only every 6 s, the others every second; neither counts the second that has begun."""
    late = 7.5 if played.broker_version == "2.0.11" else 1.5
    for device in ("example-4", "example-5"):
        lost, noticed = played.did[device][-1], played.observer.arrival(device, connected=False)
        assert SILENCE - 0.05 <= noticed - lost <= SILENCE + late, device


def test_the_whole_chain_is_walked_each_wait_from_where_the_one_before_was_due(played):
    assert played.statuses("chain") == ["online", "online", "standby", "offline", "inactive"]
    times = [seconds_of(status["since"]) for status in played.observer.history("chain")]
    left = played.did["chain"][-1]
    assert left + 1 - ROUNDING <= times[2] <= left + 1 + ON_TIME
    assert times[3] - times[2] == pytest.approx(2, abs=0.0005), "no drift: from when it was due"
    assert times[4] - times[3] == pytest.approx(1, abs=0.0005)
    assert played.observer.history("chain")[-1]["next"]["status"] == "retired"
    played.check_transitions("chain")


def test_a_contact_in_the_middle_of_the_chain_is_online(played):
    assert played.statuses("chain-and-back") == ["online", "online", "standby", "online"]
    back = played.observer.history("chain-and-back")[-1]
    assert (back["connected"], back["previous"], back["next"], back["cause"]) == (True, "standby", None, None)
    played.check_transitions("chain-and-back")


def test_a_template_may_branch_on_graceful(played):
    assert played.statuses("graceful") == ["online", "online", "standby", "offline"]
    times = [seconds_of(status["since"]) for status in played.observer.history("graceful")]
    assert times[3] - times[2] == pytest.approx(1, abs=0.0005)
    assert played.statuses("broken") == ["online", "online", "offline"]
    assert played.observer.history("broken")[-1]["cause"] == "protocol_error"
    for device in ("graceful", "broken"):
        played.check_transitions(device)


def test_a_wait_of_nothing_is_offline_at_once(played):
    statuses = played.statuses("no-wait")
    assert statuses[0] == "online" and statuses[-1] == "offline"
    left = played.did["no-wait"][-1]
    assert played.observer.arrival("no-wait", status="offline") - left <= ON_TIME
    assert played.observer.status("no-wait")["since"]


def test_rows_of_the_timeline_stand_at_the_times_when_things_were_due(played):
    rows = played.observer.rows("chain")
    transitions = [(row["from"], row["to"]) for row in rows if row["kind"] == "transition"]
    assert transitions == [(None, "online"), ("online", "standby"), ("standby", "offline"), ("offline", "inactive")]
    since = [status["since"] for status in played.observer.history("chain")]
    assert [row["at"] for row in rows if row["kind"] == "transition"] == [since[0], *since[2:]]


def test_a_blip_is_a_row_and_no_status(played):
    kinds = [row["kind"] for row in played.observer.rows("example-2")]
    assert kinds == ["transition", "blip"]
