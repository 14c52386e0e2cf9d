# SPDX-License-Identifier: Apache-2.0
"""What a device or the broker does, row by row of the table in docs/broker-behaviour.md, and what the status says of it.

The rows that every device goes through each day are in test_endings.py; here are the others.
"""

import base64
import os
import re
import signal
import socket
import struct
import threading

import pytest

from rollcall_testing.broker import password_line
from rollcall_testing.mqtt import V5, V31, V311, Client, ConnectionLost, Refused, Will
from rollcall_testing.packets import CONNACK, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, binary, connect, disconnect, packet, publish, split
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.times import seconds_of
from rollcall_testing.waiting import NeverHappened, wait_for

WILL = Will("wills/pump", b"gone")
SILENT = 15.0  # seconds within which a keepalive of 2 has surely run out: 2.0.11 looks only every 6 s
every_mqtt = pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])


def expect_ends(stack, expected, timeout=10.0, **fence):
    """expected: {device: (cause, graceful)}. Each was online, has ended like this, and nothing says otherwise later.

    Of one that came and went in one batch of events the bridge may tell only the latter.
    """
    told = {device: stack.observer.wait_for_status(device, connected=False, timeout=timeout) for device in expected}
    stack.fence(**fence)
    for device, end in expected.items():
        status = stack.observer.status(device)
        assert status == told[device], "the end of a connection is told once"
        assert (status["cause"], status["graceful"]) == end, (device, status)
        assert (status["status"], status["next"]["status"]) == ("online", "offline"), "it stays online during the wait"
        assert [status["connected"] for status in stack.observer.history(device)] in ([True, False], [False]), device
        stack.observer.check_order(device)


def has_always_been_connected(stack, device):
    history = stack.observer.history(device)
    return bool(history) and all(status["connected"] and status["since"] == history[0]["since"] for status in history)


def real_devices(stack):
    return {device for device in stack.observer.devices() if not device.startswith("fence-")}


def persistent(mqtt):
    return {"version": mqtt, "clean": False, "properties": {"session_expiry": 300} if mqtt == V5 else None}


def dial(stack, data=b""):
    """A connection of which the test keeps nothing but the socket."""
    sock = socket.create_connection(("127.0.0.1", stack.broker.port), 10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(data)
    return sock


def hang_up_with_rst(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def connack_of(sock):
    """The return code, or None if the broker closed the connection instead."""
    buffer = bytearray()
    try:
        while (found := split(buffer)) is None:
            data = sock.recv(1024)
            if not data:
                return None
            buffer += data
    except ConnectionError:
        return None
    assert found[0] == CONNACK
    return found[2][1]


def wait_until_closed(sock):
    try:
        while sock.recv(1024):
            pass
    except ConnectionError:
        pass  # it was closed with packets unread


def in_one_batch(stack, *actions):
    """The broker finds all of this at once when it looks next."""
    stack.broker.process.pause()
    try:
        return [action() for action in actions]
    finally:
        stack.broker.process.resume()


# 6, 6b: takeovers


@every_mqtt
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "persistent"])
def test_the_will_of_the_older_connection_is_not_held_against_the_newer(stack, mqtt, clean):
    options = {"version": mqtt, "clean": True} if clean else persistent(mqtt)
    older = stack.device("pump", will=WILL, **options)
    newer = stack.connect("pump", **options)
    older.wait_closed()
    stack.fence()
    assert has_always_been_connected(stack, "pump")
    newer.close()
    status = stack.observer.wait_for_status("pump", connected=False)
    assert (status["cause"], status["graceful"]) == ("connection_closed", True)


@every_mqtt
def test_connects_of_one_id_in_one_batch_are_one_device_that_is_online(stack, mqtt):
    data = connect("pump", mqtt, 60, True)
    for count in (2, 20):
        rounds = len(stack.observer.history("pump"))
        socks = in_one_batch(stack, *[lambda: dial(stack, data)] * count)
        stack.observer.wait_for_status("pump", "online", connected=True, after=rounds)
        stack.fence()
        history = stack.observer.history("pump")[rounds:]
        assert all(status["connected"] for status in history), history
        for sock in socks:  # the last one that the broker let in is the one that counts
            sock.close()
        stack.observer.wait_for_status("pump", connected=False, after=rounds)
        stack.fence()
        assert [s["connected"] for s in stack.observer.history("pump")[rounds:]].count(False) == 1
        stack.observer.check_order("pump")


@every_mqtt
def test_a_live_device_is_taken_over_many_times_in_one_batch(stack, mqtt):
    pump = stack.device("pump", version=mqtt, will=WILL)
    socks = in_one_batch(stack, *[lambda: dial(stack, connect("pump", mqtt, 60, True, WILL))] * 10)
    pump.wait_closed()
    stack.fence()
    assert has_always_been_connected(stack, "pump")
    for sock in socks:
        sock.close()
    stack.observer.wait_for_status("pump", connected=False, cause="connection_closed", graceful=False)


