# SPDX-License-Identifier: Apache-2.0
"""./dev run refuses what can't work, in one line, before it touches anything. Needs a release build to be there."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

DEV = Path(__file__).parents[2] / "dev"


def run(state, **variables):
    variables = {**os.environ, "ROLLCALL_STATE": str(state), **variables}
    return subprocess.run([DEV, "run"], env=variables, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "1883 ", "18 83"])
def test_a_port_that_is_none_changes_nothing(tmp_path, port):
    refused = run(tmp_path / "state", ROLLCALL_MQTT_PORT=port)
    assert refused.returncode == 1
    assert refused.stderr == f'./dev: ROLLCALL_MQTT_PORT is "{port}"; it must be a port, from 1 to 65535\n'
    assert not (tmp_path / "state").exists()


def test_a_second_run_in_one_folder_is_refused_before_it_touches_a_file(tmp_path):
    (tmp_path / "mosquitto.conf").write_text("of the first run\n")
    with open(tmp_path / "lock", "w", encoding="utf-8") as lock:  # as the first run holds it
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = run(tmp_path)
    assert refused.returncode == 1
    assert refused.stderr == f"./dev: another ./dev run uses {tmp_path}; end it, or set ROLLCALL_STATE to another folder\n"
    assert (tmp_path / "mosquitto.conf").read_text() == "of the first run\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "mosquitto.conf"]


def test_without_root_and_sudo_it_says_what_to_install(tmp_path):
    script = 'source tools/dev/common.sh; id() { echo 1000; }; command() { return 1; }; need foo:/not/there bar:/bin/sh baz:/nor/here'
    refused = subprocess.run(["bash", "-c", script], cwd=DEV.parent, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr == (
        "./dev: these packages are missing, and there is no sudo to install them with; as root: apt-get install foo baz\n"
    )
