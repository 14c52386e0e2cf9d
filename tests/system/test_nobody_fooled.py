# SPDX-License-Identifier: Apache-2.0
"""Attempts to write, clear, shadow or influence another device's status: all without effect.

Who may write and read which topic is in test_guard.py; here is what somebody tries who has read that.
"""

import random

import pytest

from rollcall_testing.broker import password_line
from rollcall_testing.mqtt import V5, V311, ConnectionLost, Refused, Will
from rollcall_testing.packets import packet, publish
from rollcall_testing.stack import BRIDGE_PASSWORD

every_mqtt = pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])
NOT_AUTHORIZED = 0x87
CONTROL = "$CONTROL/rollcall/v1"
PUBREL = 6
FORGED = b'{"device":"pump","status":"offline","connected":false,"forged":true}'
TARGETS = ["ds/status/pump", "ds/fleet", "ds/bridge", "ds/timeline/pump", "ds/declare/pump", "ds/report/pump", CONTROL]
# What would stand where a reader of ds/status/# or ds/# takes it for a status.
SHADOWS = ["ds/status", "ds/status/", "ds/status/pump/", "ds/status//pump", "ds/status/pump/x", "ds/status/other/pump"]
# {device} alone: a colon in an id is a part of it here
RULES = {"devices": [{"client_id": "test-*", "ignore": True}, {"client_id": "{device}"}]}


@pytest.fixture
def pump(stack):
    return stack.device("pump", version=V5)


def expect_no_effect(stack, device="pump", others=()):
    """The device is as it was since its connect, nobody else is a device, and nothing that was forged stands anywhere."""
    stack.fence()
    history = stack.observer.history(device)
    assert history and all(status["connected"] and status["since"] == history[0]["since"] for status in history), history
    devices = {name for name in stack.observer.devices() if not name.startswith("fence-")}
    assert devices == {device, *others}
    assert not [seen for seen in stack.observer.seen if b"forged" in seen.raw or not seen.raw]
    reader = stack.tester()
    reader.subscribe("ds/#")
    reader.wait_for_message("ds/status/" + device)
    reader.round_trip()
    assert not [message for message in reader.messages if b"forged" in message.payload]


def named_device(stack, name, **options):
    """As Stack.device, for a stack with RULES."""
    client = stack.connect(name, **options)
    stack.observer.wait_for_status(name, "online", connected=True)
    return client


# Publishing


@every_mqtt
@pytest.mark.parametrize("retain", [False, True], ids=["plain", "retained"])
def test_shadows_of_a_status_are_refused(stack, pump, mqtt, retain):
    mallory = stack.connect("test-mallory", version=mqtt)
    for topic in SHADOWS:
        for payload in (FORGED, b""):
            reason = mallory.publish(topic, payload, qos=1, retain=retain)
            assert reason == NOT_AUTHORIZED or mqtt != V5, topic
    assert mallory.is_open
    expect_no_effect(stack)


@every_mqtt
@pytest.mark.parametrize("retain", [False, True], ids=["plain", "retained"])
def test_qos_2_is_refused_like_the_others(stack, pump, mqtt, retain):
    mallory = stack.connect("test-mallory", version=mqtt)
    for number, topic in enumerate(TARGETS + SHADOWS, 1000):
        mallory.send_raw(publish(topic, FORGED, mqtt, 2, retain, number))
        mallory.send_raw(packet(PUBREL, number.to_bytes(2, "big"), flags=2))
    try:
        mallory.round_trip()
    except ConnectionLost:
        pass  # a PUBREL for what was refused may cost the connection
    expect_no_effect(stack)


def test_a_topic_alias_is_no_way_around(stack, pump):
    """An alias that was set with a topic that is allowed is set again to one that isn't, and then used."""
    mallory = stack.connect("test-mallory", version=V5)
    for topic in TARGETS:
        for first in ("allowed/topic", topic):
            mallory.send_raw(publish(first, b"hello", V5, props={"topic_alias": 1}))
            mallory.send_raw(publish(topic, FORGED, V5, retain=True, props={"topic_alias": 1}))
            mallory.send_raw(publish("", FORGED, V5, retain=True, props={"topic_alias": 1}))
    try:
        mallory.round_trip()
    except ConnectionLost:
        pass
    expect_no_effect(stack)


