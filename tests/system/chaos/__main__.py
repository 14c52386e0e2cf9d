# SPDX-License-Identifier: Apache-2.0
"""python3 -m chaos --seed 7 --minutes 10 --brokers 2.0.11,2.1"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from pathlib import Path

from rollcall_testing.broker import VERSIONS

from .faults import CLASSES
from .run import Mismatch, run


def main():
    parser = argparse.ArgumentParser(prog="chaos", description="Nothing lost, nothing false: whatever dies, whenever.")
    parser.add_argument("--seed", type=int, default=None, help="default: another each time")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--brokers", default="2.0.11,2.0.11;2.1,2.1;2.0.11,2.1",
                        help="versions of the brokers of one run, separated by commas; runs by semicolons (%(default)s)")  # fmt: skip
    parser.add_argument("--faults", default=",".join(CLASSES), help="which kinds (%(default)s)")
    parser.add_argument("--folder", type=Path, default=None, help="for all logs; it stays (default: a new one)")
    asked = parser.parse_args()
    pairs = [pair.split(",") for pair in asked.brokers.split(";")]
    faults = asked.faults.split(",")
    if any(version not in VERSIONS for pair in pairs for version in pair):
        parser.error(f"--brokers: there are {', '.join(VERSIONS)}")
    if any(kind not in CLASSES for kind in faults):
        parser.error(f"--faults: there are {', '.join(CLASSES)}")
    seed = random.randrange(1, 1_000_000) if asked.seed is None else asked.seed
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="rollcall-chaos-"))
    for pair in pairs:
        name = "+".join(pair)
        shutil.rmtree(folder / name, ignore_errors=True)  # a store of an earlier run would tell of other devices
        print(f"seed {seed}, brokers {name}, faults {', '.join(faults)}, logs in {folder / name}", flush=True)
        try:
            asyncio.run(run(pair, folder / name, seed=seed, seconds=asked.minutes * 60, clients=asked.clients, faults=faults,
                            say=lambda text: print(text, flush=True)))  # fmt: skip
        except Mismatch as mismatch:
            print(mismatch, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
