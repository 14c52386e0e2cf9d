# SPDX-License-Identifier: Apache-2.0
"""What benchmarks with a bridge of their own begin and end with."""

import json
import os
import signal
import sys
from pathlib import Path

import machine
from presence import ALLOWANCE, WITHOUT_NETWORK
from rollcall_testing.crowd import allow_many_files


def begin(plugin, bridge):
    """The programs under test, an end by SIGTERM, a network of our own. Returns how many clients there is room for."""
    os.environ.update(ROLLCALL_PLUGIN=plugin, ROLLCALL_BIN=bridge)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    room = allow_many_files() - ALLOWANCE
    if not machine.enter_private_network():
        room = min(room, WITHOUT_NETWORK)
        print(f"no network namespace of our own: at most {WITHOUT_NETWORK} clients")
    return room


def database_bytes(folder):
    """Of the store below it, with what stands beside it."""
    return sum(each.stat().st_size for each in Path(folder).rglob("rollcall.db*"))


def write(name, content):
    """build/bench/NAME.json"""
    _target(f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def write_picture(name, svg):
    """build/bench/NAME.svg"""
    _target(f"{name}.svg").write_text(svg)


def _target(name):
    folder = Path(__file__).resolve().parents[2] / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
