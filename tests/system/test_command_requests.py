# SPDX-License-Identifier: Apache-2.0
"""Messages to devices as the plugin alone handles them: the test is the bridge, and asks as docs/protocol.md has it."""

import struct

import pytest

from rollcall_testing.lister import REQUESTS, VERSION, hello, records
from rollcall_testing.mqtt import V5, V311, Will
from rollcall_testing.packets import packet, publish
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.waiting import wait_for

TOPICS, DEVICES, DELIVER, KEPT, PING = 6, 7, 8, 9, 4
ALLOW, DENY, QUEUE = 0, 1, 2
COMMAND, DELIVERED, SUBSCRIBED = 16, 17, 18
NOT_AUTHORIZED = 0x87
PUBREL = 6


def text(value):
    data = value.encode()
    return struct.pack("<H", len(data)) + data


def data(value):
    return struct.pack("<I", len(value)) + value


class Bridge:
    """Connected, and served by the plugin."""

    def __init__(self, stack):
        self.client = stack.connect("rollcall-bridge-test", version=V5, username="rollcall", password=BRIDGE_PASSWORD)
        self.client.subscribe("$ds/event")
        self.number = 1
        self.client.publish(REQUESTS, hello(7))
        self.wait_for(lambda: any(kind == 1 for kind, _ in self.records()), "the plugin's hello")

    def ask(self, kind, body=b""):
        self.number += 1
        self.client.publish(REQUESTS, struct.pack("<BIQB", VERSION, 7, self.number, kind) + body)

    def table(self, devices, topics=("cmd/{device}/#",)):
        """devices: name: (rule, client id)"""
        self.ask(TOPICS, struct.pack("<H", len(topics)) + b"".join(map(text, topics)))
        self.ask(DEVICES, struct.pack("<?H", True, len(devices)) + b"".join(
            text(name) + text(client) + struct.pack("<QB", 1, rule) for name, (rule, client) in devices.items()))  # fmt: skip
        self.done()

    def deliver(self, number, client, topic, payload, qos=1):
        self.ask(DELIVER, struct.pack("<QQ", 5, number) + text(client) + text(topic)
                 + struct.pack("<BI", qos, 0) + data(b"") + data(payload))  # fmt: skip

    def done(self):
        """Afterwards the plugin has carried out all that was asked."""
        def last_done():
            streams = [m.payload for m in self.client.messages if m.topic == "$ds/event"]
            return streams and int.from_bytes(streams[-1][21:29], "little") >= self.number

        self.ask(PING)
        self.wait_for(last_done, "the answer")

    def records(self, kind=None):
        found = [each for m in list(self.client.messages) if m.topic == "$ds/event" for each in records(m.payload)]
        return [each for each in found if kind in (None, each[0])]

    def kept(self):
        """(topic, payload, is passed)"""
        return [(fields[4], bytes(fields[8]), fields[3]) for _, fields in self.records(COMMAND)]

    def answers(self):
        return [(fields[1], fields[2]) for _, fields in self.records(DELIVERED)]

    def wait_for(self, condition, what):
        with self.client.changed:
            return wait_for(condition, lambda: f"{what}; there is {self.records()}", 8.0, changed=self.client.changed)


@pytest.fixture
def stack(make_stack):
    made = make_stack()
    made.start_broker()
    return made


@pytest.fixture
def bridge(stack):
    return Bridge(stack)


def commands(client):
    return [(m.topic, bytes(m.payload)) for m in client.messages if m.topic.startswith("cmd/")]


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_message_is_refused(stack, bridge, qos):
    bridge.table({"pump": (DENY, "pump")})
    reader, sender, old = stack.tester(), stack.tester(), stack.tester(version=V311)
    reader.subscribe("cmd/#")
    if qos == 1:
        assert sender.publish("cmd/pump/x", b"1", qos=1) == NOT_AUTHORIZED
        assert sender.publish("cmd/pump/x", b"1", qos=1, retain=True) == NOT_AUTHORIZED
        assert sender.publish("cmd/other/x", b"2", qos=1) != NOT_AUTHORIZED
    for client, version in ((sender, V5), (old, V311)):
        client.send_raw(publish("cmd/pump/x", b"1", version, qos, False, 9 if qos else None))
        if qos == 2 and version == V311:
            client.send_raw(packet(PUBREL, (9).to_bytes(2, "big"), flags=2))
        client.round_trip()
        assert client.is_open
    stack.tester(will=Will("cmd/pump/x", b"will")).close()
    bridge.done()
    reader.round_trip()
    assert commands(reader) == ([("cmd/other/x", b"2")] if qos == 1 else [])


