# SPDX-License-Identifier: Apache-2.0
"""Brokers and links that allow less than usual: what can get through does, and what can't is said once, with the remedy."""

import re
import socket
import threading
import time

import pytest

from rollcall_testing import packets
from rollcall_testing.bridge import Bridge
from rollcall_testing.mqtt import V311
from rollcall_testing.proxy import Proxy

NAMES = [f"pump-{number}" for number in range(40)]


@pytest.fixture
def crowd():
    """crowd(stack, names): a broker with them connected and no bridge yet, so that all they need comes at once."""
    sockets = []

    def gather(stack, names):
        stack.start_broker()
        for name in names:
            sockets.append(socket.create_connection(("127.0.0.1", stack.broker.port), 10))
            sockets[-1].sendall(packets.connect(name, V311, 0, True))
            assert sockets[-1].recv(4) == b"\x20\x02\x00\x00"

    yield gather
    for sock in sockets:
        sock.close()


def wait_for_devices(stack, names, timeout=30):
    stack.observer.wait_until(lambda: set(names) <= set(stack.observer.devices()), lambda: f"statuses of all, not only {sorted(stack.observer.devices())}", timeout)


def lines_of(stack, *words):
    return [line for line in stack.bridge.log().splitlines() if any(word in line for word in words)]


# Limits on the size of a message


@pytest.mark.parametrize(("limit", "devices"), [(1000, 40), (4999, 10)])
def test_requests_shrink_until_they_pass(make_stack, crowd, limit, devices):
    stack = make_stack(config=f"allow_anonymous true\nmessage_size_limit {limit}\n")
    crowd(stack, NAMES[:devices])
    stack.start_bridge()
    wait_for_devices(stack, NAMES[:devices])
    assert len(lines_of(stack, "large requests stay unanswered")) == 1, stack.bridge.log()
    assert "too_large" not in stack.observer.latest("bridge")


def test_a_status_above_message_size_limit_holds_up_nobody_and_is_counted(make_stack, crowd):
    stack = make_stack(config="allow_anonymous true\nmessage_size_limit 1000\n")
    long_name = "x" * 480
    crowd(stack, [long_name, *NAMES])
    stack.start_bridge()
    wait_for_devices(stack, NAMES)
    stack.observer.wait_until(lambda: "too_large" in stack.observer.latest("bridge"), "ds/bridge counting it", 30)
    told = stack.observer.latest("bridge")["too_large"]
    assert told == [{"broker": "main", "setting": "message_size_limit", "needs": told[0]["needs"], "statuses": 1, "rows": told[0]["rows"]}]
    assert told[0]["needs"] > 1000
    assert len(lines_of(stack, "message_size_limit there is too small for some statuses")) == 1, stack.bridge.log()
    stack.fence()


@pytest.mark.parametrize("limit", [300, 400])
def test_what_does_not_fit_into_max_packet_size_is_said_and_counted(make_stack, crowd, limit):
    stack = make_stack(config=f"allow_anonymous true\nmax_packet_size {limit}\n")
    crowd(stack, NAMES[:14])
    stack.start_bridge()
    stack.observer.wait_until(lambda: (stack.observer.latest("bridge") or {}).get("too_large", [{}])[0].get("statuses") == 14, "ds/bridge counting them", 10)
    told = stack.observer.latest("bridge")["too_large"][0]
    assert told["setting"] == "max_packet_size" and told["needs"] > limit
    assert len(lines_of(stack, "max_packet_size there is too small for some statuses")) == 1, stack.bridge.log()
    assert stack.observer.latest("fleet")["connected"] == 14, "what is small enough is published"
    # So many bytes are enough.
    stack.bridge.stop()
    stack.broker.stop()
    stack.broker.config = stack.broker.config.replace(f"max_packet_size {limit}", f"max_packet_size {told['needs']}")
    stack.restart_broker()
    stack.start_bridge()
    stack.device("pump-1")


# Settings that refuse the bridge


@pytest.mark.parametrize(("setting", "words"), [
    ("retain_available false", "Set retain_available true there"),
    ("max_qos 0", "Set max_qos to 1 or more there, or status_qos to 0 in"),
])  # fmt: skip
def test_a_broker_that_refuses_the_bridge_is_told_by_the_setting(make_stack, setting, words):
    stack = make_stack(config=f"allow_anonymous true\n{setting}\n")
    stack.broker.start()
    stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.broker.port}"
    stack.bridge.launch()
    stack.bridge.wait_for_log(re.escape(words))
    wait_for_logins(stack, 3)
    assert len(lines_of(stack, " warning ", " error ")) == 1, stack.bridge.log()


