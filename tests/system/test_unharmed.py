# SPDX-License-Identifier: Apache-2.0
"""A broker with the plugin answers as one without it: the same questions to both, the answers side by side.

One pair of brokers for each configuration, nothing of Rollcall but the plugin beside it. Every login is tried with every
MQTT version; whoever gets in reads (retained, live, queued, shared), writes and leaves wills, before a SIGHUP and
after it. Left aside is what Rollcall reserves: its topics and the bridge's user name.
"""

import base64
import urllib.error
import urllib.request
from functools import partial

import pytest

from rollcall_testing.asker import Asker
from rollcall_testing.bridge import plugin_path
from rollcall_testing.broker import Broker, password_line, unused_port
from rollcall_testing.certificates import Authority
from rollcall_testing.mqtt import V5, V31, V311, Will
from rollcall_testing.plugins import PLUGINS_OF_MOSQUITTO, dynamic_security, plugin_of_mosquitto
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.waiting import NeverHappened

NEVER = 0xFFFFFFFF  # any other expiry makes 2.0.21 trip over an assertion of its own when a SIGHUP refuses who is away
VERSIONS = {V31: "MQTT 3.1", V311: "MQTT 3.1.1", V5: "MQTT 5"}

LOGINS = {
    "anonymous": {},
    "alice": {"username": "alice", "password": "secret"},
    "alice with a wrong password": {"username": "alice", "password": "wrong"},
    "alice without a password": {"username": "alice"},
    "bob, whom nobody knows": {"username": "bob", "password": "b"},
    "the empty name": {"username": "", "password": ""},
    "the empty name without a password": {"username": ""},
}
# Names of certificates, and what else is said with them; None shows no certificate.
CERTIFICATE_LOGINS = {
    "alice's certificate": ("alice", {}),
    "alice's certificate and another name": ("alice", {"username": "bob", "password": "b"}),
    "bob's certificate": ("bob", {}),
    "no certificate": (None, {}),
    "no certificate, but a name": (None, LOGINS["alice"]),
}
WITNESS = {"username": "test", "password": "test"}  # may do everything wherever names count

TOPICS = ["alice/x", "public/x", "drop/x", "other/x", "own/asker/x", "own/somebody/x", "ds/other", "dsx/status/pump", "$other/x"]
FILTERS = [*TOPICS, "#", "+/x", "alice/#", "public/#", "ds/#", "$other/#", "$SYS/broker/version", "$SYS/broker/log/N"]
FORBIDDEN_TOPICS = ["$SYS/broker/forged", "$CONTROL/other/v1", "$CONTROL/dynamic-security/v1"]
SHARED = ["$share/g/alice/x", "$share/g/public/#", "$share/g/other/x", "$share/g/#", "$share/g/$other/#"]
WILLS = ["alice/x", "other/x", "$SYS/broker/forged"]
QUEUED = ["alice/x", "public/x", "other/x", "own/asker/x"]

ACL = """topic read public/#
user alice
topic readwrite alice/#
topic read public/#
topic write drop/#
topic read ds/#
user test
topic readwrite #
topic readwrite $other/#
pattern readwrite own/%c/#
"""
ACL_AFTER_A_CHANGE = ACL.replace("topic readwrite alice/#\n", "topic read alice/#\n").replace("topic read public/#\nuser", "user")


# Configurations: lines of mosquitto.conf, in which <plugin> stands where the plugin's lines come

PASSWORDS, ACL_FILE = "password_file {folder}/passwords\n", "acl_file {folder}/acl\n"
OPEN, CLOSED = "allow_anonymous true\n", "allow_anonymous false\n"
DYNSEC = "plugin <dynamic_security>\nplugin_opt_config_file {folder}/dynsec.json\n"
PASSWORD_PLUGIN = "plugin <password_file>\nplugin_opt_password_file {folder}/passwords\n"
ACL_PLUGIN = "plugin <acl_file>\nplugin_opt_acl_file {folder}/acl\n"
SECOND, THIRD = "listener <second> 127.0.0.1\n", "listener <third> 127.0.0.1\n"
TLS = SECOND + "<tls>require_certificate true\n"
TLS_OPTIONAL = SECOND + "<tls>require_certificate false\n"