def test_a_table_holds_until_the_next_one(stack, bridge):
    sender = stack.tester()
    bridge.table({"pump": (DENY, "pump")})
    bridge.client.close()
    assert sender.publish("cmd/pump/x", b"1", qos=1) == NOT_AUTHORIZED
    Bridge(stack).table({}, topics=())
    assert sender.publish("cmd/pump/x", b"1", qos=1) != NOT_AUTHORIZED


@pytest.mark.parametrize("qos", [0, 1])
def test_what_is_for_a_device_that_is_away_is_kept(stack, bridge, qos):
    bridge.table({"pump": (QUEUE, "pump")})
    sender = stack.tester()
    sender.publish("cmd/pump/x", b"1", qos=qos)
    sender.publish("cmd/other/x", b"2", qos=qos)
    sender.publish("cmd/pump/retained", b"3", qos=qos, retain=True)
    sender.publish("cmd/pump/y", b"4", qos=qos)
    sender.round_trip()
    bridge.wait_for(lambda: len(bridge.kept()) == 2, "both")
    assert bridge.kept() == [("cmd/pump/x", b"1", False), ("cmd/pump/y", b"4", False)]


@pytest.mark.parametrize("session", ["mqtt311", "mqtt5", "mqtt5-expiry", "connected", "other filter", "ended"])
@pytest.mark.parametrize("qos", [1, 2])
def test_what_the_broker_gives_to_the_client_is_passed(stack, bridge, session, qos):
    options = {"mqtt311": {"clean": False}, "mqtt5": {"version": V5, "clean": False, "properties": {"session_expiry": 600}},
               "mqtt5-expiry": {"version": V5, "properties": {"session_expiry": 600}}, "connected": {},
               "other filter": {"clean": False}, "ended": {"version": V5, "clean": False}}[session]  # fmt: skip
    pump = stack.connect("pump", **options)
    pump.subscribe("elsewhere/#" if session == "other filter" else "cmd/pump/#", qos=1)
    if session != "connected":
        pump.disconnect()
    bridge.table({"pump": (QUEUE, "pump")})
    sender = stack.tester(version=V311)
    sender.send_raw(publish("cmd/pump/x", b"1", V311, qos, False, 9))
    if qos == 2:
        sender.send_raw(packet(PUBREL, (9).to_bytes(2, "big"), flags=2))
    bridge.wait_for(bridge.kept, "the message")
    is_passed = session in ("mqtt311", "mqtt5", "mqtt5-expiry", "connected")
    assert bridge.kept() == [("cmd/pump/x", b"" if is_passed else b"1", is_passed)]


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_command_is_given_to_the_client_alone_and_once(stack, bridge, qos):
    pump, stranger, shared = stack.connect("pump"), stack.tester(), stack.tester()
    pump.subscribe("cmd/pump/#", qos=1)
    stranger.subscribe("cmd/#", "#")
    shared.subscribe("$share/g/cmd/#")
    for _ in range(2):
        bridge.deliver(1, "pump", "cmd/pump/x", b"on", qos)
        bridge.done()
    bridge.wait_for(lambda: len(bridge.answers()) >= 1, "the answer")
    bridge.deliver(1, "pump", "cmd/pump/x", b"on", qos)
    bridge.wait_for(lambda: len(bridge.answers()) >= 2, "another answer")
    assert set(bridge.answers()) == {(1, True)}
    pump.wait_for_message("cmd/pump/x")
    for client in (pump, stranger, shared):
        client.round_trip()
    assert commands(pump) == [("cmd/pump/x", b"on")]
    assert commands(stranger) == commands(shared) == []
    later = stack.tester()
    later.subscribe("cmd/#")
    later.round_trip()
    assert commands(later) == []


def test_a_command_waits_for_the_subscription(stack, bridge):
    bridge.table({"pump": (QUEUE, "pump")})
    pump = stack.connect("pump")
    bridge.deliver(1, "pump", "cmd/pump/x", b"on")
    bridge.wait_for(lambda: bridge.answers() == [(1, False)], "that it isn't delivered")
    pump.subscribe("cmd/+/x")
    bridge.wait_for(lambda: bridge.records(SUBSCRIBED), "that it has subscribed")
    bridge.deliver(1, "pump", "cmd/pump/x", b"on")
    bridge.wait_for(lambda: bridge.answers()[-1] == (1, True), "that it is delivered")
    pump.wait_for_message("cmd/pump/x")


def test_what_came_while_no_bridge_was_there_is_told_to_the_next(stack, bridge):
    bridge.table({"pump": (QUEUE, "pump")})
    bridge.client.close()
    stack.tester().publish("cmd/pump/x", b"1", qos=1)
    later = Bridge(stack)
    later.ask(KEPT, struct.pack("<Q?", 0, True))
    later.wait_for(lambda: ("cmd/pump/x", b"1", False) in later.kept(), "the message")
    later.done()
    told = len(later.kept())
    later.ask(KEPT, struct.pack("<Q?", 1, True))
    later.done()
    assert len(later.kept()) == told