def test_a_response_topic_makes_nobody_answer(stack, pump):
    mallory = stack.connect("test-mallory", version=V5)
    for topic in TARGETS:
        mallory.publish("any/topic", FORGED, qos=1, properties={"response_topic": topic, "correlation_data": FORGED})
        mallory.publish(CONTROL, FORGED, qos=1, properties={"response_topic": topic})
    expect_no_effect(stack)


@pytest.mark.parametrize("topic_filter", ["$share/g/ds/#", "$share/g/ds/status/+", "$share/g/#"])
def test_a_shared_subscription_takes_no_status_away_from_others(stack, topic_filter):
    thieves = [stack.tester() for _ in range(3)]
    for thief in thieves:
        thief.subscribe(topic_filter, qos=1)
    for number in range(10):
        stack.device(f"pump-{number}").disconnect()
        stack.observer.wait_for_status(f"pump-{number}", connected=False)
    for number in range(10):
        assert [s["connected"] for s in stack.observer.history(f"pump-{number}")][-1:] == [False]


@every_mqtt
def test_a_shared_name_in_a_topic_is_no_way_around(stack, pump, mqtt):
    for prefix in ("$share/g/", "$queue/", "$exclusive/", "/"):
        mallory = stack.connect("test-mallory", version=mqtt)
        for topic in TARGETS:
            try:
                mallory.publish(prefix + topic, FORGED, qos=1, retain=True)
            except ConnectionLost:
                mallory = stack.connect("test-mallory", version=mqtt)
    # "/ds/…" is a topic of somebody else's, and only that.
    expect_no_effect(stack)


def test_what_was_forged_before_the_plugin_was_there_is_gone_with_the_first_word_of_the_device(make_stack):
    """On a broker that others could write to, and that remembers."""
    stack = make_stack(config="allow_anonymous true\npersistence true\npersistence_location {folder}/\n")
    with_plugin = stack.broker.config
    stack.broker.config = with_plugin[: with_plugin.index("plugin ")]
    stack.broker.start()
    early = stack.connect("test-early")
    for topic in ("ds/status/pump", "ds/bridge", "ds/fleet"):
        early.publish(topic, FORGED, qos=1, retain=True)
    early.disconnect()
    assert stack.broker.stop() == 0
    stack.broker.config = with_plugin
    stack.start()
    assert b"forged" in stack.observer.statuses("pump")[0].raw, "it was there"
    stack.device("pump")
    stack.fence()
    reader = stack.tester()
    reader.subscribe("ds/#")
    reader.wait_for_message("ds/status/pump")
    reader.round_trip()
    assert not [message for message in reader.messages if b"forged" in message.payload]


# Wills


@pytest.mark.parametrize("session_expiry", [0, 60], ids=["no-session", "session"])
def test_a_delayed_will_on_our_topics_is_not_sent(stack, pump, session_expiry):
    listener = stack.tester()
    listener.subscribe("wills/#")
    for number, topic in enumerate([*TARGETS, *SHADOWS, "wills/last"]):
        will = Will(topic, FORGED, qos=1, retain=True, delay=1)
        mallory = stack.client(f"test-mallory-{number}", version=V5, will=will, properties={"session_expiry": session_expiry})
        try:
            mallory.connect().close()
        except (Refused, ConnectionLost):
            assert topic != "wills/last"
    listener.wait_for_message("wills/last", timeout=20)
    expect_no_effect(stack)


@every_mqtt
def test_a_will_that_clears_a_status_is_not_sent(stack, pump, mqtt):
    for topic in TARGETS + SHADOWS:
        try:
            stack.connect("test-mallory", version=mqtt, will=Will(topic, b"", retain=True)).reset()
        except (Refused, ConnectionLost):
            continue  # as good
    expect_no_effect(stack)


def test_the_will_of_one_who_is_taken_over_is_not_sent_either(stack, pump):
    for topic in TARGETS:
        will = Will(topic, FORGED, qos=1, retain=True)
        try:
            older = stack.connect("test-mallory", will=will)
        except (Refused, ConnectionLost):
            continue  # as good
        newer = stack.connect("test-mallory")
        older.wait_closed()
        newer.disconnect()
    expect_no_effect(stack)


