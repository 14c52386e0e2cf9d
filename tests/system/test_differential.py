# SPDX-License-Identifier: Apache-2.0
"""Configurations by seed: a broker with the plugin decides as one without it, before and after SIGHUPs.

The same seeds each time; ./dev differential takes others, and as many as you like.
"""

from differential.run import run
from rollcall_testing.plugins import dynamic_security, plugins_of_mosquitto

SEEDS = range(167)  # 501 on the three versions


def test_a_broker_with_the_plugin_decides_as_one_without(broker_version, tmp_path):
    asked = []
    different = run(SEEDS, broker_version, dynamic_security(lets_anonymous_in=True), plugins_of_mosquitto(broker_version),
                    root=tmp_path / "pairs", found=lambda outcome: asked.append(outcome.asked))  # fmt: skip
    assert len(asked) == len(SEEDS) and sum(asked) > 20 * len(SEEDS), "too little was asked"
    lines = [f"seed {outcome.seed}, files in {outcome.folder}:\n  " + "\n  ".join(outcome.differences[:5]) for outcome in different]
    again = f"./dev differential --from {different[0].seed} --seeds 1 {broker_version}" if different else ""
    assert not different, f"{len(different)} of {len(SEEDS)} differ; again with {again}\n" + "\n".join(lines[:10])
