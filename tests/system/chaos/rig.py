# SPDX-License-Identifier: Apache-2.0
"""All that runs: brokers with the plugin, each behind a link that can break, one bridge, and those who watch."""

import time
from bisect import insort
from pathlib import Path

from rollcall_testing.bridge import Bridge, plugin_path
from rollcall_testing.broker import Broker
from rollcall_testing.clock import SettableClock
from rollcall_testing.proxy import Proxy
from rollcall_testing.stack import BRIDGE_PASSWORD

from .contacts import BRIDGE_DOWN
from .fence import Fence
from .span import Span
from .templates import OUTAGE_GRACE, TEMPLATES
from .truth import Boot, BrokerTruth, Obstacle, Truth
from .watch import Watch

# A message of the event stream is longer than this; CONNACK, PINGRESP and the like are not.
STREAM_BYTES = 60
BROKER_CONFIG = """allow_anonymous true
persistence true
persistence_location {folder}/
max_queued_messages 100000
max_inflight_messages 1000
"""


class Link(Proxy):
    """Between bridge and broker; notes when something came through that tells the bridge what goes on there."""

    def __init__(self, port, truth):
        self.truth = truth
        super().__init__(port)

    def passed(self, size, from_broker):
        if from_broker and size >= STREAM_BYTES:
            insort(self.truth.delivered, time.time())


class Rig:
    """`versions`: one for each broker, such as ["2.0.11", "2.1"]."""

    def __init__(self, versions, folder, *, with_store, with_clock=False):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        password = self.folder / "bridge.password"
        password.write_text(BRIDGE_PASSWORD + "\n")
        password.chmod(0o600)
        self.truth = Truth()
        self.brokers, self.links, self.fences, self.watches = {}, {}, {}, {}
        for number, version in enumerate(versions):
            name = "ABCDEFGH"[number]
            plugin = f"plugin {plugin_path()}\nplugin_opt_bridge_password_file {password}\nplugin_opt_broker_name {name}\n"
            self.brokers[name] = Broker(version, self.folder / f"broker-{name}", BROKER_CONFIG + plugin)
            self.truth.brokers[name] = BrokerTruth(name, version)
        self.bridge = Bridge(self.folder / "bridge", {
            "brokers": [],
            "outage_grace": OUTAGE_GRACE,
            "new_devices": "1000000/s",
            "devices": [{"client_id": "test-*", "ignore": True}, {"client_id": "{template}:{device}"}],
            "templates": TEMPLATES,
        })  # fmt: skip
        if with_clock:
            self.bridge.clock = SettableClock(self.folder)
        self.log_of_this_run = 0  # where it begins
        self.has_store = with_store
        if with_store:
            self.bridge.config["store"] = {"path": str(self.store_path)}
        self._password = password

    @property
    def names(self):
        return list(self.brokers)

    @property
    def store_path(self):
        return self.folder / "bridge" / "rollcall.db"

    def port(self, name):
        return self.brokers[name].port

    def start(self):
        for name, broker in self.brokers.items():
            self.start_broker(name)
            self.links[name] = Link(broker.port, self.truth.brokers[name])
            self.fences[name] = Fence(broker)
            self.watches[name] = Watch(broker).start()
            self.bridge.config["brokers"].append({
                "name": name, "uri": f"mqtt://127.0.0.1:{self.links[name].port}", "username": "rollcall",
                "password_file": str(self._password),
            })  # fmt: skip
        self.truth.bridge_obstacles.append(Obstacle(BRIDGE_DOWN, 0.0))
        self.start_bridge()
        for watch in self.watches.values():
            watch.wait_until_bridge_is_online()

    def start_broker(self, name, is_log_kept=True):
        truth, since = self.truth.brokers[name], time.time()
        truth.boots.append(Boot(Span(since, since + 10.0), is_log_kept=is_log_kept))
        self.brokers[name].start()
        truth.boots[-1].started = Span(since, time.time())

    def start_bridge(self):
        self.log_of_this_run = len(self.bridge.log())
        self.bridge.launch()
        self.truth.bridge_obstacles[-1].until = time.time()

    def end(self):
        self.bridge.end()
        for parts in (self.watches, self.links, self.brokers):
            for part in parts.values():
                part.end()
