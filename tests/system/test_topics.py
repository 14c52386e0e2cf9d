# SPDX-License-Identifier: Apache-2.0
"""The topics and payloads that users rely on (docs/topics.md), to the last field."""

import json
import re
import signal
import time

import pytest

from rollcall_testing.mqtt import V5, V311
from rollcall_testing.times import FORMAT, seconds_of
from rollcall_testing.waiting import stays_true

STATUS_FIELDS = ["device", "status", "label", "color", "icon", "connected", "since", "previous", "cause", "graceful",
                 "last_seen", "next", "template", "interaction", "commands", "queued", "message", "flapping", "conflict", "seq"]  # fmt: skip
ALLOW = {"disable": "none", "notify_on_open": False, "notify_on_interaction": False}
ROW_FIELDS = ["device", "at", "from", "to", "kind", "cause", "graceful", "broker", "client_id", "address", "seq"]
TEMPLATES = {
    "pump": {
        "statuses": [
            {"status": "online", "label": "Pumping", "color": "#00ff00", "icon": "water"},
            {"status": "offline", "label": 'Gone "dry"', "color": "#ff0000", "icon": "alarm", "after": "1s",
             "interaction": "disable_all", "commands": "deny", "message": "Call Jürgen\n+49 1"},
            {"status": "no_data", "after": "2h"},
        ]
    },
    "lasting": {"statuses": [{"status": "online"}, {"status": "offline", "after": "1h"}]},
}  # fmt: skip


@pytest.fixture
def stack(make_stack):
    return make_stack(templates=TEMPLATES).start()


def check_types(status):
    assert list(status) == STATUS_FIELDS, "these fields and no others, in this order"
    for key in ("device", "status", "label", "color", "icon", "template", "commands", "message"):
        assert isinstance(status[key], str), key
    for key in ("since", "last_seen"):
        assert FORMAT.fullmatch(status[key]), key
    assert isinstance(status["connected"], bool) and isinstance(status["flapping"], bool)
    assert isinstance(status["conflict"], bool)
    assert isinstance(status["seq"], int)
    assert status["status"] == status["status"].lower()
    assert re.fullmatch(r"#[0-9a-f]{6}", status["color"], re.I)
    assert status["icon"] and status["label"]
    assert list(status["interaction"]) == list(ALLOW), "these members, in this order"
    assert status["interaction"]["disable"] in ("none", "controls", "all")
    assert isinstance(status["interaction"]["notify_on_open"], bool) and isinstance(status["interaction"]["notify_on_interaction"], bool)
    assert isinstance(status["queued"], int)
    assert status["commands"] in ("allow", "queue", "deny")
    assert (status["cause"] is None) == (status["graceful"] is None) == status["connected"]
    if status["next"] is not None:
        assert list(status["next"]) == ["status", "at"] and FORMAT.fullmatch(status["next"]["at"])


# ds/status/{device}


def test_a_status_has_every_field_through_the_whole_of_a_life(stack):
    stack.device("pump:p7", version=V5).disconnect()
    stack.observer.wait_for_status("p7", "offline", timeout=5)
    stack.connect("pump:p7")
    stack.observer.wait_for_status("p7", "online", connected=True)
    online, waiting, offline, back = stack.observer.history("p7")
    for status in (online, waiting, offline, back):
        check_types(status)
        assert (status["device"], status["template"], status["flapping"], status["conflict"]) == ("p7", "pump", False, False)
    for status in (online, waiting, back):
        assert (status["label"], status["color"], status["icon"]) == ("Pumping", "#00ff00", "water")
        assert (status["interaction"], status["commands"], status["message"]) == (ALLOW, "allow", "")
    assert (offline["label"], offline["color"], offline["icon"]) == ('Gone "dry"', "#ff0000", "alarm")
    assert (offline["interaction"], offline["commands"]) == (ALLOW | {"disable": "all"}, "deny")
    assert offline["message"] == "Call Jürgen\n+49 1"
    assert [status["previous"] for status in (online, waiting, offline, back)] == [None, None, "online", "offline"]
    assert [status["connected"] for status in (online, waiting, offline, back)] == [True, False, False, True]
    assert waiting["next"]["status"] == "offline" and offline["next"]["status"] == "no_data"
    assert seconds_of(offline["next"]["at"]) - seconds_of(offline["since"]) == pytest.approx(7200, abs=0.0005)
    assert (online["next"], back["next"]) == (None, None)
    assert seconds_of(back["since"]) > seconds_of(offline["since"])
    assert online["last_seen"] <= waiting["last_seen"] <= back["last_seen"]
    assert offline["last_seen"] == waiting["last_seen"], "nothing was heard in between"
    stack.observer.check_order("p7")


