# SPDX-License-Identifier: Apache-2.0
"""How notifications leave: `rollcall notify-test` against servers that take them, refuse them, hang, and lie."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from rollcall_testing.bridge import run_rollcall
from rollcall_testing.certificates import Authority
from rollcall_testing.receivers import CLOSE, HANG, Answer, MailServer, Receiver, free_port, server_context

OK, USAGE, UNAVAILABLE, CONFIGURATION = 0, 64, 69, 78
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


class Sending:
    """A folder with a configuration, and the servers of a test."""

    def __init__(self, folder):
        self.folder, self.channels, self.servers = folder, {}, []

    def keep(self, server):
        self.servers.append(server)
        return server

    def receiver(self, answer=None, **options):
        return self.keep(Receiver(answer, **options))

    def secret(self, text, name="secret", mode=0o600):
        file = self.folder / name
        file.write_text(text + "\n")
        file.chmod(mode)
        return name

    def run(self, name="ops", expect=None, command="notify-test"):
        (self.folder / "rollcall.json").write_text(json.dumps({"channels": self.channels}))
        arguments = [command, name] if command == "notify-test" else [command]
        done = run_rollcall(*arguments, "-c", self.folder / "rollcall.json", timeout=40)
        if expect is not None:
            assert done.returncode == expect, done.stdout + done.stderr
        return done


@pytest.fixture
def sending(tmp_path):
    made = Sending(tmp_path)
    yield made
    for server in made.servers:
        server.end()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority")).sign("expired", expired=True)


# Webhooks


def test_a_webhook_gets_a_cloud_event(sending):
    receiver = sending.receiver()
    sending.channels = {"ops": {"webhook": receiver.url + "/hook?a=b"}}
    done = sending.run(expect=OK)
    assert "ops (127.0.0.1): delivered after" in done.stdout and "200 ok" in done.stdout
    [request] = receiver.requests
    assert (request.method, request.path) == ("POST", "/hook?a=b")
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert not any(name.startswith("webhook-") for name in request.headers)
    event = json.loads(request.body)
    assert event["specversion"] == "1.0" and event["type"] == "io.rollcall.device.status"
    assert event["subject"] == event["data"]["device"] == "rollcall-test"
    assert event["id"] == event["data"]["id"] and event["source"] and event["time"].endswith("Z")


def test_a_secret_signs_what_is_sent(sending):
    receiver = sending.receiver()
    sending.channels = {"ops": {"webhook": receiver.url, "secret_file": sending.secret(SECRET)}}
    sending.run(expect=OK)
    [request] = receiver.requests
    identity, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    assert identity == json.loads(request.body)["id"] and abs(time.time() - int(at)) < 60
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signature = hmac.new(key, f"{identity}.{at}.".encode() + request.body, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(signature).decode()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_on_the_same_server_is_followed(sending, status):
    receiver = sending.receiver(
        lambda request: Answer() if request.path == "/new" else Answer(status, {"Location": "/new"}, "moved")
    )
    sending.channels = {"ops": {"webhook": receiver.url + "/old"}}
    sending.run(expect=OK)
    assert [(each.method, each.path) for each in receiver.requests] == [("POST", "/old"), ("POST", "/new")]
    assert receiver.requests[0].body == receiver.requests[1].body


def test_a_redirect_to_another_server_is_not_followed(sending):
    other = sending.receiver()
    receiver = sending.receiver(Answer(307, {"Location": other.url + "/"}, ""))
    sending.channels = {"ops": {"webhook": receiver.url, "secret_file": sending.secret(SECRET)}}
    assert "redirects to another server" in sending.run(expect=UNAVAILABLE).stderr
    assert not other.requests


def test_redirects_without_end_end(sending):
    receiver = sending.receiver(Answer(308, {"Location": "/again"}, ""))
    sending.channels = {"ops": {"webhook": receiver.url}}
    assert "redirects again and again" in sending.run(expect=UNAVAILABLE).stderr
    assert len(receiver.requests) == 4


@pytest.mark.parametrize("status", [303, 400, 401, 404, 429, 500, 503])
def test_an_answer_that_is_none_is_told(sending, status):
    receiver = sending.receiver(Answer(status, {"Retry-After": "7"}, "first line\nsecond line"))
    sending.channels = {"ops": {"webhook": receiver.url}}
    said = sending.run(expect=UNAVAILABLE).stderr
    assert "not delivered after" in said and f"{status} first line" in said and "second" not in said


def test_an_answer_without_end_is_cut(sending):
    receiver = sending.receiver(Answer(200, {}, "x" * 3_000_000))
    sending.channels = {"ops": {"webhook": receiver.url}}
    assert len(sending.run(expect=OK).stdout) < 400


def test_what_is_secret_is_not_repeated(sending):
    receiver = sending.receiver(lambda request: Answer(404, {}, f"{request.path} {request.headers['x-key']}: what?"))
    sending.channels = {"ops": {"webhook": receiver.url + "/services/T00000000/abcdefgh?token=qwertyuiop",
                                "headers": {"X-Key": "{secret}"}, "secret_file": sending.secret("hunter2")}}  # fmt: skip
    done = sending.run(expect=UNAVAILABLE)
    assert "404 *** ***: what?" in done.stderr
    assert "/services/T00000000/abcdefgh" in receiver.requests[0].path


def test_nobody_listens(sending):
    sending.channels = {"ops": {"webhook": f"http://127.0.0.1:{free_port()}/secret-path"}}
    said = sending.run(expect=UNAVAILABLE).stderr
    assert "Failed to connect" in said and "secret-path" not in said


def test_a_connection_that_closes_in_the_middle(sending):
    sending.channels = {"ops": {"webhook": sending.receiver(CLOSE).url}}
    sending.run(expect=UNAVAILABLE)


def test_a_server_that_hangs_is_given_ten_seconds(sending):
    sending.channels = {"ops": {"webhook": sending.receiver(HANG).url}}
    assert "no answer within 10 s" in sending.run(expect=UNAVAILABLE).stderr


def test_proxies_of_the_environment_are_not_used(sending, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    sending.channels = {"ops": {"webhook": sending.receiver().url}}
    sending.run(expect=OK)


def test_https_with_a_certificate_of_ones_own_authority(sending, authority):
    receiver = sending.receiver(tls=server_context(authority))
    sending.channels = {"ops": {"webhook": receiver.url, "ca_file": str(authority.folder / "ca.crt")}}
    sending.run(expect=OK)


@pytest.mark.parametrize("certificate, ca_file", [("server", False), ("expired", True)])
def test_https_with_a_certificate_that_counts_for_nothing(sending, authority, certificate, ca_file):
    receiver = sending.receiver(tls=server_context(authority, certificate))
    sending.channels = {"ops": {"webhook": receiver.url}}
    if ca_file:
        sending.channels["ops"]["ca_file"] = str(authority.folder / "ca.crt")
    assert "certificate" in sending.run(expect=UNAVAILABLE).stderr
    assert not receiver.requests


def test_https_where_there_is_none(sending):
    receiver = sending.receiver()
    sending.channels = {"ops": {"webhook": receiver.url.replace("http:", "https:")}}
    sending.run(expect=UNAVAILABLE)


# Mail


def mail(server, scheme="smtp", **more):
    return {"smtp": f"{scheme}://127.0.0.1:{server.port}", "from": "rollcall@example.com", "to": ["a@example.com", "b@example.com"],
            **more}  # fmt: skip


def test_a_mail_is_one(sending):
    server = sending.keep(MailServer())
    sending.channels = {"ops": mail(server, subject="Ärger: {device}")}
    assert "250 queued as 42" in sending.run(expect=OK).stdout
    [got] = server.mails
    assert (got.sender, got.recipients) == ("rollcall@example.com", ["a@example.com", "b@example.com"])
    assert not got.message.defects and got.message["subject"] == "Ärger: rollcall-test"
    assert got.message["to"] == "a@example.com, b@example.com" and got.message["date"].datetime.timestamp() > time.time() - 60
    assert got.message["message-id"].endswith("@example.com>")
    assert "This is a test" in got.message.get_content()
    assert max(map(len, got.raw.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_password_goes_over_tls(sending, authority, scheme):
    context = server_context(authority)
    server = sending.keep(MailServer(**{"starttls" if scheme == "smtp" else "tls": context}))
    sending.channels = {"ops": mail(server, scheme, username="me", password_file=sending.secret("hunter2"),
                                    ca_file=str(authority.folder / "ca.crt"))}  # fmt: skip
    sending.run(expect=OK)
    assert server.mails[0].login == ("me", "hunter2") and server.mails[0].is_tls


def test_a_password_is_not_sent_without_tls(sending):
    server = sending.keep(MailServer())
    sending.channels = {"ops": mail(server, username="me", password_file=sending.secret("hunter2"))}
    assert "TLS" in sending.run(expect=UNAVAILABLE).stderr
    assert not any(line.startswith("AUTH") for line in server.commands) and not server.mails


def test_a_password_is_not_sent_to_who_has_no_valid_certificate(sending, authority):
    server = sending.keep(MailServer(starttls=server_context(authority)))
    sending.channels = {"ops": mail(server, username="me", password_file=sending.secret("hunter2"))}
    assert "certificate" in sending.run(expect=UNAVAILABLE).stderr
    assert not any(line.startswith("AUTH") for line in server.commands)


@pytest.mark.parametrize("replies, told", [
    ({"RCPT": "550 5.1.1 nobody here"}, "550 5.1.1 nobody here"),
    ({"MAIL": "451 later"}, "451 later"),
    ({"CONNECT": "554 go away"}, "554 go away"),
])  # fmt: skip
def test_what_a_mail_server_refuses_is_told(sending, replies, told):
    server = sending.keep(MailServer(replies=replies))
    sending.channels = {"ops": mail(server)}
    assert told in sending.run(expect=UNAVAILABLE).stderr


def test_a_wrong_password_is_told_and_not_repeated(sending, authority):
    server = sending.keep(MailServer(starttls=server_context(authority), replies={"AUTH": "535 5.7.8 hunter2 is wrong"}))
    sending.channels = {"ops": mail(server, username="me", password_file=sending.secret("hunter2"),
                                    ca_file=str(authority.folder / "ca.crt"))}  # fmt: skip
    said = sending.run(expect=UNAVAILABLE).stderr
    assert "535" in said and "refuses the login" in said and "hunter2" not in said


# The configuration


def test_a_secret_that_others_may_read_is_refused_with_its_place(sending):
    sending.channels = {"ops": {"webhook": "http://x", "secret_file": sending.secret(SECRET, mode=0o644)}}
    for command in ("check", "notify-test"):
        said = sending.run(expect=CONFIGURATION, command=command).stderr
        assert "channels.ops.secret_file: others may read or write" in said and ":1:" in said


def test_a_secret_that_cannot_sign_is_refused_and_not_repeated(sending):
    sending.channels = {"ops": {"webhook": "http://x", "secret_file": sending.secret("hunter2")}}
    said = sending.run(expect=CONFIGURATION).stderr
    assert "channels.ops.secret_file" in said and "whsec_" in said and "hunter2" not in said


def test_a_channel_that_there_is_not(sending):
    sending.channels = {"ops": {"webhook": "http://x"}}
    assert 'has no channel "oops"; there: "ops"' in sending.run("oops", expect=USAGE).stderr


def test_certificates_that_are_not_there(sending):
    sending.channels = {"ops": {"webhook": "https://x", "ca_file": "nowhere.crt"}}
    assert "channels.ops.ca_file: can't read" in sending.run(expect=CONFIGURATION).stderr
