# SPDX-License-Identifier: Apache-2.0
"""The bridge's own connections to brokers: TLS, websockets, and what a broker or a network may do to them."""

import re
import socket
import threading

import pytest

from rollcall_testing.bridge import Bridge, run_rollcall
from rollcall_testing.broker import Broker, unused_port
from rollcall_testing.certificates import Authority
from rollcall_testing.crowd import Crowd
from rollcall_testing.mqtt import V5
from rollcall_testing.observer import Observer
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.waiting import wait_for


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def make_link(make_stack):
    """make_link(uri, tls=…, listener=…): a stack with a broker that has another listener with these lines, {port} of it
    in the bridge's uri; the bridge isn't started yet."""

    def make(uri, *, listener="", tls=None, **options):
        port = unused_port()
        stack = make_stack(config=f"allow_anonymous true\nlistener {port} 127.0.0.1\n{listener}", **options)
        stack.start_broker()
        entry = stack.bridge.config["brokers"][0]
        entry["uri"] = uri.format(port=port)
        if tls is not None:
            entry["tls"] = tls
        return stack

    return make


def serves(stack):
    """The bridge is online, and what it has to say of a few hundred devices arrives: packets of many sizes."""
    crowd = Crowd(stack.broker.port)
    names = [f"pump-{number}" for number in range(300)]
    try:
        crowd.connect(names)
        stack.start_bridge()
        stack.observer.wait_until(lambda: set(names) <= set(stack.observer.devices()), "statuses of all", 20)
        stack.device("another").disconnect()
        stack.observer.wait_for_status("another", connected=False)
    finally:
        crowd.vanish()
    stack.observer.wait_until(lambda: not any(stack.observer.status(name)["connected"] for name in names), "the ends of all", 20)


def says_unreachable(stack, words):
    """And goes on trying. It says so once."""
    stack.bridge.launch()
    stack.bridge.wait_for_log(r"unreachable \(" + words)
    logins = stack.broker.log().count("New connection from")
    wait_for(lambda: stack.broker.log().count("New connection from") > logins + 2, "further attempts", 15)
    assert len(re.findall(words, stack.bridge.log())) == 1, stack.bridge.log()


# TLS


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_tls_with_an_authority_of_ones_own(make_link, authority, host):
    serves(make_link("mqtts://" + host + ":{port}", listener=authority.listener_lines(), tls={"ca_file": str(authority.folder / "ca.crt")}))


def test_a_certificate_of_another_authority_is_refused_unless_told_otherwise(make_link, authority):
    stack = make_link("mqtts://localhost:{port}", listener=authority.listener_lines())  # the system's authorities
    says_unreachable(stack, "its certificate: (self-signed certificate in certificate chain|unable to get local issuer certificate)")
    stack.bridge.stop()
    stack.bridge.config["brokers"][0]["tls"] = {"verify": False}
    serves(stack)
    assert "brokers[0].tls.verify: is false" in stack.bridge.log()


def test_a_certificate_that_has_expired_is_refused(make_link, authority):
    authority.sign("old", expired=True)
    stack = make_link("mqtts://localhost:{port}", listener=authority.listener_lines("old"), tls={"ca_file": str(authority.folder / "ca.crt")})
    says_unreachable(stack, "its certificate: certificate has expired")


def test_a_certificate_of_another_host_is_refused(make_link, authority):
    authority.sign("other", "broker.example")
    stack = make_link("mqtts://localhost:{port}", listener=authority.listener_lines("other"), tls={"ca_file": str(authority.folder / "ca.crt")})
    says_unreachable(stack, "its certificate: hostname mismatch")


def test_a_broker_that_wants_a_certificate_gets_it(make_link, authority):
    authority.sign("bridge", "bridge")
    listener = authority.listener_lines() + "require_certificate true\n"
    tls = {"ca_file": str(authority.folder / "ca.crt")}
    stack = make_link("mqtts://localhost:{port}", listener=listener, tls=tls)
    says_unreachable(stack, "TLS: .*certificate required|TLS: .*handshake failure")
    stack.bridge.stop()
    tls["certificate_file"] = str(authority.folder / "bridge.crt")
    tls["key_file"] = str(authority.folder / "bridge.key")
    serves(stack)


def test_what_speaks_no_tls_is_said_to(make_link):
    stack = make_link("mqtts://localhost:{port}")
    stack.bridge.launch()
    stack.bridge.wait_for_log(r"unreachable \(.*TLS")


