# SPDX-License-Identifier: Apache-2.0
"""Either side dies, stalls or loses the other while devices come and go: afterwards every status is right again."""

import random
import time

import pytest

from rollcall_testing.mqtt import Will, visit
from rollcall_testing.proxy import Proxy
from rollcall_testing.times import seconds_of

CLOSE = 0.2  # seconds: between what a test did and what the payload says of it
TEMPLATES = {
    "slow": {"statuses": [{"status": "online"}, {"status": "offline", "after": "1h"}]},
    "quick": {"statuses": [{"status": "online"}, {"status": "offline", "after": "1s"}, {"status": "inactive", "after": "1h"}]},
}
# Amnesty after an outage (lifecycle rule 14) must not outlast the tests.
BRIDGE = {"outage_grace": "1s"}


@pytest.fixture
def stack(make_stack):
    return make_stack(templates=TEMPLATES, bridge=BRIDGE).start()


def near(text, when):
    return abs(seconds_of(text) - when) <= CLOSE


# The bridge dies


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_what_happened_while_the_bridge_was_away_is_told_when_it_is_back(stack, how):
    staying = stack.device("slow:staying")
    stayed_since = stack.observer.status("staying")["since"]
    leaving = {
        "said": (stack.device("slow:said"), "client_disconnect", True, lambda client: client.disconnect()),
        "closed": (stack.device("slow:closed"), "connection_closed", True, lambda client: client.close()),
        "cut": (stack.device("slow:cut", will=Will("wills/cut")), "connection_closed", False, lambda client: client.reset()),
        "broke": (stack.device("slow:broke"), "protocol_error", False, lambda client: client.send_raw(b"\xf0\x00")),
    }
    gone = stack.device("quick:gone")
    taken = stack.device("slow:taken")
    blinking = stack.device("slow:blinking")
    getattr(stack.bridge, how)()
    away_since = time.time()

    left_at = {}
    for name, (client, _, _, end) in leaving.items():
        end(client)
        left_at[name] = time.time()
    gone.disconnect()
    left_at["gone"] = time.time()
    came_at = time.time()
    stack.connect("slow:new")
    stack.connect("slow:taken")
    taken.wait_closed()
    blinking.close()
    blinking = stack.connect("slow:blinking")
    stack.connect("slow:visitor").disconnect()
    visitor_left_at = time.time()
    time.sleep(max(0.0, left_at["gone"] + 1.3 - time.time()))  # "gone" is due while nobody is there to say so

    stack.start_bridge()
    stack.fence()
    status = stack.observer.status
    assert (status("staying")["status"], status("staying")["connected"]) == ("online", True)
    assert near(status("staying")["since"], seconds_of(stayed_since)), "the connection is the same"
    for name, (_, cause, graceful, _) in leaving.items():
        payload = status(name)
        assert (payload["status"], payload["connected"], payload["cause"], payload["graceful"]) == ("online", False, cause, graceful), payload
        assert near(payload["next"]["at"], left_at[name] + 3600), (name, payload, left_at[name])
    assert (status("gone")["status"], status("gone")["cause"]) == ("offline", "client_disconnect")
    assert near(status("gone")["since"], left_at["gone"] + 1)
    assert near(status("gone")["next"]["at"], left_at["gone"] + 1 + 3600)
    assert (status("new")["status"], status("new")["connected"]) == ("online", True)
    assert near(status("new")["since"], came_at)
    for name in ("taken", "blinking"):
        assert (status(name)["status"], status(name)["connected"], status(name)["cause"]) == ("online", True, None)
    assert (status("visitor")["connected"], status("visitor")["cause"]) == (False, "client_disconnect")
    assert near(status("visitor")["next"]["at"], visitor_left_at + 3600)
    for name in ("staying", "taken", "blinking"):
        told = [seen.payload for seen in stack.observer.statuses(name) if seen.at > away_since]
        assert all(payload["connected"] for payload in told), f"{name} was never said to be gone: {told}"
    blinking.disconnect()
    stack.observer.wait_for_status("blinking", connected=False, cause="client_disconnect")
    assert staying.is_open


def test_a_keepalive_loss_while_the_bridge_is_away_counts_from_when_it_was_noticed(stack):
    lost = stack.device("slow:lost", keepalive=2)
    stack.bridge.kill()
    lost.round_trip()
    lost.fall_silent()
    lost.wait_closed(timeout=12)
    noticed = time.time()
    stack.start_bridge()
    payload = stack.observer.wait_for_status("lost", connected=False)
    assert (payload["cause"], payload["graceful"]) == ("keepalive_timeout", False)
    assert near(payload["next"]["at"], noticed + 3600 - 3)


