# SPDX-License-Identifier: Apache-2.0
"""The bridge under test: `rollcall bridge -c rollcall.json` in a folder of its own."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

from .process import Process
from .times import seconds_of
from .waiting import wait_for


def rollcall_path():
    """The binary under test: $ROLLCALL_BIN, else the release build of this checkout."""
    return Path(os.environ.get("ROLLCALL_BIN") or Path(__file__).resolve().parents[3] / "build/release/bin/rollcall")


def plugin_path():
    """The plugin under test: $ROLLCALL_PLUGIN, else the release build of this checkout."""
    default = Path(__file__).resolve().parents[3] / "build/release/lib/mosquitto_rollcall.so"
    return Path(os.environ.get("ROLLCALL_PLUGIN") or default)


def run_rollcall(*arguments, text="", cwd=None, timeout=20):
    """Runs a subcommand that ends by itself: .returncode, .stdout, .stderr."""
    return subprocess.run([rollcall_path(), *map(str, arguments)], input=text, capture_output=True, text=True,
                          cwd=cwd, timeout=timeout)  # fmt: skip


class Bridge:
    """`config` is rollcall.json as a dict; it is written to the folder at each start. Without `http` it listens by its Unix socket
    alone: others run beside it."""

    def __init__(self, folder, config):
        self.folder, self.config = Path(folder), dict(config)
        self.config.setdefault("http", {"listen": None})
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / "bridge.log"
        self.config_path = self.folder / "rollcall.json"
        self.run_in = []  # as Broker's
        self.process = None
        self.clock = None  # a SettableClock that it goes by

    def launch(self):
        """Starts it and waits for nothing."""
        self.config_path.write_text(json.dumps(self.config, indent=1))
        command = [*self.run_in, rollcall_path(), "bridge", "-c", self.config_path]
        environment = {**os.environ, **self.clock.environment} if self.clock else None
        self.process = Process(command, self.log_path, cwd=self.folder, env=environment)
        return self.process

    def start(self, watch_on, timeout=10.0):
        """Starts it and waits until `ds/bridge` says that this very run is online.

        `watch_on` is a connected client that may read that topic and is subscribed to nothing that it reads later.
        """
        before = self.clock.now() if self.clock else time.time()
        self.launch()
        self.wait_online(watch_on, before, timeout)
        return self

    def wait_online(self, watch_on, since=0.0, timeout=10.0):
        topic = self.config.get("topic_prefix", "ds") + "/bridge"

        def says_so(message):
            payload = json.loads(message.payload) if message.payload else {}
            return bool(payload.get("online")) and seconds_of(payload["since"]) >= since - 0.1

        watch_on.subscribe(topic)
        try:
            watch_on.wait_for_message(topic, says_so, timeout)
        except AssertionError as never:
            state = "runs" if self.process.is_running else f"ended with {self.process.exit_code}"
            raise AssertionError(f"the bridge never came online; it {state}. Its log:\n{self.log()}") from never

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_for_log(self, pattern, timeout=10.0, offset=0):
        """Waits until the log, from `offset` on, matches the regular expression (case doesn't matter)."""
        return wait_for(lambda: re.search(pattern, self.log()[offset:], re.I),
                        lambda: f"/{pattern}/ in the bridge's log:\n{self.log()[offset:]}", timeout)  # fmt: skip

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def end(self):
        if self.process:
            self.process.end()
