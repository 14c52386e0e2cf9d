# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in real life: each case says so in one clear line, and ends with the right code or keeps trying."""

import json
import re

import pytest

from rollcall_testing.bridge import Bridge, plugin_path, run_rollcall
from rollcall_testing.broker import Broker, unused_port
from rollcall_testing.waiting import stays_true

OK, USAGE, CONFIGURATION = 0, 64, 78


@pytest.fixture
def without_bridge(make_stack):
    """A broker with the plugin; the bridge is ready to be launched against it."""
    stack = make_stack()
    stack.start_broker()
    return stack


# The bridge and its broker


def test_a_broker_that_is_not_there_is_waited_for(make_stack):
    stack = make_stack()
    stack.broker.port = unused_port()
    stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.broker.port}"
    stack.bridge.launch()
    stack.bridge.wait_for_log(r"main|127\.0\.0\.1")
    stays_true(lambda: stack.bridge.process.is_running, 1, "the bridge gave up")
    settled = len(stack.bridge.log())
    stays_true(lambda: len(stack.bridge.log()) == settled, 4, "one line a state change, not one an attempt")
    stack.broker.start()
    stack.observe()
    stack.bridge.wait_online(stack.tester(), timeout=20)
    stack.device("pump")
    assert stack.bridge.stop() == OK


def test_a_bridge_that_never_got_through_ends_with_0_on_sigterm(makers):
    bridge = makers.keep(Bridge(makers.next_folder("bridge"), {"brokers": [{"uri": f"mqtt://127.0.0.1:{unused_port()}"}]}))
    bridge.launch()
    bridge.wait_for_log(r"127\.0\.0\.1")
    assert bridge.stop() == OK


def test_a_broker_that_goes_and_comes_is_one_line_each(make_stack):
    stack = make_stack().start()
    offset = len(stack.bridge.log())
    stack.broker.stop()
    stack.bridge.wait_for_log(r"main", offset=offset)
    stays_true(lambda: stack.bridge.log()[offset:].count("\n") <= 2, 4, "one line for a broker that is gone")
    stack.restart_broker()
    stack.bridge.wait_online(stack.tester(), timeout=20)


def test_a_refused_login_is_named_and_tried_again(without_bridge):
    stack = without_bridge
    wrong = stack.folder / "wrong.password"
    wrong.write_text("not the secret\n")
    wrong.chmod(0o600)
    stack.bridge.config["brokers"][0]["password_file"] = str(wrong)
    stack.bridge.launch()
    stack.bridge.wait_for_log(r"login|not authori[sz]ed|bad user ?name or password")
    assert not re.search(r"unknown error|unreachable", stack.bridge.log(), re.I)
    settled = len(stack.bridge.log())
    stays_true(lambda: stack.bridge.process.is_running and len(stack.bridge.log()) == settled, 3, "it keeps trying, in silence")
    assert stack.bridge.stop() == OK


def test_a_broker_without_the_plugin_is_named(makers, make_broker, tmp_path):
    broker = make_broker()
    secret = tmp_path / "secret"
    secret.write_text("x\n")
    secret.chmod(0o600)
    bridge = makers.keep(Bridge(makers.next_folder("bridge"), {"brokers": [
        {"name": "main", "uri": f"mqtt://127.0.0.1:{broker.port}", "username": "rollcall", "password_file": str(secret)}
    ]}))  # fmt: skip
    bridge.launch()
    bridge.wait_for_log(r"plugin", timeout=20)
    settled = len(bridge.log())
    stays_true(lambda: bridge.process.is_running and len(bridge.log()) == settled, 3, "it keeps trying, in silence")
    assert bridge.stop() == OK


# The bridge and its files


