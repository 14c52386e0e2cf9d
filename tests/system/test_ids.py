# SPDX-License-Identifier: Apache-2.0
"""Client ids are whatever people make them: every one is a device, under its own topic, in JSON that parses."""

import json

import pytest

from rollcall_testing.mqtt import V5
from rollcall_testing.observer import topic_level

NAMES = {
    "slash": "site/1/pump",
    "leading-and-trailing-slash": "/pump/",
    "plus": "a+b+",
    "hash": "a#b#",
    "percent": "100%",
    "already-encoded": "a%2Fb",
    "wildcards-alone": "+/#",
    "spaces": " pump 7 ",
    "double-quotes": 'the "pump"',
    "single-quotes": "it's",
    "backslashes": "C:\\pumps\\7\\",
    "backslash-quote": '\\"',
    "json": '{"device":"x","status":"offline"}',
    "braces": "{device}",
    "umlauts": "Pümpe-ß",
    "japanese": "ポンプ七号",
    "emoji": "pump-🚰-👩‍🔧",
    "combining": "e\u0301",
    "right-to-left": "مضخة",
    "highest-code-point": "x\U0010fffd",
    "no-break-space": "a\u00a0b",
    "dollar": "$SYS/pump",
    "html": "<script>alert(1)</script>",
    "sql": "'; DROP TABLE devices; --",
    "shell": "$(reboot) `reboot` ; reboot",
    "dot-dot": "../../etc/passwd",
    "200-bytes": "p" * 200,
    "200-bytes-utf8": "ü" * 100,
    "512-bytes": "q" * 512,
    "256-slashes": "/" * 256,
}


# {device} alone: a colon in a name is a part of it here
RULES = {"devices": [{"client_id": "test-*", "ignore": True}, {"client_id": "{device}"}]}


@pytest.fixture
def open_stack(make_stack):
    return make_stack(bridge=RULES).start()


def test_every_kind_of_id_is_a_device_with_its_own_topic(open_stack):
    stack = open_stack
    clients = {name: stack.connect(name, version=V5 if n % 2 else 4) for n, name in enumerate(NAMES.values())}
    for kind, name in NAMES.items():
        status = stack.observer.wait_for_status(name, "online", connected=True)
        assert status["device"] == name, kind
    for client in clients.values():
        client.disconnect()
    for kind, name in NAMES.items():
        status = stack.observer.wait_for_status(name, connected=False)
        assert (status["device"], status["cause"], status["graceful"]) == (name, "client_disconnect", True), kind
    stack.fence()
    expected = {"ds/status/" + topic_level(name) for name in NAMES.values()}
    topics = {seen.topic for seen in stack.observer.seen if seen.topic.startswith("ds/status/") and "fence-" not in seen.topic}
    assert topics == expected
    for seen in stack.observer.seen:
        json.loads(seen.raw.decode("utf-8"))


def test_the_topic_of_a_name_is_what_the_contract_says(open_stack):
    stack = open_stack
    for name, level in {
        "a/b": "a%2Fb", "a+b": "a%2Bb", "a#b": "a%23b", "a%b": "a%25b", "a%2Fb": "a%252Fb", "ü b": "ü b", '"': '"',
    }.items():  # fmt: skip
        stack.device(name)
        assert stack.observer.on("status/" + level)[-1].payload["device"] == name


def test_timeline_rows_use_the_same_topic_level(open_stack):
    stack = open_stack
    stack.device('a/"b" ü')
    row = stack.observer.wait_until(lambda: stack.observer.rows('a/"b" ü'), "a row of the timeline")[-1]
    assert (row["device"], row["client_id"]) == ('a/"b" ü', 'a/"b" ü')


def test_two_names_that_would_collide_unencoded_are_two_devices(open_stack):
    stack = open_stack
    stack.device("a/b")
    stack.device("a%2Fb").disconnect()
    stack.observer.wait_for_status("a%2Fb", connected=False)
    assert stack.observer.status("a/b")["connected"] is True


@pytest.mark.parametrize("name", ["q" * 513, "ü" * 257, "/" * 342, "x" * 65000], ids=["513", "514-utf8", "1026-encoded", "65000"])
def test_an_id_beyond_the_limits_is_no_device_and_harms_nothing(open_stack, name):
    """More than 512 bytes, or more than 1024 when encoded."""
    stack = open_stack
    stack.device("pump")
    client = stack.connect(name)
    stack.fence()
    client.disconnect()
    stack.fence()
    assert {device for device in stack.observer.devices() if not device.startswith("fence-")} == {"pump"}
    assert stack.observer.status("pump")["connected"] is True


def test_one_that_is_too_long_is_logged_once(open_stack):
    stack = open_stack
    for _ in range(3):
        stack.connect("q" * 513).disconnect()
        stack.fence()
    lines = [line for line in (stack.bridge.log() + stack.broker.log()).splitlines()
             if "qqqqqq" in line and "connected" not in line and "No will" not in line]  # fmt: skip
    assert len(lines) <= 1, lines


def test_a_client_without_an_id_of_its_own_harms_nothing(open_stack):
    """The broker makes one up; under default rules such ids are no devices, under these they are one each."""
    stack = open_stack
    client = stack.connect("")
    made_up = stack.observer.wait_until(
        lambda: [device for device in stack.observer.devices() if device.startswith("auto-")], "a made-up id"
    )
    client.disconnect()
    stack.observer.wait_for_status(made_up[0], connected=False)


def test_by_default_made_up_ids_are_no_devices(make_stack):
    stack = make_stack()
    stack.bridge.config.pop("devices")
    stack.start()
    stack.connect("")
    stack.connect("mosq-abcdef")
    stack.fence()
    names = [device for device in stack.observer.devices() if device.startswith(("auto-", "mosq-"))]
    assert names == []
