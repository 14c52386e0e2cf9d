# SPDX-License-Identifier: Apache-2.0
"""Brokers that are set up in unusual ways, and links that end or begin in them: the statuses and the guard hold all the same."""

import base64
import hashlib
import json
import os
import re
import socket
import time
from functools import partial
from pathlib import Path

import pytest

from rollcall_testing import packets
from rollcall_testing.bridge import Bridge
from rollcall_testing.broker import brokers_folder, unused_port
from rollcall_testing.mqtt import V5, V311, Client, ConnectionLost, Refused, visit
from rollcall_testing.process import Process
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.waiting import wait_for

PLUGINS_OF = {
    "2.0.11": [Path("/usr/lib/x86_64-linux-gnu")],
    "2.0.21": [brokers_folder() / "2.0.21/root/usr/lib/x86_64-linux-gnu"],
}
WITHOUT_NEUTRAL_ANSWERS = "only 2.0 has no neutral answer: on 2.1 the plugin doesn't have to know who else decides"


def login_of(port, **options):
    """The answer to a login: a text that can be compared."""
    client = Client(port, "test-login", **options)
    try:
        client.connect()
    except Refused as refused:
        return f"refused with {refused.code}"
    except ConnectionLost:
        return "closed"
    client.disconnect()
    return "let in"


@pytest.fixture
def crowd():
    """crowd(port, names): connects them without a thread each; they stay until the test is over, and need no ping."""
    sockets = []

    def gather(port, names):
        for name in names:
            sock = socket.create_connection(("127.0.0.1", port), 10)
            sockets.append(sock)
            sock.sendall(packets.connect(name, V311, 0, True))
            assert sock.recv(4) == b"\x20\x02\x00\x00", f"{name}: no CONNACK that lets it in"

    yield gather
    for sock in sockets:
        sock.close()


def wait_until_told(stack, expected, timeout):
    """`expected`: whether each device is connected; waits until the observer was told so of every one."""
    def wrong():
        devices = stack.observer.devices()
        return [name for name, connected in expected.items() if devices.get(name, {}).get("connected") is not connected]

    stack.observer.wait_until(lambda: not wrong(), lambda: f"{len(wrong())} statuses, such as {wrong()[:3]}", timeout)


# The link to the bridge


def test_a_bridge_that_is_thrown_out_by_a_disconnect_packet_connects_again_and_goes_on(stack):
    stays, leaves = stack.device("stays"), stack.device("leaves")
    line = next(line for line in stack.broker.log().splitlines() if "connected from" in line and "u'rollcall'" in line)
    client_id = re.search(r" as (rollcall-bridge-[0-9a-f]{16}) \(", line)[1]
    offset = len(stack.bridge.log())
    thief = stack.connect(client_id, version=V5, username="rollcall", password=BRIDGE_PASSWORD)
    leaves.disconnect()
    comes = stack.connect("comes")
    stack.bridge.wait_for_log("connection lost", offset=offset)
    thief.end()
    stack.bridge.wait_for_log(": connected", timeout=15, offset=offset)
    stack.observer.wait_for_status("leaves", connected=False, timeout=15)
    stack.observer.wait_for_status("comes", "online", connected=True)
    stack.fence()
    comes.disconnect()
    stack.observer.wait_for_status("comes", connected=False, cause="client_disconnect")
    stack.observer.wait_until(lambda: stack.observer.latest("bridge")["online"], "the bridge being online again")
    assert stays.is_open
    assert {status["connected"] for status in stack.observer.history("stays")} == {True}


@pytest.fixture
def silent_port():
    """A listener that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_sigterm_ends_a_bridge_whose_broker_never_answers_its_connect(makers, silent_port):
    uri = f"mqtt://127.0.0.1:{silent_port.getsockname()[1]}"
    bridge = makers.keep(Bridge(makers.next_folder("bridge"), {"brokers": [{"uri": uri}]}))
    bridge.launch()
    silent_port.settimeout(10)
    link, _ = silent_port.accept()
    with link:
        link.settimeout(10)
        assert link.recv(1) == b"\x10", "the first byte of CONNECT"
        before = time.monotonic()
        assert bridge.process.stop(timeout=15) == 0
        assert time.monotonic() - before < 4


# Who decides on a broker of 2.0


def dynamic_security_of(version):
    """The path of that broker's own dynamic-security plugin, or None."""
    paths = [folder / "mosquitto_dynamic_security.so" for folder in PLUGINS_OF[version]]
    return next((path for path in paths if path.exists()), None)


