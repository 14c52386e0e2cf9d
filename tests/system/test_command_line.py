# SPDX-License-Identifier: Apache-2.0
"""The commands that ask a running bridge: by its socket, from afar with tokens, in a pipe and on a terminal."""

import json
import re
import signal
import subprocess

import pytest

from rollcall_testing.bridge import rollcall_path, run_rollcall
from rollcall_testing.certificates import Authority
from rollcall_testing.http import address_of
from rollcall_testing.terminal import Terminal
from rollcall_testing.waiting import wait_for

TEMPLATES = {
    "pump": {"statuses": [{"status": "online"}, {"status": "standby", "after": "10m"}, {"status": "offline", "after": "10m"}]},
    "quick": {"statuses": [{"status": "online"}, {"status": "offline", "label": "Gone away", "after": "0s"}]},
}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture
def begin(make_stack, tmp_path):
    """Starts a stack whose bridge listens, with tokens to read and to write."""

    def start(**http):
        for kind in ("read", "write"):
            file = tmp_path / f"{kind}.token"
            file.write_text(f"the-{kind}-token\n")
            file.chmod(0o600)
            http[f"{kind}_tokens_file"] = str(file)
        return make_stack(templates=TEMPLATES, bridge={"http": {"listen": "127.0.0.1:0", **http}}).start()

    return start


@pytest.fixture
def terminal():
    opened = []

    def open_one(stack, *arguments, **options):
        opened.append(Terminal([rollcall_path(), arguments[0], "-c", stack.bridge.config_path, *arguments[1:]], **options))
        return opened[-1]

    yield open_one
    for each in opened:
        each.end()


def rollcall(stack, command, *arguments, **options):
    return run_rollcall(command, "-c", stack.bridge.config_path, *arguments, **options)


def answer(done):
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def url_of(stack, scheme="http"):
    host, port = address_of(stack.bridge)
    return f"{scheme}://{host}:{port}"


def test_a_device_is_shown_with_what_is_known_of_it(begin):
    stack = begin()
    stack.device("pump:p7")
    lines = answer(rollcall(stack, "status", "p7")).splitlines()
    assert lines[0] == "p7"
    shown = dict(re.match(r"  (.{12})  (.*)", line).groups() for line in lines[1:])
    shown = {key.strip(): value for key, value in shown.items()}
    assert re.fullmatch(rf"online since {TIME} \((now|\ds ago)\)", shown["status"])
    assert shown["connected"].startswith('yes: broker "main", client id "pump:p7", address 127.0.0.1, keepalive ')
    assert shown["next"] == "nothing is pending" and shown["template"] == "pump"
    assert shown["rule"].startswith('2 of "devices": ')
    device = json.loads(answer(rollcall(stack, "status", "p7", "--json")))
    assert device["device"] == "p7" and device["connections"][0]["client_id"] == "pump:p7"

    unknown = rollcall(stack, "status", "p8")
    assert (unknown.returncode, unknown.stdout) == (64, "")
    assert unknown.stderr == 'rollcall status: no device is known as "p8"\n'


def test_a_list_is_filtered_sorted_and_counted(begin):
    stack = begin()
    for number in range(3):
        stack.device(f"pump:p{number}")
    stack.device("quick:q1").disconnect()
    stack.observer.wait_for_status("q1", "offline")
    names = lambda *filters: [json.loads(line)["device"] for line in answer(rollcall(stack, "status", "--json", *filters)).splitlines()]  # noqa: E731
    assert names() == ["p0", "p1", "p2", "q1"]
    assert names("--sort", "-since")[0] == "q1"
    assert names("--status", "offline") == ["q1"] and names("--template", "pump", "--template", "quick") == names()
    assert names("--not-connected") == ["q1"] and names("--connected", "-q", "P1") == ["p1"]
    assert names("--flapping") == [] and names("--not-muted", "--broker", "main") == names()
    lines = answer(rollcall(stack, "status")).splitlines()
    assert lines[0].split("  ")[0] == "DEVICE" and lines[-1] == "4 devices"
    assert re.match(rf"q1 +offline \(Gone away\) +{TIME} ", lines[4])
    limited = rollcall(stack, "status", "--limit", "2").stdout.splitlines()
    assert len(limited) == 4 and limited[-1] == "2 of 4 devices; --all shows all"
    wrong = rollcall(stack, "status", "--status", "offlin")
    assert wrong.returncode == 64 and 'was "offline" meant?' in wrong.stderr


