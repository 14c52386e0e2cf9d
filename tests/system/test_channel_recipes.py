# SPDX-License-Identifier: Apache-2.0
"""The recipes of docs/notifications.md, each as it stands there, against a server that takes what the service documents."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from rollcall_testing.bridge import run_rollcall
from rollcall_testing.receivers import Answer, Receiver

DOCS = Path(__file__).resolve().parents[2] / "docs" / "notifications.md"


def recipes():
    section = DOCS.read_text().partition("\n## Recipes\n")[2]
    blocks = [json.loads(block)["channels"] for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]
    return {name: channel for block in blocks for name, channel in block.items()}


def takes(request, path, required, optional=(), headers=()):
    """The body, if it has these fields of these types and no others."""
    assert request.method == "POST" and request.path == path
    assert request.headers["content-type"].startswith("application/json")
    for name, value in dict(headers).items():
        assert request.headers[name] == value
    body = json.loads(request.body)
    check_fields(body, required, optional)
    return body


def check_fields(body, required, optional=()):
    known = {**required, **dict(optional)}
    assert set(required) <= set(body) <= set(known), body
    for name, value in body.items():
        assert isinstance(value, known[name]) and not isinstance(value, bool), (name, value)


def slack(request):
    body = takes(request, "/services/T000/B000/XXX", {"text": str})
    assert body["text"] and len(body["text"]) <= 40000 and not re.search(r"<|>", body["text"])
    return Answer(200, {"Content-Type": "text/html"}, "ok")


def discord(request):
    body = takes(request, "/api/webhooks/T000/B000/XXX", {"content": str}, {"allowed_mentions": dict})
    assert 0 < len(body["content"]) <= 2000 and body["allowed_mentions"] == {"parse": []}
    return Answer(204, {}, "")


def telegram(request):
    body = takes(request, "/botT000/B000/XXX/sendMessage", {"chat_id": (int, str), "text": str})
    assert 0 < len(body["text"]) <= 4096
    return Answer(200, {}, json.dumps({"ok": True, "result": {"message_id": 1}}))


def ntfy(request):
    body = takes(request, "/", {"topic": str}, {"title": str, "message": str, "priority": int},
                 {"authorization": "Bearer T000/B000/XXX"})  # fmt: skip
    assert re.fullmatch(r"[-_A-Za-z0-9]{1,64}", body["topic"]) and 1 <= body["priority"] <= 5
    return Answer(200, {}, json.dumps({"id": "x", "event": "message", "topic": body["topic"]}))


def gotify(request):
    takes(request, "/message", {"message": str}, {"title": str, "priority": int}, {"x-gotify-key": "T000/B000/XXX"})
    return Answer(200, {}, json.dumps({"id": 1}))


def home_assistant(request):
    takes(request, "/api/webhook/T000/B000/XXX", {"device": str, "status": str, "text": str})
    return Answer(200, {}, "")


def alertmanager(request):
    assert request.path == "/api/v2/alerts" and request.headers["content-type"] == "application/json"
    [alert] = json.loads(request.body)
    check_fields(alert, {"labels": dict}, {"annotations": dict, "startsAt": str, "endsAt": str, "generatorURL": str})
    assert alert["labels"]["alertname"]
    assert all(re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) and value for name, value in alert["labels"].items())
    starts, ends = (datetime.strptime(alert[name], "%Y-%m-%dT%H:%M:%S.%fZ") for name in ("startsAt", "endsAt"))
    assert starts < ends
    return Answer(200, {}, "")


def pagerduty(request):
    body = takes(request, "/v2/enqueue", {"routing_key": str, "event_action": str}, {"dedup_key": str, "payload": dict})
    assert body["routing_key"] == "T000/B000/XXX" and body["event_action"] in ("trigger", "acknowledge", "resolve")
    assert len(body["dedup_key"]) <= 255
    check_fields(body["payload"], {"summary": str, "source": str, "severity": str})
    assert body["payload"]["severity"] in ("critical", "error", "warning", "info") and len(body["payload"]["summary"]) <= 1024
    return Answer(202, {}, json.dumps({"status": "success", "message": "Event processed", "dedup_key": body["dedup_key"]}))


SERVICES = {"slack": slack, "discord": discord, "telegram": telegram, "ntfy": ntfy, "gotify": gotify,
            "home-assistant": home_assistant, "alertmanager": alertmanager, "pagerduty": pagerduty}  # fmt: skip


def test_every_recipe_has_its_service():
    assert set(recipes()) == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_recipe_is_taken(tmp_path, name):
    wrong = []

    def answer(request):
        try:
            return SERVICES[name](request)
        except (AssertionError, KeyError, ValueError) as error:
            wrong.append(f"{error!r} in {request}")
            return Answer(400, {}, "that is not what I take")

    receiver = Receiver(answer)
    channel = recipes()[name]
    channel["webhook"] = re.sub(r"^https?://[^/]*", receiver.url, channel["webhook"])
    if "secret_file" in channel:
        secret = tmp_path / channel["secret_file"]
        secret.write_text("T000/B000/XXX\n")
        secret.chmod(0o600)
    (tmp_path / "rollcall.json").write_text(json.dumps({"channels": {name: channel}}))
    try:
        done = run_rollcall("notify-test", name, "-c", tmp_path / "rollcall.json")
    finally:
        receiver.end()
    assert done.returncode == 0, wrong or done.stderr
    assert len(receiver.requests) == 1 and "T000" not in done.stdout
