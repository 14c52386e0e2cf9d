# SPDX-License-Identifier: Apache-2.0
"""What strangers can do on a broker that lets anybody in, and what bounds it."""

import json
import signal

import pytest

TEMPLATES = {"default": {"statuses": [{"status": "online"}, {"status": "offline", "after": "1h"}]}}


@pytest.fixture
def stack(make_stack):
    stack = make_stack(templates=TEMPLATES)
    stack.bridge.config["devices"] = [{"client_id": "test-*", "ignore": True}, {"client_id": "{device}"}]
    return stack


def visit(stack, *names):
    for name in names:
        stack.connect(name).end()


def refused(stack):
    return (stack.observer.latest("bridge") or {}).get("refused_newcomers", 0)


def test_beyond_max_devices_a_client_is_no_device_until_there_is_room(stack):
    stack.bridge.config["max_devices"] = 3
    stack.start()
    visit(stack, "a", "b", "c")
    stack.observer.wait_for_status("c", connected=False)
    stays = stack.connect("d")
    visit(stack, "e")
    stack.observer.wait_until(lambda: refused(stack) == 2, "two refused contacts on ds/bridge")
    stack.bridge.wait_for_log(r'refused \d contacts? of devices .* max_devices is 3')
    visit(stack, "a")  # one that is known always has room
    assert set(stack.observer.devices()) == {"a", "b", "c"}

    stack.bridge.config["max_devices"] = 4
    stack.bridge.config_path.write_text(json.dumps(stack.bridge.config))
    stack.bridge.process.signal(signal.SIGHUP)
    stack.observer.wait_for_status("d", "online", connected=True)
    visit(stack, "e")
    stack.observer.wait_until(lambda: refused(stack) == 3, "a refused contact more")
    assert set(stack.observer.devices()) == {"a", "b", "c", "d"}
    assert stays.is_open


def test_faster_than_new_devices_a_client_becomes_one_with_a_later_contact(stack):
    stack.bridge.config["new_devices"] = "1/s"
    stack.start()
    names = [f"n{number}" for number in range(40)]
    visit(stack, *names)
    stack.observer.wait_until(lambda: refused(stack) > 0, "refused contacts on ds/bridge")
    known = len(stack.observer.devices())
    assert 10 <= known < 40
    late = next(name for name in names if name not in stack.observer.devices())

    def is_device():
        visit(stack, late)
        return late in stack.observer.devices()

    stack.observer.wait_until(is_device, "room for one more", 10)


def test_strangers_that_were_refused_are_in_no_store(stack):
    stack.bridge.config["max_devices"] = 2
    stack.start()
    visit(stack, "a", "b", "c", "d")
    stack.observer.wait_until(lambda: refused(stack) == 2, "two refused contacts")
    stack.bridge.stop()
    stack.bridge.config["max_devices"] = 10
    stack.start_bridge()
    stack.observer.wait_until(lambda: "refused_newcomers" not in stack.observer.latest("bridge"), "a count from the start")
    assert set(stack.observer.devices()) == {"a", "b"}
