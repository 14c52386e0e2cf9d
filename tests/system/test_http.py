# SPDX-License-Identifier: Apache-2.0
"""The HTTP API of a real bridge. Whatever it answers is held against openapi.json (rollcall_testing/http.py)."""

import json
import threading
from pathlib import Path

import pytest

from rollcall_testing.bridge import Bridge, run_rollcall
from rollcall_testing.http import HTTP_TEMPLATES, LISTEN, OPENAPI, Api, address_of, described
from rollcall_testing.waiting import wait_for

NASTY_IDS = ["a/b", "+", "#", "%2F", "ä€😀", 'x"y\\z', "two words", "..", ".", "<b>", "a" * 512, "x\r\nSet-Cookie: a=b", "q?x=1&y"]


def test_a_device_is_told_as_its_status_topic_and_what_is_known_beside(start_http):
    stack, _, api = start_http()
    client = stack.device("pump:p7")
    status = stack.observer.wait_for_status("p7", "online", connected=True)
    device = api.get(api.device("p7")).json
    assert {key: device[key] for key in status} == status
    (connection,) = device["connections"]
    assert connection["client_id"] == "pump:p7" and connection["broker"] == "main" and connection["address"] == "127.0.0.1"
    assert connection["since"] == status["since"] and connection["keepalive"] > 0
    assert device["rule"]["index"] == 1
    assert device["set"] is None and device["declaration"] is None and device["muted_until"] is None
    wait_for(lambda: api.get(api.device("p7")).json["first_contact"] == status["since"], "the facts being stored")
    assert api.get(api.device("p7", "/connected")).body == b"true"

    client.disconnect()
    stack.observer.wait_for_status("p7", "online", connected=False)
    assert api.get(api.device("p7", "/connected")).body == b"false"
    wait_for(lambda: api.get(api.device("p7")).json["last_disconnect"], "the disconnect being stored")
    assert api.get(api.device("p7")).json["connections"] == []
    assert api.get(api.device("p8")).status == 404


def test_ids_of_any_kind_are_found_and_harm_nothing(start_http):
    stack, _, api = start_http()
    for device in NASTY_IDS:
        assert api.ask("POST", "/api/v1/devices", {"device": device}).status == 201, device
    listed = api.get("/api/v1/devices?limit=1000")
    assert sorted(each["device"] for each in listed.json["devices"]) == sorted(NASTY_IDS)
    for device in NASTY_IDS:
        if device in (".", ".."):
            continue  # clients take these for steps in the path
        reply = api.get(api.device(device))
        assert reply.status == 200 and reply.json["device"] == device
        assert "set-cookie" not in reply.headers
        assert api.ask("DELETE", api.device(device)).status == 204


def test_lists_are_filtered_sorted_and_paged(start_http):
    stack, _, api = start_http()
    for number in range(7):
        stack.device(f"pump:p{number}")
    gone = stack.device("quick:q1")
    gone.disconnect()
    stack.observer.wait_for_status("q1", "offline")
    names = lambda query: [each["device"] for each in api.pages(query)]  # noqa: E731
    assert names("limit=3") == [f"p{number}" for number in range(7)] + ["q1"]
    assert names("status=offline") == ["q1"] and names("status=offline,online&template=pump&limit=2") == names("template=pump")
    assert names("connected=false") == ["q1"] and names("q=Q1") == ["q1"] and names("q=pump:p3") == ["p3"]
    assert names("broker=main&q=127.0.0.1") == names("") and names("flapping=true") == []
    assert names("sort=-since&limit=2")[0] == "q1" and sorted(names("sort=-since&limit=3")) == names("")
    assert sorted(names("sort=-last_seen&limit=1")) == names("")
    assert api.get("/api/v1/devices?limit=2").json["total"] == 8


