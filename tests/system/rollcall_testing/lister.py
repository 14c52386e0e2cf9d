# SPDX-License-Identifier: Apache-2.0
"""One who knows the bridge's secret and asks the plugin for lists, as docs/protocol.md has it."""

import struct

from .mqtt import V5, Client
from .waiting import wait_for

REQUESTS = "$CONTROL/rollcall/v1"
VERSION = 5
HELLO, SNAPSHOT = 1, 2
FIRST_PAGE = (0, 0, False, 0)
LIVE, PAST, MORE, END = 5, 6, 7, 8

# Fields of each record, as of struct; s is a text, d longer data, F the facts of a client.
FACTS = "BBHsss"
RECORDS = {1: "ss??IQQQ", 2: "QQF", 3: "QQB?", 4: "QQ", LIVE: "QQF", PAST: "QQQB?F", MORE: "QQQ?Q", END: "Q", 9: "ss",
           10: "QQ", 11: "Q", 12: "QQs", 13: "QQssss", 14: "B", 15: "QQQ",
           16: "QQs?sBIdd", 17: "QQ?", 18: "Q", 19: "QQ"}  # fmt: skip


def hello(session, instance=1, takes_over=False, prefix=b"ds"):
    body = struct.pack("<H", len(prefix)) + prefix + struct.pack("<Q?", instance, takes_over)
    return struct.pack("<BIQB", VERSION, session, 1, HELLO) + body


def snapshot(session, number, cursors=FIRST_PAGE):
    return struct.pack("<BIQBQQQ?Q", VERSION, session, number, SNAPSHOT, 1, *cursors)


def records(message):
    """(type, fields) of each record in a message of the stream."""
    count, at = int.from_bytes(message[37:39], "little"), 39
    for _ in range(count):
        kind, at, fields = message[at], at + 1, []
        for letter in RECORDS[kind].replace("F", FACTS):
            if letter == "s":
                size = int.from_bytes(message[at : at + 2], "little")
                fields.append(message[at + 2 : at + 2 + size].decode())
                at += 2 + size
            elif letter == "d":
                size = int.from_bytes(message[at : at + 4], "little")
                fields.append(message[at + 4 : at + 4 + size])
                at += 4 + size
            else:
                fields += struct.unpack_from("<" + letter, message, at)
                at += struct.calcsize("<" + letter)
        yield kind, fields
    assert at == len(message), f"{len(message) - at} bytes left over"


class Lister:
    """Connected, and served by the plugin: nobody else may be."""

    def __init__(self, port, password):
        self._client = Client(port, "lister", version=V5, keepalive=0, username="rollcall", password=password).connect()
        self._client.subscribe("$ds/event")
        self._session = self._number = 1
        self._client.publish(REQUESTS, hello(self._session, takes_over=True))

    def ask_for_page(self, cursors=FIRST_PAGE):
        self._number += 1
        self._client.publish(REQUESTS, snapshot(self._session, self._number, cursors))

    def wait_for_page(self, timeout=30.0):
        """((past cursor, live cursor, in live, report cursor) or None at the end, client ids of the rows)."""
        taken, rows = 0, []
        with self._client.changed:
            while True:
                wait_for(lambda: len(self._client.messages) > taken, "the rest of a page", timeout, changed=self._client.changed)
                for message in self._client.messages[taken:]:
                    for kind, fields in records(message.payload):
                        if kind in (LIVE, PAST):
                            rows.append(fields[-3])
                        if kind in (MORE, END):
                            self._client.messages.clear()
                            return (tuple(fields[1:]) if kind == MORE else None), rows
                taken = len(self._client.messages)

    def list_all(self):
        """The client ids of all rows."""
        cursors, listed = FIRST_PAGE, []
        while cursors is not None:
            self.ask_for_page(cursors)
            cursors, rows = self.wait_for_page()
            listed += rows
        return listed

    def reset(self):
        self._client.reset()
