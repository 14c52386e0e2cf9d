# SPDX-License-Identifier: Apache-2.0
"""Clean roots of Debian, and the packages that ./dev package has made. `./dev package --test` runs this, as root."""

import os
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "tests/system"))

from clean_root import CleanRoot, made_base  # noqa: E402

BUILD = CHECKOUT / "build"


def packages_in(folder):
    """{name of the package: its file}"""
    return {path.name.split("_")[0]: path for path in sorted(folder.glob("*.deb"))}


@pytest.fixture(scope="session")
def debs():
    """Those of this version."""
    found = packages_in(BUILD / "package/out")
    assert set(found) == {"rollcall", "mosquitto-plugin-rollcall"}
    return found


@pytest.fixture(scope="session")
def earlier_debs():
    """The same, under an earlier version."""
    found = packages_in(BUILD / "package/before")
    assert set(found) == {"rollcall", "mosquitto-plugin-rollcall"}
    return found


@pytest.fixture(scope="session")
def unpacked(debs, tmp_path_factory):
    """What is in both packages, in one folder that stands for /."""
    import subprocess

    folder = tmp_path_factory.mktemp("unpacked")
    folder.chmod(0o755)
    for each in debs.values():
        subprocess.run(["dpkg-deb", "-x", each, folder], check=True)
    return folder


@pytest.fixture(scope="session")
def base():
    if os.geteuid() != 0:
        pytest.skip("clean roots are for root to make")
    return made_base(BUILD / "roots")


@pytest.fixture
def root(base):
    """A Debian as it is after its installation, with nothing of ours, and a network of its own once a program runs in it."""
    made = CleanRoot(base, BUILD / "roots/work")
    yield made
    made.end()
