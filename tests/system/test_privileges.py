# SPDX-License-Identifier: Apache-2.0
"""A broker that is started by root reads its configuration, and goes on as a user who may not: so must its plugins."""

import os
import pwd
import shutil
import tempfile
from pathlib import Path

import pytest

from rollcall_testing.asker import Asker
from rollcall_testing.bridge import plugin_path
from rollcall_testing.broker import Broker, password_line
from rollcall_testing.mqtt import V5
from rollcall_testing.stack import BRIDGE_PASSWORD

USER = "mosquitto"
LOGINS = {
    "anonymous": {},
    "alice": {"username": "alice", "password": "secret"},
    "alice with a wrong password": {"username": "alice", "password": "wrong"},
    "bob": {"username": "bob", "password": "b"},
}
WARNING = "can't tell whether allow_anonymous is on"


class OwnedByRoot(Broker):
    """`mode`: of mosquitto.conf."""

    mode = 0o600

    def write_config(self):
        path = super().write_config()
        path.write_text(path.read_text().replace("user root", f"user {USER}"))
        path.chmod(self.mode)
        return path


@pytest.fixture
def make_owned(makers):
    """make_owned(config, options): a broker with the plugin in a folder that anybody may enter; options None: without it."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a broker that gives root up")
    user = pwd.getpwnam(USER)
    root = Path(tempfile.mkdtemp(prefix="rollcall-"))  # pytest's own folders are for their owner alone
    root.chmod(0o755)
    shutil.copy(plugin_path(), root / "mosquitto_rollcall.so")
    for name, text in {"secret": BRIDGE_PASSWORD + "\n", "passwords": password_line("alice", "secret"), "acl": "topic read public/#\n"}.items():
        (root / name).write_text(text)
        (root / name).chmod(0o600)
        os.chown(root / name, user.pw_uid, user.pw_gid)

    def make(config, options="", mode=0o600):
        plugin = f"plugin {root}/mosquitto_rollcall.so\nplugin_opt_bridge_password_file {root}/secret\n{options}" if options is not None else ""
        broker = OwnedByRoot(makers.version, root / f"broker-{len(makers.made)}", config.replace("<root>", str(root)) + plugin, log_topic=False)
        broker.mode = mode
        return makers.keep(broker).start()

    yield make
    makers.end()
    shutil.rmtree(root)


def answers(broker):
    found = {}
    for name, login in LOGINS.items():
        asker = Asker(broker.port, "asker", V5, **login)
        found[name] = [asker.answer, asker.subscribe("public/x", "other/x"),
                       sorted(asker.publish(["public/x", "other/x"], b"x", qos=1), key=repr)]  # fmt: skip
        asker.leave()
    return found


CONFIGS = {
    "open": "allow_anonymous true\n",
    "closed": "allow_anonymous false\n",
    "passwords": "allow_anonymous false\npassword_file <root>/passwords\n",
    "passwords-open": "allow_anonymous true\npassword_file <root>/passwords\n",
    "acl": "allow_anonymous true\nacl_file <root>/acl\n",
}


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_configuration_for_root_alone_changes_only_what_is_said(make_owned, kind):
    expected, given = answers(make_owned(CONFIGS[kind], None)), make_owned(CONFIGS[kind])
    different = {name for name, answer in answers(given).items() if answer != expected[name]}
    by_name = {"alice", "alice with a wrong password", "bob"}
    if given.is_2_0:
        # Whether a name is enough is in that file alone; nothing else is.
        assert different == (by_name if kind in ("open", "acl") else set())
        lines = [line for line in given.log().splitlines() if WARNING in line]
        assert len(lines) == 1 and "mosquitto.conf" in lines[0] and "ermission denied" in lines[0] and "open_broker" in lines[0]
    else:
        assert not different and WARNING not in given.log()
    given.reload()  # which the broker refuses: it can't read the file either
    assert {name for name, answer in answers(given).items() if answer != expected[name]} == different
    assert given.log().count(WARNING) == (1 if given.is_2_0 else 0)


@pytest.mark.parametrize("remedy", ["readable", "open_broker"])
def test_either_remedy_that_the_line_names_helps(make_owned, remedy):
    expected = answers(make_owned(CONFIGS["open"], None))
    if remedy == "readable":
        given = make_owned(CONFIGS["open"], mode=0o644)
    else:
        given = make_owned(CONFIGS["open"], "plugin_opt_open_broker yes\n")
    assert answers(given) == expected and WARNING not in given.log()