def per_listener(*with_plugin):
    """Three listeners, each with rules of its own: the numbers are of those with the plugin."""
    first, second, third = ("<plugin>" if number in with_plugin else "" for number in (1, 2, 3))
    return OPEN + first + SECOND + CLOSED + PASSWORDS + second + THIRD + OPEN + ACL_FILE + third


CONFIGS = {
    "nothing": "<plugin>",
    "open": OPEN + "<plugin>",
    "closed": CLOSED + "<plugin>",
    "passwords": CLOSED + PASSWORDS + "<plugin>",
    "passwords-open": OPEN + PASSWORDS + "<plugin>",
    "acl": "<plugin>" + OPEN + ACL_FILE,
    "acl-closed": CLOSED + ACL_FILE + "<plugin>",
    "both": CLOSED + PASSWORDS + ACL_FILE + "<plugin>",
    "both-open": "<plugin>" + OPEN + PASSWORDS + ACL_FILE,
    "listener-1": per_listener(1),
    "listener-2": per_listener(2),
    "listener-3": per_listener(3),
    "listeners-2-and-3": per_listener(2, 3),
    "all-listeners": per_listener(1, 2, 3),
    "before-dynamic-security": CLOSED + "<plugin>" + DYNSEC,
    "after-dynamic-security": CLOSED + DYNSEC + "<plugin>",
    "before-dynamic-security-open": OPEN + "<plugin>" + DYNSEC,
    "after-dynamic-security-open": OPEN + DYNSEC + "<plugin>",
    "dynamic-security-and-files": OPEN + PASSWORDS + ACL_FILE + "<plugin>" + DYNSEC,
    "before-plugins-for-files": OPEN + "<plugin>" + PASSWORD_PLUGIN + ACL_PLUGIN,
    "after-plugins-for-files": OPEN + PASSWORD_PLUGIN + ACL_PLUGIN + "<plugin>",
    "between-plugins-for-files": CLOSED + PASSWORD_PLUGIN + "<plugin>" + ACL_PLUGIN,
    "global": CLOSED + PASSWORDS + "<global_plugin>" + SECOND + THIRD + OPEN + ACL_FILE,
    "used-on-two-listeners": "<plugin_load>" + OPEN + "<plugin_use>" + SECOND + CLOSED + PASSWORDS + "<plugin_use>" + THIRD + OPEN,
    "certificates": OPEN + "<plugin>" + TLS + "use_identity_as_username true\n",
    "certificates-closed": CLOSED + "<plugin>" + TLS + "use_identity_as_username true\n",
    "certificates-optional": OPEN + "<plugin>" + TLS_OPTIONAL + "use_identity_as_username true\n",
    "certificates-both": CLOSED + PASSWORDS + ACL_FILE + "<plugin>" + TLS + "use_identity_as_username true\n",
    "certificates-as-subject": OPEN + ACL_FILE + "<plugin>" + TLS + "use_subject_as_username true\n",
    "certificates-no-names": CLOSED + PASSWORDS + "<plugin>" + TLS,
    "certificates-before-dynamic-security": CLOSED + "<plugin>" + DYNSEC + TLS + "use_identity_as_username true\n",
}


