# SPDX-License-Identifier: Apache-2.0
"""Devices that come over TLS, with and without certificates: rows of the table in docs/broker-behaviour.md once more."""

import ssl

import pytest

from rollcall_testing.broker import unused_port
from rollcall_testing.certificates import Authority
from rollcall_testing.mqtt import V5, V311, ConnectionLost, Will
from rollcall_testing.packets import publish
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.tls import TlsClient

WILL = Will("wills/pump", b"gone")
SILENT = 15.0  # seconds within which a keepalive of 2 has surely run out: 2.0.11 looks only every 6 s
FORGED = b'{"device":"pump","status":"offline","forged":true}'
every_mqtt = pytest.mark.parametrize("mqtt", [V311, V5], ids=["mqtt311", "mqtt5"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def make_tls_stack(make_stack, authority):
    """make_tls_stack(lines…): a stack whose broker has a second listener, with TLS and these lines; tls(…) comes in by it."""
    made = []

    def make(*lines):
        port = unused_port()
        config = f"allow_anonymous true\nlistener {port} 127.0.0.1\n{authority.listener_lines()}" + "".join(f"{line}\n" for line in lines)
        stack = make_stack(config=config).start()

        def tls(client_id, certificate=None, **options):
            client = TlsClient(port, client_id, context=authority.context(certificate), **options)
            made.append(client)
            return client.connect()

        stack.tls = tls
        return stack

    yield make
    for client in made:
        client.end()


def tls_device(stack, client_id, *certificate, **options):
    client = stack.tls(client_id, *certificate, **options)
    stack.observer.wait_for_status(client_id, "online", connected=True)
    return client


def expect_ends(stack, expected, timeout=10.0):
    told = {device: stack.observer.wait_for_status(device, connected=False, timeout=timeout) for device in expected}
    stack.fence()
    for device, end in expected.items():
        assert stack.observer.status(device) == told[device], "the end of a connection is told once"
        assert (told[device]["cause"], told[device]["graceful"]) == end, (device, told[device])


def real_devices(stack):
    return {device for device in stack.observer.devices() if not device.startswith("fence-")}


@every_mqtt
def test_tls_connections_end_as_others_do(make_tls_stack, mqtt):
    stack = make_tls_stack()
    ends = {
        "disconnect": (None, lambda client: client.disconnect(), "client_disconnect", True),
        "disconnect-will": (WILL, lambda client: client.disconnect(), "client_disconnect", True),
        "goodbye": (None, lambda client: client.say_goodbye(), "connection_closed", True),
        "goodbye-will": (WILL, lambda client: client.say_goodbye(), "connection_closed", False),
        "fin": (None, lambda client: client.close(), "connection_closed", True),
        "fin-will": (WILL, lambda client: client.close(), "connection_closed", False),
        "rst": (None, lambda client: client.reset(), "connection_closed", True),
        "rst-will": (WILL, lambda client: client.reset(), "connection_closed", False),
        "in-the-clear": (None, lambda client: client.send_in_the_clear(b"\xc0\x00" * 40), "connection_closed", True),
        "in-the-clear-will": (WILL, lambda client: client.send_in_the_clear(b"\xc0\x00" * 40), "connection_closed", False),
        "broken": (None, lambda client: client.send_raw(b"\xf0\x00" if mqtt == V311 else b"\x00\x00"), "protocol_error", False),
        "silent": (None, lambda client: client.fall_silent(), "keepalive_timeout", False),
        "silent-will": (WILL, lambda client: client.fall_silent(), "keepalive_timeout", False),
    }
    for device, (will, end, _, _) in ends.items():
        end(tls_device(stack, device, version=mqtt, will=will, keepalive=2))
    expect_ends(stack, {device: (cause, graceful) for device, (_, _, cause, graceful) in ends.items()}, timeout=SILENT)


@every_mqtt
def test_a_device_moves_between_tls_and_plain_tcp(make_tls_stack, mqtt):
    stack = make_tls_stack()
    first = tls_device(stack, "pump", version=mqtt, will=WILL)
    second = stack.connect("pump", version=mqtt, will=WILL)
    first.wait_closed()
    third = stack.tls("pump", version=mqtt)
    second.wait_closed()
    stack.fence()
    history = stack.observer.history("pump")
    assert all(status["connected"] and status["since"] == history[0]["since"] for status in history), history
    third.disconnect()
    expect_ends(stack, {"pump": ("client_disconnect", True)})


def test_handshakes_that_fail_change_nothing(make_tls_stack, authority, tmp_path):
    """Without a certificate, with one that a stranger signed, with a plain CONNECT where TLS is spoken."""
    stack = make_tls_stack("require_certificate true")
    pump = tls_device(stack, "pump", "pump", version=V5)
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    stranger.check_hostname, stranger.verify_mode = False, ssl.CERT_NONE
    other = Authority(tmp_path / "other")
    other.context("pump")
    stranger.load_cert_chain(tmp_path / "other/pump.crt", tmp_path / "other/pump.key")
    port = pump.address[1]
    for client_id in ("pump", "never-here"):
        for context in (authority.context(), stranger):
            with pytest.raises((ConnectionLost, OSError)):
                TlsClient(port, client_id, context=context, version=V5).connect()
        with pytest.raises((ConnectionLost, OSError)):
            plain = stack.client(client_id, version=V5)
            plain.address = ("127.0.0.1", port)
            plain.connect()
    stack.fence()
    assert real_devices(stack) == {"pump"} and pump.is_open
    assert [status["connected"] for status in stack.observer.history("pump")] == [True]


@every_mqtt
@pytest.mark.parametrize("first_word", ["subscribe", "publish"])
def test_who_logs_in_by_certificate_is_online_from_the_first_word_and_its_end_is_told(make_tls_stack, mqtt, first_word):
    """2.0 asks no plugin about such a login: there the first packet is the contact; 2.1 tells of the connect itself."""
    stack = make_tls_stack("require_certificate true", "use_identity_as_username true")
    ends = {"leaves": (lambda client: client.disconnect(), "client_disconnect", True), "goes": (lambda client: client.close(), "connection_closed", True)}
    for device, (end, _, _) in ends.items():
        client = stack.tls(device, "anybody", version=mqtt)
        client.subscribe("some/topic") if first_word == "subscribe" else client.publish("some/topic", b"hello")
        stack.observer.wait_for_status(device, "online", connected=True)
        end(client)
    expect_ends(stack, {device: (cause, graceful) for device, (_, cause, graceful) in ends.items()})


@every_mqtt
def test_a_certificate_named_as_the_bridges_user_makes_nobody_the_bridge(make_tls_stack, mqtt):
    """With the bridge's own password too, and over a reload: being the bridge is to have passed the plugin's check."""
    stack = make_tls_stack("require_certificate true", "use_identity_as_username true")
    stack.device("pump")
    known = len(stack.observer.on("bridge"))
    for password in (None, BRIDGE_PASSWORD):
        name = {} if password is None else {"username": "rollcall", "password": password}
        mallory = stack.tls("test-mallory", "rollcall", version=mqtt, **name)  # the certificate is good: it is let in
        for _ in range(2):
            mallory.subscribe("$ds/#", "$SYS/broker/log/#")
            for topic in ("ds/status/pump", "ds/bridge", "ds/fleet", "ds/timeline/pump", "$CONTROL/rollcall/v1"):
                mallory.send_raw(publish(topic, FORGED, mqtt, 0, True))
            mallory.round_trip()
            stack.broker.reload()
            stack.fence()
            if not mallory.is_open:
                break
        assert not [message for message in mallory.messages if message.topic.startswith("$ds")]
        mallory.end()
    stack.fence()
    assert [status["connected"] for status in stack.observer.history("pump")] == [True]
    assert not [seen for seen in stack.observer.seen if b"forged" in seen.raw]
    assert len(stack.observer.on("bridge")) == known, "the bridge was online all along"