@every_mqtt
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "persistent"])
def test_an_end_and_a_reconnect_in_one_batch_leave_it_online(stack, mqtt, clean):
    options = {"version": mqtt, "clean": True} if clean else persistent(mqtt)
    data = connect("pump", mqtt, 60, clean, props=options.get("properties"))
    for number in range(6):
        pump = stack.client("pump", **options).connect()
        before = len(stack.observer.history("pump"))
        end = pump.disconnect if number % 2 else pump.close
        actions = [end, lambda: dial(stack, data)] if number < 3 else [lambda: dial(stack, data), end]
        sock = next(found for found in in_one_batch(stack, *actions) if found is not None)
        assert connack_of(sock) == 0
        stack.fence()
        assert stack.observer.status("pump")["connected"] is True, number
        sock.close()
        stack.observer.wait_for_status("pump", connected=False, after=before)
    stack.observer.check_order("pump")


# 7: refused logins

REFUSED = {"wrong password": ("device", "wrong"), "unknown user": ("nobody", "x"), "anonymous": (None, None)}
TESTER = {"username": "test", "password": "test"}


@pytest.fixture
def with_passwords(make_stack, tmp_path):
    (tmp_path / "passwords").write_text(password_line("device", "right") + password_line("test", "test"))
    config = f"allow_anonymous false\npassword_file {tmp_path}/passwords\n"
    return make_stack(config=config, observer=TESTER).start()


def refused_login(stack, client_id, mqtt, kind):
    sock = dial(stack, connect(client_id, mqtt, 60, True, None, *REFUSED[kind]))
    return sock


@every_mqtt
@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_tells_nothing_of_who_is_here_away_or_unknown(with_passwords, mqtt, kind):
    stack, login = with_passwords, {"username": "device", "password": "right"}
    here = stack.device("here", version=mqtt, **login)
    stack.device("away", **persistent(mqtt), **login).disconnect()
    stack.device("gone", version=mqtt, **login).close()
    expect_ends(stack, {"away": ("client_disconnect", True), "gone": ("connection_closed", True)}, **TESTER)
    before = {device: stack.observer.history(device) for device in ("here", "away", "gone")}
    for client_id in ("here", "away", "gone", "never-here") * 3:
        assert connack_of(refused_login(stack, client_id, mqtt, kind)) != 0
    stack.fence(**TESTER)
    assert {device: stack.observer.history(device) for device in ("here", "away", "gone")} == before
    assert here.is_open and real_devices(stack) == {"here", "away", "gone"}
    assert stack.connect("away", **persistent(mqtt), **login).session_present
    stack.observer.wait_for_status("away", "online", connected=True)


@every_mqtt
@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_in_the_same_batch_as_the_true_end_is_no_takeover(with_passwords, mqtt, kind):
    stack, expected, actions = with_passwords, {}, []
    for name, will, cause, graceful in [("leaves", None, "client_disconnect", True), ("goes", None, "connection_closed", True),
                                        ("dies", WILL, "connection_closed", False)]:  # fmt: skip
        for order in ("before", "after"):
            device = f"{name}-{order}"
            client = stack.device(device, version=mqtt, will=will, username="device", password="right")
            expected[device] = (cause, graceful)
            end = client.disconnect if name == "leaves" else client.close
            refusal = lambda device=device: refused_login(stack, device, mqtt, kind)  # noqa: E731
            actions += [refusal, end] if order == "before" else [end, refusal]
    in_one_batch(stack, *actions)
    expect_ends(stack, expected, **TESTER)


# 8, 8b: what isn't MQTT

BROKEN = {
    "a length of five bytes": b"\x30\xff\xff\xff\xff\x01",
    "a topic longer than the packet": packet(PUBLISH, b"\x00\x10ab"),
    "a topic that is no UTF-8": packet(PUBLISH, binary(b"a\xff\xfe") + b"\x00"),
    "a publish to a wildcard": packet(PUBLISH, binary("a/#") + b"\x00"),
    "a publish of QoS 3": packet(PUBLISH, binary("a") + b"\x00\x01\x00", flags=6),
    "a subscribe of nothing": packet(SUBSCRIBE, b"\x00\x01\x00", flags=2),
    "an unsubscribe of nothing": packet(UNSUBSCRIBE, b"\x00\x01\x00", flags=2),
}


@every_mqtt
@pytest.mark.parametrize("will", [None, WILL], ids=["no-will", "will"])
def test_what_is_no_mqtt_is_a_protocol_error(stack, mqtt, will):
    clients = {kind: stack.device(kind, version=mqtt, will=will) for kind in BROKEN}
    for kind, data in BROKEN.items():
        clients[kind].send_raw(data)
    for client in clients.values():
        client.wait_closed()
    expect_ends(stack, dict.fromkeys(BROKEN, ("protocol_error", False)))


