# SPDX-License-Identifier: Apache-2.0
"""Who is told of what, on the topics of a real broker."""

import sqlite3

import pytest

from rollcall_testing.bridge import run_rollcall
from rollcall_testing.waiting import wait_for

TEMPLATES = {
    "pump": {"statuses": [{"status": "online"},
                          {"status": "offline", "after": "1s", "notify": {"recovery": True, "text": "{label}: {device}"}}]},
    "lamp": {"statuses": [{"status": "online"}, {"status": "offline", "after": "0s", "notify": {}}]},
}  # fmt: skip
PATIENCE = 20


def told(stack, device):
    """The notifications about it, in order."""
    return [seen.payload for seen in stack.observer.on(f"notify/{device}")]


def wait_for_told(stack, device, *kinds):
    stack.observer.wait_until(lambda: [each["kind"] for each in told(stack, device)] == list(kinds),
                              lambda: f"{device} told as {kinds}, not {told(stack, device)}", PATIENCE)  # fmt: skip
    return told(stack, device)


def stored(stack, query):
    with sqlite3.connect(f"file:{stack.bridge.folder / 'rollcall.db'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def test_a_loss_and_the_return_are_told_once_each(make_stack):
    stack = make_stack(templates=TEMPLATES).start()
    stack.device("pump:p7").disconnect()
    (loss,) = wait_for_told(stack, "p7", "status")
    row = next(row for row in stack.observer.rows("p7") if row["to"] == "offline")
    assert {key: loss[key] for key in ("device", "status", "label", "previous", "at", "cause", "text", "template", "count")} == {
        "device": "p7", "status": "offline", "label": "Offline", "previous": "online", "at": row["at"],
        "cause": "client_disconnect", "text": "Offline: p7", "template": "pump", "count": 1}  # fmt: skip
    stack.device("pump:p7")
    _, recovery = wait_for_told(stack, "p7", "status", "recovery")
    assert recovery["status"] == "online"
    assert recovery["id"] != loss["id"]
    assert not any(seen.retain for seen in stack.observer.on("notify/p7"))


def test_nobody_is_told_of_who_is_muted(make_stack):
    stack = make_stack(templates=TEMPLATES).start()
    quiet, loud = stack.device("lamp:quiet"), stack.device("lamp:loud")
    assert run_rollcall("mute", "-c", stack.bridge.config_path, "quiet").returncode == 0
    quiet.disconnect()
    stack.observer.wait_for_status("quiet", "offline")
    loud.disconnect()
    wait_for_told(stack, "loud", "status")
    assert told(stack, "quiet") == []
    assert run_rollcall("unmute", "-c", stack.bridge.config_path, "quiet").returncode == 0
    stack.device("lamp:quiet").disconnect()
    (after,) = wait_for_told(stack, "quiet", "status")
    assert after["count"] == 2


def test_many_lost_at_once_are_one_incident(make_stack):
    stack = make_stack(templates=TEMPLATES, bridge={"incident": {"devices": 10, "within": "10s", "by": ["broker"]}}).start()
    names = [f"l{number}" for number in range(25)]
    clients = [stack.device(f"lamp:{name}") for name in names]
    for client in clients:
        client.close()
    for name in names:
        stack.observer.wait_for_status(name, "offline")
    for name in names:
        stack.device(f"lamp:{name}")
    stack.observer.wait_until(lambda: len(stack.observer.on("incident")) == 2, "both notices of the incident", PATIENCE)
    began, ended = (seen.payload for seen in stack.observer.on("incident"))
    assert (began["kind"], began["what"], began["ended"]) == ("broker", "main", None)
    assert began["id"] == ended["id"]
    assert 10 <= began["devices"] <= 25
    assert (ended["devices"], ended["back"]) == (25, 25)
    assert set(ended["list"]) == set(names)
    assert [name for name in names if told(stack, name)] == []


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_killed_bridge_tells_nothing_again_by_another_id(make_stack, is_stored):
    stack = make_stack(templates=TEMPLATES).start()
    stack.device("pump:p7").disconnect()
    wait_for_told(stack, "p7", "status")
    if is_stored:
        wait_for(lambda: stored(stack, "SELECT device FROM notify_device") == [("p7",)], "its limits being stored", 5)
    stack.bridge.kill()
    stack.start_bridge()
    stack.fence()
    assert len({each["id"] for each in told(stack, "p7")}) == 1
    stack.device("pump:p7")
    stack.observer.wait_until(lambda: [each["kind"] for each in told(stack, "p7")][-1:] == ["recovery"],
                              "its return being told", PATIENCE)  # fmt: skip
    assert len({each["id"] for each in told(stack, "p7")}) == 2
