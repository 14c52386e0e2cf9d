# SPDX-License-Identifier: Apache-2.0
"""Rule 14 with real brokers: when one goes away, its devices aren't to blame."""

import time

import pytest

from rollcall_testing.broker import Broker
from rollcall_testing.mqtt import V5
from rollcall_testing.observer import Observer
from rollcall_testing.times import seconds_of
from rollcall_testing.waiting import wait_for

TEMPLATES = {
    "short": {"statuses": [{"status": "online"}, {"status": "offline", "after": "1s"}]},
    "six": {"statuses": [{"status": "online"}, {"status": "offline", "after": "6s"}]},
}


@pytest.fixture
def stack(make_stack):
    return make_stack(templates=TEMPLATES, bridge={"outage_grace": "3s"}).start()


def end_broker(stack, how):
    getattr(stack.broker, how)()
    stack.bridge.wait_for_log("connection lost")


def come_back(stack):
    """The broker, and the link to it."""
    offset = len(stack.bridge.log())
    stack.restart_broker()
    stack.bridge.wait_for_log(": connected", timeout=15, offset=offset)


def incidents(stack):
    return [seen.payload for seen in stack.observer.on("incident")]


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_who_is_back_in_time_was_never_away_and_one_notice_tells_of_all(stack, how):
    names = [f"short:d{number}" for number in range(20)]
    for name in names:
        stack.device(name)
    rows = {name: len(stack.observer.rows(name[6:])) for name in names}
    since = {name: stack.observer.status(name[6:])["since"] for name in names}
    end_broker(stack, how)
    stack.restart_broker()
    clients = [stack.connect(name) for name in names[:18]]
    stack.observer.wait_until(lambda: incidents(stack), "the notice", 20)
    (notice,) = incidents(stack)
    assert (notice["devices"], notice["back"]) == (20, 18)
    assert (notice["kind"], notice["what"], notice["list"]) == ("broker", "main", [])
    assert seconds_of(notice["began"]) < seconds_of(notice["ended"])
    for name in names[:18]:
        status = stack.observer.status(name[6:])
        assert (status["status"], status["connected"], status["since"]) == ("online", True, since[name])
        assert len(stack.observer.rows(name[6:])) == rows[name]
    for name in names[18:]:
        gone = stack.observer.wait_for_status(name[6:], "offline", connected=False)
        assert (gone["cause"], gone["graceful"]) == ("broker_lost", False)
        # Not before the grace is over.
        assert abs(seconds_of(gone["since"]) - (seconds_of(notice["ended"]) + 3)) < 0.05
    assert all(client.is_open for client in clients)
    assert all(status["status"] == "online" for name in names[:18] for status in stack.observer.history(name[6:]))


def test_waits_stand_still_while_it_is_away(stack):
    stack.device("six:a").disconnect()
    waiting = stack.observer.wait_for_status("a", connected=False)
    end_broker(stack, "kill")
    lost = time.time()
    wait_for(lambda: time.time() > lost + 4, "some time", 10)
    stack.restart_broker()
    back = time.time()
    later = stack.observer.wait_for_status("a", connected=False, after=len(stack.observer.statuses("a")), timeout=15)
    frozen = seconds_of(later["next"]["at"]) - seconds_of(waiting["next"]["at"])
    assert abs(frozen - (back - lost)) < 1
    offline = stack.observer.wait_for_status("a", "offline", timeout=15)
    assert offline["since"] == later["next"]["at"] and offline["cause"] == "client_disconnect"


def test_a_reload_of_the_broker_is_no_outage(stack):
    stays = stack.device("short:stays")
    stack.broker.reload()
    stack.fence()
    assert stays.is_open and not incidents(stack)
    assert len(stack.observer.statuses("stays")) == 1


def test_retained_statuses_that_the_broker_lost_are_there_again(stack):
    stack.device("short:gone").disconnect()
    stack.observer.wait_for_status("gone", "offline")
    stack.device("stays")
    end_broker(stack, "kill")
    stack.restart_broker()
    stays = stack.connect("stays")
    fresh = Observer(stack.tester())
    fresh.wait_for_status("gone", "offline", timeout=15)
    fresh.wait_for_status("stays", "online", connected=True)
    assert stays.is_open


def test_the_bridge_is_away_as_well(stack):
    stack.device("short:comes_back")
    stack.device("short:stays_away")
    since = stack.observer.status("comes_back")["since"]
    stack.fence()
    wait_for(lambda: time.time() > seconds_of(since) + 2, "the store having the last contact", 5)
    stack.bridge.kill()
    killed = time.time()
    stack.broker.kill()
    stack.restart_broker()
    back = time.time()
    comes_back = stack.connect("short:comes_back")
    stack.start_bridge()
    gone = stack.observer.wait_for_status("stays_away", "offline", timeout=15)
    assert gone["cause"] == "broker_lost"
    assert abs(seconds_of(gone["since"]) - (back + 3)) < 1
    status = stack.observer.status("comes_back")
    assert (status["connected"], status["since"]) == (True, since)
    (notice,) = incidents(stack)
    assert (notice["devices"], notice["back"]) == (2, 1)
    assert -2.5 < seconds_of(notice["began"]) - killed < 0.5
    assert comes_back.is_open