@every_mqtt
def test_a_second_connect_with_a_will_is_a_protocol_error_too(stack, mqtt):
    pump = stack.device("pump", version=mqtt, will=WILL)
    pump.send_raw(connect("other", mqtt, 60, True))
    pump.wait_closed()
    expect_ends(stack, {"pump": ("protocol_error", False)})
    assert real_devices(stack) == {"pump"}


@every_mqtt
def test_several_connects_in_one_tcp_packet_are_one_connect_and_a_protocol_error(stack, mqtt):
    for count, second in ((2, "double"), (2, "other"), (30, "other")):
        device = f"first-{count}-{second}"
        data = connect(device, mqtt, 60, True) + connect(second, mqtt, 60, True) * (count - 1)
        sock = dial(stack, data)
        wait_until_closed(sock)
        status = stack.observer.wait_for_status(device, connected=False)
        assert (status["cause"], status["graceful"]) == ("protocol_error", False)
    stack.fence()
    assert not {"double", "other"} & real_devices(stack)


@every_mqtt
def test_a_whole_life_in_one_tcp_packet_is_one_connect_and_one_disconnect(stack, mqtt):
    for number in range(10):
        data = connect(f"short-{number}", mqtt, 60, True, WILL)
        data += publish("a/b", b"hello", mqtt) + disconnect(mqtt)
        sock = dial(stack, data)
        sock.shutdown(socket.SHUT_WR)
        assert connack_of(sock) == 0
    for number in range(10):
        status = stack.observer.wait_for_status(f"short-{number}", connected=False)
        assert (status["cause"], status["graceful"]) == ("client_disconnect", True)
    stack.fence()
    for number in range(10):
        assert [s["connected"] for s in stack.observer.history(f"short-{number}")].count(False) == 1


# 9, 9b, 9c: sessions that outlive their connections


@every_mqtt
def test_a_persistent_session_may_end_in_every_way(stack, mqtt):
    ends = {
        "client_disconnect": lambda client: client.disconnect(),
        "connection_closed": lambda client: client.reset(),
        "protocol_error": lambda client: client.send_raw(b"\x00\x00"),
        "keepalive_timeout": lambda client: client.fall_silent(),
    }
    expected = {cause: (cause, cause in ("client_disconnect", "connection_closed")) for cause in ends}
    for cause, end in ends.items():
        end(stack.device(cause, keepalive=2, **persistent(mqtt)))
    expect_ends(stack, expected, timeout=SILENT)
    for device in ends:
        assert stack.connect(device, **persistent(mqtt)).session_present
        stack.observer.wait_for_status(device, "online", connected=True)
    stack.fence()
    for device in ends:
        assert [status["connected"] for status in stack.observer.history(device)] == [True, False, True]


def test_a_session_that_expires_changes_nothing(stack):
    options = {"version": V5, "clean": False, "properties": {"session_expiry": 1}}
    stack.device("pump", **options).disconnect()
    expect_ends(stack, {"pump": ("client_disconnect", True)})
    wait_for(lambda: "xpir" in stack.broker.log(), lambda: f"the session expiring:\n{stack.broker.log()}", 15)
    expect_ends(stack, {"pump": ("client_disconnect", True)})
    # The broker's memory of it may be used again by somebody else.
    others = [stack.device(f"other-{number}") for number in range(20)]
    again = stack.connect("pump", **options)
    assert not again.session_present
    stack.observer.wait_for_status("pump", "online", connected=True)
    stack.fence()
    assert all(has_always_been_connected(stack, other.client_id) for other in others)
    assert [status["connected"] for status in stack.observer.history("pump")] == [True, False, True]


# 10: the broker is stopped


def test_a_stop_of_the_broker_with_wills_is_nobodys_end(stack):
    connected = [stack.device(name, version=V5, will=WILL) for name in ("returns", "stays-away")]
    delayed = Will("wills/away", b"gone", delay=600)
    stack.device("away", **persistent(V5), will=delayed).close()
    expect_ends(stack, {"away": ("connection_closed", True)})
    before = stack.observer.status("away")
    assert stack.broker.stop() == 0
    for client in connected:
        client.wait_closed()
    stack.restart_broker()
    stack.connect("returns", version=V5, will=WILL)
    stack.observer.wait_for_status("stays-away", connected=False, cause="broker_lost", graceful=False, timeout=20)
    stack.observer.wait_for_status("returns", "online", connected=True, cause=None, timeout=20)
    stack.fence()
    stack.observer.check_order("returns")
    away = stack.observer.status("away")
    told = ("connected", "cause", "graceful", "since", "status")
    assert [away[key] for key in told] == [before[key] for key in told]
    assert away["next"]["at"] > before["next"]["at"]  # its wait stood still


