# SPDX-License-Identifier: Apache-2.0
"""One broker of a pair: its files, its process, and the moments at which it may be asked. Cheap: hundreds are started."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from rollcall_testing.broker import brokers_folder
from rollcall_testing.bridge import plugin_path

from .family import PLUGIN

LIMIT = 20.0  # seconds; a loaded machine


class NoPort(Exception):
    """Somebody has taken it in between."""


def connection(place, timeout=LIMIT):
    """A connected socket; place: a port of 127.0.0.1, or the path of a socket."""
    if isinstance(place, int):
        sock = socket.create_connection(("127.0.0.1", place), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(timeout)
    sock.connect(place)
    return sock


class PairedBroker:
    """`decide`: the files that decide who may do what, by name; the rest as of Family."""

    def __init__(self, family, folder, version, *, with_plugin, decide, plugins):
        self.family, self.folder, self.version, self.with_plugin = family, Path(folder), version, with_plugin
        self.decide, self.plugins = decide, plugins
        self.log_path = self.folder / f"{'with' if with_plugin else 'without'}.log"

    def _writes(self, line):
        if line.startswith(PLUGIN) or line == "<use>":
            if not self.with_plugin:
                return None
            how = line.removeprefix(PLUGIN)
            return {"<use>": "plugin_use ours", "plugin_load": f"plugin_load ours {plugin_path()}"}.get(how, f"{how} {plugin_path()}")
        for name, path in self.plugins.items():
            if line == f"plugin <{name}>":
                option = "config_file" if name == "dynamic_security" else name
                file = {"dynamic_security": "dynsec.json", "acl_file": "acl", "password_file": "passwords"}[name]
                return f"plugin {path}\nplugin_opt_{option} <folder>/{file}"
        return line

    def write(self, state):
        for folder in ("conf.d", "nested"):
            shutil.rmtree(self.folder / folder, ignore_errors=True)
            (self.folder / folder).mkdir(parents=True)
        (self.folder / "nested/open.conf").write_text("allow_anonymous true\n")
        for name, text in {**self.decide, **self.family.files(state, self._writes)}.items():
            if name not in state.missing:
                path = self.folder / name
                path.write_text(text.replace("<folder>", str(self.folder)), errors="surrogateescape", newline="")
                path.chmod(0o600)
        for name in state.missing:
            (self.folder / name).unlink(missing_ok=True)

    def start(self):
        """False: it doesn't want to, with that configuration."""
        self.write(self.family.states[0])
        arguments = [part.replace("<folder>", str(self.folder)) for part in self.family.arguments]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([brokers_folder() / self.version / "mosquitto", *arguments], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)  # fmt: skip
        self._wait(lambda: re.search(r"version \S+ running", self.log()))
        if not self.is_running and "in use" in self.log():
            raise NoPort
        return self.is_running

    def _wait(self, condition, poke=False):
        """Until it is true or the broker has ended. poke: a broker looks at its signals when something else happens, too."""
        deadline, pause = time.monotonic() + LIMIT, 0.002
        while self.is_running and not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.log_path}: waited in vain")
            if poke:
                self._poke()
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)

    def _poke(self):
        for place in self.family.places[:1]:
            try:
                connection(place, 1).close()
            except OSError:
                pass

    @property
    def is_running(self):
        return self.process.poll() is None

    def log(self):
        return self.log_path.read_text(errors="replace")

    def reload(self, state):
        self.write(state)
        said = self.log().count("Reloading config")
        self.process.send_signal(signal.SIGHUP)
        self._wait(lambda: self.log().count("Reloading config") > said, poke=True)
        # It may end in the midst of that: then nobody answers any more, and soon nobody listens.
        if self.is_running and not (self._answers() and self._answers()):
            self._wait(lambda: False)

    def _answers(self):
        """Whether it still reads and closes a connection that sends nonsense."""
        try:
            with connection(self.family.places[0]) as sock:
                sock.sendall(b"\xf0\x00")
                return sock.recv(1) == b""
        except ConnectionResetError:
            return True
        except OSError:
            return False

    def end(self):
        """Its exit code after SIGTERM."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self._wait(lambda: False, poke=True)
            finally:
                self.process.kill()
        return self.process.wait()


def end_quietly(broker):
    process = getattr(broker, "process", None)
    if process and process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
