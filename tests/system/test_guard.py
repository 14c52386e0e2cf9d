# SPDX-License-Identifier: Apache-2.0
"""Who gets in, who may write and read what: Rollcall's topics are the bridge's alone, and all else is as without us."""

import pytest

from rollcall_testing.broker import password_line
from rollcall_testing.mqtt import V5, V31, V311, Client, ConnectionLost, Refused, Will
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.waiting import wait_for

every_mqtt = pytest.mark.parametrize("mqtt", [V31, V311, V5], ids=["mqtt31", "mqtt311", "mqtt5"])
NOT_AUTHORIZED = 0x87
OURS = ["ds/status/pump", "ds/status/never-seen", "ds/fleet", "ds/bridge", "ds/timeline/pump", "ds/notify/pump",
        "ds/incident", "ds/declare/somebody-else", "ds/declare/somebody-else/error", "ds/report/pump",
        "$CONTROL/rollcall/v1"]  # fmt: skip


def is_let_in(broker, client_id, **options):
    client = Client(broker.port, client_id, **options)
    try:
        client.connect()
    except (Refused, ConnectionLost):
        return False
    client.disconnect()
    return True


# The bridge's name


@every_mqtt
@pytest.mark.parametrize("credentials", [
    {"password": "wrong"}, {"password": ""}, {}, {"password": BRIDGE_PASSWORD + "x"}, {"password": BRIDGE_PASSWORD[:-1]},
    {"password": BRIDGE_PASSWORD + "\n"}, {"password": "\0" + BRIDGE_PASSWORD},
], ids=["wrong", "empty", "none", "longer", "shorter", "newline", "zero-byte"])  # fmt: skip
def test_nobody_gets_in_as_the_bridge_without_its_password_not_even_on_an_open_broker(stack, mqtt, credentials):
    with pytest.raises((Refused, ConnectionLost)):
        stack.connect("test-mallory", version=mqtt, username="rollcall", **credentials)
    stack.fence()


def test_the_right_password_gets_in(stack):
    assert is_let_in(stack.broker, "test-second-bridge", username="rollcall", password=BRIDGE_PASSWORD)


def test_an_entry_of_that_name_in_the_password_file_lets_nobody_in(make_stack, tmp_path):
    (tmp_path / "passwords").write_text(password_line("rollcall", "from the file") + password_line("test", "test"))
    stack = make_stack(config=f"allow_anonymous true\npassword_file {tmp_path}/passwords\n",
                       observer={"username": "test", "password": "test"}).start()  # fmt: skip
    assert not is_let_in(stack.broker, "test-x", username="rollcall", password="from the file")
    assert is_let_in(stack.broker, "test-x", username="rollcall", password=BRIDGE_PASSWORD)


def test_another_name_can_be_given_to_the_bridge(make_stack):
    stack = make_stack(plugin={"bridge_username": "gate keeper"})
    stack.bridge.config["brokers"][0]["username"] = "gate keeper"
    stack.start()
    assert not is_let_in(stack.broker, "test-x", username="gate keeper", password="wrong")
    assert is_let_in(stack.broker, "test-x", username="rollcall", password="anything")


def test_nobody_throws_the_bridge_out_by_its_client_id(stack):
    line = next(line for line in stack.broker.log().splitlines() if "connected from" in line and "u'rollcall'" in line)
    client_id = line.split(" as ")[1].split(" (")[0]
    for options in ({}, {"username": "x", "password": "y"}, {"username": "rollcall", "password": "wrong"}):
        is_let_in(stack.broker, client_id, **options)
    stack.fence()
    assert all(seen.payload["online"] for seen in stack.observer.on("bridge")[1:])


# Its topics


def what_was_written(stack):
    """What others put on our topics in these tests says so."""
    return [seen for seen in stack.observer.seen if b"forged" in seen.raw]


@pytest.mark.parametrize("retain", [False, True], ids=["plain", "retained"])
@pytest.mark.parametrize("qos", [0, 1], ids=["qos0", "qos1"])
@every_mqtt
def test_what_others_publish_on_our_topics_has_no_effect(stack, mqtt, qos, retain):
    stack.device("pump")
    before = stack.observer.status("pump")
    for options in ({}, {"username": "alice", "password": "x"}):
        mallory = stack.connect("test-mallory", version=mqtt, **options)
        for topic in OURS:
            reason = mallory.publish(topic, b'{"forged":true}', qos=qos, retain=retain)
            if qos and mqtt == V5:
                assert reason == NOT_AUTHORIZED, topic
        mallory.round_trip()
        assert mallory.is_open, "nobody is disconnected for it"
    stack.fence()
    assert what_was_written(stack) == []
    assert stack.observer.status("pump") == before
    fresh = stack.tester()
    fresh.subscribe("ds/#")
    fresh.round_trip()
    assert not [message for message in fresh.messages if b"forged" in message.payload]


