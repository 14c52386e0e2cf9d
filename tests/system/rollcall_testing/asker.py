# SPDX-License-Identifier: Apache-2.0
"""A client that notes every packet a broker sends it: for holding the answers of two brokers side by side.

No thread: each call sends, then reads until the broker has answered all of it. What is noted is plain tuples, equal
whenever the broker did the same; packet ids and ids drawn by the broker are left out. A connection that the broker ends
is noted as ("closed",), once for each call from then on.
"""

import socket

from . import packets
from .packets import V5

_NAMES = {
    packets.CONNACK: "connack", packets.PUBACK: "puback", packets.SUBACK: "suback", packets.UNSUBACK: "unsuback",
    5: "pubrec", 7: "pubcomp",
}  # fmt: skip
PUBREC, PUBREL = 5, 6
CLOSED = ("closed",)


class Asker:
    def __init__(self, port, client_id, version, *, tls=None, timeout=30.0, keepalive=600, clean=True, will=None,
                 username=None, password=None, properties=None):  # fmt: skip
        """Connects; `answer` is what came of it. tls: an ssl.SSLContext. The rest as of mqtt.Client."""
        self.version, self.is_open = version, True
        self._buffer, self._asked, self._next_id = bytearray(), {}, 1
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if tls:
                self._socket = tls.wrap_socket(self._socket)
        except TimeoutError:
            raise
        except OSError:
            self._end()
        self._send(packets.connect(client_id, version, keepalive, clean, will, username, password, properties))
        self.answer = self._note(until=packets.CONNACK)
        if self.answer[-1][0] != "connack" or self.answer[-1][2]:
            self._end()

    def subscribe(self, *topic_filters, qos=0):
        packet_id = self._take_id(" ".join(topic_filters))
        return self._ask(packets.subscribe(topic_filters, self.version, packet_id, qos))

    def unsubscribe(self, *topic_filters):
        return self._ask(packets.unsubscribe(topic_filters, self.version, self._take_id(" ".join(topic_filters))))

    def publish(self, topics, payload, *, qos=0, retain=False):
        """The same to each of `topics`, sent in one go."""
        return self._ask(b"".join(
            packets.publish(topic, payload, self.version, qos, retain, self._take_id(topic) if qos else None)
            for topic in topics
        ))  # fmt: skip

    def look(self):
        """What has come since."""
        return self._ask(b"")

    def leave(self):
        """DISCONNECT; afterwards the broker has taken note."""
        self._send(packets.disconnect(self.version))
        self.close()

    def close(self):
        """FIN, after which a broker sends the will; afterwards it has done so."""
        if not self.is_open:
            return
        try:
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(65536):
                pass
        except TimeoutError:
            raise
        except OSError:
            pass  # the broker was faster
        self._end()

    def _ask(self, data):
        # Twice: QoS 2 goes there and back once more.
        self._send(data + packets.packet(packets.PINGREQ, b""))
        found = self._note(until=packets.PINGRESP)
        if any(note[0] == "pubrec" for note in found):
            self._send(packets.packet(packets.PINGREQ, b""))
            found += self._note(until=packets.PINGRESP)
        return found

    def _send(self, data):
        if not self.is_open:
            return
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise
        except OSError:
            pass  # what the broker said before it closed is still to be read

    def _note(self, until):
        found = []
        while self.is_open:
            split = packets.split(self._buffer)
            if split is None:
                try:
                    data = self._socket.recv(65536)
                except TimeoutError:
                    raise
                except OSError:
                    data = b""
                self._buffer += data
                if not data:
                    self._end()
                continue
            kind, flags, body = split
            if kind != packets.PINGRESP:
                found.append(self._describe(kind, flags, body))
            if kind == until:
                return found
        return [*found, CLOSED]

    def _describe(self, kind, flags, body):
        if kind == packets.PUBLISH:
            message = packets.parse_publish(flags, body, self.version)
            if message.qos:
                self._send(packets.packet(packets.PUBACK, message.packet_id.to_bytes(2, "big")))
            return ("got", message.topic, message.payload, message.qos, message.retain, *sorted(message.properties.items()))
        if kind == packets.CONNACK:
            found = packets.Reader(body[2:]).properties() if self.version == V5 else {}
            found.pop("assigned_client_id", None)
            return ("connack", body[0], body[1], *sorted(found.items()))
        if kind == packets.DISCONNECT:
            return ("disconnect", body[0] if body else 0)
        if kind == PUBREC and (len(body) < 3 or body[2] < 0x80):
            self._send(packets.packet(PUBREL, body[:2], 0x02))
        return (_NAMES[kind], self._asked[int.from_bytes(body[:2], "big")], *body[2:])

    def _take_id(self, asked):
        packet_id, self._next_id = self._next_id, self._next_id % 65535 + 1
        self._asked[packet_id] = asked
        return packet_id

    def _end(self):
        self.is_open = False
        self._socket.close()