def test_the_bridge_is_killed_again_and_again_in_the_middle_of_things(stack):
    dice = random.Random(7)
    names = [f"slow:{number}" for number in range(40)]
    clients = {}
    for _ in range(5):
        for step in range(60):
            name = dice.choice(names)
            if name in clients and dice.random() < 0.5:
                dice.choice([clients[name].disconnect, clients[name].close])()
                del clients[name]
            else:
                clients[name] = stack.connect(name)  # a takeover, if it is there already
            if step == 30:
                stack.bridge.kill()
                stack.bridge.launch()  # and go on while it starts
    stack.fence()
    check_all(stack, names, clients)


def check_all(stack, names, clients):
    """Each device that ever came is connected if, and only if, we hold a connection of it."""
    for name in names:
        device = name.split(":")[1]
        payload = stack.observer.status(device)
        if payload is None:
            assert name not in clients
            continue
        assert (payload["status"], payload["connected"]) == ("online", name in clients), payload
        numbers = [status["seq"] for status in stack.observer.history(device)]
        assert numbers == sorted(numbers)


# The bridge stalls, or its link does


def test_more_than_a_stalled_bridge_can_be_told_is_right_in_the_end(stack):
    """3,000 visits while the bridge reads nothing, each followed by one of a name that is too long for a device.

    The buffers of sockets hold some MB and the broker queues 1,000 messages (max_queued_messages): of these 12,000 events,
    10 MB, about half are dropped, the last ones among them.
    """
    too_long = "x" * 1000
    names = [f"slow:visitor-{number}" for number in range(3000)]
    here = {name: stack.device(name) for name in ("slow:stays", "slow:leaves", "slow:returns")}
    stack.bridge.process.pause()
    here["slow:leaves"].close()
    here["slow:returns"].disconnect()
    for number, name in enumerate(names):
        visit(stack.broker.port, name, username=too_long)
        visit(stack.broker.port, f"{number}{too_long}", username=too_long)
        if number == 1500:
            stack.connect("slow:returns")
            stack.connect("slow:comes")
    stack.connect(names[-1])
    stack.bridge.process.resume()
    for name, connected in [("stays", True), ("leaves", False), ("returns", True), ("comes", True)]:
        stack.observer.wait_for_status(name, "online", connected=connected, timeout=20)
    stack.fence()

    def wrong():
        devices = stack.observer.devices()
        expected = {name.split(":")[1]: name == names[-1] for name in names}
        return [name for name, connected in expected.items() if devices.get(name, {}).get("connected") is not connected]

    stack.observer.wait_until(lambda: not wrong(), lambda: f"{len(wrong())} statuses, such as {wrong()[:1]}", 20)
    causes = {payload["cause"] for name, payload in stack.observer.devices().items() if name.startswith("visitor-")}
    assert causes == {"client_disconnect", None}


@pytest.fixture
def behind_a_proxy(make_stack):
    """A stack whose bridge reaches the broker through stack.proxy."""
    stack = make_stack(templates=TEMPLATES, bridge=BRIDGE)
    stack.start_broker()
    stack.proxy = Proxy(stack.broker.port)
    stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.proxy.port}"
    stack.start_bridge()
    yield stack
    stack.proxy.end()


def test_a_link_that_breaks_costs_nobody_anything(behind_a_proxy):
    stack = behind_a_proxy
    stack.device("slow:stays")
    leaves = stack.device("slow:leaves")
    stack.proxy.refuse()
    stack.proxy.cut()
    leaves.close()
    left_at = time.time()
    comes_at = time.time()
    stack.connect("slow:comes")
    time.sleep(1)  # the time that the link is away
    stack.proxy.accept()
    payload = stack.observer.wait_for_status("leaves", connected=False, timeout=15)
    assert payload["cause"] == "connection_closed" and near(payload["next"]["at"], left_at + 3600), payload
    comes = stack.observer.wait_for_status("comes", "online", connected=True)
    assert near(comes["since"], comes_at)
    assert stack.observer.wait_for_status("stays")["connected"] is True
    assert {status["connected"] for status in stack.observer.history("stays")} == {True}
    stack.observer.wait_until(lambda: stack.observer.latest("bridge")["online"], "the bridge being online again")


