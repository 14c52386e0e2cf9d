# SPDX-License-Identifier: Apache-2.0
"""Everything that a real bridge publishes fits the JSON schemas in topics/schema, through many situations."""

import copy
import itertools
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from rollcall_testing.bridge import run_rollcall
from rollcall_testing.mqtt import V5, V31, V311, Will

SCHEMAS = Path(__file__).resolve().parents[2] / "topics" / "schema"
KINDS = ["status", "timeline", "fleet", "bridge", "incident", "declare-error"]
HAVE_NO_DEVICE = ["fleet", "bridge", "incident"]
INTERACTIONS = {
    word: {"disable": disable, "notify_on_open": on_open, "notify_on_interaction": on_interaction}
    for word, disable, on_open, on_interaction in (
        ("allow", "none", False, False),
        ("notify_on_interaction", "none", False, True),
        ("notify_on_open", "none", True, False),
        ("disable_controls", "controls", False, False),
        ("disable_all", "all", False, False),
    )
}
COMMANDS = ["allow", "queue", "deny"]
PATIENCE = 30  # seconds; for a machine that is busy with other things

TEMPLATES = {
    # Nobody's label, color or icon is left out, texts need escaping, and the waits are over in a moment.
    "styled": {
        "ignore_blips": "1s",
        "statuses": [
            {"status": "online", "label": 'On "line"', "color": "#00FF00", "icon": "wasser-€"},
            {"status": "standby", "label": "\\", "color": "#abcdef", "after": "0s", "message": "Jürgen 😀\n+49 1",
             "interaction": "notify_on_open", "commands": "queue"},
            {"status": "no_data", "after": "1s", "interaction": "disable_controls", "commands": "deny", "timeline": False},
            {"status": "offline", "after": "1s", "interaction": "disable_all"},
            {"status": "status-9_x", "after": "0s", "commands": "allow"},
        ],
    },
    "lasting": {"statuses": [{"status": "online"}, {"status": "offline", "after": "1h"}]},
    "at-once": {"statuses": [{"status": "online"}, {"status": "offline", "after": "0s"}]},
    "branching": {
        "graceful_causes": ["connection_closed", "client_disconnect"],
        "on_graceful": {"status": "standby", "after": "1h"},
        "on_non_graceful": {"status": "offline", "after": "0s"},
        "statuses": [{"status": "online"}, {"status": "standby", "after": "1s"}, {"status": "offline", "after": "1s"}],
    },
}  # fmt: skip

# Device ids as they are: what is special in topics, in JSON, in logs and to people.
NASTY_IDS = ["a/b", "+", "#", "%2F", "ä€😀", 'x"y\\z', "two words", "'", "null", "1e999", "_", "a" * 512,
             "x has exceeded timeout, disconnecting.", "{\"device\":\"b\"}", "\u00a0", "{device}"]  # fmt: skip


def schema(kind):
    return json.loads((SCHEMAS / f"{kind}.schema.json").read_text())


VALIDATORS = {kind: Draft202012Validator(schema(kind), format_checker=FormatChecker()) for kind in KINDS}


def refuse_duplicates(pairs):
    assert len({key for key, _ in pairs}) == len(pairs), f"a key is there twice: {pairs}"
    return dict(pairs)


def check_all(stack):
    """Every message that the observer has seen below ds/. Returns the payloads by kind."""
    found = {kind: [] for kind in KINDS}
    with stack.observer.changed:
        seen_all = list(stack.observer.seen)
    for seen in seen_all:
        levels = seen.topic.split("/")
        if levels[1] == "declare" and len(levels) == 3:
            continue  # the device's own words
        kind = "declare-error" if levels[1] == "declare" else levels[1]
        assert levels[0] == "ds" and kind in KINDS, f"a topic that nobody promised: {seen.topic}"
        assert len(levels) == (2 if kind in HAVE_NO_DEVICE else 4 if kind == "declare-error" else 3), seen.topic
        payload = json.loads(seen.raw.decode("utf-8"), object_pairs_hook=refuse_duplicates)
        errors = [f"{error.json_path}: {error.message}" for error in VALIDATORS[kind].iter_errors(payload)]
        assert not errors, f"{seen.topic}: {seen.raw.decode()}\n" + "\n".join(errors)
        found[kind].append(payload)
    return found


