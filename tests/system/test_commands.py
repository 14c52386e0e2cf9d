# SPDX-License-Identifier: Apache-2.0
"""Messages to devices: refused, kept for a device that is away, and given to it alone once it is back (docs/commands.md)."""

import contextlib
import sqlite3

import pytest

from rollcall_testing.mqtt import V5, V311, Will
from rollcall_testing.packets import packet, publish
from rollcall_testing.waiting import wait_for

NOT_AUTHORIZED = 0x87
PUBREL = 6


def template(policy):
    return {
        "command_topics": ["cmd/{device}/#"],
        "statuses": [{"status": "online"}, {"status": "offline", "after": "0s", "commands": policy}],
    }


TEMPLATES = {"queued": template("queue"), "denied": template("deny"), "plain": template("allow")}
every_mqtt = pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])


@pytest.fixture
def stack(make_stack):
    return make_stack(templates=TEMPLATES).start()


def come(stack, client_id, **options):
    """A device that is there and has subscribed."""
    client = stack.device(client_id, **options)
    client.subscribe(f"cmd/{client_id.split(':')[1]}/#", qos=1)
    return client


def leave(stack, client):
    """Afterwards the plugin knows what the device's status makes of messages, and the store knows the device."""
    device = client.client_id.split(":")[1]
    client.disconnect()
    stack.observer.wait_for_status(device, "offline")
    stack.fence()
    wait_for(lambda: is_stored_offline(stack, device), f"{device} being stored")


def is_stored_offline(stack, device):
    with contextlib.closing(sqlite3.connect(f"file:{stack.bridge.folder / 'rollcall.db'}?mode=ro", uri=True)) as store:
        return store.execute("SELECT 1 FROM device WHERE device = ? AND status = 'offline'", (device,)).fetchone()


def away(stack, client_id, **options):
    client = come(stack, client_id, **options)
    leave(stack, client)


def commands(client):
    return [(m.topic, bytes(m.payload)) for m in client.messages if m.topic.startswith("cmd/")]


def wait_for_commands(client, expected, timeout=10.0):
    with client.changed:
        wait_for(lambda: commands(client) == expected, lambda: f"{expected}; there came {commands(client)}",
                 timeout=timeout, changed=client.changed)  # fmt: skip


def nothing_else_comes(stack, client, expected):
    """Neither what is on its way, nor what a bridge that isn't sure would send again."""
    stack.fence()
    client.round_trip()
    assert commands(client) == expected


# Deny


def test_messages_to_a_device_that_is_away_are_refused(stack):
    sender, reader = stack.tester(), stack.tester()
    reader.subscribe("#")
    pump = come(stack, "denied:pump")
    assert sender.publish("cmd/pump/go", b"1", qos=1) != NOT_AUTHORIZED
    leave(stack, pump)
    assert sender.publish("cmd/pump/go", b"2", qos=1) == NOT_AUTHORIZED
    assert sender.publish("cmd/pump", b"2", qos=1) == NOT_AUTHORIZED
    assert sender.publish("cmd/pump/go", b"2", qos=1, retain=True) == NOT_AUTHORIZED
    for topic in ("cmd/other/go", "cmd", "data/pump", "cmds/pump/go", "x/cmd/pump"):
        assert sender.publish(topic, b"3", qos=1) != NOT_AUTHORIZED, topic
    come(stack, "denied:pump")
    stack.fence()
    assert sender.publish("cmd/pump/go", b"4", qos=1) != NOT_AUTHORIZED
    reader.round_trip()
    assert [m.payload for m in reader.messages if m.topic.startswith("cmd/pump")] == [b"1", b"4"]


@every_mqtt
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_nothing_that_is_refused_comes_through_at_any_qos(stack, mqtt, qos):
    away(stack, "denied:pump")
    reader, sender = stack.tester(), stack.tester(version=mqtt)
    reader.subscribe("cmd/#")
    sender.send_raw(publish("cmd/pump/go", b"1", mqtt, qos, False, 9 if qos else None))
    if qos == 2 and mqtt != V5:
        sender.send_raw(packet(PUBREL, (9).to_bytes(2, "big"), flags=2))
    sender.round_trip()
    assert sender.is_open
    reader.round_trip()
    assert commands(reader) == []


def test_a_will_is_refused_like_any_message(stack):
    away(stack, "denied:pump")
    reader = stack.tester()
    reader.subscribe("cmd/#", "wills/#")
    for topic in ("cmd/pump/go", "wills/go"):
        stack.tester(will=Will(topic, b"will")).close()
        stack.fence()
    reader.wait_for_message("wills/go")
    assert commands(reader) == []


def test_what_was_refused_stays_so_while_no_bridge_is_there(stack):
    away(stack, "denied:pump")
    stack.bridge.kill()
    assert stack.tester().publish("cmd/pump/go", b"1", qos=1) == NOT_AUTHORIZED


# Queue


@every_mqtt
@pytest.mark.parametrize("qos", [0, 1])
def test_the_last_message_of_each_topic_is_given_to_a_device_that_is_back(stack, mqtt, qos):
    away(stack, "queued:pump", version=mqtt)
    stranger, sender = stack.tester(), stack.tester()
    stranger.subscribe("cmd/#")
    for topic, payload in (("a", b"1"), ("b", b"2"), ("a", b"3")):
        sender.publish(f"cmd/pump/{topic}", payload, qos=qos)
    sender.round_trip()
    pump = come(stack, "queued:pump", version=mqtt)
    expected = [("cmd/pump/b", b"2"), ("cmd/pump/a", b"3")]
    wait_for_commands(pump, expected)
    nothing_else_comes(stack, pump, expected)
    stranger.round_trip()
    assert [payload for _, payload in commands(stranger)] == [b"1", b"2", b"3"]