def dynamic_security_config(username, password):
    """One user, who may do everything; nobody else may write or subscribe."""
    salt, rounds = os.urandom(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    kinds = ["publishClientSend", "publishClientReceive", "subscribePattern", "unsubscribePattern"]
    return json.dumps({
        "defaultACLAccess": {"publishClientSend": False, "publishClientReceive": True, "subscribe": False, "unsubscribe": True},
        "clients": [{"username": username, "textname": "", "password": base64.b64encode(digest).decode(),
                     "salt": base64.b64encode(salt).decode(), "iterations": rounds, "roles": [{"rolename": "everything"}]}],
        "groups": [],
        "roles": [{"rolename": "everything", "acls": [{"acltype": kind, "topic": "#", "allow": True} for kind in kinds]}],
    })  # fmt: skip


def rights_of(port):
    """What some users may do on that broker."""
    found = {}
    for name, options in {
        "anonymous": {}, "bob, whom nobody knows": {"username": "bob", "password": "b"}, "bob without a password": {"username": "bob"},
        "test with a wrong password": {"username": "test", "password": "wrong"}, "test": {"username": "test", "password": "test"},
    }.items():  # fmt: skip
        found[name] = login_of(port, version=V5, **options)
        if found[name] == "let in":
            client = Client(port, "test-rights", version=V5, **options).connect()
            subscribed, published = client.subscribe("other/#")[0], client.publish("other/x", b"", qos=1)
            found[name] = "may read" * (subscribed < 0x80) + " may write" * (published < 0x80)
            client.disconnect()
    return found


def test_whom_dynamic_security_refuses_stays_refused_when_its_lines_are_gone_after_a_reload(make_stack, broker_version):
    if broker_version not in PLUGINS_OF:
        pytest.skip(WITHOUT_NEUTRAL_ANSWERS)
    plugin = dynamic_security_of(broker_version)
    if plugin is None:
        pytest.skip(f"there is no mosquitto_dynamic_security.so for {broker_version}")
    user = {"username": "test", "password": "test"}
    stack = make_stack(observer=user)
    stack.broker.folder.joinpath("dynamic-security.json").write_text(dynamic_security_config(**user))
    without = stack.broker.config
    stack.broker.config += f"plugin {plugin}\nplugin_opt_config_file {{folder}}/dynamic-security.json\n"
    stack.start()
    before = rights_of(stack.broker.port)
    assert before["test"] == "may read may write"
    assert before["anonymous"] == "" and all("refused" in rights for name, rights in before.items() if name not in ("anonymous", "test")), before
    stack.broker.config = without
    for _ in range(2):
        stack.broker.reload()
        assert rights_of(stack.broker.port) == before
    stack.fence(**user)


def launch_from_a_pipe(broker):
    """As Broker.launch, but what the broker reads as its configuration can't be read a second time."""
    path, program = broker.write_config(), brokers_folder() / broker.version / "mosquitto"
    command = ["bash", "-c", 'exec "$0" -c /dev/fd/9 9< <(cat "$1")', program, path]
    broker.process = Process(command, broker.log_path, cwd=broker.folder)
    return broker.process


def test_a_closed_broker_that_read_its_configuration_from_a_pipe_stays_closed_and_says_what_to_set(make_broker, make_stack, broker_version):
    if broker_version not in PLUGINS_OF:
        pytest.skip(WITHOUT_NEUTRAL_ANSWERS)
    if broker_version == "2.0.21":
        pytest.skip("2.0.21 itself refuses it: /dev/fd/9 is not a file")
    config = "allow_anonymous false\n"
    logins = [{}, {"username": "alice"}, {"username": "alice", "password": "x"}]
    plain = make_broker(config)
    expected = [login_of(plain.port, version=mqtt, **login) for login in logins for mqtt in (V311, V5)]
    assert all("refused" in answer for answer in expected)
    stack = make_stack(config=config)
    stack.broker.launch = partial(launch_from_a_pipe, stack.broker)
    stack.broker.start()
    assert [login_of(stack.broker.port, version=mqtt, **login) for login in logins for mqtt in (V311, V5)] == expected
    warnings = [line for line in stack.broker.log().splitlines() if "open_broker" in line]
    assert len(warnings) == 1 and "/dev/fd/9" in warnings[0], stack.broker.log()
    assert login_of(stack.broker.port, username="rollcall", password=BRIDGE_PASSWORD) == "let in"


# Limits of the broker


@pytest.mark.parametrize("limits", ["message_size_limit", "max_packet_size", "message_size_limit max_packet_size"])
def test_every_status_gets_through_a_broker_that_takes_small_messages_only(make_stack, crowd, limits):
    config = "allow_anonymous true\n" + "".join(f"{name} 20000\n" for name in limits.split())
    stack = make_stack(config=config)
    stack.start_broker()
    names = [f"device-{number}-{'x' * 60}" for number in range(200)]
    crowd(stack.broker.port, names)
    stack.start_bridge()
    wait_until_told(stack, dict.fromkeys(names, True), timeout=60)
    stack.fence()
    warnings = [line for line in stack.bridge.log().splitlines() if "message_size_limit" in line]
    assert len(warnings) <= 1 and all("large requests stay unanswered" in line for line in warnings), stack.bridge.log()
    if limits == "message_size_limit":  # MQTT has no way to tell a client of that one
        assert len(warnings) == 1, stack.bridge.log()


# per_listener_settings


@pytest.fixture
def per_listener(make_stack):
    """A stack, not started, whose settings and plugins belong to its listener. 2.0.11 gives no ticks then."""
    return make_stack(global_config="per_listener_settings true")


def test_settings_per_listener_leave_every_connect_and_disconnect_told(per_listener):
    stack = per_listener.start()
    said, closed = stack.device("said"), stack.device("closed")
    said.disconnect()
    closed.close()
    stack.observer.wait_for_status("said", connected=False, cause="client_disconnect", graceful=True)
    stack.observer.wait_for_status("closed", connected=False, cause="connection_closed", graceful=True)
    stack.device("said")
    stack.fence()


def test_with_settings_per_listener_a_client_that_only_publishes_after_a_reload_is_heard_and_told(per_listener):
    stack = per_listener.start()
    reader = stack.tester()
    reader.subscribe("data/#")
    before = stack.device("before")
    stack.broker.reload()
    before.publish("data/before", b"1")
    reader.wait_for_message("data/before")
    after = stack.connect("after")
    after.publish("data/after", b"1")
    reader.wait_for_message("data/after")
    stack.observer.wait_for_status("after", "online", connected=True)
    for client in (before, after):
        client.disconnect()
        stack.observer.wait_for_status(client.client_id, connected=False, cause="client_disconnect")


def test_with_settings_per_listener_a_restarted_bridge_learns_of_1000_devices(per_listener, crowd):
    stack = per_listener.start()
    names = [f"stays-{number}" for number in range(1000)]
    crowd(stack.broker.port, names[:500])
    stack.bridge.stop()
    crowd(stack.broker.port, names[500:])
    stack.start_bridge()
    wait_until_told(stack, dict.fromkeys(names, True), timeout=30)
    stack.fence()
    assert {stack.observer.status(name)["status"] for name in names[::50]} == {"online"}


def test_with_settings_per_listener_short_visits_are_told_while_the_bridge_is_there(per_listener):
    stack = per_listener.start()
    names = [f"visits-{number}" for number in range(100)]
    for name in names:
        visit(stack.broker.port, name)
    wait_until_told(stack, dict.fromkeys(names, False), timeout=10)
    assert {stack.observer.status(name)["cause"] for name in names} == {"client_disconnect"}


def test_with_settings_per_listener_short_visits_are_told_when_the_bridge_is_back(per_listener):
    stack = per_listener.start()
    stack.bridge.stop()
    names = [f"visits-{number}" for number in range(100)]
    for name in names:
        visit(stack.broker.port, name)
    stack.start_bridge()
    wait_until_told(stack, dict.fromkeys(names, False), timeout=10)
    # From 2.0.12 on 2.0 keeps nothing for clients that are away then, and the log's lines are how it tells causes.
    causes = {"unknown"} if stack.version == "2.0.21" else {"client_disconnect"}
    assert {stack.observer.status(name)["cause"] for name in names} == causes


def test_a_listener_without_the_plugin_is_warned_of(per_listener):
    per_listener.broker.config += f"listener {unused_port()} 127.0.0.1\nallow_anonymous true\n"
    per_listener.broker.start()
    pattern = "1 listener without this plugin"
    wait_for(lambda: re.search(pattern, per_listener.broker.log()), lambda: f"/{pattern}/ in\n{per_listener.broker.log()}")
    assert len(re.findall(pattern, per_listener.broker.log())) == 1


def test_a_listener_with_the_plugin_is_not_warned_of(per_listener):
    per_listener.start()
    assert "without this plugin" not in per_listener.broker.log()


def test_a_reload_leaves_the_sessions_alone_that_a_broker_has_restored(make_stack):
    """It asks for them as for logins. 2.0.11 restores some of them under the bridge's user name, which isn't theirs, and when
    they are refused it crashes in the end."""
    stack = make_stack(config="allow_anonymous true\npersistence true\npersistence_location {folder}/\n").start()
    names = [f"sleeper-{number}" for number in range(4)]
    stay = {"version": V5, "clean": False, "properties": {"session_expiry": 600}}
    for name in names:
        stack.connect(name, **stay)
    stack.bridge.kill()
    stack.broker.stop()
    stack.broker.start()
    offset = len(stack.broker.log())
    for _ in range(2):
        stack.broker.reload()
        stack.tester().round_trip()  # else the second signal may come in the midst of the first reload, and be lost
    if stack.broker.is_2_0:  # 2.1 refuses restored sessions by itself
        assert "disconnected" not in stack.broker.log()[offset:]
    for name in names:
        stack.connect(name, **stay).disconnect()
        stack.connect(name, **stay).disconnect()
    assert stack.broker.stop() == 0
