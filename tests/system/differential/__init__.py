# SPDX-License-Identifier: Apache-2.0
"""Does a broker with the plugin decide as one without it? Configurations by seed, each asked of a pair of brokers.

    python3 -m differential --seeds 1000 --from 5000 2.0.21      (./dev differential …)

`family.py` makes the configurations, `broker.py` runs one of a pair, `questions.py` asks it, `run.py` compares.
"""