def test_a_device_may_not_forge_its_own_status(stack):
    pump = stack.device("pump", version=V5)
    assert pump.publish("ds/status/pump", b'{"forged":true}', qos=1, retain=True) == NOT_AUTHORIZED
    assert pump.publish("ds/timeline/pump", b'{"forged":true}', qos=1) == NOT_AUTHORIZED
    stack.fence()
    assert what_was_written(stack) == []


@every_mqtt
def test_nobody_else_clears_a_retained_status(stack, mqtt):
    stack.device("pump")
    mallory = stack.connect("test-mallory", version=mqtt)
    for topic in ("ds/status/pump", "ds/fleet", "ds/bridge"):
        mallory.publish(topic, b"", qos=1, retain=True)
    stack.fence()
    assert not [seen for seen in stack.observer.seen if not seen.raw]
    fresh = stack.tester()
    fresh.subscribe("ds/status/pump", "ds/fleet", "ds/bridge")
    for topic in ("ds/status/pump", "ds/fleet", "ds/bridge"):
        assert fresh.wait_for_message(topic).retain


@every_mqtt
@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_will_on_our_topics_is_not_sent(stack, mqtt, end):
    stack.device("pump")
    for topic in OURS:
        try:
            mallory = stack.connect("test-mallory", version=mqtt, will=Will(topic, b'{"forged":true}', qos=1, retain=True))
        except (Refused, ConnectionLost):
            continue  # as good
        getattr(mallory, end)()
    stack.fence()
    assert what_was_written(stack) == []
    assert stack.observer.status("pump")["connected"] is True


def test_a_user_name_alone_makes_nobody_the_bridge(make_stack):
    """The bridge is the connection that passed the check of the secret."""
    stack = make_stack(plugin={"bridge_username": "keeper"})
    stack.bridge.config["brokers"][0]["username"] = "keeper"
    stack.start()
    mallory = stack.tester(username="rollcall", password="x")
    assert mallory.publish("ds/status/pump", b'{"forged":true}', qos=1, retain=True) == NOT_AUTHORIZED
    stack.fence()
    assert what_was_written(stack) == []


@every_mqtt
@pytest.mark.parametrize("topic_filter", [
    "$ds/#", "$ds/+", "$ds/event", "$ds/event/#", "$share/g/$ds/#", "$share/g/$ds/event", "$share/g/$ds/+",
])  # fmt: skip
def test_the_event_stream_is_read_by_the_bridge_alone(stack, mqtt, topic_filter):
    spy = stack.connect("test-spy", version=mqtt)
    try:
        spy.subscribe(topic_filter)
    except ConnectionLost:
        assert topic_filter.startswith("$share"), "shared subscriptions came with MQTT 5; a broker may refuse them before"
        return
    stack.device("pump").disconnect()
    stack.fence()
    spy.round_trip()
    assert spy.messages == []


@every_mqtt
def test_everybody_may_read_the_statuses(stack, mqtt):
    stack.device("pump")
    reader = stack.connect("test-reader", version=mqtt)
    reader.subscribe("ds/status/+")
    assert reader.wait_for_message("ds/status/pump").retain


def test_names_that_only_look_like_ours_are_left_alone(stack):
    reader, writer = stack.tester(), stack.tester()
    topics = ["ds", "ds/", "ds/other", "ds/statusx/pump", "dsx/status/pump", "x/ds/status/pump", "/ds/status/pump",
              "ds2/fleet", "DS/status/pump", "ds/Status/pump", "ds/fleetx", "ds/bridges"]  # fmt: skip
    reader.subscribe("#")
    for topic in topics:
        assert writer.publish(topic, b"theirs", qos=1) in (0, 0x10), topic
        assert reader.wait_for_message(topic).payload == b"theirs"


def test_another_prefix_moves_all_topics_and_their_guard(make_stack):
    stack = make_stack(plugin={"topic_prefix": "fleet/presence"}, bridge={"topic_prefix": "fleet/presence"}).start()
    stack.device("pump")
    other = stack.tester()
    assert other.publish("fleet/presence/status/pump", b'{"forged":true}', qos=1, retain=True) == NOT_AUTHORIZED
    assert other.publish("ds/status/pump", b"theirs", qos=1) in (0, 0x10)
    spy = stack.tester()
    spy.subscribe("$fleet/presence/#", "$share/g/$fleet/presence/#")
    stack.fence()
    spy.round_trip()
    assert spy.messages == [] and what_was_written(stack) == []


# Everything else: the same questions to a broker with the plugin and to one without; the same answers