class AskedBroker(Broker):
    """With up to two listeners more, whose ports are drawn along with the first."""

    second = third = drawn_with = None

    def write_config(self):
        if self.drawn_with != self.port:
            self.second, self.third = (self._draw({self.port}), None)
            self.third = self._draw({self.port, self.second})
            self.drawn_with = self.port
        template = self.config
        self.config = template.replace("<second>", str(self.second)).replace("<third>", str(self.third))
        try:
            return super().write_config()
        finally:
            self.config = template

    @staticmethod
    def _draw(taken):
        while (port := unused_port()) in taken:
            pass
        return port


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def make_asked_broker(makers, authority, config, *, with_plugin):
    folder = makers.next_folder("with" if with_plugin else "without")
    folder.mkdir(parents=True)
    (folder / "passwords").write_text(password_line("alice", "secret") + password_line("test", "test"))
    (folder / "acl").write_text(ACL)
    (folder / "dynsec.json").write_text(dynamic_security(lets_anonymous_in=OPEN in config))
    (folder / "bridge.password").write_text(BRIDGE_PASSWORD + "\n")
    (folder / "bridge.password").chmod(0o600)
    options = f"plugin_opt_bridge_password_file {folder}/bridge.password\n"
    text = config.replace("<tls>", authority.listener_lines())
    for mark, lines in {
        "<plugin>": f"plugin {plugin_path()}\n{options}", "<global_plugin>": f"global_plugin {plugin_path()}\n{options}",
        "<plugin_load>": f"plugin_load ours {plugin_path()}\n{options}", "<plugin_use>": "plugin_use ours\n",
    }.items():  # fmt: skip
        text = text.replace(mark, lines if with_plugin else "")
    for name in PLUGINS_OF_MOSQUITTO:
        text = text.replace(f"<{name}>", str(plugin_of_mosquitto(makers.version, name)))
    per_listener = "per_listener_settings true\n" if THIRD in config else ""
    broker = AskedBroker(makers.version, folder, text, global_config=per_listener, log_topic=False)
    return makers.keep(broker).start()


# Questions


class Questions:
    """To one broker; `answers` is what it says, by (phase, listener, login, MQTT version, question)."""

    def __init__(self, broker, config, authority):
        self.broker, self.answers, self.phase = broker, {}, "at first"
        if SECOND in config and THIRD not in config:
            self.logins = [
                ("second", name, {"port": broker.second, "tls": authority.context(certificate), **options})
                for name, (certificate, options) in CERTIFICATE_LOGINS.items()
            ]
        else:
            ports = {"first": broker.port, **({"second": broker.second, "third": broker.third} if THIRD in config else {})}
            self.logins = [
                (listener, name, {"port": port, **options})
                for listener, port in ports.items() for name, options in LOGINS.items()
            ]  # fmt: skip
        self.stayers = []

    def begin(self, phase):
        self.phase = phase
        self.witness = Asker(self.broker.port, "witness", V5, **WITNESS)
        self.answers[phase, "witness"] = self.witness.answer
        self.witness.subscribe("#", "$other/#")

    def end(self):
        self.witness.leave()

    def note(self, who, question, answer):
        # In which order they come isn't asked here.
        self.answers[(*who, question)] = sorted(answer, key=repr)

    def ask_everybody(self, question, versions):
        for listener, name, options in self.logins:
            for version in versions:
                question((self.phase, listener, name, VERSIONS[version]), {"version": version, **options})

    def ask_in_short(self, who, options):
        note, witness = partial(self.note, who), self.witness
        witness.publish(TOPICS, b"kept", retain=True)
        asker = Asker(client_id="asker", **options)
        note("connect", asker.answer)
        if asker.is_open:
            note("subscribe, and read what is retained", asker.subscribe(*FILTERS))
            witness.look()
            note("publish", asker.publish([*TOPICS, *FORBIDDEN_TOPICS], b"by the asker", qos=1))
            note("what others got", witness.look())
            asker.leave()

    def ask_all(self, who, options):
        note, witness = partial(self.note, who), self.witness
        witness.publish(TOPICS, b"kept", retain=True)
        asker = Asker(client_id="asker", **options)
        note("connect", asker.answer)
        if not asker.is_open:
            return
        note("subscribe, and read what is retained", asker.subscribe(*FILTERS))
        witness.look()
        for qos in (0, 1, 2):
            note(f"publish at QoS {qos}", asker.publish([*TOPICS, *FORBIDDEN_TOPICS], b"by the asker", qos=qos))
            note(f"what others got of QoS {qos}", witness.look())
        witness.publish(TOPICS, b"live")
        note("read what others publish", asker.look())
        note("unsubscribe", asker.unsubscribe(*FILTERS))
        note("publish retained", asker.publish(TOPICS, b"by the asker", qos=1, retain=True))
        note("what is retained then", witness.subscribe("#", "$other/#"))
        note("clear", asker.publish(TOPICS, b"", qos=1, retain=True))
        note("what is retained at last", witness.subscribe("#", "$other/#"))
        for topic_filter in SHARED:
            note(f"subscribe {topic_filter}", asker.subscribe(topic_filter))
        witness.publish(TOPICS, b"shared")
        note("read what is shared", asker.look())
        asker.leave()
        for topic in WILLS:
            asker = Asker(client_id="asker", will=Will(topic, b"the will", qos=1), **options)
            note(f"connect with a will on {topic}", asker.answer)
            asker.close()
            note(f"the will on {topic}", witness.look())
        lasting = {"clean": False, "properties": {"session_expiry": NEVER} if options["version"] == V5 else None}
        asker = Asker(client_id="asker", **lasting, **options)
        note("connect with a session that lasts", asker.answer)
        note("subscribe in it", asker.subscribe(*QUEUED, qos=1))
        asker.leave()
        witness.publish(QUEUED, b"queued", qos=1)
        asker = Asker(client_id="asker", **lasting, **options)
        note("come back", asker.answer)
        note("read what was queued", asker.look())
        asker.leave()
        Asker(client_id="asker", **options).leave()

    def leave_some_behind(self):
        """Who is connected, or away with a session, when the SIGHUP comes."""
        for listener, name, login in self.logins:
            for version in (V311, V5):
                who = (listener, name, VERSIONS[version])
                number = len(self.stayers)
                options = {"version": version, **login}
                lasting = {"clean": False, "properties": {"session_expiry": NEVER} if version == V5 else None}
                stayer = Asker(client_id=f"stays-{number}", **options)
                stayer.subscribe(*QUEUED)
                away = Asker(client_id=f"away-{number}", **lasting, **options)
                away.subscribe(*QUEUED, qos=1)
                away.leave()
                self.stayers.append((who, stayer, lambda n=number, o=options, m=lasting: Asker(client_id=f"away-{n}", **m, **o)))

    def ask_those_left_behind(self):
        self.witness.publish(TOPICS, b"after the reload", qos=1)
        for who, stayer, come_back in self.stayers:
            if not stayer.is_open:
                continue
            note = partial(self.note, (self.phase, *who))
            note("having stayed, read", stayer.look())
            note("having stayed, subscribe", stayer.subscribe(*FILTERS))
            note("having stayed, publish", stayer.publish(TOPICS, b"by a stayer", qos=1))
            stayer.leave()
            away = come_back()
            note("having been away, connect", away.answer)
            note("having been away, read", away.look())
            note("having been away, publish", away.publish(TOPICS, b"by one who was away", qos=1))
            away.leave()
        self.stayers.clear()


