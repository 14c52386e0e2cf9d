# SPDX-License-Identifier: Apache-2.0
"""What is in the packages: hardened programs, a unit that lets little through, and what Debian asks of packages."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = ["usr/bin/rollcall", "usr/lib/rollcall/mosquitto_rollcall.so"]


def output_of(*command, check=True):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert not check or done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_hardened_and_stripped(unpacked, name):
    program = unpacked / name
    assert re.search(r"Type:\s+DYN", output_of("readelf", "-h", program))  # PIE
    headers = output_of("readelf", "-lW", program)
    assert "GNU_RELRO" in headers
    assert re.search(r"GNU_STACK.* RW ", headers)  # no code on the stack
    assert "BIND_NOW" in output_of("readelf", "-d", program)
    symbols = output_of("readelf", "--dyn-syms", "-W", program)
    assert "__stack_chk_fail" in symbols
    assert re.search(r"__\w+_chk\b", symbols)  # FORTIFY
    sections = output_of("readelf", "-SW", program)
    assert ".symtab" not in sections and ".debug_info" not in sections
    assert ".note.gnu.build-id" in sections
    assert "RPATH" not in output_of("readelf", "-d", program) and "RUNPATH" not in output_of("readelf", "-d", program)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_entered_where_it_says(unpacked, name):
    """CET: what is called by a pointer begins with endbr64. (That the kernel enforces it takes a C library that says so, too.)"""
    if os.uname().machine != "x86_64":
        pytest.skip("CET is x86's")
    code = output_of("objdump", "-d", "--no-show-raw-insn", "-j", ".text", unpacked / name)
    assert code.count("endbr64") > 500


def test_no_path_of_the_build_is_in_a_program(unpacked):
    for name in PROGRAMS:
        assert str(CHECKOUT).encode() not in (unpacked / name).read_bytes()


def test_the_plugin_needs_no_cxx_runtime(unpacked):
    needed = output_of("readelf", "-d", unpacked / PROGRAMS[1])
    assert "libstdc++" not in needed and "libgcc_s" not in needed


def test_debug_symbols_are_beside_the_packages(debs):
    for name, path in debs.items():
        (symbols,) = path.parent.glob(f"{name}-dbgsym_*.ddeb")
        assert ".debug" in output_of("dpkg-deb", "-c", symbols)


def test_what_it_depends_on(debs):
    depends = {name: output_of("dpkg-deb", "-f", path, "Depends") for name, path in debs.items()}
    for each in ("libc6", "libpaho-mqttpp3-1", "libsqlite3-0", "libssl3", "systemd"):
        assert each in depends["rollcall"]
    assert "mosquitto (>= 2.0.11)" in depends["mosquitto-plugin-rollcall"]
    assert "libstdc++" not in depends["mosquitto-plugin-rollcall"]


def test_what_is_where(debs):
    listed = {name: output_of("dpkg-deb", "-c", path) for name, path in debs.items()}
    for path in ("usr/bin/rollcall", "lib/systemd/system/rollcall.service", "usr/share/man/man1/rollcall.1.gz",
                 "usr/share/bash-completion/completions/rollcall", "usr/share/zsh/vendor-completions/_rollcall",
                 "usr/share/fish/vendor_completions.d/rollcall.fish", "etc/rollcall/rollcall.json",
                 "usr/lib/sysusers.d/rollcall.conf", "usr/lib/tmpfiles.d/rollcall.conf",
                 "usr/share/doc/rollcall/docs/operations.md"):  # fmt: skip
        assert re.search(rf"\./(usr/)?{path}$", listed["rollcall"], re.M), path
    for path in ("etc/mosquitto/conf.d/rollcall.conf", "usr/lib/rollcall/mosquitto_rollcall.so"):
        assert re.search(rf"\./{path}$", listed["mosquitto-plugin-rollcall"], re.M), path


def test_lintian_has_nothing_to_say(debs):
    assert output_of("lintian", "--fail-on", "none", "--allow-root", "--tag-display-limit", "0", *debs.values()) == ""


def test_the_unit_is_right_and_lets_little_through(unpacked, tmp_path):
    unit = unpacked / "lib/systemd/system/rollcall.service"
    if not unit.exists():
        unit = unpacked / "usr/lib/systemd/system/rollcall.service"
    # The program isn't installed here: verify wants it where the unit says.
    verified = tmp_path / "rollcall.service"
    verified.write_text(unit.read_text().replace("/usr/bin/rollcall", str(unpacked / "usr/bin/rollcall")).replace("Documentation=man:rollcall(1)\n", ""))
    said = output_of("systemd-analyze", "verify", "--recursive-errors=no", verified)
    assert [line for line in said.splitlines() if "rollcall" in line] == []
    exposure = output_of("systemd-analyze", "security", "--offline=true", unit)
    assert float(re.search(r"Overall exposure level for rollcall.service: ([0-9.]+)", exposure)[1]) <= 2.0


def test_the_parts_are_listed(debs):
    (path,) = next(iter(debs.values())).parent.glob("rollcall-*.spdx.json")
    listed = json.loads(path.read_text())
    assert listed["spdxVersion"] == "SPDX-2.3"
    names = {each["name"] for each in listed["packages"]}
    assert {"rollcall", "mosquitto-plugin-rollcall", "libsqlite3-0", "nlohmann-json3-dev", "preact", "uplot"} <= names
    known = {each["SPDXID"] for each in listed["packages"]} | {"SPDXRef-DOCUMENT"}
    assert all({each["spdxElementId"], each["relatedSpdxElement"]} <= known for each in listed["relationships"])


def test_the_checksums_are_those_of_the_files(debs):
    folder = next(iter(debs.values())).parent
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    listed = {line.split()[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert listed == {each.name for each in folder.iterdir() if each.is_file()} - {"SHA256SUMS"}


@pytest.mark.parametrize("version", ["2.0.11", "2.0.21", "2.1"])
def test_the_plugin_and_the_bridge_work_with_every_mosquitto(unpacked, version, tmp_path):
    environment = {**os.environ, "ROLLCALL_TEST_BROKER": version, "ROLLCALL_BIN": str(unpacked / PROGRAMS[0]),
                   "ROLLCALL_PLUGIN": str(unpacked / PROGRAMS[1]), "PYTHONDONTWRITEBYTECODE": "1",
                   "ROLLCALL_BROKERS": str(CHECKOUT / "build/brokers")}  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", f"--basetemp={tmp_path}/pytest",
                           CHECKOUT / "tests/system/test_topics.py"], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:]