# 11: SIGHUP


def test_reloads_during_a_storm_of_connects_and_disconnects_change_nothing(stack):
    stay = [stack.device(f"stays-{number}") for number in range(5)]
    stack.device("away", **persistent(V311)).disconnect()
    expect_ends(stack, {"away": ("client_disconnect", True)})
    expected, failures = {}, []

    def storm(worker):
        try:
            for number in range(50):
                device = f"storm-{worker}-{number}"
                how = number % 3
                expected[device] = [("client_disconnect", True), ("connection_closed", True), ("connection_closed", False)][how]
                client = stack.connect(device, version=V311 if worker % 2 else V5, will=WILL if how == 2 else None)
                client.disconnect() if how == 0 else client.close()
        except Exception as failure:  # a thread's failure is the test's
            failures.append(failure)

    workers = [threading.Thread(target=storm, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    reloads = 0
    while any(worker.is_alive() for worker in workers) or reloads < 5:
        # Not broker.reload(): that writes the file anew, while the broker may still be reading it.
        stack.broker.process.signal(signal.SIGHUP)
        try:
            wait_for(lambda: stack.broker.log().count("Reloading config") > reloads, "a reload", 1)
        except NeverHappened:
            continue  # a signal that comes while it still reads is lost: once more
        reloads = stack.broker.log().count("Reloading config")
    for worker in workers:
        worker.join()
    assert not failures
    expect_ends(stack, expected, timeout=30)
    assert all(has_always_been_connected(stack, client.client_id) and client.is_open for client in stay)
    assert [status["connected"] for status in stack.observer.history("away")] == [True, False]


@every_mqtt
def test_who_may_not_come_back_after_a_reload_is_not_authorized(with_passwords, tmp_path, mqtt):
    stack = with_passwords
    pump = stack.device("pump", version=mqtt, username="device", password="right")
    other = stack.device("other", **TESTER)
    (tmp_path / "passwords").write_text(password_line("test", "test"))
    stack.broker.reload()
    pump.wait_closed()
    expect_ends(stack, {"pump": ("not_authorized", False)}, **TESTER)
    assert other.is_open and has_always_been_connected(stack, "other")


# 12: wills with a delay


@pytest.mark.parametrize("options", [persistent(V5), {"version": V5}], ids=["session", "no-session"])
def test_a_delayed_will_that_is_sent_later_changes_nothing(stack, options):
    """Without a session too: Mosquitto waits for the delay all the same."""
    listener = stack.tester()
    listener.subscribe("wills/#")
    stack.device("pump", **options, will=Will("wills/pump", b"gone", delay=1)).close()
    expect_ends(stack, {"pump": ("connection_closed", True)})
    listener.wait_for_message("wills/pump", timeout=20)
    expect_ends(stack, {"pump": ("connection_closed", True)})


def test_a_delayed_will_that_is_sent_while_others_end_is_not_theirs(stack):
    listener = stack.tester()
    listener.subscribe("wills/#")
    wills = {f"away-{n}": Will(f"wills/away-{n}", b"gone", delay=1 + n % 2) for n in range(10)}
    for device, will in wills.items():
        stack.device(device, **persistent(V5), will=will).close()
    others = []

    def have_all_come():
        """Another one ends each time that it is asked."""
        others.append(f"other-{len(others)}")
        stack.device(others[-1]).close()
        return len(listener.messages) >= len(wills)

    wait_for(have_all_come, "the wills", 20)
    expect_ends(stack, dict.fromkeys([*wills, *others], ("connection_closed", True)))


def test_a_delayed_will_is_never_sent_when_the_device_comes_back(stack):
    listener = stack.tester()
    listener.subscribe("wills/#")
    stack.device("pump", **persistent(V5), will=Will("wills/pump", b"gone", delay=600)).close()
    expect_ends(stack, {"pump": ("connection_closed", True)})
    back = stack.connect("pump", **persistent(V5))
    assert back.session_present
    stack.observer.wait_for_status("pump", "online", connected=True)
    back.close()
    status = stack.observer.wait_for_status("pump", connected=False, after=3)
    assert (status["cause"], status["graceful"]) == ("connection_closed", True)
    listener.round_trip()
    assert listener.messages == []


# 13: websockets


def frame(kind, data):
    """A masked frame of RFC 6455, as clients must send it."""
    length = len(data)
    size = bytes([0x80 | length]) if length < 126 else bytes([0x80 | 126]) + struct.pack("!H", length)
    mask = os.urandom(4)
    return bytes([0x80 | kind]) + size + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))