ACL = """user alice
topic readwrite alice/#
topic read public/#
topic read ds/#
user test
topic readwrite #
pattern readwrite own/%c/#
"""
CONFIGS = {
    "open": "allow_anonymous true\n",
    "closed": "allow_anonymous false\n",
    "passwords": "allow_anonymous false\npassword_file {folder}/passwords\n",
    "passwords-and-anonymous": "allow_anonymous true\npassword_file {folder}/passwords\n",
    "acl": "allow_anonymous true\nacl_file {folder}/acl\n",
    "passwords-and-acl": "allow_anonymous false\npassword_file {folder}/passwords\nacl_file {folder}/acl\n",
    "passwords-acl-and-anonymous": "allow_anonymous true\npassword_file {folder}/passwords\nacl_file {folder}/acl\n",
}
USERS = {
    "anonymous": {},
    "alice": {"username": "alice", "password": "secret"},
    "alice with a wrong password": {"username": "alice", "password": "wrong"},
    "alice without a password": {"username": "alice"},
    "bob, who is in no file": {"username": "bob", "password": "b"},
    "the empty name": {"username": "", "password": ""},
}
TOPICS = ["alice/x", "public/x", "other/x", "own/test-asker/x", "own/somebody/x", "$SYS/broker/forged", "$other/x", "ds/other"]


def answers(broker):
    """What each user may do, as a broker answers it."""
    found = {}
    for user, options in USERS.items():
        for mqtt in (V311, V5):
            asker = Client(broker.port, "test-asker", version=mqtt, **options)
            try:
                asker.connect()
            except Refused as refused:
                found[user, mqtt] = f"refused with {refused.code}"
                continue
            except ConnectionLost:
                found[user, mqtt] = "closed"
                continue
            for topic in TOPICS:
                subscribed = asker.subscribe(topic)
                published = asker.publish(topic, b"hello", qos=1, retain=False)
                # The ways of saying yes differ: 0x10 is "nobody is subscribed".
                found[user, mqtt, topic, "told"] = (subscribed, 0 if published == 0x10 else published)
                asker.round_trip()
                found[user, mqtt, topic, "delivered"] = len([m for m in asker.messages if m.topic == topic])
            found[user, mqtt, "still here"] = asker.is_open
            asker.disconnect()
    return found


def write_files(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passwords").write_text(password_line("alice", "secret") + password_line("test", "test"))
    (folder / "acl").write_text(ACL)


@pytest.mark.parametrize("kind", CONFIGS)
def test_everything_else_is_as_without_the_plugin(make_broker, make_stack, tmp_path, kind):
    write_files(tmp_path)
    config = CONFIGS[kind].format(folder=tmp_path)
    expected = answers(make_broker(config))
    stack = make_stack(config=config)
    stack.broker.start()
    assert answers(stack.broker) == expected, "before the bridge is there"
    stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.broker.port}"
    stack.bridge.launch()
    wait_for(lambda: "u'rollcall'" in stack.broker.log(), "the bridge connecting", 10)
    assert answers(stack.broker) == expected, "beside the bridge"
    for _ in range(2):
        stack.broker.reload()
        assert answers(stack.broker) == expected, "after a SIGHUP"


@pytest.mark.parametrize("kind", [kind for kind in CONFIGS if kind != "closed"])
def test_the_bridge_works_with_every_kind_of_access_control(make_stack, tmp_path, kind):
    write_files(tmp_path)
    tester = {"username": "test", "password": "test"} if kind != "open" else {}
    stack = make_stack(config=CONFIGS[kind].format(folder=tmp_path), observer=tester).start()
    stack.connect("pump", **tester)
    stack.observer.wait_for_status("pump", "online", connected=True)
    stack.broker.reload()
    stack.fence(**tester)
    assert stack.observer.status("pump")["connected"] is True


def test_a_closed_broker_lets_only_the_bridge_in(make_stack):
    stack = make_stack(config=CONFIGS["closed"])
    stack.broker.start()
    assert not is_let_in(stack.broker, "test-x")
    assert not is_let_in(stack.broker, "test-x", username="alice", password="x")
    assert is_let_in(stack.broker, "test-x", username="rollcall", password=BRIDGE_PASSWORD)


def test_files_that_come_with_a_reload_count_from_then_on(make_stack, tmp_path):
    """An open broker that is closed by SIGHUP is closed: nobody stays let in by what the plugin learnt before."""
    write_files(tmp_path)
    stack = make_stack().start()
    assert is_let_in(stack.broker, "test-x", username="bob", password="b")
    stack.broker.config = f"allow_anonymous false\npassword_file {tmp_path}/passwords\n" + stack.broker.config.split("\n", 1)[1]
    stack.broker.reload()

    def is_closed():
        return not is_let_in(stack.broker, "test-x", username="bob", password="b")

    wait_for(is_closed, "bob being refused", 5)
    assert not is_let_in(stack.broker, "test-x")
    assert is_let_in(stack.broker, "test-x", username="alice", password="secret")