@pytest.mark.parametrize("query, names", [
    ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("sort=device2", "sort"), ("status=nowhere", "nowhere"),
    ("template=nope", "nope"), ("broker=none", "none"), ("connected=yes", "connected"), ("cursor=zz", "cursor"), ("cursor=l1-1", "cursor"),
    ("foo=1", "foo"), ("limit=1&limit=2", "limit"), ("q=%zz", "%zz"), ("status=", "status"),
])  # fmt: skip
def test_a_wrong_parameter_is_named(shared, query, names):
    reply = shared.get(f"/api/v1/devices?{query}")
    assert reply.status == 400 and names in reply.detail
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.fixture(scope="module")
def shared(request, tmp_path_factory):
    """A bridge for tests that change nothing of it: its own user's way in. No broker is needed for them."""
    folder = tmp_path_factory.mktemp("shared")
    bridge = Bridge(folder, {"brokers": [{"uri": "mqtt://127.0.0.1:1"}], "http": LISTEN, "templates": HTTP_TEMPLATES})
    bridge.launch()
    request.addfinalizer(bridge.end)
    return Api(address_of(bridge))


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/nothing", 404), ("GET", "/api/v1/devices/", 404), ("GET", "/api/v1/devices/a/b/c", 404), ("PATCH", "/api/v1/fleet", 405),
    ("DELETE", "/api/v1/fleet", 405), ("GET", "/../etc/passwd", 400), ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404), ("GET", "/api/v1/%00", 400),
    ("GET", "/%ff", 400), ("GET", "/api/v1/devices/p/timeline?before=x", 400), ("GET", "/api/v1/devices/p/uptime?step=0s", 400),
    ("GET", "/api/v1/devices/p/uptime?from=yesterday", 400), ("GET", "/api/v1/fleet/history?step=1s", 400), ("GET", "/api/v1/templates/x", 404),
    ("GET", "/api/v1/stream?events=x", 400), ("GET", "/api/v1/devices/nobody/explain", 404), ("GET", "/api/v1/devices/nobody/timeline", 404),
])  # fmt: skip
def test_what_is_not_there_is_one_problem(shared, method, path, status):
    reply = shared.ask(method, path)
    assert reply.status == status and reply.json["status"] == status and reply.json["detail"]
    if status == 405:
        assert "GET" in reply.headers["allow"]


def test_nobody_writes_without_a_file_of_write_tokens(shared):
    for method, path in (("PUT", "/api/v1/devices/a/status"), ("DELETE", "/api/v1/devices/a"), ("POST", "/api/v1/devices/actions"),
                         ("POST", "/api/v1/devices"), ("POST", "/api/v1/devices/a/report"), ("DELETE", "/api/v1/devices/a/mute")):  # fmt: skip
        assert shared.ask(method, path, {}).status == 403


def test_templates_and_scenarios(shared):
    names = [each["template"] for each in shared.get("/api/v1/templates").json["templates"]]
    assert sorted(names) == ["default", "pump", "quick"]
    template = shared.get("/api/v1/templates/pump").json
    assert [each["counts_as"] for each in template["statuses"]] == ["up", "up", "down"]
    assert shared.get("/api/v1/templates/pump/diagram.svg").body.startswith(b"<svg")
    scenario = "10:50:00 connect\n10:51:00 disconnect\n"
    reply = shared.ask("POST", "/api/v1/templates/pump/simulate", scenario, {"Content-Type": "text/plain"})
    assert [(each["at"], each["status"], each["cause"]) for each in reply.json["lines"]] == [
        ("10:50:00", "online", "connect"), ("11:01:00", "standby", "client_disconnect"), ("11:11:00", "offline", "client_disconnect")]  # fmt: skip
    wrong = shared.ask("POST", "/api/v1/templates/pump/simulate", "10:50:00 connect\n10:51:00 vanish\n", {"Content-Type": "text/plain"})
    assert wrong.status == 422 and "line 2" in wrong.detail


def test_statuses_are_set_held_released_and_reported(start_http):
    stack, _, api = start_http()
    client = stack.device("pump:p7")
    client.disconnect()
    stack.observer.wait_for_status("p7", "online", connected=False)
    held = api.ask("PUT", api.device("p7", "/status"), {"status": "offline", "hold": True}).json
    assert held["status"] == "offline" and held["set"]["hold"] and held["set"]["until"] is None
    assert api.ask("POST", api.device("p7", "/report")).json["status"] == "offline"
    released = api.ask("DELETE", api.device("p7", "/status")).json
    assert released["status"] == "online" and released["set"] is None and released["cause"] == "report"
    for body, pointer in (({"status": "nowhere"}, "/status"), ({}, "/status"), ({"status": "offline", "for": "soon"}, "/for"),
                          ({"status": "offline", "hold": 1}, "/hold"), ({"status": "offline", "x": 1}, "/x"), ([], "")):  # fmt: skip
        wrong = api.ask("PUT", api.device("p7", "/status"), body)
        assert wrong.status == 422 and wrong.json["errors"][0]["pointer"] == pointer, body
    assert api.ask("PUT", api.device("p7", "/status"), "{", {"Content-Type": "application/json"}).status == 400
    assert api.ask("PUT", api.device("nobody", "/status"), {"status": "offline"}).status == 404
    assert api.ask("DELETE", api.device("p7", "/status")).status == 422  # nothing is set


