# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of a broker: for a link that breaks, stalls or stays away while both ends go on working."""

import selectors
import socket
import struct
import threading


class Proxy:
    """Passes everything on to `target_port`, from its own `port`, until told otherwise."""

    def __init__(self, target_port):
        self.target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._pairs = []  # (from the client, to the broker)
        self._is_refusing = self._is_stalled = self._is_ended = False
        self._cuts = []  # those who wait for one
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self):
        """RST on both sides of every connection; new ones are let through unless refuse() was called."""
        done = threading.Event()
        self._cuts.append(done)
        done.wait(5)

    def refuse(self):
        """New connections are closed at once, until accept()."""
        self._is_refusing = True

    def accept(self):
        self._is_refusing = False

    def stall(self):
        """Connections stay, nothing gets through, until flow(): as with a cable pulled."""
        self._is_stalled = True

    def flow(self):
        self._is_stalled = False

    def passed(self, size, from_broker):
        """Called after `size` bytes got through, on the proxy's thread: for those who want to know when."""

    def end(self):
        self._is_ended = True
        self._thread.join(2)
        self._cut()
        self._listener.close()

    def _run(self):
        while not self._is_ended:
            while self._cuts:
                self._cut()
                self._cuts.pop().set()
            with selectors.DefaultSelector() as selector:
                selector.register(self._listener, selectors.EVENT_READ)
                if not self._is_stalled:
                    for client, broker in self._pairs:
                        selector.register(client, selectors.EVENT_READ, (client, broker))
                        selector.register(broker, selectors.EVENT_READ, (broker, client))
                for key, _ in selector.select(0.02):
                    if key.fileobj is self._listener:
                        self._take()
                    else:
                        self._pass_on(*key.data)

    def _cut(self):
        for pair in self._pairs:
            for sock in pair:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
        self._pairs.clear()

    def _take(self):
        client, _ = self._listener.accept()
        if self._is_refusing:
            client.close()
            return
        try:
            broker = socket.create_connection(("127.0.0.1", self.target_port), 2)
        except OSError:
            client.close()
            return
        for sock in (client, broker):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pairs.append((client, broker))

    def _pass_on(self, source, sink):
        try:
            data = source.recv(65536)
            if data:
                sink.sendall(data)
                self.passed(len(data), any(broker is source for _, broker in self._pairs))
                return
        except OSError:
            pass
        for pair in [pair for pair in self._pairs if source in pair]:
            self._pairs.remove(pair)
            for sock in pair:
                sock.close()