def test_the_past_of_a_device_and_the_fleet(begin):
    stack = begin()
    stack.device("quick:q1").disconnect()
    stack.observer.wait_for_status("q1", "offline")
    rows = lambda: [json.loads(line) for line in answer(rollcall(stack, "timeline", "q1", "--json")).splitlines()]  # noqa: E731
    wait_for(lambda: [row["to"] for row in rows()] == ["offline", "online"], "the rows being stored")
    lines = answer(rollcall(stack, "timeline", "q1")).splitlines()
    assert re.match(rf"{TIME}  online -> offline  client_disconnect  yes ", lines[1])
    assert re.match(rf"{TIME}  \(new\) -> online +connect +- ", lines[2]) and lines[3] == "2 rows"
    assert answer(rollcall(stack, "timeline", "q1", "--limit", "1")).endswith("the latest 1 row; --limit shows more\n")

    uptime = json.loads(answer(rollcall(stack, "uptime", "q1", "--from", "1h", "--step", "30m", "--json")))
    assert len(uptime["buckets"]) in (2, 3) and uptime["availability"] is not None
    text = answer(rollcall(stack, "uptime", "q1"))
    assert text.startswith("FROM ") and re.search(r"\navailability [0-9.]+ %\n$", text)
    wrong = rollcall(stack, "uptime", "q1", "--from", "yesterday")
    assert wrong.returncode == 64 and '"from"' in wrong.stderr

    fleet = json.loads(answer(rollcall(stack, "fleet", "--json")))
    assert fleet["templates"]["quick"] == {"online": 0, "offline": 1}
    lines = answer(rollcall(stack, "fleet")).splitlines()
    assert "quick     offline        1" in lines and lines[-1] == "1 device, 0 connected, 0 flapping"


def test_many_are_registered_muted_and_forgotten_at_once(begin, tmp_path):
    stack = begin()
    stack.device("pump:p7")
    assert answer(rollcall(stack, "register", "hall 3/p8", "--template", "pump")) == "hall 3/p8 is registered\n"
    again = rollcall(stack, "register", "hall 3/p8")
    assert again.returncode == 64 and "hall 3/p8" in again.stderr
    ids = [f"new-{number}" for number in range(100)]
    file = tmp_path / "ids"
    file.write_text("\n".join([*ids[:50], "p7", "", *ids[50:]]) + "\n")
    assert answer(rollcall(stack, "register", "--file", file)) == "100 devices are registered; 1 known already\n"
    done = rollcall(stack, "register", "--file", "-", text="a\n b\n")
    assert done.returncode == 64 and "<stdin>:2: " in done.stderr and "nothing is registered" in done.stderr
    done = rollcall(stack, "register", "--file", "-", "--template", "none", text="a\n")
    assert done.returncode == 64 and '<stdin>:1: "template" has "none"' in done.stderr

    assert answer(rollcall(stack, "mute", "p7", "--for", "2h")) == "p7 is muted for 2h\n"
    assert json.loads(answer(rollcall(stack, "status", "p7", "--json")))["muted_until"] is not None
    assert answer(rollcall(stack, "unmute", "--muted", "--yes")) == "1 device in this filter\n1 device is unmuted\n"
    assert answer(rollcall(stack, "unmute", "--muted", "--yes")) == "no device is in this filter\n"

    refused = rollcall(stack, "forget", "-q", "new-")
    assert (refused.returncode, refused.stderr) == (64, "rollcall forget: it would be 100 devices; --yes does it\n")
    assert answer(rollcall(stack, "forget", "-q", "new-", "--yes")).endswith("\n100 devices are forgotten\n")
    done = answer(rollcall(stack, "forget", "--template", "pump", "--yes"))
    assert done.endswith("\n1 device is forgotten; 1 skipped, where that isn't possible\n")
    assert answer(rollcall(stack, "status")).endswith("\n1 device\n")


