# SPDX-License-Identifier: Apache-2.0
"""The HTTP API as a client sees it. Each answer is held against the API's own description, openapi.json."""

import contextlib
import http.client
import json
import re
import socket
import threading
from pathlib import Path
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker

from .waiting import wait_for

OPENAPI = json.loads((Path(__file__).resolve().parents[3] / "bridge" / "core" / "api" / "openapi.json").read_text())

LISTEN = {"listen": "127.0.0.1:0"}
HTTP_TEMPLATES = {
    "pump": {"statuses": [{"status": "online"}, {"status": "standby", "after": "10m"}, {"status": "offline", "after": "10m"}]},
    "quick": {"statuses": [{"status": "online"}, {"status": "offline", "after": "0s"}]},
}  # fmt: skip


def address_of(bridge):
    """(host, port) where this bridge listens, by its log."""
    found = bridge.wait_for_log(r"HTTP: listening on (127\.0\.0\.1):(\d+)")
    return found[1], int(found[2])


def described(method, path):
    """What openapi.json says of this call; `path` without its query."""
    exact = OPENAPI["paths"].get(path, {})
    if method in exact:
        return exact[method]
    for pattern, calls in OPENAPI["paths"].items():
        expression = re.sub(r"\{[a-z]+\}", "[^/]+", pattern.replace(".", r"\."))
        if method in calls and re.fullmatch(expression, path):
            return calls[method]
    return None


def validate(method, path, status, content_type, body):
    call = described(method.lower().replace("head", "get"), path.split("?")[0])
    if call is None:
        assert status in (204, 400, 404, 405, 421), f"{method} {path}: {status}, and openapi.json doesn't know it"
        return
    answer = call["responses"].get(str(status), call["responses"]["default"])
    if "$ref" in answer:
        answer = OPENAPI["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    contents = answer.get("content", {})
    if not contents:
        assert body == b"", f"{method} {path}: a body where openapi.json has none"
        return
    kind = content_type.split(";")[0]
    assert kind in contents, f"{method} {path}: {status} has {kind}, openapi.json {list(contents)}"
    if not kind.endswith("json"):
        return
    schema = {**contents[kind]["schema"], "components": OPENAPI["components"]}
    errors = list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(json.loads(body)))
    assert not errors, f"{method} {path} {status}: {errors[0].json_path}: {errors[0].message}"


class Reply:
    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def detail(self):
        return self.json["detail"]


class Api:
    def __init__(self, address, token=None, path=None):
        """`path`: of the Unix socket, instead of the address."""
        self.address, self.token, self.path = address, token, path

    def connection(self, timeout=20):
        if self.path is None:
            return http.client.HTTPConnection(*self.address, timeout=timeout)
        connection = http.client.HTTPConnection("localhost", timeout=timeout)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(timeout)
        connection.sock.connect(str(self.path))
        return connection

    def ask(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = self.connection()
        try:
            connection.request(method, path, body=body, headers=headers)
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        if "content-encoding" not in reply.headers and method != "HEAD" and reply.status != 304:
            validate(method, path, reply.status, reply.headers.get("content-type", ""), reply.body)
        return reply

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def device(self, device, path=""):
        return f"/api/v1/devices/{quote(device, safe='')}{path}"

    def pages(self, query=""):
        """The devices of a whole list, page by page."""
        cursor, devices = "", []
        while True:
            reply = self.get(f"/api/v1/devices?{query}{cursor}")
            assert reply.status == 200, reply.body
            devices += reply.json["devices"]
            if reply.json["next"] is None:
                return devices
            cursor = f"&cursor={reply.json['next']}"

    def stream(self, query="", **headers):
        return Stream(self, query, headers)


def socket_api(stack):
    """As the bridge's own user, by its Unix socket."""
    return Api(None, path=f"{stack.bridge.folder / 'rollcall.db'}.control")


class Stream:
    """Reads server-sent events on a thread of its own, until close()."""

    def __init__(self, api, query, headers):
        if api.token:
            headers["Authorization"] = f"Bearer {api.token}"
        self.connection = api.connection(timeout=60)
        self.connection.request("GET", f"/api/v1/stream{query}", headers=headers)
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()
        self.events = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        event = {}
        try:
            for raw in self.response:
                line = raw.decode().rstrip("\n")
                name, _, value = line.partition(": ")
                if line == "":
                    if "data" in event:
                        self.events.append((event.get("event"), json.loads(event["data"]), event.get("id")))
                    event = {}
                elif not line.startswith(":"):
                    event[name] = value
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass

    def wait_for(self, kind, is_it=lambda data: True):
        found = lambda: next((each for each in list(self.events) if each[0] == kind and is_it(each[1])), None)  # noqa: E731
        return wait_for(found, lambda: f"an event {kind}; there were {self.events}")

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # else it waits for the thread that reads
        self.connection.close()
