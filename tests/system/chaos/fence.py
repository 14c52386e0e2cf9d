# SPDX-License-Identifier: Apache-2.0
"""For deeds that no answer confirms: a ping on a connection of our own, which the broker answers after what came before it."""

import asyncio
import time

from rollcall_testing import packets
from rollcall_testing.packets import V311


class Fence:
    """Of one broker, through all of its boots."""

    def __init__(self, broker):
        self.broker = broker
        self._reader = self._writer = None
        self._lock = asyncio.Lock()

    async def passed(self):
        """When the broker had surely dealt with all that reached it before; None if it died."""
        async with self._lock:
            for _ in range(2):  # what is left from the boot before fails once
                try:
                    if self._writer is None:
                        await self._connect()
                    await self._ask(packets.packet(packets.PINGREQ, b""), packets.PINGRESP)
                    await self._ask(packets.packet(packets.PINGREQ, b""), packets.PINGRESP)
                    return time.time()
                except (OSError, asyncio.IncompleteReadError):
                    self.end()
            return None

    def end(self):
        if self._writer:
            self._writer.close()
            self._writer = None

    async def _connect(self):
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.broker.port)
        await self._ask(packets.connect(f"test-fence-{self.broker.folder.name}", V311, 0, True), packets.CONNACK)

    async def _ask(self, data, answer):
        self._writer.write(data)
        await self._writer.drain()
        head = await self._reader.readexactly(2)
        assert head[0] >> 4 == answer, f"packet type {head[0] >> 4}"
        await self._reader.readexactly(head[1])