def test_the_question_before_many_is_asked_on_a_terminal(begin, terminal):
    stack = begin()
    answer(rollcall(stack, "register", "--file", "-", text="a\nb\n"))
    asking = terminal(stack, "forget", "--template", "default")
    asking.wait_for_output("forget 2 devices? [y/N] ")
    asking.type("n\n")
    assert asking.wait() == 64
    asking = terminal(stack, "forget", "--template", "default")
    asking.wait_for_output("forget 2 devices? [y/N] ")
    asking.type("y\n")
    assert asking.wait() == 0
    asking.wait_for_output("2 devices are forgotten")


def test_statuses_are_set_and_released_from_afar_with_a_token(begin, tmp_path):
    stack = begin()
    stack.device("pump:p7")
    url = url_of(stack)

    def from_afar(*arguments, token="write"):
        tokens = ["--token-file", tmp_path / f"{token}.token"] if token else []
        return run_rollcall(*arguments, "--url", url, *tokens)

    assert answer(from_afar("set", "p7", "standby", "--for", "2h", "--hold")) == "p7 is set to standby for 2h, and held\n"
    stack.observer.wait_for_status("p7", "standby")
    assert "set           standby since" in answer(from_afar("status", "p7", token="read"))
    assert answer(from_afar("release", "p7")) == "p7 is released\n"
    wait_for(lambda: "released" in answer(from_afar("timeline", "p7")), "the row being stored")
    there, here = answer(from_afar("explain", "p7")), answer(rollcall(stack, "explain", "p7"))
    without_ages = lambda text: re.sub(r" \([0-9a-z]+ ago\)| \(now\)", "", text)  # noqa: E731
    assert without_ages(there) == without_ages(here)
    assert "p7" in answer(from_afar("status")) and answer(from_afar("fleet"))

    (tmp_path / "wrong.token").write_text("no-token\n")
    (tmp_path / "wrong.token").chmod(0o600)
    for arguments, token, words in [
        (("set", "p7", "offline"), "read", "this token may read, but not write"),
        (("status",), "wrong", "this token isn't known"),
        (("status",), None, "a token is needed"),
    ]:
        done = from_afar(*arguments, token=token)
        assert done.returncode == 64 and words in done.stderr and done.stderr.count("\n") == 1, done


def test_a_certificate_is_checked(begin, tmp_path):
    authority = Authority(tmp_path / "authority")
    stack = begin(tls={"certificate_file": str(authority.folder / "server.crt"), "key_file": str(authority.folder / "server.key")})
    token = ["--token-file", tmp_path / "read.token"]
    url = url_of(stack, "https")
    assert answer(run_rollcall("fleet", "--url", url, *token, "--ca-file", authority.folder / "ca.crt"))
    done = run_rollcall("fleet", "--url", url, *token)
    assert done.returncode == 69 and "certificate" in done.stderr


def test_without_a_bridge_it_says_where_it_looked(make_stack, tmp_path):
    config = tmp_path / "rollcall.json"
    config.write_text("{}")
    for arguments in (["status"], ["watch"], ["set", "p7", "offline"], ["forget", "p7"], ["fleet"], ["register", "p7"]):
        done = run_rollcall(*arguments, "-c", config)
        assert done.returncode == 69, done
        assert "is one running with this configuration" in done.stderr and "rollcall.db.control" in done.stderr
        done = run_rollcall(*arguments, "--url", "http://127.0.0.1:1")
        assert done.returncode == 69 and "http://127.0.0.1:1: Connection refused" in done.stderr
    config.write_text("{")
    assert run_rollcall("status", "-c", config).returncode == 78


