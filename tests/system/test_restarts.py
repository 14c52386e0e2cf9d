# SPDX-License-Identifier: Apache-2.0
"""The bridge dies, and goes on from its store: nothing lost, nothing said twice, no number that goes back."""

import json
import re
import signal
import sqlite3
import time

import pytest

from rollcall_testing.bridge import run_rollcall
from rollcall_testing.mqtt import V5
from rollcall_testing.times import seconds_of
from rollcall_testing.waiting import wait_for

TEMPLATES = {"slow": {"statuses": [{"status": "online"}, {"status": "offline", "after": "3s"}]}}


@pytest.fixture
def stack(make_stack):
    return make_stack(templates=TEMPLATES).start()


def stored(stack, query):
    """What the store holds, read as anybody may while the bridge has it."""
    with sqlite3.connect(f"file:{stack.bridge.folder / 'rollcall.db'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def wait_until_stored(stack):
    """Until the store has what was said last of every device, and that it has arrived."""

    def is_stored():
        numbers = dict(stored(stack, "SELECT device, seq FROM device"))
        arrived = stored(stack, "SELECT settled_seq FROM broker")[0][0]
        said = {name: status["seq"] for name, status in stack.observer.devices().items()}
        return all(numbers.get(name) == seq <= arrived for name, seq in said.items())

    wait_for(is_stored, "the store having the latest statuses", 5)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_has_not_changed_is_not_said_again_and_keeps_its_times(stack, end):
    stays, left = stack.device("stays"), stack.device("left")
    left.disconnect()
    stack.observer.wait_for_status("left", connected=False)
    wait_until_stored(stack)
    before = {name: stack.observer.status(name) for name in ("stays", "left")}
    counts = {name: len(stack.observer.statuses(name)) for name in before}
    getattr(stack.bridge, end)()
    stack.start_bridge()
    stack.fence()
    for name, status in before.items():
        later = stack.observer.history(name)[counts[name] :]
        # One whose arrival wasn't certain is said once more, as it was.
        assert len(later) <= 1
        for again in later:
            assert {**again, "seq": 0} == {**status, "seq": 0}
        stack.observer.check_order(name)
    # A row whose arrival wasn't certain comes again, with its number.
    assert len({row["seq"] for row in stack.observer.rows("stays")}) == 1
    assert stays.is_open


def test_what_happened_meanwhile_is_told_with_its_own_times(stack):
    stays, leaves, late = stack.device("stays"), stack.device("slow:leaves"), stack.device("late")
    wait_until_stored(stack)
    stack.bridge.kill()
    leaves.disconnect()
    late.disconnect()
    comes = stack.connect("comes")
    came_back = stack.connect("late")
    wait_for(lambda: stack.broker.log().count("late") >= 3, "the broker having seen it", 5)
    stack.start_bridge()
    stack.observer.wait_for_status("comes", "online", connected=True)
    gone = stack.observer.wait_for_status("leaves", "offline", timeout=8)
    stack.fence()
    assert stack.observer.status("late")["connected"]
    assert [row["kind"] for row in stack.observer.rows("late")] == ["transition", "blip"]
    assert gone["cause"] == "client_disconnect"
    assert stays.is_open and comes.is_open and came_back.is_open
    for device in ("stays", "leaves", "late", "comes"):
        stack.observer.check_order(device)


def test_a_wait_that_ended_while_nobody_was_there_ends_when_it_was_due(stack):
    stack.device("slow:a").disconnect()
    waiting = stack.observer.wait_for_status("a", connected=False)
    wait_until_stored(stack)
    stack.bridge.kill()
    due = waiting["next"]["at"]
    wait_for(lambda: time.time() > seconds_of(due) + 1, "the wait being over", 10)
    stack.start_bridge()
    offline = stack.observer.wait_for_status("a", "offline")
    assert offline["since"] == due
    assert [row["at"] for row in stack.observer.rows("a") if row["to"] == "offline"] == [due]


def test_numbers_never_go_back_however_often_it_is_killed(stack):
    for round_number in range(6):
        client = stack.connect("restless")
        stack.observer.wait_for_status("restless", connected=True)
        client.disconnect() if round_number % 2 else client.reset()
        stack.observer.wait_for_status("restless", connected=False)
        stack.bridge.kill()  # at once: the store needn't have it yet
        stack.start_bridge()
        stack.fence()
    stack.observer.check_order("restless")
    # A row whose arrival wasn't certain comes again, with its number: whoever has it drops it.
    numbers = list(dict.fromkeys(row["seq"] for row in stack.observer.rows("restless")))
    assert numbers == sorted(numbers)
    assert len(numbers) >= 7


def test_the_timeline_is_stored_as_it_was_published(stack):
    for _ in range(3):
        stack.device("a").disconnect()
        stack.observer.wait_for_status("a", connected=False)
    stack.fence()
    wait_until_stored(stack)
    rows = {row["seq"]: row for row in stack.observer.rows("a")}
    found = stored(stack, "SELECT seq, kind, cause, broker, client_id FROM timeline WHERE device = 'a'")
    assert {row[0] for row in found} == set(rows)
    for number, kind, cause, broker, client_id in found:
        said = rows[number]
        assert (kind, cause, broker, client_id) == (said["kind"], said["cause"], said["broker"], said["client_id"])


def test_a_second_bridge_on_one_store_is_told_so(stack):
    answer = run_rollcall("bridge", "-c", stack.bridge.config_path, cwd=stack.bridge.folder)
    assert answer.returncode == 69
    assert "rollcall.db" in answer.stderr and "in use" in answer.stderr
    assert stack.bridge.process.is_running


@pytest.mark.parametrize("damage", ["garbage", "newer", "folder"])
def test_a_store_that_cannot_be_is_named_and_left_as_it_is(make_stack, damage):
    stack = make_stack()
    stack.start_broker()
    path = stack.bridge.folder / "rollcall.db"
    if damage == "garbage":
        path.write_bytes(b"this is no database " * 100)
    elif damage == "newer":
        stack.start_bridge()
        stack.bridge.stop()
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 99")
    else:
        stack.bridge.config["store"] = {"path": "no/such/folder/rollcall.db"}
    before = path.read_bytes() if path.exists() else None
    stack.bridge.launch()
    assert stack.bridge.process.wait_for_end() == 69
    assert "rollcall.db" in stack.bridge.log().splitlines()[-1]
    assert (path.read_bytes() if path.exists() else None) == before


def test_statuses_go_on_while_the_store_cannot_be_written_and_it_has_all_afterwards(stack):
    """Somebody holds the write lock of the database for long: for the bridge no other than a disk that is full."""
    stack.device("before").disconnect()
    wait_until_stored(stack)
    blocker = sqlite3.connect(stack.bridge.folder / "rollcall.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    meanwhile = stack.device("meanwhile")
    meanwhile.disconnect()
    stack.observer.wait_for_status("meanwhile", connected=False)
    stack.observer.wait_until(
        lambda: (stack.observer.latest("bridge") or {}).get("store", {}).get("unstored", 0) > 0,
        "ds/bridge telling of the trouble", 10,
    )  # fmt: skip
    assert "rollcall.db" in stack.observer.latest("bridge")["store"]["error"]
    blocker.execute("ROLLBACK")
    blocker.close()
    stack.observer.wait_until(lambda: "store" not in stack.observer.latest("bridge"), "the trouble being over", 20)
    wait_until_stored(stack)


def test_a_store_that_was_lost_is_no_harm(stack):
    stays = stack.device("stays")
    before = stack.observer.status("stays")
    count = len(stack.observer.statuses("stays"))
    stack.bridge.stop()
    for file in stack.bridge.folder.glob("rollcall.db*"):
        file.unlink()
    stack.start_bridge()
    after = stack.observer.wait_for_status("stays", connected=True, after=count)
    assert after["seq"] > before["seq"]
    assert abs(seconds_of(after["since"]) - seconds_of(before["since"])) < 0.1
    assert stays.is_open


# What the store doesn't know


def test_left_overs_are_cleared_when_the_store_is_new(make_stack):
    stack = make_stack()
    stack.start_broker()
    bridge_user = stack.connect("test-bridge-user", version=V5, username="rollcall",
                                password=stack.password_path.read_text().strip())  # fmt: skip
    for level in ("ghost", "an%2Fother", "not%2fours"):
        bridge_user.publish(f"ds/status/{level}", json.dumps({"device": level}), qos=1, retain=True)
    lives = stack.connect("lives")
    stack.start_bridge()
    for level in ("ghost", "an%2Fother", "not%2fours"):
        stack.observer.wait_until(lambda level=level: stack.observer.on(f"status/{level}")[-1].raw == b"",
                                  f"{level} being cleared", 10)  # fmt: skip
    stack.bridge.wait_for_log("cleared retained statuses of unknown devices: 3")
    assert stack.observer.status("lives")["connected"]
    assert lives.is_open


def test_a_device_that_no_rule_knows_any_more_is_forgotten(stack):
    keeps, goes = stack.device("keeps"), stack.device("goes")
    goes.disconnect()
    stack.observer.wait_for_status("goes", connected=False)
    wait_until_stored(stack)
    stack.bridge.stop()
    stack.bridge.config["devices"].insert(0, {"client_id": "goes", "ignore": True})
    stack.start_bridge()
    stack.observer.wait_until(lambda: stack.observer.statuses("goes")[-1].raw == b"", "its status being cleared")
    stack.bridge.wait_for_log("forgot 1 device that no rule")
    stack.fence()
    assert stack.observer.status("keeps")["connected"]
    assert keeps.is_open


# SIGHUP


def reload(stack, change=None):
    offset = len(stack.bridge.log())
    if change:
        change(stack.bridge.config)
        stack.bridge.config_path.write_text(json.dumps(stack.bridge.config, indent=1))
    stack.bridge.process.signal(signal.SIGHUP)
    return offset


def test_a_reload_works_out_running_waits_anew_and_changes_each_status_once(stack):
    online = stack.device("online")
    stack.device("a").disconnect()
    waiting = stack.observer.wait_for_status("a", connected=False)
    counts = {name: len(stack.observer.statuses(name)) for name in ("a", "online")}

    def change(config):
        config["templates"]["default"]["statuses"] = [
            {"status": "online", "label": "There"}, {"status": "offline", "after": "20m"}]  # fmt: skip

    offset = reload(stack, change)
    stack.bridge.wait_for_log("configuration reloaded from", offset=offset)
    later = stack.observer.wait_for_status("a", connected=False, label="There")
    left = seconds_of(waiting["next"]["at"]) - 600
    assert abs(seconds_of(later["next"]["at"]) - (left + 1200)) < 0.01
    stack.observer.wait_for_status("online", label="There", connected=True)
    stack.fence()
    assert {name: len(stack.observer.statuses(name)) - count for name, count in counts.items()} == {"a": 1, "online": 1}
    assert online.is_open


def test_a_wait_that_the_new_template_has_over_already_is_over(stack):
    stack.device("a").disconnect()
    waiting = stack.observer.wait_for_status("a", connected=False)
    count = len(stack.observer.statuses("a"))
    reload(stack, lambda config: config["templates"]["default"]["statuses"][1].update(after="0s"))
    offline = stack.observer.wait_for_status("a", "offline")
    assert abs(seconds_of(offline["since"]) - (seconds_of(waiting["next"]["at"]) - 600)) < 0.01
    assert len(stack.observer.statuses("a")) == count + 1


@pytest.mark.parametrize("wrong", ["syntax", "brokers", "store"])
def test_a_bad_reload_changes_nothing_and_says_why(stack, wrong):
    stack.device("a").disconnect()
    before = stack.observer.wait_for_status("a", connected=False)
    offset = len(stack.bridge.log())
    if wrong == "syntax":
        stack.bridge.config_path.write_text('{"templates": {"default": {"statuses": []')
    elif wrong == "brokers":
        config = json.loads(json.dumps(stack.bridge.config))
        config["brokers"][0]["name"] = "other"
        stack.bridge.config_path.write_text(json.dumps(config))
    else:
        stack.bridge.config_path.write_text(json.dumps({**stack.bridge.config, "store": {"path": "other.db"}}))
    stack.bridge.process.signal(signal.SIGHUP)
    stack.bridge.wait_for_log("not reloaded", offset=offset)
    stack.fence()
    assert stack.observer.status("a") == before


def test_rules_that_know_a_connected_client_otherwise_move_it(stack):
    client = stack.device("pump")
    reload(stack, lambda config: config["devices"].insert(1, {"client_id": "pump", "template": "slow"}))
    stack.observer.wait_for_status("pump", template="slow", connected=True)
    reload(stack, lambda config: config["devices"].__setitem__(1, {"client_id": "pump", "ignore": True}))
    stack.observer.wait_until(lambda: stack.observer.statuses("pump")[-1].raw == b"", "its status being cleared")
    reload(stack, lambda config: config["devices"].pop(1))
    stack.observer.wait_for_status("pump", template="default", connected=True)
    assert client.is_open


def test_what_a_locked_store_did_not_take_is_named_at_the_stop_and_corrected_at_the_next_start(stack):
    """Whatever was published and not stored: another status, a first one, and one that was cleared."""
    for name in ("a", "b", "gone"):
        stack.device(name).disconnect()
        stack.observer.wait_for_status(name, connected=False)
    wait_until_stored(stack)
    before = {name: stack.observer.status(name) for name in ("a", "gone")}

    database = sqlite3.connect(stack.bridge.folder / "rollcall.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        for what in (["set", "a", "offline", "--hold"], ["forget", "gone"]):
            done = run_rollcall(what[0], "-c", stack.bridge.config_path, *what[1:])
            assert "not stored" in done.stdout + done.stderr
        stack.observer.wait_for_status("a", "offline")
        stack.observer.wait_until(lambda: stack.observer.latest("status/gone") is None, "gone being cleared")
        stack.device("new").disconnect()
        stack.observer.wait_for_status("new", connected=False)
        stack.bridge.stop()
    finally:
        database.close()
    lost = re.search(r"(\d+) devices' changes and (\d+) rows of the timeline could not be stored", stack.bridge.log())
    assert lost and lost.groups() == ("3", "3"), "those of a, gone and new; the rows of a and new, and that gone was forgotten"
    assert "another program is writing it" in stack.bridge.log()

    stack.start_bridge()
    again = stack.observer.wait_for_status("a", "online", timeout=8)
    assert {**again, "seq": 0} == {**before["a"], "seq": 0}
    stack.observer.wait_until(lambda: stack.observer.latest("status/gone"), "the one that wasn't forgotten being back", 8)
    assert {**stack.observer.status("gone"), "seq": 0} == {**before["gone"], "seq": 0}
    # The broker remembers it: it is there again, as it was.
    stack.observer.wait_for_status("new", connected=False)
    wait_until_stored(stack)
    retained = {name: status["seq"] for name, status in stack.observer.devices().items()}
    assert retained == dict(stored(stack, "SELECT device, seq FROM device WHERE NOT is_forgotten"))
    for name in ("a", "b", "new"):
        stack.observer.check_order(name)


def test_a_stop_waits_for_what_is_on_its_way(stack):
    """Who ends it in the middle of a burst gets each row once."""
    names = [f"burst-{number}" for number in range(100)]
    stack.bridge.process.pause()
    for name in names:
        stack.connect(name)
    stack.bridge.process.resume()
    stack.observer.wait_for_status(names[0], "online")
    stack.bridge.stop()
    stack.start_bridge()
    for name in names:
        stack.observer.wait_for_status(name, "online", connected=True)
    stack.fence()
    assert {name: len(stack.observer.rows(name)) for name in names} == dict.fromkeys(names, 1)
