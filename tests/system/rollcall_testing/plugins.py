# SPDX-License-Identifier: Apache-2.0
"""The plugins that come with Mosquitto, and what dynamic-security keeps in its file."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

from .broker import brokers_folder

PLUGINS_OF_MOSQUITTO = ["dynamic_security", "password_file", "acl_file"]


@cache
def plugin_of_mosquitto(version, name):
    """The file of a plugin that comes with that broker, or None."""
    is_installed = "installed" in (brokers_folder() / version / "version").read_text()
    libraries = Path("/usr/lib") if is_installed else brokers_folder() / version / "root/usr/lib"
    return next((path for folder in ("*", "*/mosquitto") for path in libraries.glob(f"{folder}/mosquitto_{name}.so")), None)


def plugins_of_mosquitto(version):
    """{name: file} of those that this version comes with."""
    return {name: path for name in PLUGINS_OF_MOSQUITTO if (path := plugin_of_mosquitto(version, name))}


def dynamic_security(*, lets_anonymous_in):
    """What mosquitto_dynamic_security keeps in its file, as 2.0 wrote it first."""


    def client(name, password, role):
        salt = b"twelve bytes"
        digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
        return {"username": name, "password": base64.b64encode(digest).decode(), "salt": base64.b64encode(salt).decode(),
                "iterations": 101, "roles": [{"rolename": role}]}  # fmt: skip

    def rules(allowed):
        return [{"acltype": kind, "topic": topic, "priority": 0, "allow": True} for kind, topic in allowed]

    everything = [(kind, topic) for topic in ("#", "$other/#", "$CONTROL/dynamic-security/#") for kind in (
        "publishClientSend", "publishClientReceive", "subscribePattern", "unsubscribePattern")]  # fmt: skip
    of_alice = [(kind, topic) for topic in ("alice/#", "ds/#") for kind in (
        "publishClientSend", "publishClientReceive", "subscribePattern")]  # fmt: skip
    groups = [{"groupname": "everybody", "roles": [{"rolename": "guest"}], "clients": []}]
    return json.dumps({
        "defaultACLAccess": {"publishClientSend": False, "publishClientReceive": True, "subscribe": False, "unsubscribe": True},
        "clients": [client("test", "test", "all"), client("alice", "secret", "alice")],
        "groups": groups if lets_anonymous_in else [],
        "roles": [
            {"rolename": "all", "acls": rules(everything)},
            {"rolename": "alice", "acls": rules(of_alice)},
            {"rolename": "guest", "acls": rules([("subscribePattern", "public/#"), ("publishClientReceive", "public/#")])},
        ],
        **({"anonymousGroup": "everybody"} if lets_anonymous_in else {}),
    })  # fmt: skip
