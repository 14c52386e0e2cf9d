# SPDX-License-Identifier: Apache-2.0
"""What docs/operations.md and the README tell people to do, done word by word but for paths and users: it works."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from rollcall_testing.bridge import plugin_path, rollcall_path
from rollcall_testing.mqtt import V5, Client
from rollcall_testing.observer import Observer
from rollcall_testing.process import Process
from rollcall_testing.waiting import wait_for

CHECKOUT = Path(__file__).resolve().parents[2]
# Users of every Debian in place of those that the commands make.
BRIDGE_USER, BROKER_USER = "daemon", "games"


def block_below(document, heading, language=""):
    """The first code block of that language below a heading."""
    text = (CHECKOUT / document).read_text().split(f"\n{heading}\n", 1)[1]
    return re.search(rf"^```{language}\n(.*?)^```", text, re.M | re.S)[1]


@pytest.fixture
def root():
    """A folder that stands for /, and that other users can enter, as those of pytest can't be."""
    folder = Path(tempfile.mkdtemp(prefix="rollcall-install-"))
    folder.chmod(0o755)
    for each in ("usr/lib", "usr/bin", "etc/mosquitto", "var/lib"):
        (folder / each).mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def below(root, text):
    """The same with its absolute paths below that folder."""
    return re.sub(r"(?<![\w/.])/(?=(usr|etc|var)/)", f"{root}/", text)


@pytest.mark.skipif(os.geteuid() != 0, reason="the commands change owners: they are root's")
def test_the_commands_of_from_source_lead_to_a_bridge_that_runs(root, make_broker):
    commands = below(root, block_below("docs/operations.md", "## From source", "sh"))
    commands = commands.replace("build/release/lib/mosquitto_rollcall.so", str(plugin_path()))
    commands = commands.replace("build/release/bin/rollcall", str(rollcall_path()))
    commands = commands.replace("-o rollcall -g rollcall", f"-o {BRIDGE_USER} -g {BRIDGE_USER}")
    commands = commands.replace("chown rollcall:", f"chown {BRIDGE_USER}:").replace("-o mosquitto", f"-o {BROKER_USER}")
    subprocess.run(["bash", "-e", "-c", f"adduser() {{ :; }}\n{commands}"], cwd=CHECKOUT, check=True)

    broker = make_broker("allow_anonymous true\n" + below(root, block_below("README.md", "## With your own Mosquitto")), log_topic=False)
    config = root / "etc/rollcall/rollcall.json"
    config.write_text(config.read_text().replace(":1883", f":{broker.port}"))
    as_user = ["setpriv", f"--reuid={BRIDGE_USER}", f"--regid={BRIDGE_USER}", "--clear-groups"]
    program = root / "usr/bin/rollcall"
    check = subprocess.run([*as_user, program, "check", "-c", config], capture_output=True, text=True, cwd="/")
    assert check.returncode == 0, check.stderr

    bridge = Process([*as_user, program, "bridge", "-c", config], root / "bridge.log", cwd="/")
    try:
        tester = Client(broker.port, "mosq-observer", version=V5).connect()
        observer = Observer(tester)
        wait_for(lambda: (observer.latest("bridge") or {}).get("online"), lambda: (root / "bridge.log").read_text(), 10)
        device = Client(broker.port, "pump-7", version=V5).connect()
        observer.wait_for_status("pump-7", "online", connected=True)
        device.disconnect()
        observer.wait_for_status("pump-7", connected=False, cause="client_disconnect")
        assert "warning" not in (root / "bridge.log").read_text()
        assert bridge.stop() == 0
        tester.end()
    finally:
        bridge.end()


def test_the_samples_for_mosquitto_hide_no_lines_of_its_log():
    """One log_type turns off all that aren't named, so each that is on by default is named."""
    for sample in (block_below("README.md", "## With your own Mosquitto"), (CHECKOUT / "docker/mosquitto.conf").read_text()):
        assert set(re.findall(r"^log_type (\w+)$", sample, re.M)) >= {"error", "warning", "notice", "information"}
