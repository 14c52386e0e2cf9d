# SPDX-License-Identifier: Apache-2.0
"""Which brokers, and how a test gets its own: see rollcall_testing/stack.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rollcall_testing.bridge import plugin_path, rollcall_path  # noqa: E402
from rollcall_testing.broker import VERSIONS, Broker, brokers_folder  # noqa: E402
from rollcall_testing.http import HTTP_TEMPLATES, LISTEN, Api, address_of  # noqa: E402
from rollcall_testing.stack import Stack  # noqa: E402

LOG_TAIL = 12000  # characters of a log that a failing test shows
_ended_with = pytest.StashKey[list]()


def chosen_versions():
    """$ROLLCALL_TEST_BROKER, one or more of VERSIONS separated by commas; without it, all."""
    chosen = [name for name in os.environ.get("ROLLCALL_TEST_BROKER", "").split(",") if name] or VERSIONS
    for name in chosen:
        if name not in VERSIONS:
            raise pytest.UsageError(f"ROLLCALL_TEST_BROKER: {name!r} is none of {', '.join(VERSIONS)}")
    return chosen


def pytest_report_header():
    versions = [f"{name} = {(brokers_folder() / name / 'version').read_text().strip()}" for name in chosen_versions()]
    return [f"brokers: {'; '.join(versions)}", f"plugin: {plugin_path()}", f"bridge: {rollcall_path()}"]


def pytest_configure(config):
    if not all((brokers_folder() / name / "version").exists() for name in chosen_versions()):
        subprocess.run([Path(__file__).parent / "fetch_brokers", brokers_folder()], check=True)


@pytest.fixture(scope="session", params=chosen_versions())
def broker_version(request):
    return request.param


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails shows what its brokers and bridges wrote."""
    report = (yield).get_result()
    if report.failed:
        for node in item.listchain():  # the module too: a fixture of its scope makes things there
            for name, text in [log() for log in node.stash.get(_ended_with, [])]:
                report.sections.append((name, text[-LOG_TAIL:] or "(empty)"))


class Makers:
    """What the factory fixtures share: everything made is ended, in reverse order."""

    def __init__(self, request, tmp_path_factory, version):
        self.item, self.version, self.made = request.node, version, []
        # Not named after the test: words of it in a path would be found in logs where a test looks for them.
        self.folder = tmp_path_factory.mktemp("made")

    def keep(self, thing):
        self.made.append(thing)
        logs = self.item.stash.setdefault(_ended_with, [])
        for part in (getattr(thing, "broker", thing), getattr(thing, "bridge", None)):
            if part is not None:
                logs.append(lambda part=part: (f"log of {part.folder.name}", part.log()))
        return thing

    def next_folder(self, kind):
        return self.folder / f"{kind}-{len(self.made) + 1}"

    def end(self):
        for thing in reversed(self.made):
            thing.end()


@pytest.fixture
def makers(request, tmp_path_factory, broker_version):
    makers = Makers(request, tmp_path_factory, broker_version)
    yield makers
    makers.end()


@pytest.fixture
def make_broker(makers):
    """make_broker(config, …): a started broker with nothing of ours, see Broker."""
    return lambda *args, **options: makers.keep(
        Broker(makers.version, makers.next_folder("broker"), *args, **options)
    ).start()


@pytest.fixture
def make_stack(makers):
    """make_stack(…): a Stack that isn't started yet."""
    for path in (plugin_path(), rollcall_path()):
        assert path.exists(), f"{path} isn't built"
    return lambda **options: makers.keep(Stack(makers.version, makers.next_folder("stack"), **options))


@pytest.fixture
def stack(make_stack):
    """An open broker with the plugin, `log_dest topic`, and the bridge: up and running."""
    return make_stack().start()


@pytest.fixture
def start_http(make_stack, tmp_path):
    """Starts a stack with HTTP, and files with the tokens "the-read-token" and "the-write-token"; returns it, a client without a
    token, and one who may write."""

    def begin(http=None):
        http = {**LISTEN, **(http or {})}
        for kind in ("read", "write"):
            file = tmp_path / f"{kind}.tokens"
            file.write_text(f"the-{kind}-token\n")
            file.chmod(0o600)
            http[f"{kind}_tokens_file"] = str(file)
        stack = make_stack(templates=HTTP_TEMPLATES, bridge={"http": http}).start()
        address = address_of(stack.bridge)
        return stack, Api(address), Api(address, "the-write-token")

    return begin
