# SPDX-License-Identifier: Apache-2.0
"""MQTT 3.1, 3.1.1 and 5 on the wire: bytes from values and values from bytes, no sockets. Only what tests need."""

import struct
from dataclasses import dataclass, field

V31, V311, V5 = 3, 4, 5

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 10, 11, 12, 13, 14

# MQTT 5 section 2.2.2.2: identifier, type
PROPERTIES = {
    "payload_format": (0x01, "byte"),
    "message_expiry": (0x02, "u32"),
    "content_type": (0x03, "text"),
    "response_topic": (0x08, "text"),
    "correlation_data": (0x09, "binary"),
    "subscription_identifier": (0x0B, "varint"),
    "session_expiry": (0x11, "u32"),
    "assigned_client_id": (0x12, "text"),
    "server_keepalive": (0x13, "u16"),
    "authentication_method": (0x15, "text"),
    "authentication_data": (0x16, "binary"),
    "request_problem_information": (0x17, "byte"),
    "will_delay": (0x18, "u32"),
    "request_response_information": (0x19, "byte"),
    "response_information": (0x1A, "text"),
    "server_reference": (0x1C, "text"),
    "reason_string": (0x1F, "text"),
    "receive_maximum": (0x21, "u16"),
    "topic_alias_maximum": (0x22, "u16"),
    "topic_alias": (0x23, "u16"),
    "maximum_qos": (0x24, "byte"),
    "retain_available": (0x25, "byte"),
    "user_property": (0x26, "pair"),
    "maximum_packet_size": (0x27, "u32"),
    "wildcard_available": (0x28, "byte"),
    "subscription_identifiers_available": (0x29, "byte"),
    "shared_available": (0x2A, "byte"),
}
_PROPERTY_NAMES = {number: (name, kind) for name, (number, kind) in PROPERTIES.items()}


@dataclass
class Will:
    topic: str
    payload: bytes = b"gone"
    qos: int = 0
    retain: bool = False
    delay: int | None = None  # seconds, MQTT 5 only


@dataclass
class Message:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    packet_id: int | None = None
    properties: dict = field(default_factory=dict)
    at: float = 0.0  # time.time() of its arrival


def varint(number):
    out = bytearray()
    while True:
        byte, number = number % 128, number // 128
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def binary(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack("!H", len(data)) + data


def properties(values):
    out = bytearray()
    for name, value in (values or {}).items():
        number, kind = PROPERTIES[name]
        out += varint(number)
        if kind == "byte":
            out.append(value)
        elif kind in ("u16", "u32"):
            out += struct.pack("!H" if kind == "u16" else "!I", value)
        elif kind == "varint":
            out += varint(value)
        elif kind == "pair":
            out += binary(value[0]) + binary(value[1])
        else:
            out += binary(value)
    return varint(len(out)) + bytes(out)


def packet(kind, body, flags=0):
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def connect(client_id, version, keepalive, clean, will=None, username=None, password=None, props=None):
    flags = 0x02 if clean else 0
    payload = binary(client_id)
    if will:
        flags |= 0x04 | will.qos << 3 | (0x20 if will.retain else 0)
        if version == V5:
            payload += properties({"will_delay": will.delay} if will.delay is not None else {})
        payload += binary(will.topic) + binary(will.payload)
    if username is not None:
        flags |= 0x80
        payload += binary(username)
    if password is not None:
        flags |= 0x40
        payload += binary(password)
    header = binary("MQIsdp" if version == V31 else "MQTT") + bytes([version, flags]) + struct.pack("!H", keepalive)
    if version == V5:
        header += properties(props)
    return packet(CONNECT, header + payload)


def publish(topic, payload, version, qos=0, retain=False, packet_id=None, props=None):
    body = binary(topic)
    if qos:
        body += struct.pack("!H", packet_id)
    if version == V5:
        body += properties(props)
    body += payload.encode() if isinstance(payload, str) else payload
    return packet(PUBLISH, body, qos << 1 | (1 if retain else 0))


def subscribe(topic_filters, version, packet_id, qos=0):
    body = struct.pack("!H", packet_id) + (properties(None) if version == V5 else b"")
    for topic_filter in topic_filters:
        body += binary(topic_filter) + bytes([qos])
    return packet(SUBSCRIBE, body, 0x02)


def unsubscribe(topic_filters, version, packet_id):
    body = struct.pack("!H", packet_id) + (properties(None) if version == V5 else b"")
    return packet(UNSUBSCRIBE, body + b"".join(map(binary, topic_filters)), 0x02)


def disconnect(version, reason=0, props=None):
    if version == V5 and (reason or props):
        return packet(DISCONNECT, bytes([reason]) + (properties(props) if props else b""))
    return packet(DISCONNECT, b"")


class Reader:
    """Walks through the body of a packet."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError("the broker sent a packet that ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def binary(self):
        return self.take(self.number(2))

    def text(self):
        return self.binary().decode()

    def rest(self):
        return self.take(len(self.data) - self.at)

    @property
    def is_at_end(self):
        return self.at == len(self.data)

    def properties(self):
        if self.is_at_end:
            return {}
        inner, found = Reader(self.take(self.varint())), {}
        read = {
            "byte": lambda: inner.number(1), "u16": lambda: inner.number(2), "u32": lambda: inner.number(4),
            "varint": inner.varint, "text": inner.text, "binary": inner.binary,
            "pair": lambda: (inner.text(), inner.text()),
        }  # fmt: skip
        while not inner.is_at_end:
            name, kind = _PROPERTY_NAMES[inner.varint()]
            found[name] = read[kind]()
        return found


def parse_publish(flags, body, version):
    reader = Reader(body)
    topic, qos = reader.text(), flags >> 1 & 3
    packet_id = reader.number(2) if qos else None
    props = reader.properties() if version == V5 else {}
    return Message(topic, reader.rest(), qos, bool(flags & 1), packet_id, props)


def split(buffer):
    """Takes the first whole packet off a bytearray: (kind, flags, body), or None if there isn't one yet."""
    length = shift = 0
    for at in range(1, 5):
        if len(buffer) <= at:
            return None
        length |= (buffer[at] & 0x7F) << shift
        shift += 7
        if not buffer[at] & 0x80:
            break
    end = at + 1 + length
    if len(buffer) < end:
        return None
    kind, flags, body = buffer[0] >> 4, buffer[0] & 0x0F, bytes(buffer[at + 1 : end])
    del buffer[:end]
    return kind, flags, body