def wait_for_logins(stack, count):
    """The bridge has tried so many times more."""
    offset = len(stack.broker.log())
    deadline = time.monotonic() + 15
    while stack.broker.log()[offset:].count("New connection from") < count:
        assert time.monotonic() < deadline, stack.broker.log()
        time.sleep(0.05)


def test_status_qos_0_is_enough_for_max_qos_0(make_stack):
    stack = make_stack(config="allow_anonymous true\nmax_qos 0\n", bridge={"status_qos": 0})
    stack.start()
    stack.device("pump-1")


def test_a_client_id_of_its_own_lets_the_bridge_in_where_prefixes_are_required(make_stack):
    stack = make_stack(global_config="clientid_prefixes te\n", bridge={"devices": []})
    stack.broker.start()
    stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.broker.port}"
    stack.bridge.launch()
    stack.bridge.wait_for_log(r"login of user .* refused .*clientid_prefixes .*brokers\[\]\.client_id .*\"rollcall-bridge-[0-9a-f]{16}\"")
    assert len(lines_of(stack, " warning ", " error ")) == 1, stack.bridge.log()
    stack.bridge.stop()
    stack.bridge.config["brokers"][0]["client_id"] = "te-bridge"
    stack.observe()
    stack.start_bridge()
    assert " as te-bridge (" in stack.broker.log()


# Brokers where no plugin answers, or where one answers twice


def test_a_broker_without_the_plugin_is_told_in_one_line(make_broker, makers):
    broker = make_broker()
    bridge = makers.keep(Bridge(makers.next_folder("bridge"), {"brokers": [{"uri": f"mqtt://127.0.0.1:{broker.port}"}]}))
    bridge.launch()
    bridge.wait_for_log("no answer from the Rollcall plugin", 20)
    # It has tried on another link since.
    deadline = time.monotonic() + 30
    while broker.log().count(" as rollcall-bridge-") < 2:
        assert time.monotonic() < deadline, broker.log()
        time.sleep(0.1)
    time.sleep(1)  # a line about it would be there by now
    lines = [line.split(" ", 2)[1:] for line in bridge.log().splitlines()]
    assert [level for level, _ in lines] == ["info", "info", "info", "error"], bridge.log()


def test_two_entries_that_lead_to_one_broker_are_served_as_one(make_stack):
    stack = make_stack()
    stack.start_broker()
    proxy = Proxy(stack.broker.port)
    try:
        first = stack.bridge.config["brokers"][0]
        stack.bridge.config["brokers"].append({**first, "name": "again", "uri": f"mqtt://127.0.0.1:{proxy.port}"})
        stack.start_bridge()
        stack.bridge.wait_for_log(r"error brokers \"main\" \(.*\) and \"again\" \(.*\) are one and the same broker: this bridge serves it as \"main\" only")
        device = stack.device("pump-1")
        offset, connects = len(stack.bridge.log()), len(stack.broker.log())
        for number in range(5):
            stack.fence()
        device.disconnect()
        stack.observer.wait_for_status("pump-1", connected=False)
        assert len(lines_of(stack, "one and the same broker")) == 1
        assert stack.broker.log()[connects:].count(" as rollcall-bridge-") <= 1, "they don't throw each other out"
        assert "connection lost" not in stack.bridge.log()[offset:]
    finally:
        proxy.end()


# A slow link


class SlowProxy:
    """Passes on so many bytes a second in each direction, and keeps hardly any."""

    def __init__(self, target_port, bytes_a_second):
        self.target_port, self.rate = target_port, bytes_a_second
        self._listener = self._small(socket.socket())
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        self._is_ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self):
        self._is_ended = True
        self._listener.close()

    @staticmethod
    def _small(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        return sock

    def _accept(self):
        while not self._is_ended:
            try:
                client, _ = self._listener.accept()
                broker = self._small(socket.socket())
                broker.connect(("127.0.0.1", self.target_port))
            except OSError:
                return
            for pair in ((client, broker), (broker, client)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source, sink):
        try:
            while not self._is_ended and (data := source.recv(max(1, self.rate // 20))):
                sink.sendall(data)
                time.sleep(len(data) / self.rate)
        except OSError:
            pass
        for sock in (source, sink):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def test_a_slow_link_is_no_plugin_that_does_not_answer(make_stack, crowd):
    stack = make_stack()
    names = [f"pump-{number}" for number in range(150)]
    crowd(stack, names)
    proxy = SlowProxy(stack.broker.port, 6000)
    try:
        stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{proxy.port}"
        stack.bridge.launch()
        wait_for_devices(stack, names, 120)
        assert not lines_of(stack, " warning ", " error "), stack.bridge.log()
    finally:
        proxy.end()
