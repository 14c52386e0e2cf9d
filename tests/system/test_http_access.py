# SPDX-License-Identifier: Apache-2.0
"""Who may do what over HTTP, and that requests of no use do no harm."""

import gzip
import json
import signal
import socket
import struct
import time

from rollcall_testing.http import HTTP_TEMPLATES, Api, socket_api
from rollcall_testing.waiting import wait_for


def test_who_may(start_http):
    stack, nobody, writer = start_http()
    reader = Api(writer.address, "the-read-token")
    stack.device("pump:p7")
    change = {"status": "standby"}
    assert nobody.get("/api/v1/fleet").status == 401 and "www-authenticate" in nobody.get("/api/v1/fleet").headers
    assert nobody.get("/healthz").status == 200 and nobody.get("/readyz").status == 200
    assert nobody.get("/metrics").status == 401
    assert reader.get("/metrics").status == 200
    assert reader.get("/api/v1/fleet").status == 200 and reader.ask("PUT", reader.device("p7", "/status"), change).status == 403
    assert writer.ask("PUT", writer.device("p7", "/status"), change).json["status"] == "standby"
    for token in ("the-write-token ", "the-write-tokenx", "the write token"):
        reply = nobody.get("/api/v1/fleet", Authorization=f"Bearer {token}x")
        assert reply.status == 401, token
    assert nobody.get("/api/v1/fleet?token=the-write-token").status == 401
    assert socket_api(stack).ask("DELETE", writer.device("p7", "/status")).json["status"] == "online"

    # Another origin's form, and a name that was pointed here.
    for origin in ("https://evil.example", "null"):
        assert writer.ask("PUT", writer.device("p7", "/status"), change, {"Origin": origin}).status == 403
    assert writer.get("/api/v1/fleet", Host="evil.example").status == 421
    assert "access-control-allow-origin" not in writer.get("/api/v1/fleet", Origin="https://evil.example").headers