class WebsocketClient(Client):
    """A Client whose bytes go in binary frames."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._shaken_hands_on = None
        self._frames = bytearray()

    def send_raw(self, data):
        if self._shaken_hands_on is not self._socket:
            self._shake_hands()
        super().send_raw(frame(2, data))

    def send_close_frame(self):
        super().send_raw(frame(8, struct.pack("!H", 1000)))

    def _shake_hands(self):
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            "GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n".encode()
        )
        answer = bytearray()
        while b"\r\n\r\n" not in answer:
            data = self._socket.recv(1)
            if not data:
                raise ConnectionLost("no websocket")
            answer += data
        assert answer.startswith(b"HTTP/1.1 101"), answer
        self._shaken_hands_on = self._socket

    def _read_packet(self):
        while True:
            found = split(self._buffer)
            if found:
                return found
            while (size := self._whole_frame()) is None:
                data = self._socket.recv(65536)
                if not data:
                    raise ConnectionLost
                self._frames += data
            start, end = size
            if self._frames[0] & 0x0F in (0, 1, 2):
                self._buffer += self._frames[start:end]
            del self._frames[:end]

    def _whole_frame(self):
        """Where the payload of the first frame begins and ends, or None if it isn't all here yet."""
        if len(self._frames) < 4:
            return (2, 2) if len(self._frames) >= 2 and self._frames[1] == 0 else None
        length, start = self._frames[1], 2
        if length == 126:
            length, start = int.from_bytes(self._frames[2:4], "big"), 4
        return (start, start + length) if len(self._frames) >= start + length else None


@pytest.fixture
def web(make_stack):
    """A stack whose broker has a listener for websockets too; web.device(…) comes in by that."""
    stack = make_stack(websockets=True).start()
    made = []

    def device(client_id, **options):
        client = WebsocketClient(stack.broker.websockets_port, client_id, **options)
        made.append(client)
        client.connect()
        stack.observer.wait_for_status(client_id, "online", connected=True)
        return client

    stack.web_device = device
    yield stack
    for client in made:
        client.end()


@every_mqtt
def test_websockets_end_as_other_connections_do(web, mqtt):
    closed = ("connection_closed", True)
    ends = {
        "disconnect": (None, lambda client: client.disconnect(), "client_disconnect", True),
        "disconnect-will": (WILL, lambda client: client.disconnect(), "client_disconnect", True),
        "fin": (None, lambda client: client.close(), "connection_closed", True),
        "fin-will": (WILL, lambda client: client.close(), "connection_closed", False),
        "rst": (None, lambda client: client.reset(), "connection_closed", True),
        "rst-will": (WILL, lambda client: client.reset(), "connection_closed", False),
        # Whatever goes wrong on a websocket, 2.0 says of it that the client closed the connection.
        "broken": (None, lambda client: client.send_raw(b"\x00\x00"), *(closed if web.broker.is_2_0 else ("protocol_error", False))),
        "silent": (None, lambda client: client.fall_silent(), *(closed if web.broker.is_2_0 else ("keepalive_timeout", False))),
    }
    for device, (will, end, _, _) in ends.items():
        end(web.web_device(device, version=mqtt, will=will, keepalive=2))
    expect_ends(web, {device: (cause, graceful) for device, (_, _, cause, graceful) in ends.items()}, timeout=SILENT)


@every_mqtt
@pytest.mark.parametrize("will", [None, WILL], ids=["no-will", "will"])
def test_a_websocket_that_is_closed_without_a_disconnect_is_a_closed_connection(web, mqtt, will):
    pump = web.web_device("pump", version=mqtt, will=will)
    pump.send_close_frame()
    pump.close()
    expect_ends(web, {"pump": ("connection_closed", will is None)})


@every_mqtt
def test_a_device_moves_between_websockets_and_plain_tcp(web, mqtt):
    first = web.web_device("pump", version=mqtt, will=WILL)
    second = web.connect("pump", version=mqtt, will=WILL)
    first.wait_closed()
    third = web.web_device("pump", version=mqtt)
    second.wait_closed()
    web.fence()
    assert has_always_been_connected(web, "pump")
    third.disconnect()
    web.observer.wait_for_status("pump", connected=False, cause="client_disconnect", graceful=True)


def test_a_stop_of_the_broker_is_no_end_of_a_websocket(web):
    """2.0 tells the plugin of these ends while it stops, as if the devices had gone."""
    web.web_device("pump", will=WILL)
    assert web.broker.stop() == 0
    web.restart_broker()
    web.observer.wait_for_status("pump", connected=False, cause="broker_lost", graceful=False, timeout=20)
    web.fence()
    assert [status["cause"] for status in web.observer.history("pump") if not status["connected"]] == ["broker_lost"]


# 14b: no id and no clean session


def test_a_client_without_an_id_that_wants_a_session_is_refused_and_nobody(stack):
    for mqtt in (V31, V311):
        assert connack_of(dial(stack, connect("", mqtt, 60, False))) != 0
    stack.fence()
    assert real_devices(stack) == set()


