# SPDX-License-Identifier: Apache-2.0
"""The chaos test: clients, brokers, links and the bridge do random things; README.md says how it is judged."""
