# SPDX-License-Identifier: Apache-2.0
"""Two clients with one client id throw each other out as fast as they can: the device is online all the time."""

import json
import sqlite3
import threading
import time

import pytest

from rollcall_testing.bridge import run_rollcall
from rollcall_testing.mqtt import V5, V311, Client, ConnectionLost, Will
from rollcall_testing.times import seconds_of
from rollcall_testing.waiting import wait_for

SECONDS = 10


def fight(port, until, options, rounds, client_id="pump"):
    """Connects whenever it was thrown out."""
    while time.monotonic() < until:
        client = Client(port, client_id, **options)
        try:
            client.connect()
        except (ConnectionLost, OSError):
            continue  # thrown out before CONNACK
        rounds.append(1)
        while client.is_open and time.monotonic() < until:
            time.sleep(0.001)
        if client.is_open:
            return client
    return None


def test_two_clients_fighting_over_one_id_are_one_device_that_is_online(stack):
    stack.device("pump")
    rounds, winners = [], []
    until = time.monotonic() + SECONDS
    sides = [{"version": V311}, {"version": V5, "will": Will("wills/pump")}]
    threads = [threading.Thread(target=lambda o=options: winners.append(fight(stack.broker.port, until, o, rounds))) for options in sides]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 20)
    assert len(rounds) > 50, "they did fight"
    stack.fence()
    history = stack.observer.history("pump")
    assert {(status["status"], status["connected"]) for status in history} == {("online", True)}, history[-5:]
    assert len({status["since"] for status in history}) == 1
    stack.observer.check_order("pump")
    assert not [row for row in stack.observer.rows("pump") if row["to"] != "online"]

    # The one that is still there may be the one that counts: when it leaves, the device has left.
    survivors = [client for client in winners if client is not None]
    for client in survivors:
        client.close()
    stack.observer.wait_for_status("pump", connected=False, timeout=5)


@pytest.mark.parametrize("clean", [True, False], ids=["clean", "persistent"])
def test_a_hundred_takeovers_in_a_row_keep_since(stack, clean):
    stack.device("pump", clean=clean)
    since = stack.observer.status("pump")["since"]
    for _ in range(100):
        last = stack.connect("pump", clean=clean)
    stack.fence()
    history = stack.observer.history("pump")
    assert all(status["connected"] and status["since"] == since for status in history)
    last.disconnect()
    stack.observer.wait_for_status("pump", connected=False, cause="client_disconnect")


# Whoever looks after the devices gets to know of it


def explained(stack, device):
    """By what is stored, which is a little later than what is published."""
    def answer():
        ran = run_rollcall("explain", device, "-c", stack.bridge.config_path, "--json")
        return ran if ran.returncode == 0 else None

    return json.loads(wait_for(answer, f"{device} being stored").stdout)


def has_both_addresses(said, client_id):
    addresses = {conflict["client_id"]: sorted(conflict["addresses"]) for conflict in said["conflicts"]}
    return addresses == {client_id: ["127.0.0.1", "127.0.0.2"]}


def swap(stack, client_id, times, **options):
    """The client id changes hands so often, between two addresses. Returns the last one."""
    for number in range(times + 1):
        client = stack.connect(client_id, source=f"127.0.0.{number % 2 + 1}", **options)
    return client


