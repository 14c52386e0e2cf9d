# SPDX-License-Identifier: Apache-2.0
"""A crowd comes, is listed again and again, is cut by halves while bridges die and the broker reloads: and nothing is left over.

What matters is the run under ASan, where leaks are looked for when the broker ends: `./dev check sanitizers` with 2,000
clients, `./dev check sanitizers-crowd` with 10,000. $ROLLCALL_CROWD says how many; without it this is a test of what
is said in the end.
"""

import os

import pytest

from rollcall_testing.bridge import plugin_path
from rollcall_testing.crowd import Crowd, allow_many_files
from rollcall_testing.lister import Lister
from rollcall_testing.sanitizers import ours, reports_folder, reports_of
from rollcall_testing.stack import BRIDGE_PASSWORD
from rollcall_testing.waiting import wait_for

CLIENTS = int(os.environ.get("ROLLCALL_CROWD", "300"))
PATIENCE = 60 + CLIENTS / 50
# Beside another plugin no broker counts as open by itself.
LEAK_CHECK = f"plugin {plugin_path().parent / 'leak_check_plugin.so'}\n" if reports_folder() else ""


@pytest.fixture
def crowded(make_stack):
    """Its observer would have a hundred thousand statuses to read: it only begins things."""
    allow_many_files()
    stack = make_stack(config="allow_anonymous true\nmax_queued_messages 100000\n", plugin={"open_broker": "yes"})
    stack.broker.config += LEAK_CHECK
    stack.start()
    stack.observer.client.end()
    crowd = Crowd(stack.broker.port)
    yield stack, crowd
    crowd.vanish()


def start_bridge(stack):
    stack.bridge.start(stack.tester(keepalive=0), timeout=PATIENCE)


def wait_for_connected(stack, count):
    reader, said = stack.tester(keepalive=0), []
    reader.on_message(lambda message: said.append(f'"connected":{count},' in message.payload.decode()))
    reader.subscribe("ds/fleet")
    wait_for(lambda: said and said[-1], f"{count} connected", PATIENCE, 0.05)
    reader.end()


def list_in_part_and_whole(stack, names):
    """Bridges of which one dies between the pages, and another with a page on its way."""
    for ends in ("at once", "after a page", "after all"):
        lister = Lister(stack.broker.port, BRIDGE_PASSWORD)
        if ends == "after all":
            assert set(names) <= set(lister.list_all())
        else:
            lister.ask_for_page()
            if ends == "after a page":
                lister.wait_for_page()
        lister.reset()


def end_broker(stack):
    """As an administrator does. What it says of memory when it ends is looked at."""
    pid = stack.broker.process.pid
    assert stack.broker.process.stop(timeout=PATIENCE) == 0
    return [text for path in reports_of(pid) for text in ours(path.read_text())] if reports_folder() else []


def test_nothing_is_left_over_of_a_crowd_and_of_those_who_listed_it(crowded):
    stack, crowd = crowded
    names = [f"device-{number}" for number in range(CLIENTS)]
    half = names[::2]
    crowd.connect(names)
    wait_for_connected(stack, CLIENTS)
    for number in range(3):
        stack.bridge.kill()
        crowd.vanish(half)
        list_in_part_and_whole(stack, names)
        stack.broker.reload()
        crowd.connect(half)
        offset = len(stack.bridge.log())
        stack.bridge.launch()
        stack.bridge.wait_for_log("connected", PATIENCE, offset)
        if number < 2:
            stack.bridge.kill()  # with the list on its way
            start_bridge(stack)
        stack.broker.reload()
        crowd.connect(half)  # taken over by newcomers
        wait_for_connected(stack, CLIENTS)
    assert stack.bridge.process.stop(timeout=PATIENCE) == 0
    start_bridge(stack)
    wait_for_connected(stack, CLIENTS)
    crowd.vanish(half)
    wait_for_connected(stack, CLIENTS - len(half))
    stack.bridge.kill()
    assert end_broker(stack) == []


@pytest.mark.skipif(not reports_folder(), reason="not under ASan")
def test_a_leak_would_be_found(make_broker):
    broker = make_broker(f"allow_anonymous true\n{LEAK_CHECK}plugin_opt_forget true\n")
    assert broker.stop() == 0
    (report,) = reports_of(broker.process.pid)
    found = ours(report.read_text())
    report.unlink()  # it isn't one of those that under_asan looks for
    assert any("leak of" in text and "forget_on_tick" in text for text in found)