# Ids


def test_ids_that_are_one_when_encoded_stay_apart(make_stack):
    stack = make_stack(bridge=RULES).start()
    names = ["a/b", "a%2Fb", "a%2fb", "a%252Fb", "a%b", "a%25b", "A/b", "a/b/", "a//b", "a+b", "a%2Bb", "a b", "a%20b"]
    clients = {name: named_device(stack, name) for name in names}
    assert len({stack.observer.statuses(name)[-1].topic for name in names}) == len(names)
    for name in names[1:]:
        clients[name].close()
        stack.observer.wait_for_status(name, connected=False)
    stack.fence()
    history = stack.observer.history("a/b")
    assert [status["connected"] for status in history] == [True]


@pytest.mark.parametrize("kept", [512, 500])
def test_ids_that_are_one_when_cut_stay_apart(make_stack, kept):
    """The longer ones are no devices (or others); whatever they do, the one whose id they begin with stays online."""
    stack = make_stack(bridge=RULES).start()
    victim = "v" * kept
    stack.device(victim)
    for length in (513, 600, 1000, 1024, 1025, 4096, 65000, 65535):
        for tail in ("x", " disconnected.", " has exceeded timeout, disconnecting."):
            name = (victim + tail).ljust(length, tail[-1])
            for end in ("disconnect", "close", "reset"):
                getattr(stack.connect(name), end)()
    expect_no_effect(stack, victim)


TOPIC_LIKE = ["ds/status/pump", "/pump", "pump/", "pump/#", "+", "#", "../status/pump", "$ds/event", "$SYS/broker/log/N",
              CONTROL, "ds/bridge", "ds/fleet", "status", "bridge", "$share/g/pump"]  # fmt: skip
LOG_LIKE = [
    "pump has exceeded timeout, disconnecting.", "Client pump has exceeded timeout, disconnecting.",
    "1700000000: Client pump disconnected.", "x: Client pump closed its connection.", ": Client pump disconnected.",
    "pump disconnected, not authorised.", "x: Bad socket read/write on client pump: Connection reset by peer.",
    "pump disconnected due to protocol error.", "pump already connected, closing old connection.", "pump [127.0.0.1:1] disconnected",
]  # fmt: skip


@pytest.mark.parametrize("names", [TOPIC_LIKE, LOG_LIKE], ids=["topics", "log-lines"])
def test_ids_that_look_like_something_else_are_ids(make_stack, names):
    stack = make_stack(bridge=RULES).start()
    stack.device("pump")
    ends = [("disconnect", "client_disconnect"), ("close", "connection_closed"), ("reset", "connection_closed")]
    for number, name in enumerate(names):
        end, cause = ends[number % 3]
        getattr(named_device(stack, name), end)()
        assert stack.observer.wait_for_status(name, connected=False)["cause"] == cause, name
    expect_no_effect(stack, "pump", names)


@every_mqtt
def test_lines_in_between_name_no_wrong_cause_for_another(make_stack, mqtt):
    """Liars come, are thrown out and go in the same batch in which others end."""
    stack = make_stack(bridge=RULES).start()
    ends = {"leaves": ("disconnect", "client_disconnect", True), "goes": ("close", "connection_closed", True)}
    clients = {name: named_device(stack, name, version=mqtt) for name in ends}
    liars = [named_device(stack, line.replace("pump", name)) for line in LOG_LIKE for name in ends]
    stack.broker.process.pause()
    for number, liar in enumerate(liars):
        if number == len(liars) // 2:
            for name, (end, _, _) in ends.items():
                getattr(clients[name], end)()
        getattr(liar, ("disconnect", "close")[number % 2])()
    stack.broker.process.resume()
    for name, (_, cause, graceful) in ends.items():
        status = stack.observer.wait_for_status(name, connected=False)
        stack.fence()
        assert stack.observer.status(name) == status
        assert (status["cause"], status["graceful"]) == (cause, graceful)


# Names and logins