def test_a_fight_is_marked_with_its_addresses_and_one_warning(stack):
    stack.device("pump")
    stack.device("lamp")
    rounds, until = [], time.monotonic() + SECONDS
    threads = [
        threading.Thread(target=fight, args=(stack.broker.port, until, {"source": source}, rounds, client_id))
        for client_id in ("pump", "lamp") for source in ("127.0.0.1", "127.0.0.2")
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    marked = stack.observer.wait_for_status("pump", conflict=True)
    assert (marked["status"], marked["connected"], marked["flapping"]) == ("online", True, False)
    stack.observer.wait_for_status("lamp", conflict=True)
    for thread in threads:
        thread.join(SECONDS + 20)
    stack.fence()
    assert len(rounds) > 50, "they did fight"
    for device in ("pump", "lamp"):
        assert stack.observer.status(device)["conflict"] is True
        marks = [status["conflict"] for status in stack.observer.history(device)]
        assert marks == sorted(marks), "it lasts"

    wait_for(lambda: has_both_addresses(explained(stack, "pump"), "pump"), "both addresses in what is explained")
    said = explained(stack, "pump")
    assert said["conflict"] is True
    (conflict,) = said["conflicts"]
    assert conflict["broker"] == "main" and conflict["takeovers"] > 10
    assert 0 < seconds_of(conflict["last"]) - seconds_of(conflict["since"]) < SECONDS + 20
    text = run_rollcall("explain", "pump", "-c", stack.bridge.config_path).stdout
    (line,) = [line for line in text.splitlines() if line.startswith("  conflict ")]
    assert "127.0.0.1" in line and "127.0.0.2" in line and '"pump"' in line, line

    warnings = [line for line in stack.bridge.log().splitlines() if "throw each other out" in line]
    assert len(warnings) == 1, warnings
    assert "127.0.0.1" in warnings[0] and "127.0.0.2" in warnings[0], warnings


def test_a_fight_of_two_devices_over_one_id_marks_both(make_stack):
    rules = [{"client_id": "test-*", "ignore": True}, {"client_id": "shared", "username": "{device}"}, {"client_id": "{device}"}]
    stack = make_stack(bridge={"devices": rules}).start()
    for _ in range(3):
        for source, device in (("127.0.0.1", "left"), ("127.0.0.2", "right")):
            stack.connect("shared", username=device, password="x", source=source)
            stack.observer.wait_for_status(device, connected=True)
    for device in ("left", "right"):
        stack.observer.wait_for_status(device, conflict=True)
        wait_for(lambda d=device: has_both_addresses(explained(stack, d), "shared"), "both addresses in what is explained")


def test_a_client_that_comes_back_by_a_takeover_is_in_no_conflict(stack):
    stack.device("pump", source="127.0.0.1")
    stack.connect("pump", source="127.0.0.2")
    stack.fence()
    assert [status["conflict"] for status in stack.observer.history("pump")] == [False]
    assert explained(stack, "pump")["conflict"] is False
    assert "throw each other out" not in stack.bridge.log()


def test_a_mark_outlives_a_restart_of_the_bridge(stack):
    swap(stack, "pump", 5)
    stack.observer.wait_for_status("pump", conflict=True)
    wait_for(lambda: explained(stack, "pump")["conflict"], "the store knowing of it")
    for end in (stack.bridge.stop, stack.bridge.kill):
        end()
        stack.start_bridge()
        stack.fence()
        assert stack.observer.status("pump")["conflict"] is True


def test_a_mark_that_is_out_of_date_goes_soon_after_a_start_of_the_bridge(stack):
    swap(stack, "pump", 5)
    stack.observer.wait_for_status("pump", conflict=True)
    wait_for(lambda: explained(stack, "pump")["conflict"], "the store knowing of it")
    stack.bridge.stop()
    # As if it had been away for long.
    with sqlite3.connect(stack.bridge.folder / "rollcall.db") as store:
        (text,) = store.execute("SELECT conflicts FROM device WHERE device = 'pump'").fetchone()
        (conflict,) = json.loads(text)
        conflict["last"] -= 60_000
        store.execute("UPDATE device SET conflicts = ? WHERE device = 'pump'", (json.dumps([conflict]),))
    store.close()
    stack.start_bridge()
    stack.observer.wait_for_status("pump", conflict=False)
    wait_for(lambda: not explained(stack, "pump")["conflict"], "the store knowing of it")
    reader = stack.tester()
    reader.subscribe("ds/status/pump")
    assert json.loads(reader.wait_for_message("ds/status/pump").payload)["conflict"] is False