# 16, 16b: other brokers


def bridging_config(port, **more):
    lines = {"address": f"127.0.0.1:{port}", "topic": "shared/# both 0", "restart_timeout": "1 2", **more}
    return "allow_anonymous true\nconnection out\n" + "".join(f"{key} {value}\n" for key, value in lines.items())


def test_another_mosquitto_that_bridges_in_is_a_device(stack, make_broker):
    config = bridging_config(stack.broker.port, remote_clientid="gateway", notifications="false")
    other = make_broker(config, log_topic=False)
    stack.observer.wait_for_status("gateway", "online", connected=True, timeout=20)
    other.kill()
    expect_ends(stack, {"gateway": ("connection_closed", True)})
    other.start()
    stack.observer.wait_for_status("gateway", "online", connected=True, timeout=20)


@pytest.mark.parametrize("protocol", ["mqttv311", "mqttv50"])
def test_the_brokers_own_bridge_to_another_is_no_device(make_stack, make_broker, protocol):
    other = make_broker(log_topic=False)
    config = bridging_config(other.port, bridge_protocol_version=protocol, notifications="false")
    stack = make_stack(config=config).start()
    far, near = Client(other.port, "far").connect(), stack.tester()
    near.subscribe("shared/#")

    def is_bridged():
        far.publish("shared/x", b"hello")
        near.round_trip()
        return near.messages

    wait_for(is_bridged, "a message through the bridge", 20)
    for _ in range(2):
        other.kill()
        stack.fence()
        other.start()
        far = Client(other.port, "far").connect()
        near.messages.clear()
        wait_for(is_bridged, "a message through the bridge that is back", 20)
        stack.broker.reload()
    stack.fence()
    assert real_devices(stack) == set()
    far.end()


# 17, 17b, 17c: limits, and connections that never say who they are


def test_who_finds_no_room_changes_nothing(make_stack):
    stack = make_stack(config="max_connections 8\nallow_anonymous true\n").start()
    stack.device("pump")
    room, fillers = True, []
    while room:
        assert len(fillers) < 8
        try:
            fillers.append(stack.connect(f"filler-{len(fillers)}"))
        except (ConnectionLost, OSError):
            room = False
    for client_id in ("pump", "never-here", f"filler-{len(fillers)}"):
        with pytest.raises((ConnectionLost, OSError)):
            stack.connect(client_id)
    for filler in fillers:
        filler.disconnect()
    expect_ends(stack, {filler.client_id: ("client_disconnect", True) for filler in fillers})
    assert has_always_been_connected(stack, "pump")
    assert real_devices(stack) == {"pump", *[filler.client_id for filler in fillers]}


def test_who_is_one_too_many_for_the_whole_broker_is_nobody(make_stack, broker_version):
    """global_max_clients counts those who are away with a session as well; 2.1 lets them log in, and then says no."""
    if broker_version != "2.1":
        pytest.skip("2.1 brought global_max_clients")
    stack = make_stack(global_config="global_max_clients 6", config="allow_anonymous true\n").start()
    stack.device("pump", version=V5)
    fillers, code = {}, 0
    while code == 0:
        assert len(fillers) < 6
        device = f"filler-{len(fillers)}"
        fillers[device] = dial(stack, connect(device, V5, 60, True))
        code = connack_of(fillers[device])
    *let_in, refused = fillers
    for client_id in (refused, "never-here"):
        for mqtt in (V311, V5):
            assert connack_of(dial(stack, connect(client_id, mqtt, 60, True))) != 0
    for device in let_in:
        stack.observer.wait_for_status(device, "online", connected=True)
        fillers[device].close()
    expect_ends(stack, dict.fromkeys(let_in, ("connection_closed", True)))
    assert real_devices(stack) == {"pump", *let_in} and has_always_been_connected(stack, "pump")


def test_what_never_becomes_a_connection_changes_nothing(stack):
    stack.device("pump")
    whole = connect("pump", V311, 60, True)
    strange = [b"", b"\r\n", whole[:5], whole[:-1], whole[:-1] + b"\xff", whole.replace(b"MQTT", b"QTTM"), disconnect(V311),
               publish("ds/status/pump", b"{}", V311, retain=True), b"\x16\x03\x01" + b"\x00" * 60, b"\xff" * 100,
               bytes([whole[0], 0]), whole[:8] + b"\x63" + whole[9:], whole[:9] + b"\x03" + whole[10:]]  # fmt: skip
    for end in (lambda sock: sock.close(), hang_up_with_rst):
        for data in strange:
            end(dial(stack, data))
    stack.fence()
    assert real_devices(stack) == {"pump"} and has_always_been_connected(stack, "pump")


# 18, 18b: max_keepalive


def limits_of(version):
    """Of max_keepalive; 2.0.11 takes none below 10."""
    return [10] if version == "2.0.11" else [10, 4]