LOOKALIKES = ["Rollcall", "ROLLCALL", "rollcall ", " rollcall", "rollcall/", "rollcal", "rollcalll", "rollcall\u200b", "rоllcall", "", "*"]


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_name_that_looks_like_the_bridges_is_not_the_bridge(stack, pump, name):
    """Even with the bridge's own password."""
    try:
        mallory = stack.connect("test-mallory", version=V5, username=name, password=BRIDGE_PASSWORD)
    except (Refused, ConnectionLost):
        return  # as good
    mallory.subscribe("$ds/#")
    for topic in TARGETS:
        assert mallory.publish(topic, FORGED, qos=1, retain=True) == NOT_AUTHORIZED
    expect_no_effect(stack)
    mallory.round_trip()
    assert mallory.messages == []


@every_mqtt
def test_a_device_named_as_the_bridges_user_without_its_password_is_nobody(stack, pump, mqtt):
    for client_id in ("pump", "rollcall", "rollcall-main", "never-here"):
        for password in (None, "", "wrong"):
            with pytest.raises((Refused, ConnectionLost)):
                stack.connect(client_id, version=mqtt, username="rollcall", password=password)
    assert pump.is_open
    expect_no_effect(stack)


@every_mqtt
def test_refused_logins_with_a_live_id_leave_no_trace_in_how_it_ends(make_stack, mqtt, tmp_path):
    (tmp_path / "passwords").write_text(password_line("device", "right") + password_line("test", "test"))
    tester = {"username": "test", "password": "test"}
    stack = make_stack(config=f"allow_anonymous false\npassword_file {tmp_path}/passwords\n", observer=tester).start()
    ends = {"leaves": ("disconnect", "client_disconnect"), "goes": ("close", "connection_closed"), "breaks": ("reset", "connection_closed")}
    for name, (end, cause) in ends.items():
        client = stack.device(name, version=mqtt, username="device", password="right")
        for credentials in ({"username": "device", "password": "wrong"}, {"username": "x", "password": "y"}, {}) * 5:
            for client_id in (name, f"{name} has exceeded timeout, disconnecting."):
                with pytest.raises(Refused):
                    stack.connect(client_id, version=mqtt, will=Will("wills/x", FORGED), **credentials)
        getattr(client, end)()
        status = stack.observer.wait_for_status(name, connected=False)
        stack.fence(**tester)
        assert stack.observer.status(name) == status
        assert (status["cause"], status["graceful"]) == (cause, True)
        assert [status["connected"] for status in stack.observer.history(name)] == [True, False]


# Requests to the plugin


def requests():
    """Bytes that are no request: short, long, random, and what another program would send."""
    made = random.Random(7)
    yield from (b"", b"\x00", b"\x01", b"\xff" * 8, b"{}", b'{"commands":[{"command":"kick","clientid":"pump"}]}', b"hello")
    for size in (1, 2, 7, 16, 100, 1000, 65536, 300 * 1024):
        for first in (None, b"\x00", b"\x01"):
            noise = made.randbytes(size)
            yield noise if first is None else first + noise[1:]
    yield b"\x00" * 300 * 1024
    yield b"\xff" * 300 * 1024


@every_mqtt
def test_requests_of_others_are_refused_whatever_is_in_them(stack, pump, mqtt):
    for options in ({}, {"username": "alice", "password": "x"}):
        mallory = stack.connect("test-mallory", version=mqtt, **options)
        for payload in requests():
            for topic in (CONTROL, CONTROL + "/response", CONTROL + "/", "$CONTROL/rollcall", "$CONTROL/rollcall/v2"):
                if topic != CONTROL and len(payload) > 100:
                    continue
                try:
                    reason = mallory.publish(topic, payload, qos=1, retain=bool(len(payload) % 2))
                except ConnectionLost:
                    assert topic != CONTROL, "nobody is disconnected for a request that is refused"
                    mallory = stack.connect("test-mallory", version=mqtt, **options)
                    continue
                assert topic != CONTROL or mqtt != V5 or reason == NOT_AUTHORIZED
    expect_no_effect(stack)