def answers(broker, config, authority):
    questions = Questions(broker, config, authority)
    questions.begin("at first")
    questions.ask_everybody(questions.ask_all, [V311, V5])
    questions.ask_everybody(questions.ask_in_short, [V31])
    questions.leave_some_behind()
    questions.end()
    broker.reload()
    questions.begin("after a SIGHUP")
    questions.ask_those_left_behind()
    questions.ask_everybody(questions.ask_all, [V5])
    questions.ask_everybody(questions.ask_in_short, [V311])
    questions.leave_some_behind()
    questions.end()
    (broker.folder / "passwords").write_text(password_line("bob", "b") + password_line("test", "test"))
    (broker.folder / "acl").write_text(ACL_AFTER_A_CHANGE)
    broker.reload()
    questions.begin("after a SIGHUP with other files")
    questions.ask_those_left_behind()
    questions.ask_everybody(questions.ask_in_short, [V5])
    questions.end()
    return questions.answers


def differences(without, with_plugin):
    return [
        f"{', '.join(key)}:\n  without {without.get(key)}\n  with    {with_plugin.get(key)}"
        for key in dict.fromkeys([*without, *with_plugin])
        if without.get(key) != with_plugin.get(key)
    ]


# What stands in front decides in this plugin's place, and on 2.1 "none of my business" would allow what that one left undecided.
BEHIND_ANOTHER = [kind for kind in CONFIGS if kind.startswith(("after-", "between-"))]


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_broker_with_the_plugin_answers_as_one_without(makers, authority, kind):
    config = CONFIGS[kind]
    if makers.version == "2.1" and kind in BEHIND_ANOTHER:
        pytest.skip("2.1 doesn't start then: test_2_1_does_not_start_with_the_plugin_behind_another")
    if makers.version.startswith("2.0") and any(mark in config for mark in ("<global_plugin>", "<plugin_load>")):
        pytest.skip("2.1 brought global_plugin and plugin_load")
    for name in PLUGINS_OF_MOSQUITTO:
        if f"<{name}>" in config and not plugin_of_mosquitto(makers.version, name):
            pytest.skip(f"this broker comes without mosquitto_{name}.so")
    without = answers(make_asked_broker(makers, authority, config, with_plugin=False), config, authority)
    with_plugin = answers(make_asked_broker(makers, authority, config, with_plugin=True), config, authority)
    found = differences(without, with_plugin)
    assert not found, f"{len(found)} of {len(without)} answers differ:\n" + "\n".join(found)


