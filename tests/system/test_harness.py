# SPDX-License-Identifier: Apache-2.0
"""The tests' own client against a broker with nothing of ours: each way to end a connection is what it says it is.

If one of these fails, don't believe the others.
"""

import re

import pytest

from rollcall_testing.broker import password_line
from rollcall_testing.mqtt import V5, V31, V311, Client, ConnectionLost, Refused, Will, visit
from rollcall_testing.sanitizers import ours
from rollcall_testing.waiting import wait_for


@pytest.fixture
def broker(make_broker):
    return make_broker()


def wait_for_client_log(broker, client_id, text, timeout=5.0):
    """`text` as 2.0 has it; 2.1 writes the address behind the client id, and some endings in other words."""
    words_of_2_1 = {"closed its connection.": "disconnected: connection closed by client.",
                    "has exceeded timeout": "disconnected: exceeded timeout"}  # fmt: skip
    texts = "|".join(re.escape(words) for words in (text, words_of_2_1.get(text, text)))
    line = re.compile(rf"Client {client_id}( \[.*\])? ({texts})")
    wait_for(lambda: line.search(broker.log()), lambda: f"{line.pattern} in the log:\n{broker.log()}", timeout)


@pytest.fixture
def listener(broker):
    client = Client(broker.port, "listener", version=V5).connect()
    client.subscribe("wills/#")
    return client


def will_came(listener, topic):
    listener.round_trip()
    return any(message.topic == topic for message in listener.messages)


def test_the_broker_is_the_version_that_was_asked_for(broker):
    assert f"mosquitto version {broker.version}" in broker.log()


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_messages_go_through_in_every_version_of_mqtt(broker, version):
    reader = Client(broker.port, "reader", version=version).connect()
    assert reader.subscribe("a/#", qos=1) == [1]
    writer = Client(broker.port, "writer", version=version).connect()
    assert writer.publish("a/b", b"one", qos=1) == 0
    writer.publish("a/c", "zwei")
    assert reader.wait_for_message("a/b").payload == b"one"
    assert reader.wait_for_message("a/c").payload == b"zwei"


def test_disconnect_discards_the_will(broker, listener):
    Client(broker.port, "x", will=Will("wills/x")).connect().disconnect()
    wait_for_client_log(broker, "x", "disconnected.")
    assert not will_came(listener, "wills/x")


def test_disconnect_with_reason_4_sends_the_will(broker, listener):
    Client(broker.port, "x", version=V5, will=Will("wills/x")).connect().disconnect(reason=4)
    wait_for_client_log(broker, "x", "disconnected.")
    listener.wait_for_message("wills/x")


def test_fin_sends_the_will(broker, listener):
    Client(broker.port, "x", will=Will("wills/x")).connect().close()
    listener.wait_for_message("wills/x")
    wait_for_client_log(broker, "x", "closed its connection.")


def test_rst_sends_the_will(broker, listener):
    Client(broker.port, "x", will=Will("wills/x")).connect().reset()
    listener.wait_for_message("wills/x")
    assert not re.search(r"Client x\b.* disconnected\.", broker.log())


def test_a_silent_client_exceeds_its_keepalive_and_a_pinging_one_does_not(broker):
    silent, pinging = (Client(broker.port, name, keepalive=2).connect() for name in ("silent", "pinging"))
    silent.fall_silent()
    silent.wait_closed(timeout=11)
    wait_for_client_log(broker, "silent", "has exceeded timeout")
    assert pinging.is_open


def test_a_bad_packet_ends_the_connection(broker):
    client = Client(broker.port, "x").connect()
    client.send_raw(b"\xf0\x00")
    client.wait_closed()


def test_a_takeover_closes_the_older_connection(broker):
    older = Client(broker.port, "x").connect()
    newer = Client(broker.port, "x").connect()
    older.wait_closed()
    assert newer.is_open


def test_a_session_is_kept_when_asked_for(broker):
    Client(broker.port, "x", clean=False).connect().disconnect()
    wait_for_client_log(broker, "x", "disconnected.")
    again = Client(broker.port, "x", clean=False).connect()
    assert again.session_present


def test_a_wrong_password_is_refused(make_broker, tmp_path):
    (tmp_path / "passwords").write_text(password_line("device", "right"))
    broker = make_broker(f"allow_anonymous false\npassword_file {tmp_path}/passwords\n")
    Client(broker.port, "x", username="device", password="right").connect()
    with pytest.raises(Refused) as refused:
        Client(broker.port, "x", username="device", password="wrong").connect()
    assert refused.value.code == 5
    with pytest.raises(Refused) as refused:
        Client(broker.port, "x", version=V5, username="device", password="wrong").connect()
    assert refused.value.code == 0x87


def test_a_broker_stops_is_killed_and_starts_again_on_its_port(broker):
    client = Client(broker.port, "x").connect()
    assert broker.stop() == 0
    client.wait_closed()
    with pytest.raises((OSError, ConnectionLost)):
        Client(broker.port, "x").connect()
    broker.start()
    broker.kill()
    broker.start()
    Client(broker.port, "x").connect()


def test_a_broker_reads_its_configuration_again(broker):
    broker.reload()
    Client(broker.port, "x").connect()


def test_a_thousand_visits_leave_nobody_behind(broker):
    for number in range(1000):
        visit(broker.port, f"visitor-{number}")
    wait_for_client_log(broker, "visitor-999", "disconnected.")


@pytest.mark.parametrize(
    ("frames", "is_ours"),
    [
        (["malloc f.c:1 (libasan.so+0x1)", "new f.c:1 (ld-linux-x86-64.so.2+0x2) (BuildId: 1)", "is_plugin p.cpp:3 (mosquitto_rollcall.so+0x3)"], False),
        (["malloc f.c:1 (libasan.so+0x1)", "new f.c:1 (ld-linux-x86-64.so.2+0x2)", "a::is_plugin(char*) p.cpp:3 (mosquitto_rollcall.so+0x3)"], False),
        (["malloc f.c:1 (libasan.so+0x1)", "new f.c:1 (ld-linux-x86-64.so.2+0x2)", "load p.cpp:3 (mosquitto_rollcall.so+0x3)"], True),
        (["malloc f.c:1 (libasan.so+0x1)", "is_plugin p.cpp:3 (mosquitto_rollcall.so+0x3) (BuildId: 1)"], True),
        (["malloc f.c:1 (libasan.so+0x1)", "SSL_new f.c:1 (libssl.so.3+0x2)"], False),
        (["malloc f.c:1 (libasan.so+0x1)", "MQTTAsync_send f.c:1 (libpaho-mqtt3as.so.1+0x2)", "publish l.cpp:3 (rollcall+0x3)"], False),
        (["malloc f.c:1 (libasan.so+0x1)", "start <null> (<unknown module>)"], True),
    ],
)
def test_a_leak_is_ours_if_our_code_is_in_its_stack_and_is_not_the_loaders(frames, is_ours):
    lines = [f"    #{number} {frame}" for number, frame in enumerate(frames)]
    report = "\n".join(["Direct leak of 8 byte(s) in 1 object(s) allocated from:", *lines])
    assert bool(ours(report)) == is_ours