def test_what_a_template_leaves_out_has_its_defaults(stack):
    stack.device("bare")
    status = stack.observer.status("bare")
    check_types(status)
    assert (status["template"], status["label"], status["interaction"], status["commands"]) == ("default", "Online", ALLOW, "allow")
    stack.device("lasting:x")
    assert stack.observer.status("x")["label"] == "Online"


@pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])
def test_a_status_is_retained_with_qos_1(stack, mqtt):
    stack.device("pump:p7")
    live = stack.observer.statuses("p7")[-1]
    assert not live.retain
    late = stack.connect("test-late", version=mqtt)
    late.subscribe("ds/status/p7", qos=1)
    message = late.wait_for_message("ds/status/p7")
    assert message.retain and message.qos == 1
    assert json.loads(message.payload) == live.payload


def test_the_retained_status_is_always_the_latest(stack):
    for _ in range(5):
        stack.device("lasting:x").disconnect()
        status = stack.observer.wait_for_status("x", connected=False)
    late = stack.tester()
    late.subscribe("ds/status/+")
    assert json.loads(late.wait_for_message("ds/status/x").payload) == status


def test_last_seen_is_never_before_since_of_online(stack):
    for _ in range(3):
        stack.device("lasting:x").close()
        stack.observer.wait_for_status("x", connected=False)
    stack.observer.check_order("x")


# ds/timeline/{device}


def test_a_row_of_the_timeline_has_every_field(stack):
    stack.device("pump:p7", username="somebody", password="x").close()
    stack.observer.wait_for_status("p7", "offline")
    rows = stack.observer.wait_until(lambda: len(stack.observer.rows("p7")) >= 2 and stack.observer.rows("p7"), "two rows")
    for row in rows:
        assert list(row) == ROW_FIELDS
        assert row["device"] == "p7" and FORMAT.fullmatch(row["at"]) and isinstance(row["seq"], int)
        assert (row["broker"], row["client_id"], row["address"]) == ("main", "pump:p7", "127.0.0.1")
    first, second = rows
    assert (first["from"], first["to"], first["kind"], first["cause"], first["graceful"]) == (None, "online", "transition", "connect", None)
    assert (second["from"], second["to"], second["kind"]) == ("online", "offline", "transition")
    assert (second["cause"], second["graceful"]) == ("connection_closed", True)
    assert second["at"] == stack.observer.status("p7")["since"]
    assert first["seq"] < second["seq"]


def test_a_reconnect_within_the_wait_is_a_blip(stack):
    stack.device("lasting:x").disconnect()
    stack.observer.wait_for_status("x", connected=False)
    stack.connect("lasting:x")
    stack.observer.wait_for_status("x", connected=True, after=2)
    blip = stack.observer.wait_until(lambda: [r for r in stack.observer.rows("x") if r["kind"] == "blip"], "the blip")[0]
    assert (blip["from"], blip["to"], blip["cause"], blip["graceful"]) == ("online", "online", "client_disconnect", True)


def test_the_timeline_is_not_retained(stack):
    stack.device("pump:p7")
    stack.observer.wait_until(lambda: stack.observer.rows("p7"), "a row")
    late = stack.tester()
    late.subscribe("ds/timeline/#", "ds/fleet")
    late.wait_for_message("ds/fleet")
    late.round_trip()
    assert [message.topic for message in late.messages] == ["ds/fleet"]


# ds/fleet


