# SPDX-License-Identifier: Apache-2.0
"""Clients that the broker's administrator or another plugin throws out: rows 15 and 15b of docs/broker-behaviour.md."""

import pytest

from rollcall_testing.bridge import plugin_path
from rollcall_testing.mqtt import V5, V311, ConnectionLost, Will

WILL = Will("wills/pump", b"gone")
every_mqtt = pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])
with_and_without_will = pytest.mark.parametrize("will", [None, WILL], ids=["no-will", "will"])


@pytest.fixture
def kicking(make_stack):
    """A stack whose broker has a second plugin, behind ours: kicking_plugin.cpp. It decides on nothing, so the broker is open."""
    path = plugin_path().parent / "kicking_plugin.so"
    assert path.exists(), f"{path} isn't built"
    stack = make_stack(plugin={"open_broker": "yes"})
    stack.broker.config += f"plugin {path}\n"
    return stack.start()


def expect_kicked(stack, *devices):
    told = {device: stack.observer.wait_for_status(device, connected=False) for device in devices}
    stack.fence()
    for device, status in told.items():
        assert stack.observer.status(device) == status, "the end of a connection is told once"
        assert (status["cause"], status["graceful"]) == ("kicked", False), status
        assert (status["status"], status["next"]["status"]) == ("online", "offline")
        assert [each["connected"] for each in stack.observer.history(device)] == [True, False]


@every_mqtt
@with_and_without_will
@pytest.mark.parametrize("order", [b"no will", b"will"], ids=["will-discarded", "will-sent"])
def test_who_is_kicked_was_kicked(kicking, mqtt, will, order):
    listener = kicking.tester()
    listener.subscribe("wills/#")
    pump = kicking.device("pump", version=mqtt, will=will)
    kicking.device("other", version=mqtt, will=will)
    kicking.tester().publish("kick/pump", order, qos=1)
    pump.wait_closed()
    expect_kicked(kicking, "pump")
    assert [status["connected"] for status in kicking.observer.history("other")] == [True]
    listener.round_trip()
    assert bool(listener.messages) == (will is not None and order == b"will")


@every_mqtt
@with_and_without_will
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "persistent"])
def test_who_is_kicked_by_its_own_message_ends_once(kicking, mqtt, will, clean):
    """2.0 tells plugins of such an end twice, and 2.1 adds a second one with another reason."""
    options = {"version": mqtt, "will": will, "clean": clean}
    if mqtt == V5 and not clean:
        options["properties"] = {"session_expiry": 60}
    for device in ("first", "second"):
        client = kicking.device(device, **options)
        try:
            client.publish(f"kick/{device}", b"will", qos=1)
        except ConnectionLost:
            pass
        client.wait_closed()
    expect_kicked(kicking, "first", "second")
    # The broker's memory of them may be used again by somebody else.
    others = [kicking.device(f"other-{number}", version=mqtt) for number in range(10)]
    kicking.connect("first", **options)
    kicking.observer.wait_for_status("first", "online", connected=True)
    kicking.fence()
    assert [status["connected"] for status in kicking.observer.history("first")] == [True, False, True]
    assert all([status["connected"] for status in kicking.observer.history(other.client_id)] == [True] for other in others)


@every_mqtt
def test_who_is_kicked_and_comes_back_at_once_is_online(kicking, mqtt):
    administrator = kicking.tester()
    for number in range(5):
        pump = kicking.connect("pump", version=mqtt, will=WILL)
        kicking.observer.wait_for_status("pump", "online", connected=True, after=2 * number)
        administrator.publish("kick/pump", b"will", qos=1)
        pump.wait_closed()
        kicking.observer.wait_for_status("pump", connected=False, cause="kicked", after=2 * number)
    kicking.observer.check_order("pump")
    kicking.connect("pump", version=mqtt)
    kicking.observer.wait_for_status("pump", "online", connected=True, after=10)
    kicking.fence()
    assert [status["connected"] for status in kicking.observer.history("pump")] == [True, False] * 5 + [True]


def test_everybody_kicked_by_name_again_and_again_leaves_nobody_online(kicking):
    clients = {f"pump-{number}": kicking.device(f"pump-{number}", will=WILL if number % 2 else None) for number in range(30)}
    administrator = kicking.tester()
    for device in [*clients, *clients, "never-here"]:
        administrator.publish(f"kick/{device}", b"will", qos=1)
    for client in clients.values():
        client.wait_closed()
    expect_kicked(kicking, *clients)
    assert kicking.observer.status("never-here") is None