def test_a_bridge_that_is_starting_says_so(begin):
    stack = begin()
    stack.device("pump:p7")
    stack.bridge.stop()
    stack.broker.end()
    offset = len(stack.bridge.log())
    stack.bridge.launch()
    stack.bridge.wait_for_log(r'listening on ".*rollcall\.db\.control"', offset=offset)
    done = rollcall(stack, "set", "p7", "offline")
    assert done.returncode == 69 and "ask again" in done.stderr, done
    assert answer(rollcall(stack, "status")).endswith("\n1 device\n")


def test_watch_in_a_pipe_prints_changes_and_outlives_the_bridge(begin, tmp_path):
    stack = begin()
    out, err = tmp_path / "out", tmp_path / "err"
    command = [rollcall_path(), "watch", "-c", stack.bridge.config_path]
    with open(out, "w") as out_file, open(err, "w") as err_file:
        watch = subprocess.Popen(command, stdout=out_file, stderr=err_file)
    try:
        lines = lambda: out.read_text().splitlines()  # noqa: E731
        seen = lambda text: any(re.fullmatch(rf"{TIME} {text}", line) for line in lines())  # noqa: E731
        number = iter(range(100))

        def is_watching():
            stack.device(f"quick:early-{next(number)}")
            return lines()

        wait_for(is_watching, "watch following")
        stack.device("quick:q1").disconnect()
        wait_for(lambda: seen("q1 online connect") and seen("q1 offline client_disconnect"), lambda: f"q1 in {lines()}")
        stack.bridge.kill()
        wait_for(lambda: "the bridge is away; trying again" in err.read_text(), "a line that it is away")
        stack.start_bridge()
        wait_for(lambda: "the bridge is back" in err.read_text(), "a line that it is back", 20)
        stack.device("quick:q2")
        wait_for(lambda: seen("q2 online connect"), lambda: f"q2 in {lines()}")
        assert answer(rollcall(stack, "forget", "q1"))
        wait_for(lambda: seen("q1 forgotten -"), lambda: f"q1 forgotten in {lines()}")
    finally:
        watch.terminate()
        watch.wait()


def test_watch_on_a_terminal_is_a_table_that_is_kept_up(begin, terminal):
    stack = begin()
    stack.device("pump:p1")
    watch = terminal(stack, "watch", columns=100)
    watch.wait_for_screen(lambda lines: lines[0] == "1 device" and "TEMPLATE" in lines[1] and lines[2].startswith("p1 "), "p1")
    client = stack.device("quick:q1")
    watch.wait_for_screen(lambda lines: lines[0] == "2 devices" and re.match("q1 +online ", lines[2]), "q1 on top")
    client.disconnect()
    watch.wait_for_screen(lambda lines: re.match(r"q1 +offline \(Gone away\) ", lines[2]), "q1 offline")
    assert "\x1b[38;5;" in watch.output
    for number in range(30):
        stack.device(f"pump:more-{number}")
    watch.wait_for_screen(lambda lines: lines[0] == "32 devices" and "and 11 more" in lines[-1] and len(lines) == 24, "a full window")
    watch.resize(40, 10)
    watch.wait_for_screen(lambda lines: len(lines) == 10 and max(map(len, lines)) <= 40, "a smaller window")
    watch.resize(200, 50)
    watch.wait_for_screen(lambda lines: len(lines) == 35, "a larger window")

    stack.bridge.kill()
    watch.wait_for_screen(lambda lines: "the bridge is away; trying again" in lines[0], "that it is away")
    stack.start_bridge()
    watch.wait_for_screen(lambda lines: lines[0] == "32 devices", "that it is back", 20)
    watch.type("q")
    assert watch.wait() == 0
    assert watch.is_as_before


