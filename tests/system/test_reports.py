# SPDX-License-Identifier: Apache-2.0
"""Data from devices: by their own connections, on ds/report, and on topics that a rule names."""

import itertools
import json
import signal
import time

import pytest

from rollcall_testing.mqtt import V5, V311, Will
from rollcall_testing.packets import packet, publish
from rollcall_testing.times import seconds_of
from rollcall_testing.waiting import wait_for

labels = itertools.count(1)
every_mqtt = pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])
every_qos = pytest.mark.parametrize("qos", [0, 1, 2])
NOT_AUTHORIZED = 0x87
PUBREL = 6
GATEWAY = {"username": "gateway", "password": "x"}
WATCHED = {"statuses": [{"status": "online"}, {"status": "late", "after": "1h"}, {"status": "offline", "after": "1h"}],
           "report_every": "1h", "on_late": "late"}  # fmt: skip
RULES = [
    {"client_id": "test-*", "ignore": True},
    {"report_topic": "zigbee2mqtt/*/*", "ignore": True},
    {"report_topic": "zigbee2mqtt/{device}", "username": "gateway", "template": "watched"},
    {"client_id": "{template}:{device}"},
    {"client_id": "{device}"},
]


@pytest.fixture
def stack(make_stack):
    return make_stack(templates={"watched": WATCHED}, plugin={"activity_interval": 1},
                      bridge={"devices": RULES, "reporters": ["gateway"]}).start()  # fmt: skip


@pytest.fixture
def gateway(stack):
    return stack.tester(**GATEWAY)


def send(client, topic, payload=b"x", qos=0, retain=False):
    """At any QoS; afterwards the broker has handled it."""
    if qos < 2:
        client.publish(topic, payload, qos=qos, retain=retain)
    else:
        client.send_raw(publish(topic, payload, client.version, 2, retain, 7))
        client.send_raw(packet(PUBREL, (7).to_bytes(2, "big"), flags=2))
    client.round_trip()


def things(stack):
    return {name for name in stack.observer.devices() if not name.startswith("fence-")}


def restated_last_seen(stack, device):
    """last_seen is told with the next payload: one comes when the template looks otherwise."""
    count, label = len(stack.observer.statuses(device)), f"Here {next(labels)}"
    stack.bridge.config["templates"]["watched"]["statuses"][0]["label"] = label
    stack.bridge.config_path.write_text(json.dumps(stack.bridge.config))
    stack.bridge.process.signal(signal.SIGHUP)
    status = stack.observer.wait_for_status(device, after=count, label=label)
    return seconds_of(status["last_seen"])


# A device's own connection


@every_mqtt
@every_qos
def test_what_a_connected_device_publishes_moves_last_seen(stack, mqtt, qos):
    pump = stack.device("watched:pump", version=mqtt)
    connected = seconds_of(stack.observer.status("pump")["last_seen"])
    wait_for(lambda: send(pump, "data/pump", qos=qos) or restated_last_seen(stack, "pump") > connected + 0.5,
             "last_seen moving with what it publishes", 20, 0.3)  # fmt: skip
    assert stack.observer.status("pump")["since"] == stack.observer.history("pump")[0]["since"]


def test_a_topic_alias_is_activity_as_well(stack):
    pump = stack.device("watched:pump", version=V5)
    pump.send_raw(publish("data/pump", b"x", V5, props={"topic_alias": 1}))
    connected = seconds_of(stack.observer.status("pump")["last_seen"])

    def moved():
        pump.send_raw(publish("", b"x", V5, props={"topic_alias": 1}))
        return restated_last_seen(stack, "pump") > connected + 0.5

    wait_for(moved, "last_seen moving", 20, 0.3)


def test_neither_pings_nor_refused_messages_nor_deliveries_nor_declarations_are_activity(stack):
    pump = stack.device("watched:pump", version=V5)
    pump.subscribe("to/pump")
    connected = restated_last_seen(stack, "pump")
    other = stack.device("watched:other")
    start = seconds_of(stack.observer.status("other")["last_seen"])

    def is_told():  # others' activity is: so this one's would be
        assert pump.publish("ds/status/pump", b"x", qos=1) == NOT_AUTHORIZED
        pump.publish("ds/declare/pump", b"{}", qos=1)
        pump.send_raw(b"\xc0\x00")
        other.publish("to/pump", b"x", qos=1)
        return restated_last_seen(stack, "other") > start + 1

    wait_for(is_told, "the other one's activity", 20, 0.3)
    assert restated_last_seen(stack, "pump") == connected


def test_activity_during_the_bridges_absence_is_told_when_it_is_back(stack):
    pump = stack.device("watched:pump")
    send(pump, "data/pump")
    stack.bridge.kill()
    before = seconds_of(stack.observer.status("pump")["last_seen"])
    # The latest counts; two bridges may differ by a millisecond in what time it was.
    wait_for(lambda: send(pump, "data/pump") or time.time() > before + 0.2, "a message that is clearly later", 2)
    stack.start_bridge()
    stack.fence()
    assert restated_last_seen(stack, "pump") > before + 0.1


