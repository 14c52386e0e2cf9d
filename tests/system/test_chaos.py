# SPDX-License-Identifier: Apache-2.0
"""Nothing lost, nothing false, whatever dies whenever: a short run of the chaos test (chaos/README.md) with a fixed seed."""

import asyncio

import pytest

from chaos.faults import CLASSES
from chaos.run import run

SEED = 11
SECONDS = 40  # and what the last waits take
CLIENTS = 150


def chaos(versions, folder):
    asyncio.run(run(versions, folder, seed=SEED, seconds=SECONDS, clients=CLIENTS, faults=CLASSES))


def test_every_status_is_right_in_the_end_whatever_dies(broker_version, tmp_path):
    if broker_version == "2.0.21":
        pytest.skip("between 2.0.11 and 2.1, which have it: runs take a minute each")
    chaos([broker_version, broker_version], tmp_path)


def test_brokers_of_two_versions_at_one_bridge(broker_version, tmp_path):
    if broker_version != "2.1":
        pytest.skip("once is enough")
    chaos(["2.0.11", "2.1"], tmp_path)
