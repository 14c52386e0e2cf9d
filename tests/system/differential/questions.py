# SPDX-License-Identifier: Apache-2.0
"""What a broker is asked, in one write each: log in, subscribe, publish, and what of it comes back."""

import hashlib

from rollcall_testing import packets
from rollcall_testing.packets import V5

from .broker import connection

LOGINS = {
    "anonymous": {},
    "alice": {"username": "alice", "password": "secret"},
    "alice with a wrong password": {"username": "alice", "password": "wrong"},
    "bob, whom nobody knows": {"username": "bob", "password": "b"},
    "the empty name": {"username": ""},
}
TOPICS = ["alice", "public", "other"]
RESERVED = "ds/status/pump"
ACL = "topic read public/#\nuser alice\ntopic readwrite alice/#\ntopic read public/#\npattern readwrite own/%c\n"


class Asker:
    """One client. `answers`: what came of what it asked, and nothing that differs by chance."""

    def __init__(self, place, name, login, timeout=20.0):
        # A keepalive below every max_keepalive here: 2.0.21 throws out at random who is at that limit.
        # Topics of its own, so that nobody reads what others write.
        self.tag = hashlib.sha256(f"{place} {name} {login}".encode()).hexdigest()[:8]
        self.answers, self.is_open, self._buffer = [], True, bytearray()
        try:
            self._socket = connection(place, timeout)
        except (ConnectionError, FileNotFoundError):
            self.answers, self.is_open = ["nobody listens"], False
            return
        self._send(packets.connect(f"{name}-{self.tag}", V5, 60, True, None, **{"username": None, "password": None, **LOGINS[login]}))
        self.ask()

    def ask(self):
        """Subscribes, publishes, and notes the answers to all of that."""
        topics = [f"{topic}/{self.tag}" for topic in TOPICS]
        self._send(packets.subscribe(topics, V5, 1)
                   + b"".join(packets.publish(topic, b"x", V5, 1, False, 2 + i) for i, topic in enumerate(topics))
                   + packets.publish(RESERVED, b"", V5, 1, False, 9) + packets.packet(packets.PINGREQ, b""))  # fmt: skip
        self.answers, self.wrote_reserved = [], False
        while self.is_open:
            kind, flags, body = self._read()
            if kind == packets.PINGRESP:
                break
            if kind == packets.CONNACK:
                self.answers.append(("login", body[1]))
                self.is_open = body[1] == 0
            elif kind == packets.SUBACK:
                self.answers.append(("subscribe", *body[3:]))
            elif kind == packets.PUBACK:
                code = body[2] if len(body) > 2 else 0
                if body[:2] == b"\0\x09":
                    self.wrote_reserved = code < 0x80
                else:
                    self.answers.append(("publish", body[1], "refused" if code >= 0x80 else "taken"))
            elif kind == packets.PUBLISH:
                self.answers.append(("read", packets.parse_publish(flags, body, V5).topic.split("/")[0]))
            elif kind:
                self.answers.append(("ended", body[0] if body else 0))
        self.answers.sort()
        if not self.is_open:
            self.close()

    def _send(self, data):
        try:
            self._socket.sendall(data)
        except OSError:
            pass  # what the broker said before it closed is still to be read

    def _read(self):
        while (split := packets.split(self._buffer)) is None:
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise
            except OSError:
                data = b""
            if not data:
                self.is_open = False
                self.answers.append(("closed",))
                return None, 0, b""
            self._buffer += data
        return split

    def close(self):
        self._socket.close()
        self.is_open = False


class Questions:
    """To one broker: everybody at each listener, before and after each SIGHUP, and those who stayed connected."""

    def __init__(self, broker):
        self.broker, self.answers, self.writers, self._stayers = broker, {}, set(), []

    def ask(self, phase):
        for who, stayer in self._stayers:
            stayer.ask()
            self._note(("stayed", phase, *who), stayer)
            if stayer.is_open:
                stayer.close()
        self._stayers = []
        for number, place in enumerate(self.broker.family.places):
            for login in LOGINS:
                asker = Asker(place, "asker", login)
                self._note(("came", phase, number, login), asker)
                if asker.is_open:
                    self._stayers.append(((number, login), asker))

    def _note(self, key, asker):
        self.answers[key] = asker.answers
        if asker.answers and getattr(asker, "wrote_reserved", False):
            self.writers.add(key[-2])

    def end(self):
        for _, stayer in self._stayers:
            stayer.close()
