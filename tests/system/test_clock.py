# SPDX-License-Identifier: Apache-2.0
"""The bridge's wall clock is wrong and gets set (lifecycle rule 11): waits go by the time that passes, and statuses show the
right times afterwards."""

import sqlite3
import time

import pytest

from rollcall_testing.clock import SettableClock
from rollcall_testing.times import seconds_of
from rollcall_testing.waiting import wait_for

HOUR, YEAR = 3600, 365 * 86400
TEMPLATES = {
    "quick": {"statuses": [{"status": "online"}, {"status": "offline", "after": "2s", "forget_after": "90d"}]},
    "slow": {"statuses": [{"status": "online"}, {"status": "offline", "after": "8s"}]},
}
STEPS = {"an hour ahead": HOUR, "a year ahead": YEAR, "an hour behind": -HOUR, "years behind": -5 * YEAR}


@pytest.fixture
def stack(make_stack):
    stack = make_stack(templates=TEMPLATES)
    stack.bridge.clock = SettableClock(stack.folder)
    return stack


def is_about(text, moment):
    return abs(seconds_of(text) - moment) < 1.5


def wait_for_since(stack, device, moment, **fields):
    """The status of the device, once it is dated `moment` (time.time())."""

    def matches():
        status = stack.observer.status(device)
        is_right = all(status.get(key) == value for key, value in fields.items())
        return status if is_right and is_about(status["since"], moment) else None

    return stack.observer.wait_until(
        matches, lambda: f"{device} since {moment:.1f}: {stack.observer.history(device)[-6:]}", 8
    )


def stored(stack, query):
    with sqlite3.connect(f"file:{stack.bridge.folder / 'rollcall.db'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def wait_until_stored(stack):
    """Until the store knows of a contact with the broker after all that has been seen."""
    stack.fence()
    now = stack.bridge.clock.now()
    wait_for(lambda: stored(stack, "SELECT last_contact FROM broker")[0][0] / 1000 > now, "the contact of now in the store", 8)


@pytest.mark.parametrize("ahead_by", STEPS.values(), ids=STEPS)
def test_a_clock_that_is_set_while_the_bridge_runs_moves_times_and_no_wait(stack, ahead_by):
    stack.start()
    stays, came_at = stack.device("stays"), time.time()
    leaves = stack.device("slow:leaves")
    leaves.disconnect()
    left_at = time.time()
    stack.observer.wait_for_status("leaves", "online", connected=False)

    stack.bridge.clock.set(ahead_by)
    status = wait_for_since(stack, "stays", came_at + ahead_by)
    assert status["connected"] and is_about(status["last_seen"], came_at + ahead_by)
    status = wait_for_since(stack, "leaves", came_at + ahead_by, status="online")
    assert is_about(status["next"]["at"], left_at + ahead_by + 8)
    stack.bridge.wait_for_log("the system clock was set")

    # Neither early nor late, and dated by the clock of then.
    stack.observer.wait_for_status("leaves", "offline", timeout=12)
    assert is_about(f"{stack.observer.status('leaves')['since']}", left_at + ahead_by + 8)
    assert 7 < stack.observer.arrival("leaves", status="offline") - left_at < 10

    stack.bridge.clock.set(0)
    offline_at = left_at + 8
    wait_for_since(stack, "leaves", offline_at, status="offline")
    wait_for_since(stack, "stays", came_at, status="online")
    stays.disconnect()
    again = stack.device("quick:again")
    again.disconnect()
    left_at = time.time()
    stack.observer.wait_for_status("again", "offline", timeout=8)
    assert is_about(stack.observer.status("again")["since"], left_at + 2)
    assert stack.bridge.log().count("the system clock was set") == 2
    # By the wrong clock no row was too old to be kept.
    wait_until_stored(stack)
    rows = stored(stack, "SELECT to_status, (at + row_clock) / 1000.0 FROM timeline, meta WHERE device = 'leaves' ORDER BY seq")
    assert [status for status, _ in rows] == ["online", "offline"]
    assert abs(rows[0][1] - came_at) < 1.5 and abs(rows[1][1] - offline_at) < 1.5
    for device in ("stays", "leaves", "again"):
        numbers = [status["seq"] for status in stack.observer.history(device)]
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.parametrize("ahead_by", STEPS.values(), ids=STEPS)
def test_a_clock_that_was_wrong_is_right_at_the_next_start(stack, ahead_by, end):
    """The broker has run on: its plugin knows how much time has passed."""
    stack.bridge.clock.set(ahead_by)
    stack.start()
    stays = stack.device("quick:stays")
    came_at = time.time()
    stack.device("quick:left").disconnect()
    left_at = time.time()
    stack.observer.wait_for_status("left", "offline", timeout=6)
    leaves = stack.device("slow:leaves")
    leaves.disconnect()
    waits_since = time.time()
    stack.observer.wait_for_status("leaves", connected=False)
    wait_until_stored(stack)
    getattr(stack.bridge, end)()

    stack.bridge.clock.set(0)
    stack.start_bridge()
    wait_for_since(stack, "stays", came_at, status="online", connected=True)
    # Who left seconds ago isn't forgotten, whatever the clock had said.
    status = wait_for_since(stack, "left", left_at + 2, status="offline")
    assert is_about(status["last_seen"], left_at)
    stack.observer.wait_for_status("leaves", "offline", timeout=12)
    assert is_about(stack.observer.status("leaves")["since"], waits_since + 8)
    # Who leaves now doesn't stay online until a future that the clock had told.
    stays.disconnect()
    gone_at = time.time()
    stack.observer.wait_for_status("stays", "offline", timeout=6)
    assert is_about(stack.observer.status("stays")["since"], gone_at + 2)
    assert stack.bridge.log().count("while this bridge was away") == 1
    for device in ("stays", "left", "leaves"):
        numbers = [status["seq"] for status in stack.observer.history(device)]
        assert numbers == sorted(numbers)


def test_times_from_the_future_count_as_now_where_nobody_knows_better(stack):
    """Bridge and broker are both new."""
    stack.bridge.clock.set(YEAR)
    stack.start()
    stack.device("quick:left").disconnect()
    stack.observer.wait_for_status("left", "offline", timeout=6)
    stack.device("slow:leaves")
    wait_until_stored(stack)
    stack.bridge.stop()
    stack.broker.kill()

    stack.bridge.clock.set(0)
    stack.restart_broker()
    began = time.time()
    stack.start_bridge()
    stack.bridge.wait_for_log("times in the future")
    status = wait_for_since(stack, "left", began, status="offline")
    assert is_about(status["last_seen"], began)
    stack.observer.wait_for_status("leaves", "offline", timeout=14)
    assert stack.bridge.log().count("times in the future") == 1
    stack.device("quick:left").disconnect()
    stack.observer.wait_for_status("left", "offline", timeout=6)
    assert seconds_of(stack.observer.status("left")["since"]) < time.time() + 1