def test_it_goes_away_again_before_the_grace_is_over(stack):
    stack.device("short:a")
    stack.device("short:b")
    end_broker(stack, "kill")
    come_back(stack)
    a = stack.connect("short:a")
    stack.fence()
    offset = len(stack.bridge.log())
    stack.broker.kill()
    stack.bridge.wait_for_log("connection lost", offset=offset)
    come_back(stack)
    b = stack.connect("short:b")
    stack.observer.wait_for_status("a", "offline", cause="broker_lost", timeout=15)
    assert stack.observer.status("b")["status"] == "online"
    assert [(notice["devices"], notice["back"]) for notice in incidents(stack)] == [(2, 1)]
    assert b.is_open and not a.is_open


# Several brokers


@pytest.fixture
def two(make_stack, makers):
    """A stack whose bridge serves another broker as well: (stack, second broker, an observer there)."""
    stack = make_stack(templates=TEMPLATES, bridge={"outage_grace": "3s"})
    second = Broker(makers.version, makers.next_folder("second"), stack.broker.config)
    makers.keep(second).start()
    stack.start_broker()
    stack.bridge.config["brokers"].append({**stack.bridge.config["brokers"][0], "name": "second",
                                           "uri": f"mqtt://127.0.0.1:{second.port}"})  # fmt: skip
    stack.start_bridge()
    there = Observer(stack.client_at(second, "test-there", version=V5))
    there.wait_until(lambda: (there.latest("bridge") or {}).get("online"), "the bridge being online there", 10)
    return stack, second, there


def fence_at(stack, broker, observer):
    """Afterwards the bridge has acted on all that this broker noticed before."""
    client = stack.client_at(broker, f"fence-at-{broker.port}")
    observer.wait_for_status(f"fence-at-{broker.port}", connected=True)
    client.end()


def test_a_device_moves_between_brokers_and_the_live_set_decides(two):
    stack, second, there = two
    first = stack.device("short:a")
    there.wait_for_status("a", "online", connected=True)
    other = stack.client_at(second, "short:a")
    fence_at(stack, second, there)
    first.disconnect()
    stack.fence()
    assert stack.observer.status("a")["connected"]
    other.disconnect()
    gone = stack.observer.wait_for_status("a", "offline")
    there.wait_for_status("a", "offline", seq=gone["seq"])
    assert [row["broker"] for row in stack.observer.rows("a")] == ["main", "second"]
    # The other way round: it leaves the first, and comes to the second within the wait.
    stack.device("short:b").disconnect()
    stack.observer.wait_for_status("b", connected=False)
    again = stack.client_at(second, "short:b")
    stack.observer.wait_for_status("b", "online", connected=True)
    assert [row["kind"] for row in stack.observer.rows("b")] == ["transition", "blip"]
    assert again.is_open


def test_one_broker_is_lost_and_its_devices_go_over_to_the_other(two):
    stack, second, there = two
    stack.device("short:moves")
    stack.device("short:leaves")
    there.wait_for_status("leaves", connected=True)
    since = there.status("moves")["since"]
    end_broker(stack, "kill")
    moved = stack.client_at(second, "short:moves")
    left = stack.client_at(second, "short:leaves")
    fence_at(stack, second, there)
    left.disconnect()
    gone = there.wait_for_status("leaves", "offline", timeout=5)  # though the first broker is still away
    assert gone["cause"] == "client_disconnect"
    assert there.status("moves")["since"] == since and there.status("moves")["connected"]
    assert moved.is_open


# Two bridges


@pytest.fixture
def second_bridge(stack, makers):
    """Another bridge with a store of its own at the same broker; not started yet."""
    from rollcall_testing.bridge import Bridge

    config = {**stack.bridge.config, "brokers": [dict(stack.bridge.config["brokers"][0])]}
    return makers.keep(Bridge(makers.next_folder("second-bridge"), config))


def test_a_second_bridge_is_refused_says_so_and_takes_over_when_the_first_has_gone(stack, second_bridge):
    device = stack.device("short:a")
    second_bridge.launch()
    second_bridge.wait_for_log("another Rollcall bridge is at work there")
    stack.device("short:b").disconnect()
    stack.observer.wait_for_status("b", "offline")
    numbers = len(stack.observer.on("bridge"))
    assert second_bridge.process.stop() == 0  # neither its word nor its will is heard
    stack.fence()
    assert [seen.payload["online"] for seen in stack.observer.on("bridge")[numbers:]] == []
    second_bridge.launch()
    second_bridge.wait_for_log("another Rollcall bridge is at work there[\\s\\S]*another Rollcall bridge")
    second_bridge.process.kill()
    stack.fence()
    assert [seen.payload["online"] for seen in stack.observer.on("bridge")[numbers:]] == []
    offset = len(second_bridge.log())
    second_bridge.launch()
    second_bridge.wait_for_log("another Rollcall bridge", offset=offset)
    stack.bridge.kill()
    second_bridge.wait_for_log("its plugin answers", timeout=20, offset=offset)
    stack.fence()
    assert stack.observer.status("a")["connected"] and device.is_open


def test_a_bridge_that_may_takes_over_and_they_never_fight(stack, second_bridge):
    device = stack.device("short:a")
    second_bridge.config["brokers"][0]["on_conflict"] = "take_over"
    stack.bridge.config["brokers"][0]["on_conflict"] = "take_over"
    second_bridge.launch()
    second_bridge.wait_for_log("its plugin answers")
    stack.bridge.wait_for_log("another Rollcall bridge is at work there")
    stack.fence()
    assert stack.bridge.log().count("another Rollcall bridge") == 1
    assert "another Rollcall bridge" not in second_bridge.log()
    after = stack.observer.status("a")
    assert after["connected"] and device.is_open
    assert stack.bridge.process.stop() == 0
    stack.fence()
    assert stack.observer.latest("bridge")["online"]