def test_watch_on_a_terminal_lets_go_of_whoever_leaves_the_filter(begin, terminal):
    stack = begin()
    client = stack.device("pump:p1")
    stack.device("pump:p2")
    watches = [terminal(stack, "watch", "--connected"), terminal(stack, "watch", "-q", "p1", "--connected")]
    for watch, count in zip(watches, ("2 devices", "1 device"), strict=True):
        watch.wait_for_screen(lambda lines, count=count: lines[0].startswith(count), count)
    client.disconnect()
    for watch, count in zip(watches, ("1 device ", "0 devices"), strict=True):
        watch.wait_for_screen(lambda lines, count=count: lines[0].startswith(count), count)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_watch_the_terminal_is_given_back(begin, terminal, number):
    stack = begin()
    watch = terminal(stack, "watch")
    watch.wait_for_screen(lambda lines: lines[0] == "0 devices", "an empty table")
    assert not watch.is_as_before
    if number == signal.SIGINT:
        watch.type("\x03")
    else:
        watch.child.send_signal(number)
    assert watch.wait() == -number
    wait_for(lambda: watch.is_as_before, "the terminal as it was")


def test_colours_are_only_on_a_terminal_that_wants_them(begin, terminal):
    stack = begin()
    stack.device("pump:p1")
    assert "\x1b" not in answer(rollcall(stack, "status"))
    for env, wanted in [({"COLORTERM": "truecolor"}, "\x1b[38;2;"), ({"COLORTERM": ""}, "\x1b[38;5;"), ({"NO_COLOR": "1"}, None)]:
        shown = terminal(stack, "status", env=env)
        assert shown.wait() == 0
        shown.wait_for_output("1 device")
        assert wanted in shown.output if wanted else "\x1b" not in shown.output


def test_an_id_that_a_terminal_would_obey_is_escaped(begin, terminal):
    stack = begin()
    answer(rollcall(stack, "register", "p\x1b[2J\u202e7"))
    watch = terminal(stack, "watch")
    watch.wait_for_screen(lambda lines: r'"p\u001b[2J\u202e7"' in lines[2], "the id, escaped")
    assert r'"p\u001b[2J\u202e7"' in answer(rollcall(stack, "status"))


BASH = """
source <("$1" completion bash)
COMP_WORDS=("${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_rollcall
printf '%s\\n' "${COMPREPLY[@]}"
"""


def test_bash_completes(tmp_path):
    (tmp_path / "my config.json").touch()

    def completed(*words):
        done = subprocess.run(["bash", "-c", BASH, "bash", rollcall_path(), *words], capture_output=True, text=True, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        return [line for line in done.stdout.splitlines() if line]

    assert completed("rollcall", "un") == ["unmute"]
    assert completed("rollcall", "status", "--js") == ["--json"]
    assert completed("rollcall", "status", "--sort", "") == ["device", "-since", "-last_seen"]
    assert completed("rollcall", "status", "-c", "my") == ["my config.json"]
    assert completed("rollcall", "check", "my") == ["my config.json"]
    assert completed("rollcall", "completion", "z") == ["zsh"]
    assert completed("rollcall", "status", "--limit", "") == []


def run_shell(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_fish_completes(tmp_path):
    script = tmp_path / "rollcall.fish"
    script.write_text(run_rollcall("completion", "fish").stdout)
    completed = lambda typed: [line.split("\t")[0] for line in run_shell("fish", "-N", "-c", f"source {script}; complete -C '{typed}'")]  # noqa: E731
    assert completed("rollcall un") == ["unmute"]
    assert completed("rollcall status --js") == ["--json"]
    assert sorted(completed("rollcall status --sort ")) == ["-last_seen", "-since", "device"]
    assert completed("rollcall completion z") == ["zsh"]


def test_zsh_takes_its_completion(tmp_path):
    script = tmp_path / "_rollcall"
    script.write_text(run_rollcall("completion", "zsh").stdout)
    begin = f"autoload -Uz compinit; compinit -u -d {tmp_path}/dump; "
    assert run_shell("zsh", "-f", "-c", f"{begin} source {script}; print $_comps[rollcall]") == ["_rollcall"]
    assert run_shell("zsh", "-f", "-c", f"fpath=({tmp_path} $fpath); {begin} print $_comps[rollcall]") == ["_rollcall"]
