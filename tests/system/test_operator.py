# SPDX-License-Identifier: Apache-2.0
"""What operators set, release and forget with the command line, while the bridge runs, dies and comes back."""

import json
import re

from rollcall_testing.bridge import run_rollcall

TEMPLATES = {
    "pump": {"statuses": [{"status": "online"}, {"status": "standby", "after": "10m"},
                          {"status": "offline", "after": "10m"}]},
}  # fmt: skip


def rollcall(stack, command, *arguments):
    return run_rollcall(command, "-c", stack.bridge.config_path, *arguments)


def test_a_status_that_is_set_and_held_outlives_a_killed_bridge_and_contacts(make_stack):
    stack = make_stack(templates=TEMPLATES).start()
    client = stack.device("pump:p7")
    done = rollcall(stack, "set", "p7", "offline", "--hold")
    assert (done.returncode, done.stdout, done.stderr) == (0, "p7 is set to offline, and held\n", "")
    stack.observer.wait_for_status("p7", "offline", connected=True)
    client.disconnect()
    stack.observer.wait_for_status("p7", "offline", connected=False)

    stack.bridge.kill()
    assert rollcall(stack, "set", "p7", "--release").returncode == 69
    stack.start_bridge()
    stack.connect("pump:p7")
    stack.observer.wait_for_status("p7", "offline", connected=True)

    done = rollcall(stack, "set", "p7", "--release")
    assert (done.returncode, done.stdout) == (0, "p7 is released\n")
    status = stack.observer.wait_for_status("p7", "online", connected=True)
    assert status["previous"] == "offline"
    rows = {row["seq"]: row["cause"] for row in stack.observer.rows("p7")}  # one may come twice over a kill
    assert list(rows.values()) == ["connect", "set", "released"]


def test_with_for_the_chain_goes_on_from_it(make_stack):
    stack = make_stack(templates=TEMPLATES).start()
    stack.device("pump:p7").disconnect()
    stack.observer.wait_for_status("p7", "online", connected=False)
    assert rollcall(stack, "set", "p7", "standby", "--for", "1s").returncode == 0
    stack.observer.wait_for_status("p7", "offline", connected=False)
    assert [row["to"] for row in stack.observer.rows("p7")] == ["online", "standby", "offline"]


def test_a_forgotten_device_leaves_nothing_but_its_timeline_and_comes_back_as_new(make_stack):
    stack = make_stack(templates=TEMPLATES).start()
    client = stack.device("pump:p7")
    refused = rollcall(stack, "forget", "p7")
    assert refused.returncode == 64
    assert "connected: only a device that is away can be forgotten" in refused.stderr
    before = stack.observer.latest("status/p7")["seq"]
    client.disconnect()
    stack.observer.wait_for_status("p7", "online", connected=False)
    assert rollcall(stack, "forget", "p7").returncode == 0
    stack.observer.wait_until(lambda: stack.observer.latest("status/p7") is None, "the status being cleared")
    assert rollcall(stack, "forget", "p7").returncode == 64

    stack.bridge.kill()
    stack.start_bridge()
    stack.connect("pump:p7")
    status = stack.observer.wait_for_status("p7", "online", connected=True)
    assert status["previous"] is None
    assert status["seq"] > before


def test_a_device_is_forgotten_when_its_time_in_the_last_status_is_over(make_stack):
    templates = {"pump": {"statuses": [{"status": "online"}, {"status": "offline", "after": "0s", "forget_after": "1s"}]}}
    stack = make_stack(templates=templates).start()
    stack.device("pump:p7").disconnect()
    stack.observer.wait_for_status("p7", "offline", connected=False)
    stack.observer.wait_until(lambda: stack.observer.latest("status/p7") is None, "the status being cleared")
    stack.observer.wait_until(lambda: stack.observer.latest("fleet")["devices"] == 0, "the fleet being empty")


def test_mistakes_have_their_exit_codes(make_stack):
    stack = make_stack(templates=TEMPLATES).start()
    stack.device("pump:p7")
    for arguments, words in [
        (("set", "p7", "asleep"), 'has no status "asleep"; it must be one of "online", "standby", "offline"'),
        (("set", "p8", "offline"), 'no device is known as "p8"'),
        (("set", "p7", "--release"), "there is nothing to release"),
        (("set", "p7", "offline", "--for", "soon"), "--for: "),
        (("set", "p7"), "a STATUS is missing, or --release"),
        (("set", "p7", "offline", "--release"), "--release takes back what was set"),
    ]:
        done = rollcall(stack, *arguments)
        assert done.returncode == 64 and words in done.stderr and done.stderr.count("\n") == 1, done


# Brokers take no control characters in a client id, but these; the other one comes from the command line.
TURNED = "p\u202e7\u2066\u200f"
CONTROLS = "p\x1b[2J\x7f\u009b"


def test_an_id_that_a_terminal_would_obey_is_escaped_wherever_it_is_shown(make_stack):
    stack = make_stack(templates=TEMPLATES).start()
    stack.device(f"pump:{TURNED}").disconnect()
    stack.observer.wait_for_status(TURNED, "online", connected=False)
    shown = {}
    for name in (TURNED, CONTROLS):
        for arguments in (["set", name, "standby"], ["explain", name], ["explain", name, "--json"], ["forget", name]):
            done = rollcall(stack, *arguments)
            shown[" ".join(arguments)] = done.stdout + done.stderr
    for what, text in shown.items():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200f\u202a-\u202e\u2066-\u2069]", text), ascii((what, text))
    assert shown[f"set {TURNED} standby"] == r'"p\u202e7\u2066\u200f" is set to standby' + "\n"
    assert json.loads(shown[f"explain {TURNED} --json"])["device"] == TURNED
