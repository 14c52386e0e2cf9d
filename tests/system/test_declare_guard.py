# SPDX-License-Identifier: Apache-2.0
"""Who may write ds/declare/{device}: the device itself, as the bridge's rules know it, and nobody else."""

import json
import signal

import pytest

from rollcall_testing.broker import password_line
from rollcall_testing.mqtt import V5, V311, Will
from rollcall_testing.observer import topic_level
from rollcall_testing.packets import connect, packet, publish
from rollcall_testing.waiting import wait_for

every_mqtt = pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])
NOT_AUTHORIZED = 0x87
PUBREL = 6
DECLARATION = b'{"status":"offline","for":"1h"}'
ACL = """topic readwrite data/#
topic read ds/#
pattern write ds/declare/%c
user test
topic readwrite #
"""


def may_declare(client, device_level):
    """Of an MQTT 5 client."""
    return client.publish(f"ds/declare/{device_level}", DECLARATION, qos=1) != NOT_AUTHORIZED


def seen_on_declare(stack):
    return [seen for seen in stack.observer.seen if seen.topic.startswith("ds/declare")]


def test_a_device_declares_for_itself_and_for_nobody_else(stack):
    pump, other = stack.device("pump", version=V5), stack.device("default:other", version=V5)
    assert may_declare(pump, "pump")
    assert may_declare(other, "other")
    assert not may_declare(other, "default:other")
    assert not may_declare(other, "pump")
    for level in ("other", "Pump", "pump/", "pump/error", "pump/x", "%70ump", "", "pump%00", "$share/g/pump"):
        assert not may_declare(pump, level), level
    assert pump.publish("ds/declare", DECLARATION, qos=1) == NOT_AUTHORIZED
    stack.fence()
    assert {seen.topic for seen in seen_on_declare(stack)} == {"ds/declare/pump", "ds/declare/other"}
    assert pump.is_open and other.is_open


@every_mqtt
@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("retain", [False, True], ids=["plain", "retained"])
def test_nobody_declares_for_another_at_any_qos(stack, mqtt, qos, retain):
    stack.device("pump")
    mallory = stack.device("mallory", version=mqtt)
    topic = "ds/declare/pump"
    mallory.send_raw(publish(topic, DECLARATION, mqtt, qos, retain, 9 if qos else None))
    if qos == 2 and mqtt != V5:
        mallory.send_raw(packet(PUBREL, (9).to_bytes(2, "big"), flags=2))
    mallory.round_trip()
    stack.fence()
    assert seen_on_declare(stack) == []
    reader = stack.tester()
    reader.subscribe(topic)
    reader.round_trip()
    assert not [message for message in reader.messages if message.topic == topic]


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_declaration_of_its_own_goes_through_at_any_qos(stack, qos):
    pump = stack.device("pump")
    pump.send_raw(publish("ds/declare/pump", DECLARATION, V311, qos, False, 9 if qos else None))
    if qos == 2:
        pump.send_raw(packet(PUBREL, (9).to_bytes(2, "big"), flags=2))
    pump.round_trip()
    stack.observer.wait_until(lambda: seen_on_declare(stack), "the declaration, as others see it")


def test_ids_that_need_encoding_have_one_topic_each(stack):
    for device in ("hall/lamp #1", "a%2Fb", "+", "\u00e9"):
        client = stack.device(device, version=V5)
        assert may_declare(client, topic_level(device)), device
        for wrong in (device, topic_level(device).lower(), topic_level(topic_level(device)), "hall%2flamp %231"):
            if wrong != topic_level(device) and not set(wrong) & set("+#"):
                assert not may_declare(client, wrong), (device, wrong)


def test_who_is_ignored_declares_for_nobody(stack):
    ignored = stack.tester()
    assert not may_declare(ignored, ignored.client_id)


def test_until_the_bridge_has_told_its_rules_the_answer_is_no_and_afterwards_it_holds_without_it(make_stack):
    stack = make_stack()
    stack.start_broker()
    pump = stack.connect("pump", version=V5)
    assert not may_declare(pump, "pump")
    stack.start_bridge()
    wait_for(lambda: may_declare(pump, "pump"), "the rules being known", 5, 0.05)
    stack.bridge.kill()
    assert may_declare(pump, "pump")
    assert not may_declare(pump, "other")
    stack.broker.reload()
    assert may_declare(pump, "pump")


def test_the_rules_of_a_reload_count(stack):
    pump = stack.device("pump", version=V5)
    assert may_declare(pump, "pump")
    stack.bridge.config["devices"] = [{"client_id": "pump", "ignore": True}, *stack.bridge.config["devices"]]
    stack.bridge.config_path.write_text(json.dumps(stack.bridge.config))
    stack.bridge.process.signal(signal.SIGHUP)
    wait_for(lambda: not may_declare(pump, "pump"), "the new rules", 5, 0.05)


@every_mqtt
def test_a_will_may_be_on_its_own_topic_and_on_no_other(stack, mqtt):
    for device, level in (("pump", "pump"), ("mallory", "pump"), ("eve", "eve/error")):
        client = stack.connect(device, version=mqtt, will=Will(f"ds/declare/{level}", device.encode(), retain=True))
        stack.observer.wait_for_status(device, "online", connected=True)
        client.close()
        stack.observer.wait_for_status(device, connected=False)
    stack.fence()
    assert {seen.raw for seen in seen_on_declare(stack)} <= {b"pump"}


def test_a_declaration_in_the_packet_of_the_login_is_judged_like_any_other(stack):
    """CONNECT and PUBLISH in one piece: on 2.0 the login isn't certain yet when the message comes."""
    for device, target in (("early", "early"), ("mallory", "early")):
        client = stack.client(device)
        client._connect = connect(device, V311, 60, True, None, None, None, None) + publish(
            f"ds/declare/{target}", device.encode(), V311
        )
        client.connect()
        client.round_trip()
    stack.fence()
    assert [seen.raw for seen in seen_on_declare(stack) if not seen.topic.endswith("/error")] == [b"early"]


def test_whether_it_may_is_still_the_brokers_to_say(make_stack, tmp_path):
    """With an acl_file that lets clients declare as what they are called, and one that doesn't."""
    (tmp_path / "acl").write_text(ACL)
    (tmp_path / "passwords").write_text(password_line("test", "test"))
    files = f"allow_anonymous true\nacl_file {tmp_path}/acl\npassword_file {tmp_path}/passwords\n"
    stack = make_stack(config=files, observer={"username": "test", "password": "test"}).start()
    pump, other = stack.connect("pump", version=V5), stack.connect("default:other", version=V5)
    stack.observer.wait_for_status("pump", "online")
    stack.observer.wait_for_status("other", "online")
    assert may_declare(pump, "pump")
    assert not may_declare(pump, "other")
    assert not may_declare(other, "default:other")  # the file allows it, the plugin doesn't
    assert not may_declare(other, "other")  # the plugin allows it, the file doesn't
    stack.broker.config = stack.broker.config.replace("allow_anonymous true", "allow_anonymous true\n# again")
    stack.broker.reload()
    assert may_declare(pump, "pump")
    assert not may_declare(pump, "other")


def test_several_listeners_with_their_own_settings_tell_each_declaration_once(make_stack):
    stack = make_stack(global_config="per_listener_settings true\n").start()
    pump = stack.device("pump", version=V5)
    assert may_declare(pump, "pump")
    assert not may_declare(pump, "other")