def test_a_link_that_breaks_often_while_devices_come_and_go(behind_a_proxy):
    stack = behind_a_proxy
    dice = random.Random(11)
    names = [f"slow:{number}" for number in range(30)]
    clients = {}
    for step in range(300):
        name = dice.choice(names)
        if name in clients and dice.random() < 0.5:
            clients.pop(name).close()
        else:
            clients[name] = stack.connect(name)
        if step % 60 == 30:
            stack.proxy.cut()
    stack.observer.wait_until(lambda: stack.observer.latest("bridge")["online"], "the bridge being online again", 15)
    fenced_in_the_end(stack)
    check_all(stack, names, clients)


def fenced_in_the_end(stack):
    """A fence for a bridge that may still have to come back."""
    stack.connect("slow:fence")
    stack.observer.wait_for_status("fence", "online", connected=True, timeout=20)
    stack.fence()


def test_a_link_that_stalls_for_a_while_is_caught_up_with(behind_a_proxy):
    stack = behind_a_proxy
    leaves = stack.device("slow:leaves")
    stack.device("slow:stays")
    stack.proxy.stall()
    leaves.disconnect()
    left_at = time.time()
    stack.connect("slow:comes")
    time.sleep(2)  # the time that nothing gets through
    stack.proxy.flow()
    payload = stack.observer.wait_for_status("leaves", connected=False, timeout=15)
    assert payload["cause"] == "client_disconnect" and near(payload["next"]["at"], left_at + 3600)
    stack.observer.wait_for_status("comes", "online", connected=True)
    stack.fence()
    assert {status["connected"] for status in stack.observer.history("stays")} == {True}


# The broker dies


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_after_a_restart_of_the_broker_all_statuses_are_there_again(stack, how):
    clients = {name: stack.device(f"slow:{name}") for name in ("returns", "stays-away", "left-before")}
    clients["left-before"].disconnect()
    stack.observer.wait_for_status("left-before", connected=False)
    stack.device("quick:was-offline").disconnect()
    was_offline = stack.observer.wait_for_status("was-offline", "offline")
    getattr(stack.broker, how)()
    for name in ("returns", "stays-away"):
        clients[name].wait_closed()
    stack.restart_broker()
    stack.connect("slow:returns")
    stack.connect("slow:newcomer")

    def latest(name):
        """As a reader sees it who came after the restart."""
        reader = stack.tester()
        reader.subscribe("ds/status/" + name)
        return reader.wait_for_message("ds/status/" + name, timeout=20)

    for name in ("returns", "stays-away", "left-before", "was-offline", "newcomer"):
        assert latest(name).payload
    stack.observer.wait_for_status("returns", "online", connected=True, cause=None, timeout=15)
    stack.observer.wait_for_status("newcomer", "online", connected=True, timeout=15)
    stack.observer.wait_for_status("stays-away", connected=False, cause="broker_lost", graceful=False, timeout=15)
    assert stack.observer.status("left-before")["cause"] == "client_disconnect"
    offline = stack.observer.status("was-offline")
    assert (offline["status"], offline["since"], offline["cause"]) == ("offline", was_offline["since"], "client_disconnect")
    stack.fence()
    assert stack.observer.status("returns")["connected"] is True
    assert stack.observer.latest("bridge")["online"] is True


def test_a_restart_of_both_leaves_no_wrong_status(make_stack):
    """With persistence the broker has the old statuses; nobody is connected any more but who came back."""
    stack = make_stack(templates=TEMPLATES, bridge=BRIDGE,
                       config="allow_anonymous true\npersistence true\npersistence_location {folder}/\n").start()  # fmt: skip
    stack.device("slow:returns")
    stack.bridge.stop()
    stack.broker.stop()
    stack.restart_broker()
    stack.start_bridge()
    stack.connect("slow:returns")
    stack.fence()
    assert stack.observer.wait_for_status("returns", "online", connected=True)
    stack.observer.wait_for_status("returns", connected=True)


def test_a_bridge_that_comes_long_before_the_devices_or_after_them_says_the_same(make_stack):
    stack = make_stack(templates=TEMPLATES)
    stack.start_broker()
    came_at = time.time()
    stack.connect("slow:early")
    visit(stack.broker.port, "slow:visitor")
    visited_at = time.time()
    stack.start_bridge()
    early = stack.observer.wait_for_status("early", "online", connected=True)
    assert near(early["since"], came_at)
    visitor = stack.observer.wait_for_status("visitor", connected=False)
    assert near(visitor["next"]["at"], visited_at + 3600)
    stack.device("slow:late")