def test_a_plugin_that_does_not_note_activity_is_named_with_its_option(make_stack):
    stack = make_stack(templates={"watched": WATCHED}, plugin={"activity_interval": 0}).start()
    stack.bridge.wait_for_log("plugin_opt_activity_interval is 0")
    stack.fence()


# ds/report


@every_qos
@every_mqtt
def test_a_reporter_speaks_for_a_thing_that_never_connects(stack, mqtt, qos):
    gateway = stack.tester(**GATEWAY, version=mqtt)
    send(gateway, "ds/report/hall%2Flamp", b"anything", qos=qos)
    lamp = stack.observer.wait_for_status("hall/lamp", "online", connected=False, cause="report", template="default")
    send(gateway, "ds/report/hall%2Flamp", b"", qos=qos)
    later = stack.observer.wait_for_status("hall/lamp", after=1)
    assert seconds_of(later["last_seen"]) >= seconds_of(lamp["last_seen"])  # both may come within one millisecond
    assert later["since"] == lamp["since"]


def test_of_many_reports_within_a_second_the_last_is_told_with_its_time(stack, gateway):
    for _ in range(200):
        gateway.publish("ds/report/lamp", b"x")
    gateway.publish("ds/report/lamp", b"x", qos=1)
    first = stack.observer.wait_for_status("lamp", "online")
    last = stack.observer.wait_for_status("lamp", after=1)
    assert seconds_of(last["last_seen"]) >= seconds_of(first["last_seen"])
    stack.fence()
    assert len(stack.observer.statuses("lamp")) <= 3


@every_mqtt
@every_qos
def test_only_reporters_report(stack, mqtt, qos):
    for options in ({}, {"username": "other", "password": "x"}, {"username": "Gateway"}):
        client = stack.connect("test-other", version=mqtt, **options)
        if qos < 2:
            reason = client.publish("ds/report/lamp", b"x", qos=qos)
            assert mqtt != V5 or qos == 0 or reason == NOT_AUTHORIZED
        else:
            send(client, "ds/report/lamp", qos=2)
        assert client.is_open
    stack.fence()
    assert things(stack) == set()


def test_what_is_no_device_encoded_as_one_is_refused(stack, gateway):
    for topic in ("ds/report", "ds/report/", "ds/report/a/b", "ds/report/a%2fb", "ds/report/%61", "ds/report/" + "x" * 1025):
        assert gateway.publish(topic, b"x", qos=1) == NOT_AUTHORIZED, topic
    stack.fence()
    assert things(stack) == set()


def test_a_report_about_a_connected_device_changes_no_status(stack, gateway):
    pump = stack.device("pump")
    send(gateway, "ds/report/pump")
    stack.fence()
    assert [status["connected"] for status in stack.observer.history("pump")] == [True]
    assert pump.is_open


# Rules with report_topic


@every_qos
def test_a_rule_makes_messages_reports(stack, gateway, qos):
    subscriber = stack.tester()
    subscriber.subscribe("zigbee2mqtt/#")
    send(gateway, "zigbee2mqtt/lamp", b'{"state":"ON"}', qos=qos)
    stack.observer.wait_for_status("lamp", "online", connected=False, template="watched")
    subscriber.wait_for_message("zigbee2mqtt/lamp")


def test_all_fields_of_the_rule_count_and_the_first_rule(stack, gateway):
    stack.tester().publish("zigbee2mqtt/lamp", b"x", qos=1)  # of another user
    gateway.publish("zigbee2mqtt/lamp/availability", b"x", qos=1)  # ignored
    gateway.publish("zigbee/lamp", b"x", qos=1)
    stack.fence()
    assert things(stack) == set()


# What is none


@every_mqtt
@every_qos
def test_a_message_published_as_retained_is_no_report(stack, mqtt, qos):
    gateway = stack.tester(**GATEWAY, version=mqtt)
    for payload in (b"x", b""):
        send(gateway, "zigbee2mqtt/lamp", payload, qos=qos, retain=True)
        send(gateway, "ds/report/lamp", payload, qos=qos, retain=True)
    stack.fence()
    assert things(stack) == set()
    send(gateway, "zigbee2mqtt/lamp", qos=qos)
    stack.observer.wait_for_status("lamp", "online", cause="report")


@every_mqtt
def test_a_declaration_counts_retained_or_not(stack, mqtt):
    pump = stack.device("pump", version=mqtt)
    send(pump, "ds/declare/pump", b'{"status":"offline"}', retain=True)
    pump.close()
    stack.observer.wait_for_status("pump", "offline")
    stack.observer.wait_until(lambda: [row for row in stack.observer.rows("pump") if row["cause"] == "declared"],
                              "a row that says so")  # fmt: skip


