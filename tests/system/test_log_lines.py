# SPDX-License-Identifier: Apache-2.0
"""Mosquitto 2.0 tells causes in its log alone: whatever its lines look like they are read, and where none come that is said."""

import pytest

from rollcall_testing.broker import LOG_CONFIG
from rollcall_testing.mqtt import V5, V311, Will
from rollcall_testing.waiting import wait_for

TIME = "log_timestamp_format %Y-%m-%dT%H:%M:%S\n"
SILENT = 20.0  # seconds within which a keepalive of 1 has surely run out: 2.0.11 looks only every 6 s
TIMES = [
    "log_timestamp false\n",
    "",  # seconds since 1970
    TIME,
    "log_timestamp_format [%Y-%m-%d %H:%M:%S]\n",
    "log_timestamp_format %d.%m.%Y, %H:%M:%S\n",
    "log_timestamp_format %c\n",
    "log_timestamp_format %A %e %B %Y %l:%M %p\n",
    "log_timestamp_format %a, %d %b %Y %H:%M:%S %z\n",
    "log_timestamp_format <%F %T %Z>\n",
    "log_timestamp_format mosquitto[%s]\n",
    "log_timestamp_format at: %r: (%j/%U)\n",
    "log_timestamp_format Client x: %H:%M\n",
    "log_timestamp_format %%\n",
]
# {device} alone: a colon in an id is a part of it here
RULES = {"devices": [{"client_id": "test-*", "ignore": True}, {"client_id": "{device}"}]}
WILL = Will("wills/pump", b"gone")
ODD = "x: Client pump has exceeded timeout, disconnecting."
ENDS = {  # device: options of its client, how it ends, cause, graceful
    "leaves": ({}, lambda client: client.disconnect(), "client_disconnect", True),
    "leaves-with-will": ({"version": V5, "will": WILL}, lambda client: client.disconnect(reason=4), "disconnect_with_will", True),
    "closes": ({}, lambda client: client.close(), "connection_closed", True),
    ODD: ({}, lambda client: client.close(), "connection_closed", True),
    "breaks-off": ({"will": WILL}, lambda client: client.reset(), "connection_closed", False),
    "is-silent": ({"keepalive": 1}, lambda client: client.fall_silent(), "keepalive_timeout", False),
    "breaks-rules": ({}, lambda client: client.send_raw(b"\xf0\x00"), "protocol_error", False),
}


def skip_2_1(version):
    if not version.startswith("2.0"):
        pytest.skip("2.1 tells causes by itself, and its log isn't read")


def with_time(line):
    assert TIME in LOG_CONFIG
    return LOG_CONFIG.replace(TIME, line)


def named_device(stack, name, **options):
    """As Stack.device, for a stack with RULES."""
    client = stack.connect(name, **options)
    stack.observer.wait_for_status(name, "online", connected=True)
    return client


def begin(stack):
    """Every device of ENDS, and one that is taken over."""
    clients = {device: named_device(stack, device, **{"version": V311, **options}) for device, (options, *_) in ENDS.items()}
    older = stack.device("pump", will=WILL)
    stack.connect("pump", will=WILL)
    older.wait_closed()
    for device, (_, end, *_) in ENDS.items():
        end(clients[device])


def wrong_ends(stack):
    """What isn't as ENDS has it, as text."""
    wrong = []
    for device, (_, _, cause, graceful) in ENDS.items():
        status = stack.observer.wait_for_status(device, connected=False, timeout=SILENT)
        if (status["cause"], status["graceful"]) != (cause, graceful):
            wrong.append(f"{device}: {status['cause']}")
    stack.fence()
    if not all(status["connected"] for status in stack.observer.history("pump")):
        wrong.append("pump has ended")
    return wrong


def test_causes_are_read_whatever_time_stands_in_front(make_stack, broker_version):
    skip_2_1(broker_version)
    environment = {"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}
    stacks = {line: make_stack(bridge=RULES, log_config=with_time(line), environment=environment).start() for line in TIMES}
    for stack in stacks.values():
        begin(stack)
    wrong = {line.strip(): wrong_ends(stack) for line, stack in stacks.items()}
    assert not any(wrong.values()), wrong


def test_another_time_after_a_reload_is_read_too(make_stack, broker_version):
    skip_2_1(broker_version)
    stack = make_stack().start()
    for number, line in enumerate(TIMES):
        stack.broker.log_config = with_time(line)
        stack.broker.reload()
        stack.fence()
        stack.device(f"pump-{number}").close()
        status = stack.observer.wait_for_status(f"pump-{number}", connected=False)
        assert status["cause"] == "connection_closed", line


# Where no lines come

SILENT_LOGS = {
    "no-topic": ("log_dest topic\n", "", "log_dest topic"),
    "no-notice": ("log_type notice\n", "", "log_type notice"),
    "no-connection-messages": ("connection_messages true\n", "connection_messages false\n", "connection_messages true"),
}


def warnings_of(stack):
    return (stack.observer.latest("bridge") or {}).get("warnings", [])


def leave_a_few(stack, first):
    for number in range(first, first + 5):
        stack.device(f"pump-{number}").close()
        stack.observer.wait_for_status(f"pump-{number}", connected=False)


@pytest.mark.parametrize("old, new, setting", SILENT_LOGS.values(), ids=SILENT_LOGS)
def test_a_log_that_tells_no_causes_is_said_once_with_the_setting(make_stack, broker_version, old, new, setting):
    complete = LOG_CONFIG + "log_dest topic\n"
    stack = make_stack(log_topic=False, log_config=complete.replace(old, new)).start()
    leave_a_few(stack, 0)
    stack.fence()
    if not stack.broker.is_2_0:
        assert warnings_of(stack) == []
        assert setting not in stack.broker.log() + stack.bridge.log()
        return
    stack.observer.wait_until(lambda: warnings_of(stack), "a warning on ds/bridge")
    [warning] = warnings_of(stack)
    assert warning["broker"] == "main" and setting in warning["message"]
    for log in (stack.broker.log(), stack.bridge.log()):
        lines = [line for line in log.splitlines() if setting in line]
        assert len(lines) == 1 and '"unknown"' in lines[0], log
    # Neither another bridge session nor a reload says it again.
    stack.bridge.stop()
    stack.start_bridge()
    stack.broker.reload()
    leave_a_few(stack, 10)
    stack.observer.wait_until(lambda: warnings_of(stack), "the warning on ds/bridge again")
    assert stack.broker.log().count(setting) == 1, stack.broker.log()
    # With the setting it is over.
    stack.broker.log_config = complete
    stack.broker.reload()
    leave_a_few(stack, 20)
    stack.observer.wait_until(lambda: not warnings_of(stack), "no warning on ds/bridge any more")
    stack.device("last").close()
    stack.observer.wait_for_status("last", connected=False, cause="connection_closed")


def test_a_log_that_tells_causes_is_no_trouble(stack):
    leave_a_few(stack, 0)
    stack.broker.reload()
    leave_a_few(stack, 10)
    assert warnings_of(stack) == []
    assert "WARN" not in stack.bridge.log().upper(), stack.bridge.log()
    wait_for(lambda: "rollcall:" in stack.broker.log(), "a line of the plugin's")
    assert "log_dest" not in stack.broker.log()
