# SPDX-License-Identifier: Apache-2.0
"""What the system tests stand on: real brokers, the real bridge, and an MQTT client that can misbehave on purpose."""
