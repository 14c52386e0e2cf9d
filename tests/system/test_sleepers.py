# SPDX-License-Identifier: Apache-2.0
"""Sleepers, declarations and late reports with real clients (lifecycle rules 7 and 9), whatever dies in between."""

import time

import pytest

from rollcall_testing.mqtt import V5
from rollcall_testing.times import seconds_of
from rollcall_testing.waiting import wait_for

TEMPLATES = {
    "sleeper": {"statuses": [{"status": "online"}, {"status": "standby", "after": "10m"},
                             {"status": "offline", "after": "10m"}, {"status": "inactive", "after": "10m"}]},
    "reporter": {"report_every": "2s", "report_grace": "1s", "on_late": "no_data",
                 "statuses": [{"status": "online"}, {"status": "offline", "after": "10m"},
                              {"status": "no_data", "after": "10m"}, {"status": "gone", "after": "10m"}]},
}  # fmt: skip


@pytest.fixture
def stack(make_stack):
    return make_stack(templates=TEMPLATES, plugin={"activity_interval": 1}).start()


def declare(client, device, payload, qos=1):
    """Afterwards the broker has taken it."""
    return client.publish(f"ds/declare/{device}", payload.encode(), qos=qos)


def causes(stack, device):
    rows = {row["seq"]: (row["to"], row["cause"]) for row in stack.observer.rows(device)}
    return list(rows.values())  # one may come twice over a kill


def test_a_device_enters_what_it_declared_and_comes_back_as_if_nothing_had_been(stack):
    sleeper = stack.device("sleeper:s1", version=V5)
    declare(sleeper, "s1", '{"status":"standby","for":"24h"}')
    sleeper.disconnect()
    status = stack.observer.wait_for_status("s1", "standby", connected=False)
    assert status["cause"] == "client_disconnect"
    assert status["next"]["status"] == "offline"
    assert seconds_of(status["next"]["at"]) == pytest.approx(seconds_of(status["since"]) + 24 * 3600, abs=0.01)
    again = stack.device("sleeper:s1")
    again.disconnect()  # used up
    stack.observer.wait_for_status("s1", "online", connected=False)
    assert causes(stack, "s1") == [("online", "connect"), ("standby", "declared"), ("online", "connect")]


def test_an_empty_declaration_withdraws_and_a_lost_connection_keeps_it(stack):
    withdrawn, kept = stack.device("sleeper:s1", version=V5), stack.device("sleeper:s2", version=V5)
    for client, device in ((withdrawn, "s1"), (kept, "s2")):
        declare(client, device, '{"status":"inactive"}')
    declare(withdrawn, "s1", "")
    withdrawn.close()
    kept.close()
    stack.observer.wait_for_status("s2", "inactive", connected=False)
    stack.observer.wait_for_status("s1", "online", connected=False)


def test_what_was_wrong_with_a_declaration_is_told(stack):
    sleeper = stack.device("sleeper:s1", version=V5)
    declare(sleeper, "s1", '{"status":"asleep"}')
    stack.observer.wait_until(lambda: stack.observer.on("declare/s1/error"), "what was wrong")
    [error] = stack.observer.on("declare/s1/error")
    assert not error.retain
    assert error.payload["message"] == (
        'the template "sleeper" has no status "asleep"; it must be one of "online", "standby", "offline", "inactive"'
    )
    declare(sleeper, "s1", "x" * 2000)
    stack.observer.wait_until(lambda: len(stack.observer.on("declare/s1/error")) == 2, "what was wrong")
    assert "longer than 1024 bytes" in stack.observer.on("declare/s1/error")[1].payload["message"]


@pytest.mark.parametrize("away", ["bridge", "neither"])
@pytest.mark.parametrize("killed", [False, True], ids=["disconnects first", "bridge dies first"])
def test_a_declaration_survives_the_bridges_death(stack, away, killed):
    sleeper = stack.device("sleeper:s1", version=V5)
    if away == "bridge":
        stack.bridge.kill()
    declare(sleeper, "s1", '{"status":"standby","for":"1h"}')
    if away != "bridge":
        stack.fence()
        stack.bridge.kill()
    if not killed:
        sleeper.disconnect()
    stack.start_bridge()
    if killed:
        stack.fence()
        sleeper.disconnect()
    stack.observer.wait_for_status("s1", "standby", connected=False)
    assert causes(stack, "s1")[-1] == ("standby", "declared")


def test_a_declaration_survives_the_brokers_death(stack):
    sleeper = stack.device("sleeper:s1", version=V5)
    declare(sleeper, "s1", '{"status":"standby","for":"1h"}')
    stack.fence()
    stack.broker.kill()
    stack.restart_broker()
    stack.observer.wait_for_status("s1", "standby", connected=False, timeout=15)  # after the grace


def test_a_device_that_does_not_report_is_late_and_back_with_its_next_report(stack):
    reporter = stack.device("reporter:r1", version=V5)
    connected = seconds_of(stack.observer.status("r1")["since"])
    status = stack.observer.wait_for_status("r1", "no_data", connected=True, timeout=10)
    assert seconds_of(status["since"]) == pytest.approx(connected + 3, abs=0.01)
    assert status["cause"] is None and status["next"] is None
    reporter.publish("data/r1", b"7", qos=1)
    stack.observer.wait_for_status("r1", "online", connected=True)
    assert causes(stack, "r1") == [("online", "connect"), ("no_data", "late_report"), ("online", "report")]


def test_late_it_goes_on_from_there_when_it_leaves(stack):
    reporter = stack.device("reporter:r1")
    stack.observer.wait_for_status("r1", "no_data", connected=True, timeout=10)
    reporter.disconnect()
    status = stack.observer.wait_for_status("r1", "no_data", connected=False)
    assert status["next"]["status"] == "gone"


def test_who_reports_while_the_bridge_is_away_is_not_late(stack):
    reporter = stack.device("reporter:r1", version=V5)
    silent = stack.device("reporter:r2", version=V5)
    stack.bridge.kill()
    connected = seconds_of(stack.observer.status("r2")["since"])
    wait_for(lambda: reporter.publish("data/r1", b"7", qos=1) or time.time() > connected + 4, "4 s of reports", 10, 0.2)
    stack.start_bridge()
    status = stack.observer.wait_for_status("r2", "no_data", connected=True, timeout=10)
    assert seconds_of(status["since"]) == pytest.approx(connected + 3, abs=0.01)
    assert silent.is_open
    last_report = time.time()
    assert reporter.publish("data/r1", b"7", qos=1) is not None
    late = [seconds_of(row["at"]) for row in stack.observer.rows("r1") if row["to"] == "no_data"]
    assert not late or min(late) > last_report - 3  # on a machine that is too busy to go on within 3 s
