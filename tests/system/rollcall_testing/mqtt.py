# SPDX-License-Identifier: Apache-2.0
"""An MQTT client for tests: a bare socket, so that a test decides to the byte how a connection begins and ends.

    pump = Client(port, "pump-7", will=Will("pumps/7", b"gone")).connect()
    pump.disconnect()        # DISCONNECT, then FIN: the will is discarded
    pump.close()             # FIN without DISCONNECT
    pump.reset()             # RST
    pump.fall_silent()       # the network goes: the socket stays, nothing more is sent or answered
    pump.send_raw(b"\\xf0")  # whatever one likes

A thread of its own reads, answers and pings; everything may be called from any thread.
"""

import socket
import struct
import threading
import time

from . import packets
from .packets import V5, V31, V311, Message, Will
from .waiting import wait_for

__all__ = ["V31", "V311", "V5", "Client", "ConnectionLost", "Message", "Refused", "Will", "visit"]


class Refused(Exception):
    """The broker answered CONNECT with a refusal; `code` is the return code (3.x) or the reason code (5)."""

    def __init__(self, code):
        super().__init__(f"CONNECT refused with code {code} (0x{code:02x})")
        self.code = code


class ConnectionLost(Exception):
    """The broker closed the connection while something was expected from it."""


class Client:
    def __init__(self, port, client_id, *, version=V311, keepalive=60, clean=True, will=None, username=None,
                 password=None, properties=None, host="127.0.0.1", source=None):  # fmt: skip
        """`properties` are those of CONNECT (MQTT 5), by the names in packets.PROPERTIES. keepalive 0: none.

        source: the address to connect from, such as "127.0.0.2"; None: the system chooses.
        """
        self._source = (source, 0) if source else None
        self.address, self.client_id, self.version, self.keepalive = (host, port), client_id, version, keepalive
        self.messages = []  # everything that was delivered, in order
        self.session_present = False
        self.connack_properties = {}
        self.disconnect_reason = None  # of a DISCONNECT that the broker sent (MQTT 5)
        self.changed = threading.Condition()
        self._connect = packets.connect(client_id, version, keepalive, clean, will, username, password, properties)
        self._socket = None
        self._thread = None
        self._answers = {}  # packet id: (kind, body)
        self._next_packet_id = 1
        self._is_silent = self._is_closed = False
        self._last_sent = 0.0
        self._on_message = None

    # Beginning

    def connect(self, timeout=10.0):
        """Connects and waits for CONNACK; returns self. Raises Refused or ConnectionLost."""
        self._socket = socket.create_connection(self.address, timeout, self._source)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self._is_silent = self._is_closed = False
        self.disconnect_reason = None
        self.send_raw(self._connect)
        try:
            kind, _, body = self._read_packet()
        except (ConnectionLost, OSError):
            self._socket.close()
            raise ConnectionLost(f"{self.client_id[:80]!r}: the broker closed the connection without CONNACK") from None
        assert kind == packets.CONNACK, f"packet type {kind} instead of CONNACK"
        self.session_present, code = bool(body[0] & 1), body[1]
        if self.version == V5:
            self.connack_properties = packets.Reader(body[2:]).properties()
        if code:
            self._socket.close()
            raise Refused(code)
        agreed = self.connack_properties.get("server_keepalive", self.keepalive)
        self._thread = threading.Thread(target=self._read, args=(self._socket, agreed), daemon=True)
        self._thread.start()
        return self

    # Doing things

    def subscribe(self, *topic_filters, qos=0, timeout=5.0):
        """Returns the list of reason codes (0x80 and above: refused)."""
        packet_id = self._take_packet_id()
        body = self._ask(packet_id, packets.subscribe(topic_filters, self.version, packet_id, qos), timeout)
        reader = packets.Reader(body)
        if self.version == V5:
            reader.properties()
        return list(reader.rest())

    def publish(self, topic, payload=b"", *, qos=0, retain=False, properties=None, timeout=5.0):
        """QoS 1 waits for PUBACK and returns its reason code (always 0 before MQTT 5); QoS 0 returns None."""
        packet_id = self._take_packet_id() if qos else None
        data = packets.publish(topic, payload, self.version, qos, retain, packet_id, properties)
        if not qos:
            self.send_raw(data)
            return None
        body = self._ask(packet_id, data, timeout)
        return body[0] if body else 0

    def send_raw(self, data):
        self._last_sent = time.monotonic()
        self._socket.sendall(data)

    def on_message(self, function):
        """`function(message)` is called on the reading thread instead of collecting into `messages`."""
        self._on_message = function

    def wait_for_message(self, topic=None, predicate=lambda message: True, timeout=5.0):
        """The first message with that topic and predicate, those that have come already included."""
        def first():
            return next((m for m in self.messages if topic in (None, m.topic) and predicate(m)), None)

        with self.changed:
            return wait_for(first, lambda: f"a message on {topic}; there came {[m.topic for m in self.messages]}",
                            timeout, changed=self.changed)  # fmt: skip

    def round_trip(self, timeout=5.0):
        """Afterwards the broker has handled all that was sent before, and its answers to it are here."""
        self.subscribe(f"round-trip/{self._next_packet_id}", timeout=timeout)

    # Ending

    def disconnect(self, reason=0, properties=None):
        """DISCONNECT and then FIN. `reason` is for MQTT 5: 0x04 has the will sent."""
        self.send_raw(packets.disconnect(self.version, reason, properties))
        self.close()

    def close(self):
        """FIN, with no DISCONNECT before it unless disconnect() sent one."""
        self._is_closed = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the broker was faster
        self._finish()

    def reset(self):
        """RST: as when a process dies with unread data, or a router forgets the connection."""
        self._is_closed = self._is_silent = True
        self._thread.join(5)  # while it is inside a call on the socket, close() would send nothing yet
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def fall_silent(self):
        """The network goes: no ping, no answer, no FIN. The broker finds out by the keepalive, or never."""
        self._is_silent = True

    def wait_closed(self, timeout=5.0):
        """Waits until the broker has ended the connection."""
        with self.changed:
            wait_for(lambda: self._is_closed, f"the broker closing the connection of {self.client_id[:80]!r}",
                     timeout, changed=self.changed)  # fmt: skip
        self._finish()

    @property
    def is_open(self):
        return self._socket is not None and not self._is_closed

    def end(self):
        """For teardown: gone afterwards, no matter how."""
        if self._socket is not None:
            self.close()

    # Inside

    def _take_packet_id(self):
        with self.changed:
            packet_id = self._next_packet_id
            self._next_packet_id = packet_id % 65535 + 1
            return packet_id

    def _ask(self, packet_id, data, timeout):
        self.send_raw(data)
        with self.changed:
            wait_for(lambda: packet_id in self._answers or self._is_closed, f"the answer to packet {packet_id}",
                     timeout, changed=self.changed)  # fmt: skip
            if packet_id not in self._answers:
                raise ConnectionLost(f"{self.client_id[:80]!r}: the broker closed the connection instead of answering")
            return self._answers.pop(packet_id)

    def _read_packet(self):
        while True:
            found = packets.split(self._buffer)
            if found:
                return found
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionLost
            self._buffer += data

    def _read(self, sock, keepalive):
        """The thread: until the connection ends."""
        sock.settimeout(0.1)
        while not self._is_closed:
            if keepalive and not self._is_silent and time.monotonic() - self._last_sent > keepalive / 2:
                try:
                    self.send_raw(packets.packet(packets.PINGREQ, b""))
                except OSError:
                    break
            try:
                self._take(*self._read_packet())
            except TimeoutError:
                continue
            except (ConnectionLost, OSError):
                break
        with self.changed:
            self._is_closed = True
            self.changed.notify_all()

    def _take(self, kind, flags, body):
        if kind == packets.PUBLISH:
            message = packets.parse_publish(flags, body, self.version)
            message.at = time.time()
            if message.qos and not self._is_silent:
                self.send_raw(packets.packet(packets.PUBACK, struct.pack("!H", message.packet_id)))
            if self._on_message:
                self._on_message(message)
            else:
                with self.changed:
                    self.messages.append(message)
                    self.changed.notify_all()
        elif kind in (packets.PUBACK, packets.SUBACK, packets.UNSUBACK):
            with self.changed:
                self._answers[int.from_bytes(body[:2], "big")] = body[2:]
                self.changed.notify_all()
        elif kind == packets.DISCONNECT:
            self.disconnect_reason = body[0] if body else 0

    def _finish(self):
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(5)
        self._socket.close()


def visit(port, client_id, *, username=None, host="127.0.0.1"):
    """Connects, waits for CONNACK, sends DISCONNECT and leaves: thousands of these take seconds, with no thread each."""
    with socket.create_connection((host, port), 10) as sock:
        sock.sendall(packets.connect(client_id, V311, 60, True, username=username))
        buffer = bytearray()
        while packets.split(buffer) is None:
            data = sock.recv(64)
            if not data:
                raise ConnectionLost(f"{client_id!r}: no CONNACK")
            buffer += data
        sock.sendall(packets.disconnect(V311))
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(64):
            pass  # until the broker has taken note
