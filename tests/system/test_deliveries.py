# SPDX-License-Identifier: Apache-2.0
"""Notifications of a running bridge on their way: channels that are down, restarts, reloads."""

import json
import signal

import pytest

from rollcall_testing.receivers import HANG, Answer, Receiver
from rollcall_testing.waiting import wait_for

pytestmark = pytest.mark.usefixtures("broker_version")


@pytest.fixture
def receivers():
    made = []

    def make(*args, **options):
        made.append(Receiver(*args, **options))
        return made[-1]

    yield make
    for each in made:
        each.end()


def template(*channels):
    """A device is offline at once, and that is told."""
    return {"default": {"statuses": [
        {"status": "online"},
        {"status": "offline", "after": "0s", "notify": {"channels": list(channels), "recovery": False}},
    ]}}  # fmt: skip


def lose(stack, name):
    """A device comes and goes."""
    stack.device(name).disconnect()


def events(receiver):
    return [json.loads(request.body) for request in receiver.requests]


def start(make_stack, channels):
    return make_stack(templates=template(*channels), bridge={"channels": channels}).start()


def test_a_lost_device_is_told_once_to_each_channel(make_stack, receivers):
    ops, chat = receivers(), receivers()
    stack = start(make_stack, {"ops": {"webhook": ops.url}, "chat": {"webhook": chat.url, "body": "{device:json}"}})
    lose(stack, "pump-7")
    ops.wait_for_requests(1)
    chat.wait_for_requests(1)
    [event] = events(ops)
    assert event["subject"] == "pump-7" and event["data"]["status"] == "offline"
    assert events(chat) == ["pump-7"]
    assert event["source"].startswith("urn:rollcall:bridge:")


def test_a_channel_that_hangs_delays_no_other_and_has_four_at_once(make_stack, receivers):
    hanging, well = receivers(HANG), receivers()
    stack = start(make_stack, {"hanging": {"webhook": hanging.url}, "well": {"webhook": well.url}})
    for i in range(6):
        lose(stack, f"pump-{i}")
    well.wait_for_requests(6)
    hanging.wait_for_requests(4)
    assert hanging.most_at_once == 4


def test_a_channel_that_is_back_gets_what_waited(make_stack, receivers):
    answers = [Answer(500), Answer(429, {"Retry-After": "1"})]
    ops = receivers(lambda request: answers.pop(0) if answers else Answer())
    stack = start(make_stack, {"ops": {"webhook": ops.url + "/secret-path"}})
    lose(stack, "pump-7")
    requests = ops.wait_for_requests(3, timeout=20)
    assert len({request.body for request in requests}) == 1
    stack.bridge.wait_for_log(r"channel ops \(127\.0\.0\.1\) answers again")
    assert "secret-path" not in stack.bridge.log()


@pytest.mark.parametrize("answer", [HANG, Answer(503)], ids=["while-it-is-sent", "while-it-waits"])
def test_what_waits_survives_a_kill_with_its_id(make_stack, receivers, answer):
    ops = receivers(answer)
    stack = start(make_stack, {"ops": {"webhook": ops.url}})
    lose(stack, "pump-7")
    ops.wait_for_requests(1)
    stack.bridge.kill()
    before = len(ops.requests)
    ops.answer = Answer()
    stack.start_bridge()
    ops.wait_for_requests(before + 1, timeout=20)
    assert len({event["id"] for event in events(ops)}) == 1


def test_a_reload_mends_an_address_and_tries_at_once(make_stack, receivers):
    wrong, right = receivers(Answer(404, {"Retry-After": "3000"})), receivers()
    stack = start(make_stack, {"ops": {"webhook": wrong.url}})
    lose(stack, "pump-7")
    wrong.wait_for_requests(1)
    stack.bridge.wait_for_log("doesn't take notifications")
    stack.bridge.config["channels"]["ops"]["webhook"] = right.url
    stack.bridge.config_path.write_text(json.dumps(stack.bridge.config))
    stack.bridge.process.send_signal(signal.SIGHUP)
    right.wait_for_requests(1)
    assert events(right)[0]["id"] == events(wrong)[0]["id"]


def test_secrets_are_read_again_by_a_reload(make_stack, receivers, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("first\n")
    secret.chmod(0o600)
    ops = receivers()
    stack = start(make_stack, {"ops": {"webhook": ops.url, "secret_file": str(secret), "headers": {"X-Key": "{secret}"}}})
    lose(stack, "pump-1")
    ops.wait_for_requests(1)
    secret.write_text("second\n")
    offset = len(stack.bridge.log())
    stack.bridge.process.send_signal(signal.SIGHUP)
    stack.bridge.wait_for_log("configuration reloaded", offset=offset)
    lose(stack, "pump-2")
    ops.wait_for_requests(2)
    assert [request.headers["x-key"] for request in ops.requests] == ["first", "second"]
    assert "second" not in stack.bridge.log()


def test_metrics_count_what_became_of_them(start_http, receivers, make_stack):
    ops = receivers(lambda request: Answer(400 if b"bad" in request.body else 200))
    stack, api, _ = start_http()
    stack.bridge.config["channels"] = {"ops": {"webhook": ops.url}}
    stack.bridge.config["templates"] = template("ops")
    stack.bridge.config_path.write_text(json.dumps(stack.bridge.config))
    stack.bridge.process.send_signal(signal.SIGHUP)
    stack.bridge.wait_for_log("configuration reloaded")
    lose(stack, "good")
    lose(stack, "bad")
    ops.wait_for_requests(2)
    reader = type(api)(api.address, "the-read-token")

    def told():
        text = reader.get("/metrics").text
        return all(f'rollcall_notifications_total{{channel="ops",result="{result}"}} 1' in text for result in ("delivered", "dead"))

    wait_for(told, "one delivered, one dead")