def test_a_message_at_qos_2_is_kept_once_it_is_released(stack):
    away(stack, "queued:pump")
    sender = stack.tester(version=V311)
    sender.send_raw(publish("cmd/pump/a", b"1", V311, 2, False, 9))
    sender.send_raw(packet(PUBREL, (9).to_bytes(2, "big"), flags=2))
    pump = come(stack, "queued:pump")
    wait_for_commands(pump, [("cmd/pump/a", b"1")])


def test_a_device_that_subscribes_late_gets_what_was_kept(stack):
    away(stack, "queued:pump")
    stack.tester().publish("cmd/pump/a", b"1", qos=1)
    pump = stack.device("queued:pump")
    stack.fence()
    pump.subscribe("other/#")
    assert commands(pump) == []
    pump.subscribe("cmd/+/a", qos=1)
    wait_for_commands(pump, [("cmd/pump/a", b"1")])


@pytest.mark.parametrize("session", ["mqtt311", "mqtt5", "mqtt5-expiry"])
def test_what_the_broker_keeps_for_a_session_comes_once(stack, session):
    options = {"mqtt311": {"clean": False}, "mqtt5": {"version": V5, "clean": False, "properties": {"session_expiry": 600}},
               "mqtt5-expiry": {"version": V5, "properties": {"session_expiry": 600}}}[session]  # fmt: skip
    away(stack, "queued:pump", **options)
    stack.tester().publish("cmd/pump/a", b"1", qos=1)
    stack.fence()
    pump = stack.connect("queued:pump", **{**options, "clean": False})
    wait_for_commands(pump, [("cmd/pump/a", b"1")])
    pump.subscribe("cmd/pump/#", qos=1)
    nothing_else_comes(stack, pump, [("cmd/pump/a", b"1")])


def test_a_session_that_ends_with_the_connection_is_none(stack):
    """MQTT 5 without a session expiry: "clean start" off says nothing of the end."""
    away(stack, "queued:pump", version=V5, clean=False)
    stack.tester().publish("cmd/pump/a", b"1", qos=1)
    pump = come(stack, "queued:pump", version=V5)
    wait_for_commands(pump, [("cmd/pump/a", b"1")])


def test_a_retained_message_comes_from_the_broker_alone(stack):
    away(stack, "queued:pump")
    stack.tester().publish("cmd/pump/a", b"1", qos=1, retain=True)
    stack.fence()
    pump = come(stack, "queued:pump")
    wait_for_commands(pump, [("cmd/pump/a", b"1")])
    nothing_else_comes(stack, pump, [("cmd/pump/a", b"1")])


@pytest.mark.parametrize("when", ["before", "behind"])
def test_a_bridge_that_is_killed_loses_nothing_and_doubles_nothing(stack, when):
    away(stack, "queued:pump")
    sender = stack.tester()
    if when == "before":
        stack.bridge.kill()
    sender.publish("cmd/pump/a", b"1", qos=1)
    if when == "behind":
        stack.fence()
        stack.bridge.kill()
    stack.start_bridge()
    pump = come(stack, "queued:pump")
    wait_for_commands(pump, [("cmd/pump/a", b"1")])
    stack.bridge.kill()
    stack.start_bridge()
    nothing_else_comes(stack, pump, [("cmd/pump/a", b"1")])


def test_what_was_kept_outlives_the_broker(stack):
    away(stack, "queued:pump")
    stack.tester().publish("cmd/pump/a", b"1", qos=1)
    stack.observer.wait_for_status("pump", "offline", queued=1)
    stack.fence()
    stack.broker.kill()
    stack.restart_broker()
    pump = come(stack, "queued:pump")
    wait_for_commands(pump, [("cmd/pump/a", b"1")])
    stack.observer.wait_for_status("pump", "online", queued=0)


def test_the_status_tells_how_many_wait(stack):
    away(stack, "queued:pump")
    sender = stack.tester()
    for n in range(70):
        sender.publish(f"cmd/pump/{n}", b"x", qos=1)
    stack.observer.wait_for_status("pump", "offline", queued=64)
    pump = come(stack, "queued:pump")
    wait_for_commands(pump, [(f"cmd/pump/{n}", b"x") for n in range(6, 70)], timeout=60.0)
    stack.observer.wait_for_status("pump", "online", queued=0)


def test_nobody_reads_by_it_what_the_broker_keeps_from_him(make_stack):
    """The broker's own access checks count: the device may subscribe, but not read."""
    acl = make_stack(templates=TEMPLATES)
    path = acl.folder / "acl"
    path.write_text("topic write cmd/#\ntopic read ds/#\ntopic readwrite fence/#\nuser test\ntopic readwrite #\n")
    acl.broker.config += f"acl_file {path}\n"
    acl._observer_options = {"username": "test"}
    acl.start()
    away(acl, "queued:pump")
    acl.tester(username="test").publish("cmd/pump/a", b"1", qos=1)
    pump = come(acl, "queued:pump")
    nothing_else_comes(acl, pump, [])


def test_what_mqtt_5_says_beside_the_payload_comes_along(stack):
    if stack.broker.is_2_0:
        pytest.skip("Mosquitto 2.0 doesn't let plugins read it")
    away(stack, "queued:pump", version=V5)
    said = {"content_type": "text/plain", "response_topic": "answers/1", "correlation_data": b"\x00\x01",
            "user_property": ("unit", "K")}  # fmt: skip
    stack.tester().publish("cmd/pump/a", b"1", qos=1, properties=said)
    stack.fence()
    pump = come(stack, "queued:pump", version=V5)
    got = pump.wait_for_message("cmd/pump/a").properties
    assert {name: got.get(name) for name in said} == said
