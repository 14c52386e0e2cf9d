# SPDX-License-Identifier: Apache-2.0
"""What people were told, as lists: by HTTP, in the stream, and by the command line."""

import json
import subprocess

import pytest

from rollcall_testing.bridge import rollcall_path
from rollcall_testing.http import socket_api
from rollcall_testing.receivers import Answer, Receiver
from rollcall_testing.waiting import wait_for

pytestmark = pytest.mark.usefixtures("broker_version")


@pytest.fixture
def ops():
    receiver = Receiver()
    yield receiver
    receiver.end()


@pytest.fixture
def stack(make_stack, ops):
    offline = {"status": "offline", "after": "0s", "notify": {"channels": ["ops"], "recovery": False}}
    bridge = {"channels": {"ops": {"webhook": ops.url}}, "incident": {"devices": 5, "within": "2s", "by": ["broker"]}}
    return make_stack(templates={"default": {"statuses": [{"status": "online"}, offline]}}, bridge=bridge).start()


def run(stack, *arguments, code=0):
    done = subprocess.run([rollcall_path(), *arguments, "-c", stack.bridge.config_path], capture_output=True, text=True, timeout=20)
    assert done.returncode == code, done.stderr
    return done.stdout or done.stderr


def told(api, query=""):
    return api.get(f"/api/v1/notifications{query}").json["notifications"]


def wait_for_result(api, device, result):
    def found():
        return next((it for it in told(api, f"?device={device}") if [each["result"] for each in it["deliveries"]] == [result]), None)

    return wait_for(found, f"a notification about {device} that is {result}")


def test_what_was_told_is_listed_with_what_became_of_it(stack, ops):
    api = socket_api(stack)
    stack.device("p1").disconnect()
    first = wait_for_result(api, "p1", "delivered")
    assert (first["kind"], first["status"], first["count"], first["incident"]) == ("status", "offline", 1, None)
    assert first["deliveries"][0]["code"] == 200
    ops.answer = Answer(400)
    stack.device("p2").disconnect()
    wait_for_result(api, "p2", "dead")
    assert [it["device"] for it in told(api)] == ["p2", "p1"]
    assert [it["device"] for it in told(api, "?result=dead")] == ["p2"]
    page = api.get("/api/v1/notifications?limit=1").json
    assert [it["device"] for it in told(api, f"?limit=1&before={page['next']}")] == ["p1"]
    assert api.get("/api/v1/notifications?result=lost").status == 400

    lines = run(stack, "notifications").splitlines()
    assert "p2" in lines[1] and "ops dead" in lines[1] and lines[-1] == "2 notifications"
    assert json.loads(run(stack, "notifications", "--device", "p1", "--json"))["id"] == first["id"]


def test_what_is_dead_is_sent_again_with_its_id(stack, ops):
    api = socket_api(stack)
    ops.answer = Answer(400)
    stack.device("p1").disconnect()
    dead = wait_for_result(api, "p1", "dead")
    ops.answer = Answer()
    retried = api.ask("POST", f"/api/v1/notifications/{dead['id']}/retry")
    assert retried.status == 200, retried.body
    assert wait_for_result(api, "p1", "delivered")["id"] == dead["id"]
    assert len({json.loads(request.body)["id"] for request in ops.requests}) == 1
    assert api.ask("POST", f"/api/v1/notifications/{dead['id']}/retry").status == 409
    assert api.ask("POST", "/api/v1/notifications/none/retry").status == 404
    assert "there is no notification" in run(stack, "notifications", "--retry", "none", code=64)


def test_an_incident_is_in_the_list_and_in_the_stream(stack):
    api = socket_api(stack)
    stream = api.stream("?events=incident")
    lost = [stack.connect(f"p{i}") for i in range(6)]
    for i in range(6):
        stack.observer.wait_for_status(f"p{i}", "online", connected=True)
    for client in lost:
        client.disconnect()
    began = stream.wait_for("incident", lambda data: data["ended"] is None)[1]
    assert (began["kind"], began["back"]) == ("broker", 0) and began["devices"] >= 5
    (listed,) = wait_for(lambda: api.get("/api/v1/incidents").json["incidents"], "the incident being stored")
    assert listed["id"] == began["id"]
    assert began["id"] in run(stack, "incidents")
    for i in range(6):
        stack.connect(f"p{i}")
    ended = stream.wait_for("incident", lambda data: data["ended"] is not None)[1]
    assert (ended["id"], ended["back"]) == (began["id"], ended["devices"])
    (listed,) = wait_for(lambda: [it for it in api.get("/api/v1/incidents").json["incidents"] if it["ended"]], "the end")
    assert listed == ended
    stream.close()