def test_devices_are_registered_muted_and_forgotten_many_at_once(start_http):
    stack, _, api = start_http()
    for number in range(5):
        reply = api.ask("POST", "/api/v1/devices", {"device": f"new-{number}", "template": "pump"})
        assert reply.status == 201
        device = reply.json
        assert (device["status"], device["connected"], device["previous"], device["cause"], device["last_seen"], device["next"]) == (
            "offline", False, None, None, None, None)  # fmt: skip
    assert api.ask("POST", "/api/v1/devices", {"device": "new-1"}).status == 409
    assert api.ask("POST", "/api/v1/devices", {"device": "x", "template": "none"}).json["errors"][0]["pointer"] == "/template"
    assert api.ask("POST", "/api/v1/devices", {"device": ""}).status == 422
    stack.observer.wait_for_status("new-4", "offline")
    stack.device("pump:new-0")
    stack.observer.wait_for_status("new-0", "online", connected=True)
    assert api.get("/api/v1/fleet").json["templates"]["pump"] == {"online": 1, "standby": 0, "offline": 4}

    muted = api.ask("POST", api.device("new-1", "/mute"), {"for": "2h"}).json
    assert muted["muted_until"] is not None
    assert [each["device"] for each in api.pages("muted=true")] == ["new-1"]
    assert api.ask("DELETE", api.device("new-1", "/mute")).json["muted_until"] is None

    action = {"action": "forget", "filter": {"template": "pump"}}
    assert api.ask("POST", "/api/v1/devices/actions", action).json == {"action": "forget", "matched": 5, "done": 0, "skipped": 0}
    assert api.ask("POST", "/api/v1/devices/actions", {**action, "expect": 4}).status == 409
    assert api.ask("POST", "/api/v1/devices/actions", {**action, "expect": 5}).json == {"action": "forget", "matched": 5, "done": 4, "skipped": 1}
    assert [each["device"] for each in api.pages()] == ["new-0"]
    assert api.ask("DELETE", api.device("new-0")).status == 409
    for body, pointer in (({"action": "x", "filter": {}}, "/action"), ({"action": "forget"}, "/filter"),
                          ({"action": "mute", "filter": {"q": 1}}, "/filter/q"), ({"action": "mute", "filter": {"x": ""}}, "/filter/x")):  # fmt: skip
        assert api.ask("POST", "/api/v1/devices/actions", body).json["errors"][0]["pointer"] == pointer


def test_the_past_is_told(start_http):
    stack, _, api = start_http()
    client = stack.device("quick:q1")
    client.disconnect()
    stack.observer.wait_for_status("q1", "offline")
    rows = wait_for(lambda: (found := api.get(api.device("q1", "/timeline")).json["rows"]) and len(found) == 2 and found, "both rows")
    assert [row["to"] for row in rows] == ["offline", "online"]
    assert rows == sorted(stack.observer.rows("q1"), key=lambda row: -row["seq"])
    page = api.get(api.device("q1", "/timeline?limit=1")).json
    assert page["rows"] == rows[:1]
    assert api.get(api.device("q1", f"/timeline?limit=1&before={page['next']}")).json == {"rows": rows[1:], "next": None}
    uptime = api.get(api.device("q1", "/uptime?step=1h")).json
    assert 0 <= uptime["availability"] <= 1 and set(uptime["buckets"][-1]["seconds"]) <= {"online", "offline"}
    device = api.get(api.device("q1")).json
    assert device["disconnects"] == {"today": 1, "30d": 1} and 0 <= device["availability"]["24h"] <= 1
    assert api.get(api.device("q1", "/explain")).json["device"] == "q1"


