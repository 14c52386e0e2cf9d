# SPDX-License-Identifier: Apache-2.0
"""What happens to a Debian when the packages come, are replaced and go."""

import re
import shlex
import socket
import sqlite3
from pathlib import Path

import pytest

from rollcall_testing.waiting import wait_for

BRIDGES, PLUGINS = "/etc/rollcall/bridge.password", "/etc/mosquitto/rollcall.password"
CONF = "/etc/mosquitto/conf.d/rollcall.conf"


OPERATIONS = Path(__file__).resolve().parents[2] / "docs/operations.md"


def unit_lines(root, unit, key):
    text = (root / f"lib/systemd/system/{unit}.service").read_text()
    return [shlex.split(line.split("=", 1)[1]) for line in text.splitlines() if line.startswith(f"{key}=")]


def start_broker(root):
    """As its unit does."""
    for command in unit_lines(root, "mosquitto", "ExecStartPre"):
        root.run(*command)
    log = root / "var/log/mosquitto/mosquitto.log"
    before = len(log.read_text(errors="replace")) if log.exists() else 0
    broker = root.start("broker", *unit_lines(root, "mosquitto", "ExecStart")[0])
    said = lambda: log.read_text(errors="replace")[before:] if log.exists() else ""  # noqa: E731
    wait_for(lambda: not broker.is_running or " running" in said(), lambda: f"the broker:\n{said()}", 20)
    assert broker.is_running, root.log("broker")
    return broker


def start_bridge(root):
    """As its unit does. Returns when it has said that it is ready."""
    socket_path = root / "run/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(socket_path))
        socket_path.chmod(0o777)
        manager.settimeout(20)
        user = unit_lines(root, "rollcall", "User")[0][0]
        command = unit_lines(root, "rollcall", "ExecStart")[0]
        bridge = root.start("bridge", *command, user=user, environment={"NOTIFY_SOCKET": "/run/notify"})
        assert manager.recv(1000) == b"READY=1", root.log("bridge")
    socket_path.unlink()
    return bridge


def wait_until_told(root, device):
    """Connects a device, and waits until `mosquitto_sub -t 'ds/#' -v` tells that it is online."""
    reader = root.start("reader", "mosquitto_sub", "-t", "ds/#", "-v")
    root.start("device", "mosquitto_sub", "-i", device, "-t", "nothing")
    everything = lambda: f"{root.log('reader')}\n{root.log('bridge')}"  # noqa: E731
    wait_for(lambda: f'ds/status/{device} {{"device":"{device}","status":"online"' in root.log("reader"), everything, 20)
    reader.end()


def test_installed_and_restarted_it_tells_of_devices(root, debs):
    said = root.install(*debs.values(), "mosquitto-clients")
    assert "systemctl restart mosquitto" in said
    start_broker(root)
    start_bridge(root)
    wait_until_told(root, "pump-7")
    assert "warning" not in root.log("bridge")
    assert root.mode("/var/lib/rollcall/rollcall.db") == "rollcall:rollcall 600"
    assert "pump-7" in root.run("rollcall", "explain", "pump-7", "-c", "/etc/rollcall/rollcall.json").stdout
    assert root.run("rollcall", "check", "-c", "/etc/rollcall/rollcall.json").returncode == 0


@pytest.mark.parametrize("first, second", [("rollcall", "mosquitto-plugin-rollcall"), ("mosquitto-plugin-rollcall", "rollcall")])
def test_in_either_order_both_have_the_same_secret_and_nobody_else(root, debs, first, second):
    root.install(debs[first])
    own = {"rollcall": BRIDGES, "mosquitto-plugin-rollcall": PLUGINS}
    assert not (root / own[second]).exists()
    secret = (root / own[first]).read_text()
    root.install(debs[second])
    assert (root / own[first]).read_text() == (root / own[second]).read_text() == secret
    assert len(secret) == 45 and secret.endswith("\n")  # 256 bits
    assert root.mode(BRIDGES) == "root:rollcall 640"
    assert root.mode(PLUGINS) == "root:mosquitto 640"
    assert root.mode("/var/lib/rollcall") == "rollcall:rollcall 750"