def test_the_fleet_is_counted_by_template_and_status(stack):
    for number in range(3):
        stack.device(f"lasting:l{number}")
    stack.device("lasting:l3").disconnect()
    stack.device("pump:p1").disconnect()
    stack.observer.wait_for_status("p1", "offline")
    stack.device("bare")

    def counted():
        fleet = stack.observer.latest("fleet")
        return fleet if fleet and fleet["devices"] == 6 and fleet["templates"].get("pump", {}).get("offline") else None

    fleet = stack.observer.wait_until(counted, lambda: f"the counts; latest {stack.observer.latest('fleet')}", 4)
    assert list(fleet) == ["devices", "connected", "flapping", "templates"]
    assert (fleet["connected"], fleet["flapping"]) == (4, 0)
    assert {t: {s: n for s, n in of.items() if n} for t, of in fleet["templates"].items() if any(of.values())} == {
        "default": {"online": 1}, "lasting": {"online": 4}, "pump": {"offline": 1},
    }  # fmt: skip
    late = stack.tester()
    late.subscribe("ds/fleet")
    assert late.wait_for_message("ds/fleet").retain


def test_the_fleet_is_published_at_most_once_a_second(stack):
    begin = time.time()
    while time.time() < begin + 3.5:
        stack.device("lasting:x").disconnect()
        stack.observer.wait_for_status("x", connected=False)
    times = [seen.at for seen in stack.observer.on("fleet")]
    assert len(times) >= 3, "it is published while things change"
    assert all(later - earlier > 0.9 for earlier, later in zip(times[1:], times[2:])), times


# ds/bridge


def test_the_bridge_says_that_it_is_online(stack):
    bridge = stack.observer.latest("bridge")
    assert list(bridge) == ["online", "version", "since"]
    assert bridge["online"] is True and re.fullmatch(r"\d+\.\d+\.\d+.*", bridge["version"])
    assert 0 <= time.time() - seconds_of(bridge["since"]) < 30
    late = stack.tester()
    late.subscribe("ds/bridge")
    message = late.wait_for_message("ds/bridge")
    assert message.retain and json.loads(message.payload) == bridge


def test_the_bridge_that_is_stopped_says_offline_and_ends_with_0(stack):
    assert stack.bridge.stop() == 0
    stack.observer.wait_until(lambda: stack.observer.latest("bridge")["online"] is False, "the bridge saying that it is offline")


def test_the_will_of_a_bridge_that_is_killed_says_offline(stack):
    stack.bridge.kill()
    stack.observer.wait_until(lambda: stack.observer.latest("bridge")["online"] is False, "the bridge's will")
    late = stack.tester()
    late.subscribe("ds/bridge")
    message = late.wait_for_message("ds/bridge")
    assert message.retain and json.loads(message.payload)["online"] is False


def test_sigint_ends_it_like_sigterm(stack):
    stack.bridge.process.signal(signal.SIGINT)
    assert stack.bridge.process.wait_for_end() == 0


def test_the_bridge_is_no_device(make_stack):
    stack = make_stack()
    stack.bridge.config["devices"] = [{"client_id": "test-*", "ignore": True}, {"client_id": "{device}"}]
    stack.start()
    stack.device("pump")
    stack.fence()
    assert {device for device in stack.observer.devices() if not device.startswith("fence-")} == {"pump"}


# seq


def test_seq_never_goes_back_over_restarts_and_crashes_of_the_bridge(stack):
    pump = stack.device("lasting:x")
    for end in (stack.bridge.stop, stack.bridge.kill):
        end()
        stack.start_bridge()
        stack.observer.wait_for_status("x", "online", connected=True)
        pump.disconnect()
        stack.observer.wait_for_status("x", connected=False)
        pump = stack.connect("lasting:x")
        stack.observer.wait_for_status("x", connected=True)
    stack.fence()
    numbers = [seen.payload["seq"] for seen in stack.observer.statuses("x")]
    assert numbers == sorted(numbers), numbers
    # The same number again is only ever the same payload again, told anew to a broker that may have lost it.
    told = {}
    for seen in stack.observer.statuses("x"):
        assert told.setdefault(seen.payload["seq"], seen.raw) == seen.raw


def test_a_quiet_fleet_publishes_nothing(stack):
    stack.device("lasting:x")
    stack.fence()
    count = lambda: len([seen for seen in stack.observer.seen if "/status/" in seen.topic])  # noqa: E731
    before = count()
    stays_true(lambda: count() == before, 2, "a status was published though nothing happened")