def launch_and_fail(makers, password_file, mode=None):
    """Exit code and log of a bridge with this password file, of that mode; no mode: the file isn't there."""
    bridge = makers.keep(Bridge(makers.next_folder("bridge"), {"brokers": [{"password_file": password_file}]}))
    if mode is not None:
        (bridge.folder / password_file).write_text("the secret itself\n")
        (bridge.folder / password_file).chmod(mode)
    bridge.launch()
    return bridge.process.wait_for_end(5), bridge.log()


def test_a_password_file_that_is_missing(makers):
    code, log = launch_and_fail(makers, "nowhere.password")
    assert code == CONFIGURATION
    assert "nowhere.password" in log and log.count("\n") == 1, log


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o606, 0o666], ids=oct)
def test_a_password_file_that_others_may_read(makers, mode):
    code, log = launch_and_fail(makers, "bridge.password", mode)
    assert code == CONFIGURATION
    assert "bridge.password" in log and re.search(r"others|readable|permission|mode|chmod", log, re.I), log
    assert log.count("\n") == 1 and "the secret itself" not in log


def test_a_configuration_that_is_missing(tmp_path):
    done = run_rollcall("bridge", "-c", tmp_path / "nowhere.json")
    assert done.returncode == CONFIGURATION
    assert "nowhere.json" in done.stderr


BAD_CONFIGS = {
    "not json": ("{", r"rollcall\.json:1"),
    "unknown key": ('{"brokerz": []}', r"rollcall\.json:1.*brokerz"),
    "duplicate key": ('{\n"topic_prefix": "ds",\n"topic_prefix": "x"}', r"rollcall\.json:3.*topic_prefix"),
    "mistyped value": ('{"topic_prefix": 7}', r"rollcall\.json:1.*topic_prefix"),
    "missing key": ('{"templates": {"t": {}}}', r"rollcall\.json:1.*templates\.t"),
    "no online": ('{"templates": {"t": {"statuses": [{"status": "offline", "after": "1m"}]}}}', r"templates\.t.*online"),
    "no offline": ('{"templates": {"t": {"statuses": [{"status": "online"}, {"status": "x", "after": "1m"}]}}}', r"templates\.t.*offline"),
    "a wait with a space": (
        '{"templates": {"t": {"statuses": [{"status": "online"},\n{"status": "offline", "after": "5 min"}]}}}',
        r"rollcall\.json:2.*statuses\[1\]\.after.*5 min",
    ),
    "a negative wait": ('{"templates": {"t": {"statuses": [{"status": "online"}, {"status": "offline", "after": "-1s"}]}}}', r"after.*-1s"),
    "two of one name": (
        '{"templates": {"t": {"statuses": [{"status": "online"}, {"status": "offline", "after": "1s"},\n{"status": "offline", "after": "1s"}]}}}',
        r"rollcall\.json:2.*offline",
    ),
    "a rule that can never match": ('{"devices": [{"client_id": "{device}"},\n{"client_id": "x*"}]}', r"rollcall\.json:2.*devices\[1\]"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_CONFIGS)
@pytest.mark.parametrize("command", ["check", "bridge"])
def test_a_bad_configuration_is_named_by_file_line_and_path(tmp_path, kind, command):
    text, pattern = BAD_CONFIGS[kind]
    path = tmp_path / "rollcall.json"
    path.write_text(text)
    done = run_rollcall(command, "-c", path)
    assert done.returncode == CONFIGURATION
    assert re.search(pattern, done.stderr), done.stderr
    assert done.stderr.count("\n") == 1, "one line"


def test_good_configurations_pass_the_check(tmp_path):
    path = tmp_path / "rollcall.json"
    for text in ("{}", '// a comment\n{"topic_prefix": "ds"} // and another'):
        path.write_text(text)
        done = run_rollcall("check", "-c", path)
        assert (done.returncode, done.stderr) == (OK, ""), done
    assert json.loads(run_rollcall("check", "-c", path, "--json").stdout) is not None


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["bridge", "--nonsense"], ["check", "a", "b"], ["simulate"]], ids=" ".join)
def test_a_wrong_command_line_ends_with_64(arguments):
    done = run_rollcall(*arguments)
    assert done.returncode == USAGE, done