def test_the_stream_tells_what_happens_and_goes_on_where_it_was(start_http):
    stack, _, api = start_http()
    stream = api.stream()
    pumps = api.stream("?template=pump&events=status")
    device = stack.device("pump:p7")
    quick = stack.device("quick:q1")
    _, status, identity = stream.wait_for("status", lambda data: data["device"] == "p7")
    assert status == stack.observer.wait_for_status("p7", "online")
    stream.wait_for("row", lambda data: data["device"] == "q1")
    stream.wait_for("fleet", lambda data: data["devices"] == 2)
    device.disconnect()
    _, _, last = stream.wait_for("status", lambda data: data["device"] == "p7" and not data["connected"])
    assert int(last) > int(identity)
    pumps.wait_for("status", lambda data: not data["connected"])
    assert {each[1]["device"] for each in pumps.events} == {"p7"}
    stream.close()

    quick.disconnect()
    stack.observer.wait_for_status("q1", "offline")
    assert api.ask("DELETE", api.device("q1")).status == 204
    again = api.stream(**{"Last-Event-ID": last})
    again.wait_for("gone", lambda data: data["device"] == "q1")
    assert [each[2] for each in again.events] == sorted((each[2] for each in again.events), key=int)
    assert int(again.events[0][2]) == int(last) + 1
    api.stream(**{"Last-Event-ID": "1"}).wait_for("reset")
    for each in (pumps, again):
        each.close()


def test_who_comes_back_gets_what_was_missed_beyond_a_mebibyte(start_http):
    stack, _, api = start_http()
    stream = api.stream()
    api.ask("POST", "/api/v1/devices", {"device": "first"})
    _, _, last = stream.wait_for("status", lambda data: data["device"] == "first")
    ids = "".join(f"device-{number}\n" for number in range(2000))
    done = run_rollcall("register", "-c", stack.bridge.config_path, "--file", "-", text=ids, timeout=60)
    assert done.returncode == 0, done.stderr
    again = api.stream(**{"Last-Event-ID": last})
    again.wait_for("status", lambda data: data["device"] == "device-1999")
    again.wait_for("row", lambda data: data["device"] == "device-1999")
    assert sum(each[0] == "status" for each in again.events) == 2000 and all(each[0] != "reset" for each in again.events)
    assert sum(each[0] == "status" for each in stream.events) == 2001, "who kept up wasn't cut off"
    stream.close()
    again.close()


def test_metrics_count_what_happens(start_http):
    stack, _, api = start_http()
    stack.device("pump:p7").disconnect()
    stack.observer.wait_for_status("p7", "online", connected=False)
    text = api.get("/metrics").body.decode()
    for line in ('rollcall_devices{template="pump",status="online"} 1', "rollcall_devices_connected 0",
                 'rollcall_transitions_total{template="pump",status="online",cause="connect"} 1',
                 'rollcall_broker_link_up{broker="main"} 1', 'rollcall_lists_total{broker="main"} 1', "rollcall_store_failures_total 0"):  # fmt: skip
        assert line in text, line
    assert "p7" not in text
    wait_for(lambda: "rollcall_publish_latency_seconds_count 0" not in api.get("/metrics").body.decode(), "a latency")


def test_all_calls_are_described_and_all_that_is_described_is_there(shared):
    served = shared.get("/api/v1/openapi.json").json
    assert served == OPENAPI
    for path, calls in OPENAPI["paths"].items():
        for method in calls:
            concrete = path.replace("{device}", "d").replace("{template}", "pump")
            if path.endswith("/stream"):
                continue
            reply = shared.ask(method.upper(), concrete, None if method == "get" else {})
            assert reply.status not in (405, 500), f"{method} {path}: {reply.body}"
            assert "there is nothing at" not in reply.body.decode(errors="replace"), path
    assert described("get", "/api/v1/nothing") is None


def test_a_status_in_openapi_is_the_status_topic_s_schema(shared):
    schema = json.loads((Path(__file__).parents[2] / "topics" / "schema" / "status.schema.json").read_text())
    ours = OPENAPI["components"]["schemas"]["Status"]
    assert ours["properties"] == schema["properties"] and ours["required"] == schema["required"]


def test_many_ask_at_once(start_http):
    stack, _, api = start_http()
    for number in range(50):
        api.ask("POST", "/api/v1/devices", {"device": f"device-{number}"})
    failures = []

    def ask():
        for _ in range(20):
            reply = api.get("/api/v1/devices?q=device-4&sort=-since")
            if reply.status != 200 or reply.json["total"] != 11:
                failures.append(reply.body)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failures