def test_files_that_are_of_no_use_are_named_with_their_place(tmp_path, authority):
    authority.sign("bridge", "bridge")
    (tmp_path / "empty").write_text("")
    pem = {name: str(authority.folder / name) for name in ["ca.crt", "bridge.crt", "bridge.key", "server.key"]}
    for tls, words in [
        ({"ca_file": "missing.crt"}, r"brokers\[0\]\.tls\.ca_file: .*missing\.crt: No such file or directory"),
        ({"ca_file": "."}, r"brokers\[0\]\.tls\.ca_file: .* is not a file"),
        ({"ca_file": "empty"}, r"brokers\[0\]\.tls\.ca_file: .*empty: holds no certificates in PEM"),
        ({"certificate_file": "empty"}, r"brokers\[0\]\.tls\.certificate_file: .*empty: holds no certificate in PEM"),
        ({"certificate_file": pem["bridge.crt"]}, r"brokers\[0\]\.tls\.certificate_file: .*bridge\.crt: holds no key in PEM"),
        ({"certificate_file": pem["bridge.crt"], "key_file": "missing.key"}, r"brokers\[0\]\.tls\.key_file: .*missing\.key: No such file"),
        ({"certificate_file": pem["bridge.crt"], "key_file": pem["server.key"]}, r"brokers\[0\]\.tls\.key_file: .*server\.key: is not the certificate's key"),
    ]:  # fmt: skip
        bridge = Bridge(tmp_path, {"brokers": [{"uri": "mqtts://localhost", "tls": tls}]})
        bridge.launch()
        wait_for(lambda: not bridge.process.is_running, "the bridge's end", 10)
        assert bridge.process.exit_code == 78
        assert re.search(r"rollcall\.json:\d+:\d+: " + words, bridge.log()), bridge.log()
        assert re.search(words, run_rollcall("check", "-c", bridge.config_path).stderr)


def test_a_file_that_is_spoilt_while_the_bridge_runs_is_named(make_link, authority, tmp_path):
    authority.sign("bridge", "bridge")
    key, text = tmp_path / "bridge.key", (authority.folder / "bridge.key").read_text()
    key.write_text(text)
    tls = {"ca_file": str(authority.folder / "ca.crt"), "certificate_file": str(authority.folder / "bridge.crt"), "key_file": str(key)}
    stack = make_link("mqtts://localhost:{port}", listener=authority.listener_lines() + "require_certificate true\n", tls=tls)
    stack.start_bridge()
    key.write_text("")
    stack.broker.kill()
    stack.bridge.wait_for_log(re.escape(f"unreachable ({key}: holds no key in PEM"))
    key.write_text(text)
    offset = len(stack.bridge.log())
    stack.restart_broker()
    stack.bridge.wait_for_log("connected", offset=offset)


# Websockets


@pytest.mark.parametrize("path", ["", "/", "/some/where"])
def test_websockets(make_link, path):
    serves(make_link("ws://localhost:{port}" + path, listener="protocol websockets\n"))


def test_websockets_over_tls(make_link, authority):
    tls = {"ca_file": str(authority.folder / "ca.crt")}
    serves(make_link("wss://localhost:{port}", listener="protocol websockets\n" + authority.listener_lines(), tls=tls))


# Brokers and networks


class FakeBroker:
    """Reads the CONNECT of whoever comes and answers with these bytes; then it is silent. `logins` counts."""

    def __init__(self, answer, then_close=False):
        self.answer, self.then_close, self.logins = answer, then_close, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            client.settimeout(5)
            try:
                if not client.recv(4096):
                    continue
                self.logins += 1
                client.sendall(self.answer)
            except OSError:
                continue
            if self.then_close:
                client.close()

    def end(self):
        self._listener.close()
        for client in self._sockets:
            client.close()


LET_IN = b"\x20\x03\x00\x00\x00"


@pytest.fixture
def fake_broker(makers):
    """fake_broker(answer): (the fake broker, a bridge that connects to it)."""

    def make(answer, **options):
        broker = FakeBroker(answer, **options)
        makers.made.append(broker)
        bridge = makers.keep(Bridge(makers.next_folder("bridge"), {"brokers": [{"uri": f"mqtt://127.0.0.1:{broker.port}"}]}))
        bridge.launch()
        return broker, bridge

    return make


@pytest.mark.parametrize(("reason", "words"), [
    (0x8E, "Session taken over"),
    (0x98, "Administrative action"),
    (0x8B, "Server shutting down"),
    (0xF0, "reason 0xF0"),
])  # fmt: skip
def test_a_broker_that_ends_the_connection_is_told_with_its_reason(fake_broker, reason, words):
    broker, bridge = fake_broker(LET_IN + bytes([0xE0, 2, reason, 0]))
    bridge.wait_for_log(re.escape(f"connection lost ({words}); retrying in "))
    wait_for(lambda: broker.logins > 2, "further attempts", 10)


