# SPDX-License-Identifier: Apache-2.0
"""The clients: each lives a random life of its own, which its seed decides."""

import asyncio
import random

from rollcall_testing.packets import V5, V311, Will

from .socket_client import NoConnection, SocketClient

TEMPLATES = ["default", "default", "branch", "patient"]
PAUSE = 4.0  # seconds between two deeds of a client, on average
# After its broker took it down a client comes back within some seconds, or to the other broker, or for now not at all.
BACK_AFTER = 1.2


class Life:
    """One client id. `open`: its connections by broker, at most one at each."""

    def __init__(self, client_id, seed, truth, rig):
        self.client_id, self.truth, self.rig = client_id, truth, rig
        self.dice = random.Random(f"{seed} {client_id}")
        self.home = self.dice.choice(rig.names)
        self.clients = {}

    @property
    def open(self):
        self.clients = {name: client for name, client in self.clients.items() if client.is_open}
        return self.clients

    def other(self, broker):
        return self.dice.choice([name for name in self.rig.names if name != broker] or [broker])

    async def step(self):
        open_at = list(self.open)
        try:
            if not open_at:
                await self.come(self.home if self.dice.random() < 0.8 else self.other(self.home))
            elif len(open_at) > 1:
                await self.leave(self.dice.choice(open_at))
            else:
                await self.do_something(open_at[0])
        except NoConnection:
            pass

    async def do_something(self, broker):
        client = self.clients[broker]
        deeds = {
            self.leave: 40, self.take_over: 14, self.fall_silent: 14, self.move_before_leaving: 8,
            self.move_after_leaving: 8, self.blink: 16,
        }  # fmt: skip
        if client.is_silent:
            deeds = {self.speak_again: 20, self.take_over: 20, self.wait: 50, self.leave: 10}
        (deed,) = self.dice.choices(list(deeds), list(deeds.values()))
        await deed(broker)

    async def come(self, broker, takes_over=None):
        dice = self.dice
        will = Will(f"wills/{self.client_id}") if dice.random() < 0.4 else None
        self.clients[broker] = await SocketClient.connect(
            self.truth, self.rig, self.client_id, broker, version=dice.choice([V311, V5]), will=will,
            keepalive=dice.choice([0, 2, 3, 4, 6, 60]), clean=dice.random() < 0.5, takes_over=takes_over,
        )  # fmt: skip

    async def leave(self, broker):
        client = self.clients[broker]
        ways = {
            client.disconnect: 40, client.close: 25, client.reset: 20, client.break_rules: 5,
            lambda: client.disconnect(0x04): 10,
        }  # fmt: skip
        (way,) = self.dice.choices(list(ways), list(ways.values()))
        await way()

    async def take_over(self, broker):
        await self.come(broker, takes_over=self.clients[broker])

    async def blink(self, broker):
        await self.leave(broker)
        await asyncio.sleep(self.dice.uniform(0, 2))
        await self.come(broker)

    async def move_before_leaving(self, broker):
        await self.come(self.other(broker))
        await asyncio.sleep(self.dice.uniform(0, 0.5))
        if broker in self.open:
            await self.leave(broker)

    async def move_after_leaving(self, broker):
        await self.leave(broker)
        await asyncio.sleep(self.dice.uniform(0, 0.5))
        await self.come(self.other(broker))

    async def fall_silent(self, broker):
        self.clients[broker].fall_silent()

    async def speak_again(self, broker):
        self.clients[broker].speak_again()

    async def wait(self, broker):
        pass


class Fleet:
    def __init__(self, seed, count, truth, rig):
        self.lives = [Life(f"{TEMPLATES[n % len(TEMPLATES)]}:d{n}", seed, truth, rig) for n in range(count)]
        self._may_go = asyncio.Event()
        self._tasks, self._busy = [], 0
        self.failure = None

    def start(self):
        self._may_go.set()
        self._tasks = [asyncio.create_task(self._live(life)) for life in self.lives]

    def go_on(self):
        self._may_go.set()

    async def rest(self):
        """Afterwards nobody is in the midst of anything; connections stay, and so do pings."""
        self._may_go.clear()
        while self._busy:
            await asyncio.sleep(0.02)

    async def end(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for life in self.lives:
            for client in life.open.values():
                client._transport.abort()

    async def _live(self, life):
        try:
            while True:
                was_open = bool(life.open)
                await asyncio.sleep(life.dice.expovariate(1 / (PAUSE if was_open or life.dice.random() < 0.5 else BACK_AFTER)))
                await self._may_go.wait()
                self._busy += 1
                try:
                    await life.step()
                finally:
                    self._busy -= 1
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - told by whoever waits for the fleet
            self.failure = self.failure or error