@pytest.mark.parametrize("command", [[], ["bridge"], ["check"], ["simulate"]], ids=" ".join)
def test_help_is_there_and_ends_with_0(command):
    done = run_rollcall(*command, "--help")
    assert done.returncode == OK and "--help" in done.stdout


def test_simulate_plays_a_scenario_without_a_broker():
    done = run_rollcall("simulate", "-", text="10:50:00 connect keepalive=45\n10:50:01 lost\n10:53:00 end\n")
    assert (done.returncode, done.stdout) == (OK, "10:50:00 online connect\n10:51:08 offline keepalive_timeout\n"), done


@pytest.mark.parametrize("scenario", [
    "10:50:00 connect\n10:51:00 explode\n", "10:50:00 connect\nnonsense\n", "10:50:00 connect\n10:51:00 connect client_id\n",
    "10:50:00 connect\n10:51:00 disconnect client_id=other\n",
])  # fmt: skip
def test_a_mistake_in_a_scenario_is_named_by_its_line(scenario):
    done = run_rollcall("simulate", "-", text=scenario)
    assert done.returncode == USAGE
    assert re.search(r"\b2\b", done.stderr), done.stderr


# The plugin and its options


def test_a_broker_starts_with_good_options(make_stack):
    stack = make_stack(plugin={"activity_interval": 30, "open_broker": "auto", "topic_prefix": "ds", "bridge_username": "rollcall"})
    stack.broker.start()
    assert stack.broker.stop() == 0


@pytest.mark.parametrize("options, named", [
    ({"colour": "blue"}, "colour"),
    ({"activity_interval": "often"}, "activity_interval"),
    ({"activity_interval": "-1"}, "activity_interval"),
    ({"open_broker": "perhaps"}, "open_broker"),
    ({"topic_prefix": "a/#"}, "topic_prefix"),
    ({"topic_prefix": "$x"}, "topic_prefix"),
    ({"bridge_password_file": "/nowhere/bridge.password"}, "/nowhere/bridge.password"),
], ids=lambda value: value if isinstance(value, str) else None)  # fmt: skip
def test_a_bad_option_of_the_plugin_keeps_the_broker_from_starting(make_stack, options, named):
    stack = make_stack(plugin=options)
    process = stack.broker.launch()
    assert process.wait_for_end(5) != 0
    lines = [line for line in stack.broker.log().splitlines() if named in line]
    assert len(lines) == 1, stack.broker.log()


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666], ids=oct)
def test_a_password_file_of_the_plugin_that_others_may_read_keeps_the_broker_from_starting(make_stack, mode):
    stack = make_stack()
    stack.password_path.chmod(mode)
    process = stack.broker.launch()
    assert process.wait_for_end(5) != 0
    lines = [line for line in stack.broker.log().splitlines() if "bridge.password" in line]
    assert len(lines) == 1, stack.broker.log()
    assert "the bridge's own secret" not in stack.broker.log()


def test_an_empty_password_file_keeps_the_broker_from_starting(make_stack):
    stack = make_stack()
    stack.write_password("")
    process = stack.broker.launch()
    assert process.wait_for_end(5) != 0
    assert "bridge.password" in stack.broker.log()


def test_a_bad_option_of_the_plugin_harms_no_reload_later(make_broker, makers, tmp_path):
    """The plugin reads its options once; what is wrong in the file by a SIGHUP leaves the broker as it is."""
    secret = tmp_path / "secret"
    secret.write_text("x\n")
    secret.chmod(0o600)
    config = f"allow_anonymous true\nplugin {plugin_path()}\nplugin_opt_bridge_password_file {secret}\n"
    broker = makers.keep(Broker(makers.version, tmp_path / "broker", config)).start()
    secret.unlink()
    broker.reload()
    assert broker.accepts_connections() and broker.process.is_running
