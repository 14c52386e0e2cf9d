# SPDX-License-Identifier: Apache-2.0
"""Thousands of clients without a thread each: they connect, stay, and go all at once."""

import resource
import selectors
import socket
import struct

from . import packets
from .packets import V311

AT_ONCE = 90  # that wait to be let in; a broker's own queue for them has room for 100
CONNACK = b"\x20\x02\x00\x00"


def allow_many_files():
    """As many open files as this process may have, for itself and what it starts. Returns the number."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


class Crowd:
    """Its clients send no pings, and by default have no keepalive. `username`, `will` and `keepalive` are the same for all."""

    def __init__(self, port, username=None, will=None, keepalive=0):
        self.port, self.username, self.will, self.keepalive, self.sockets = port, username, will, keepalive, {}

    def connect(self, names):
        """Lets all of them in; who is in it already is taken over by its own newcomer. Afterwards each has its CONNACK."""
        waiting, pending = list(reversed(list(names))), {}
        with selectors.DefaultSelector() as selector:
            while waiting or pending:
                while waiting and len(pending) < AT_ONCE:
                    name = waiting.pop()
                    sock = socket.create_connection(("127.0.0.1", self.port), 60)
                    sock.sendall(packets.connect(name, V311, self.keepalive, True, self.will, username=self.username))
                    sock.setblocking(False)
                    pending[sock] = name
                    selector.register(sock, selectors.EVENT_READ)
                ready = selector.select(60)
                assert ready, f"{len(pending)} clients got no answer within a minute"
                for key, _ in ready:
                    sock = key.fileobj
                    selector.unregister(sock)
                    name = pending.pop(sock)
                    assert sock.recv(4) == CONNACK, f"{name[:80]!r}: no CONNACK that lets it in"
                    if older := self.sockets.pop(name, None):
                        older.close()
                    self.sockets[name] = sock

    def vanish(self, names=None):
        """RST on every connection, or on those of `names`, one right after the other."""
        for name in list(self.sockets) if names is None else names:
            sock = self.sockets.pop(name)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()

    def leave(self):
        """DISCONNECT and FIN."""
        for sock in self.sockets.values():
            sock.setblocking(True)
            sock.sendall(packets.disconnect(V311))
            sock.close()
        self.sockets.clear()


def resident_kib(pid):
    """The memory of a process that is in RAM."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
