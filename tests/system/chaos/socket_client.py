# SPDX-License-Identifier: Apache-2.0
"""One MQTT connection on the event loop, hundreds of which are cheap; it writes down in the truth what becomes of it."""

import asyncio
import socket
import struct
import time

from rollcall_testing import packets
from rollcall_testing.packets import V5


class NoConnection(Exception):
    """The broker isn't there, or went away before it said CONNACK."""


class SocketClient(asyncio.Protocol):
    """`ending`: (cause, since, will sent) of what was done to end it, until the broker has closed it."""

    def __init__(self, truth, rig):
        self.truth, self.rig = truth, rig
        self.connection = self.ending = None
        self.is_silent = self.is_open = self.was_reset = False
        self.last_sent = time.time()
        loop = asyncio.get_running_loop()
        self.connack, self.closed = loop.create_future(), loop.create_future()
        self._buffer = bytearray()
        self._pinger = None

    @classmethod
    async def connect(cls, truth, rig, client_id, broker, *, version, keepalive, clean, will, takes_over=None):
        properties = {"session_expiry": 600} if version == V5 and not clean else None
        loop = asyncio.get_running_loop()
        try:
            _, client = await loop.create_connection(lambda: cls(truth, rig), "127.0.0.1", rig.port(broker))
        except OSError:
            raise NoConnection from None
        client.connection = connection = truth.new_connection(client_id, broker, version, keepalive, will is not None)
        sent = time.time()
        if takes_over is not None:
            takes_over._end_with("taken_over", False)
        client.send(packets.connect(client_id, version, keepalive, clean, will, props=properties))
        answered = await client.connack
        if answered is None:  # it may have been let in right before the broker's end
            died = truth.brokers[broker].boots[connection.boot].ended
            truth.opened(connection, sent, max(sent, died.hi if died else time.time()))
            connection.is_opened_certain = False
            raise NoConnection
        truth.opened(connection, sent, answered)
        if takes_over is not None:
            await takes_over.closed
            if takes_over.connection.cause == "taken_over" and takes_over.connection.is_ended_certain:
                takes_over.connection.ended = connection.opened  # the newcomer is there first
        return client

    # Deeds; each is confirmed by the end of the TCP connection

    async def disconnect(self, reason=0):
        has_will = self.connection.has_will and self.connection.version == V5 and reason == 0x04
        self._end_with("disconnect_with_will" if has_will else "client_disconnect", has_will)
        self.send(packets.disconnect(self.connection.version, reason))
        await self.closed

    async def close(self):
        self._end_with("connection_closed", self.connection.has_will)
        if self.is_open:
            self._transport.write_eof()
        await self.closed

    async def break_rules(self):
        self._end_with("protocol_error", self.connection.has_will)
        self.send(b"\xf0\x00")
        await self.closed

    async def reset(self):
        self._end_with("connection_closed", self.connection.has_will)
        if self.is_open:
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.was_reset = True
            self._transport.abort()
            confirmed = await self.rig.fences[self.connection.broker].passed()
            since = self.ending[1]
            if confirmed is None:  # the broker died
                died = self.truth.brokers[self.connection.broker].boots[self.connection.boot].ended
                confirmed = max(since, died.hi if died else time.time())
            self.truth.ended(self.connection, "connection_closed", since, confirmed, self.connection.has_will)
            self._doubt(confirmed)
        await self.closed

    def fall_silent(self):
        self.is_silent = True

    def speak_again(self):
        """The network is back; only if the broker hasn't given up meanwhile."""
        self.is_silent = False
        self.send(packets.packet(packets.PINGREQ, b""))

    def send(self, data):
        self.last_sent = time.time()
        if self.is_open:
            self._transport.write(data)

    def _end_with(self, cause, will_sent):
        if not self.is_open:
            return
        self.ending, self.quiet_since = (cause, time.time(), will_sent), self.last_sent

    # Of asyncio

    def connection_made(self, transport):
        self._transport, self.is_open = transport, True
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self._buffer += data
        while (found := packets.split(self._buffer)) is not None:
            if found[0] == packets.CONNACK:
                if found[2][1]:
                    self.truth.anomaly(f"{self.connection.client_id}: refused with {found[2][1]}")
                self.connack.set_result(time.time())
                self._plan_ping()

    def eof_received(self):
        return False  # close at once

    def connection_lost(self, error):
        seen, self.is_open = time.time(), False
        if self._pinger:
            self._pinger.cancel()
        if self.connack.done():
            self._note_end(seen)
        else:
            self.connack.set_result(None)
        self.closed.set_result(seen)

    def _note_end(self, seen):
        connection, broker = self.connection, self.truth.brokers[self.connection.broker]
        if self.was_reset:
            return  # the fence says when
        if self.ending:
            cause, since, will_sent = self.ending
            self.truth.ended(connection, cause, since, seen, will_sent)
            self._doubt(seen)
        elif broker.is_dying(connection.boot, seen):
            connection.notes.append("went down with its broker")
            if connection.keepalive and seen - self.last_sent > connection.keepalive * 3 // 2 - 1.0:
                # It may have run out right before that.
                self.truth.ended(connection, "keepalive_timeout", self.truth.not_before, seen, connection.has_will)
        elif connection.keepalive:
            self.truth.ended(connection, "keepalive_timeout", self.truth.not_before, seen, connection.has_will)
            connection.notes.append(f"{seen - self.last_sent:.2f} s after its last packet")
        else:
            self.truth.anomaly(f"{connection.client_id}: the broker closed #{connection.number} for no reason that we know")

    def _doubt(self, seen):
        """The broker may have been faster; also one that was paused, and found first that nothing had come for so long."""
        heard = self.truth.brokers[self.connection.broker].heard_last(self.quiet_since, seen)
        # Of what was sent to a broker that is paused it has read the last but one at most, a ping's time before the pause.
        quiet = seen - heard + (self.connection.keepalive / 2 if heard < self.quiet_since else 0)
        if self.connection.keepalive and quiet > self.connection.keepalive * 3 // 2 - 1.0:
            self.connection.also = (("keepalive_timeout", self.connection.has_will),)

    def _plan_ping(self):
        if self.connection.keepalive and self.is_open:
            self._pinger = asyncio.get_running_loop().call_later(self.connection.keepalive / 2, self._ping)

    def _ping(self):
        if not self.is_silent and not self.ending:
            self.send(packets.packet(packets.PINGREQ, b""))
        self._plan_ping()