@pytest.fixture
def stack(make_stack):
    return make_stack(templates=TEMPLATES).start()


def wait_for_status(stack, device, *args, **fields):
    return stack.observer.wait_for_status(device, *args, timeout=PATIENCE, **fields)


# What is published


def test_a_life_through_every_status(stack):
    stack.connect("styled:x").disconnect()
    for _ in range(2):
        wait_for_status(stack, "x", "status-9_x", connected=False, next=None)
        stack.connect("styled:x")
        wait_for_status(stack, "x", "online", connected=True)
        stack.connect("styled:x").disconnect()  # a takeover, then the end
    wait_for_status(stack, "x", "status-9_x")
    # What is over at once may be told by its row alone.
    assert {"standby", "offline", "status-9_x"} <= {row["to"] for row in check_all(stack)["timeline"]}


def test_every_interaction_and_what_happens_to_commands(make_stack):
    def resting(interaction, commands):
        offline = {"status": "offline", "after": "0s", "interaction": interaction, "commands": commands}
        return {"statuses": [{"status": "online"}, offline]}

    looks = list(itertools.product(INTERACTIONS, COMMANDS))
    stack = make_stack(templates={"-".join(look): resting(*look) for look in looks}).start()
    for interaction, commands in looks:
        stack.connect(f"{interaction}-{commands}:{interaction}-{commands}").disconnect()
    for interaction, commands in looks:
        wait_for_status(stack, f"{interaction}-{commands}", "offline", interaction=INTERACTIONS[interaction], commands=commands)
    check_all(stack)


def test_every_way_to_end(stack):
    def ways(name, **options):
        for template in ("lasting", "at-once", "branching"):
            yield template, f"{template[0]}-{name}", stack.connect(f"{template}:{template[0]}-{name}", **options)

    for version, name in ((V31, "v31"), (V311, "v311"), (V5, "v5")):
        will = Will("wills/x", b"gone")
        for _, device, client in ways(f"bye-{name}", version=version):
            client.disconnect()
            wait_for_status(stack, device, connected=False)
        for _, device, client in ways(f"fin-{name}", version=version, will=will):
            client.close()
            wait_for_status(stack, device, connected=False)
        for _, device, client in ways(f"rst-{name}", version=version, username="somebody"):
            client.reset()
            wait_for_status(stack, device, connected=False)
    for _, device, client in ways("with-will", version=V5, will=Will("wills/x", b"gone")):
        client.disconnect(reason=4)
        wait_for_status(stack, device, connected=False)
    for _, device, client in ways("nonsense"):
        client.send_raw(b"\xf0\x00")
        wait_for_status(stack, device, connected=False)
    silent = []
    for _, device, client in ways("silent", keepalive=1):
        client.fall_silent()
        silent.append(device)
    for device in silent:
        wait_for_status(stack, device, connected=False, cause="keepalive_timeout")
    found = check_all(stack)
    assert {"client_disconnect", "keepalive_timeout"} <= {status["cause"] for status in found["status"]}
    assert {status["graceful"] for status in found["status"]} == {True, False, None}


def test_blips_and_reconnects(stack):
    for _ in range(3):
        stack.device("lasting:x").close()
        wait_for_status(stack, "x", connected=False)
    stack.device("lasting:x")
    stack.observer.wait_until(
        lambda: len([row for row in stack.observer.rows("x") if row["kind"] == "blip"]) >= 3, "three blips", PATIENCE
    )
    assert {row["kind"] for row in check_all(stack)["timeline"]} == {"transition", "blip"}


def test_ids_that_are_special_somewhere(stack):
    for number, device in enumerate(NASTY_IDS):
        stack.connect(f"lasting:{device}", version=V5 if number % 2 else V311)
        wait_for_status(stack, device, "online", connected=True)
    assert {status["device"] for status in check_all(stack)["status"]} >= set(NASTY_IDS)


