# SPDX-License-Identifier: Apache-2.0
"""What systemd hears of the bridge, by the socket that it names in the environment."""

import os
import signal
import socket

import pytest

from rollcall_testing.bridge import rollcall_path
from rollcall_testing.process import Process


class Manager:
    """Receives what a process tells, as systemd does."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(10)

    def wait_for(self, first_line):
        """Waits for a message that begins so, past signs of life."""
        while True:
            lines = self.socket.recv(4096).decode().split("\n")
            if lines[0] == first_line:
                return lines
            assert lines == ["WATCHDOG=1"]


@pytest.fixture
def manager(tmp_path):
    manager = Manager(tmp_path)
    yield manager
    manager.socket.close()


@pytest.fixture
def run_bridge(tmp_path, manager):
    processes = []

    def run(config, **environment):
        (tmp_path / "rollcall.json").write_text(config)
        command = [rollcall_path(), "bridge", "-c", tmp_path / "rollcall.json"]
        env = {**os.environ, "NOTIFY_SOCKET": str(manager.path), **environment}
        processes.append(Process(command, tmp_path / "bridge.log", cwd=tmp_path, env=env))
        return processes[-1]

    yield run
    for each in processes:
        each.end()


# It is ready, and alive, without any broker.
CONFIG = '{"brokers": [{"uri": "mqtt://127.0.0.1:1"}], "http": {"listen": null}}'


def test_the_bridge_says_when_it_is_ready_reloads_and_stops(manager, run_bridge, tmp_path):
    bridge = run_bridge(CONFIG)
    assert manager.wait_for("READY=1") == ["READY=1"]
    for config in (CONFIG, "wrong"):
        (tmp_path / "rollcall.json").write_text(config)
        bridge.signal(signal.SIGHUP)
        assert manager.wait_for("RELOADING=1")[1].startswith("MONOTONIC_USEC=")
        manager.wait_for("READY=1")
    bridge.signal(signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    assert bridge.wait_for_end() == 0


def test_the_bridge_shows_that_it_is_alive_while_it_is(manager, run_bridge):
    bridge = run_bridge(CONFIG, WATCHDOG_USEC="100000")
    manager.wait_for("READY=1")
    for _ in range(5):
        manager.wait_for("WATCHDOG=1")
    assert bridge.stop() == 0


def test_a_bridge_that_cannot_start_is_never_ready(manager, run_bridge):
    assert run_bridge("wrong").wait_for_end() == os.EX_CONFIG
    manager.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.socket.recv(4096)
