# SPDX-License-Identifier: Apache-2.0
"""Servers that notifications go to: one for HTTP, one for mail. Each keeps what came, and answers as a test wants it."""

import base64
import email
import email.policy
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .waiting import wait_for


def server_context(authority, name="server"):
    """TLS with that certificate of a certificates.Authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.folder / f"{name}.crt", authority.folder / f"{name}.key")
    return context


@dataclass
class Request:
    method: str
    path: str
    headers: dict  # names in lower case
    body: bytes


@dataclass
class Answer:
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: str = "ok"


HANG = object()  # says nothing until the receiver ends
CLOSE = object()  # closes in the middle of its answer


class Receiver:
    """`answer` is an Answer, HANG, CLOSE, or a function of the Request that returns one."""

    def __init__(self, answer=None, port=0, tls=None):
        self.answer, self.requests, self.ending = answer or Answer(), [], threading.Event()
        self.most_at_once = self.at_once = 0
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                receiver.handle(self)

            do_POST = do_PUT = do_GET = handle_any

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass  # whoever breaks off, or doesn't like a certificate

        self.server = Server(("127.0.0.1", port), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.command, handler.path, headers, body)
        with self.lock:
            self.requests.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = self.answer(request) if callable(self.answer) else self.answer
            if answer is HANG:
                self.ending.wait()
            if answer in (HANG, CLOSE):
                if answer is CLOSE:
                    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of")
                handler.close_connection = True
                return
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answer.body.encode())))
            handler.end_headers()
            handler.wfile.write(answer.body.encode())
        finally:
            with self.lock:
                self.at_once -= 1

    def wait_for_requests(self, count, timeout=10.0):
        wait_for(lambda: len(self.requests) >= count, lambda: f"{count} requests; {len(self.requests)} came", timeout)
        return list(self.requests)

    def end(self):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Mail:
    sender: str
    recipients: list
    message: email.message.EmailMessage
    raw: bytes
    login: tuple  # user name and password; empty: none
    is_tls: bool


class MailServer:
    """Speaks as much SMTP (RFC 5321, STARTTLS, AUTH PLAIN) as a mail needs. `replies`: by command, what is said instead."""

    def __init__(self, starttls=None, tls=None, replies=None):
        self.mails, self.replies, self.commands = [], replies or {}, []
        mail_server = self

        class Session(socketserver.BaseRequestHandler):
            def handle(self):
                mail_server.serve(self.request, starttls, tls)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Session)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def serve(self, connection, starttls, tls):
        is_tls, login, sender, recipients = bool(tls), (), None, []
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        stream = connection.makefile("rwb")

        def say(line):
            stream.write(line.encode() + b"\r\n")
            stream.flush()

        say(self.replies.get("CONNECT", "220 mail.example ready"))
        while line := stream.readline():
            words = line.decode().strip().split()
            command = words[0].upper() if words else ""
            self.commands.append(line.decode().strip())
            if command in self.replies:
                say(self.replies[command])
            elif command == "EHLO":
                more = ["250-STARTTLS"] if starttls and not is_tls else []
                more += ["250-AUTH PLAIN"] if is_tls or not starttls else []
                for each in ["250-mail.example", *more, "250 8BITMIME"]:
                    say(each)
            elif command == "STARTTLS":
                say("220 go on")
                stream.close()
                connection = starttls.wrap_socket(connection, server_side=True)
                stream, is_tls = connection.makefile("rwb"), True
            elif command == "AUTH":
                coded = words[2] if len(words) > 2 else None
                if coded is None:
                    say("334 ")
                    coded = stream.readline().decode().strip()
                _, user, password = base64.b64decode(coded).decode().split("\0")
                login = (user, password)
                say("235 welcome")
            elif command == "MAIL":
                sender = line.decode().split("<")[1].split(">")[0]
                say("250 ok")
            elif command == "RCPT":
                recipients.append(line.decode().split("<")[1].split(">")[0])
                say("250 ok")
            elif command == "DATA":
                say("354 go on")
                lines = []
                while (text := stream.readline()) not in (b".\r\n", b""):
                    lines.append(text[1:] if text.startswith(b".") else text)
                raw = b"".join(lines)
                message = email.message_from_bytes(raw, policy=email.policy.default)
                self.mails.append(Mail(sender, recipients, message, raw, login, is_tls))
                say("250 queued as 42")
            elif command == "QUIT":
                say("221 bye")
                return
            else:
                say("502 what?")

    def end(self):
        self.server.shutdown()
        self.server.server_close()


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
