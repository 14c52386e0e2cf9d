# SPDX-License-Identifier: Apache-2.0
"""What goes wrong, by the seed: each broker, link and the bridge has a bad time of its own, until all are healed."""

import asyncio
import random
import signal
import time

from .clock import MOST_STEPS, NOTICED_WITHIN, STEP
from .contacts import BRIDGE_DOWN, BRIDGE_PAUSED, BROKER_PAUSED, CUT, LINK_STALLED
from .span import Span
from .truth import Obstacle

# Which may be asked for with --faults.
CLASSES = ("link", "pause", "stall", "hup", "bridge", "broker", "clock")
QUIET = (2.0, 4.0, 8.0)  # seconds between two faults of one thing, on average; drawn between two checkpoints


class Faults:
    def __init__(self, seed, rig, classes):
        self.rig, self.truth, self.classes = rig, rig.truth, classes
        self.seed = seed
        self._tasks = []
        self._is_over = asyncio.Event()
        self._round = 0

    def start(self):
        """One task a thing, so that faults of different things overlap and those of one don't."""
        self._is_over.clear()
        self._round += 1
        things = {f"link {name}": self._on_link for name in self.rig.names if "link" in self.classes}
        things |= {f"broker {name}": self._on_broker for name in self.rig.names if {"pause", "stall", "hup", "broker"} & set(self.classes)}
        if {"pause", "bridge", "clock"} & set(self.classes):
            things["bridge"] = self._on_bridge
        self._tasks = [asyncio.create_task(self._trouble(name, what)) for name, what in things.items()]

    async def heal(self):
        """Afterwards everything runs, and nothing is in its way."""
        self._is_over.set()
        await asyncio.gather(*self._tasks)
        if self.rig.bridge.clock and self.rig.bridge.clock.ahead_by:
            await self._within(NOTICED_WITHIN, self._bridge_has_met_all)
            noticed = self._steps_noticed()
            self.rig.bridge.clock.set(0)
            self.truth.clock_steps.append(time.time())
            self.truth.fault("bridge: its clock is right")
            await self._within(NOTICED_WITHIN, lambda: self._steps_noticed() > noticed)

    async def _trouble(self, thing, cause):
        dice = random.Random(f"{self.seed} {thing} {self._round}")
        quiet = dice.choice(QUIET)
        while not await self._over_within(dice.expovariate(1 / quiet)):
            await cause(thing.split(" ")[-1], dice)

    async def _within(self, seconds, is_so):
        until = time.time() + seconds
        while not is_so() and time.time() < until:
            await asyncio.sleep(0.05)

    async def _over_within(self, seconds):
        try:
            await asyncio.wait_for(self._is_over.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    # Links

    async def _on_link(self, name, dice):
        link, obstacles = self.rig.links[name], self.truth.brokers[name].obstacles
        kind = dice.choice(["cut", "refuse", "stall"])
        self.truth.fault(f"link {name}: {kind}")
        if kind == "stall":
            obstacle = self._begin(obstacles, LINK_STALLED)
            link.stall()
            await self._over_within(dice.uniform(0.2, 8))
            link.flow()
        else:
            obstacle = self._begin(obstacles, CUT)
            if kind == "refuse":
                link.refuse()
            await asyncio.to_thread(link.cut)
            if kind == "refuse":
                await self._over_within(dice.uniform(0.2, 8))
                link.accept()
        self._end(obstacle, f"link {name}: healed")

    # Brokers

    async def _on_broker(self, name, dice):
        kinds = [kind for kind in ("pause", "stall", "hup") if kind in self.classes]
        kinds += ["kill", "kill", "stop"] * ("broker" in self.classes)
        kind = dice.choice(kinds)
        self.truth.fault(f"broker {name}: {kind}")
        broker, truth = self.rig.brokers[name], self.truth.brokers[name]
        if kind == "hup":
            broker.process.signal(signal.SIGHUP)
        elif kind in ("pause", "stall"):
            obstacle = self._begin(truth.pauses, BROKER_PAUSED)
            broker.process.pause()
            await self._over_within(dice.uniform(0.2, 5) if kind == "pause" else dice.uniform(3, 15))
            # It goes on somewhere between these two moments.
            obstacle.until = time.time()
            broker.process.resume()
            self.truth.fault(f"broker {name}: goes on")
        else:
            since = time.time()
            truth.boots[-1].ended = Span(since, since + 10)
            await asyncio.to_thread(broker.kill if kind == "kill" else broker.stop)
            truth.boots[-1].ended = Span(since, time.time())
            await self._over_within(dice.uniform(0.1, 6))
            await asyncio.to_thread(self.rig.start_broker, name, kind == "stop")
            self.truth.fault(f"broker {name}: is back")

    # The bridge

    async def _on_bridge(self, _, dice):
        kinds = ["pause"] * ("pause" in self.classes) + ["kill", "kill", "stop"] * ("bridge" in self.classes)
        kinds += ["clock"] * ("clock" in self.classes)
        kind = dice.choice(kinds)
        self.truth.fault(f"bridge: {kind}")
        bridge = self.rig.bridge
        if kind == "pause":
            obstacle = self._begin(self.truth.bridge_obstacles, BRIDGE_PAUSED)
            bridge.process.pause()
            await self._over_within(dice.uniform(0.2, 5))
            bridge.process.resume()
            self._end(obstacle, "bridge: goes on")
        elif kind == "clock":
            await self._set_clock(dice)
        else:
            self._begin(self.truth.bridge_obstacles, BRIDGE_DOWN)
            await asyncio.to_thread(bridge.kill if kind == "kill" else bridge.stop)
            await self._over_within(dice.uniform(0, 6))
            if "clock" in self.classes and "broker" not in self.classes and dice.random() < 0.5:
                self._turn_clock(dice)  # the plugins' clocks tell by how much
            await asyncio.to_thread(self.rig.start_bridge)
            self.truth.fault("bridge: is back")

    async def _set_clock(self, dice):
        """Until the bridge goes by it and has stored that: if bridge and brokers died before, nobody could know.

        One that has met no broker since it began takes its clock for right.
        """
        while not self._bridge_has_met_all():
            if await self._over_within(0.1):
                return
        noticed = self._steps_noticed()
        self._turn_clock(dice)
        while self._steps_noticed() == noticed:
            if await self._over_within(0.1):
                return
        await self._over_within(2.0)

    def _steps_noticed(self):
        return self.rig.bridge.log().count("the system clock was set")

    def _bridge_has_met_all(self):
        of_this_run = self.rig.bridge.log()[self.rig.log_of_this_run :]
        return all(f'broker "{name}": its plugin answers' in of_this_run for name in self.rig.names)

    def _turn_clock(self, dice):
        ahead_by = STEP * dice.choice([0, 1, -1, MOST_STEPS, -MOST_STEPS, dice.randint(-MOST_STEPS, MOST_STEPS)])
        if ahead_by == self.rig.bridge.clock.ahead_by:
            ahead_by += STEP
        self.rig.bridge.clock.set(ahead_by)
        self.truth.clock_steps.append(time.time())
        self.truth.fault(f"bridge: its clock is wrong by {ahead_by / 3600:+g} h")

    def _begin(self, obstacles, what):
        obstacles.append(Obstacle(what, time.time()))
        return obstacles[-1]

    def _end(self, obstacle, text):
        obstacle.until = time.time()
        self.truth.fault(text)
