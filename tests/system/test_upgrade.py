# SPDX-License-Identifier: Apache-2.0
"""A broker that comes back with what it had: sessions that read its log, and a newer version over an older one's data.

While it starts, its log goes to the sessions that it has restored; each such line asks the plugins whether they may
read it, long before the broker runs.
"""

import pytest

from rollcall_testing.broker import VERSIONS
from rollcall_testing.mqtt import V5, V311

PERSISTENCE = "allow_anonymous true\npersistence true\npersistence_location {folder}/\n"
NEVER = 0xFFFFFFFF


def leave_a_session(stack, client_id, *topic_filters, version=V311):
    """Subscribed, and away for good."""
    lasting = {"clean": False, "properties": {"session_expiry": NEVER} if version == V5 else None}
    client = stack.connect(client_id, version=version, **lasting)
    client.subscribe(*topic_filters, qos=1)
    client.disconnect()


@pytest.mark.parametrize("listeners", ["one-for-all", "per-listener"])
@pytest.mark.parametrize("topic_filter", ["$SYS/broker/log/#", "$SYS/#"])
def test_a_restored_session_that_reads_the_log_harms_no_start(make_stack, topic_filter, listeners):
    per_listener = "per_listener_settings true" if listeners == "per-listener" else ""
    stack = make_stack(config=PERSISTENCE, global_config=per_listener).start()
    for version in (V311, V5):
        leave_a_session(stack, f"test-reader-{version}", topic_filter, version=version)
    stack.device("stays")
    stack.bridge.stop()
    for _ in range(3):
        assert stack.broker.stop() == 0
        stack.restart_broker()
    stack.start_bridge()
    stack.device("comes")
    assert stack.broker.stop() == 0


def test_a_start_that_fails_harms_no_restored_session(make_stack):
    """The plugin's own refusal is a line of the log, and so is all that a broker says as it gives up."""
    stack = make_stack(config=PERSISTENCE)
    stack.start_broker()
    leave_a_session(stack, "test-reader", "$SYS/broker/log/#")
    assert stack.broker.stop() == 0
    good = stack.broker.config
    for bad in ("plugin_opt_open_broker perhaps\n", "plugin_opt_bridge_password_file /nonexistent\n"):
        stack.broker.config = good + bad
        offset = len(stack.broker.log())
        stack.broker.launch()
        assert stack.broker.process.wait_for_end() in (1, 3, 13), stack.broker.log()[offset:]  # no signal
    stack.broker.config = good
    stack.restart_broker()
    stack.start_bridge()
    stack.device("comes")


def test_a_broker_is_upgraded_over_the_data_of_the_older_one(make_stack, broker_version):
    """2.0.11, then 2.0.21, then 2.1: sessions, retained statuses and the bridge's own session go along."""
    if broker_version != VERSIONS[-1]:
        pytest.skip("one way through all versions, run once")
    quick = {"statuses": [{"status": "online"}, {"status": "offline", "after": "1s"}]}
    stack = make_stack(config=PERSISTENCE, templates={"default": quick}, bridge={"outage_grace": "10s"})
    stack.version = stack.broker.version = VERSIONS[0]
    stack.start()
    leave_a_session(stack, "test-reader", "$SYS/#")
    leave_a_session(stack, "test-queue", "to/the/queue")
    stack.connect("sleeper", clean=False).disconnect()
    stack.observer.wait_for_status("sleeper", "offline")
    stack.device("stays")
    stack.fence()
    for number, version in enumerate(VERSIONS[1:]):
        since = {device: stack.observer.status(device)["since"] for device in ("sleeper", "stays")}
        stack.tester().publish("to/the/queue", f"kept by {number}".encode(), qos=1)
        assert stack.broker.stop() == 0
        stack.version = stack.broker.version = version
        # What was retained is there before the bridge has said a word.
        stack.restart_broker()
        stack.observer.wait_for_status("sleeper", "offline", connected=False)
        stack.connect("stays")
        stack.device(f"new-with-{version}")
        stack.fence()
        assert {device: stack.observer.status(device)["since"] for device in since} == since, version
        assert stack.observer.status("stays")["connected"] and not stack.observer.status("sleeper")["connected"]
        stack.device("sleeper", clean=False).disconnect()
        stack.observer.wait_for_status("sleeper", "offline")
    reader = stack.connect("test-queue", clean=False)
    assert reader.session_present
    for number in range(len(VERSIONS) - 1):
        reader.wait_for_message("to/the/queue", lambda message, n=number: message.payload == f"kept by {n}".encode())
    assert stack.broker.stop() == 0