def test_the_fleet_with_every_template(stack):
    for template in TEMPLATES:
        stack.device(f"{template}:{template}-1")
    stack.device("bare")

    def counted():
        fleet = stack.observer.latest("fleet")
        return fleet is not None and fleet["devices"] == fleet["connected"] == len(TEMPLATES) + 1

    stack.observer.wait_until(counted, lambda: f"the counts; latest {stack.observer.latest('fleet')}", PATIENCE)
    fleet = check_all(stack)["fleet"][-1]
    assert set(fleet["templates"]) == {"default", *TEMPLATES}


def test_a_broker_that_takes_no_message_as_large_as_a_status(make_stack):
    stack = make_stack(config="allow_anonymous true\nmax_packet_size 400\n").start()
    stack.connect("x")
    stack.observer.wait_until(lambda: "too_large" in stack.observer.latest("bridge"), "the bridge telling it", PATIENCE)
    assert "too_large" in check_all(stack)["bridge"][-1]


def test_a_bridge_that_stops_is_killed_and_comes_back(stack):
    pump = stack.device("lasting:x")
    for end in (stack.bridge.stop, stack.bridge.kill):
        end()
        stack.observer.wait_until(lambda: stack.observer.latest("bridge")["online"] is False, "the bridge being offline", PATIENCE)
        pump.disconnect()
        stack.start_bridge()
        wait_for_status(stack, "x", connected=False)
        pump = stack.connect("lasting:x")
        wait_for_status(stack, "x", connected=True)
    assert {payload["online"] for payload in check_all(stack)["bridge"]} == {True, False}


def test_a_broker_that_goes_and_comes(stack):
    stack.device("lasting:x")
    stack.device("branching:y").disconnect()
    wait_for_status(stack, "y", connected=False)
    before, told = len(stack.observer.on("bridge")), len(stack.observer.statuses("y"))
    stack.broker.stop()
    stack.restart_broker()
    stack.observer.wait_until(lambda: len(stack.observer.on("bridge")) > before, "the bridge being back", PATIENCE)
    stack.connect("lasting:x")
    wait_for_status(stack, "x", connected=True)
    stack.observer.wait_until(lambda: len(stack.observer.statuses("y")) > told, "y being told again", PATIENCE)
    check_all(stack)


def test_what_devices_declare_and_operators_set(stack):
    device = stack.device("branching:d1", version=V5)
    for payload in (b'{"status":"standby","for":"1h"}', b"\xff", b'{"status":"\xc3\xa4\"\\\\"}'):
        device.publish("ds/declare/d1", payload, qos=1)
    stack.observer.wait_until(lambda: len(stack.observer.on("declare/d1/error")) == 2, "both errors", PATIENCE)
    device.disconnect()
    wait_for_status(stack, "d1", "standby", connected=False)
    config = ("-c", stack.bridge.config_path)
    assert run_rollcall("set", *config, "d1", "offline", "--for", "1h", "--hold").returncode == 0
    wait_for_status(stack, "d1", "offline", connected=False)
    assert run_rollcall("set", *config, "d1", "--release").returncode == 0
    wait_for_status(stack, "d1", "standby", connected=False)
    found = check_all(stack)
    assert [row["cause"] for row in found["timeline"]] == ["connect", "declared", "set", "released"]


def test_late_reports_and_flapping(make_stack):
    statuses = [{"status": "online"}, {"status": "late", "after": "1h"}, {"status": "offline", "after": "1h"}]
    stack = make_stack(templates={"watched": {
        "report_every": "0s", "report_grace": "1s", "on_late": "late", "statuses": statuses,
        "flapping": {"changes": 3, "within": "1h", "hold": "1h"},
    }}, plugin={"activity_interval": 1}).start()  # fmt: skip
    stack.device("watched:d1").disconnect()
    stack.device("watched:d1")
    wait_for_status(stack, "d1", "late", connected=True, flapping=True)
    stack.observer.wait_until(lambda: stack.observer.latest("fleet")["flapping"] == 1, "the fleet's count", PATIENCE)
    check_all(stack)


# The schemas themselves: a schema that lets everything pass would prove nothing