@every_mqtt
def test_malformed_requests_of_the_bridges_own_user_harm_nothing(stack, pump, mqtt):
    """A second one who knows the secret, an older bridge, say: the first goes on."""
    second = stack.connect("test-second", version=mqtt, username="rollcall", password=BRIDGE_PASSWORD)
    for payload in requests():
        second.publish(CONTROL, payload, qos=len(payload) % 2)
    second.round_trip()
    assert second.is_open
    expect_no_effect(stack)
    second.close()
    expect_no_effect(stack)
    assert stack.broker.process.is_running and stack.bridge.process.is_running
    assert stack.broker.log().count("refused a request of the bridge") <= 1, "said once"
    pump.disconnect()
    stack.observer.wait_for_status("pump", connected=False, cause="client_disconnect")


def test_requests_that_are_the_bridges_with_some_bytes_changed_harm_nothing(stack, pump):
    """What the bridge itself has sent, as the broker's log can't show it: built from the stream's own header."""
    spy = stack.tester(username="rollcall", password=BRIDGE_PASSWORD)
    spy.subscribe("$ds/#")
    stack.device("other").disconnect()
    stack.observer.wait_for_status("other", connected=False)
    seeds = [message.payload for message in [spy.wait_for_message(predicate=lambda m: m.topic.startswith("$ds/")), *spy.messages]]
    made = random.Random(11)
    for number in range(500):
        payload = bytearray(made.choice(seeds))
        for _ in range(made.randrange(1, 6)):
            payload[made.randrange(len(payload))] = made.randrange(256)
        spy.publish(CONTROL, bytes(payload[: made.randrange(1, len(payload) + 1)]))
    spy.round_trip()
    expect_no_effect(stack, others=["other"])


# Reading the event stream, and the bridge's own client id


@every_mqtt
def test_a_reader_of_the_event_stream_reads_nothing_and_costs_nothing(stack, mqtt):
    spies = [stack.connect(f"test-spy-{n}", version=mqtt, clean=n % 2 == 0) for n in range(4)]
    for spy in spies:
        spy.subscribe("$ds/#", "$ds/+", "$ds/event", "$SYS/#" if mqtt == V5 else "$ds/#", qos=1)
    stack.device("pump", version=mqtt)
    expect_no_effect(stack)
    for spy in spies:
        spy.round_trip()
        assert not [message for message in spy.messages if message.topic.startswith("$ds")]


def bridge_client_id(stack):
    line = next(line for line in stack.broker.log().splitlines() if "connected from" in line and "u'rollcall'" in line)
    return line.split(" as ")[1].split(" (")[0]


@every_mqtt
def test_nobody_lives_in_the_bridges_session_while_it_is_away(stack, mqtt):
    """Its session outlives it; who comes with its client id is refused, and gets nothing of it."""
    stack.device("pump")
    client_id = bridge_client_id(stack)
    stack.bridge.kill()
    stack.observer.wait_until(lambda: stack.observer.latest("bridge")["online"] is False, "the bridge's will")
    options = {"version": mqtt, "clean": False, "properties": {"session_expiry": 600} if mqtt == V5 else None}
    with pytest.raises((Refused, ConnectionLost)):
        stack.connect(client_id, will=Will("ds/bridge", FORGED, retain=True), **options)
    stack.connect("meanwhile").close()
    stack.start_bridge()
    stack.observer.wait_for_status("meanwhile", connected=False)
    stack.connect("after").disconnect()
    status = stack.observer.wait_for_status("after", connected=False)
    assert (status["cause"], status["graceful"]) == ("client_disconnect", True)
    stack.fence()
    devices = {name: status["connected"] for name, status in stack.observer.devices().items() if not name.startswith("fence-")}
    assert {name for name, connected in devices.items() if connected} == {"pump"}
    assert set(devices) == {"pump", "meanwhile", "after"}
    assert all(status["connected"] for status in stack.observer.history("pump"))
    assert not [seen for seen in stack.observer.seen if b"forged" in seen.raw]


@every_mqtt
def test_nobody_throws_the_bridge_out_by_trying_hard(stack, pump, mqtt):
    client_id = bridge_client_id(stack)
    known = len(stack.observer.on("bridge"))
    for clean in (True, False):
        for credentials in ({}, {"username": "x", "password": "y"}, {"username": "rollcall", "password": "wrong"}) * 10:
            with pytest.raises((Refused, ConnectionLost)):
                stack.connect(client_id, version=mqtt, clean=clean, **credentials)
    expect_no_effect(stack)
    assert len(stack.observer.on("bridge")) == known, "it was online all along"
