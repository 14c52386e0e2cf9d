# SPDX-License-Identifier: Apache-2.0
"""The file with the secret: what people don't see in it is refused by both sides, in one line with the remedy."""

import subprocess

import pytest

from rollcall_testing.stack import BRIDGE_PASSWORD

CONFIGURATION = 78

UNSEEN = {
    "byte-order-mark": (b"\xef\xbb\xbfsecret\n", "byte order mark"),
    "utf-16": ("secret\r\n".encode("utf-16"), "UTF-16"),
    "blank-at-the-end": (b"secret \n", "blank at the end"),
    "blank-at-the-beginning": (b"\tsecret\n", "blank at the beginning"),
    "zero-byte": (b"sec\0ret\n", "zero byte"),
    "second-line": (b"secret\n\n", "one line"),
    "nothing": (b"\n", "empty"),
}


def expect_both_refuse(stack, text):
    assert stack.broker.launch().wait_for_end(5) != 0
    expect_one_line(stack.broker.log(), text)
    stack.bridge.config["brokers"][0]["uri"] = f"mqtt://127.0.0.1:{stack.broker.port}"
    assert stack.bridge.launch().wait_for_end(5) == CONFIGURATION
    expect_one_line(stack.bridge.log(), text)


def expect_one_line(log, text):
    lines = [line for line in log.splitlines() if "bridge.password" in line]
    assert len(lines) == 1 and text in lines[0], log


@pytest.mark.parametrize("content, text", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_sees_in_a_secret_is_refused_by_both_sides(make_stack, content, text):
    stack = make_stack()
    stack.password_path.write_bytes(content)
    expect_both_refuse(stack, text)


@pytest.mark.parametrize("mine, other", [("\r\n", "\n"), ("", "\n")], ids=["crlf", "no-end"])
def test_how_the_line_ends_makes_no_difference(make_stack, tmp_path, mine, other):
    stack = make_stack()
    stack.password_path.write_bytes((BRIDGE_PASSWORD + mine).encode())
    copy = tmp_path / "copy"
    copy.write_bytes((BRIDGE_PASSWORD + other).encode())
    copy.chmod(0o600)
    stack.bridge.config["brokers"][0]["password_file"] = str(copy)
    stack.start()
    stack.device("pump")


# Docker and Kubernetes mount secrets as files that everybody may read, and that can't be changed there


def mounted_over(folder, options):
    """A command that runs another where a tmpfs lies over `folder`, with what was in it, mounted again with `options`."""
    script = (
        'mount --make-rprivate / && cp "$1"/bridge.password /run/ && mount -t tmpfs -o mode=755 tmpfs "$1"'
        ' && install -m 444 /run/bridge.password "$1"/ && rm /run/bridge.password && mount -o "remount,$2" "$1"'
        ' && shift 2 && exec "$@"'
    )
    return ["unshare", "-m", "sh", "-c", 'mount --make-rprivate / && mount -t tmpfs tmpfs /run && ' + script, "sh", str(folder), options]


def skip_without_mounts(folder):
    tried = subprocess.run([*mounted_over(folder, "ro"), "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {tried.stderr.strip()}")


@pytest.fixture
def stack_with_mount(make_stack, tmp_path):
    """A function that gives a stack whose secret, mode 444, lies in a folder that is mounted with these options."""

    def made(options):
        folder = tmp_path / "secrets"
        folder.mkdir()
        secret = folder / "bridge.password"
        secret.write_text(BRIDGE_PASSWORD + "\n")
        secret.chmod(0o444)
        skip_without_mounts(folder)
        stack = make_stack(plugin={"bridge_password_file": secret})
        stack.bridge.config["brokers"][0]["password_file"] = str(secret)
        stack.broker.run_in = stack.bridge.run_in = mounted_over(folder, options)
        return stack

    return made


def test_a_secret_that_everybody_may_read_is_taken_from_a_read_only_file_system(stack_with_mount):
    stack = stack_with_mount("ro").start()
    stack.device("pump")
    expect_one_line(stack.broker.log(), "read-only file system")
    expect_one_line(stack.bridge.log(), "read-only file system")


def test_a_secret_that_everybody_may_read_is_refused_where_that_can_be_changed(stack_with_mount):
    expect_both_refuse(stack_with_mount("rw"), "chmod o-rw")