IN_FRONT = "another plugin is loaded before this one"


@pytest.mark.parametrize("kind", BEHIND_ANOTHER)
def test_2_1_does_not_start_with_the_plugin_behind_another(makers, authority, kind):
    if makers.version != "2.1":
        pytest.skip("2.0 warns: test_2_0_warns_of_a_plugin_in_front")
    with pytest.raises(NeverHappened, match=IN_FRONT):
        make_asked_broker(makers, authority, CONFIGS[kind], with_plugin=True)


def test_2_1_sees_another_in_front_whatever_the_files_are_called(makers, authority):
    """Included files come in an order of letters, not of bytes: "dynsec" before "Rollcall"."""
    if makers.version != "2.1":
        pytest.skip("2.0 warns: test_2_0_warns_of_a_plugin_in_front")
    folder = makers.folder / "conf.d"
    folder.mkdir()
    (folder / "Rollcall.conf").write_text(f"plugin {plugin_path()}\n")
    (folder / "dynsec.conf").write_text(f"plugin {plugin_of_mosquitto('2.1', 'dynamic_security')}\n"
                                        f"plugin_opt_config_file {makers.folder}/dynsec.json\n")  # fmt: skip
    (makers.folder / "dynsec.json").write_text(dynamic_security(lets_anonymous_in=False))
    with pytest.raises(NeverHappened, match=IN_FRONT):
        make_asked_broker(makers, authority, f"include_dir {folder}\n", with_plugin=True)


@pytest.mark.parametrize(("kind", "warnings"), [("after-dynamic-security", 1), ("before-dynamic-security", 0)])
def test_2_0_warns_of_a_plugin_in_front(makers, authority, kind, warnings):
    if makers.version == "2.1":
        pytest.skip("2.1 doesn't start: test_2_1_does_not_start_with_the_plugin_behind_another")
    broker = make_asked_broker(makers, authority, CONFIGS[kind], with_plugin=True)
    assert broker.log().count(IN_FRONT) == warnings


def http_answer(port, path, login=None):
    """The status of a GET, with what was sent."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if login:
        request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, b""


@pytest.mark.parametrize("config", [OPEN, CLOSED + PASSWORDS, OPEN + ACL_FILE], ids=["open", "passwords", "acl"])
def test_2_1_answers_http_as_without_the_plugin(makers, authority, config):
    """On a thread of its own, and it asks the plugins there, in the midst of whatever else they do."""
    if makers.version != "2.1":
        pytest.skip("2.1 brought the HTTP API")
    http = "listener <second> 127.0.0.1\nprotocol http_api\n"
    found = []
    for with_plugin in (False, True):
        broker = make_asked_broker(makers, authority, config + "<plugin>" + http, with_plugin=with_plugin)
        logins = [None, "alice:secret", "alice:wrong", "bob:b", f"rollcall:{'x' * 20}"]
        found.append([http_answer(broker.second, "/api/v1/version", login)[0] for login in logins * 20])
        assert broker.stop() == 0
    assert found[0] == found[1]