def gateway_config(port, protocol):
    """Of a Mosquitto at a site, which hands on what its things publish."""
    return (f"allow_anonymous true\npersistence true\npersistence_location {{folder}}/\nconnection out\n"
            f"address 127.0.0.1:{port}\ntopic site/# out 1\nremote_clientid test-gateway\nnotifications false\n"
            f"restart_timeout 1 2\nbridge_protocol_version {protocol}\n")  # fmt: skip


@pytest.mark.parametrize("retained", ["ignore", "count"])
@pytest.mark.parametrize("protocol", ["mqttv311", "mqttv50"])
def test_what_a_gateway_replays_after_its_restart_counts_where_the_rule_says_so(make_stack, make_broker, protocol, retained):
    rule = {"report_topic": "site/{device}", "template": "brief", **({"retained": "count"} if retained == "count" else {})}
    # Longer than the second within which a topic's reports wait: what comes after that is told at once.
    brief = {"statuses": [{"status": "online"}, {"status": "offline", "after": "3s"}]}
    stack = make_stack(templates={"brief": brief}, bridge={"devices": [{"client_id": "test-*", "ignore": True}, rule,
                                                                       {"client_id": "{device}"}]}).start()  # fmt: skip
    reader = stack.tester()
    reader.subscribe("site/#", qos=1)
    gateway = make_broker(gateway_config(stack.broker.port, protocol), log_topic=False)
    thing = stack.client_at(gateway, "thing")
    thing.publish("site/dead", b"last words", qos=1, retain=True)
    thing.publish("site/dead", b"alive", qos=1)
    reader.wait_for_message("site/dead", lambda message: message.payload == b"alive", 20)
    stack.observer.wait_for_status("dead", "offline", cause="report", timeout=10)
    gateway.stop()
    stack.fence()
    came, known = len(reader.messages), len(stack.observer.statuses("dead"))
    gateway.start()
    wait_for(lambda: len(reader.messages) > came, "the gateway's replay", 20)
    stack.fence()
    if retained == "count":
        stack.observer.wait_for_status("dead", "online", after=known)
        return
    assert [status["status"] for status in stack.observer.history("dead")[known:]] == []
    stack.client_at(gateway, "thing").publish("site/dead", b"alive", qos=1)
    stack.observer.wait_for_status("dead", "online", after=known)


def test_retained_messages_that_are_delivered_are_no_reports(stack, gateway):
    for retain in (True, False):
        send(gateway, "zigbee2mqtt/lamp", b"x", qos=1, retain=retain)
        send(gateway, "ds/report/switch", b"x", qos=1, retain=retain)
    stack.observer.wait_for_status("lamp", "online")
    stack.observer.wait_for_status("switch", "online")
    stack.fence()
    counts = {name: len(stack.observer.statuses(name)) for name in ("lamp", "switch")}
    for _ in range(3):
        reader = stack.tester(**GATEWAY)
        reader.subscribe("#", qos=1)
        reader.wait_for_message("zigbee2mqtt/lamp")
        reader.wait_for_message("ds/report/switch")
    stack.fence()
    assert {name: len(stack.observer.statuses(name)) for name in ("lamp", "switch")} == counts


@every_mqtt
def test_wills_are_no_reports(stack, mqtt):
    subscriber = stack.tester()
    subscriber.subscribe("zigbee2mqtt/#", "ds/report/#")
    for number, topic in enumerate(("ds/report/lamp", "zigbee2mqtt/lamp")):
        stack.connect(f"test-dying-{number}", version=mqtt, will=Will(topic, b"gone"), **GATEWAY).close()
        subscriber.wait_for_message(topic)  # the broker has sent it
    stack.fence()
    assert things(stack) == set()


# The bridge away


def test_reports_made_while_the_bridge_is_away_are_told_when_it_is_back(stack, gateway):
    stack.bridge.kill()
    send(gateway, "zigbee2mqtt/lamp")
    send(gateway, "ds/report/switch")
    stack.start_bridge()
    stack.observer.wait_for_status("lamp", "online", template="watched")
    stack.observer.wait_for_status("switch", "online", template="default")
    stack.bridge.stop()  # by now it is stored
    stack.start_bridge()
    stack.fence()
    for name in ("lamp", "switch"):
        assert len({row["seq"] for row in stack.observer.rows(name)}) == 1, "told again"


def test_reporters_and_rules_come_with_a_reload(stack):
    other = stack.tester(username="other", password="x")
    assert other.publish("ds/report/lamp", b"x", qos=1) == NOT_AUTHORIZED
    stack.bridge.config["reporters"] = ["other"]
    stack.bridge.config["devices"].insert(0, {"report_topic": "shelly/{device}/status"})
    stack.bridge.config_path.write_text(json.dumps(stack.bridge.config))
    stack.bridge.process.signal(signal.SIGHUP)
    wait_for(lambda: other.publish("ds/report/lamp", b"x", qos=1) != NOT_AUTHORIZED, "the new reporter", 5, 0.05)
    stack.observer.wait_for_status("lamp", "online")
    other.publish("shelly/plug/status", b"x", qos=1)
    stack.observer.wait_for_status("plug", "online", connected=False)
