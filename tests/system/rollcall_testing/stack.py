# SPDX-License-Identifier: Apache-2.0
"""A broker with the plugin, the bridge and an observer: what nearly every test begins with."""

import copy
import itertools
from pathlib import Path

from .bridge import Bridge, plugin_path
from .broker import Broker
from .mqtt import V5, Client
from .observer import Observer

BRIDGE_PASSWORD = "the bridge's own secret"

# The tests' own clients are no devices; the waits are long, so that a test sees the disconnect and not what follows.
DEVICES = [{"client_id": "test-*", "ignore": True}, {"client_id": "{template}:{device}"}, {"client_id": "{device}"}]
DEFAULT_TEMPLATE = {"statuses": [{"status": "online"}, {"status": "offline", "after": "10m"}]}


class Stack:
    """Not started yet when it is made: start(), or start_broker() and start_bridge() one by one.

    config: of the broker, see Broker. templates: as in rollcall.json. bridge: further keys of rollcall.json. plugin:
    options of the plugin without their prefix, None leaves one out. observer: what the observer's client needs to get in,
    as keywords of Client.
    """

    def __init__(self, version, folder, *, config="allow_anonymous true\n", templates=None, bridge=None, plugin=None,
                 observer=None, **broker_options):  # fmt: skip
        self.version, self.folder = version, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.password_path = self.folder / "bridge.password"
        self.write_password(BRIDGE_PASSWORD)
        options = {"bridge_password_file": self.password_path, "broker_name": "main", **(plugin or {})}
        plugin_lines = f"plugin {plugin_path()}\n" + "".join(
            f"plugin_opt_{name} {value}\n" for name, value in options.items() if value is not None
        )
        self.broker = Broker(version, self.folder / "broker", config + plugin_lines, **broker_options)
        self.bridge = Bridge(self.folder / "bridge", {
            "brokers": [{"name": "main", "uri": "", "username": "rollcall", "password_file": str(self.password_path)}],
            "devices": copy.deepcopy(DEVICES),  # tests change their configuration
            "templates": {"default": copy.deepcopy(DEFAULT_TEMPLATE), **copy.deepcopy(templates or {})},
            "outage_grace": "1s",
            "new_devices": "1000000/s",
            **(bridge or {}),
        })  # fmt: skip
        self.observer = None
        self._observer_options = observer or {}
        self._clients = []
        self._numbers = itertools.count(1)

    def write_password(self, password, mode=0o600):
        self.password_path.write_text(password + "\n")
        self.password_path.chmod(mode)

    # Beginning

    def start(self):
        self.start_broker()
        self.start_bridge()
        return self

    def start_broker(self):
        """Also sets the observer to work, so that it sees everything from the first message on."""
        self.broker.start()
        self.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{self.broker.port}"
        self.observe()

    def start_bridge(self):
        """Afterwards the observer has seen that it is online."""
        self.bridge.start(self.tester(**self._observer_options))
        self.observer.wait_until(lambda: (self.observer.latest("bridge") or {}).get("online"), "the bridge being online")

    def restart_broker(self):
        """After its end. The observer goes on with what it has seen; the bridge is left alone."""
        self.broker.start()
        earlier, self.observer = self.observer, None
        self.observe()
        with self.observer.changed:
            self.observer.seen[:0] = earlier.seen

    def observe(self):
        self.observer = Observer(self.tester(**self._observer_options), self.bridge.config.get("topic_prefix", "ds"))

    # Clients; all of them are ended with the stack

    def client(self, client_id, **options):
        """A client that isn't connected yet."""
        client = Client(self.broker.port, client_id, **options)
        self._clients.append(client)
        return client

    def connect(self, client_id, **options):
        """A connected one."""
        return self.client(client_id, **options).connect()

    def client_at(self, broker, client_id, **options):
        """A connected one at another broker."""
        client = Client(broker.port, client_id, **options)
        self._clients.append(client)
        return client.connect()

    def tester(self, **options):
        """A connected one that is no device."""
        return self.connect(f"test-{next(self._numbers)}", **{"version": V5, **options})

    def device(self, client_id, **options):
        """A connected one, and the bridge says that it is online. With the default rules "t:x" is device x."""
        client = self.connect(client_id, **options)
        device = client_id.split(":", 1)[1] if ":" in client_id else client_id
        self.observer.wait_for_status(device, "online", connected=True)
        return client

    # Waiting

    def fence(self, **options):
        """Afterwards the bridge has acted on everything that the broker noticed before.

        Events are in order: when a device that connects now is told online, all that went before has been dealt with.
        Twice, because the plugin may hold a disconnect until it knows whether a will follows.
        """
        for _ in range(2):
            name = f"fence-{next(self._numbers)}"
            client = self.connect(name, **options)
            self.observer.wait_for_status(name, "online", connected=True)
            client.disconnect()
            self.observer.wait_for_status(name, connected=False)

    # Ending

    def end(self):
        for client in self._clients:
            client.end()
        self.bridge.end()
        self.broker.end()
