# SPDX-License-Identifier: Apache-2.0
"""Crowds, storms, ids of 65,000 bytes, a bridge that never answers: all is told in the end, and the plugin takes little memory.

What its memory is at most is counted to the byte in tests/unit/plugin/memory_test.cpp; how long it holds the broker's loop,
and all of this with 19,000 clients, is printed by `./dev bench plugin-loop`.
"""

import json
import socket

import pytest

from rollcall_testing.crowd import Crowd, allow_many_files, resident_kib
from rollcall_testing.lister import REQUESTS, hello
from rollcall_testing.mqtt import V5
from rollcall_testing.packets import connect, publish, subscribe
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.waiting import wait_for

CLIENTS = 2000
LIMITS = "allow_anonymous true\nmax_queued_messages 100000\n"


@pytest.fixture(autouse=True)
def many_files():
    allow_many_files()


@pytest.fixture
def crowded(make_stack):
    """A stack and a crowd for its broker. Of its observer only the fleet is asked: it would have thousands of statuses to read."""
    stack = make_stack(config=LIMITS).start()
    crowd = Crowd(stack.broker.port)
    yield stack, crowd
    crowd.vanish()


def wait_for_connected(stack, count):
    wait_for(lambda: (stack.observer.latest("fleet") or {}).get("connected") == count,
             lambda: f"{count} connected; the fleet is {stack.observer.latest('fleet')}", 60, 0.05)  # fmt: skip


def retained_statuses(stack):
    """What a reader who comes now is told, by device."""
    reader = stack.tester()
    reader.subscribe("ds/status/#")
    reader.round_trip(timeout=30)
    found = [json.loads(message.payload) for message in reader.messages if message.topic.startswith("ds/status/")]
    reader.end()
    return {status["device"]: status for status in found}


def expect_all_there(stack, names):
    """Each by its retained status: connected, and online all along."""
    wait_for_connected(stack, len(names))
    stack.fence()
    statuses = retained_statuses(stack)
    told = {name: statuses[name] for name in names}
    assert {(status["status"], status["connected"], status["cause"]) for status in told.values()} == {("online", True, None)}


def test_a_crowd_that_reconnects_like_a_storm_is_there_in_the_end(crowded):
    stack, crowd = crowded
    names = [f"device-{number}" for number in range(CLIENTS)]
    crowd.connect(names)
    expect_all_there(stack, names)
    first = {name: status["since"] for name, status in retained_statuses(stack).items()}
    for number in range(3):
        stack.broker.process.pause()  # so that the broker finds all ends at once
        crowd.vanish()
        stack.broker.process.resume()
        crowd.connect(names)
        if number == 1:
            crowd.connect(names)  # everybody is taken over by a newcomer
    expect_all_there(stack, names)
    assert {name: status["since"] for name, status in retained_statuses(stack).items() if name in first} == first
    stack.broker.process.pause()
    crowd.leave()
    stack.broker.process.resume()
    wait_for_connected(stack, 0)
    stack.fence()
    statuses = retained_statuses(stack)
    assert {(statuses[name]["connected"], statuses[name]["cause"]) for name in names} == {(False, "client_disconnect")}


def test_ids_of_65000_bytes_and_long_names_cost_the_plugin_nothing(make_stack, make_broker):
    """The broker keeps them; beside that it takes no more memory with the plugin than 1 KiB for each of these clients."""
    names = [f"{number:05}".ljust(65000, "x") for number in range(400)]
    grown = {}
    plain = make_broker(LIMITS)
    stack = make_stack(config=LIMITS).start()
    stack.device("pump")
    for kind, broker in (("without", plain), ("with", stack.broker)):
        crowd = Crowd(broker.port, username="u" * 30000)  # from 2.0.12 on a CONNECT has 100,000 bytes at most
        crowd.connect(["warms up"])
        before = resident_kib(broker.process.pid)
        crowd.connect(names)
        grown[kind] = resident_kib(broker.process.pid) - before
        crowd.vanish()
    assert grown["without"] > 400 * 90  # KiB: else nothing was measured
    assert grown["with"] - grown["without"] < 8 * 1024, grown
    stack.fence()
    assert [status["connected"] for status in stack.observer.history("pump")] == [True]
    assert {device for device in stack.observer.devices() if not device.startswith("fence-")} == {"pump"}


def test_a_bridge_that_never_answers_costs_the_broker_no_more_than_what_it_was_told(crowded):
    """Stopped in the midst of its work, it keeps its connection until the broker has had enough of it."""
    stack, crowd = crowded
    names = [f"device-{number}" for number in range(CLIENTS)]
    crowd.connect(names)
    expect_all_there(stack, names)
    before = resident_kib(stack.broker.process.pid)
    stack.bridge.process.pause()
    for _ in range(3):
        crowd.vanish()
        crowd.connect(names)
    other = stack.tester()
    other.subscribe("some/topic")
    other.publish("some/topic", b"hello", qos=1)
    other.wait_for_message("some/topic")
    assert resident_kib(stack.broker.process.pid) - before < 16 * 1024
    stack.bridge.process.resume()
    expect_all_there(stack, names)


def test_one_who_knows_the_secret_and_only_greets_costs_nothing_that_grows(make_stack):
    """It asks for nothing, answers nothing and reads nothing, while thousands come and go. No other bridge is there."""
    stack = make_stack(config=LIMITS)
    stack.broker.start()
    with socket.create_connection(("127.0.0.1", stack.broker.port), 10) as mute:
        mute.sendall(connect("mute", V5, 0, True, username="rollcall", password=BRIDGE_PASSWORD) + subscribe(["$ds/#"], V5, 1, 0))
        mute.sendall(publish(REQUESTS, hello(session=7), V5))
        told = b""
        while b"$ds/" not in told:
            assert (data := mute.recv(4096)), "the plugin never answered"
            told += data
        crowd = Crowd(stack.broker.port)
        names = [f"device-{number}" for number in range(CLIENTS)]

        def visits(count):
            for _ in range(count):
                crowd.connect(names)
                crowd.vanish()
            return resident_kib(stack.broker.process.pid)

        early = visits(2)
        remembered = 4 * CLIENTS * 0.6  # KiB: of each client four more ends, of 16 at the most
        assert visits(4) - early < remembered + 4 * 1024
