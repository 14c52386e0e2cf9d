# SPDX-License-Identifier: Apache-2.0
"""Rule 14, of a broker that stood still or whose wall clock was stepped: its devices aren't to blame either."""

import time

import pytest

from rollcall_testing.clock import SettableClock
from rollcall_testing.times import seconds_of
from rollcall_testing.waiting import stays_true, wait_for

TEMPLATES = {
    "short": {"statuses": [{"status": "online"}, {"status": "offline", "after": "1s"}]},
    "long": {"statuses": [{"status": "online"}, {"status": "offline", "after": "25s"}]},
}
GRACE = 4
KEEPALIVE = 6  # of which 9 s of silence are a loss


@pytest.fixture(params=["with-log", "without-log"])
def stack(request, make_stack):
    """On 2.0 the broker's log is what tells causes: both ways."""
    log_topic = request.param == "with-log"
    stack = make_stack(templates=TEMPLATES, bridge={"outage_grace": f"{GRACE}s"}, log_topic=log_topic)
    if not log_topic and not stack.broker.is_2_0:
        pytest.skip("2.1 tells causes without its log")
    return stack.start()


def pass_by(seconds):
    until = time.time() + seconds
    wait_for(lambda: time.time() > until, "some time", seconds + 5)


def stand_still(stack, seconds=12):
    """When it began and ended, as time.time()."""
    began = time.time()
    stack.broker.process.pause()
    pass_by(seconds)
    ended = time.time()
    stack.broker.process.resume()
    return began, ended


def lost_device(stack, name, **options):
    """One whose keepalive runs out while the broker stands still, whatever that reads first when it goes on."""
    device = stack.device(name, keepalive=KEEPALIVE, **options)
    device.fall_silent()
    return device


def incidents(stack):
    return [seen.payload for seen in stack.observer.on("incident")]


def observe_anew(stack):
    """The observer goes on with what it has seen: the broker may have thrown it out as well."""
    earlier, stack.observer = stack.observer, None
    stack.observe()
    with stack.observer.changed:
        stack.observer.seen[:0] = earlier.seen


def test_a_broker_that_stood_still_is_not_its_devices_fault(stack):
    names = [f"d{number}" for number in range(20)]
    clients = [stack.device(f"short:{name}", keepalive=KEEPALIVE) for name in names]
    gone, late = lost_device(stack, "short:gone"), lost_device(stack, "long:late")
    stack.device("long:left").disconnect()
    left = stack.observer.wait_for_status("left", connected=False)
    before = {name: (stack.observer.status(name)["since"], len(stack.observer.rows(name))) for name in names}
    began, ended = stand_still(stack)
    observe_anew(stack)
    for client in (gone, late):
        client.wait_closed(10)
    pass_by(1)
    thrown_out = sum(not client.is_open for client in clients)
    back = [c if c.is_open else stack.connect(c.client_id, keepalive=KEEPALIVE) for c in clients]

    # Those that don't come back: not before the grace is over, nor before the wait since the broker stood still is.
    offline = stack.observer.wait_for_status("gone", "offline", timeout=15)
    assert (offline["cause"], offline["graceful"], offline["connected"]) == ("broker_lost", False, False)
    assert abs(seconds_of(offline["since"]) - (ended + GRACE)) < 0.5
    waiting = stack.observer.wait_for_status("late", "online", cause="broker_lost", connected=False)
    assert abs(seconds_of(waiting["next"]["at"]) - (began + 25)) < 0.5
    # Who waited before waits on from there.
    frozen = stack.observer.wait_for_status("left", connected=False)
    assert abs(seconds_of(frozen["next"]["at"]) - seconds_of(left["next"]["at"]) - (ended - began)) < 0.5

    (notice,) = stack.observer.wait_until(lambda: incidents(stack), "the notice")
    assert (notice["devices"], notice["back"], notice["devices"] - notice["back"]) == (thrown_out + 2, thrown_out, 2)
    assert abs(seconds_of(notice["began"]) - began) < 0.5 and abs(seconds_of(notice["ended"]) - ended) < 0.5
    stack.fence()
    for name in names:
        status = stack.observer.status(name)
        assert (status["status"], status["connected"]) == ("online", True)
        assert (status["since"], len(stack.observer.rows(name))) == before[name]
        assert all(each["connected"] for each in stack.observer.history(name))
    assert all(client.is_open for client in back)