def test_who_has_gone_before_being_heard_may_not_write(start_http):
    """The system doesn't know any more who it was, but still has what was sent: that isn't the bridge's own user."""
    stack, nobody, writer = start_http()
    stack.bridge.process.pause()
    with socket.create_connection(nobody.address) as connection:
        body = b'{"device":"forged"}'
        connection.sendall(b"POST /api/v1/devices HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stack.bridge.process.resume()
    refused = 'rollcall_http_requests_total{route="/api/v1/devices",code="401"} 1'
    wait_for(lambda: refused in writer.get("/metrics").body.decode(), "the request being refused")
    assert writer.get(writer.device("forged")).status == 404


def test_a_cookie_stands_for_a_token(start_http):
    _, nobody, _ = start_http()
    origin = {"Origin": "http://%s:%d" % nobody.address}
    assert nobody.ask("POST", "/api/v1/session", {"token": "wrong"}, origin).status == 401
    assert nobody.ask("POST", "/api/v1/session", {"token": "the-write-token"}, {"Origin": "https://evil.example"}).status == 403
    reply = nobody.ask("POST", "/api/v1/session", {"token": "the-write-token"}, origin)
    assert reply.status == 200 and "HttpOnly" in reply.headers["set-cookie"] and "SameSite=Strict" in reply.headers["set-cookie"]
    cookie = {"Cookie": reply.headers["set-cookie"].split(";")[0]}
    assert nobody.get("/api/v1/fleet", **cookie).status == 200
    device = {"device": "by-cookie"}
    assert nobody.ask("POST", "/api/v1/devices", device, cookie).status == 403  # a form: no Origin
    assert nobody.ask("POST", "/api/v1/devices", device, {**cookie, **origin}).status == 201
    assert nobody.ask("DELETE", "/api/v1/session", None, cookie).status == 204
    assert nobody.get("/api/v1/fleet", **cookie).status == 401


def test_wrong_tokens_are_slowed_down(start_http):
    _, nobody, writer = start_http()
    replies = [nobody.get("/api/v1/fleet", Authorization=f"Bearer wrong-{number}") for number in range(8)]
    assert [reply.status for reply in replies][-1] == 429 and int(replies[-1].headers["retry-after"]) >= 1


def test_there_are_so_many_streams_and_no_more(start_http):
    _, _, api = start_http({"max_streams": 3})
    streams = [api.stream() for _ in range(3)]
    connection = api.connection()
    connection.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer the-write-token"})
    response = connection.getresponse()
    assert response.status == 503 and response.getheader("Retry-After")
    connection.close()
    streams[0].close()

    def opens():
        connection = api.connection()
        connection.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer the-write-token"})
        status = connection.getresponse().status
        connection.close()
        return status == 200

    wait_for(opens, "a place being free again")


def test_answers_are_compressed_and_not_sent_twice(start_http):
    stack, _, api = start_http()
    for number in range(20):
        api.ask("POST", "/api/v1/devices", {"device": f"device-{number}"})
    plain = api.get("/api/v1/devices")
    packed = api.get("/api/v1/devices", **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and gzip.decompress(packed.body) == plain.body
    same = api.get("/api/v1/devices", **{"If-None-Match": plain.headers["etag"]})
    assert same.status == 304 and same.body == b""
    head = api.ask("HEAD", "/api/v1/devices")
    assert head.status == 200 and head.body == b"" and head.headers["content-length"] == str(len(plain.body))
    assert plain.headers["x-content-type-options"] == "nosniff"


def test_behind_a_base_path(start_http):
    _, nobody, api = start_http({"base_path": "/rollcall", "hosts": ["public.example"]})
    assert api.connection().request("GET", "/") is None
    for path, status in (("/rollcall/healthz", 200), ("/healthz", 404), ("/rollcallx/healthz", 404)):
        connection = nobody.connection()
        connection.request("GET", path, headers={"Host": "public.example"})
        assert connection.getresponse().status == status, path
        connection.close()


def test_bad_http_sections_keep_the_running_one(start_http):
    stack, _, api = start_http()
    config = json.loads(stack.bridge.config_path.read_text())
    for http, words in (({"listen": "0.0.0.0:8080"}, "other machines"), ({"read_tokens_file": "nowhere"}, "nowhere"), ({"max_body_bytes": 1}, "max_body_bytes"),
                        ({"tls": {"certificate_file": "a", "key_file": "b"}}, "tls"), ({"base_path": "x/"}, "base_path"),
                        ({"hosts": ["a b"]}, "hosts"), ({"cors_origins": ["x"]}, "cors_origins"), ({"request_timeout": "0s"}, "request_timeout")):  # fmt: skip
        stack.bridge.config_path.write_text(json.dumps({**config, "http": http}))
        offset = len(stack.bridge.log())
        stack.bridge.process.signal(signal.SIGHUP)
        line = stack.bridge.wait_for_log(f"error .*{words}.*not reloaded", offset=offset)
        assert line
        assert api.get("/api/v1/fleet").status == 200
    # Tokens are read anew.
    stack.bridge.config_path.write_text(json.dumps(config))
    with open(config["http"]["write_tokens_file"], "w") as file:
        file.write("another-token\n")
    stack.bridge.process.signal(signal.SIGHUP)
    wait_for(lambda: Api(api.address, "another-token").get("/api/v1/fleet").status == 200, "the new token being taken", timeout=20, interval=0.5)
    assert api.get("/api/v1/fleet").status == 401


def test_a_bridge_that_cannot_listen_says_so_and_works_on(start_http, make_stack):
    stack, _, api = start_http()
    other = make_stack(templates=HTTP_TEMPLATES, bridge={"http": {"listen": "127.0.0.1:%d" % api.address[1]}}).start()
    other.bridge.wait_for_log(r"error .*127\.0\.0\.1:%d.*in use" % api.address[1])
    other.device("pump:p9")
    other.observer.wait_for_status("p9", "online")
    stack.bridge.stop()
    other.bridge.wait_for_log(r"HTTP: listening on 127\.0\.0\.1:%d" % api.address[1], timeout=20)


def test_requests_of_no_use_do_no_harm(start_http):
    stack, nobody, api = start_http({"request_timeout": "1s", "max_connections": 50})
    raw = []
    for opening in (b"", b"GET /healthz HT", b"POST /api/v1/devices HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{", b"\x16\x03\x01\x02\x00", b"\r\n\r\n") * 20:
        connection = socket.create_connection(api.address)
        connection.sendall(opening)
        raw.append(connection)
    began = time.monotonic()
    stack.device("pump:p7")
    stack.observer.wait_for_status("p7", "online")
    wait_for(lambda: socket_api(stack).get("/api/v1/fleet").status == 200, "its own user getting in")

    def is_served():
        try:
            return api.get("/api/v1/fleet").status == 200
        except OSError:
            return False

    wait_for(is_served, "others being served again", timeout=20, interval=0.2)
    assert time.monotonic() - began < 60
    for connection in raw:
        connection.close()
