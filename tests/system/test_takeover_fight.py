# SPDX-License-Identifier: Apache-2.0
"""Two clients with one client id throw each other out as fast as they can: the device is online all the time."""

import threading
import time

import pytest

from rollcall_testing.mqtt import V5, V311, Client, ConnectionLost, Will

SECONDS = 10


def fight(port, until, options, rounds):
    """Connects whenever it was thrown out."""
    while time.monotonic() < until:
        client = Client(port, "pump", **options)
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
