# SPDX-License-Identifier: Apache-2.0
"""A real Mosquitto of a given version, on an unused loopback port, in a folder of its own."""

import base64
import hashlib
import os
import random
import re
import signal
import socket
from pathlib import Path

from .process import Process
from .waiting import NeverHappened, wait_for

VERSIONS = ["2.0.11", "2.0.21", "2.1"]


def brokers_folder():
    checkout = Path(__file__).resolve().parents[3]
    return Path(os.environ.get("ROLLCALL_BROKERS") or checkout / "build" / "brokers")


def unused_port():
    """A loopback port that nobody listens on now, below those that the system gives to outgoing connections."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def password_line(username, password):
    """A line of Mosquitto's password_file."""
    salt, rounds = os.urandom(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"{username}:$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


LOG_CONFIG = """log_dest stderr
log_timestamp_format %Y-%m-%dT%H:%M:%S
log_type error
log_type warning
log_type notice
log_type information
connection_messages true
"""


class Broker:
    """`config` is the text of mosquitto.conf without listener, user and log lines; `{folder}` in it is this broker's.

    log_topic: whether the broker's log is published too (`log_dest topic`). websockets: adds a listener for them, at
    websockets_port. global_config stands before the listener, as `per_listener_settings` must. log_config stands in
    place of LOG_CONFIG.
    """

    def __init__(self, version, folder, config="allow_anonymous true\n", *, log_topic=True, websockets=False,
                 global_config="", environment=None, log_config=LOG_CONFIG):  # fmt: skip
        self.version, self.folder = version, Path(folder)
        self.config, self.global_config, self.log_config = config, global_config, log_config
        self.log_topic, self.websockets, self.environment = log_topic, websockets, environment or {}
        self.run_in = []  # the words of a command that runs it, such as one that gives it another file system
        self.port = self.websockets_port = None
        self.process = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / "mosquitto.log"

    @property
    def is_2_0(self):
        return self.version.startswith("2.0")

    def write_config(self):
        """mosquitto.conf as it stands now; a SIGHUP makes a running broker read it again."""
        lines = [
            "set_tcp_nodelay true",  # else an answer may wait 40 ms for the client's acknowledgement of the one before
            "user root",  # the tests' files are readable for whoever runs the tests, root or not
            self.global_config.format(folder=self.folder),
            f"listener {self.port} 127.0.0.1",
            self.config.format(folder=self.folder),
            self.log_config,
        ]
        if self.log_topic:
            lines.append("log_dest topic")
        if self.websockets:
            lines.append(f"listener {self.websockets_port} 127.0.0.1\nprotocol websockets")
        path = self.folder / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n")
        return path

    def start(self):
        """Starts it and waits until it accepts connections. Again after an end: the same port, folder and data."""
        keep_port = self.port is not None
        for _ in range(10):
            if not keep_port:
                self.port = unused_port()
                self.websockets_port = unused_port() if self.websockets else None
            offset = len(self.log())
            self.launch()
            try:
                self._wait_until_ready(offset)
                return self
            except NeverHappened:
                self.process.end()
                if keep_port or "Address already in use" not in self.log()[offset:]:
                    raise  # else: somebody took the port in between
        raise AssertionError("no port to be had")

    def launch(self):
        """Starts it and waits for nothing: for configurations that keep it from starting."""
        if self.port is None:
            self.port = unused_port()
        command = [*self.run_in, brokers_folder() / self.version / "mosquitto", "-c", self.write_config()]
        self.process = Process(command, self.log_path, cwd=self.folder, env={**os.environ, **self.environment})
        return self.process

    def _wait_until_ready(self, offset):
        def ready():
            if not self.process.is_running:
                raise NeverHappened(f"mosquitto {self.version} ended with {self.process.exit_code}:\n{self.log()[offset:]}")
            # Not 2.1's "running mosquitto as user": until it runs, a SIGHUP would end it.
            return re.search(r"version \S+ running", self.log()[offset:]) and self.accepts_connections()

        wait_for(ready, lambda: f"mosquitto {self.version} accepting connections:\n{self.log()[offset:]}", 10)

    def accepts_connections(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def reload(self, timeout=5.0):
        """SIGHUP with the configuration as it stands now in `config`; waits until the broker says it has read it."""
        self.write_config()
        offset = len(self.log())
        self.process.signal(signal.SIGHUP)
        wait_for(lambda: "Reloading config" in self.log()[offset:], "the broker reloading its configuration", timeout)

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def end(self):
        if self.process:
            self.process.end()
