# SPDX-License-Identifier: Apache-2.0
"""python3 -m differential --seeds 1000 --from 5000 2.0.21"""

import argparse
import random
import sys
import time

from rollcall_testing.broker import VERSIONS
from rollcall_testing.plugins import dynamic_security, plugins_of_mosquitto

from .run import run


def main():
    parser = argparse.ArgumentParser(prog="differential", description="Does a broker with the plugin decide as one without it?")
    parser.add_argument("--seeds", type=int, default=500, help="how many configurations for each broker (%(default)s)")
    parser.add_argument("--from", type=int, default=None, dest="first", help="the first seed (default: another each time)")
    parser.add_argument("--jobs", type=int, default=3, help="pairs at once (%(default)s)")
    parser.add_argument("brokers", nargs="*", metavar="BROKER", help=f"of {', '.join(VERSIONS)} (all)")
    asked = parser.parse_args()
    if unknown := [version for version in asked.brokers if version not in VERSIONS]:
        parser.error(f"there is no broker {unknown[0]}; there are {', '.join(VERSIONS)}")
    first = random.randrange(1000, 1_000_000_000) if asked.first is None else asked.first
    is_different = False
    for version in asked.brokers or VERSIONS:
        begun, counts = time.monotonic(), [0, 0]

        def found(outcome):
            counts[0] += 1
            counts[1] += outcome.asked
            if outcome.differences:
                print(f"seed {outcome.seed} on {version}, files in {outcome.folder}:", *outcome.differences[:6], sep="\n  ", flush=True)

        different = run(range(first, first + asked.seeds), version, dynamic_security(lets_anonymous_in=True),
                        plugins_of_mosquitto(version), jobs=asked.jobs, found=found)  # fmt: skip
        is_different = is_different or bool(different)
        print(f"{version}: {counts[0]} configurations from seed {first} on, {counts[1]} answers of each broker, {len(different)} differ; "
              f"{time.monotonic() - begun:.0f} s", flush=True)  # fmt: skip
    return 1 if is_different else 0


if __name__ == "__main__":
    sys.exit(main())
