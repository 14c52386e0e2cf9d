# SPDX-License-Identifier: Apache-2.0
"""What somebody tries who is neither a device nor the bridge: to be in the bridge's place, or to be too much for it."""

import re
import time

import pytest

from rollcall_testing.broker import LOG_CONFIG, unused_port
from rollcall_testing.certificates import Authority
from rollcall_testing.mqtt import V5, V311, ConnectionLost, Refused
from rollcall_testing.packets import publish
from rollcall_testing.tls import TlsClient
from rollcall_testing.waiting import wait_for

DAY = {"session_expiry": 24 * 3600}
every_mqtt = pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])


def bridge_ids(stack):
    """The client ids under which bridges have connected, in their order."""
    return re.findall(r"New client connected from \S+ as (\S+) \([^)]*u'rollcall'", stack.broker.log())


def steal_session(stack, client_id, mqtt=V5):
    """A session under this id that has all there is subscribed."""
    thief = stack.connect(client_id, version=mqtt, clean=False, properties=DAY if mqtt == V5 else None)
    thief.subscribe("#", "$share/thieves/#", qos=1)
    thief.disconnect()


# In the bridge's place


@every_mqtt
def test_nobody_gets_the_bridges_client_id_while_it_is_away(stack, mqtt):
    (client_id,) = bridge_ids(stack)
    stack.bridge.kill()
    for _ in range(2):
        for options in ({}, {"username": "x", "password": "y"}, {"username": "rollcall", "password": "wrong"}):
            with pytest.raises((Refused, ConnectionLost)):
                stack.connect(client_id, version=mqtt, clean=False, **options)
        stack.broker.stop()
        stack.restart_broker()  # from now on no bridge has been there
    stack.start_bridge()
    stack.device("pump")


def test_nobody_gets_a_client_id_that_the_configuration_gives_the_bridge_once_it_was_there(make_stack):
    stack = make_stack()
    stack.bridge.config["brokers"][0]["client_id"] = "site-7/presence"
    stack.start()
    stack.bridge.kill()
    with pytest.raises((Refused, ConnectionLost)):
        stack.connect("site-7/presence", version=V5, clean=False)
    stack.start_bridge()


def test_the_bridge_takes_no_subscriptions_that_others_made_in_a_session_of_its_id(make_stack):
    """Before it has ever been there, the plugin can't know an id of the configuration's."""
    stack = make_stack(log_config=LOG_CONFIG + "log_type debug\n")
    stack.bridge.config["brokers"][0]["client_id"] = "site-7/presence"
    stack.start_broker()
    steal_session(stack, "site-7/presence")
    stack.start_bridge()
    writer = stack.tester()
    for number in range(10):
        writer.publish(f"ordinary/{number}", b"not for the bridge", qos=1)
    stack.device("pump")
    assert "ordinary/9" in stack.broker.log()
    assert not re.findall(r"Sending PUBLISH to site-7/presence .*ordinary", stack.broker.log())


def test_who_takes_the_bridges_id_by_a_certificate_can_do_that_once(make_stack, tmp_path):
    """There the broker asks no plugin; the bridge comes back under an id that nobody knows."""
    authority = Authority(tmp_path)
    port = unused_port()
    stack = make_stack(config=f"allow_anonymous true\nlistener {port} 127.0.0.1\n{authority.listener_lines()}"
                              "require_certificate true\nuse_identity_as_username true\n").start()  # fmt: skip
    (client_id,) = bridge_ids(stack)
    thieves = []
    for _ in range(5):
        thieves.append(TlsClient(port, client_id, context=authority.context("thief"), version=V5).connect())
        wait_for(lambda: len(bridge_ids(stack)) >= 2, "the bridge being back", 10)
        stack.device(f"pump-{len(thieves)}")
    for thief in thieves:
        thief.end()
    assert len(bridge_ids(stack)) == 2
    assert bridge_ids(stack)[1].startswith(client_id + "-")


# Too much


def test_a_flood_of_declarations_is_bounded_and_its_last_one_counts(make_stack):
    """A device declares for itself, as fast as it can, what it can't; others meanwhile go their way."""
    statuses = [{"status": "online"}, {"status": "asleep", "after": "10m"}, {"status": "offline", "after": "10m"}]
    stack = make_stack(templates={"default": {"statuses": statuses}}).start()
    listener = stack.tester()
    listener.subscribe("ds/declare/pump/error")
    pump = stack.device("pump", version=V311)
    flood = publish("ds/declare/pump", b'{"status":"dancing"}', V311) * 1000
    began = time.monotonic()
    for number in range(10):
        pump.send_raw(flood)
        stack.device(f"other-{number}")
    pump.publish("ds/declare/pump", b'{"status":"asleep","for":"1h"}', qos=1)
    pump.disconnect()
    stack.observer.wait_for_status("pump", "asleep", connected=False)
    listener.round_trip()
    errors, took = len(listener.messages), time.monotonic() - began
    assert 1 <= errors <= 11 + 2 * took, "10 at once and 2 a second"


def test_a_publisher_of_too_many_topics_makes_no_more_devices_than_it_may(make_stack):
    """Another one's reports come at once all the same."""
    rules = [{"report_topic": "meters/{device}"}, {"client_id": "test-*", "ignore": True}, {"client_id": "{device}"}]
    stack = make_stack(bridge={"devices": rules}).start()
    stack.fence()
    flood, honest = stack.tester(version=V311), stack.tester()
    began = time.monotonic()
    for batch in range(20):
        flood.send_raw(b"".join(publish(f"meters/x-{batch}-{number}", b"1", V311) for number in range(1000)))
    flood.round_trip(timeout=30)
    honest.publish("meters/honest", b"1", qos=1)
    stack.observer.wait_for_status("honest", "online")
    stack.fence()
    stack.fence()
    took = time.monotonic() - began
    made = len([device for device in stack.observer.devices() if device.startswith("x-")])
    assert made <= 5001 + 500 * took, "5,000 at once and 500 a second"