def test_a_broker_that_closes_the_connection(fake_broker):
    broker, bridge = fake_broker(LET_IN, then_close=True)
    bridge.wait_for_log(re.escape("connection lost (closed without a reason); retrying in "))
    wait_for(lambda: broker.logins > 2, "further attempts", 10)


def test_a_broker_that_answers_nothing(fake_broker):
    broker, bridge = fake_broker(b"")
    bridge.wait_for_log(re.escape("unreachable (no answer)"), 15)
    wait_for(lambda: broker.logins > 1, "another attempt", 15)


def test_a_broker_that_answers_no_ping(fake_broker):
    """Nor anything else: the connection is made anew, and the one that hangs doesn't hold up the bridge's end."""
    broker, bridge = fake_broker(LET_IN)
    wait_for(lambda: broker.logins > 1, "another attempt", 30)
    assert bridge.stop() == 0


@pytest.mark.parametrize(("code", "words"), [(0x87, "login of user .* refused"), (0x9A, "Set retain_available true"), (0x88, "unreachable .Server unavailable")])
def test_a_broker_that_lets_nobody_in_says_why(fake_broker, code, words):
    broker, bridge = fake_broker(bytes([0x20, 3, 0, code, 0]))
    bridge.wait_for_log(words)
    wait_for(lambda: broker.logins > 1, "another attempt", 10)


def test_nobody_listens(makers):
    bridge = makers.keep(Bridge(makers.next_folder("bridge"), {"brokers": [{"uri": f"mqtt://127.0.0.1:{unused_port()}"}]}))
    bridge.launch()
    bridge.wait_for_log(re.escape("unreachable (Connection refused)"))


def test_a_name_that_nobody_knows_holds_up_no_other_broker(stack):
    stack.bridge.stop()
    for scheme in ("mqtt", "mqtts", "ws"):
        stack.bridge.config["brokers"].append({"name": scheme, "uri": f"{scheme}://no-such-host.invalid"})
    stack.start_bridge()
    device = stack.device("pump")
    stack.bridge.wait_for_log(r'"mqtts" at no-such-host.invalid:8883: unreachable \((Name or service not known|Temporary failure in name resolution)\)', 40)
    device.disconnect()
    stack.observer.wait_for_status("pump", connected=False)


def test_another_client_takes_the_bridges_id(stack):
    stack.bridge.stop()
    stack.bridge.config["brokers"][0]["client_id"] = "the-bridge"
    stack.start_bridge()
    offset = len(stack.bridge.log())
    stack.connect("the-bridge", version=V5, username="rollcall", password=BRIDGE_PASSWORD)
    reason = "closed without a reason" if stack.version == "2.0.11" else "Session taken over"  # 2.0.11 only closes it
    stack.bridge.wait_for_log(re.escape(f"connection lost ({reason}); retrying in "), offset=offset)
    stack.bridge.wait_for_log("connected", offset=offset)
    stack.fence()


def test_the_last_word_of_a_bridge_arrives(stack):
    assert stack.bridge.stop() == 0
    stack.observer.wait_until(lambda: stack.observer.latest("bridge")["online"] is False, "the bridge's last word")


def test_many_brokers_at_once(makers, make_stack):
    stack = make_stack()
    stack.start_broker()
    others = []
    for number in range(5):
        broker = makers.keep(Broker(makers.version, makers.next_folder("other"), stack.broker.config)).start()
        others.append(broker)
        stack.bridge.config["brokers"].append({**stack.bridge.config["brokers"][0], "name": f"other-{number}",
                                               "uri": f"mqtt://127.0.0.1:{broker.port}"})  # fmt: skip
    stack.start_bridge()
    observers = [stack.observer] + [Observer(stack.client_at(broker, f"test-at-{broker.port}", version=V5)) for broker in others]
    devices = [stack.connect("at-0")] + [stack.client_at(broker, f"at-{number}") for number, broker in enumerate(others, 1)]
    for observer in observers:
        for number in range(len(observers)):
            observer.wait_for_status(f"at-{number}", "online", connected=True)
    others[2].kill()
    others[2].start()
    devices[0].disconnect()
    for observer in observers[:3] + observers[4:]:
        observer.wait_for_status("at-0", connected=False)


def test_proxies_of_the_web_are_none_for_brokers(stack, monkeypatch):
    stack.bridge.stop()
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    stack.start_bridge()
    stack.device("pump")