def test_the_keepalive_that_was_agreed_counts_not_the_one_that_was_asked_for(make_stack, broker_version):
    """What the silence was shows in what comes next: the wait of 600 s less floor(1.5 × keepalive) from the notice on."""
    for limit in limits_of(broker_version):
        stack = make_stack(config=f"allow_anonymous true\nmax_keepalive {limit}\n", observer={"keepalive": limit - 1}).start()
        pump = stack.device("pump", version=V5, keepalive=60)
        assert pump.connack_properties["server_keepalive"] == limit
        pump.fall_silent()
        status = stack.observer.wait_for_status("pump", connected=False, timeout=2.5 * limit + SILENT)
        assert (status["cause"], status["graceful"]) == ("keepalive_timeout", False)
        counted = 600 - (seconds_of(status["next"]["at"]) - stack.observer.arrival("pump", connected=False))
        assert abs(counted - limit * 3 // 2) < 1.5, (limit, counted)


def test_the_bridge_stays_below_the_brokers_limit(make_stack, broker_version):
    """Below, for 2.0.21 throws out at random who has agreed to exactly max_keepalive."""
    for limit in [10] if broker_version == "2.0.11" else [10, 6]:
        stack = make_stack(config=f"allow_anonymous true\nmax_keepalive {limit}\n", observer={"keepalive": limit - 1}).start()
        stack.fence(keepalive=limit - 1)
        asked = [int(found) for found in re.findall(r"as rollcall-bridge-[0-9a-f]+ \(p5, c1, k(\d+)", stack.broker.log())]
        assert 0 < asked[-1] < limit, stack.broker.log()
        assert len(asked) == 1 or asked[1:] == [max(5, limit // 2)], "it asks again at most once"
        assert "connection lost" not in stack.bridge.log()


def test_a_limit_that_no_bridge_can_stay_below_is_named(make_stack, broker_version):
    if broker_version == "2.0.11":
        pytest.skip("2.0.11 takes no max_keepalive below 10")
    for limit in (5, 4):
        stack = make_stack(config=f"allow_anonymous true\nmax_keepalive {limit}\n", observer={"keepalive": limit - 1}).start()
        assert stack.bridge.log().count(f"max_keepalive is {limit}: it should be 6 or more") == 1


def test_who_is_refused_for_its_keepalive_is_nobody(make_stack):
    """Mosquitto 2.0.11 lets clients in that can't be told of the limit (before MQTT 5); later ones don't."""
    stack = make_stack(config="allow_anonymous true\nmax_keepalive 10\n", observer={"keepalive": 9}).start()
    greedy = dial(stack, connect("greedy", V311, 60, True))  # kept, so that it stays open
    code = connack_of(greedy)
    if stack.version == "2.0.11":
        assert code == 0
        stack.observer.wait_for_status("greedy", connected=True)
        return
    assert code != 0
    stack.fence(keepalive=9)
    assert real_devices(stack) == set()
    # The broker has closed the older connection by the time it refuses the newer one: nobody is left.
    pump = stack.device("pump", version=V5, keepalive=9)
    assert connack_of(dial(stack, connect("pump", V311, 60, True))) != 0
    pump.wait_closed()
    stack.observer.wait_for_status("pump", connected=False)
    stack.fence(keepalive=9)
    assert [status["connected"] for status in stack.observer.history("pump")] == [True, False]


# 19: gone before it was there


@every_mqtt
def test_a_connect_and_an_rst_at_once_leave_nobody_online(stack, mqtt):
    stack.device("pump", version=mqtt)
    for number in range(10):
        hang_up_with_rst(dial(stack, connect(f"loose-{number}", mqtt, 60, True, WILL)))
    in_one_batch(stack, *[
        lambda n=n: hang_up_with_rst(dial(stack, connect(f"batch-{n}", mqtt, 60, True, WILL))) for n in range(10)
    ])  # fmt: skip
    stack.fence()
    assert all(not status["connected"] for device, status in stack.observer.devices().items() if device != "pump")
    assert has_always_been_connected(stack, "pump")


@every_mqtt
def test_a_connect_and_a_fin_at_once_leave_nobody_online(stack, mqtt):
    in_one_batch(stack, *[lambda n=n: dial(stack, connect(f"batch-{n}", mqtt, 60, True)).close() for n in range(10)])
    stack.fence()
    devices = stack.observer.devices()
    assert all(not status["connected"] and status["cause"] == "connection_closed" for status in devices.values() if
               status["device"].startswith("batch-"))  # fmt: skip


# MQTT 3.1


def test_mqtt_3_1_ends_in_the_same_ways(stack):
    ends = {
        "disconnect": (WILL, lambda client: client.disconnect(), "client_disconnect", True),
        "fin": (None, lambda client: client.close(), "connection_closed", True),
        "fin-will": (WILL, lambda client: client.close(), "connection_closed", False),
        "rst-will": (WILL, lambda client: client.reset(), "connection_closed", False),
        "broken": (None, lambda client: client.send_raw(b"\xf0\x00"), "protocol_error", False),
        "silent": (None, lambda client: client.fall_silent(), "keepalive_timeout", False),
        "an id of more than the 23 characters that 3.1 allows": (None, lambda client: client.disconnect(), "client_disconnect", True),
    }
    for device, (will, end, _, _) in ends.items():
        end(stack.device(device, version=V31, will=will, keepalive=2))
    expect_ends(stack, {device: (cause, graceful) for device, (_, _, cause, graceful) in ends.items()}, timeout=SILENT)
    older = stack.device("pump", version=V31, will=WILL)
    newer = stack.connect("pump", version=V31)
    older.wait_closed()
    stack.fence()
    assert has_always_been_connected(stack, "pump")
    newer.close()
    stack.observer.wait_for_status("pump", connected=False, cause="connection_closed", graceful=True)


# What the broker's own configuration leaves out


def rewrite_config(broker, old, new):
    """Replaces what every broker of these tests has in its configuration."""
    write = broker.write_config

    def rewritten():
        path = write()
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return path

    broker.write_config = rewritten


@pytest.mark.parametrize("old, new", [
    ("connection_messages true", "connection_messages false"), ("log_type notice\n", ""), ("log_type error\n", ""),
], ids=["connection_messages-false", "no-notice", "no-error"])  # fmt: skip
def test_without_the_lines_that_tell_the_cause_none_is_made_up(make_stack, old, new):
    """2.0 tells causes in its log alone: what isn't there is `unknown`, or found out, and never a wrong one."""
    stack = make_stack()
    rewrite_config(stack.broker, old, new)
    stack.start()
    cases = {
        "disconnect": (None, lambda client: client.disconnect(), "client_disconnect", True),
        "disconnect-will": (WILL, lambda client: client.disconnect(), "client_disconnect", True),
        "fin": (None, lambda client: client.close(), "connection_closed", True),
        "fin-will": (WILL, lambda client: client.close(), "connection_closed", False),
        "rst-will": (WILL, lambda client: client.reset(), "connection_closed", False),
    }
    for device, (will, end, _, _) in cases.items():
        end(stack.device(device, will=will))
    for device, (_, _, cause, graceful) in cases.items():
        status = stack.observer.wait_for_status(device, connected=False)
        assert status["cause"] in ((cause, "unknown") if stack.broker.is_2_0 else (cause,)), (device, status)
        assert status["graceful"] is graceful, (device, status)
    older = stack.device("pump", will=WILL)
    stack.connect("pump", will=WILL)
    older.wait_closed()
    stack.fence()
    assert has_always_been_connected(stack, "pump")


# The plugin loaded twice


def plugin_lines(stack):
    lines = stack.broker.config.splitlines(keepends=True)
    return "".join(lines[next(n for n, line in enumerate(lines) if line.startswith("plugin ")):])


def test_the_plugin_loaded_twice_is_one_event_stream(make_stack):
    stack = make_stack()
    stack.broker.config += plugin_lines(stack)
    stack.start()
    spy = stack.tester(username="rollcall", password=BRIDGE_PASSWORD)
    spy.subscribe("$ds/#")
    ends = {"leaves": lambda client: client.disconnect(), "goes": lambda client: client.close(), "dies": lambda client: client.reset()}
    for device, end in ends.items():
        end(stack.device(device, version=V5, will=WILL, username="somebody", password="anything"))
    stack.broker.reload()
    expect_ends(stack, {"leaves": ("client_disconnect", True), "goes": ("connection_closed", False), "dies": ("connection_closed", False)})
    spy.round_trip()
    told = [message.payload for message in spy.messages if b"leaves" in message.payload]
    assert len(told) == 1, told
    assert stack.tester().publish("ds/status/leaves", b"{}", qos=1, retain=True) == 0x87
    stack.broker.reload()
    stack.fence()
    assert stack.broker.stop() == 0


@pytest.mark.parametrize("name, value", [("topic_prefix", "other"), ("broker_name", "other"), ("bridge_username", "other")])
def test_the_plugin_loaded_twice_with_different_options_is_refused(make_stack, name, value):
    stack = make_stack()
    again = [line for line in plugin_lines(stack).splitlines() if f"_{name} " not in line] + [f"plugin_opt_{name} {value}"]
    stack.broker.config += "\n".join(again) + "\n"
    process = stack.broker.launch()
    assert process.wait_for_end(20) != 0
    lines = [line for line in stack.broker.log().splitlines() if "more than once" in line]
    assert len(lines) == 1 and "different options" in lines[0], stack.broker.log()