def test_the_bridge_is_away_when_it_goes_on(stack):
    """It comes to the same from the list."""
    lost_device(stack, "short:back")
    gone = lost_device(stack, "short:gone")
    rows = len(stack.observer.rows("back"))
    stack.bridge.stop()
    _, ended = stand_still(stack)
    gone.wait_closed(10)
    observe_anew(stack)
    back = stack.connect("short:back", keepalive=KEEPALIVE)
    pass_by(ended + GRACE + 1 - time.time())
    stack.start_bridge()
    gone = stack.observer.wait_for_status("gone", "offline", timeout=15)
    assert gone["cause"] == "broker_lost" and abs(seconds_of(gone["since"]) - (ended + GRACE)) < 0.5
    status = stack.observer.wait_for_status("back", "online", connected=True)
    (notice,) = stack.observer.wait_until(lambda: incidents(stack), "the notice")
    assert (notice["devices"], notice["back"]) == (2, 1)
    assert len(stack.observer.rows("back")) == rows
    assert back.is_open and status["cause"] is None


def test_the_bridge_is_killed_within_the_grace(stack):
    device = lost_device(stack, "short:gone")
    _, ended = stand_still(stack)
    observe_anew(stack)
    device.wait_closed(10)
    stack.fence()
    stack.bridge.kill()
    stack.start_bridge()
    gone = stack.observer.wait_for_status("gone", "offline", timeout=15)
    assert gone["cause"] == "broker_lost" and abs(seconds_of(gone["since"]) - (ended + GRACE)) < 0.5


def test_a_loss_of_its_own_after_that_is_the_devices(stack):
    stand_still(stack, 3)
    observe_anew(stack)
    pass_by(8)  # 2.0.11 may have looked up to 7 s later
    device = stack.device("short:a", keepalive=2)
    device.fall_silent()
    gone = stack.observer.wait_for_status("a", "offline", timeout=15)
    assert gone["cause"] == ("keepalive_timeout" if stack.broker.log_topic else "unknown")
    assert not incidents(stack)


def test_an_idle_broker_does_not_stand_still(stack):
    stack.bridge.stop()
    offset = len(stack.broker.log())
    pass_by(8)
    stack.start_bridge()
    assert "stood still" not in stack.broker.log()[offset:]


# A stepped wall clock


@pytest.fixture
def clock(make_stack, tmp_path):
    """A stack whose broker's wall clock, and nothing else, is set by step(seconds)."""
    clock = SettableClock(tmp_path)
    stack = make_stack(templates=TEMPLATES, bridge={"outage_grace": f"{GRACE}s"}, environment=clock.environment)
    stack.step = clock.set
    return stack.start()


@pytest.mark.parametrize("step", [3600, 366 * 24 * 3600, -3600], ids=["an-hour-on", "a-year-on", "an-hour-back"])
def test_a_step_of_the_brokers_wall_clock_is_not_its_devices_fault(clock, step):
    names = [f"d{number}" for number in range(10)]
    clients = [clock.device(f"short:{name}") for name in names]
    rows = {name: len(clock.observer.rows(name)) for name in names}
    pass_by(2)
    clock.step(step)
    wait_for(lambda: "clock was set" in clock.broker.log(), "the plugin noticing")
    if clock.version == "2.0.21" and step > 0:  # its keepalives go by the wall clock
        for client in clients:
            client.wait_closed()
    observe_anew(clock)
    again = [clock.connect(client.client_id) if not client.is_open else client for client in clients]
    clock.fence()
    stays_true(lambda: all(clock.observer.status(name)["status"] == "online" for name in names), GRACE + 1, "a status")
    clock.fence()
    for name in names:
        assert clock.observer.status(name)["connected"] and len(clock.observer.rows(name)) == rows[name]
    assert all(client.is_open for client in again)


def test_after_a_step_back_statuses_go_on(clock):
    """2.1 calls its plugins by the wall clock, and so not for as long as it was set back."""
    clock.step(-3600)
    for number in range(5):
        clock.device(f"short:a{number}").disconnect()
        clock.observer.wait_for_status(f"a{number}", "offline")
    device = clock.device("short:lost", keepalive=2)
    device.fall_silent()
    if clock.version != "2.0.21":  # whose keepalives wait for the hour to be over
        gone = clock.observer.wait_for_status("lost", "offline", timeout=15)
        assert gone["cause"] in ("keepalive_timeout", "broker_lost")