def test_the_schemas_are_schemas():
    for kind in KINDS:
        Draft202012Validator.check_schema(schema(kind))


@pytest.fixture(scope="module")
def examples():
    """The payloads of docs/topics.md; the long ones are broken into lines there."""
    blocks = (Path(__file__).resolve().parents[2] / "docs/topics.md").read_text().split("```json\n")[1:]
    payloads = [json.loads("".join(block.split("```")[0].splitlines())) for block in blocks]
    return {next(kind for kind in KINDS if set(schema(kind)["required"]) == set(payload)): payload for payload in payloads}


@pytest.mark.parametrize("kind", KINDS)
def test_the_documented_examples_fit(examples, kind):
    VALIDATORS[kind].validate(examples[kind])


def test_a_device_that_is_registered_and_was_not_seen_yet_fits(examples):
    status = {**examples["status"], **dict.fromkeys(("previous", "cause", "graceful", "last_seen", "next"))}
    VALIDATORS["status"].validate(status)
    for wrong in ({"connected": True}, {"cause": "report"}, {"graceful": True}):
        assert not VALIDATORS["status"].is_valid({**status, **wrong}), wrong
    row = {**examples["timeline"], **dict.fromkeys(("from", "graceful", "broker", "client_id", "address"))}
    row.update(kind="transition", to="offline", cause="registered")
    VALIDATORS["timeline"].validate(row)
    for wrong in ({"from": "online"}, {"to": "online"}, {"kind": "blip"}, {"graceful": True}, {"broker": "main"}):
        assert not VALIDATORS["timeline"].is_valid({**row, **wrong}), wrong


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_may_be_missing_and_nothing_be_added(examples, kind):
    for key in examples[kind]:
        assert not VALIDATORS[kind].is_valid({name: value for name, value in examples[kind].items() if name != key}), key
    assert not VALIDATORS[kind].is_valid({**examples[kind], "further": 1})


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_has_its_type(examples, kind):
    for key in examples[kind]:
        assert not VALIDATORS[kind].is_valid({**examples[kind], key: [1.5]}), f"{key} may be an array"


@pytest.mark.parametrize("kind, path, value", [
    ("status", "since", "2026-11-22T10:49:00Z"),
    ("status", "since", "2026-13-22T10:49:00.000Z"),
    ("status", "last_seen", "2026-11-22T10:49:00.000+01:00"),
    ("status", "last_seen", None),
    ("status", "next.at", "tomorrow"),
    ("status", "next.status", "In Active"),
    ("status", "next.further", 1),
    ("status", "status", "Offline"),
    ("status", "color", "red"),
    ("status", "cause", "bored"),
    ("status", "cause", None),
    ("status", "graceful", None),
    ("status", "connected", True),
    ("status", "status", "online"),
    ("status", "interaction", "disable_all"),
    ("status", "interaction.disable", "everything"),
    ("status", "commands", "drop"),
    ("status", "seq", 0),
    ("status", "seq", 1.5),
    ("status", "device", ""),
    ("timeline", "kind", "blop"),
    ("timeline", "cause", "connect"),
    ("timeline", "from", None),
    ("timeline", "graceful", None),
    ("timeline", "at", None),
    ("incident", "kind", "outrage"),
    ("incident", "devices", -1),
    ("incident", "began", "2026-11-25T07:50:38Z"),
    ("incident", "what", ""),
    ("declare-error", "message", ""),
    ("declare-error", "at", "now"),
    ("timeline", "cause", "set"),
    ("timeline", "cause", "connected"),
    ("fleet", "devices", -1),
    ("fleet", "templates.default.offline", "1"),
    ("fleet", "templates.default", {}),
    ("fleet", "templates", {}),
    ("bridge", "online", "true"),
    ("bridge", "version", "new"),
], ids=str)  # fmt: skip
def test_what_is_wrong_is_refused(examples, kind, path, value):
    payload = copy.deepcopy(examples[kind])
    *parents, last = path.split(".")
    place = payload
    for parent in parents:
        place = place[parent]
    assert last == "further" or place[last] != value
    place[last] = value
    assert not VALIDATORS[kind].is_valid(payload)