def test_an_upgrade_keeps_what_was_there(root, debs, earlier_debs):
    root.install(*earlier_debs.values(), "mosquitto-clients")
    config = root / "etc/rollcall/rollcall.json"
    config.write_text(config.read_text().replace('"after": "1m"', '"after": "2m"'))
    secret = (root / BRIDGES).read_text()
    broker = start_broker(root)
    bridge = start_bridge(root)
    wait_until_told(root, "pump-7")
    assert bridge.stop() == 0
    # The bridge first, as if the broker couldn't be restarted yet.
    root.install(debs["rollcall"])
    assert '"after": "2m"' in config.read_text()
    assert (root / BRIDGES).read_text() == secret
    bridge = start_bridge(root)
    wait_for(lambda: "1 device loaded" in root.log("bridge"), lambda: root.log("bridge"), 10)
    assert bridge.stop() == 0
    assert broker.stop() == 0
    root.install(debs["mosquitto-plugin-rollcall"])
    assert (root / PLUGINS).read_text() == secret
    start_broker(root)
    start_bridge(root)
    wait_until_told(root, "pump-8")


def test_a_store_is_copied_and_restored_by_the_commands_of_operations(root, debs):
    section = OPERATIONS.read_text().split("\n## Backup and restore\n")[1].split("\n## ")[0]
    backup, restore = re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)
    root.install(debs["rollcall"], "sqlite3")
    bridge = start_bridge(root)
    root.run("rollcall", "register", "pump-7", "-c", "/etc/rollcall/rollcall.json")
    root.run("sh", "-ec", backup)
    root.run("rollcall", "register", "pump-8", "-c", "/etc/rollcall/rollcall.json")
    assert bridge.stop() == 0
    root.run("sh", "-ec", f"systemctl() {{ :; }}; cd /var/lib/rollcall; {restore}")
    start_bridge(root)
    wait_for(lambda: "1 device loaded" in root.log("bridge"), lambda: root.log("bridge"), 10)


def test_an_older_bridge_refuses_a_newer_store_with_one_line(root, debs, earlier_debs):
    root.install(debs["rollcall"])
    bridge = start_bridge(root)
    assert bridge.stop() == 0
    with sqlite3.connect(root / "var/lib/rollcall/rollcall.db") as database:  # as if a later version had written it
        database.execute("PRAGMA user_version = 1000")
    root.install(earlier_debs["rollcall"], options=["--allow-downgrades"])
    start = root.start("older", *unit_lines(root, "rollcall", "ExecStart")[0], user="rollcall")
    assert start.wait_for_end() == 69
    refusal = [line for line in root.log("older").splitlines() if "version 1000" in line]
    assert len(refusal) == 1


def test_a_broker_whose_plugin_is_removed_starts_without_it(root, debs):
    root.install(debs["mosquitto-plugin-rollcall"])
    edited = (root / CONF).read_text() + "# mine\n"
    (root / CONF).write_text(edited)
    secret = (root / PLUGINS).read_text()
    root.apt("remove", "mosquitto-plugin-rollcall")
    assert not (root / CONF).exists()
    assert start_broker(root).stop() == 0
    root.install(debs["mosquitto-plugin-rollcall"])
    assert (root / CONF).read_text() == edited
    assert (root / PLUGINS).read_text() == secret
    start_broker(root)
    assert "mosquitto_rollcall" in (root / "var/log/mosquitto/mosquitto.log").read_text()


def test_purged_they_leave_nothing(root, debs):
    files = lambda: set(root.run("find", "/etc", "/var/lib", "/usr", "-name", "*rollcall*").stdout.split())  # noqa: E731
    root.install("mosquitto")
    assert files() == set()
    root.install(*debs.values())
    bridge = start_bridge(root)
    assert bridge.stop() == 0
    root.apt("remove", "rollcall", "mosquitto-plugin-rollcall")
    assert (root / "var/lib/rollcall/rollcall.db").exists()
    root.apt("purge", "rollcall", "mosquitto-plugin-rollcall")
    assert files() == set()
    assert start_broker(root).is_running
